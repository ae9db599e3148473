"""Attendance in, hours computed from it, the decision who may sit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select

from exam_app.access.terms import OrganisationKind, Role
from exam_app.core import clock as exam_clock
from exam_app.core.db import session, transaction
from exam_app.core.errors import DutyConflict, NotAllowed, RuleBroken
from exam_app.people import queries as people
from exam_app.training import labels, pages, queries, service
from exam_app.training.models import AttendanceRecord, Eligibility, TrainingClass
from exam_app.training.terms import ClassState, EligibilityState, Mode, PersonnelCategory
from tests.conftest import Clock
from tests.factories.people import actor_of, id_number, make_actor, make_appointment, make_staff
from tests.factories.training import (
    Attended,
    Town,
    attend,
    attendance_file,
    attendance_row,
    confirm,
    lock_roster,
    make_attended_class,
    make_class,
    make_officer,
    make_project,
    make_roster,
    make_town,
)

MANAGER = PersonnelCategory.SAFETY_MANAGER
LEADER = PersonnelCategory.TEAM_LEADER
# Safety managers: 8 online and 12 offline hours, 60 % of 20 exactly.
SIXTY = (Mode.ONLINE, Mode.ONLINE, Mode.OFFLINE, Mode.OFFLINE, Mode.OFFLINE)
GOOD = EligibilityState.ELIGIBLE
REASON = EligibilityState.NEEDS_REASON
REFUSED = EligibilityState.REFUSED


@pytest.fixture
def town(app: Flask) -> Town:
    return make_town()


def locked(town: Town, people: int = 2, **plan: object) -> TrainingClass:
    """Return a class with a locked roster that has attended nothing yet."""
    training_class = make_class(town, make_project(town), **plan)  # type: ignore[arg-type]
    make_roster(town, training_class, people)
    return lock_roster(town, training_class)


def take(
    town: Town, training_class: TrainingClass, *rows: list[str], only_valid: bool = False
) -> service.Import:
    """Import attendance as the provider's clerk."""
    with transaction():
        return service.import_attendance(
            training_class,
            attendance_file(*rows),
            "考勤.xlsx",
            only_valid=only_valid,
            actor=town.acting("clerk"),
        )


def decided(town: Town, training_class: TrainingClass) -> list[Eligibility]:
    """Submit and verify the hours."""
    with transaction():
        service.submit_hours(training_class, actor=town.acting("manager"))
    with transaction():
        return service.verify_hours(training_class, actor=town.acting("overseer"))


def missed(decision: Eligibility) -> list[str]:
    return [found["rule"] for found in decision.findings if not found["ok"]]


# --- attendance ---------------------------------------------------------------------------------


def test_hours_come_from_attendance_alone(town: Town) -> None:
    """45 minutes an hour; practical lessons are offline ones; unchecked presence counts nothing."""
    made = make_attended_class(town=town, people=1)
    (decision,) = made.decisions
    held = (decision.hours_online, decision.hours_offline, decision.hours_practical)
    assert held == (Decimal(4), Decimal(20), Decimal(8))
    assert (decision.hours_credited, decision.state) == (Decimal(24), GOOD)
    assert missed(decision) == []
    assert made.training_class.state is ClassState.VERIFIED
    assert made.training_class.verified_by_id == town.overseer.id


def test_presence_without_identity_check_counts_nothing(town: Town) -> None:
    """实名: five lessons checked and one not are twenty hours, not twenty-four."""
    training_class = locked(town, 1)
    (enrolment,) = queries.enrolments_of(training_class.id)
    rows = [attendance_row(enrolment, number, checked=number != 2) for number in range(1, 7)]
    assert take(town, training_class, *rows).accepted == 6
    policy = queries.policy_of(training_class)
    assert queries.hours_of(enrolment.id, policy).hours.total == Decimal(20)


