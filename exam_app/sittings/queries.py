"""Reads of sittings: sites, sittings, who supervises, who is entered; scoped to the actor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.sql import Select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import EXAMINING_KINDS, OrganisationKind, Role
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.people import queries as people
from exam_app.people import ties
from exam_app.people.models import Account, Organisation, Person
from exam_app.sittings import rules
from exam_app.sittings.models import Entry, Incident, InvigilatorDuty, Room, Site, Sitting
from exam_app.sittings.terms import SittingKind, SittingState
from exam_app.training import queries as training
from exam_app.training.models import Enrolment, TrainingClass, TrainingProject

_OVER = (SittingState.CLOSED, SittingState.HANDED_OVER)


@dataclass(frozen=True)
class Posted:
    """An invigilator of a sitting with the room and the person's name."""

    duty: InvigilatorDuty
    room: Room
    account: Account

    @property
    def name(self) -> str:
        """Return the person's name."""
        return self.account.person.name


@dataclass(frozen=True)
class Noted:
    """An incident with the names of those who signed it and the candidate's entry."""

    incident: Incident
    reporter: str
    second: str
    entry: Entry | None


# ---- sites and rooms 考点、考场


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


def keepers_for(actor: Actor) -> Sequence[Organisation]:
    """Return the organisations of the actor's region that may keep a site."""
    query = select(Organisation).where(
        Organisation.kind.in_(EXAMINING_KINDS), Organisation.is_active, _in_region(actor)
    )
    return session().scalars(query.order_by(Organisation.name)).all()


def site_facts(actor: Actor) -> dict[str, bool]:
    """Return what the walls ask where a site is registered: no class is in play."""
    return training.bank_facts(actor, training.authority_of(actor))


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


# ---- sittings 场次


def get_sitting(sitting_id: int, actor: Actor) -> Sitting:
    """Return a sitting of the actor's authority, site or duty; any other is not there.

    Raises: Missing.
    """
    found = session().scalar(select(Sitting).where(Sitting.id == sitting_id, _scope(actor)))
    if found is None:
        raise Missing(kind="sitting")
    return found


def see_sitting(sitting_id: int, actor: Actor) -> Sitting:
    """Return a sitting for its page; who is tied to the provider does not see it.

    Raises: Missing; DutyConflict.
    """
    sitting = get_sitting(sitting_id, actor)
    duties.require(Permission.SITTING_VIEW, actor, **wall_facts(actor, sitting))
    return sitting


def sittings_for(actor: Actor) -> list[Sitting]:
    """Return the sittings the actor may see, those to come first."""
    query = select(Sitting).where(_scope(actor)).order_by(Sitting.starts_at.desc(), Sitting.id)
    return [
        sitting
        for sitting in session().scalars(query)
        if duties.allowed(Permission.SITTING_VIEW, actor, **wall_facts(actor, sitting)).allowed
    ]


def sittings_of(class_id: int) -> Sequence[Sitting]:
    """Return the sittings of a class, the first one before its retake."""
    query = select(Sitting).where(Sitting.class_id == class_id)
    return session().scalars(query.order_by(Sitting.id)).all()


def sitting_of(class_id: int, kind: SittingKind) -> Sitting | None:
    """Return the class's sitting of a kind, None where there is none."""
    query = select(Sitting).where(Sitting.class_id == class_id, Sitting.kind == kind)
    return session().scalar(query)


def sitting_of_entry(entry: Entry) -> Sitting:
    """Return the sitting of an entry, for a service that checks the walls itself."""
    found = session().get(Sitting, entry.sitting_id)
    if found is None:
        raise Missing(kind="sitting")
    return found


def settings_of(sitting: Sitting) -> rules.Settings:
    """Return what the class's profile says about the sitting, with its sources."""
    return rules.settings_of(training.policy_of(sitting.training_class))


def checkin_window(sitting: Sitting) -> rules.Window:
    """Return when candidates are let in."""
    return rules.checkin_window(sitting.starts_at, settings_of(sitting))


def paper_window(sitting: Sitting) -> rules.Window:
    """Return when the paper may be opened: from its opening time to the end."""
    return rules.Window(sitting.opens_at, sitting.ends_at)


def is_answering(sitting: Sitting, at: dt.datetime) -> bool:
    """Return whether candidates may answer: the sitting is open and its time runs."""
    return (
        sitting.state is SittingState.OPEN and sitting.starts_at <= at and at <= sitting.ends_at
    )


def custodians_of(sitting: Sitting) -> tuple[int, ...]:
    """Return the accounts of the custodians: of the authority, of the site, in reserve."""
    held = (
        sitting.authority_custodian_id,
        sitting.site_custodian_id,
        sitting.reserve_custodian_id,
    )
    return tuple(account_id for account_id in held if account_id is not None)


