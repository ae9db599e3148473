"""A paper's way: drawn, approved, sealed, opened, printed, archived."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from exam_app.audit.actions import Action
from exam_app.audit.queries import Filter, detail_of, entries_in_order
from exam_app.bank import queries as bank_queries
from exam_app.bank import service as bank
from exam_app.bank.models import ItemRow
from exam_app.core import files
from exam_app.core.db import session, transaction
from exam_app.core.errors import DutyConflict, Missing, RuleBroken
from exam_app.papers import candidate, queries, service, vault
from exam_app.papers.models import CustodianKey, Paper, PaperDraftRow
from exam_app.papers.sealing import SealBroken
from exam_app.papers.service import situations
from exam_app.papers.terms import PaperKind, PaperState
from exam_app.sittings.terms import SittingState
from question_bank import bank_digest, draw
from question_bank.snapshot import snapshot_of
from tests.conftest import Clock
from tests.factories.bank import JUDGEMENTS, MULTIPLES, SINGLES
from tests.factories.papers import (
    IN_WINDOW,
    Scene,
    approve_paper,
    consent,
    draw_paper,
    make_scene,
    open_first_paper,
    open_second,
    seal_both,
    seal_paper,
)
from tests.factories.sittings import make_class


def test_the_whole_way(scene: Scene, clock: Clock) -> None:
    """Drawn by one, approved by another, sealed and opened by two, read by candidates."""
    paper = open_first_paper(scene, clock.set)
    assert paper.state is PaperState.OPENED
    assert paper.code == f"{scene.world.training_class.code}-A"
    view = candidate.candidate_paper(scene.sitting.id)
    assert [each.number for each in view.questions] == list(range(1, 9))
    assert view.full_marks == 100
    sheet = vault.marking_key(paper.id)
    assert [each.number for each in sheet.entries] == list(range(1, 9))
    kinds = [each.item_type.value for each in sheet.entries]
    assert kinds == ["single"] * SINGLES + ["multiple"] * MULTIPLES + ["true_false"] * JUDGEMENTS
    lines = queries.custody_of(paper.id)
    assert [line.entry.kind.value for line in lines] == ["sealed", "opened"]
    assert all(line.agreed_by and line.recorded_by != line.agreed_by for line in lines)


def test_the_sitting_is_ready_when_first_and_reserve_are_sealed(scene: Scene) -> None:
    """One sealed paper is not enough."""
    seal_paper(scene)
    assert scene.sitting.state is SittingState.PLANNED
    seal_paper(scene, PaperKind.RESERVE)
    assert scene.sitting.state is SittingState.READY


def test_first_and_reserve_share_no_item(scene: Scene) -> None:
    """The reserve is drawn from what the first paper left."""
    first, reserve = draw_paper(scene), draw_paper(scene, PaperKind.RESERVE)
    one, other = (vault.read_draft(each.id).draft.item_ids for each in (first, reserve))
    assert one
    assert not one & other


def test_disjointness_holds_over_sealed_papers(scene: Scene, clock: Clock) -> None:
    """What was sealed is compared by fingerprints: its list is nowhere."""
    first = seal_paper(scene)
    reserve = draw_paper(scene, PaperKind.RESERVE)
    prints = vault.fingerprints_of(first.id)
    assert len(prints) == 8
    assert not prints & vault.fingerprints_of(reserve.id)


def test_the_commitment_is_recorded_at_the_draw(scene: Scene) -> None:
    """The trail holds the SHA-256 of the seed from the draw on, and never the seed."""
    paper = draw_paper(scene)
    seed = vault.read_draft(paper.id).seed
    wanted = Filter(subject_type="paper", subject_id=str(paper.id))
    (entry,) = entries_in_order(wanted)
    assert entry.action == Action.PAPER_DRAWN
    assert detail_of(entry)["seed_commitment"] == hashlib.sha256(seed).hexdigest()
    assert seed.hex() not in entry.detail


def test_anybody_can_draw_again_with_the_seed(scene: Scene) -> None:
    """Same seed, same bank snapshot, same blueprint: the same paper, option by option."""
    paper = draw_paper(scene)
    content = vault.read_draft(paper.id)
    plan = bank_queries.to_blueprint(scene.blueprint)
    pool = bank_queries.pool(
        scene.office.authority.id, industry=plan.industry, category=plan.category
    )
    snapshot = files.held("snapshots", paper.bank_digest).decode()
    assert bank_digest(snapshot) == paper.bank_digest
    assert snapshot == snapshot_of(plan, pool)
    assert draw(plan, reversed(pool), content.seed, ceiling=8) == content.draft
    assert draw(plan, pool, bytes(32), ceiling=8) != content.draft
    for engine_name in ("highs", "scipy"):
        again = situations.draw_again(paper, content.seed, engine_name=engine_name)
        assert again == content.draft
    words = [item.stem for item in pool]
    assert not any(word in snapshot for word in words)


def test_uses_are_counted_when_the_papers_are_closed(scene: Scene, clock: Clock) -> None:
    """Until nobody writes any more, use counts would tell what the paper holds."""
    paper, _ = seal_both(scene)
    used = select(func.count(ItemRow.id)).where(ItemRow.uses > 0)
    clock.set(IN_WINDOW)
    consent(scene, paper)
    open_second(scene, paper)
    from exam_app.sittings import service as sittings

    chief = scene.world.actor(scene.world.chief)
    with transaction():
        sittings.open_sitting(scene.sitting, actor=chief)
    assert session().scalar(used) == 0
    clock.set("2025-03-12 11:10")
    close(scene)
    with transaction():
        service.close_papers(scene.sitting, actor=chief)
    assert session().scalar(used) == 8


def test_a_redraw_is_counted_and_shown(scene: Scene) -> None:
    """A withdrawn paper stays as a row; the next one says that it is the second draw."""
    paper = draw_paper(scene)
    with transaction():
        service.withdraw(
            paper, reason="题目时效性不足", actor=scene.office.actor(scene.office.setter)
        )
    assert session().scalar(select(func.count(PaperDraftRow.id))) == 0
    again = draw_paper(scene)
    assert again.draw_number == 2
    assert again.code.endswith("-A2")
    kept = queries.papers_of(scene.sitting.class_id)
    assert [each.withdrawn_reason for each in kept] == ["题目时效性不足", None]


def retire_drawn(scene: Scene, paper: Paper) -> None:
    """Take one item of a drawn paper out of use."""
    code = min(vault.read_draft(paper.id).draft.item_ids)
    row = session().scalars(select(ItemRow).where(ItemRow.code == code)).one()
    with transaction():
        bank.retire_item(row, reason="法规修订", actor=scene.office.actor(scene.office.reviewer))


def begin_drawn(scene: Scene, paper: Paper) -> None:
    """Begin a newer version of one item of a drawn paper."""
    code = min(vault.read_draft(paper.id).draft.item_ids)
    row = session().scalars(select(ItemRow).where(ItemRow.code == code)).one()
    with transaction():
        bank.edit_item(
            row, bank_queries.to_item(row), actor=scene.office.actor(scene.office.writer)
        )


@pytest.mark.parametrize("out_of_the_pool", [retire_drawn, begin_drawn])
def test_a_paper_whose_item_left_the_pool_goes_no_further(
    scene: Scene, out_of_the_pool: Callable[[Scene, Paper], None]
) -> None:
    """Neither approved nor sealed; how many is said, never which; it is drawn again."""
    drawn, approved = draw_paper(scene), approve_paper(scene, PaperKind.RESERVE)
    for paper in (drawn, approved):
        out_of_the_pool(scene, paper)
    approver = scene.office.actor(scene.office.approver)
    with pytest.raises(RuleBroken, match="paper-items-gone") as refused, transaction():
        service.approve(drawn, note="同意", actor=approver)
    assert refused.value.facts == {"count": 1}
    one, other = (scene.custodians[name] for name in ("authority", "site"))
    with transaction():
        service.consent_to_seal(approved, actor=scene.world.actor(one))
    with pytest.raises(RuleBroken, match="paper-items-gone") as refused, transaction():
        service.seal(approved, actor=scene.world.actor(other))
    assert refused.value.facts == {"count": 1}
    assert (drawn.state, approved.state) == (PaperState.DRAWN, PaperState.APPROVED)
    for paper in (drawn, approved):
        with transaction():
            service.withdraw(
                paper, reason="试题停用", actor=scene.office.actor(scene.office.setter)
            )
    seal_both(scene)
    assert scene.sitting.state is SittingState.READY


def test_a_second_paper_of_a_kind_is_refused(scene: Scene) -> None:
    """A new draw needs the old paper withdrawn, with a reason."""
    draw_paper(scene)
    with pytest.raises(RuleBroken, match="paper-exists"):
        draw_paper(scene)


def test_a_retake_paper_belongs_to_a_retake(scene: Scene) -> None:
    """The first sitting gets no retake paper."""
    with pytest.raises(RuleBroken, match="paper-kind"):
        draw_paper(scene, PaperKind.RETAKE)


def test_a_short_bank_is_refused_with_its_cells(scene: Scene) -> None:
    """No shorter paper is ever drawn: the short cell is named, and by how much."""
    for row in session().scalars(select(ItemRow).where(ItemRow.item_type == "single")).all()[:-2]:
        with transaction():
            bank.retire_item(row, reason="停用", actor=scene.office.actor(scene.office.reviewer))
    with pytest.raises(RuleBroken, match="bank-short") as refused:
        draw_paper(scene)
    assert refused.value.facts["short"] == [("cells.A.single", SINGLES, 2)]
    assert "A 通识必修 单选题：需要 4，可用 2，缺 2" in refused.value.facts["why"]
    assert session().scalar(select(func.count(Paper.id))) == 0


def test_overlap_with_other_classes_stays_under_the_ceiling(app: Flask) -> None:
    """No neighbouring paper shares more with a new one than the ceiling lets it."""
    scene = make_scene(papers=3)
    first, reserve = draw_paper(scene), draw_paper(scene, PaperKind.RESERVE)
    with transaction():
        other = make_class(scene.world.authority, scene.world.provider)
    near = [vault.fingerprints_of(each.id) for each in (first, reserve)]
    for ceiling in (0, 2):
        scene.blueprint.overlap_max = ceiling
        for number in range(3):
            seed = bytes([number]) * 32
            draft = situations.draw_now(other, scene.blueprint, seed).draft
            prints = {vault.fingerprint(each) for each in draft.item_ids}
            assert all(len(prints & each) <= ceiling for each in near)
            assert situations.draw_now(other, scene.blueprint, seed).draft == draft
    session().rollback()


def test_items_of_papers_still_sealed_count_as_used(scene: Scene) -> None:
    """The snapshot holds the uses of the year, those of papers nobody has opened included."""
    first = draw_paper(scene)
    reserve = draw_paper(scene, PaperKind.RESERVE)
    lines = files.held("snapshots", reserve.bank_digest).decode().splitlines()[1:]
    used = {line.split(",")[0] for line in lines if line.endswith(",1")}
    assert used == vault.read_draft(first.id).draft.uids
    assert all(line.endswith((",0", ",1")) for line in lines)


def test_the_author_does_not_approve(scene: Scene) -> None:
    """Paper author ≠ approver, as a person."""
    from exam_app.access.terms import Role
    from tests.factories.people import actor_of, make_appointment

    paper = draw_paper(scene)
    with transaction():
        make_appointment(scene.office.setter, scene.office.authority, Role.PAPER_APPROVER)
    with pytest.raises(DutyConflict, match="duty-not-author"), transaction():
        service.approve(paper, note="同意", actor=actor_of(scene.office.setter))


def test_an_unapproved_paper_is_not_sealed(scene: Scene) -> None:
    """Sealing comes after approval."""
    paper = draw_paper(scene)
    with pytest.raises(RuleBroken, match="paper-state"), transaction():
        service.consent_to_seal(paper, actor=scene.world.actor(scene.world.authority_custodian))


def test_nothing_to_look_at_after_sealing(scene: Scene) -> None:
    """Setter and approver see the paper before it is sealed and not after."""
    paper = approve_paper(scene)
    approver = scene.office.actor(scene.office.approver)
    with transaction():
        assert len(service.view_paper(paper, actor=approver).questions) == 8
    world = scene.world
    with transaction():
        service.consent_to_seal(paper, actor=world.actor(world.authority_custodian))
        service.seal(paper, actor=world.actor(world.site_custodian))
    with pytest.raises(RuleBroken, match="paper-state"), transaction():
        service.view_paper(paper, actor=approver)
    with pytest.raises(Missing):
        vault.read_draft(paper.id)


def test_a_key_missing_stops_the_sealing(app: Flask) -> None:
    """Every custodian of the sitting has a key before anything is sealed to them."""
    scene = make_scene(keys=False)
    paper = approve_paper(scene)
    with pytest.raises(RuleBroken, match="custodian-key-missing"), transaction():
        service.consent_to_seal(paper, actor=scene.world.actor(scene.world.authority_custodian))


def test_printing_notes_the_copies(scene: Scene, clock: Clock, printing_app: Flask) -> None:
    """The chief prints in the window; the custody log says how many."""
    paper = open_first_paper(scene, clock.set)
    chief = scene.world.actor(scene.world.chief)
    with transaction():
        document = service.print_paper(paper, copies=32, actor=chief)
    assert document.startswith(b"%PDF-")
    assert queries.custody_of(paper.id)[-1].entry.copies == 32
    invigilator = scene.world.actor(scene.world.invigilators[0])
    with pytest.raises(Exception, match="no-duty"), transaction():
        service.print_paper(paper, copies=1, actor=invigilator)
    clock.set("2025-03-12 11:01")
    with pytest.raises(DutyConflict, match="duty-window"), transaction():
        service.print_paper(paper, copies=1, actor=chief)


def test_a_sealed_paper_is_not_printed(scene: Scene, clock: Clock) -> None:
    """Nothing is printed before the opening, not even in the window."""
    paper, _ = seal_both(scene)
    clock.set(IN_WINDOW)
    with pytest.raises(RuleBroken, match="paper-state"), transaction():
        service.print_paper(paper, copies=1, actor=scene.world.actor(scene.world.chief))


def test_closing_wipes_the_running_key(scene: Scene, clock: Clock) -> None:
    """After close the released paper is unreadable; the key for marking stays."""
    paper = open_first_paper(scene, clock.set)
    with pytest.raises(RuleBroken, match="sitting-not-over"), transaction():
        service.close_papers(scene.sitting, actor=scene.world.actor(scene.world.chief))
    from exam_app.sittings import service as sittings

    chief = scene.world.actor(scene.world.chief)
    with transaction():
        sittings.open_sitting(scene.sitting, actor=chief)
    clock.set("2025-03-12 11:10")
    close(scene)
    for _ in range(2):
        with transaction():
            service.close_papers(scene.sitting, actor=chief)
    assert paper.state is PaperState.ARCHIVED
    with pytest.raises(RuleBroken, match="run-key-gone"):
        candidate.candidate_paper(scene.sitting.id)
    assert len(vault.marking_key(paper.id).entries) == 8
    from flask import current_app

    assert list((Path(current_app.instance_path) / "run").glob("*.key")) == []


def close(scene: Scene) -> None:
    """Close the sitting with nobody present."""
    from exam_app.sittings import service as sittings

    with transaction():
        sittings.close_sitting(
            scene.sitting,
            scripts=0,
            second=scene.world.actor(scene.world.invigilators[0]),
            actor=scene.world.actor(scene.world.chief),
        )


def test_a_key_slipped_in_after_enrolment_seals_nothing(scene: Scene) -> None:
    """Whoever swaps a custodian's key in the database gets no paper sealed to it."""
    with transaction():
        session().execute(update(CustodianKey).values(public_key=bytes(32)))
    with pytest.raises(SealBroken):
        seal_paper(scene)
