"""The retake's paper, and two custodians who open at the same moment."""

from __future__ import annotations

import threading

import sqlalchemy as sa
from flask import Flask

from exam_app.bank import queries as bank
from exam_app.bank import service as bank_service
from exam_app.core import clock as exam_clock
from exam_app.core.db import session, transaction
from exam_app.core.errors import ExamError
from exam_app.papers import candidate, queries, service, vault
from exam_app.papers.models import KeyCopy, Paper, ReleasedPaper
from exam_app.papers.terms import PaperKind, PaperState
from exam_app.people import queries as people
from exam_app.sittings import service as sittings
from exam_app.sittings.models import Sitting
from exam_app.sittings.terms import SittingKind, SittingMode
from question_bank import ItemType
from tests.conftest import ONE_DATABASE, Clock
from tests.factories.papers import (
    IN_WINDOW,
    PASSPHRASES,
    Scene,
    consent,
    draw_paper,
    open_first_paper,
    seal_both,
)


def retake_sitting(scene: Scene, clock: Clock) -> Sitting:
    """Return the retake's sitting after the first one has been closed."""
    world = scene.world
    chief = world.actor(world.chief)
    with transaction():
        sittings.open_sitting(scene.sitting, actor=chief)
    clock.set("2025-03-12 11:10")
    with transaction():
        sittings.close_sitting(
            scene.sitting,
            scripts=0,
            second=world.actor(world.invigilators[0]),
            actor=chief,
        )
    with transaction():
        return sittings.schedule(
            world.training_class,
            site=world.site,
            kind=SittingKind.RETAKE,
            mode=SittingMode.PAPER,
            starts_at=exam_clock.at_local("2025-04-02 09:00"),
            authority_custodian=world.authority_custodian,
            site_custodian=world.site_custodian,
            reserve_custodian=world.reserve_custodian,
            actor=world.actor(world.admin),
        )


def test_the_retake_shares_nothing_with_what_came_before(scene: Scene, clock: Clock) -> None:
    """Neither with the first paper, which is open, nor with the reserve, still sealed."""
    first = open_first_paper(scene, clock.set)
    reserve = queries.live_paper(scene.sitting.id, PaperKind.RESERVE)
    assert reserve is not None
    scene.sitting = retake_sitting(scene, clock)
    retake = draw_paper(scene, PaperKind.RETAKE)
    assert retake.code.endswith("-C")
    prints = [vault.fingerprints_of(each.id) for each in (first, reserve, retake)]
    assert len(frozenset().union(*prints)) == 24
    uids = {entry.uid for entry in vault.marking_key(first.id).entries}
    assert not uids & vault.read_draft(retake.id).draft.uids


@ONE_DATABASE
def test_the_retake_holds_no_enemy_of_what_was_sat(scene: Scene, clock: Clock) -> None:
    """Who sat the first paper has read what gives an item's answer away."""
    first = open_first_paper(scene, clock.set)
    met = vault.marking_key(first.id).entries
    free = {item.id for item in bank.approved(scene.world.authority.id)}
    free -= vault_ids(scene)
    scene.sitting = retake_sitting(scene, clock)
    kinds = {entry.item_type: entry.uid.partition("@")[0] for entry in met}
    pairs = [(kinds[ItemType.SINGLE], min(each for each in free if "-single-" in each))]
    with transaction():
        bank_service.note_enemies(
            pairs, reason="互相提示", actor=scene.office.actor(scene.office.writer)
        )
    hostile = pairs[0][1]
    for _ in range(3):
        retake = draw_paper(scene, PaperKind.RETAKE)
        assert hostile not in vault.read_draft(retake.id).draft.item_ids
        with transaction():
            service.withdraw(retake, reason="重组", actor=scene.office.actor(scene.office.setter))


def vault_ids(scene: Scene) -> set[str]:
    """Return the items that stand in a paper of the sitting."""
    taken = {
        each
        for paper in queries.live_papers(scene.sitting.id)
        for each in vault.fingerprints_of(paper.id)
    }
    pool = bank.approved(scene.world.authority.id)
    return {item.id for item in pool if vault.fingerprint(item.id) in taken}


def test_two_custodians_open_at_once(scene: Scene, clock: Clock, app: Flask) -> None:
    """Two who both could be the second: one opens, the other is told that it is open."""
    paper, _ = seal_both(scene)
    clock.set(IN_WINDOW)
    consent(scene, paper, "authority")
    paper_id, sitting_id = paper.id, scene.sitting.id
    accounts = {name: scene.custodians[name].id for name in ("site", "reserve")}
    session().commit()
    start, told = threading.Barrier(2), []

    def open_as(name: str) -> None:
        with app.app_context():
            actor = people.actor_of(people.get_account(accounts[name]), exam_clock.now())
            mine = session().get(Paper, paper_id)
            assert mine is not None
            start.wait()
            try:
                with transaction():
                    service.open_paper(mine, passphrase=PASSPHRASES[name], actor=actor)
                told.append("opened")
            except ExamError as error:
                told.append(error.code)

    threads = [threading.Thread(target=open_as, args=(name,)) for name in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("opened") == 1, told
    session().expire_all()
    for kind in (ReleasedPaper, KeyCopy):
        assert session().scalar(sa.select(sa.func.count(kind.id))) == 1
    assert session().get_one(Paper, paper_id).state is PaperState.OPENED
    assert len(candidate.candidate_paper(sitting_id).questions) == 8
