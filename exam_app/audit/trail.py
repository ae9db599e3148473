"""The trail: ``record`` says what a service did; the entry is written as the change commits."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy import inspect as state_of
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, SessionTransaction, object_session

from exam_app.audit import canonical, ledger
from exam_app.audit.actions import Action
from exam_app.core.db import Model, Row, session
from exam_app.core.errors import BadInput

_LOG = "trail"
_BEFORE = "trail_before"
_MARKS = "trail_savepoints"
# An identity number (18 places) of somebody born from 1900 to 2015: numbers of tickets and
# certificates carry a year after that.
_ID_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19\d\d|200\d|201[0-5])"
    r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])",
    re.ASCII,
)


class Acting(Protocol):
    """Who does it: what the trail reads of an actor."""

    @property
    def account_id(self) -> int | None:
        """The account that is signed in."""

    @property
    def person_id(self) -> int | None:
        """The natural person behind the account."""

    @property
    def organisation_id(self) -> int | None:
        """The organisation the person acts for."""

    @property
    def side(self) -> str:
        """The side of the wall."""


@dataclass(frozen=True)
class SystemActor:
    """The system itself: scheduled work, with no account behind it."""

    account_id: None = None
    person_id: None = None
    organisation_id: None = None
    side: str = "oversight"


SYSTEM = SystemActor()


class UnrecordedChange(RuntimeError):
    """A protected row was changed and no ``record`` came after it: the commit is refused."""

    def __init__(self, tables: list[str]) -> None:
        self.tables = tables
        super().__init__(f"no record() after a change of {', '.join(tables)}")


class BulkChange(RuntimeError):
    """A statement would change protected rows behind the trail's back."""


@dataclass
class _Change:
    kind: type[Model]
    row_id: int
    verb: str


@dataclass
class _Entry:
    values: dict[str, Any]
    detail: dict[str, Any]
    boundary: ledger.Boundary | None = None
    changes: list[_Change] = field(default_factory=list)


_Before = dict[tuple[type[Model], int], bytes | None]


def _log(current: Session) -> list[_Change | _Entry]:
    log: list[_Change | _Entry] = current.info.setdefault(_LOG, [])
    return log


def check_no_id_number(name: str, value: Any) -> None:
    """Refuse an identity number in a value that would stay in the trail for ever.

    Raises: BadInput: ``id-number-in-trail``, with the name of the field.
    """
    if _ID_NUMBER.search(unicodedata.normalize("NFKC", canonical.text(value))):
        raise BadInput("id-number-in-trail", field=name)


def record(
    action: Action,
    actor: Acting,
    subject: Row | tuple[str, int | str],
    *,
    sitting_id: int | None = None,
    class_id: int | None = None,
    **detail: Any,
) -> None:
    """Queue the one entry for what a service did; it is written as the transaction commits.

    The entry takes over every protected row changed since the entry before it.

    Args:
        subject: the row that was acted on, or its type and id.
        sitting_id: sends the entry to the sitting's stream while that is open.
        detail: facts in the types of JSON, moments, dates and decimals; no names, no ID numbers.
    Raises: BadInput: an identity number in the detail. TypeError: a value without canonical form.
    """
    _queue(action, actor, subject, sitting_id, class_id, detail, None)


def open_stream(sitting_id: int, actor: Acting) -> None:
    """Give the sitting a stream of its own and say so in the global one.

    Raises: RuleBroken: at commit, when the sitting has or had a stream (``stream-exists``).
    """
    boundary = ledger.Boundary.OPEN
    subject = ("sitting", sitting_id)
    _queue(Action.STREAM_OPENED, actor, subject, sitting_id, None, {}, boundary)


def close_stream(sitting_id: int, actor: Acting) -> None:
    """Close the sitting's stream; its id, size and root go into the global one.

    Raises: RuleBroken: at commit, when it is not open (``stream-not-open``).
    """
    boundary = ledger.Boundary.CLOSE
    subject = ("sitting", sitting_id)
    _queue(Action.STREAM_CLOSED, actor, subject, sitting_id, None, {}, boundary)


def _queue(
    action: Action,
    actor: Acting,
    subject: Row | tuple[str, int | str],
    sitting_id: int | None,
    class_id: int | None,
    detail: dict[str, Any],
    boundary: ledger.Boundary | None,
) -> None:
    if "rows" in detail:
        raise TypeError("rows: the trail fills this in")
    for name, value in detail.items():
        check_no_id_number(name, value)
    current = session()
    current.connection()  # what is queued lives and dies with a transaction
    current.flush()
    kind, key = subject if isinstance(subject, tuple) else (subject.__tablename__, subject.id)
    values = {
        "action": Action(action).value,
        "account_id": actor.account_id,
        "person_id": actor.person_id,
        "organisation_id": actor.organisation_id,
        "side": str(actor.side),
        "class_id": class_id,
        "sitting_id": sitting_id,
        "subject_type": kind,
        "subject_id": str(key),
    }
    _log(current).append(_Entry(values, canonical.plain(detail), boundary))


