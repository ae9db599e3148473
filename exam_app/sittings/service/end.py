"""The end of a sitting: scripts counted and sealed by two, handed over to the authority."""

from __future__ import annotations

from collections.abc import Sequence

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock
from exam_app.core.errors import RuleBroken
from exam_app.people import queries as people
from exam_app.sittings import queries, rules
from exam_app.sittings.models import Entry, Sitting
from exam_app.sittings.service.posts import check_second
from exam_app.sittings.terms import EntryState, InvigilationRole, SittingState


def close_sitting(sitting: Sitting, *, scripts: int, second: Actor | None, actor: Actor) -> Sitting:
    """End the exam (收卷、清点): whoever did not come is absent; the trail's stream is closed.

    Args: scripts: answer sheets or submitted desks counted, as many as candidates let in.
    Raises: DutyConflict: no chief, or no second natural person. RuleBroken: time not over, the
        count differs, an incident is not signed by a second person.
    """
    _require(sitting, actor, two=second is not None and second.is_apart_from(actor.person_id))
    if second is not None:
        check_second(sitting, second)
    lock(sitting)
    rules.check_state(sitting.state, SittingState.OPEN)
    entries = queries.entries_of(sitting.id)
    for entry in entries:  # nobody is let in while the count is taken
        lock(entry)
    _check_over(sitting, entries, scripts)
    for entry in entries:
        if entry.state is EntryState.ENTERED:
            entry.state = EntryState.ABSENT
    absent = sum(entry.state is EntryState.ABSENT for entry in entries)
    sitting.state = SittingState.CLOSED
    sitting.closed_by_id, sitting.closed_at = actor.account_id, clock.now()
    sitting.handover = {
        "scripts": scripts,
        "present": queries.present(entries),
        "absent": absent,
        "closed_second_id": second.account_id if second else None,
    }
    trail.record(
        Action.SITTING_CLOSED,
        actor,
        sitting,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        **sitting.handover,
    )
    trail.close_stream(sitting.id, actor)
    return sitting


def hand_over(sitting: Sitting, *, scripts: int, received_by: Actor, actor: Actor) -> Sitting:
    """Hand scripts and records to the authority (移交), received by its exam administrator.

    Args: scripts: as the receiver counts them.
    Raises: DutyConflict: no chief, receiver the same person, receiver no administrator of this
        exam or tied to the provider. RuleBroken: the counts differ.
    """
    _require(sitting, actor, two=received_by.is_apart_from(actor.person_id))
    _check_receiver(sitting, received_by)
    lock(sitting)
    rules.check_state(sitting.state, SittingState.CLOSED)
    rules.check_scripts(scripts, queries.present(queries.entries_of(sitting.id)))
    sitting.state, sitting.handed_over_at = SittingState.HANDED_OVER, clock.now()
    sitting.handover = (sitting.handover or {}) | {
        "handed_by_id": actor.account_id,
        "received_by_id": received_by.account_id,
        "received_scripts": scripts,
    }
    trail.record(
        Action.SITTING_HANDED_OVER,
        actor,
        sitting,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        scripts=scripts,
        received_by=received_by.account_id,
    )
    return sitting


def _check_over(sitting: Sitting, entries: Sequence[Entry], scripts: int) -> None:
    """Refuse an end before time, a wrong count, and incidents that wait for a signature."""
    present = queries.present(entries)
    doors = queries.checkin_window(sitting).until_at
    rules.check_closing(clock.now(), sitting.ends_at, present, doors)
    rules.check_scripts(scripts, present)
    unsigned = [each for each in queries.incidents_of(sitting.id) if not each.second]
    if unsigned:
        raise RuleBroken("incidents-unsigned", count=len(unsigned))


def _require(sitting: Sitting, actor: Actor, *, two: bool) -> None:
    duty = queries.duty_of(sitting.id, actor.account_id)
    chief = duty is not None and duty.role is InvigilationRole.CHIEF
    facts = queries.wall_facts(actor, sitting) | {"assigned": chief}
    duties.require(Permission.SITTING_CLOSE, actor, **facts, two=two, state=True)


def _check_receiver(sitting: Sitting, receiver: Actor) -> None:
    facts = queries.wall_facts(receiver, sitting) | {"state": True}
    decision = duties.allowed(Permission.SITTING_SCHEDULE, receiver, **facts)
    rules.check_posting(decision.reason, decision.clause, juris=True, field="username")
    served = people.authorities_served(receiver, clock.today())
    if sitting.training_class.project.authority_id not in served:
        raise RuleBroken("receiver-elsewhere", field="username")
