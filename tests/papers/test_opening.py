"""Opening: two custodians of different bodies, inside the window, and nobody else."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from exam_app.core.clock import at_local
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import DutyConflict, ExamError, NotAllowed, RuleBroken
from exam_app.papers import queries, service
from exam_app.papers.models import Consent, Paper
from exam_app.papers.sealing import PassphraseWrong, SealBroken
from exam_app.papers.terms import PaperKind, PaperState
from tests.conftest import Clock
from tests.factories.papers import (
    IN_WINDOW,
    PASSPHRASES,
    Scene,
    approve_paper,
    consent,
    make_scene,
    open_second,
    seal_both,
    seal_paper,
)
from tests.stores import Store

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def made(app: Flask, store: Store) -> tuple[Scene, tuple[Paper, Paper]]:
    """Return a scene with its first and reserve paper, sealed."""
    return store.once("sealed", make_sealed)


@pytest.fixture
def unsealed(app: Flask, store: Store) -> Scene:
    """Return a scene without papers."""
    return store.once("scene", make_scene)


@pytest.fixture
def scene(made: tuple[Scene, tuple[Paper, Paper]]) -> Scene:
    """Return the scene."""
    return made[0]


@pytest.fixture
def sealed(made: tuple[Scene, tuple[Paper, Paper]]) -> tuple[Paper, Paper]:
    """Return first and reserve paper, sealed."""
    return made[1]


def make_sealed() -> tuple[Scene, tuple[Paper, Paper]]:
    scene = make_scene()
    return scene, seal_both(scene)


def raw(statement: str, **values: object) -> None:
    """Change the database behind the application's back."""
    session().rollback()
    with db.engine.begin() as connection:
        connection.execute(sa.text(statement), values)
    session().expire_all()


@pytest.mark.parametrize(
    ("first", "second"), [("authority", "site"), ("reserve", "authority"), ("site", "reserve")]
)
def test_any_two_open(
    scene: Scene, sealed: tuple[Paper, Paper], clock: Clock, first: str, second: str
) -> None:
    """One custodian who cannot come does not stop the exam."""
    clock.set(IN_WINDOW)
    consent(scene, sealed[0], first)
    assert open_second(scene, sealed[0], second).questions == 8


def test_the_window_to_the_second(scene: Scene, sealed: tuple[Paper, Paper], clock: Clock) -> None:
    """One second early and one second late are refused by the wall."""
    opens, ends = scene.sitting.opens_at, scene.sitting.ends_at
    for moment in (opens - SECOND, ends + SECOND):
        clock.at = moment
        with pytest.raises(DutyConflict, match="wall-w7"):
            consent(scene, sealed[0])
    clock.at = opens
    consent(scene, sealed[0])
    clock.at = opens + dt.timedelta(minutes=15)
    open_second(scene, sealed[0])


def test_consent_in_time_does_not_carry_past_the_end(
    scene: Scene, sealed: tuple[Paper, Paper], clock: Clock
) -> None:
    """The second custodian too must be inside the window."""
    clock.at = scene.sitting.ends_at
    consent(scene, sealed[0])
    clock.forward(seconds=1)
    with pytest.raises(DutyConflict, match="wall-w7"):
        open_second(scene, sealed[0])


def test_one_custodian_alone(scene: Scene, sealed: tuple[Paper, Paper], clock: Clock) -> None:
    """Nobody opens without another's consent, nor with their own."""
    clock.set(IN_WINDOW)
    with pytest.raises(DutyConflict, match="wall-w7"):
        open_second(scene, sealed[0], "site")
    consent(scene, sealed[0], "site")
    with pytest.raises(DutyConflict, match="wall-w7"):
        open_second(scene, sealed[0], "site")
    assert sealed[0].state is PaperState.SEALED


def test_a_half_is_too_old_after_fifteen_minutes(
    scene: Scene, sealed: tuple[Paper, Paper], clock: Clock
) -> None:
    """Then the first custodian consents again."""
    clock.set(IN_WINDOW)
    consent(scene, sealed[0])
    clock.forward(minutes=15, seconds=1)
    with pytest.raises(DutyConflict, match="wall-w7"):
        open_second(scene, sealed[0])
    consent(scene, sealed[0])
    open_second(scene, sealed[0])


