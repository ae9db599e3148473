"""Marking, confirmation and release: three persons, everybody accounted for, walls first."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind, Role
from exam_app.attempts.models import Response
from exam_app.audit.models import AuditEntry
from exam_app.core import runkeys
from exam_app.core.db import session, transaction
from exam_app.core.errors import DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.marking import queries, service
from exam_app.marking.models import Mark
from exam_app.marking.rules import NotMarkable
from exam_app.marking.terms import Outcome, ResultState
from exam_app.papers import candidate
from exam_app.papers.models import Paper
from exam_app.people import queries as people
from exam_app.people.models import Person
from exam_app.people.terms import TieKind
from exam_app.sittings import service as room
from exam_app.sittings.terms import IncidentKind, SittingMode
from tests.conftest import Clock
from tests.factories.attempts import close, make_running, right, sit, sitting_of
from tests.factories.marking import make_office, make_over, mark, release
from tests.factories.people import (
    actor_of,
    make_appointment,
    make_organisation,
    make_person_tie,
    make_staff,
)
from tests.factories.sittings import World


def outcomes(world: World) -> list[Outcome]:
    """Return the outcomes in the order of the seats."""
    found = [queries.result_of_entry(entry.id) for entry in world.entries]
    return [result.outcome for result in found if result is not None]


def staff(world: World, role: Role) -> Actor:
    """Return somebody of the authority with the role."""
    with transaction():
        return actor_of(make_staff(role, organisation=world.authority))


def test_everybody_has_a_result(app: Flask, clock: Clock) -> None:
    """Eighty of a hundred pass, seventy fail, who did not come is absent."""
    world = make_over(clock.set, (10, 8, 7, 0, None))
    office = make_office(world)
    results = mark(world, office)
    assert outcomes(world) == [
        Outcome.PASS,
        Outcome.PASS,
        Outcome.FAIL,
        Outcome.FAIL,
        Outcome.ABSENT,
    ]
    by_entry = {result.entry_id: result for result in results}
    totals = [by_entry[entry.id].total for entry in world.entries]
    assert totals == [100, 80, 70, 0, None]
    seventy = by_entry[world.entries[2].id]
    assert (seventy.pass_mark, seventy.full_marks) == (80, 100)
    assert seventy.attempt_id is not None
    marks = queries.current_marks([seventy.attempt_id])[seventy.attempt_id]
    assert [marks[number].marks for number in range(1, 11)] == [10] * 7 + [0] * 3
    assert queries.total_of(marks.values()) == seventy.total


def test_part_marks_follow_the_profile(app: Flask, clock: Clock) -> None:
    """Some but not all right options of a multiple question earn half, a wrong one nothing."""
    world = make_running(clock.set, people=1)
    sit(world.entries[0], right(10) | {5: "A", 6: "ABC"})
    close(world, clock.set)
    (result,) = mark(world, make_office(world))
    assert result.total == Decimal(85)


def test_the_disqualified_get_no_marks(app: Flask, clock: Clock) -> None:
    """What was answered before a disqualification counts nothing."""
    world = make_running(clock.set, people=2)
    for entry in world.entries:
        sit(entry, right(10))
    with transaction():
        incident = room.report_incident(
            sitting_of(world),
            kind=IncidentKind.PHONE,
            description="使用手机",
            entry=world.entries[0],
            actor=world.actor(world.chief),
        )
    with transaction():
        room.countersign_incident(incident, actor=world.actor(world.invigilators[0]))
    close(world, clock.set)
    mark(world, make_office(world))
    assert outcomes(world) == [Outcome.DISQUALIFIED, Outcome.PASS]
    result = queries.result_of_entry(world.entries[0].id)
    assert result is not None
    assert (result.total, result.attempt_id) == (None, None)


def test_nobody_let_in_is_left_out(app: Flask, clock: Clock) -> None:
    """A sitting is not marked while a script of somebody let in is missing."""
    world = make_running(clock.set, mode=SittingMode.PAPER, people=2)
    close(world, clock.set)
    with pytest.raises(NotMarkable) as refused:
        mark(world, make_office(world))
    assert refused.value.code == "attempts-missing"
    assert refused.value.facts["count"] == 2


def test_changed_answers_are_not_marked(app: Flask, clock: Clock) -> None:
    """An answer changed in the database after the submission stops the marking, by ticket."""
    world = make_over(clock.set)
    attempt_id = session().scalars(select(Response.attempt_id).limit(1)).one()
    with transaction():
        session().get_one(Response, (attempt_id, 1)).value = "B"
    with pytest.raises(NotMarkable) as refused:
        mark(world, make_office(world))
    assert refused.value.code == "responses-changed"
    assert queries.results_of_sitting(sitting_of(world).id) == []


def test_marking_happens_once_and_after_the_end(app: Flask, clock: Clock) -> None:
    """An open sitting is not marked, and a marked one not again."""
    world = make_running(clock.set, people=1)
    sit(world.entries[0], right(10))
    office = make_office(world)
    with pytest.raises(DutyConflict) as early:
        mark(world, office)
    assert early.value.code == "duty-state"
    close(world, clock.set)
    mark(world, office)
    with pytest.raises(RuleBroken) as again:
        mark(world, office)
    assert again.value.code == "marked-already"


def test_marking_wipes_the_running_key(app: Flask, clock: Clock) -> None:
    """Once marked, what the candidates read can be decrypted no more."""
    world = make_over(clock.set)
    sitting = sitting_of(world)
    assert candidate.candidate_paper(sitting.id).questions
    mark(world, make_office(world))
    with pytest.raises(RuleBroken) as gone:
        candidate.candidate_paper(sitting.id)
    assert gone.value.code == "run-key-gone"
    runkeys.wipe(candidate.sitting_key(sitting.id))


def test_three_persons_until_the_release(app: Flask, clock: Clock) -> None:
    """Marked, confirmed and released by three, each step recorded once."""
    world = make_over(clock.set)
    office = make_office(world)
    results = release(world, office)
    assert {result.state for result in results} == {ResultState.RELEASED}
    actions = (
        session()
        .scalars(
            select(AuditEntry.action)
            .where(AuditEntry.action.like("marking:%"))
            .order_by(AuditEntry.seq)
        )
        .all()
    )
    assert actions == ["marking:mark:enter", "marking:result:confirm", "marking:result:release"]
    for act, code in (
        (
            lambda: service.confirm_results(sitting_of(world), actor=office.checker),
            "nothing-to-confirm",
        ),
        (
            lambda: service.release_results(sitting_of(world), actor=office.publisher),
            "nothing-to-release",
        ),
    ):
        with pytest.raises(RuleBroken) as refused, transaction():
            act()
        assert refused.value.code == code


def test_the_marker_neither_confirms_nor_releases(app: Flask, clock: Clock) -> None:
    """Whoever marked may do neither further step, whatever else they are appointed to."""
    world = make_over(clock.set)
    office = make_office(world)
    mark(world, office)
    with transaction():
        account = session().get_one(type(world.chief), office.marker.account_id)
        make_appointment(account, world.authority, Role.RESULT_CHECKER)
    marker = actor_of(account)
    with pytest.raises(DutyConflict) as refused, transaction():
        service.confirm_results(sitting_of(world), actor=marker)
    assert refused.value.code == "duty-not-author"
    with transaction():
        service.confirm_results(sitting_of(world), actor=office.checker)
    for by in (account, session().get_one(type(world.chief), office.checker.account_id)):
        with transaction():
            make_appointment(by, world.authority, Role.RESULT_PUBLISHER)
        with pytest.raises(DutyConflict) as kept, transaction():
            service.release_results(sitting_of(world), actor=actor_of(by))
        assert kept.value.code == "duty-not-author"


def test_nothing_is_released_unconfirmed(app: Flask, clock: Clock) -> None:
    """Without a second person's confirmation there is no release."""
    world = make_over(clock.set)
    office = make_office(world)
    mark(world, office)
    with pytest.raises(DutyConflict) as refused, transaction():
        service.release_results(sitting_of(world), actor=office.publisher)
    assert refused.value.code == "duty-two"


