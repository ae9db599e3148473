"""Reads of training: projects, classes, rosters, attendance, and what ties an actor to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.sql import Select

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.people import queries as people
from exam_app.people import ties
from exam_app.people.models import Account, Organisation
from exam_app.people.rules import months_before
from exam_app.policy.loader import from_json
from exam_app.policy.profile import ResolvedProfile
from exam_app.training import rules, scope
from exam_app.training.models import (
    AttendanceRecord,
    ClassSession,
    Eligibility,
    Enrolment,
    ImportedFile,
    Lecturer,
    TrainingClass,
    TrainingProject,
)
from exam_app.training.terms import Attended, CreditedHours, EligibilityState

Kind = OrganisationKind


def policy_of(training_class: TrainingClass) -> ResolvedProfile:
    """Return the rules the class started under, with their clauses."""
    return from_json(training_class.policy, digest=training_class.policy_digest)


def get_project(project_id: int, actor: Actor) -> TrainingProject:
    """Return a project the actor may see. Raises: Missing."""
    project = session().scalar(
        select(TrainingProject).where(TrainingProject.id == project_id, scope.project_scope(actor))
    )
    if project is None:
        raise Missing(what="training_project")
    return project


def projects_for(actor: Actor) -> Sequence[TrainingProject]:
    """Return the projects the actor may see, newest first."""
    query = select(TrainingProject).where(scope.project_scope(actor))
    return session().scalars(query.order_by(TrainingProject.id.desc())).all()


def running_projects(organisation: Organisation, on: dt.date) -> Sequence[TrainingProject]:
    """Return the projects not over on a day in the region of an organisation, newest first."""
    query = select(TrainingProject).where(
        TrainingProject.until_on >= on, scope.same_region(organisation)
    )
    return session().scalars(query.order_by(TrainingProject.id.desc())).all()


def get_class(class_id: int, actor: Actor) -> TrainingClass:
    """Return a class the actor may see; another organisation's is not there.

    Raises: Missing.
    """
    query = _classes(actor).where(TrainingClass.id == class_id)
    found: TrainingClass | None = session().scalar(query)
    if found is None:
        raise Missing(what="training_class")
    return found


def classes_for(actor: Actor) -> Sequence[TrainingClass]:
    """Return the classes the actor may see, newest first."""
    return session().scalars(_classes(actor).order_by(TrainingClass.id.desc())).all()


def _classes(actor: Actor) -> Select[Any]:
    return (
        select(TrainingClass)
        .join(TrainingProject, TrainingProject.id == TrainingClass.project_id)
        .where(scope.class_scope(actor))
    )


def wall_facts(actor: Actor, training_class: TrainingClass) -> dict[str, bool]:
    """Return what the walls ask of an actor and a class.

    Returns: not_prov, not_taught, entrusted, own_org, juris (SECURITY 7).
    """
    months = policy_of(training_class).count("separation.recusal_months")
    authority_id = training_class.project.authority_id
    walled = {training_class.provider_id}
    if training_class.project.implementing_unit_id:
        walled.add(training_class.project.implementing_unit_id)
    return {
        "not_prov": actor.person_id is not None
        and _tied(actor, months).isdisjoint(walled - {authority_id}),
        "not_taught": actor.person_id is not None and not _taught(actor, training_class),
        "entrusted": _entrusted(actor, authority_id, training_class.project_id, months),
        "own_org": actor.belongs_to(training_class.provider_id),
        "juris": scope.in_jurisdiction(actor, training_class.project),
    }


def bank_facts(actor: Actor, authority_id: int) -> dict[str, bool]:
    """Return what the walls ask where no class is in play (items, blueprints, keys).

    Tied to no provider at all, and lecturer of no class in any programme of this authority
    within the recusal period.
    """
    months = _recusal_months(authority_id)
    providers = _providers(TrainingProject.authority_id == authority_id)
    providers |= {each.id for each in people.organisations(Kind.PROVIDER, active=False)}
    known = actor.person_id is not None
    return {
        "not_prov": known and _tied(actor, months).isdisjoint(providers),
        "not_taught": known and not _lectured(actor, authority_id, months),
        "entrusted": _entrusted(actor, authority_id, None, months),
        "juris": actor.belongs_to(authority_id),
    }


def _recusal_months(authority_id: int) -> int:
    from_classes = (
        select(TrainingClass)
        .join(TrainingProject, TrainingProject.id == TrainingClass.project_id)
        .where(TrainingProject.authority_id == authority_id)
        .order_by(TrainingClass.id.desc())
        .limit(1)
    )
    newest = session().scalar(from_classes)
    return policy_of(newest).count("separation.recusal_months") if newest else 12


def _tied(actor: Actor, months: int) -> frozenset[int]:
    if actor.person_id is None:
        return frozenset()
    return ties.tied_organisations(actor.person_id, clock.today(), months)


def _providers(condition: ColumnElement[bool]) -> set[int]:
    query = select(TrainingClass.provider_id).join(
        TrainingProject, TrainingProject.id == TrainingClass.project_id
    )
    return set(session().scalars(query.where(condition).distinct()))


def _lectured(actor: Actor, authority_id: int, months: int) -> bool:
    """Return whether the actor gave a lesson for this authority within the recusal period."""
    lessons = (
        select(func.max(ClassSession.ends_at))
        .join(Lecturer, Lecturer.id == ClassSession.lecturer_id)
        .join(TrainingClass, TrainingClass.id == ClassSession.class_id)
        .join(TrainingProject, TrainingProject.id == TrainingClass.project_id)
        .where(TrainingProject.authority_id == authority_id, Lecturer.person_id == actor.person_id)
    )
    last = session().scalar(lessons)
    return last is not None and clock.local(last).date() >= months_before(clock.today(), months)


def _taught(actor: Actor, training_class: TrainingClass) -> bool:
    """Return whether the actor lectured in the class or kept its books (经办台账)."""
    lessons = (
        select(func.count(ClassSession.id))
        .join(Lecturer, Lecturer.id == ClassSession.lecturer_id)
        .where(ClassSession.class_id == training_class.id, Lecturer.person_id == actor.person_id)
    )
    books = (
        select(func.count(ImportedFile.id))
        .join(Account, Account.id == ImportedFile.imported_by_id)
        .where(ImportedFile.class_id == training_class.id, Account.person_id == actor.person_id)
    )
    planned = people.same_person(actor, training_class.planned_by_id)
    return planned or bool(session().scalar(lessons)) or bool(session().scalar(books))


def _entrusted(actor: Actor, authority_id: int, project_id: int | None, months: int) -> bool:
    """Return whether the actor's agency is entrusted and bound to no provider of the projects.

    An actor of another kind of organisation needs no entrustment.
    """
    if Kind.AGENCY not in actor.kinds:
        return True
    providers = _providers(
        TrainingProject.id == project_id
        if project_id
        else TrainingProject.authority_id == authority_id
    )
    today = clock.today()
    agencies = [
        each for each in actor.organisation_ids if people.get_organisation(each).kind is Kind.AGENCY
    ]
    return bool(agencies) and all(
        people.is_entrusted(agency, authority_id, today)
        and ties.organisation_group(agency, today, months).isdisjoint(providers)
        for agency in agencies
    )


def authority_of(actor: Actor) -> int:
    """Return the authority the actor examines for: their own, or who entrusted their agency.

    Raises: Missing: the actor examines for nobody.
    """
    served = people.authorities_served(actor, clock.today())
    if not served:
        raise Missing(what="authority")
    return min(served)


def lessons_of(class_id: int) -> Sequence[ClassSession]:
    """Return the lessons of a class in the order of the plan."""
    query = select(ClassSession).where(ClassSession.class_id == class_id)
    return session().scalars(query.order_by(ClassSession.number)).all()


def lecturers_of(provider_id: int) -> Sequence[Lecturer]:
    """Return the lecturers of a provider."""
    query = select(Lecturer).where(Lecturer.provider_id == provider_id)
    return session().scalars(query.order_by(Lecturer.id)).all()


def enrolments_of(class_id: int) -> Sequence[Enrolment]:
    """Return the roster of a class in the order it came in."""
    query = select(Enrolment).where(Enrolment.class_id == class_id)
    return session().scalars(query.order_by(Enrolment.id)).all()


def enrolments_of_person(person_id: int) -> Sequence[Enrolment]:
    """Return a person's enrolments, newest first."""
    query = select(Enrolment).where(Enrolment.person_id == person_id)
    return session().scalars(query.order_by(Enrolment.id.desc())).all()


