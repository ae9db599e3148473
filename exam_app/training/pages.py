"""What training's pages gather and hand on: files to services, rows to templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind
from exam_app.core import clock
from exam_app.core.errors import BadInput, Missing
from exam_app.people import queries as people
from exam_app.people import service as people_service
from exam_app.people.models import Organisation
from exam_app.policy.profile import Finding
from exam_app.training import adapter, queries, rules, service
from exam_app.training.adapter import PlanRow, RowProblem, Table
from exam_app.training.labels import finding_rows
from exam_app.training.models import (
    Eligibility,
    Enrolment,
    Lecturer,
    TrainingClass,
    TrainingProject,
)
from exam_app.training.terms import ClassPlan, PersonnelCategory, PlannedLesson


class PlanUnreadable(BadInput):
    """A plan file with bad rows; nothing was registered."""

    code = "rows-with-problems"

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        self.problems = problems
        super().__init__(count=len({problem.row for problem in problems}))


@dataclass(frozen=True)
class Person:
    """One person of a roster as a page shows them."""

    enrolment: Enrolment
    masked_id: str
    decision: Eligibility | None
    findings: list[dict[str, object]]
    hours: Any = None


def project_from(data: Mapping[str, Any], *, actor: Actor) -> TrainingProject:
    """Return the project a form describes, of the actor's own authority."""
    return service.plan_project(
        authority=own_organisation(actor, OrganisationKind.CITY_EM),
        name=data["name"],
        profile_id=data["profile_id"],
        industries=data["industries"],
        from_on=data["from_on"],
        until_on=data["until_on"],
        to_train={each.value: data[each.value] for each in PersonnelCategory},
        trained_before=data["trained_before"],
        actor=actor,
    )


def own_organisation(actor: Actor, kind: OrganisationKind) -> Organisation:
    """Return the actor's own organisation of a kind, the oldest of them. Raises: Missing."""
    for organisation_id in sorted(actor.organisation_ids):
        found = people.get_organisation(organisation_id)
        if found.kind is kind:
            return found
    raise Missing(what="organisation")


def own_lecturers(actor: Actor) -> Sequence[Lecturer]:
    """Return the lecturers of the actor's provider."""
    return queries.lecturers_of(own_organisation(actor, OrganisationKind.PROVIDER).id)


def lecturer_from(data: Mapping[str, Any], *, actor: Actor) -> Lecturer:
    """Return the lecturer a form describes, registered for the actor's provider."""
    person = people_service.register_person(
        name=data["name"], id_number=data["id_number"], actor=actor
    )
    provider = own_organisation(actor, OrganisationKind.PROVIDER)
    return service.register_lecturer(provider, person, title=data["title"], actor=actor)


def open_projects(actor: Actor) -> Sequence[TrainingProject]:
    """Return the projects a provider may file classes in: those running in its region."""
    provider = own_organisation(actor, OrganisationKind.PROVIDER)
    return queries.running_projects(provider, clock.today())


def class_from(
    form: Mapping[str, Any], data: bytes, filename: str, *, actor: Actor
) -> TrainingClass:
    """Return the class a form and its plan file describe.

    Raises: PlanUnreadable: rows of the plan, each named.
    """
    provider = own_organisation(actor, OrganisationKind.PROVIDER)
    table = adapter.read_plan(data, filename)
    lecturers = queries.lecturers_of(provider.id)
    lessons = [_lesson(row, lecturers, table.problems) for row in table.rows]
    if table.problems:
        raise PlanUnreadable(sorted(table.problems, key=lambda problem: problem.row))
    project = next((each for each in open_projects(actor) if each.id == form["project_id"]), None)
    if project is None:
        raise Missing(what="training_project")
    return service.plan_class(
        project,
        provider=provider,
        code=form["code"],
        name=form["name"],
        category=PersonnelCategory(form["category"]),
        industry=form["industry"],
        lessons=lessons,
        size=form["size"],
        size_reason=form["size_reason"] or None,
        actor=actor,
    )


def _lesson(
    row: PlanRow, lecturers: Sequence[Lecturer], problems: list[RowProblem]
) -> service.Lesson:
    named = [each for each in lecturers if each.person.name == row.lecturer]
    if row.lecturer and len(named) != 1:
        code = "lecturer-ambiguous" if named else "lecturer-unknown"
        problems.append(RowProblem(row.row, "授课教师", code, {"name": row.lecturer}))
    return service.Lesson(
        topic=row.topic,
        mode=row.mode,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=row.place,
        lecturer=named[0] if named else None,
    )


