"""Reading the trail: entries by what they are about, heads, access events of a day."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Connection

from exam_app.audit import access_log
from exam_app.audit.canonical import ENTRY_FIELDS
from exam_app.audit.models import GLOBAL, AccessEvent, AuditCheckpoint, AuditEntry, table_of
from exam_app.core.db import session

PAGE_SIZE = 50
_ALIKE = (
    "stream", "account_id", "person_id", "class_id", "sitting_id", "subject_type", "subject_id",
)  # fmt: skip


@dataclass(frozen=True)
class Filter:
    """Which entries are wanted; what is empty does not narrow."""

    stream: str = ""
    actions: Sequence[str] = ()
    account_id: int | None = None
    person_id: int | None = None
    class_id: int | None = None
    sitting_id: int | None = None
    subject_type: str = ""
    subject_id: str = ""
    subject_ids: Sequence[str] = ()


def _narrowed(wanted: Filter) -> Select[Any]:
    query = select(AuditEntry)
    for name in _ALIKE:
        value = getattr(wanted, name)
        if value not in ("", None):
            query = query.where(getattr(AuditEntry, name) == value)
    if wanted.actions:
        query = query.where(AuditEntry.action.in_(wanted.actions))
    if wanted.subject_ids:
        query = query.where(AuditEntry.subject_id.in_(wanted.subject_ids))
    return query


def newest_entries(
    wanted: Filter, *, page: int = 1, page_size: int = PAGE_SIZE
) -> Sequence[AuditEntry]:
    """Return one page of entries, the newest first; one more than a page holds when more follow."""
    query = _narrowed(wanted).order_by(
        AuditEntry.at.desc(), AuditEntry.stream.desc(), AuditEntry.seq.desc()
    )
    start = (page - 1) * page_size
    return session().scalars(query.offset(start).limit(page_size + 1)).all()


def entries_in_order(wanted: Filter) -> Sequence[AuditEntry]:
    """Return all entries that are wanted in the order of their time, for a class file."""
    query = _narrowed(wanted).order_by(AuditEntry.at, AuditEntry.stream, AuditEntry.seq)
    return session().scalars(query).all()


def detail_of(entry: AuditEntry) -> dict[str, Any]:
    """Return the entry's detail without the digests of rows."""
    detail: dict[str, Any] = json.loads(entry.detail)
    detail.pop("rows", None)
    return detail


def count_of(actions: Sequence[str]) -> int:
    """Return how many entries of these actions there are."""
    query = select(func.count()).select_from(AuditEntry).where(AuditEntry.action.in_(actions))
    return session().scalar(query) or 0


def details_of(actions: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Return action and detail of the entries of these actions in the order of their time."""
    query = select(AuditEntry.action, AuditEntry.detail).where(AuditEntry.action.in_(actions))
    query = query.order_by(AuditEntry.at, AuditEntry.stream, AuditEntry.seq)
    return [(action, json.loads(detail)) for action, detail in session().execute(query)]


def facts_noted(kind: access_log.AccessKind) -> list[dict[str, Any]]:
    """Return the facts of all access events of a kind, as they are committed at this moment."""
    query = select(AccessEvent.facts).where(AccessEvent.kind == kind.value)
    with session().connection().engine.connect() as connection:
        return [json.loads(facts) for facts in connection.scalars(query)]


def export_lines(connection: Connection) -> Iterator[str]:
    """Return every entry as one line of JSON, the global stream first, digests in hex."""
    table = table_of(AuditEntry)
    query = select(table).order_by(table.c.stream != GLOBAL, table.c.stream, table.c.seq)
    with connection.execute(query.execution_options(yield_per=1000)) as rows:
        for row in rows.mappings():
            written = {name: row[name] for name in ENTRY_FIELDS}
            written["previous"] = bytes(row["previous"]).hex()
            written["digest"] = bytes(row["digest"]).hex()
            yield json.dumps(written, sort_keys=True)


def latest_checkpoint() -> AuditCheckpoint | None:
    """Return the head that was signed last, or nothing when none was."""
    return session().scalar(select(AuditCheckpoint).order_by(AuditCheckpoint.id.desc()).limit(1))


def access_events_on(day: dt.date) -> Sequence[AccessEvent]:
    """Return the access events of a local day in their order."""
    start, end = access_log.bounds_of(day)
    query = select(AccessEvent).where(AccessEvent.at >= start, AccessEvent.at < end)
    return session().scalars(query.order_by(AccessEvent.id)).all()
