"""What every change of marking asks first: the duty, the walls, the authority's own sitting."""

from __future__ import annotations

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.core.errors import Missing
from exam_app.marking import queries
from exam_app.sittings.models import Sitting
from exam_app.sittings.terms import SittingState

OVER = (SittingState.CLOSED, SittingState.HANDED_OVER)
"""The states of a sitting in which its key may be used."""


def require(permission: Permission, actor: Actor, sitting: Sitting, **facts: bool) -> None:
    """Let the actor pass who may do this to this sitting.

    Raises: NotAllowed, DutyConflict: with the clause. Missing: another authority's sitting.
    """
    held = queries.marking_facts(actor, sitting)
    duties.require(permission, actor, **held, **facts)
    if not held["assigned"]:
        raise Missing(kind="sitting")
