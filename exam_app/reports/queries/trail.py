"""Who may look into the trail now: an auditor who said why, within the last hours."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from exam_app.access.actor import Actor
from exam_app.audit import canonical
from exam_app.audit import queries as audit
from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.core import clock
from exam_app.core.db import session

HOURS = 12


def opened_reason(actor: Actor) -> str:
    """Return why the actor opened the trail within the last 12 hours; empty: not opened."""
    since = canonical.moment(clock.now() - dt.timedelta(hours=HOURS))
    query = select(AuditEntry).where(
        AuditEntry.action == Action.TRAIL_VIEWED.value,
        AuditEntry.account_id == actor.account_id,
        AuditEntry.at >= since,
    )
    found = session().scalar(query.order_by(AuditEntry.at.desc()).limit(1))
    return "" if found is None else str(audit.detail_of(found).get("reason", ""))


def has_opened_trail(actor: Actor) -> bool:
    """Return whether the actor has said why they look into the trail."""
    return bool(opened_reason(actor))
