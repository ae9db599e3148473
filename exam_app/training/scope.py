"""Who sees which projects and classes (范围): the SQL conditions that queries of training share."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, func, or_, select, true

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind
from exam_app.core import clock
from exam_app.people import queries as people
from exam_app.people.models import Organisation
from exam_app.training.models import Enrolment, TrainingClass, TrainingProject

Kind = OrganisationKind
_BY_REGION = frozenset({Kind.COUNTY_EM, Kind.HRSS, Kind.SIA, Kind.EVALUATOR, Kind.REGULATOR})
_IN_CHARGE = _BY_REGION | {Kind.AGENCY, Kind.OWNER}


def in_region(division_code: str, of_organisation: str) -> bool:
    """Return whether a division lies in an organisation's region."""
    if of_organisation == "000000":
        return True
    width = 2 if of_organisation.endswith("0000") else 4 if of_organisation.endswith("00") else 6
    return division_code[:width] == of_organisation[:width]


def class_scope(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition that keeps an actor to their own organisation's classes."""
    own = actor.organisation_ids or frozenset({actor.organisation_id or 0})
    scopes: list[ColumnElement[bool]] = [_overseen(actor)]
    if Kind.PROVIDER in actor.kinds:
        scopes.append(TrainingClass.provider_id.in_(own))
    if Kind.ENTERPRISE in actor.kinds:
        enrolled = select(Enrolment.class_id).where(Enrolment.enterprise_id.in_(own))
        scopes.append(TrainingClass.id.in_(enrolled))
    if Kind.PERSON in actor.kinds and actor.person_id:
        mine = select(Enrolment.class_id).where(Enrolment.person_id == actor.person_id)
        scopes.append(TrainingClass.id.in_(mine))
    return or_(*scopes)


def project_scope(actor: Actor) -> ColumnElement[bool]:
    """Return the condition of the projects an actor sees: overseen, owned, or taught in."""
    own = actor.organisation_ids or frozenset({actor.organisation_id or 0})
    taught = select(TrainingClass.project_id).where(TrainingClass.provider_id.in_(own))
    if Kind.PROVIDER not in actor.kinds:
        return _overseen(actor)
    return or_(_overseen(actor), TrainingProject.id.in_(taught))


def _overseen(actor: Actor) -> ColumnElement[bool]:
    """Return the condition of the projects all of whose classes the actor may see."""
    own = actor.organisation_ids or frozenset({actor.organisation_id or 0})
    scopes: list[ColumnElement[bool]] = [false()]
    if Kind.CITY_EM in actor.kinds:
        scopes.append(TrainingProject.authority_id.in_(own))
    if Kind.AGENCY in actor.kinds:
        authorities = people.authorities_served(actor, clock.today())
        scopes.append(TrainingProject.authority_id.in_(authorities or {0}))
    if Kind.OWNER in actor.kinds:
        scopes.append(TrainingProject.implementing_unit_id.in_(own))
    scopes.extend(same_region(each) for each in _of_kinds(actor, _BY_REGION))
    return or_(*scopes)


def _of_kinds(actor: Actor, kinds: frozenset[Kind]) -> list[Organisation]:
    """Return the organisations of these kinds the actor holds a post in."""
    own = [people.get_organisation(each) for each in sorted(actor.organisation_ids)]
    return [each for each in own if each.kind in kinds]


def same_region(organisation: Organisation) -> ColumnElement[bool]:
    """Return the condition that a project lies in the city or province of an organisation.

    A county site serves its city's projects; a city or province its own region's.
    """
    if organisation.division_code == "000000":
        return true()
    width = 2 if organisation.division_code.endswith("0000") else 4
    code = TrainingProject.division_code
    return func.substr(code, 1, width) == organisation.division_code[:width]


def in_jurisdiction(actor: Actor, project: TrainingProject) -> bool:
    """Return whether a project lies in the actor's charge (辖区): its authority, or its region."""
    if Kind.CITY_EM in actor.kinds:
        return actor.belongs_to(project.authority_id)
    return any(
        in_region(project.division_code, each.division_code)
        or in_region(each.division_code, project.division_code)
        for each in _of_kinds(actor, _IN_CHARGE)
    )
