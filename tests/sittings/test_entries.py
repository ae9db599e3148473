"""Entries: eligible people alone, once, seated apart, one retake."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from exam_app.core import clock as time
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import BadInput, ExamError, RuleBroken
from exam_app.people import queries as people
from exam_app.sittings import queries, rules, service
from exam_app.sittings.models import Entry, Sitting
from exam_app.sittings.seating import Seat, clashes
from exam_app.sittings.terms import EntryState, SittingKind, SittingMode
from exam_app.training.terms import EligibilityState
from tests.conftest import Clock
from tests.factories.sittings import (
    World,
    enter,
    let_in,
    make_enrolment,
    make_open,
    make_sitting,
    make_world,
    ready,
    record_fixture,
    staff,
)


def close(world: World, clock: Clock) -> None:
    """Close the world's sitting after its time."""
    assert world.sitting is not None
    clock.at = world.sitting.ends_at
    with transaction():
        service.close_sitting(
            world.sitting,
            scripts=queries.present(world.entries),
            second=world.actor(world.invigilators[0]),
            actor=world.actor(world.chief),
        )


def make_retake(world: World) -> Sitting:
    """Return the class's retake sitting, planned a fortnight later."""
    with transaction():
        return service.schedule(
            world.training_class,
            site=world.site,
            kind=SittingKind.RETAKE,
            mode=SittingMode.PAPER,
            starts_at=time.at_local("2025-03-26 09:00"),
            authority_custodian=world.authority_custodian,
            site_custodian=world.site_custodian,
            reserve_custodian=world.reserve_custodian,
            actor=world.actor(world.admin),
        )


def test_the_eligible_are_entered(world: World) -> None:
    """Whoever was refused or still needs a reason gets no ticket."""
    with transaction():
        for state in (EligibilityState.REFUSED, EligibilityState.NEEDS_REASON):
            make_enrolment(world.training_class, world.enterprises[0], state=state)
    make_sitting(world)
    entries = enter(world)
    assert {each.enrolment_id for each in entries} == {each.id for each in world.enrolments}
    assert {each.attempt_number for each in entries} == {1}


def test_the_decision_is_frozen_on_the_entry(world: World) -> None:
    """Hours and findings stand on the entry as they were."""
    make_sitting(world)
    frozen = enter(world)[0].eligibility
    assert frozen["hours"] == {
        "online": "8", "offline": "16", "practical": "8", "credited": "24",
    }  # fmt: skip
    assert frozen["policy_digest"] == world.training_class.policy_digest


def test_neighbours_come_from_different_enterprises(app: Flask, clock: Clock) -> None:
    """Sixty candidates of four enterprises sit in two rooms of thirty, none beside a colleague."""
    world = make_world(60, enterprises=4, rooms=(45, 45))
    make_sitting(world)
    held = {Seat(each.room_id, each.seat): each.enrolment.enterprise_id for each in enter(world)}
    assert clashes(held) == 0
    rooms = [seat.room_id for seat in held]
    assert {rooms.count(room.id) for room in world.rooms} == {30}


def test_tickets_follow_the_seats(world: World) -> None:
    """Ticket numbers are valid, in the order of the seats, and say nothing of the person."""
    make_sitting(world)
    numbers = [each.ticket_number for each in enter(world)]
    assert numbers == sorted(numbers)
    assert all(rules.ticket_is_valid(number) for number in numbers)
    for entry in world.entries:
        assert people.id_number_of(entry.enrolment.person) not in entry.ticket_number


def test_a_small_site_says_how_many_seats_are_short(app: Flask, clock: Clock) -> None:
    """Nobody is entered where one seat is missing."""
    world = make_world(6, rooms=(3, 2))
    make_sitting(world)
    with pytest.raises(RuleBroken, match="seats-short") as refused:
        enter(world)
    assert refused.value.facts["short"] == 1
    assert queries.entries_of(world.sitting.id) == []  # type: ignore[union-attr]


def test_rooms_in_use_elsewhere_are_left_out(app: Flask, clock: Clock) -> None:
    """A room that another sitting fills at the same hour is not free."""
    first = make_world(4, rooms=(4,))
    make_sitting(first)
    enter(first)
    second = make_world(4, seed="（二）")
    second.site, second.rooms = first.site, first.rooms
    second.county, second.site_custodian = first.county, first.site_custodian
    make_sitting(second)
    with pytest.raises(RuleBroken, match="seats-short"):
        enter(second)