def test_two_of_one_body(unsealed: Scene, clock: Clock) -> None:
    """Custodians of the same organisation do not make two."""
    from exam_app.access.terms import Role
    from tests.factories.people import make_staff

    world = unsealed.world
    with transaction():
        twin = make_staff(Role.CUSTODIAN, organisation=world.authority)
    with transaction():
        service.enrol_custodian_key("another-lantern-word", actor=world.actor(twin))
    raw(
        "UPDATE sitting SET reserve_custodian_id = :twin WHERE id = :id",
        twin=twin.id,
        id=unsealed.sitting.id,
    )
    paper = approve_paper(unsealed)
    with transaction():
        service.consent_to_seal(paper, actor=world.actor(world.authority_custodian))
    with pytest.raises(DutyConflict, match="duty-two"), transaction():
        service.seal(paper, actor=world.actor(twin))
    with transaction():
        service.seal(paper, actor=world.actor(world.site_custodian))
    clock.set(IN_WINDOW)
    consent(unsealed, paper, "authority")
    with pytest.raises(DutyConflict, match="wall-w7"), transaction():
        service.open_paper(paper, passphrase="another-lantern-word", actor=world.actor(twin))


def test_sealing_by_one_person(unsealed: Scene) -> None:
    """Sealing too takes another: nobody carries out their own consent."""
    paper = approve_paper(unsealed)
    actor = unsealed.world.actor(unsealed.world.authority_custodian)
    with transaction():
        service.consent_to_seal(paper, actor=actor)
    with pytest.raises(DutyConflict, match="duty-two"), transaction():
        service.seal(paper, actor=actor)


def test_a_wrong_passphrase(scene: Scene, sealed: tuple[Paper, Paper], clock: Clock) -> None:
    """Neither first nor second gets further."""
    clock.set(IN_WINDOW)
    with pytest.raises(PassphraseWrong):
        consent(scene, sealed[0], passphrase="wrong-lantern-orchard")
    consent(scene, sealed[0])
    with pytest.raises(PassphraseWrong):
        open_second(scene, sealed[0], passphrase=PASSPHRASES["authority"])
    assert sealed[0].state is PaperState.SEALED


def test_a_changed_window_in_the_sealed_copy(
    scene: Scene, sealed: tuple[Paper, Paper], clock: Clock
) -> None:
    """not_before is bound to the seal: an earlier one in the database opens nothing."""
    opens = (scene.sitting.opens_at - dt.timedelta(hours=9)).isoformat(sep=" ")[:19]
    raw("UPDATE sitting SET opens_at = :opens WHERE id = :id", opens=opens, id=scene.sitting.id)
    clock.at = at_local("2025-03-12 02:00")
    with pytest.raises(SealBroken):
        consent(scene, sealed[0])
    context = dict(queries_context(sealed[0]))
    context["not_before"] = scene.sitting.opens_at.isoformat()
    import json

    raw(
        "UPDATE sealed_copy SET context = :context WHERE paper_id = :id",
        context=json.dumps(context),
        id=sealed[0].id,
    )
    with pytest.raises(SealBroken):
        consent(scene, sealed[0])


def queries_context(paper: Paper) -> dict[str, object]:
    """Return the context in the sealed row."""
    from exam_app.papers import vault

    return dict(vault.context_of(paper.id))


def test_a_flipped_bit(scene: Scene, sealed: tuple[Paper, Paper], clock: Clock) -> None:
    """A ciphertext changed in the database does not open, and nothing is released."""
    from exam_app.papers.models import SealedCopy

    row = session().scalar(sa.select(SealedCopy).where(SealedCopy.paper_id == sealed[0].id))
    assert row is not None
    text = bytearray(row.ciphertext)
    text[100] ^= 1
    raw("UPDATE sealed_copy SET ciphertext = :text WHERE paper_id = :id",
        text=bytes(text), id=sealed[0].id)  # fmt: skip
    clock.set(IN_WINDOW)
    consent(scene, sealed[0])
    with pytest.raises(SealBroken):
        open_second(scene, sealed[0])
    assert queries.released_of(scene.sitting.id) is None


