"""Paper scripts: two persons read them apart, a third decides where they differ."""

from __future__ import annotations

import threading

import pytest
from flask import Flask

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind, Role
from exam_app.attempts import queries, service
from exam_app.attempts.rules import AnswerUnreadable, QuestionUnknown, ReadingRefused
from exam_app.attempts.terms import AttemptState, Difference, KeyingState
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import DutyConflict, NotAllowed, RuleBroken
from exam_app.people.terms import TieKind
from exam_app.sittings.models import Entry
from exam_app.sittings.terms import SittingMode
from tests.conftest import Clock
from tests.factories.attempts import KEY, close, make_running, sitting_of
from tests.factories.people import (
    actor_of,
    make_entrustment,
    make_organisation,
    make_person_tie,
    make_staff,
)
from tests.factories.sittings import World


def keyers(world: World, count: int = 3) -> list[Actor]:
    """Return markers of the authority."""
    with transaction():
        staff = [make_staff(Role.MARKER, organisation=world.authority) for _ in range(count)]
    return [actor_of(account) for account in staff]


def make_scripts(clock: Clock, people: int = 2) -> World:
    """Return a paper sitting that is over, one candidate of it absent."""
    world = make_running(clock.set, mode=SittingMode.PAPER, people=people + 1, present=people)
    close(world, clock.set)
    return world


def key(entry: Entry, answers: dict[int, str], actor: Actor) -> None:
    """Key one reading in."""
    with transaction():
        service.key_script(entry, answers=answers, actor=actor)


def test_two_readings_that_agree_make_the_attempt(app: Flask, clock: Clock) -> None:
    """When the second person reads what the first read, the attempt is submitted with it."""
    world = make_scripts(clock)
    entry, (first, second, _) = world.entries[0], keyers(world)
    key(entry, KEY, first)
    assert queries.keying_state(entry) is KeyingState.FIRST
    assert queries.attempt_of(entry.id) is None
    key(entry, {question: f" {value.lower()}" for question, value in KEY.items()}, second)
    attempt = queries.attempt_of(entry.id)
    assert attempt is not None
    assert queries.keying_state(entry) is KeyingState.AGREED
    assert attempt.state is AttemptState.SUBMITTED
    assert queries.responses_of(attempt.id) == KEY
    assert attempt.responses_digest == queries.digest_of(attempt)


def test_a_third_person_decides_the_differences(app: Flask, clock: Clock) -> None:
    """Where two readings differ a third is asked about those questions and no other."""
    world = make_scripts(clock)
    entry, (first, second, third) = world.entries[0], keyers(world)
    key(entry, KEY, first)
    key(entry, KEY | {3: "D", 7: ""}, second)
    assert queries.keying_state(entry) is KeyingState.DIFFERENT
    assert queries.differences(entry) == (Difference(3, "C", "D"), Difference(7, "BD", ""))
    for actor in (first, second):
        with pytest.raises(RuleBroken) as refused, transaction():
            service.resolve_script(entry, answers={3: "C", 7: "BD"}, actor=actor)
        assert refused.value.code == "keyed-by-you"
    with pytest.raises(ReadingRefused), transaction():
        service.resolve_script(entry, answers={3: "C"}, actor=third)
    with transaction():
        attempt = service.resolve_script(entry, answers={3: "d", 7: "bd"}, actor=third)
    assert queries.responses_of(attempt.id) == KEY | {3: "D"}
    assert queries.answers_in(queries.readings_of(entry.id)[3]) == {3: "D", 7: "BD"}
    with pytest.raises(RuleBroken), transaction():
        service.resolve_script(entry, answers={3: "A", 7: ""}, actor=third)


def test_one_person_reads_once(app: Flask, clock: Clock) -> None:
    """The second reading is another person's; a fourth has nothing to add."""
    world = make_scripts(clock)
    entry, (first, second, third) = world.entries[0], keyers(world)
    key(entry, KEY, first)
    with pytest.raises(RuleBroken) as twice:
        key(entry, KEY, first)
    assert twice.value.code == "keyed-by-you"
    key(entry, KEY | {1: "B"}, second)
    with pytest.raises(RuleBroken) as done:
        key(entry, KEY, third)
    assert done.value.code == "keyed-twice"
    other = world.entries[1]
    key(other, KEY, third)
    with pytest.raises(RuleBroken) as alike, transaction():
        service.resolve_script(other, answers={}, actor=first)
    assert alike.value.code == "keyed-alike"


def test_bad_readings_are_refused_whole(app: Flask, clock: Clock) -> None:
    """No letter, no such question: nothing of the reading is kept."""
    world = make_scripts(clock)
    entry, (first, *_) = world.entries[0], keyers(world)
    with pytest.raises(AnswerUnreadable):
        key(entry, {1: "甲"}, first)
    with pytest.raises(QuestionUnknown):
        key(entry, {11: "A"}, first)
    assert queries.keying_state(entry) is KeyingState.OPEN