def install() -> None:
    """Listen to all sessions and to all mapped rows; calling it again changes nothing."""
    for target, name, listener, options in (
        (Model, "after_insert", _inserted, {"propagate": True}),
        (Model, "before_update", _look_before, {"propagate": True}),
        (Model, "before_delete", _look_before, {"propagate": True}),
        (Model, "after_update", _updated, {"propagate": True}),
        (Model, "after_delete", _deleted, {"propagate": True}),
        (Session, "do_orm_execute", _refuse_bulk, {}),
        (Session, "after_transaction_create", _mark, {}),
        (Session, "after_transaction_end", _end, {}),
        (Session, "after_soft_rollback", _forget, {}),
        (Session, "before_commit", _write, {}),
    ):
        if not event.contains(target, name, listener):
            event.listen(target, name, listener, **options)


def _before(current: Session) -> _Before:
    found: _Before = current.info.setdefault(_BEFORE, {})
    return found


def _id_of(target: Model) -> int:
    (row_id,) = state_of(target).mapper.primary_key_from_instance(target)
    return int(row_id)


def _note_change(target: Model, verb: str) -> None:
    current = object_session(target)
    if current is not None and target.__protected__:
        _log(current).append(_Change(type(target), _id_of(target), verb))


def _look_before(mapper: Mapper[Any], connection: Connection, target: Model) -> None:
    """Keep the digest a protected row had before this transaction changed it.

    It goes into the entry: a row that somebody changed behind the trail's back is told by it,
    even after an honest change.
    """
    current = object_session(target)
    if current is None or not target.__protected__:
        return
    key = (type(target), _id_of(target))
    if key not in _before(current):
        found = dict(canonical.row_digests(connection, type(target), [key[1]]))
        _before(current)[key] = found.get(key[1])


def _inserted(mapper: Mapper[Any], connection: Connection, target: Model) -> None:
    current = object_session(target)
    if current is not None and target.__protected__:
        _before(current)[type(target), _id_of(target)] = None
    _note_change(target, "create")


def _updated(mapper: Mapper[Any], connection: Connection, target: Model) -> None:
    left_out: frozenset[str] = getattr(target, "__unprotected_columns__", frozenset())
    state = state_of(target)
    if any(
        state.attrs[attribute.key].history.has_changes()
        for attribute in mapper.column_attrs
        if attribute.columns[0].name not in left_out
    ):
        _note_change(target, "update")


def _deleted(mapper: Mapper[Any], connection: Connection, target: Model) -> None:
    _note_change(target, "delete")


def _refuse_bulk(state: ORMExecuteState) -> None:
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    statement = getattr(state.statement, "element", state.statement)
    name = getattr(getattr(statement, "table", None), "name", None)
    kinds = (mapper.class_ for mapper in Model.registry.mappers)
    if any(kind.__tablename__ == name and kind.__protected__ for kind in kinds):
        raise BulkChange(f"{name}: change protected rows one by one, through the session")


def _mark(current: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        marks = current.info.setdefault(_MARKS, WeakKeyDictionary())
        marks[transaction] = len(_log(current))


def _end(current: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        current.info.pop(_LOG, None)
        current.info.pop(_BEFORE, None)


def _forget(current: Session, previous: SessionTransaction) -> None:
    """Drop what was queued since the savepoint that was rolled back, or all of it."""
    scope: SessionTransaction | None = previous
    while scope is not None and not scope.nested:
        scope = scope.parent
    kept = 0 if scope is None else current.info[_MARKS][scope]
    del _log(current)[kept:]


def _write(current: Session) -> None:
    if current.in_nested_transaction():
        return
    current.flush()
    entries: list[_Entry] = []
    loose: list[_Change] = []
    for noted in current.info.pop(_LOG, []):
        if isinstance(noted, _Change):
            loose.append(noted)
        else:
            noted.changes, loose = loose, []
            entries.append(noted)
    if loose:
        raise UnrecordedChange(sorted({change.kind.__tablename__ for change in loose}))
    if entries:
        connection = current.connection()
        ledger.write(connection, _with_rows(connection, entries, _before(current)))


def _with_rows(
    connection: Connection, entries: list[_Entry], before: _Before
) -> list[ledger.Pending]:
    """Return the entries with the digests of their rows as the database now returns them."""
    ids: dict[type[Model], dict[int, None]] = {}
    for entry in entries:
        for change in entry.changes:
            ids.setdefault(change.kind, {})[change.row_id] = None
    digests: dict[tuple[type[Model], int], bytes] = {}
    for kind, wanted in ids.items():
        for row_id, digest in canonical.row_digests(connection, kind, list(wanted)):
            digests[kind, row_id] = digest
    return [
        ledger.Pending(entry.values, entry.detail | _rows(entry, digests, before), entry.boundary)
        for entry in entries
    ]


def _rows(
    entry: _Entry, digests: dict[tuple[type[Model], int], bytes], before: _Before
) -> dict[str, Any]:
    """Return table, id, digest and verb of each row; before the first change its digest too."""
    verbs: dict[tuple[type[Model], int], str] = {}
    for change in entry.changes:
        key = (change.kind, change.row_id)
        created = verbs.get(key) == "create" and change.verb == "update"
        verbs[key] = "create" if created else change.verb
    if not verbs:
        return {}
    return {
        "rows": [
            [kind.__tablename__, row_id, digests.get((kind, row_id), b"").hex(), verb]
            + [digest.hex() for digest in [before.pop((kind, row_id), None)] if digest]
            for (kind, row_id), verb in verbs.items()
        ]
    }
