"""A sitting declared void is held again, a retake too: who sat it, once each, to the end."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from exam_app.access.actor import Actor
from exam_app.access.terms import Role
from exam_app.audit.verify import verify
from exam_app.certificates import queries as certificate_queries
from exam_app.certificates import service as certificates
from exam_app.certificates.terms import CertificateState
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import RuleBroken
from exam_app.credits import queries as ledger
from exam_app.credits import service as credits_
from exam_app.home import queries as home
from exam_app.marking import queries, repeats
from exam_app.marking.rules import NoRetake
from exam_app.marking.terms import Outcome
from exam_app.sittings import queries as sittings
from exam_app.sittings import service as room
from exam_app.sittings.models import Entry, Sitting
from tests.conftest import ONE_DATABASE, Clock
from tests.factories.attempts import close, right, run_sitting, sit, sitting_of
from tests.factories.certificates import make_key
from tests.factories.marking import make_office, make_over, release
from tests.factories.people import actor_of, make_staff
from tests.factories.sittings import World
from tests.marking.test_retake import grant, granted_by_two

DAYS = ("2025-03-26 09:00", "2025-04-09 09:00", "2025-04-23 09:00")


def officer(world: World, role: Role) -> Actor:
    with transaction():
        return actor_of(make_staff(role, organisation=world.authority))


def void(world: World) -> None:
    """Declare the world's sitting void, by two persons."""
    first, second = (officer(world, Role.CERTIFICATE_APPROVER) for _ in range(2))
    with transaction():
        voiding = certificates.ask_voiding(sitting_of(world), reason="整场泄题", actor=first)
    with transaction():
        certificates.decide_voiding(voiding, actor=second)


def run(world: World, clock: Clock, retake: Sitting, scores: dict[int, int]) -> None:
    """Hold a sitting: enrolment id → how many are right; whoever is left out is absent."""
    world.sitting = retake
    entries = sittings.entries_of(retake.id)
    world.entries = sorted(entries, key=lambda each: each.enrolment_id not in scores)
    run_sitting(world, clock.set, present=len(scores))
    for entry in world.entries[: len(scores)]:
        sit(entry, right(scores[entry.enrolment_id]))
    close(world, clock.set)
    chief, receiver = actor_of(world.chief), actor_of(world.admin)
    with transaction():
        room.hand_over(retake, scripts=len(scores), received_by=receiver, actor=chief)


def attempts(sitting: Sitting) -> set[tuple[int, int]]:
    """Return enrolment and attempt number of who is entered."""
    return {(each.enrolment_id, each.attempt_number) for each in sittings.entries_of(sitting.id)}


def wanted(world: World) -> int:
    facts = home.class_facts([world.training_class])
    return facts[world.training_class.id].retake_wanted


def test_void_repeated_void_again_then_passed_and_credited_once(app: Flask, clock: Clock) -> None:
    """First void, its repetition void, the next one passed: one certificate, its hours once."""
    world = make_over(clock.set, (10, None))
    passed, absent = (each.enrolment_id for each in world.entries)
    office = make_office(world)
    release(world, office)
    void(world)
    again = grant(world, office, starts=DAYS[0])
    assert attempts(again) == {(passed, 1), (absent, 2)}
    run(world, clock, again, {passed: 10, absent: 10})
    release(world, office)
    assert wanted(world) == 0
    void(world)
    assert wanted(world) == 2
    third = grant(world, office, starts=DAYS[1])
    assert attempts(third) == {(passed, 1), (absent, 2)}
    assert third.follows_id == again.id
    run(world, clock, third, {passed: 9, absent: 3})
    release(world, office)
    with pytest.raises(NoRetake, match="retake-of-retake"):
        grant(world, office, starts=DAYS[2])
    _certify_and_credit(world, passed)
    session().rollback()
    assert verify(db.engine) == []


