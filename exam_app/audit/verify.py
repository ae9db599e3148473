"""Checking the trail against itself, against signed heads and against the protected rows."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from exam_app.audit import access_log, canonical, checkpoint, history, ledger, merkle
from exam_app.audit.actions import Action
from exam_app.audit.findings import Finding
from exam_app.audit.ledger import NOTHING
from exam_app.audit.models import GLOBAL, AuditCheckpoint, AuditEntry, AuditHead, table_of
from exam_app.core.db import Model
from exam_app.core.errors import BadInput

BATCH = 2000
TOLERANCE = dt.timedelta(seconds=5)
MOST_MOVED = 50
# What reading a value raises when somebody put something else in its place.
_UNREADABLE = (ArithmeticError, LookupError, TypeError, ValueError, SQLAlchemyError)
_ENTRY = table_of(AuditEntry)
_HEAD = table_of(AuditHead)


@dataclass(frozen=True)
class _Logged:
    """The state of a protected row as an entry left it; no digest: deleted."""

    stream: str
    seq: int
    at: str
    digest: bytes


@dataclass
class _Stream:
    """What reading one stream to its end gave."""

    name: str
    size: int = 0
    last: bytes | None = NOTHING
    frontier: list[bytes] = field(default_factory=list)
    at: str = ""
    wanted: set[int] = field(default_factory=set)
    roots: dict[int, bytes] = field(default_factory=dict)
    broken: bool = False

    def take(self, digest: bytes) -> None:
        """Add an entry's digest; keep the root where a signed head asks for it."""
        if not self.broken:
            merkle.append(self.frontier, self.size, digest)
        self.last = digest
        self.size += 1
        if self.size in self.wanted and not self.broken:
            self.roots[self.size] = merkle.root(self.frontier)


@dataclass
class _Check:
    """One run over the whole trail."""

    connection: Connection
    findings: list[Finding] = field(default_factory=list)
    streams: dict[str, _Stream] = field(default_factory=dict)
    latest: dict[tuple[str, int], list[_Logged]] = field(default_factory=dict)
    boundaries: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    days: list[tuple[int, str, Mapping[str, Any]]] = field(default_factory=list)
    protected: frozenset[str] = frozenset()
    doubts: list[history.Doubt] = field(default_factory=list)
    moved: int = 0

    def add(self, code: str, stream: str = "", seq: int | None = None, **where: Any) -> None:
        """Note a finding."""
        self.findings.append(Finding(code, stream, seq, **where))


def verify(
    database: Engine | Connection,
    *,
    public_key: checkpoint.PublicKey | None = None,
    notes: Sequence[str] = (),
    protected: Sequence[type[Model]] | None = None,
) -> list[Finding]:
    """Return what is wrong with the trail, the spot named; empty: nothing is.

    Args:
        public_key: checks the signed heads kept in the database and those in ``notes``.
        notes: signed heads that a witness kept.
        protected: the classes to hold against the trail, all protected ones by default.
    """
    kinds = canonical.protected_kinds() if protected is None else list(protected)
    with _snapshot(database) as connection:
        check = _Check(connection, protected=frozenset(kind.__tablename__ for kind in kinds))
        heads = _read_heads(check)
        signed = _read_notes(check, public_key, notes)
        for stream in sorted({*heads, *signed, *_named_streams(connection)}):
            _read_stream(check, stream, {size for size, _, _ in signed.get(stream, ())})
        _compare_heads(check, heads)
        _compare_boundaries(check, heads)
        _compare_notes(check, signed)
        for doubt in history.unfounded(connection, check.doubts):
            where = {"table": doubt.table, "row_id": doubt.row_id}
            check.add("row-changed-before", doubt.stream, doubt.seq, **where)
        for kind in kinds:
            _compare_rows(check, kind)
        _compare_days(check)
    return check.findings


@contextmanager
def _snapshot(database: Engine | Connection) -> Iterator[Connection]:
    """Give a connection that sees one state of the database throughout."""
    if isinstance(database, Connection):
        yield database
        return
    with database.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def _named_streams(connection: Connection) -> Iterator[str]:
    for (stream,) in connection.execute(select(_ENTRY.c.stream).distinct()):
        yield stream


def _read_heads(check: _Check) -> dict[str, ledger.Head]:
    heads = {}
    for row in check.connection.execute(select(_HEAD)).all():
        try:
            heads[row.stream] = ledger.read_head(row)
        except _UNREADABLE:
            check.add("head-unreadable", row.stream)
    return heads


