"""A protected table of the tests' own, outside the application's metadata."""

from __future__ import annotations

import datetime as dt
import enum
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from exam_app.audit.models import AuditEntry
from exam_app.audit.verify import verify
from exam_app.core.db import NAMING, Row, db, enum_type, session


class State(enum.StrEnum):
    ENTERED = "entered"
    CONFIRMED = "confirmed"


class SampleMark(Row):
    """A mark with one column of every type that rows have."""

    __tablename__ = "sample_mark"
    __protected__ = True
    __unprotected_columns__ = frozenset({"seen_at"})
    metadata = sa.MetaData(naming_convention=NAMING)

    candidate: Mapped[str] = mapped_column(sa.String(40))
    marks: Mapped[Decimal]
    state: Mapped[State] = mapped_column(enum_type(State), default=State.ENTERED)
    at: Mapped[dt.datetime | None]
    day: Mapped[dt.date | None]
    is_final: Mapped[bool] = mapped_column(default=False)
    script: Mapped[bytes | None]
    facts: Mapped[dict[str, Any] | None]
    seen_at: Mapped[dt.datetime | None]


@dataclass(frozen=True)
class Person:
    """An actor as the trail reads one."""

    account_id: int | None = 7
    person_id: int | None = 8
    organisation_id: int | None = 9
    side: str = "examining"


MARKER = Person()
GUARDED = ("audit_entry", "audit_checkpoint", "audit_head")


def drop_triggers(connection: Connection) -> None:
    """Take the migration's triggers away, as somebody who owns the database can."""
    for table in GUARDED:
        if connection.dialect.name == "sqlite":
            for operation in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{operation}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER {table}_append_only ON {table}")


def entries(stream: str = "global") -> list[AuditEntry]:
    """Return the entries of a stream as they are committed."""
    session().rollback()
    query = sa.select(AuditEntry).where(AuditEntry.stream == stream).order_by(AuditEntry.seq)
    return list(session().scalars(query))


def rows_of(entry: AuditEntry) -> list[Any]:
    """Return what the entry says of protected rows."""
    found: list[Any] = json.loads(entry.detail).get("rows", [])
    return found


def clean() -> bool:
    """Tell whether the trail and the sample rows agree."""
    return verify(db.engine, protected=[SampleMark]) == []


def change(mark_id: int, **values: Any) -> None:
    """Set columns of one mark."""
    mark = session().get_one(SampleMark, mark_id)
    for name, value in values.items():
        setattr(mark, name, value)