def test_a_changed_digest(scene: Scene, sealed: tuple[Paper, Paper], clock: Clock) -> None:
    """The digest that counts is the one in the trail since sealing."""
    raw("UPDATE paper SET content_digest = :text WHERE id = :id", text="0" * 64, id=sealed[0].id)
    clock.set(IN_WINDOW)
    consent(scene, sealed[0])
    with pytest.raises(SealBroken):
        open_second(scene, sealed[0])


def test_one_paper_for_a_sitting(scene: Scene, sealed: tuple[Paper, Paper], clock: Clock) -> None:
    """Once the first is open the reserve stays sealed, and the first opens once."""
    clock.set(IN_WINDOW)
    consent(scene, sealed[0])
    open_second(scene, sealed[0])
    with pytest.raises(RuleBroken, match="paper-open-already"):
        consent(scene, sealed[1], reason="首卷疑似泄露")
    with pytest.raises(RuleBroken, match="paper-state"):
        consent(scene, sealed[0])


def test_the_reserve_needs_a_reason(
    scene: Scene, sealed: tuple[Paper, Paper], clock: Clock
) -> None:
    """In the window the custodians may open the reserve when the first is compromised."""
    clock.set(IN_WINDOW)
    with pytest.raises(ExamError, match="reason-missing"):
        consent(scene, sealed[1])
    consent(scene, sealed[1], reason="首卷疑似泄露")
    open_second(scene, sealed[1])
    assert sealed[1].state is PaperState.OPENED


def test_the_reserve_early_by_two_approvers(
    scene: Scene, sealed: tuple[Paper, Paper], clock: Clock
) -> None:
    """Two approvers and a reason let the custodians in before the window; one does not."""
    world = scene.world
    one, other = world.actor(scene.first_approver), world.actor(scene.second_approver)
    clock.set("2025-03-12 06:00")
    with pytest.raises(DutyConflict, match="wall-w7"), transaction():
        service.open_reserve_early(sealed[1], reason="首卷泄露", actor=one)
    with pytest.raises(DutyConflict, match="duty-reason"), transaction():
        service.consent_to_open_reserve_early(sealed[1], reason=" ", actor=one)
    with transaction():
        service.consent_to_open_reserve_early(sealed[1], reason="首卷泄露", actor=one)
    with pytest.raises(DutyConflict, match="wall-w7"), transaction():
        service.open_reserve_early(sealed[1], reason="首卷泄露", actor=one)
    with pytest.raises(DutyConflict, match="wall-w7"):
        consent(scene, sealed[1], reason="首卷泄露")
    with transaction():
        service.open_reserve_early(sealed[1], reason="首卷泄露", actor=other)
    consent(scene, sealed[1], reason="首卷泄露")
    with pytest.raises(DutyConflict, match="wall-w7"):
        consent(scene, sealed[0])
    open_second(scene, sealed[1])
    assert sealed[1].state is PaperState.OPENED


def test_leave_for_the_reserve_ends(
    scene: Scene, sealed: tuple[Paper, Paper], clock: Clock
) -> None:
    """After two hours the approvers are asked again."""
    world = scene.world
    clock.set("2025-03-12 05:00")
    with transaction():
        service.consent_to_open_reserve_early(
            sealed[1], reason="首卷泄露", actor=world.actor(scene.first_approver)
        )
    with transaction():
        service.open_reserve_early(
            sealed[1], reason="首卷泄露", actor=world.actor(scene.second_approver)
        )
    clock.forward(hours=2, seconds=1)
    with pytest.raises(DutyConflict, match="wall-w7"):
        consent(scene, sealed[1], reason="首卷泄露")


