"""Reads of sites and rooms (考点、考场), of the region the actor examines in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.sql import Select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import EXAMINING_KINDS
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.people import queries as people
from exam_app.people.models import Organisation
from exam_app.sittings.models import Room, Site, Sitting
from exam_app.training import queries as training


def get_site(site_id: int, actor: Actor) -> Site:
    """Return a site of the actor's region. Raises: Missing."""
    found: Site | None = session().scalar(_sites(actor).where(Site.id == site_id))
    if found is None:
        raise Missing(kind="site")
    return found


def sites_for(actor: Actor) -> Sequence[Site]:
    """Return the sites of the region the actor examines in, by name."""
    return session().scalars(_sites(actor).order_by(Site.name)).all()


def rooms_of(site_id: int) -> Sequence[Room]:
    """Return the rooms of a site in the order they are filled."""
    return session().scalars(select(Room).where(Room.site_id == site_id).order_by(Room.id)).all()


def room_of(sitting: Sitting, room_id: int) -> Room:
    """Return a room of the sitting's site. Raises: Missing."""
    found = session().get(Room, room_id)
    if found is None or found.site_id != sitting.site_id:
        raise Missing(kind="room")
    return found


def keepers_for(actor: Actor) -> Sequence[Organisation]:
    """Return the organisations of the actor's region that may keep a site."""
    query = select(Organisation).where(
        Organisation.kind.in_(EXAMINING_KINDS), Organisation.is_active, _in_region(actor)
    )
    return session().scalars(query.order_by(Organisation.name)).all()


def site_facts(actor: Actor) -> dict[str, bool]:
    """Return what the walls ask where a site is registered: no class is in play."""
    return training.bank_facts(actor, training.authority_of(actor))


def see_sites_office(actor: Actor) -> None:
    """Ask the walls before the form of a new site is shown. Raises: DutyConflict."""
    facts = site_facts(actor)
    asked = {name: facts[name] for name in ("not_prov", "entrusted")}
    duties.require(Permission.SITE_EDIT, actor, **asked)


def _sites(actor: Actor) -> Select[Any]:
    query = select(Site).join(Organisation, Organisation.id == Site.organisation_id)
    return query.where(_in_region(actor))


def _in_region(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that an organisation lies in the city of an authority served."""
    served = people.authorities_served(actor, clock.today())
    scopes: list[ColumnElement[bool]] = [Organisation.id.in_(actor.organisation_ids or {0})]
    for authority_id in served:
        city = people.get_organisation(authority_id).division_code[:4]
        scopes.append(func.substr(Organisation.division_code, 1, 4) == city)
    return or_(*scopes)