def _read_notes(
    check: _Check, key: checkpoint.PublicKey | None, notes: Sequence[str]
) -> dict[str, set[tuple[int, bytes, str]]]:
    """Return what signed heads say of each stream: size, root, where the head was kept."""
    wanted: dict[str, set[tuple[int, bytes, str]]] = {}
    if key is None:
        return wanted
    table = table_of(AuditCheckpoint)
    kept = check.connection.execute(select(table.c.id, table.c.note).order_by(table.c.id))
    sources = [(f"audit_checkpoint {row.id}", row.note) for row in kept]
    sources += [(f"heads {number}", note) for number, note in enumerate(notes, 1)]
    for source, text in sources:
        try:
            note = checkpoint.read_note(text, key)
        except BadInput as problem:
            check.add(problem.code, found=source)
            continue
        for head in note.streams:
            wanted.setdefault(head.stream, set()).add((head.size, head.root, source))
    return wanted


def _read_stream(check: _Check, name: str, wanted: set[int]) -> None:
    stream = check.streams[name] = _Stream(name, wanted=wanted)
    if 0 in wanted:
        stream.roots[0] = merkle.EMPTY
    query = select(_ENTRY).where(_ENTRY.c.stream == name).order_by(_ENTRY.c.seq)
    with check.connection.execute(query.execution_options(yield_per=BATCH)) as rows:
        for row in rows.mappings():
            try:
                _read_entry(check, stream, dict(row))
            except (TypeError, ValueError):
                check.add("entry-unreadable", name, row["seq"])
                stream.last, stream.size, stream.broken = None, row["seq"] + 1, True
            _read_detail(check, name, dict(row))


def _read_entry(check: _Check, stream: _Stream, row: Mapping[str, Any]) -> None:
    seq, previous, digest = row["seq"], bytes(row["previous"]), bytes(row["digest"])
    found = len(check.findings)
    if seq != stream.size:
        last_missing = seq - 1
        check.add("entry-missing", stream.name, stream.size, expected=str(last_missing))
        stream.size = seq
    elif stream.last not in (None, previous):
        check.add("chain-broken", stream.name, seq)
    if canonical.entry_digest(row, previous) != digest:
        check.add(*_changed_or_moved(check, row, previous, digest))
    if stream.at and _goes_back(stream.at, row["at"]):
        check.add("time-backwards", stream.name, seq, expected=stream.at, found=row["at"])
    stream.at = row["at"]
    stream.broken = stream.broken or len(check.findings) > found
    stream.take(digest)


def _goes_back(before: str, after: str) -> bool:
    try:
        return canonical.read_moment(after) < canonical.read_moment(before) - TOLERANCE
    except (ValueError, TypeError):
        return True


def _changed_or_moved(
    check: _Check, row: Mapping[str, Any], previous: bytes, digest: bytes
) -> tuple[str, str, int]:
    """Tell an entry that was put in another's place from one whose content was changed."""
    stream, seq = row["stream"], row["seq"]
    check.moved += 1
    if check.moved <= MOST_MOVED:
        query = select(_ENTRY.c.stream, _ENTRY.c.seq).where(_ENTRY.c.digest == previous)
        places = [tuple(place) for place in check.connection.execute(query)]
        if previous == NOTHING:
            places.append((stream, -1))
        for _, before in places:
            if canonical.entry_digest({**row, "seq": before + 1}, previous) == digest:
                return "entry-moved", stream, seq
    return "entry-changed", stream, seq


def _read_detail(check: _Check, stream: str, row: Mapping[str, Any]) -> None:
    """Take from an entry what it says of rows, streams and days."""
    try:
        detail = json.loads(row["detail"])
        for table, row_id, digest, _, *before in detail.get("rows", ()):
            if table in check.protected:
                logged = _Logged(stream, row["seq"], row["at"], bytes.fromhex(digest))
                states = check.latest.setdefault((table, row_id), [])
                own = [state.digest.hex() for state in states if state.stream == stream]
                if before and before != own:
                    spot = (stream, row["seq"], row["at"])
                    check.doubts.append(history.Doubt(table, row_id, *spot, before[0]))
                _keep_latest(states, logged)
        if stream == GLOBAL and row["action"] in (Action.STREAM_OPENED, Action.STREAM_CLOSED):
            known = check.boundaries.setdefault(detail["stream"], {})
            known[row["action"]] = {**detail, "seq": row["seq"]}
        if row["action"] == Action.ACCESS_DIGESTED:
            check.days.append((row["seq"], row["subject_id"], detail))
    except (ValueError, TypeError, KeyError, AttributeError):
        check.add("entry-unreadable", stream, row["seq"])


