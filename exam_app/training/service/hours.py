"""Hours: attendance in, hours computed from it, the decision on each person."""

from __future__ import annotations

from collections.abc import Sequence

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.people import queries as people
from exam_app.policy.profile import Finding
from exam_app.training import queries, rules
from exam_app.training.adapter import AttendanceRow, RowProblem, Table, read_attendance
from exam_app.training.models import (
    AttendanceRecord,
    ClassSession,
    Eligibility,
    Enrolment,
    TrainingClass,
)
from exam_app.training.service.plan import require_state
from exam_app.training.service.roster import Import, imported_before, remember_file
from exam_app.training.terms import ClassState, EligibilityState


def check_attendance(training_class: TrainingClass, data: bytes, filename: str) -> Table:
    """Return an attendance file's rows and problems against the roster; changes nothing."""
    table = read_attendance(data, filename)
    _place(training_class, table)
    return table


def import_attendance(
    training_class: TrainingClass,
    data: bytes,
    filename: str,
    *,
    only_valid: bool = False,
    actor: Actor,
) -> Import:
    """Take an attendance file over: all of it, or by explicit choice its good rows.

    Raises: BadInput: the file as a whole. DutyConflict: before the first lesson has begun.
    """
    lessons = queries.lessons_of(training_class.id)
    begun = any(lesson.starts_at <= clock.now() for lesson in lessons)
    duties.require(
        Permission.ATTENDANCE_RECORD,
        actor,
        own_org=actor.belongs_to(training_class.provider_id),
        state=training_class.state is ClassState.LOCKED,
        window=begun,
    )
    lock(training_class)
    require_state(training_class, ClassState.LOCKED)
    table = read_attendance(data, filename)
    if imported_before(training_class.id, "attendance", table.sha256):
        return Import(table.count, 0, duplicate=True)
    placed = _place(training_class, table)
    if not placed or (table.problems and not only_valid):
        return Import(table.count, 0, tuple(table.problems), table=table)
    session().add_all(_record(*each, actor) for each in placed)
    remember_file(training_class, "attendance", filename, table.sha256, len(placed), actor)
    trail.record(
        Action.ATTENDANCE_IMPORTED,
        actor,
        training_class,
        class_id=training_class.id,
        sha256=table.sha256,
        in_file=table.count,
        accepted=len(placed),
    )
    return Import(table.count, len(placed), tuple(table.problems), table=table)


def submit_hours(training_class: TrainingClass, *, actor: Actor) -> TrainingClass:
    """Submit the hours (提交学时): the provider is done, the authority checks.

    Raises: RuleBroken: a lesson lies ahead or nobody's attendance is in.
    """
    duties.require(
        Permission.HOURS_SUBMIT,
        actor,
        own_org=actor.belongs_to(training_class.provider_id),
        state=training_class.state is ClassState.LOCKED,
    )
    lock(training_class)
    require_state(training_class, ClassState.LOCKED)
    if any(lesson.ends_at > clock.now() for lesson in queries.lessons_of(training_class.id)):
        raise RuleBroken("lessons-ahead")
    if not queries.recorded(training_class.id):
        raise RuleBroken("attendance-missing")
    training_class.state, training_class.submitted_at = ClassState.SUBMITTED, clock.now()
    trail.record(Action.HOURS_SUBMITTED, actor, training_class, class_id=training_class.id)
    return training_class


def verify_hours(training_class: TrainingClass, *, actor: Actor) -> list[Eligibility]:
    """Decide on everybody of the roster (核验学时、认定参考资格), with findings and clauses.

    The hours are computed from attendance, never typed.
    """
    facts = queries.wall_facts(actor, training_class)
    duties.require(Permission.HOURS_VERIFY, actor, **facts)
    lock(training_class)
    require_state(training_class, ClassState.SUBMITTED)
    roster = queries.enrolments_of(training_class.id)
    decisions = [_decide(training_class, each, len(roster), actor) for each in roster]
    session().add_all(decisions)
    training_class.state = ClassState.VERIFIED
    training_class.verified_by_id, training_class.verified_at = actor.account_id, clock.now()
    session().flush()
    trail.record(
        Action.HOURS_VERIFIED,
        actor,
        training_class,
        class_id=training_class.id,
        eligible=sum(each.state is EligibilityState.ELIGIBLE for each in decisions),
        refused=sum(each.state is EligibilityState.REFUSED for each in decisions),
    )
    return decisions