def test_each_mistake_is_named_by_its_own_row(app: Flask, town: Town, clock: Clock) -> None:
    """Who is not on the roster, which lesson is none, what cannot be; nothing is taken."""
    clock.set("2025-03-05 12:00")
    training_class = locked(town, 2)
    first, second = queries.enrolments_of(training_class.id)

    def row(**over: str) -> list[str]:
        made = attendance_row(first, 1)
        for place, name in enumerate(("lesson", "name", "number", "minutes", "checked")):
            made[place] = over.get(name, made[place])
        return made

    done = take(
        town,
        training_class,
        row(),
        row(lesson="7"),
        row(lesson="一"),
        row(name="别人"),
        row(number=id_number()),
        row(),
        row(lesson="2", minutes="181"),
        row(lesson="2", minutes="-5"),
        row(lesson="2", minutes="12.5"),
        row(lesson="2", checked="大概"),
        attendance_row(second, 6),
    )
    found = [(each.row, each.column, each.code) for each in done.problems]
    assert found == [
        (3, "课次", "lesson-unknown"),
        (4, "课次", "number-unreadable"),
        (5, "身份证号", "not-on-roster"),
        (6, "身份证号", "not-on-roster"),
        (7, "课次", "attendance-repeated"),
        (8, "到课分钟", "longer-than-lesson"),
        (9, "到课分钟", "number-unreadable"),
        (10, "到课分钟", "number-unreadable"),
        (11, "身份核验", "yes-or-no"),
        (12, "课次", "lesson-not-over"),
    ]
    assert done.accepted == 0
    assert session().scalar(select(func.count(AttendanceRecord.id))) == 0
    assert all("%(" not in text for text in labels.by_row(done.problems).values())


def test_a_lesson_is_held_once(town: Town) -> None:
    """A second file names what is held already and takes the rest only when asked to."""
    training_class = locked(town, 1)
    (enrolment,) = queries.enrolments_of(training_class.id)
    assert take(town, training_class, attendance_row(enrolment, 1)).accepted == 1
    more = [attendance_row(enrolment, 1, minutes=90), attendance_row(enrolment, 2)]
    done = take(town, training_class, *more)
    assert [(each.row, each.code) for each in done.problems] == [(2, "attendance-repeated")]
    assert take(town, training_class, *more, only_valid=True).accepted == 1
    assert len(queries.attended(enrolment.id)) == 2
    assert queries.attended(enrolment.id)[0].attended_minutes == 180


def test_the_same_file_twice_is_harmless(town: Town) -> None:
    """The second time it is said to be a duplicate and nothing changes."""
    training_class = locked(town, 1)
    (enrolment,) = queries.enrolments_of(training_class.id)
    data = attendance_file(attendance_row(enrolment, 1))
    for duplicate in (False, True):
        with transaction():
            done = service.import_attendance(
                training_class, data, "考勤.xlsx", actor=town.acting("clerk")
            )
        assert done.duplicate is duplicate
    assert len(queries.attended(enrolment.id)) == 1


def test_attendance_waits_for_the_lock_and_the_first_lesson(town: Town, clock: Clock) -> None:
    """虚增培训时长: nobody attends a class that has not begun, or one that is not locked."""
    clock.set("2025-03-02 09:00")
    training_class = make_class(town, make_project(town))
    (enrolment,) = make_roster(town, training_class, 1)
    with pytest.raises(DutyConflict, match="duty-state"):
        take(town, training_class, attendance_row(enrolment, 1))
    lock_roster(town, training_class)
    with pytest.raises(DutyConflict, match="duty-window"):
        take(town, training_class, attendance_row(enrolment, 1))


def test_another_provider_records_nothing(town: Town) -> None:
    """Nor does the authority; the books are the provider's own."""
    training_class = locked(town, 1)
    (enrolment,) = queries.enrolments_of(training_class.id)
    data = attendance_file(attendance_row(enrolment, 1))
    with transaction():
        stranger = make_actor(Role.CLERK, kind=OrganisationKind.PROVIDER)
    for actor, error in ((stranger, DutyConflict), (town.acting("overseer"), NotAllowed)):
        with pytest.raises(error), transaction():
            service.import_attendance(training_class, data, "a.xlsx", actor=actor)


# --- submitted and verified ---------------------------------------------------------------------


