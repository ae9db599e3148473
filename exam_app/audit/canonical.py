"""The one way a value is written before it is hashed, the same on both databases."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Select, bindparam, select
from sqlalchemy import inspect as mapping_of
from sqlalchemy.engine import Connection

from exam_app.audit import merkle
from exam_app.audit.models import table_of
from exam_app.core.db import Model, metadata

ENTRY_FIELDS = (
    "stream",
    "seq",
    "at",
    "action",
    "account_id",
    "person_id",
    "organisation_id",
    "side",
    "class_id",
    "sitting_id",
    "subject_type",
    "subject_id",
    "detail",
)
BATCH = 500


def _plain_text(value: str) -> str:
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return moment(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("not a number")
        short = format(value.normalize(), "f")
        return "0" if short == "-0" else short
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    raise TypeError(f"{type(value).__name__} has no canonical form")


def plain(value: Any) -> Any:
    """Return the value in the types of JSON: numbers exact, moments in UTC, bytes in hex.

    Raises: TypeError: the value has no canonical form.
    """
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _plain_text(value)
    if isinstance(value, Mapping):
        return {_plain_text(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | memoryview):
        return [plain(item) for item in value]
    return _plain_scalar(value)


def text(value: Any) -> str:
    """Return the canonical JSON of the value: keys sorted, no spaces, no NaN."""
    return json.dumps(
        plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def moment(at: dt.datetime) -> str:
    """Return the moment as the trail writes it: UTC with microseconds."""
    written = at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return written + "Z"


def read_moment(written: str) -> dt.datetime:
    """Return the moment that ``moment`` wrote. Raises: ValueError: it is not one."""
    return dt.datetime.fromisoformat(written)


def entry_digest(entry: Mapping[str, Any], previous: bytes) -> bytes:
    """Return the digest of an entry that follows the entry with the digest ``previous``."""
    core = [entry[name] for name in ENTRY_FIELDS]
    return merkle.leaf_hash(text([*core, previous]).encode())


def protected_columns(kind: type[Model]) -> list[Column[Any]]:
    """Return the columns of a protected table that its row digest covers."""
    left_out: frozenset[str] = getattr(kind, "__unprotected_columns__", frozenset())
    return [column for column in table_of(kind).columns if column.name not in left_out]


def row_digest(kind: type[Model], values: Mapping[str, Any]) -> bytes:
    """Return the digest of one row: column name → value as the database returns it.

    Empty columns are left out, so a new column that may be empty changes no digest.
    """
    filled = {name: value for name, value in values.items() if value is not None}
    return hashlib.sha256(text([kind.__tablename__, filled]).encode()).digest()


def row_digests(
    connection: Connection, kind: type[Model], ids: Sequence[int]
) -> Iterator[tuple[int, bytes]]:
    """Return id and digest of the rows of these ids that are there, read in batches."""
    names, query = _reading(kind)
    for start in range(0, len(ids), BATCH):
        for row in connection.execute(query, {"ids": ids[start : start + BATCH]}):
            yield row[0], row_digest(kind, dict(zip(names, row[1:], strict=True)))


@functools.cache
def _reading(kind: type[Model]) -> tuple[list[str], Select[Any]]:
    """Return the names of the protected columns, and the query of id and of them by ``ids``."""
    columns, key = protected_columns(kind), table_of(kind).c.id
    query = select(key.label("row_key"), *columns).where(key.in_(bindparam("ids", expanding=True)))
    return [column.name for column in columns], query


def protected_kinds() -> list[type[Model]]:
    """Return the application's classes whose rows the trail vouches for, by table name."""
    found: list[type[Model]] = []
    for mapper in Model.registry.mappers:
        kind: type[Model] = mapper.class_
        if kind.__protected__ and table_of(kind).metadata is metadata:
            keys = [column.name for column in mapping_of(kind).primary_key]
            if keys != ["id"]:
                raise TypeError(f"{kind.__name__}: a protected row has one key, id")
            found.append(kind)
    return sorted(found, key=lambda kind: kind.__tablename__)
