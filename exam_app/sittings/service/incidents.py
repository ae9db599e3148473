"""Incidents (违纪与异常): reported by one invigilator, signed by another natural person."""

from __future__ import annotations

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import DutyConflict, Missing, RuleBroken
from exam_app.people import queries as people
from exam_app.sittings import queries, rules
from exam_app.sittings.models import Entry, Incident, Sitting
from exam_app.sittings.terms import EntryState, IncidentKind, SittingState


def report_incident(
    sitting: Sitting,
    *,
    kind: IncidentKind,
    description: str,
    entry: Entry | None = None,
    actor: Actor,
) -> Incident:
    """Report what happened in the room (登记异常); it counts once a second person has signed.

    Raises: RuleBroken: the sitting is not running, before the doors open. BadInput: a kind that
        disqualifies without its candidate, an ID number in the words.
    """
    _require(sitting, actor)
    lock(sitting)
    rules.check_state(sitting.state, SittingState.READY, SittingState.OPEN)
    _check_doors(sitting)
    rules.check_incident(kind, has_entry=entry is not None)
    trail.check_no_id_number("description", description)
    if entry is not None and entry.sitting_id != sitting.id:
        raise Missing(kind="entry")
    incident = Incident(
        sitting_id=sitting.id,
        entry_id=entry.id if entry else None,
        kind=kind,
        description=description.strip(),
        disqualifies=False,
        reported_by_id=actor.account_id,
        reported_at=clock.now(),
    )
    session().add(incident)
    session().flush()
    trail.record(
        Action.INCIDENT_RECORDED, actor, incident,
        sitting_id=sitting.id, class_id=sitting.class_id, kind=kind.value, entry=incident.entry_id,
    )  # fmt: skip
    return incident


def countersign_incident(incident: Incident, *, agree: bool = True, actor: Actor) -> Incident:
    """Sign an incident as the second person (会签), or say that one saw it otherwise.

    Agreed to, an incident of a disqualifying kind ends the candidate's exam (取消资格).
    Raises: DutyConflict: the reporter, or nobody of this sitting. RuleBroken: signed already.
    """
    sitting = session().get(Sitting, incident.sitting_id)
    if sitting is None:
        raise Missing(kind="sitting")
    _require(sitting, actor)
    if people.same_person(actor, incident.reported_by_id):
        clause = duties.RULES[Permission.INCIDENT_RECORD].clause
        raise DutyConflict("duty-two", condition="two", clause=clause)
    lock(sitting)
    lock(incident)
    rules.check_state(sitting.state, SittingState.READY, SittingState.OPEN)
    if incident.second_by_id is not None:
        raise RuleBroken("incident-signed")
    incident.second_by_id, incident.second_at = actor.account_id, clock.now()
    incident.agreed = agree
    entry = session().get(Entry, incident.entry_id) if incident.entry_id else None
    action = Action.INCIDENT_COUNTERSIGNED
    if agree and entry is not None and rules.disqualifies(incident.kind):
        lock(entry)
        incident.disqualifies, entry.state = True, EntryState.DISQUALIFIED
        action = Action.CANDIDATE_DISQUALIFIED
    trail.record(
        action, actor, incident, sitting_id=sitting.id, class_id=sitting.class_id,
        entry=incident.entry_id, agreed=agree,
    )  # fmt: skip
    return incident


def _check_doors(sitting: Sitting) -> None:
    """Refuse a report before the doors open."""
    if clock.now() < queries.checkin_window(sitting).from_at:
        settings = queries.settings_of(sitting)
        clause = settings.clause("sitting.checkin_before_minutes")
        raise RuleBroken("check-in-early", minutes=settings.checkin_before, clause=clause)


def _require(sitting: Sitting, actor: Actor) -> None:
    posted = queries.duty_of(sitting.id, actor.account_id) is not None
    facts = queries.wall_facts(actor, sitting) | {"assigned": posted}
    duties.require(Permission.INCIDENT_RECORD, actor, **facts, window=True)