def test_hours_are_submitted_when_all_lessons_are_over(town: Town, clock: Clock) -> None:
    """Not before the last lesson has ended, not without attendance, and once."""
    clock.set("2025-03-05 16:29")
    training_class = locked(town, 1)
    (enrolment,) = queries.enrolments_of(training_class.id)
    with pytest.raises(RuleBroken, match="lessons-ahead"), transaction():
        service.submit_hours(training_class, actor=town.acting("manager"))
    clock.forward(minutes=1)
    with pytest.raises(RuleBroken, match="attendance-missing"), transaction():
        service.submit_hours(training_class, actor=town.acting("manager"))
    take(town, training_class, attendance_row(enrolment, 6))
    with transaction():
        service.submit_hours(training_class, actor=town.acting("manager"))
    assert training_class.submitted_at == exam_clock.now()
    with pytest.raises(DutyConflict, match="duty-state"), transaction():
        service.submit_hours(training_class, actor=town.acting("manager"))
    with pytest.raises(DutyConflict, match="duty-state"):
        take(town, training_class, attendance_row(enrolment, 5))


def test_a_provider_verifies_nothing(town: Town) -> None:
    """施教单位 computes no eligibility of its own class, whatever other post its people hold."""
    made = make_attended_class(town=town, until=ClassState.SUBMITTED)
    both = make_officer(town.provider, Role.TRAINING_MANAGER)
    with transaction():
        make_appointment(both, town.authority, Role.OVERSEER)
    for actor, error in (
        (town.acting("manager"), NotAllowed),
        (town.acting("clerk"), NotAllowed),
        (actor_of(both), DutyConflict),
        (town.contact(), NotAllowed),
    ):
        with pytest.raises(error), transaction():
            service.verify_hours(made.training_class, actor=actor)
    session().expire_all()
    assert made.training_class.state is ClassState.SUBMITTED
    assert queries.eligibility_of(made.training_class.id) == {}


def test_hours_are_verified_once(town: Town) -> None:
    """A second time, or before they are submitted, is refused."""
    made = make_attended_class(town=town)
    with pytest.raises(RuleBroken, match="class-state"), transaction():
        service.verify_hours(made.training_class, actor=town.acting("overseer"))
    early = make_attended_class(town=town, until=ClassState.LOCKED)
    with pytest.raises(RuleBroken, match="class-state"), transaction():
        service.verify_hours(early.training_class, actor=town.acting("overseer"))


def test_sixty_percent_offline_is_enough_and_one_minute_less_is_not(town: Town) -> None:
    """60 % admits, 59.94 % asks for a reason (原则上) and is shown as 59.9 %, never as 60 %."""
    training_class = locked(town, 2, category=MANAGER, modes=SIXTY)
    first, second = queries.enrolments_of(training_class.id)
    rows = [attendance_row(first, number) for number in range(1, 6)]
    rows += [attendance_row(second, number) for number in range(1, 5)]
    rows.append(attendance_row(second, 5, minutes=179))
    take(town, training_class, *rows)
    whole, short = decided(town, training_class)
    assert (whole.state, short.state) == (GOOD, REASON)
    assert missed(short) == ["offline_share.min"]
    shown = [row["text"] for row in labels.finding_rows(short.findings) if not row["ok"]]
    assert shown == ["线下学时占比不低于 60.0%，实为 59.9%"]
    assert [each.id for each, _ in queries.eligible_enrolments(training_class.id)] == [first.id]


def test_a_share_whose_digits_never_end_is_shown(town: Town) -> None:
    """8 of 12 hours offline is two thirds."""
    modes = (Mode.ONLINE, Mode.OFFLINE, Mode.OFFLINE)
    made = make_attended_class(town=town, category=MANAGER, modes=modes, people=1)
    (row,) = pages.eligibility_rows(made.training_class, town.acting("overseer"))
    texts = [str(found["text"]) for found in row.findings]
    assert "线下学时占比不低于 60.0%，实为 66.6%" in texts


def test_a_reason_admits_and_is_kept(town: Town) -> None:
    """Only a softer rule missed: the overseer's reason admits; empty ones do not."""
    made = make_attended_class(town=town, category=MANAGER, modes=SIXTY, people=1, missed={0: (5,)})
    (decision,) = made.decisions
    assert decision.state is REASON
    assert queries.eligible_enrolments(made.training_class.id) == []
    overseer = town.acting("overseer")
    with pytest.raises(RuleBroken, match="reason-missing"), transaction():
        service.accept_reason(decision, reason="  ", actor=overseer)
    for actor in (town.acting("manager"), town.contact()):
        with pytest.raises(NotAllowed), transaction():
            service.accept_reason(decision, reason="检修", actor=actor)
    with transaction():
        service.accept_reason(decision, reason=" 检修期间改线上补课 ", actor=overseer)
    assert (decision.state, decision.reason) == (GOOD, "检修期间改线上补课")
    assert len(queries.eligible_enrolments(made.training_class.id)) == 1
    with pytest.raises(RuleBroken, match="no-reason-helps"), transaction():
        service.accept_reason(decision, reason="再次", actor=overseer)