def test_only_the_reserve_goes_early(scene: Scene, sealed: tuple[Paper, Paper]) -> None:
    """The first paper has no emergency act at all."""
    with pytest.raises(RuleBroken, match="reserve-only"), transaction():
        service.consent_to_open_reserve_early(
            sealed[0], reason="首卷泄露", actor=scene.world.actor(scene.first_approver)
        )


def test_a_stranger_among_custodians(
    scene: Scene, sealed: tuple[Paper, Paper], clock: Clock
) -> None:
    """A custodian of another sitting opens nothing here."""
    from exam_app.access.terms import Role
    from tests.factories.people import make_staff

    with transaction():
        other = make_staff(Role.CUSTODIAN, organisation=scene.world.county)
    clock.set(IN_WINDOW)
    with pytest.raises(NotAllowed), transaction():
        service.consent_to_open(
            sealed[0], passphrase="whatever-it-may-be", actor=scene.world.actor(other)
        )


def test_halves_are_wiped_after_use(
    scene: Scene, sealed: tuple[Paper, Paper], clock: Clock
) -> None:
    """Nothing of a half is left once the paper is open, and the waiting key is gone."""
    from pathlib import Path

    from flask import current_app

    clock.set(IN_WINDOW)
    consent(scene, sealed[0])
    run = Path(current_app.instance_path) / "run"
    assert (run / f"opening-{sealed[0].id}.key").exists()
    open_second(scene, sealed[0])
    assert not (run / f"opening-{sealed[0].id}.key").exists()
    halves = session().scalars(sa.select(Consent).where(Consent.half.is_not(None))).all()
    assert list(halves) == []


def test_a_new_key_opens_new_papers_and_the_old_one_old(unsealed: Scene, clock: Clock) -> None:
    """Enrolling again keeps sealed papers openable with the passphrase of their time."""
    paper = seal_paper(unsealed)
    clock.forward(hours=1)
    with transaction():
        service.enrol_custodian_key(
            "brand-new-passphrase", actor=unsealed.world.actor(unsealed.world.site_custodian)
        )
    reserve = seal_paper(unsealed, PaperKind.RESERVE)
    clock.set(IN_WINDOW)
    consent(unsealed, paper, "site")
    consent(unsealed, reserve, "site", passphrase="brand-new-passphrase", reason="核对")


def test_custody_takes_two(scene: Scene, sealed: tuple[Paper, Paper], clock: Clock) -> None:
    """A handover is noted by one and signed by another, or it is not in the log."""
    from exam_app.papers.terms import CustodyKind

    clock.set(IN_WINDOW)
    consent(scene, sealed[0])
    open_second(scene, sealed[0])
    chief = scene.world.actor(scene.world.chief)
    with transaction():
        noted = service.agree_custody(
            sealed[0], kind=CustodyKind.HANDED_OUT, copies=30, note="第1考场", actor=chief
        )
    with pytest.raises(DutyConflict, match="duty-two"), transaction():
        service.record_custody(noted, actor=chief)
    custodian = scene.world.actor(scene.world.site_custodian)
    with transaction():
        entry = service.record_custody(noted, actor=custodian)
    assert (entry.copies, entry.agreed_by_id) == (30, chief.account_id)
    with pytest.raises(RuleBroken, match="consent-used"), transaction():
        service.record_custody(noted, actor=custodian)
    with pytest.raises(sa.exc.DatabaseError, match="append-only"):
        raw("UPDATE custody_entry SET copies = 1")


def test_destroying_is_the_authoritys(
    scene: Scene, sealed: tuple[Paper, Paper], clock: Clock
) -> None:
    """Copies are destroyed by custodians of the examining body, not by the chief."""
    from exam_app.papers.terms import CustodyKind

    clock.set(IN_WINDOW)
    consent(scene, sealed[0])
    open_second(scene, sealed[0])
    with pytest.raises(NotAllowed), transaction():
        service.agree_custody(
            sealed[0],
            kind=CustodyKind.DESTROYED,
            copies=30,
            note="碎纸",
            actor=scene.world.actor(scene.world.chief),
        )
