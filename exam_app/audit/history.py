"""What the trail says of one row over all streams: was it as logged when it was changed next?"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.engine import Connection

from exam_app.audit import canonical
from exam_app.audit.models import AuditEntry, table_of

# Streams are written side by side: which of two entries came first is told by their moments alone.
AT_ONCE = dt.timedelta(seconds=5)
_ENTRY = table_of(AuditEntry)


@dataclass(frozen=True)
class Doubt:
    """A row that was not, before an entry changed it, what the entry's own stream says last."""

    table: str
    row_id: int
    stream: str
    seq: int
    at: str
    before: str


@dataclass(frozen=True)
class _State:
    stream: str
    seq: int
    at: dt.datetime
    digest: str


def unfounded(connection: Connection, doubts: Sequence[Doubt]) -> Iterator[Doubt]:
    """Yield the doubts that no other stream answers either: the row was changed unlogged."""
    if not doubts:
        return
    wanted = {(doubt.table, doubt.row_id) for doubt in doubts}
    states: dict[tuple[str, int], list[_State]] = {}
    for key, state in _states(connection, wanted):
        states.setdefault(key, []).append(state)
    for doubt in doubts:
        if doubt.before not in _possible(doubt, states.get((doubt.table, doubt.row_id), [])):
            yield doubt


def _states(
    connection: Connection, wanted: set[tuple[str, int]]
) -> Iterator[tuple[tuple[str, int], _State]]:
    columns = (_ENTRY.c.stream, _ENTRY.c.seq, _ENTRY.c.at, _ENTRY.c.detail)
    query = select(*columns).order_by(_ENTRY.c.stream, _ENTRY.c.seq)
    for stream, seq, at, detail in connection.execute(query.execution_options(yield_per=2000)):
        try:
            rows, moment = json.loads(detail).get("rows", ()), canonical.read_moment(at)
            for table, row_id, digest, *_ in rows:
                if (table, row_id) in wanted:
                    yield (table, row_id), _State(stream, seq, moment, digest)
        except (ValueError, TypeError, AttributeError):
            continue  # told where the entry itself is read


def _possible(doubt: Doubt, states: Sequence[_State]) -> set[str]:
    """Return the digests the row may have had: any of about that moment, else the last before."""
    at = canonical.read_moment(doubt.at)
    before = [
        state
        for state in states
        if (state.seq < doubt.seq if state.stream == doubt.stream else state.at <= at + AT_ONCE)
    ]
    near = [state for state in before if state.at >= at - AT_ONCE]
    if not any(state.stream == doubt.stream for state in near):
        near += sorted((each for each in before if each not in near), key=lambda each: each.at)[-1:]
    return {state.digest for state in near}
