"""Reads of posts (监考、保管): who supervises, who may, who is busy."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import Role
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.people import queries as people
from exam_app.people.models import Account
from exam_app.sittings import rules
from exam_app.sittings.models import Entry, InvigilatorDuty, Room, Sitting
from exam_app.sittings.queries.exams import checkin_window, is_no_candidate
from exam_app.sittings.terms import SittingState
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass

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
    return rules.Window(min(sitting.opens_at, checkin_window(sitting).from_at), sitting.ends_at)


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


def posting_facts(account: Account, training_class: TrainingClass) -> tuple[dict[str, bool], Actor]:
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
