"""Reads of sittings (场次): scoped to authority, site and posts; windows and walls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, func, or_, select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import EXAMINING_KINDS, OrganisationKind
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.people import queries as people
from exam_app.people import ties
from exam_app.sittings import rules
from exam_app.sittings.models import Entry, InvigilatorDuty, Site, Sitting
from exam_app.sittings.terms import SittingKind, SittingState
from exam_app.training import queries as training
from exam_app.training.models import Enrolment, TrainingClass, TrainingProject


def get_sitting(sitting_id: int, actor: Actor) -> Sitting:
    """Return a sitting of the actor's authority, site or duty; any other is not there.

    Raises: Missing.
    """
    found = session().scalar(select(Sitting).where(Sitting.id == sitting_id, in_scope(actor)))
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
    query = select(Sitting).where(in_scope(actor)).order_by(Sitting.starts_at.desc(), Sitting.id)
    return [
        sitting
        for sitting in session().scalars(query)
        if duties.allowed(Permission.SITTING_VIEW, actor, **wall_facts(actor, sitting)).allowed
    ]


def sittings_of(class_id: int) -> Sequence[Sitting]:
    """Return the sittings of a class, the first one before its retakes."""
    query = select(Sitting).where(Sitting.class_id == class_id)
    return session().scalars(query.order_by(Sitting.id)).all()


def sitting_of(class_id: int, kind: SittingKind) -> Sitting | None:
    """Return the class's last sitting of a kind, None where there is none."""
    query = select(Sitting).where(Sitting.class_id == class_id, Sitting.kind == kind)
    return session().scalars(query.order_by(Sitting.id.desc())).first()


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
    return sitting.state is SittingState.OPEN and sitting.starts_at <= at and at <= sitting.ends_at


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


def in_scope(actor: Actor) -> ColumnElement[bool]:
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


def duty_of(sitting_id: int, account_id: int | None) -> InvigilatorDuty | None:
    """Return the account's post at the sitting, None where it has none."""
    query = select(InvigilatorDuty).where(
        InvigilatorDuty.sitting_id == sitting_id, InvigilatorDuty.account_id == (account_id or 0)
    )
    return session().scalar(query)