def test_a_class_is_entered_once(world: World) -> None:
    """Entering the class again is refused."""
    make_sitting(world)
    enter(world)
    with pytest.raises(RuleBroken, match="entered-already"):
        enter(world)


def test_nobody_eligible_is_said(app: Flask, clock: Clock) -> None:
    """A class without anybody eligible has nobody to enter."""
    world = make_world(0)
    make_sitting(world)
    with pytest.raises(RuleBroken, match="nobody-eligible"):
        enter(world)


def test_the_database_holds_one_entry_an_attempt(world: World) -> None:
    """Even raw rows can't enter somebody twice for an attempt."""
    make_sitting(world)
    first = enter(world)[0]
    again = Entry(
        sitting_id=first.sitting_id,
        enrolment_id=first.enrolment_id,
        attempt_number=1,
        room_id=first.room_id,
        seat=29,
        ticket_number="x",
        eligibility={},
        created_at=time.now(),
    )
    with pytest.raises(IntegrityError), transaction():
        session().add(again)


def together(app: Flask, count: int, work: Callable[[], object]) -> list[object]:
    """Run the work in threads at once; return what came back, refusals included."""
    gate = threading.Barrier(count)
    found: list[object] = []

    def run() -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    work()
                found.append("done")
            except ExamError as refused:
                found.append(refused.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session().rollback()  # read what the threads wrote, not what was there before
    return found


def test_two_at_once_enter_the_class_once(app: Flask, world: World) -> None:
    """Four administrators press at once: one set of entries comes out."""
    sitting_id = make_sitting(world).id
    admin = world.actor(world.admin)

    def work() -> None:
        sitting = session().get(Sitting, sitting_id)
        assert sitting is not None
        service.enter_class(sitting, actor=admin)

    found = together(app, 4, work)
    assert sorted(map(str, found)) == ["done", *["entered-already"] * 3]
    assert len(queries.entries_of(sitting_id)) == 6


def test_two_at_once_get_one_retake(app: Flask, clock: Clock) -> None:
    """Two grants of a retake at once make one entry."""
    world = make_world()
    make_open(world, clock.set)
    let_in(world, *world.entries)
    close(world, clock)
    retake_id, first_id = make_retake(world).id, world.entries[0].id
    admin = world.actor(world.admin)

    def work() -> None:
        sitting, first = session().get(Sitting, retake_id), session().get(Entry, first_id)
        assert sitting is not None
        assert first is not None
        service.enter_retake(sitting, entries=[first], actor=admin)

    found = together(app, 3, work)
    assert sorted(map(str, found)) == ["done", *["no-retake-left"] * 2]
    made = session().scalars(select(Entry).where(Entry.retake_of_id == first_id)).all()
    assert [each.attempt_number for each in made] == [2]


def test_a_retake_follows_the_first(world: World, clock: Clock) -> None:
    """Absent and present candidates sit once more; those entered later get free seats."""
    make_open(world, clock.set)
    let_in(world, *world.entries[:5])
    close(world, clock)
    retake = make_retake(world)
    with transaction():
        made = service.enter_retake(
            retake, entries=world.entries[3:], actor=world.actor(world.admin)
        )
    with transaction():
        more = service.enter_retake(
            retake, entries=world.entries[:1], actor=world.actor(world.admin)
        )
    assert {each.attempt_number for each in [*made, *more]} == {2}
    assert len({each.seat for each in [*made, *more]}) == 4
    assert more[0].ticket_number > made[-1].ticket_number
    assert made[0].eligibility == world.entries[0].eligibility


def test_a_retake_is_not_retaken(world: World, clock: Clock) -> None:
    """The entry of a retake can't be repeated, nor one of another class."""
    make_open(world, clock.set)
    let_in(world, *world.entries)
    close(world, clock)
    retake = make_retake(world)
    with transaction():
        made = service.enter_retake(
            retake, entries=world.entries[:1], actor=world.actor(world.admin)
        )
    for entries in (made, world.entries[:1]):
        with pytest.raises(RuleBroken, match="no-retake-left") as refused, transaction():
            service.enter_retake(retake, entries=entries, actor=world.actor(world.admin))
        assert "允许补考一次" in refused.value.facts["clause"]


def test_who_was_disqualified_has_no_retake(world: World, clock: Clock) -> None:
    """Where the profile says so, disqualification ends the exam."""
    make_open(world, clock.set)
    let_in(world, *world.entries)
    with transaction():
        world.entries[0].state = EntryState.DISQUALIFIED
        record_fixture(world.entries[0])
    close(world, clock)
    retake = make_retake(world)
    with pytest.raises(RuleBroken, match="disqualified-ends"), transaction():
        service.enter_retake(retake, entries=world.entries[:1], actor=world.actor(world.admin))


def test_each_kind_is_entered_its_own_way(world: World, clock: Clock) -> None:
    """A first sitting takes no retakers, a retake not the whole class; others' entries neither."""
    make_open(world, clock.set)
    let_in(world, *world.entries)
    first = world.sitting
    assert first is not None
    close(world, clock)
    admin = world.actor(world.admin)
    retake = make_retake(world)
    with pytest.raises(RuleBroken, match="sitting-is-retake"), transaction():
        service.enter_class(retake, actor=admin)
    with pytest.raises(RuleBroken, match="nobody-eligible"), transaction():
        service.enter_retake(retake, entries=[], actor=admin)
    other = make_world(seed="（二）")
    make_sitting(other, starts="2025-04-12 09:00")
    enter(other)
    with pytest.raises(RuleBroken, match="entry-elsewhere"), transaction():
        service.enter_retake(retake, entries=other.entries[:1], actor=admin)
    with pytest.raises(RuleBroken, match="sitting-is-first"), transaction():
        service.enter_retake(
            other.sitting,  # type: ignore[arg-type]
            entries=world.entries[:1],
            actor=other.actor(other.admin),
        )


def test_a_sitting_is_moved_before_its_papers_are_sealed(world: World) -> None:
    """Seats stay, tickets carry the new day; not without a reason, not into the past."""
    sitting = make_sitting(world)
    before = [(each.enrolment_id, each.seat) for each in enter(world)]
    staff(world)
    admin = world.actor(world.admin)
    later = time.at_local("2025-03-19 14:00")
    with pytest.raises(BadInput, match="reason-missing"), transaction():
        service.reschedule(sitting, starts_at=later, reason=" ", actor=admin)
    with pytest.raises(BadInput, match="sitting-starts-past"), transaction():
        service.reschedule(sitting, starts_at=time.now(), reason="暴雪", actor=admin)
    with transaction():
        service.reschedule(sitting, starts_at=later, reason="暴雪", actor=admin)
    assert f"{time.local(sitting.ends_at):%m-%d %H:%M}" == "03-19 16:00"
    entries = queries.entries_of(sitting.id)
    assert [(each.enrolment_id, each.seat) for each in entries] == before
    assert all("-250319-" in each.ticket_number for each in entries)
    assert all(rules.ticket_is_valid(each.ticket_number) for each in entries)
    ready(world)
    with pytest.raises(RuleBroken, match="sitting-is-ready"), transaction():
        service.reschedule(sitting, starts_at=later, reason="暴雪", actor=admin)


def test_a_move_finds_rooms_and_people_free(app: Flask, clock: Clock) -> None:
    """A sitting is not moved to where its room or its invigilator is taken."""
    first, second = make_world(), make_world(seed="（二）")
    second.site, second.rooms, second.county = first.site, first.rooms, first.county
    second.site_custodian = first.site_custodian
    second.chief, second.invigilators = first.chief, first.invigilators
    make_sitting(first)
    moved = make_sitting(second, starts="2025-03-13 09:00")
    staff(first)
    staff(second)
    start = time.at_local("2025-03-12 10:30")
    admin = second.actor(second.admin)
    with pytest.raises(RuleBroken, match="invigilator-busy"), transaction():
        service.reschedule(moved, starts_at=start, reason="暴雪", actor=admin)
    enter(first)
    enter(second)
    with pytest.raises(RuleBroken, match="rooms-taken"), transaction():
        service.reschedule(moved, starts_at=start, reason="暴雪", actor=admin)
