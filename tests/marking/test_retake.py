"""The one retake: for whom, when, and exactly once whoever asks at the same moment."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select

from exam_app.access.terms import Role
from exam_app.certificates import service as certificates
from exam_app.core import clock as exam_clock
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import RuleBroken
from exam_app.home import queries as home
from exam_app.marking import queries, service
from exam_app.marking.rules import NoRetake
from exam_app.marking.terms import Outcome
from exam_app.people.models import Account
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Entry, Site, Sitting
from exam_app.sittings.terms import SittingKind
from tests.conftest import Clock
from tests.factories.attempts import close, right, run_sitting, sit, sitting_of
from tests.factories.marking import Office, make_office, make_over, mark, release
from tests.factories.people import actor_of, make_staff
from tests.factories.sittings import World

AGAIN = "2025-03-26 09:00"


def grant(world: World, office: Office, *, starts: str = AGAIN, reason: str = "") -> Sitting:
    """Grant the retake of the world's sitting."""
    with transaction():
        return service.grant_retake(
            sitting_of(world),
            site=world.site,
            starts_at=exam_clock.at_local(starts),
            authority_custodian=world.authority_custodian,
            site_custodian=world.site_custodian,
            reserve_custodian=world.reserve_custodian,
            reason=reason,
            actor=office.admin,
        )


def run_retake(world: World, clock: Clock, retake: Sitting, score: int | None) -> None:
    """Hold the retake: the first of its candidates scores, None is absent."""
    world.sitting = retake
    world.entries = list(sittings.entries_of(retake.id))
    run_sitting(world, clock.set, present=0 if score is None else 1)
    if score is not None:
        sit(world.entries[0], right(score))
    close(world, clock.set)


def test_failed_and_absent_are_entered(app: Flask, clock: Clock) -> None:
    """Exactly who failed or was absent is entered for the retake, each with the first entry."""
    world = make_over(clock.set, (10, 7, 3, None))
    office = make_office(world)
    release(world, office)
    retake = grant(world, office)
    entries = sittings.entries_of(retake.id)
    assert retake.kind is SittingKind.RETAKE
    assert {entry.retake_of_id for entry in entries} == {each.id for each in world.entries[1:]}
    assert {entry.attempt_number for entry in entries} == {2}


def test_after_a_void_sitting_whoever_passed_repeats_too(app: Flask, clock: Clock) -> None:
    """A pass that counts no more leaves the retake, and the pass of the retake counts."""
    world = make_over(clock.set, (10, 7))
    office = make_office(world)
    release(world, office)
    with transaction():
        first, second = (
            actor_of(make_staff(Role.CERTIFICATE_APPROVER, organisation=world.authority))
            for _ in range(2)
        )
    with transaction():
        voiding = certificates.ask_voiding(sitting_of(world), reason="整场泄题", actor=first)
    with transaction():
        certificates.decide_voiding(voiding, actor=second)
    assert queries.final_results(world.training_class.id) == []
    facts = home.class_facts([world.training_class])[world.training_class.id]
    assert (facts.passed, facts.retake_wanted) == (0, 2)
    retake = grant(world, office)
    assert len(sittings.entries_of(retake.id)) == 2
    run_retake(world, clock, retake, 9)
    release(world, office)
    final = queries.final_results(world.training_class.id)
    assert [each.outcome for each in final] == [Outcome.PASS, Outcome.ABSENT]


def test_no_retake_before_the_release(app: Flask, clock: Clock) -> None:
    """Nobody repeats on results that are not released."""
    world = make_over(clock.set)
    office = make_office(world)
    for step in (lambda: None, lambda: mark(world, office)):
        step()
        with pytest.raises(NoRetake) as refused:
            grant(world, office)
        assert refused.value.code == "retake-before-release"