def attendance_template(training_class: TrainingClass) -> bytes:
    """Return the attendance template: one row for each lesson and person."""
    roster = queries.enrolments_of(training_class.id)
    return adapter.attendance_template(
        (lesson.number, each.person.name)
        for lesson in queries.lessons_of(training_class.id)
        for each in roster
    )


def columns(kind: str) -> tuple[str, ...]:
    """Return the columns of a kind of file. Raises: Missing."""
    known = {"roster": adapter.ROSTER_COLUMNS, "attendance": adapter.ATTENDANCE_COLUMNS}
    if kind not in known:
        raise Missing(what="file kind")
    return known[kind]


def check_file(training_class: TrainingClass, kind: str, data: bytes, filename: str) -> Table:
    """Return a file's rows and problems against what is known; changes nothing."""
    columns(kind)
    if kind == "roster":
        return service.check_roster(training_class, data, filename)
    return service.check_attendance(training_class, data, filename)


def take_file(
    training_class: TrainingClass,
    kind: str,
    data: bytes,
    filename: str,
    *,
    only_valid: bool,
    actor: Actor,
) -> service.Import:
    """Take a file over through the service of its kind."""
    columns(kind)
    take = service.import_roster if kind == "roster" else service.import_attendance
    return take(training_class, data, filename, only_valid=only_valid, actor=actor)


def plan_findings(training_class: TrainingClass) -> list[dict[str, Any]]:
    """Return what the plan is held against, as plain values."""
    policy = queries.policy_of(training_class)
    lessons = tuple(
        PlannedLesson(each.mode, each.starts_at, each.ends_at, each.lecturer_id)
        for each in queries.lessons_of(training_class.id)
    )
    plan = ClassPlan(
        category=training_class.category,
        size=max(1, len(queries.enrolments_of(training_class.id))),
        from_on=training_class.project.from_on,
        until_on=training_class.project.until_on,
        lessons=lessons,
    )
    found: list[Finding] = rules.check_plan(
        policy, plan, minutes_per_hour=policy.count("hours.minutes_per_hour")
    )
    return [each.as_dict() for each in found]


def _visible(training_class: TrainingClass, actor: Actor) -> list[Enrolment]:
    """Return the roster, for an enterprise only its own people."""
    roster = queries.enrolments_of(training_class.id)
    teaches = actor.belongs_to(training_class.provider_id)
    whole = teaches or OrganisationKind.ENTERPRISE not in actor.kinds
    return [each for each in roster if whole or actor.belongs_to(each.enterprise_id)]


def own_people(training_class: TrainingClass, actor: Actor) -> list[Enrolment]:
    """Return the enrolments of the actor's own enterprise."""
    roster = queries.enrolments_of(training_class.id)
    return [each for each in roster if actor.belongs_to(each.enterprise_id)]


def roster_rows(training_class: TrainingClass, actor: Actor) -> list[Person]:
    """Return the roster as a page shows it, ID numbers masked."""
    return [
        Person(each, people.masked_id(each.person), None, [])
        for each in _visible(training_class, actor)
    ]


def hours_rows(training_class: TrainingClass, actor: Actor) -> list[Person]:
    """Return each person's hours as attendance gives them now."""
    policy = queries.policy_of(training_class)
    rows = []
    for each in _visible(training_class, actor):
        hours = queries.hours_of(each.id, policy).hours
        rows.append(Person(each, people.masked_id(each.person), None, [], hours))
    return rows


def eligibility_rows(training_class: TrainingClass, actor: Actor) -> list[Person]:
    """Return each person with the decision and its findings."""
    decisions = queries.eligibility_of(training_class.id)
    return [_with_decision(each, decisions) for each in _visible(training_class, actor)]


def _with_decision(enrolment: Enrolment, decisions: Mapping[int, Eligibility]) -> Person:
    decision = decisions.get(enrolment.id)
    findings = finding_rows(decision.findings) if decision else []
    return Person(enrolment, people.masked_id(enrolment.person), decision, findings)


def decision_in(training_class: TrainingClass, enrolment_id: int) -> Eligibility:
    """Return the decision on one enrolment of this class. Raises: Missing."""
    decision = queries.eligibility_of(training_class.id).get(enrolment_id)
    if decision is None:
        raise Missing(what="eligibility")
    return decision


def own_hours(actor: Actor) -> list[tuple[TrainingClass, Person]]:
    """Return a trainee's own classes with hours and decision."""
    rows = []
    for enrolment in queries.enrolments_of_person(actor.person_id or 0):
        decisions = queries.eligibility_of(enrolment.class_id)
        rows.append((queries.class_of(enrolment), _with_decision(enrolment, decisions)))
    return rows