def test_only_scripts_that_exist(app: Flask, clock: Clock) -> None:
    """Who was absent left no script, and a computer sitting has none."""
    world = make_scripts(clock)
    first, *_ = keyers(world)
    with pytest.raises(RuleBroken) as absent:
        key(world.entries[-1], KEY, first)
    assert absent.value.code == "keyed-without-script"


def test_a_desk_is_not_keyed(app: Flask, clock: Clock) -> None:
    """What was answered on a computer is never keyed in."""
    world = make_running(clock.set)
    close(world, clock.set)
    first, *_ = keyers(world)
    with pytest.raises(RuleBroken) as refused:
        key(world.entries[0], KEY, first)
    assert refused.value.code == "keyed-on-computer"


def test_not_before_the_sitting_is_over(app: Flask, clock: Clock) -> None:
    """No script is read while candidates still write."""
    world = make_running(clock.set, mode=SittingMode.PAPER)
    first, *_ = keyers(world)
    with pytest.raises(DutyConflict) as refused:
        key(world.entries[0], KEY, first)
    assert refused.value.code == "duty-state"


@pytest.mark.parametrize("role", [Role.CHIEF, Role.INVIGILATOR, Role.SYSADMIN, Role.ITEM_WRITER])
def test_other_duties_key_nothing(app: Flask, clock: Clock, role: Role) -> None:
    """Keying is the authority's exam administrators' and markers' alone."""
    world = make_scripts(clock)
    with transaction():
        account = make_staff(role, organisation=world.authority)
    with pytest.raises(NotAllowed):
        key(world.entries[0], KEY, actor_of(account))


def test_another_city_keys_nothing(app: Flask, clock: Clock) -> None:
    """A marker of another authority is not assigned to this one's scripts."""
    world = make_scripts(clock)
    with transaction():
        other = make_organisation(OrganisationKind.CITY_EM, division_code="230600")
        account = make_staff(Role.MARKER, organisation=other)
    with pytest.raises(DutyConflict) as refused:
        key(world.entries[0], KEY, actor_of(account))
    assert refused.value.code == "duty-assigned"


def test_the_wall_holds_whatever_the_role(app: Flask, clock: Clock) -> None:
    """Whoever is tied to the provider keys no script of its class."""
    world = make_scripts(clock)
    with transaction():
        account = make_staff(Role.MARKER, organisation=world.authority)
        make_person_tie(account.person, world.provider, TieKind.EMPLOYEE)
    with pytest.raises(DutyConflict) as refused:
        key(world.entries[0], KEY, actor_of(account))
    assert refused.value.code == "wall-w3"


def test_an_entrusted_agency_keys(app: Flask, clock: Clock) -> None:
    """An agency the authority entrusted may key; one without entrustment may not."""
    world = make_scripts(clock)
    with transaction():
        agency = make_organisation(OrganisationKind.AGENCY)
        account = make_staff(Role.MARKER, organisation=agency)
    with pytest.raises(DutyConflict) as refused:
        key(world.entries[0], KEY, actor_of(account))
    assert refused.value.code == "wall-w9"
    with transaction():
        make_entrustment(world.authority, agency)
    key(world.entries[0], KEY, actor_of(account))


def test_the_list_shows_tickets_and_ones_own_part(app: Flask, clock: Clock) -> None:
    """The keyer sees which scripts wait and which they read themselves, no names, no answers."""
    world = make_scripts(clock)
    first, second, _ = keyers(world)
    entry = min(world.entries[:2], key=lambda each: each.ticket_number)
    key(entry, KEY, first)
    mine = queries.scripts_of(sitting_of(world), first)
    assert [(row.state, row.mine) for row in mine] == [
        (KeyingState.FIRST, True),
        (KeyingState.OPEN, False),
    ]
    assert not queries.scripts_of(sitting_of(world), second)[0].mine


def test_two_keyers_at_once_are_first_and_second(app: Flask, clock: Clock) -> None:
    """Two persons who key at the same moment make two readings, never two firsts."""
    world = make_scripts(clock, people=1)
    entry_id, pair = world.entries[0].id, keyers(world, 2)
    db.session.remove()
    gate, failed = threading.Barrier(2), []

    def read(actor: Actor) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    entry = session().get_one(Entry, entry_id)
                    service.key_script(entry, answers=KEY, actor=actor)
            except Exception as problem:
                failed.append(problem)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=read, args=(actor,)) for actor in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(queries.readings_of(entry_id)) == [1, 2]
    assert queries.attempt_of(entry_id) is not None
