"""What ties an actor to a project: whose region it lies in, whose provider it is."""

from __future__ import annotations

from sqlalchemy import select

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.people import queries as people
from exam_app.people import ties
from exam_app.training.models import TrainingClass, TrainingProject
from exam_app.training.scope import in_region


def in_jurisdiction(actor: Actor, project: TrainingProject) -> bool:
    """Return whether the project is the actor's authority's own, or lies in their region."""
    if OrganisationKind.CITY_EM in actor.kinds:
        return actor.belongs_to(project.authority_id)
    if OrganisationKind.OWNER in actor.kinds:
        return actor.belongs_to(project.implementing_unit_id)
    codes = [people.get_organisation(each).division_code for each in actor.organisation_ids]
    mine = project.division_code
    return any(in_region(mine, code) or in_region(code, mine) for code in codes)


def project_facts(actor: Actor, project: TrainingProject) -> dict[str, bool]:
    """Return what the walls ask of an actor and a project.

    Returns: juris; not_prov: tied to no provider that teaches in the project. The unit that owns
        a project and had others teach may accept it (伊应急函〔2025〕41号 五).
    """
    return {"juris": in_jurisdiction(actor, project), "not_prov": _not_provider(actor, project)}


def _not_provider(actor: Actor, project: TrainingProject) -> bool:
    if actor.person_id is None:
        return False
    on = clock.today()
    tied = ties.tied_organisations(actor.person_id, on)
    query = select(TrainingClass.provider_id).where(TrainingClass.project_id == project.id)
    return all(
        tied.isdisjoint(ties.organisation_group(provider_id, on))
        for provider_id in set(session().scalars(query))
    )