def test_nobody_to_repeat(app: Flask, clock: Clock) -> None:
    """Where everybody passed there is nothing to repeat."""
    world = make_over(clock.set, (10, 8))
    office = make_office(world)
    release(world, office)
    with pytest.raises(NoRetake) as refused:
        grant(world, office)
    assert refused.value.code == "retake-nobody"


def test_there_is_one_retake(app: Flask, clock: Clock) -> None:
    """The second request is refused with the clause, and a retake has no retake."""
    world = make_over(clock.set, (7,))
    office = make_office(world)
    release(world, office)
    retake = grant(world, office)
    with pytest.raises(NoRetake) as refused:
        grant(world, office)
    assert refused.value.code == "retake-granted"
    assert "补考" in str(refused.value.facts["clause"])
    run_retake(world, clock, retake, 3)
    release(world, office)
    with pytest.raises(NoRetake) as third:
        grant(world, office, starts="2025-04-20 09:00")
    assert third.value.code == "retake-of-retake"


def test_a_passed_retake_counts(app: Flask, clock: Clock) -> None:
    """Who fails first and passes then has passed; the first result stays in the books."""
    world = make_over(clock.set, (7,))
    office = make_office(world)
    release(world, office)
    run_retake(world, clock, grant(world, office), 9)
    release(world, office)
    (final,) = queries.final_results(world.training_class.id)
    assert (final.outcome, final.total) == (Outcome.PASS, 90)
    assert len(queries.results_of(world.training_class.id)) == 2


def test_a_missed_retake_ends_the_exam(app: Flask, clock: Clock) -> None:
    """Who does not come to the retake has failed for good: absent is the last word."""
    world = make_over(clock.set, (7,))
    office = make_office(world)
    release(world, office)
    run_retake(world, clock, grant(world, office), None)
    release(world, office)
    (final,) = queries.final_results(world.training_class.id)
    assert (final.outcome, final.entry.attempt_number) == (Outcome.ABSENT, 2)
    own = queries.results_for_person(world.enrolments[0].person_id)
    assert all(row.retake_until is None for row in own)


def test_a_late_retake_needs_a_reason(app: Flask, clock: Clock) -> None:
    """After sixty days the retake is granted for a recorded reason alone."""
    world = make_over(clock.set, (7,))
    office = make_office(world)
    release(world, office)
    with pytest.raises(NoRetake) as refused:
        grant(world, office, starts="2025-06-20 09:00")
    assert refused.value.code == "retake-late"
    assert grant(world, office, starts="2025-06-20 09:00", reason="汛期停工").id


def granted_by_two(app: Flask, world: World, office: Office, starts: str) -> list[str]:
    """Return the codes of refusal where two administrators press the button together."""
    ids = (sitting_of(world).id, world.site.id)
    keepers = tuple(
        each.id
        for each in (world.authority_custodian, world.site_custodian, world.reserve_custodian)
    )
    db.session.remove()
    gate, made, refused, broken = threading.Barrier(2), [], [], []

    def ask() -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    first, second, third = (session().get_one(Account, each) for each in keepers)
                    retake = service.grant_retake(
                        session().get_one(Sitting, ids[0]),
                        site=session().get_one(Site, ids[1]),
                        starts_at=exam_clock.at_local(starts),
                        authority_custodian=first,
                        site_custodian=second,
                        reserve_custodian=third,
                        actor=office.admin,
                    )
                    made.append(retake.id)
            except RuleBroken as problem:
                refused.append(problem.code)
            except Exception as problem:
                broken.append(problem)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert len(made) == 1
    return refused


def test_two_requests_at_once_make_one_retake(app: Flask, clock: Clock) -> None:
    """One retake, one entry, one refusal."""
    world = make_over(clock.set, (7,))
    office = make_office(world)
    release(world, office)
    assert granted_by_two(app, world, office, AGAIN) == ["retake-granted"]
    count = select(func.count(Entry.id)).where(Entry.attempt_number == 2)
    assert session().scalar(count) == 1