def get_enrolment(enrolment_id: int) -> Enrolment:
    """Return one enrolment. Raises: Missing."""
    found = session().get(Enrolment, enrolment_id)
    if found is None:
        raise Missing(what="enrolment")
    return found


def class_of(enrolment: Enrolment) -> TrainingClass:
    """Return the class of an enrolment, for a service that checks the walls itself."""
    found = session().get(TrainingClass, enrolment.class_id)
    if found is None:
        raise Missing(what="training_class")
    return found


def eligibility_of(class_id: int) -> dict[int, Eligibility]:
    """Return enrolment id → decision, for the enrolments decided on."""
    query = (
        select(Eligibility)
        .join(Enrolment, Enrolment.id == Eligibility.enrolment_id)
        .where(Enrolment.class_id == class_id)
    )
    return {row.enrolment_id: row for row in session().scalars(query)}


def get_eligibility(enrolment_id: int) -> Eligibility:
    """Return the decision on one enrolment. Raises: Missing."""
    found = session().scalar(select(Eligibility).where(Eligibility.enrolment_id == enrolment_id))
    if found is None:
        raise Missing(what="eligibility")
    return found


def eligible_enrolments(class_id: int) -> list[tuple[Enrolment, Eligibility]]:
    """Return who may sit the exam, with the decision each one's right rests on."""
    query = (
        select(Enrolment, Eligibility)
        .join(Eligibility, Eligibility.enrolment_id == Enrolment.id)
        .where(Enrolment.class_id == class_id, Eligibility.state == EligibilityState.ELIGIBLE)
        .order_by(Enrolment.id)
    )
    return [(enrolment, decision) for enrolment, decision in session().execute(query)]