def test_no_reason_opens_a_must(town: Town) -> None:
    """Too few hours, too little practice, no real name: refused, each with its clause."""
    training_class = make_class(town, make_project(town))
    roster = make_roster(town, training_class, 4, confirmed=False)
    confirm(town, training_class, 0)  # the first and the third
    lock_roster(town, training_class)
    attend(town, training_class, missed={roster[0].id: (3, 4), roster[2].id: (6,)})
    decisions = decided(town, training_class)
    assert [each.state for each in decisions] == [REFUSED] * 4
    assert "hours.min" in missed(decisions[0])
    assert missed(decisions[1]) == ["real_name"]
    assert missed(decisions[2]) == ["practical_share.min"]
    assert all(found["clause"] for each in decisions for found in each.findings)
    for decision in decisions:
        with pytest.raises(RuleBroken, match="no-reason-helps"), transaction():
            service.accept_reason(decision, reason="理由", actor=town.acting("overseer"))


def test_who_came_to_nothing_is_decided_on_too(town: Town) -> None:
    """Everybody on the roster has a decision; nobody is quietly left out."""
    made = make_attended_class(town=town, people=2, missed={1: range(1, 7)})
    assert [each.state for each in made.decisions] == [GOOD, REFUSED]
    assert made.decisions[1].hours_offline == 0


def test_hours_beyond_the_most_are_capped_in_credit(town: Town) -> None:
    """A day counts eight hours at most and credit ends at the category's maximum."""
    modes = (Mode.OFFLINE,) * 14
    made = make_attended_class(town=town, category=MANAGER, modes=modes, people=1)
    (decision,) = made.decisions
    assert decision.hours_offline == Decimal(56)
    assert decision.hours_credited == Decimal(48)
    assert decision.state is GOOD
    assert missed(decision) == ["hours.max"]


def test_a_size_with_its_reason_holds_nobody_up(town: Town) -> None:
    """The class's own reason settles 一般不超过80人 for each of its people."""
    training_class = make_class(
        town, make_project(town), category=MANAGER, modes=SIXTY, size=81, size_reason="场地充足"
    )
    make_roster(town, training_class, 81)
    lock_roster(town, training_class)
    attend(town, training_class)
    decisions = decided(town, training_class)
    assert {each.state for each in decisions} == {GOOD}
    assert {tuple(missed(each)) for each in decisions} == {("class_size.max",)}


def test_a_decision_is_vouched_for_by_the_trail(town: Town) -> None:
    """Hours are not changed behind the trail's back."""
    made: Attended = make_attended_class(town=town, people=1)
    with pytest.raises(RuntimeError, match="eligibility"), transaction():
        made.decisions[0].hours_offline = Decimal(99)


def test_an_enterprise_sees_its_own_people_alone(town: Town) -> None:
    """Roster, hours and decisions of another enterprise's staff are not shown; numbers masked."""
    made = make_attended_class(town=town, people=3)
    for rows in (pages.roster_rows, pages.hours_rows, pages.eligibility_rows):
        own = rows(made.training_class, town.contact(1))
        assert [row.enrolment.id for row in own] == [made.enrolments[1].id]
        assert len(rows(made.training_class, town.acting("overseer"))) == 3
        assert len(rows(made.training_class, town.acting("manager"))) == 3
        assert own[0].masked_id == "*" * 14 + made.enrolments[1].person.id_tail


def test_a_trainee_sees_own_hours(town: Town) -> None:
    """Only the person's own classes, with the findings of the decision."""
    made = make_attended_class(town=town, people=2)
    with transaction():
        account = make_staff(person=made.enrolments[0].person)
    ((training_class, row),) = pages.own_hours(people.private_actor(account))
    assert training_class.id == made.training_class.id
    assert row.enrolment.id == made.enrolments[0].id
    assert row.decision is not None
    with transaction():
        nobody = make_actor()
    assert pages.own_hours(nobody) == []