def accept_reason(decision: Eligibility, *, reason: str, actor: Actor) -> Eligibility:
    """Admit somebody who missed only softer rules (原则上、一般), for a recorded reason.

    Raises: RuleBroken: a rule of force must is missed, or no reason is given.
    """
    enrolment = queries.get_enrolment(decision.enrolment_id)
    training_class = queries.class_of(enrolment)
    facts = queries.wall_facts(actor, training_class)
    duties.require(Permission.HOURS_VERIFY, actor, **facts)
    lock(decision)
    if decision.state is not EligibilityState.NEEDS_REASON:
        raise RuleBroken("no-reason-helps", state=decision.state.value)
    if not reason.strip():
        raise RuleBroken("reason-missing", field="reason")
    decision.state, decision.reason = EligibilityState.ELIGIBLE, reason.strip()
    decision.decided_by_id, decision.decided_at = actor.account_id or 0, clock.now()
    trail.record(
        Action.ADMISSION_REASONED,
        actor,
        decision,
        class_id=training_class.id,
        reason=reason.strip(),
    )
    return decision


def _record(
    lesson: ClassSession, enrolment: Enrolment, row: AttendanceRow, actor: Actor
) -> AttendanceRecord:
    return AttendanceRecord(
        session_id=lesson.id,
        enrolment_id=enrolment.id,
        minutes=row.minutes,
        identity_ok=row.identity_ok,
        recorded_by_id=actor.account_id,
        recorded_at=clock.now(),
    )


def _place(
    training_class: TrainingClass, table: Table
) -> list[tuple[ClassSession, Enrolment, AttendanceRow]]:
    """Return the rows with their lesson and person; what fits nowhere becomes a problem."""
    lessons = {lesson.number: lesson for lesson in queries.lessons_of(training_class.id)}
    enrolments = {each.person_id: each for each in queries.enrolments_of(training_class.id)}
    persons = {row.id_number: people.find_person(row.id_number) for row in table.rows}
    placed: list[tuple[ClassSession, Enrolment, AttendanceRow]] = []
    seen = set(queries.recorded(training_class.id))
    for row in table.rows:
        lesson = lessons.get(row.lesson)
        person = persons[row.id_number]
        enrolment = enrolments.get(person.id) if person else None
        problem = _misfit(row, lesson, enrolment, seen)
        if problem is not None:
            table.problems.append(problem)
        elif lesson is not None and enrolment is not None:
            seen.add((lesson.id, enrolment.id))
            placed.append((lesson, enrolment, row))
    table.problems.sort(key=lambda each: each.row)
    return placed


def _misfit(
    row: AttendanceRow,
    lesson: ClassSession | None,
    enrolment: Enrolment | None,
    seen: set[tuple[int, int]],
) -> RowProblem | None:
    if lesson is None:
        return RowProblem(row.row, "课次", "lesson-unknown", {"number": row.lesson})
    if lesson.ends_at > clock.now():
        return RowProblem(row.row, "课次", "lesson-not-over", {"number": row.lesson})
    if enrolment is None or enrolment.person.name != row.name:
        return RowProblem(row.row, "身份证号", "not-on-roster")
    if (lesson.id, enrolment.id) in seen:
        return RowProblem(row.row, "课次", "attendance-repeated")
    length = int((lesson.ends_at - lesson.starts_at).total_seconds() // 60)
    if row.minutes > length:
        return RowProblem(row.row, "到课分钟", "longer-than-lesson", {"limit": length})
    return None


def _decide(
    training_class: TrainingClass, enrolment: Enrolment, size: int, actor: Actor
) -> Eligibility:
    policy = queries.policy_of(training_class)
    credited = queries.hours_of(enrolment.id, policy)
    findings = rules.eligibility(
        policy,
        category=enrolment.category,
        hours=credited.hours,
        real_name=enrolment.real_name,
        class_size=size,
    )
    return Eligibility(
        enrolment_id=enrolment.id,
        state=_state(findings, training_class),
        hours_online=credited.hours.online,
        hours_offline=credited.hours.offline,
        hours_practical=credited.hours.practical,
        hours_credited=rules.creditable_hours(policy, enrolment.category, credited.hours),
        findings=[found.as_dict() for found in findings],
        decided_by_id=actor.account_id,
        decided_at=clock.now(),
    )


def _state(findings: Sequence[Finding], training_class: TrainingClass) -> EligibilityState:
    """Return the state; a class size over the usual is settled by the class's own reason."""
    own = [
        found
        for found in findings
        if not (found.rule == "class_size.max" and training_class.size_reason)
    ]
    if not rules.eligible(own):
        return EligibilityState.REFUSED
    return EligibilityState.NEEDS_REASON if rules.needs_reason(own) else EligibilityState.ELIGIBLE