def wall_facts(actor: Actor, sitting: Sitting) -> dict[str, bool]:
    """Return what the walls ask of an actor and a sitting.

    Returns: not_prov, not_taught, entrusted, own_org, juris of the class; assigned: invigilator
        or custodian of the sitting; not_cand: no candidate, recused from none (SECURITY 7).
    """
    posted = duty_of(sitting.id, actor.account_id) is not None
    return training.wall_facts(actor, sitting.training_class) | {
        "assigned": posted or actor.account_id in custodians_of(sitting),
        "not_cand": is_no_candidate(actor, sitting.class_id),
    }


def is_no_candidate(actor: Actor, class_id: int) -> bool:
    """Return whether the actor is on no roster of the class and recused from nobody there."""
    if actor.person_id is None:
        return False
    kept_apart = ties.recused_persons(actor.person_id, clock.today()) | {actor.person_id}
    query = select(func.count(Enrolment.id)).where(
        Enrolment.class_id == class_id, Enrolment.person_id.in_(kept_apart)
    )
    return not session().scalar(query)


def _scope(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition that keeps an actor to sittings of their own work."""
    if OrganisationKind.PROVIDER in actor.kinds or not actor.kinds & EXAMINING_KINDS:
        return false()
    served = people.authorities_served(actor, clock.today())
    ours = (
        select(TrainingClass.id)
        .join(TrainingProject, TrainingProject.id == TrainingClass.project_id)
        .where(TrainingProject.authority_id.in_(served or {0}))
    )
    own_sites = select(Site.id).where(Site.organisation_id.in_(actor.organisation_ids or {0}))
    posted = select(InvigilatorDuty.sitting_id).where(
        InvigilatorDuty.account_id == (actor.account_id or 0)
    )
    mine = actor.account_id or 0
    return or_(
        Sitting.class_id.in_(ours),
        Sitting.site_id.in_(own_sites),
        Sitting.id.in_(posted),
        Sitting.authority_custodian_id == mine,
        Sitting.site_custodian_id == mine,
        Sitting.reserve_custodian_id == mine,
    )


# ---- posts 监考、保管


def duty_of(sitting_id: int, account_id: int | None) -> InvigilatorDuty | None:
    """Return the account's post at the sitting, None where it has none."""
    query = select(InvigilatorDuty).where(
        InvigilatorDuty.sitting_id == sitting_id, InvigilatorDuty.account_id == (account_id or 0)
    )
    return session().scalar(query)


def get_duty(duty_id: int, sitting: Sitting) -> InvigilatorDuty:
    """Return a post of the sitting. Raises: Missing."""
    found = session().get(InvigilatorDuty, duty_id)
    if found is None or found.sitting_id != sitting.id:
        raise Missing(kind="invigilator_duty")
    return found


def posted_at(sitting_id: int) -> list[Posted]:
    """Return the invigilators of a sitting, room by room, the chief first."""
    query = (
        select(InvigilatorDuty, Room, Account)
        .join(Room, Room.id == InvigilatorDuty.room_id)
        .join(Account, Account.id == InvigilatorDuty.account_id)
        .where(InvigilatorDuty.sitting_id == sitting_id)
        .order_by(Room.id, InvigilatorDuty.role, InvigilatorDuty.id)
    )
    return [Posted(duty, room, account) for duty, room, account in session().execute(query)]


def busy_windows(account_id: int, *, except_sitting: int) -> list[rules.Window]:
    """Return when an account supervises other sittings that are not over."""
    query = (
        select(Sitting)
        .join(InvigilatorDuty, InvigilatorDuty.sitting_id == Sitting.id)
        .where(
            InvigilatorDuty.account_id == account_id,
            Sitting.id != except_sitting,
            Sitting.state.not_in(_OVER),
        )
    )
    return [presence(sitting) for sitting in session().scalars(query)]


def presence(sitting: Sitting) -> rules.Window:
    """Return when the sitting's invigilators and rooms are taken."""
    return rules.Window(
        min(sitting.opens_at, checkin_window(sitting).from_at), sitting.ends_at
    )


def rooms_taken(sitting: Sitting) -> set[int]:
    """Return the rooms of the site that other sittings use at the same time."""
    query = select(Sitting).where(
        Sitting.site_id == sitting.site_id, Sitting.id != sitting.id, Sitting.state.not_in(_OVER)
    )
    wanted = presence(sitting)
    others = [each.id for each in session().scalars(query) if presence(each).overlaps(wanted)]
    rooms = select(Entry.room_id).where(Entry.sitting_id.in_(others or [0])).distinct()
    return set(session().scalars(rooms))


def staff_for(role: Role, training_class: TrainingClass, permission: Permission) -> list[Account]:
    """Return accounts with a role whom every wall lets pass for the class."""
    return [
        account
        for account in people.accounts_with_role(role, clock.now())
        if _may_serve(account, training_class, permission)
    ]


def _may_serve(account: Account, training_class: TrainingClass, permission: Permission) -> bool:
    facts, actor = posting_facts(account, training_class)
    return facts["juris"] and duties.allowed(permission, actor, **facts).allowed


def posting_facts(
    account: Account, training_class: TrainingClass
) -> tuple[dict[str, bool], Actor]:
    """Return what the walls say of somebody chosen for a post, and the actor they are."""
    actor = people.actor_of(account, clock.now())
    facts = training.wall_facts(actor, training_class) | {
        "not_cand": is_no_candidate(actor, training_class.id),
        "assigned": True,
        "two": True,
        "window": True,
        "state": True,
    }
    return facts, actor


# ---- entries 报考


def entries_of(sitting_id: int) -> Sequence[Entry]:
    """Return the entries of a sitting in the order of the seats."""
    query = select(Entry).where(Entry.sitting_id == sitting_id)
    return session().scalars(query.order_by(Entry.room_id, Entry.seat)).all()


def find_entries(sitting_id: int, text: str) -> Sequence[Entry]:
    """Return entries by (part of) name or ticket number; all of them for an empty text."""
    typed = text.strip()
    if not typed:
        return entries_of(sitting_id)
    digits = typed.replace("-", "").replace(" ", "")
    bare = func.replace(Entry.ticket_number, "-", "")
    matches = Person.name.contains(typed, autoescape=True)
    if digits.isdecimal():
        matches = or_(matches, bare.contains(digits, autoescape=True))
    query = (
        select(Entry)
        .join(Enrolment, Enrolment.id == Entry.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Entry.sitting_id == sitting_id, matches)
    )
    return session().scalars(query.order_by(Entry.room_id, Entry.seat)).all()


def get_entry(entry_id: int, actor: Actor) -> Entry:
    """Return an entry of a sitting the actor may see, or the actor's own. Raises: Missing."""
    sittings = select(Sitting.id).where(_scope(actor))
    query = (
        select(Entry)
        .join(Enrolment, Enrolment.id == Entry.enrolment_id)
        .where(Entry.id == entry_id, or_(Entry.sitting_id.in_(sittings), _own(actor)))
    )
    found = session().scalar(query)
    if found is None:
        raise Missing(kind="entry")
    return found


def entries_of_enrolment(enrolment_id: int) -> Sequence[Entry]:
    """Return the entries of an enrolment, the first attempt before the retake."""
    query = select(Entry).where(Entry.enrolment_id == enrolment_id)
    return session().scalars(query.order_by(Entry.attempt_number)).all()


def tickets_of(actor: Actor) -> list[tuple[Entry, Sitting]]:
    """Return the actor's own entries with their sittings, the latest first."""
    query = (
        select(Entry, Sitting)
        .join(Sitting, Sitting.id == Entry.sitting_id)
        .join(Enrolment, Enrolment.id == Entry.enrolment_id)
        .where(_own(actor))
        .order_by(Sitting.starts_at.desc())
    )
    return [(entry, sitting) for entry, sitting in session().execute(query)]


def own_ticket(entry_id: int, actor: Actor) -> tuple[Entry, Sitting]:
    """Return one of the actor's own entries with its sitting. Raises: Missing."""
    for entry, sitting in tickets_of(actor):
        if entry.id == entry_id:
            return entry, sitting
    raise Missing(kind="entry")


def present(entries: Sequence[Entry]) -> int:
    """Return how many of the entries were let in, those disqualified later included."""
    return sum(entry.checked_in_at is not None for entry in entries)


def _own(actor: Actor) -> ColumnElement[bool]:
    return and_(Enrolment.person_id == (actor.person_id or 0))


# ---- incidents 异常


def incidents_of(sitting_id: int) -> list[Noted]:
    """Return the incidents of a sitting as they happened, with names and candidates."""
    query = select(Incident).where(Incident.sitting_id == sitting_id).order_by(Incident.id)
    return [
        Noted(
            incident,
            _name(incident.reported_by_id),
            _name(incident.second_by_id),
            session().get(Entry, incident.entry_id) if incident.entry_id else None,
        )
        for incident in session().scalars(query)
    ]


def get_incident(incident_id: int, actor: Actor) -> tuple[Incident, Sitting]:
    """Return an incident with its sitting. Raises: Missing."""
    found = session().get(Incident, incident_id)
    if found is None:
        raise Missing(kind="incident")
    return found, get_sitting(found.sitting_id, actor)


def account_name(account_id: int | None) -> str:
    """Return the name of the person behind an account, empty for none."""
    return _name(account_id)


def _name(account_id: int | None) -> str:
    return people.get_account(account_id).person.name if account_id else ""