def _keep_latest(states: list[_Logged], logged: _Logged) -> None:
    """Keep the last state in each stream; a later moment in any stream outdates the others."""
    states[:] = [
        state for state in states if state.stream != logged.stream and state.at >= logged.at
    ]
    if all(state.at <= logged.at for state in states):
        states.append(logged)


def _compare_heads(check: _Check, heads: Mapping[str, ledger.Head]) -> None:
    for name, stream in check.streams.items():
        head = heads.get(name)
        if head is None:
            if stream.size:
                check.add("head-missing", name)
            continue
        if head.size > stream.size:
            check.add("truncated", name, stream.size, expected=str(head.size), found="audit_head")
        elif not stream.broken and (head.size, head.last, head.frontier) != (
            stream.size,
            stream.last,
            stream.frontier,
        ):
            check.add("head-differs", name, stream.size, expected=str(head.size))


def _compare_boundaries(check: _Check, heads: Mapping[str, ledger.Head]) -> None:
    """Hold each sitting's stream against what the global one says of it."""
    for name, known in check.boundaries.items():
        stream = check.streams.get(name)
        closed = known.get(Action.STREAM_CLOSED)
        where = (closed or known[Action.STREAM_OPENED])["seq"]
        if stream is None or name not in heads:
            check.add("stream-missing", GLOBAL, where, found=name)
            continue
        is_closed = heads[name].closed_at is not None
        ended = (stream.size, merkle.root(stream.frontier).hex())
        told = ended if closed is None or stream.broken else (closed["size"], closed["root"])
        if told != ended or is_closed is (closed is None):
            check.add("stream-differs", GLOBAL, where, found=name)
    for name in check.streams.keys() - check.boundaries.keys() - {GLOBAL}:
        check.add("stream-unknown", name)


def _compare_notes(check: _Check, signed: Mapping[str, Iterable[tuple[int, bytes, str]]]) -> None:
    for name, heads in signed.items():
        stream = check.streams[name]
        for size, root, source in sorted(heads):
            if size > stream.size:
                check.add("truncated", name, stream.size, expected=str(size), found=source)
            elif not stream.broken and stream.roots.get(size) != root:
                check.add("head-contradicted", name, size, found=source)


def _compare_rows(check: _Check, kind: type[Model]) -> None:
    """Hold the rows of one protected table against their last entries."""
    table = kind.__tablename__
    seen: set[int] = set()
    for row_id, digest in _current_rows(check, kind):
        seen.add(row_id)
        states = check.latest.get((table, row_id), [])
        if not any(state.digest for state in states):
            check.add("row-without-log", table=table, row_id=row_id)
        elif digest not in {state.digest for state in states}:
            last = states[-1]
            check.add("row-differs", last.stream, last.seq, table=table, row_id=row_id)
    for (name, row_id), states in check.latest.items():
        last = states[-1]
        if name == table and row_id not in seen and all(state.digest for state in states):
            check.add("row-missing", last.stream, last.seq, table=table, row_id=row_id)


def _current_rows(check: _Check, kind: type[Model]) -> Iterator[tuple[int, bytes]]:
    """Return id and digest of all rows; one that cannot be read has an empty digest."""
    key = table_of(kind).c.id
    reached = None
    while True:
        query = select(key).order_by(key).limit(canonical.BATCH)
        query = query if reached is None else query.where(key > reached)
        ids = list(check.connection.scalars(query))
        if not ids:
            return
        reached = ids[-1]
        try:
            yield from list(canonical.row_digests(check.connection, kind, ids))
        except _UNREADABLE:
            yield from _one_by_one(check.connection, kind, ids)


def _one_by_one(
    connection: Connection, kind: type[Model], ids: Sequence[int]
) -> Iterator[tuple[int, bytes]]:
    for row_id in ids:
        try:
            yield from list(canonical.row_digests(connection, kind, [row_id]))
        except _UNREADABLE:
            yield row_id, b""


def _compare_days(check: _Check) -> None:
    for seq, day, detail in check.days:
        try:
            same = access_log.digest_of(check.connection, dt.date.fromisoformat(day)) == (
                detail["count"],
                detail["digest"],
            )
        except (ValueError, KeyError):
            same = False
        if not same:
            check.add("access-differs", GLOBAL, seq, found=day)
