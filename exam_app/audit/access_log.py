"""Sign-ins, refusals and look-ups: an append-only log whose daily digest enters the trail."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection, Engine

from exam_app.audit import canonical
from exam_app.audit.actions import Action
from exam_app.audit.models import AccessEvent, AuditEntry, table_of
from exam_app.audit.trail import Acting, check_no_id_number, record
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import RuleBroken

_EVENT = table_of(AccessEvent)
_DIGESTED = "access_event"


class AccessKind(enum.StrEnum):
    """What an access event tells of (访问类别)."""

    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"
    REFUSAL = "refusal"
    LIMIT = "limit"
    LOOK_UP = "look-up"
    VIEW = "view"
    CONTRADICTION = "contradiction"


ACCESS_LABELS: dict[AccessKind, LazyString] = {
    AccessKind.SIGN_IN: _l("登录"),
    AccessKind.SIGN_OUT: _l("退出登录"),
    AccessKind.REFUSAL: _l("拒绝访问"),
    AccessKind.LIMIT: _l("访问过于频繁"),
    AccessKind.LOOK_UP: _l("公开查询"),
    AccessKind.VIEW: _l("查看"),
    AccessKind.CONTRADICTION: _l("登记与痕迹不符"),
}


def note_access(
    kind: AccessKind,
    *,
    actor: Acting | None,
    permission: str | None = None,
    outcome: str = "ok",
    endpoint: str = "",
    **facts: Any,
) -> None:
    """Write one access event, in a transaction of its own; call it after the rollback.

    Args:
        outcome: ``ok`` or the code of the refusal.
        facts: in the types of JSON; no names, no ID numbers.
    Raises: BadInput: an identity number among the facts.
    """
    for name, value in facts.items():
        check_no_id_number(name, value)
    values = {
        "at": clock.now(),
        "kind": AccessKind(kind).value,
        "account_id": None if actor is None else actor.account_id,
        "permission": permission,
        "outcome": outcome,
        "endpoint": endpoint,
        "facts": canonical.text(facts),
    }
    bind = session().get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(insert(_EVENT).values(values))


def bounds_of(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Return the first moment of the local day and of the day after it."""
    start = dt.datetime.combine(day, dt.time(), clock.SHANGHAI)
    return start.astimezone(dt.UTC), (start + dt.timedelta(days=1)).astimezone(dt.UTC)


def digest_of(connection: Connection, day: dt.date) -> tuple[int, str]:
    """Return how many access events the local day has, and the hex digest over them by id."""
    start, end = bounds_of(day)
    query = select(_EVENT).where(_EVENT.c.at >= start, _EVENT.c.at < end).order_by(_EVENT.c.id)
    running, count = hashlib.sha256(), 0
    with connection.execute(query.execution_options(yield_per=1000)) as rows:
        for row in rows.mappings():
            running.update(canonical.text(dict(row)).encode() + b"\n")
            count += 1
    return count, running.hexdigest()


def record_access_digest(day: dt.date, actor: Acting) -> str:
    """Put the digest of one finished day's access events into the trail and return it in hex.

    Raises: RuleBroken: the day is not over (``day-not-over``), or has its digest already
        (``day-digested``).
    """
    if day >= clock.today():
        raise RuleBroken("day-not-over", day=day.isoformat())
    current = session()
    done = select(func.count()).where(
        AuditEntry.action == Action.ACCESS_DIGESTED.value, AuditEntry.subject_id == day.isoformat()
    )
    if current.scalar(done):
        raise RuleBroken("day-digested", day=day.isoformat())
    count, digest = digest_of(current.connection(), day)
    subject = (_DIGESTED, day.isoformat())
    record(Action.ACCESS_DIGESTED, actor, subject, count=count, digest=digest)
    return digest
