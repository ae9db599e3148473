"""The door: candidates let in, doubts decided, more time given."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select

from exam_app.access.terms import Role
from exam_app.audit.models import AuditEntry
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import BadInput, DutyConflict, NotAllowed, RuleBroken
from exam_app.sittings import service
from exam_app.sittings.models import Entry
from exam_app.sittings.terms import EntryState
from tests.conftest import Clock
from tests.factories.people import make_actor, make_person_tie, make_staff
from tests.factories.sittings import (
    World,
    make_open,
    make_world,
    ready,
)
from tests.sittings.steps import (
    check_in,
    sitting_of,
)
from tests.sittings.test_photo import picture


def test_a_candidate_is_let_in_once(opened: World) -> None:
    """The second time changes nothing and leaves no second trace."""
    entry = opened.entries[0]
    check_in(opened, entry, opened.invigilators[0])
    at, by = entry.checked_in_at, entry.checked_in_by_id
    check_in(opened, entry, opened.chief)
    assert (entry.state, entry.checked_in_at, entry.checked_in_by_id) == (
        EntryState.CHECKED_IN, at, by,
    )  # fmt: skip
    query = select(func.count(AuditEntry.seq)).where(AuditEntry.action == "sittings:entry:check-in")
    assert session().scalar(query) == 1


def test_two_doors_at_once_let_in_once(app: Flask, opened: World) -> None:
    """Two invigilators press at the same moment: one check-in, one trace."""
    entry_id, tail = opened.entries[0].id, opened.entries[0].enrolment.person.id_tail
    actors = [opened.actor(opened.chief), opened.actor(opened.invigilators[0])]
    session().rollback()
    gate = threading.Barrier(2)
    found: list[str] = []

    def run(number: int) -> None:
        with app.app_context():
            gate.wait()
            with transaction():
                entry = session().get(Entry, entry_id)
                assert entry is not None
                found.append(service.check_in(entry, id_tail=tail, actor=actors[number]).state)
            db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session().rollback()
    assert found == ["checked_in", "checked_in"]
    query = select(func.count(AuditEntry.seq)).where(AuditEntry.action == "sittings:entry:check-in")
    assert session().scalar(query) == 1


@pytest.mark.parametrize(
    ("at", "code"), [("2025-03-12 07:59", "check-in-early"), ("2025-03-12 09:31", "check-in-late")]
)
def test_the_doors_have_their_hours(world: World, clock: Clock, at: str, code: str) -> None:
    """Too early and too late are refused with the setting's source; the entry stays as it was."""
    ready(world)
    clock.set(at)
    with pytest.raises(RuleBroken, match=code) as refused:
        check_in(world, world.entries[0], world.chief)
    assert "本地设定" in refused.value.facts["clause"]
    assert world.entries[0].state is EntryState.ENTERED


def test_another_id_card_is_refused(opened: World) -> None:
    """Tails that differ do not let in."""
    entry = opened.entries[0]
    wrong = f"{(int(entry.enrolment.person.id_tail[:3]) + 1) % 1000:03d}5"
    with pytest.raises(RuleBroken, match="id-tail-differs"):
        check_in(opened, entry, opened.chief, tail=wrong)
    assert entry.state is EntryState.ENTERED


def test_the_photo_is_kept_with_its_digest(opened: World) -> None:
    """A photo is kept small, with a digest the trail vouches for; a broken one refuses."""
    entry = opened.entries[0]
    tail, actor = entry.enrolment.person.id_tail, opened.actor(opened.chief)
    with pytest.raises(BadInput, match="photo-unreadable"), transaction():
        service.check_in(entry, id_tail=tail, photo=b"no photo", actor=actor)
    assert entry.state is EntryState.ENTERED
    with transaction():
        service.check_in(entry, id_tail=tail, photo=picture(), actor=actor)
    assert entry.photo is not None
    assert entry.photo[:2] == b"\xff\xd8"
    assert len(entry.photo_digest or "") == 64


def test_who_supervises_lets_in(opened: World) -> None:
    """Administrators, custodians, strangers and people tied since are refused at the door."""
    with transaction():
        stranger = make_staff(Role.INVIGILATOR, organisation=opened.county)
        make_person_tie(opened.invigilators[0].person, opened.provider)
    for account in (opened.admin, opened.site_custodian, stranger, opened.invigilators[0]):
        with pytest.raises(NotAllowed):
            check_in(opened, opened.entries[0], account)


def test_an_invigilator_serves_one_room(app: Flask, clock: Clock) -> None:
    """The invigilator of the next room does not let in; the chief does everywhere."""
    world = make_world(6, rooms=(3, 3))
    make_open(world, clock.set)
    second_room = [entry for entry in world.entries if entry.room_id == world.rooms[1].id]
    with pytest.raises(DutyConflict, match="duty-assigned"):
        check_in(world, second_room[0], world.invigilators[0])
    check_in(world, second_room[0], world.chief)


def test_doubts_are_decided_by_two(opened: World) -> None:
    """Let in or turned away by the chief with a second invigilator and a reason."""
    first, second = opened.entries[:2]
    chief, other = opened.actor(opened.chief), opened.actor(opened.invigilators[0])

    def decide(entry: Entry, *, admit: bool = True, **over: object) -> None:
        values = {"reason": "临时身份证，单位证明", "second": other, "actor": chief}
        with transaction():
            service.decide_identity(entry, admit=admit, **(values | over))  # type: ignore[arg-type]

    with pytest.raises(DutyConflict, match="duty-two"):
        decide(first, second=chief)
    with pytest.raises(DutyConflict, match="duty-reason"):
        decide(first, reason=" ")
    with pytest.raises(NotAllowed):
        decide(first, actor=other, second=chief)
    with transaction():
        stranger = make_actor(Role.INVIGILATOR, organisation=opened.county)
    with pytest.raises(RuleBroken, match="second-not-assigned"):
        decide(first, second=stranger)
    with pytest.raises(BadInput, match="id-number-in-trail"):
        decide(first, reason="证件号 230702198503120019")
    decide(first)
    decide(second, admit=False)
    assert [first.state, second.state] == [EntryState.CHECKED_IN, EntryState.ENTERED]
    decide(second, reason="证件已补齐")
    assert second.state is EntryState.CHECKED_IN


def test_more_time_is_given_by_two(opened: World, clock: Clock) -> None:
    """The chief and a second invigilator extend the exam, with a reason, while it runs."""
    sitting = sitting_of(opened)
    chief, other = opened.actor(opened.chief), opened.actor(opened.invigilators[0])
    with pytest.raises(DutyConflict, match="duty-two"), transaction():
        service.extend_sitting(sitting, minutes=10, reason="停电", second=chief, actor=chief)
    with pytest.raises(BadInput, match="extension-size"), transaction():
        service.extend_sitting(sitting, minutes=500, reason="停电", second=other, actor=chief)
    with transaction():
        service.extend_sitting(sitting, minutes=10, reason="停电", second=other, actor=chief)
    assert (sitting.ends_at - sitting.starts_at).total_seconds() == 130 * 60
    clock.at = sitting.ends_at
    clock.forward(seconds=1)
    with pytest.raises(BadInput, match="extension-late"), transaction():
        service.extend_sitting(sitting, minutes=10, reason="停电", second=other, actor=chief)