def _certify_and_credit(world: World, enrolment_id: int) -> None:
    """Issue what can be issued, and credit it twice: one certificate, one grant of hours."""
    make_key(int(world.authority.division_code))
    by, approver = (
        officer(world, role) for role in (Role.CERTIFICATE_OFFICER, Role.CERTIFICATE_APPROVER)
    )
    with transaction():
        (row,) = certificates.prepare(world.training_class, actor=by)
    with transaction():
        certificates.sign([row], actor=approver)
    assert (row.enrolment_id, row.state) == (enrolment_id, CertificateState.VALID)
    for expected in (1, 0):
        with transaction():
            made = credits_.credit_class(world.training_class, actor=by)
        assert len(made) == expected
    assert len(ledger.statement(row.enrolment.person_id).totals) == 1
    missing = {
        each.enrolment.id: each.missing
        for each in certificate_queries.candidates(world.training_class)
    }
    assert missing[enrolment_id] == ("issued-already",)
    assert all("not-passed" in codes for each, codes in missing.items() if each != enrolment_id)


def test_two_requests_at_once_repeat_a_void_retake_once(app: Flask, clock: Clock) -> None:
    """Two administrators press the button together: one repetition, one entry, one refusal."""
    world = make_over(clock.set, (7,))
    office = make_office(world)
    release(world, office)
    failed = world.entries[0].enrolment_id
    run(world, clock, grant(world, office, starts=DAYS[0]), {failed: 10})
    release(world, office)
    void(world)
    assert granted_by_two(app, world, office, DAYS[1]) == ["retake-granted"]
    count = select(func.count(Entry.id)).where(Entry.repeats_id.is_not(None))
    assert session().scalar(count) == 1


@ONE_DATABASE
def test_a_first_sitting_void_after_the_retake(app: Flask, clock: Clock) -> None:
    """Who passed the first sits it again; who failed it and passed the retake keeps that."""
    world = make_over(clock.set, (10, 7, 6))
    first_sitting, (passed, better, missed) = (
        sitting_of(world),
        (each.enrolment_id for each in world.entries),
    )
    office = make_office(world)
    release(world, office)
    run(world, clock, grant(world, office, starts=DAYS[0]), {better: 9})
    release(world, office)
    world.sitting = first_sitting
    void(world)
    final = {each.entry.enrolment_id: each.outcome for each in _final(world)}
    assert final == {better: Outcome.PASS, missed: Outcome.ABSENT}
    again = grant(world, office, starts=DAYS[1])
    assert attempts(again) == {(passed, 1), (missed, 1)}
    with pytest.raises(NoRetake, match="retake-granted"):
        grant(world, office, starts=DAYS[2])


def _final(world: World) -> list[queries.Result]:
    return queries.final_results(world.training_class.id)


@ONE_DATABASE
def test_whoever_is_absent_from_a_void_retake_has_ended(app: Flask, clock: Clock) -> None:
    """Only what was sat is given back; a person is told so on their own page."""
    world = make_over(clock.set, (7, 6))
    sat, absent = (each.enrolment_id for each in world.entries)
    office = make_office(world)
    release(world, office)
    retake = grant(world, office, starts=DAYS[0])
    run(world, clock, retake, {sat: 9})
    release(world, office)
    void(world)
    due = repeats.repeaters(world.training_class.id)
    assert [(each.result.entry.enrolment_id, each.is_void) for each in due] == [(sat, True)]
    own = queries.results_for_person(due[0].result.entry.enrolment.person_id)
    assert [(each.may_sit_again, each.retake_until) for each in own] == [
        (True, None),
        (False, None),
    ]
    gone = next(each for each in sittings.entries_of(retake.id) if each.enrolment_id == absent)
    late = grant(world, office, starts="2025-12-01 09:00")  # no days bind a repetition
    assert attempts(late) == {(sat, 2)}
    with pytest.raises(RuleBroken, match="repeat-not-sat"), transaction():
        room.enter_retake(late, entries=[], void=[gone], actor=office.admin)
    with pytest.raises(RuleBroken, match="entered-already"), transaction():
        room.enter_retake(late, entries=[], void=[due[0].result.entry], actor=office.admin)
