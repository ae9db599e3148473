"""Writing entries: heads are locked last, one by one, so that a stream has one next entry."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from exam_app.audit import canonical, merkle
from exam_app.audit.models import GLOBAL, AuditEntry, AuditHead, stream_of, table_of
from exam_app.core import clock
from exam_app.core.errors import RuleBroken

NOTHING = bytes(merkle.SIZE)
_HEAD = table_of(AuditHead)
_ENTRY = table_of(AuditEntry)
_LOCK_GLOBAL = select(_HEAD).where(_HEAD.c.stream == GLOBAL).with_for_update()
_MOVE_HEAD = update(_HEAD).where(_HEAD.c.stream == bindparam("moved"))
_ADD_ENTRIES = insert(_ENTRY)


class Boundary(enum.Enum):
    """Whether an entry opens or closes a sitting's stream."""

    OPEN = "open"
    CLOSE = "close"


@dataclass
class Pending:
    """An entry that waits for its place in a stream."""

    values: dict[str, Any]
    detail: dict[str, Any]
    boundary: Boundary | None = None


@dataclass
class Head:
    """A stream's end while this transaction holds it."""

    stream: str
    size: int = 0
    last: bytes = NOTHING
    frontier: list[bytes] = field(default_factory=list)
    closed_at: str | None = None
    is_new: bool = False
    is_changed: bool = False
    written: list[dict[str, Any]] = field(default_factory=list)

    @property
    def root(self) -> bytes:
        """The Merkle root of the stream."""
        return merkle.root(self.frontier)

    def append(self, pending: Pending, at: str) -> None:
        """Give the entry the next place."""
        values = pending.values | {
            "stream": self.stream,
            "seq": self.size,
            "at": at,
            "detail": canonical.text(pending.detail),
            "previous": self.last,
        }
        values["digest"] = canonical.entry_digest(values, self.last)
        merkle.append(self.frontier, self.size, values["digest"])
        self.last = values["digest"]
        self.size += 1
        self.is_changed = True
        self.written.append(values)


def write(connection: Connection, entries: Sequence[Pending]) -> None:
    """Append the entries, each to its stream, in the order they were recorded.

    Locks: the heads of the sittings' streams by name, the global one last of all.
    Raises: RuleBroken: a stream is opened twice or closed without being open.
    """
    sittings = {
        stream_of(entry.values["sitting_id"])
        for entry in entries
        if entry.values["sitting_id"] is not None
    }
    heads = _lock_sittings(connection, sorted(sittings))
    if any(_goes_global(entry, heads) for entry in entries):
        heads[GLOBAL] = _lock_global(connection)
    at = canonical.moment(clock.now())
    for entry in entries:
        _place(entry, heads, at)
    _store(connection, list(heads.values()))


def _goes_global(entry: Pending, heads: dict[str, Head]) -> bool:
    """Tell whether the entry may need the global stream, before it is known for sure."""
    sitting_id = entry.values["sitting_id"]
    if sitting_id is None or entry.boundary is not None:
        return True
    head = heads.get(stream_of(sitting_id))
    return head is None or head.closed_at is not None


def _place(entry: Pending, heads: dict[str, Head], at: str) -> None:
    if entry.boundary is not None:
        _cross(entry, heads, at)
        return
    sitting_id = entry.values["sitting_id"]
    own = None if sitting_id is None else heads.get(stream_of(sitting_id))
    target = heads[GLOBAL] if own is None or own.closed_at is not None else own
    target.append(entry, at)


def _cross(entry: Pending, heads: dict[str, Head], at: str) -> None:
    """Open or close the sitting's stream and write its id, size and root into the global one."""
    stream = stream_of(entry.values["sitting_id"])
    head = heads.get(stream)
    if entry.boundary is Boundary.OPEN:
        if head is not None:
            raise RuleBroken("stream-exists", stream=stream)
        head = heads[stream] = Head(stream, is_new=True)
    elif head is None or head.closed_at is not None:
        raise RuleBroken("stream-not-open", stream=stream)
    else:
        head.closed_at, head.is_changed = at, True
    detail = {"stream": stream, "size": head.size, "root": head.root.hex()}
    heads[GLOBAL].append(Pending(entry.values, entry.detail | detail), at)


def read_head(row: Any) -> Head:
    """Return a head as its row tells it. Raises: TypeError: bytes are not bytes."""
    frontier = merkle.unpack(bytes(row.frontier))
    return Head(row.stream, row.size, bytes(row.last), frontier, row.closed_at)


def _lock_sittings(connection: Connection, streams: list[str]) -> dict[str, Head]:
    if not streams:
        return {}
    query = select(_HEAD).where(_HEAD.c.stream.in_(streams)).order_by(_HEAD.c.stream)
    return {row.stream: read_head(row) for row in connection.execute(query.with_for_update())}


def _lock_global(connection: Connection) -> Head:
    row = connection.execute(_LOCK_GLOBAL).one_or_none()
    if row is None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        first = {"stream": GLOBAL, "size": 0, "last": NOTHING, "frontier": b""}
        connection.execute(dialect.insert(_HEAD).values(first).on_conflict_do_nothing())
        row = connection.execute(_LOCK_GLOBAL).one()
    return read_head(row)


def _store(connection: Connection, heads: list[Head]) -> None:
    for head in heads:
        end = {
            "size": head.size,
            "last": head.last,
            "frontier": merkle.pack(head.frontier),
            "closed_at": head.closed_at,
        }
        if head.is_new:
            connection.execute(insert(_HEAD).values(stream=head.stream, **end))
        elif head.is_changed:
            connection.execute(_MOVE_HEAD, {"moved": head.stream, **end})
        if head.written:
            connection.execute(_ADD_ENTRIES, head.written)
