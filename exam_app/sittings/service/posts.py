"""Posts (监考、保管): who is chosen passes the walls of the class, or is refused by clause."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import Row, lock, session
from exam_app.core.errors import RuleBroken
from exam_app.people.models import Account
from exam_app.sittings import queries, rules
from exam_app.sittings.models import Entry, InvigilatorDuty, Room, Sitting
from exam_app.sittings.terms import InvigilationRole, SittingState
from exam_app.training.models import TrainingClass

ROLE_DUTIES = {
    InvigilationRole.CHIEF: Permission.SITTING_OPEN,
    InvigilationRole.INVIGILATOR: Permission.CHECK_IN,
}
_BEFORE_END = (SittingState.PLANNED, SittingState.READY, SittingState.OPEN)


def assign_invigilator(
    sitting: Sitting, *, room: Room, account: Account, role: InvigilationRole, actor: Actor
) -> InvigilatorDuty:
    """Post somebody to a room of the sitting (指派监考); the walls are asked of that person.

    Raises: RuleBroken: ``posting-…`` with the clause, ``invigilator-busy``,
        ``invigilator-twice``, or the room belongs to another site.
    """
    facts = queries.wall_facts(actor, sitting)
    duties.require(Permission.INVIGILATOR_ASSIGN, actor, **facts, state=True)
    lock(sitting)
    lock(account)
    rules.check_state(sitting.state, *_BEFORE_END)
    if room.site_id != sitting.site_id:
        raise RuleBroken("room-elsewhere", field="room_id")
    check_person(ROLE_DUTIES[role], account, sitting.training_class, field="account_id")
    busy = queries.busy_windows(account.id, except_sitting=sitting.id)
    rules.check_free(queries.presence(sitting), busy)
    duty = InvigilatorDuty(
        sitting_id=sitting.id,
        room_id=room.id,
        account_id=account.id,
        role=role,
        assigned_by_id=actor.account_id,
        assigned_at=clock.now(),
    )
    add(duty, "invigilator-twice", "account_id")
    trail.record(
        Action.INVIGILATOR_ASSIGNED, actor, sitting,
        sitting_id=sitting.id, class_id=sitting.class_id,
        account=account.id, room=room.id, role=role.value,
    )  # fmt: skip
    return duty


def release_invigilator(duty: InvigilatorDuty, sitting: Sitting, *, actor: Actor) -> None:
    """Take a post back before the exam is open (解除监考指派).

    Raises: RuleBroken: the exam is open or over, or the person has let candidates in.
    """
    facts = queries.wall_facts(actor, sitting)
    duties.require(Permission.INVIGILATOR_ASSIGN, actor, **facts, state=True)
    lock(sitting)
    rules.check_state(sitting.state, SittingState.PLANNED, SittingState.READY)
    acted = select(Entry.id).where(
        Entry.sitting_id == sitting.id, Entry.checked_in_by_id == duty.account_id
    )
    if session().scalars(acted).first() is not None:
        raise RuleBroken("invigilator-acted")
    account_id, room_id = duty.account_id, duty.room_id
    session().delete(duty)
    session().flush()
    trail.record(
        Action.INVIGILATOR_RELEASED,
        actor,
        sitting,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        account=account_id,
        room=room_id,
    )


def add(row: Row, code: str, field: str) -> None:
    """Add a row; one that breaks a UNIQUE of the database is refused by its code.

    Raises: RuleBroken.
    """
    try:
        with session().begin_nested():
            session().add(row)
            session().flush()
    except IntegrityError as problem:
        raise RuleBroken(code, field=field) from problem


def check_person(
    permission: Permission, account: Account, training_class: TrainingClass, *, field: str
) -> Actor:
    """Return the actor of somebody whom every wall lets take a post for the class.

    Raises: RuleBroken: ``posting-…``, with the clause.
    """
    facts, chosen = queries.posting_facts(account, training_class)
    decision = duties.allowed(permission, chosen, **facts)
    reason = decision.reason if account.is_active else "no-duty"
    rules.check_posting(reason, decision.clause, juris=facts["juris"], field=field)
    return chosen


def check_second(sitting: Sitting, second: Actor, *, field: str = "username") -> None:
    """Pass a second person who supervises the same sitting behind the same walls.

    Raises: RuleBroken: ``second-not-assigned`` or ``posting-…``.
    """
    if queries.duty_of(sitting.id, second.account_id) is None:
        raise RuleBroken("second-not-assigned", field=field)
    facts = queries.wall_facts(second, sitting) | {"window": True}
    decision = duties.allowed(Permission.INCIDENT_RECORD, second, **facts)
    rules.check_posting(decision.reason, decision.clause, juris=True, field=field)


def is_staffed_by(sitting: Sitting, posted: queries.Posted) -> bool:
    """Return whether a post still counts: its person passes the walls now, too."""
    facts, chosen = queries.posting_facts(posted.account, sitting.training_class)
    permission = ROLE_DUTIES[posted.duty.role]
    return posted.account.is_active and duties.allowed(permission, chosen, **facts).allowed