def attended(enrolment_id: int) -> list[Attended]:
    """Return one person's attendance as plain values, in the order of the lessons."""
    query = (
        select(AttendanceRecord, ClassSession)
        .join(ClassSession, ClassSession.id == AttendanceRecord.session_id)
        .where(AttendanceRecord.enrolment_id == enrolment_id)
        .order_by(ClassSession.starts_at, ClassSession.id)
    )
    return [
        Attended(
            mode=lesson.mode,
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            attended_minutes=record.minutes,
            identity_ok=record.identity_ok,
        )
        for record, lesson in session().execute(query)
    ]


def hours_of(enrolment_id: int, policy: ResolvedProfile) -> CreditedHours:
    """Return the hours one person's attendance gives under the class's rules, with every cut."""
    return rules.hours_from_attendance(
        attended(enrolment_id),
        minutes_per_hour=policy.count("hours.minutes_per_hour"),
        day_cap=policy.number("hours.day_max"),
    )


def recorded(class_id: int) -> frozenset[tuple[int, int]]:
    """Return (lesson id, enrolment id) of the attendance held for a class."""
    query = (
        select(AttendanceRecord.session_id, AttendanceRecord.enrolment_id)
        .join(ClassSession, ClassSession.id == AttendanceRecord.session_id)
        .where(ClassSession.class_id == class_id)
    )
    return frozenset((lesson, enrolment) for lesson, enrolment in session().execute(query))


def class_of_code(code: str) -> TrainingClass:
    """Return the class of a code. Raises: Missing: there is none, or several projects have it."""
    found = session().scalars(select(TrainingClass).where(TrainingClass.code == code)).all()
    if len(found) != 1:
        raise Missing(kind="training_class")
    return found[0]


def find_class(project_id: int, code: str) -> TrainingClass | None:
    """Return the project's class of this code, None where there is none."""
    query = select(TrainingClass).where(
        TrainingClass.project_id == project_id, TrainingClass.code == code
    )
    return session().scalar(query)


def total_hours(decision: Eligibility) -> Decimal:
    """Return online plus offline hours of a decision."""
    return decision.hours_online + decision.hours_offline