def test_the_database_holds_the_three_apart(app: Flask, clock: Clock) -> None:
    """Even past the services, marker, confirmer and publisher can't be one account."""
    world = make_over(clock.set)
    office = make_office(world)
    result = mark(world, office)[0]
    result.state, result.confirmed_by_id = ResultState.CONFIRMED, office.marker.account_id
    result.confirmed_at = clock()
    with pytest.raises(IntegrityError):
        session().flush()


def acts(world: World, paper: Paper) -> dict[str, Callable[[Actor], object]]:
    """Return everything marking can be asked to do to a sitting."""
    sitting = sitting_of(world)
    return {
        "mark": lambda actor: service.mark_sitting(sitting, actor=actor),
        "key": lambda actor: service.view_key(sitting, reason="复核", actor=actor),
        "confirm": lambda actor: service.confirm_results(sitting, actor=actor),
        "release": lambda actor: service.release_results(sitting, actor=actor),
        "regrade": lambda actor: service.propose_regrade(
            paper, question=1, new_key="ALL", reason="有误", actor=actor
        ),
        "retake": lambda actor: service.grant_retake(
            sitting,
            site=world.site,
            starts_at=sitting.ends_at,
            authority_custodian=world.authority_custodian,
            site_custodian=world.site_custodian,
            reserve_custodian=world.reserve_custodian,
            actor=actor,
        ),
    }


