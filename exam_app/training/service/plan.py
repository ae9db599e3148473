"""Plans: projects, lecturers, classes with their lessons, approval of the plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.people import queries as people
from exam_app.people import service as people_service
from exam_app.people.models import Organisation, Person
from exam_app.people.terms import TieKind
from exam_app.policy.loader import resolve
from exam_app.policy.profile import Finding, ResolvedProfile
from exam_app.training import queries, rules
from exam_app.training.models import (
    ClassSession,
    Lecturer,
    TrainingClass,
    TrainingProject,
)
from exam_app.training.terms import ClassPlan, ClassState, Mode, PersonnelCategory, PlannedLesson


@dataclass(frozen=True)
class Lesson:
    """One lesson of a plan as it is filed."""

    topic: str
    mode: Mode
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str
    lecturer: Lecturer | None


def plan_project(
    *,
    authority: Organisation,
    name: str,
    profile_id: str,
    industries: Sequence[str],
    from_on: dt.date,
    until_on: dt.date,
    to_train: Mapping[str, int],
    trained_before: int = 0,
    implementing_unit: Organisation | None = None,
    actor: Actor,
) -> TrainingProject:
    """Return a new project (项目) under a policy profile.

    Raises: PolicyError: no such profile. RuleBroken: dates or kind of organisation.
    """
    duties.require(Permission.PROJECT_PLAN, actor, juris=actor.belongs_to(authority.id), state=True)
    resolve(profile_id, None)
    if until_on < from_on:
        raise RuleBroken("dates-backwards", field="until_on")
    if authority.kind is not OrganisationKind.CITY_EM:
        raise RuleBroken("not-an-authority", field="authority")
    project = TrainingProject(
        authority_id=authority.id,
        implementing_unit_id=implementing_unit.id if implementing_unit else None,
        name=name,
        profile_id=profile_id,
        industries=list(industries),
        division_code=authority.division_code,
        from_on=from_on,
        until_on=until_on,
        to_train=dict(to_train),
        trained_before=trained_before,
        created_at=clock.now(),
    )
    session().add(project)
    session().flush()
    trail.record(Action.PROJECT_PLANNED, actor, project, profile=profile_id)
    return project


def register_lecturer(
    provider: Organisation, person: Person, *, title: str, actor: Actor
) -> Lecturer:
    """Return the provider's lecturer, a tie that keeps the person from its classes' exams."""
    duties.require(Permission.CLASS_PLAN, actor, own_org=actor.belongs_to(provider.id), state=True)
    lecturer = session().scalar(
        select(Lecturer).where(Lecturer.provider_id == provider.id, Lecturer.person_id == person.id)
    )
    if lecturer is None:
        lecturer = Lecturer(provider_id=provider.id, person_id=person.id, title=title)
        session().add(lecturer)
        people_service.tie_person(
            person, provider, kind=TieKind.LECTURER, from_on=clock.today(), actor=actor
        )
    lecturer.title = title
    session().flush()
    trail.record(Action.LECTURER_REGISTERED, actor, lecturer, provider_id=provider.id)
    return lecturer


def plan_class(
    project: TrainingProject,
    *,
    provider: Organisation,
    code: str,
    name: str,
    category: PersonnelCategory,
    industry: str,
    lessons: Sequence[Lesson],
    size: int,
    size_reason: str | None = None,
    actor: Actor,
) -> TrainingClass:
    """Return a new class (班次) with its lessons and the rules it starts under.

    The profile, with the local settings of the day laid over it, is frozen on the class.
    Raises: RuleBroken: a rule of force must is missed (``plan-refused``) or a softer one
        without a reason (``reason-needed``), with the clause.
    """
    running = clock.today() <= project.until_on
    own = actor.belongs_to(provider.id)
    duties.require(Permission.CLASS_PLAN, actor, own_org=own, state=running)
    lock(project)
    check_industry(project, industry)
    _check_own(project, provider, code, lessons)
    policy, findings = _held_to_rules(project, category, size, lessons)
    require_kept(findings, reason=size_reason, code="plan-refused")
    training_class = TrainingClass(
        project_id=project.id,
        provider_id=provider.id,
        code=code,
        name=name,
        category=category,
        industry=industry,
        profile_id=project.profile_id,
        policy=policy.to_json(),
        policy_digest=policy.digest,
        state=ClassState.PLANNED,
        size_reason=size_reason,
        planned_by_id=actor.account_id,
        planned_at=clock.now(),
    )
    _add(training_class, lessons)
    _record_plan(training_class, findings, actor)
    return training_class


def approve_class(training_class: TrainingClass, *, actor: Actor) -> TrainingClass:
    """Approve a class plan (审核班次计划).

    Raises: DutyConflict: tied to the provider. RuleBroken: not waiting for approval.
    """
    facts = queries.wall_facts(actor, training_class)
    duties.require(Permission.CLASS_APPROVE, actor, **facts)
    lock(training_class)
    require_state(training_class, ClassState.PLANNED)
    training_class.state = ClassState.APPROVED
    training_class.approved_by_id, training_class.approved_at = actor.account_id, clock.now()
    trail.record(Action.CLASS_APPROVED, actor, training_class, class_id=training_class.id)
    return training_class


def require_state(training_class: TrainingClass, *states: ClassState) -> None:
    """Raise RuleBroken unless the class stands in one of the states."""
    if training_class.state not in states:
        raise RuleBroken("class-state", state=training_class.state.value)


def require_kept(findings: Iterable[Finding], *, reason: str | None, code: str) -> None:
    """Raise RuleBroken for a missed rule of force must, or a softer one without a reason."""
    for found in findings:
        if found.refuses:
            raise RuleBroken(code, **finding_facts(found))
    for found in findings:
        if found.needs_reason and not (reason and reason.strip()):
            raise RuleBroken("reason-needed", field="size_reason", **finding_facts(found))


def finding_facts(found: Finding) -> dict[str, str]:
    """Return the facts of a finding as an error carries them."""
    return {
        "rule": found.rule,
        "value": str(found.value),
        "limit": str(found.limit),
        "clause": f"{found.notice} {found.clause}「{found.quote}」",
    }


def check_industry(project: TrainingProject, industry: str) -> None:
    """Raise RuleBroken when the project does not cover the industry."""
    if industry not in project.industries:
        raise RuleBroken("industry-not-covered", field="industry", industry=industry)


def _check_own(
    project: TrainingProject, provider: Organisation, code: str, lessons: Sequence[Lesson]
) -> None:
    """Raise RuleBroken unless a provider files its own lecturers under a code of its own."""
    if provider.kind is not OrganisationKind.PROVIDER:
        raise RuleBroken("not-a-provider")
    if queries.find_class(project.id, code) is not None:
        raise RuleBroken("class-code-known", field="code")
    if any(each.lecturer and each.lecturer.provider_id != provider.id for each in lessons):
        raise RuleBroken("lecturer-elsewhere")


def _held_to_rules(
    project: TrainingProject, category: PersonnelCategory, size: int, lessons: Sequence[Lesson]
) -> tuple[ResolvedProfile, list[Finding]]:
    """Return the rules of the day and what they find on a plan."""
    settings = people.current_settings(project.authority_id, project.profile_id, clock.today())
    policy = resolve(project.profile_id, settings)
    plan = ClassPlan(
        category=category,
        size=size,
        from_on=project.from_on,
        until_on=project.until_on,
        lessons=tuple(_planned(lesson) for lesson in lessons),
    )
    busy = [_lesson_plan(lesson) for lesson in _other_lessons(lessons)]
    minutes = policy.count("hours.minutes_per_hour")
    return policy, rules.check_plan(policy, plan, minutes_per_hour=minutes, busy=busy)


def _planned(lesson: Lesson) -> PlannedLesson:
    key = lesson.lecturer.person_id if lesson.lecturer else None
    return PlannedLesson(lesson.mode, lesson.starts_at, lesson.ends_at, key)


def _lesson_plan(found: tuple[ClassSession, int]) -> PlannedLesson:
    lesson, person_id = found
    return PlannedLesson(lesson.mode, lesson.starts_at, lesson.ends_at, person_id)


def _other_lessons(lessons: Sequence[Lesson]) -> list[tuple[ClassSession, int]]:
    """Return what the same lecturers teach in other classes."""
    persons = {lesson.lecturer.person_id for lesson in lessons if lesson.lecturer}
    query = (
        select(ClassSession, Lecturer.person_id)
        .join(Lecturer, Lecturer.id == ClassSession.lecturer_id)
        .where(Lecturer.person_id.in_(persons or {0}))
    )
    return [(lesson, person_id) for lesson, person_id in session().execute(query)]


def _record_plan(training_class: TrainingClass, findings: list[Finding], actor: Actor) -> None:
    trail.record(
        Action.CLASS_PLANNED,
        actor,
        training_class,
        class_id=training_class.id,
        policy_digest=training_class.policy_digest,
        findings=[found.as_dict() for found in findings if not found.ok],
    )


def _add(training_class: TrainingClass, lessons: Sequence[Lesson]) -> None:
    session().add(training_class)
    session().flush()
    ordered = sorted(lessons, key=lambda lesson: lesson.starts_at)
    for number, lesson in enumerate(ordered, start=1):
        session().add(
            ClassSession(
                class_id=training_class.id,
                lecturer_id=lesson.lecturer.id if lesson.lecturer else None,
                number=number,
                topic=lesson.topic,
                mode=lesson.mode,
                starts_at=lesson.starts_at,
                ends_at=lesson.ends_at,
                place=lesson.place,
            )
        )
    session().flush()