ROLE_OF = {
    "mark": Role.MARKER,
    "key": Role.RESULT_CHECKER,
    "confirm": Role.RESULT_CHECKER,
    "release": Role.RESULT_PUBLISHER,
    "regrade": Role.RESULT_CHECKER,
    "retake": Role.EXAM_ADMIN,
}


@pytest.mark.parametrize("act", list(ROLE_OF))
def test_the_wall(app: Flask, clock: Clock, act: str) -> None:
    """Tied to the provider, its teacher, the system's administrator, a candidate: all refused."""
    world = make_over(clock.set)
    acting = acts(world, queries.paper_of(sitting_of(world)))[act]
    tied = staff(world, ROLE_OF[act])
    with transaction():
        person = session().get_one(Person, tied.person_id)
        make_person_tie(person, world.provider, TieKind.EMPLOYEE)
        teacher = actor_of(make_staff(Role.TRAINING_MANAGER, organisation=world.provider))
        sysadmin = actor_of(make_staff(Role.SYSADMIN, organisation=world.authority))
        pupil = people.account_of_person(world.enrolments[0].person_id)
        assert pupil is not None
        make_appointment(pupil, world.authority, ROLE_OF[act])
    refusals = {"wall-w3": tied, "wall-w1": teacher, "wall-w5": sysadmin}
    if act != "retake":
        refusals["duty-not-cand"] = actor_of(pupil)
    for code, actor in refusals.items():
        with pytest.raises(NotAllowed) as refused, transaction():
            acting(actor)
        assert refused.value.code == code


@pytest.mark.parametrize("act", list(ROLE_OF))
def test_another_city(app: Flask, clock: Clock, act: str) -> None:
    """Whoever holds the same duty in another city changes nothing here."""
    world = make_over(clock.set, (10, 7))
    office = make_office(world)
    acting = acts(world, queries.paper_of(sitting_of(world)))[act]
    with transaction():
        away = make_organisation(OrganisationKind.CITY_EM, division_code="230600")
        stranger = actor_of(make_staff(ROLE_OF[act], organisation=away))
    if act != "mark":
        mark(world, office)
    if act == "release":
        with transaction():
            service.confirm_results(sitting_of(world), actor=office.checker)
    with pytest.raises((DutyConflict, Missing)), transaction():
        acting(stranger)


def test_the_key_is_shown_for_a_reason_and_recorded(app: Flask, clock: Clock) -> None:
    """Who looks at the key says why, and the trail keeps it; nobody looks during the exam."""
    world = make_running(clock.set, people=1)
    office = make_office(world)
    sitting = sitting_of(world)
    with pytest.raises(DutyConflict), transaction():
        service.view_key(sitting, reason="复核", actor=office.checker)
    close(world, clock.set)
    with pytest.raises(DutyConflict) as refused, transaction():
        service.view_key(sitting, reason=" ", actor=office.checker)
    assert refused.value.code == "duty-reason"
    with transaction():
        sheet = service.view_key(sitting, reason="考生提出第1题有误", actor=office.checker)
    assert [entry.letters for entry in sheet.entries][:2] == ["A", "B"]
    last = session().scalars(select(AuditEntry).where(AuditEntry.action == "marking:key:view"))
    assert "考生提出第1题有误" in str(last.one().detail)


def test_final_results_take_the_pass(app: Flask, clock: Clock) -> None:
    """Before the release nothing counts; after it each person has one result."""
    world = make_over(clock.set, (10, 5, None))
    office = make_office(world)
    mark(world, office)
    class_id = world.training_class.id
    assert queries.final_results(class_id) == []
    assert len(queries.results_of(class_id)) == 3
    with transaction():
        service.confirm_results(sitting_of(world), actor=office.checker)
    with transaction():
        service.release_results(sitting_of(world), actor=office.publisher)
    final = queries.final_results(class_id)
    assert sorted(each.outcome for each in final) == [Outcome.ABSENT, Outcome.FAIL, Outcome.PASS]


def test_marks_are_kept_version_by_version(app: Flask, clock: Clock) -> None:
    """A fresh marking has version 1 of every mark and no other."""
    world = make_over(clock.set, (10,))
    mark(world, make_office(world))
    versions = session().scalars(select(Mark.version)).all()
    assert versions == [1] * 10
