"""The trail's tables: entries, heads of streams, signed heads and the access log."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from sqlalchemy import BigInteger, Index, LargeBinary, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from exam_app.core.db import BigId, Model, Row

GLOBAL = "global"


def table_of(kind: type[Model]) -> Table:
    """Return the mapped class's table, for statements beside the unit of work."""
    return cast(Table, kind.__table__)


def stream_of(sitting_id: int) -> str:
    """Return the name of a sitting's own stream."""
    return f"sitting:{sitting_id}"


class AuditEntry(Model):
    """One thing that was done (痕迹); never changed, never deleted.

    Ids are plain numbers without foreign keys: an entry outlives what it speaks of.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject_type", "subject_id"),
        Index("ix_audit_entry_at", "at"),
    )

    stream: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, comment="from 0, without gaps"
    )
    at: Mapped[str] = mapped_column(String(32), comment="UTC, ISO 8601 with microseconds")
    action: Mapped[str] = mapped_column(String(60), index=True)
    account_id: Mapped[int | None] = mapped_column(BigId, index=True)
    person_id: Mapped[int | None] = mapped_column(BigId)
    organisation_id: Mapped[int | None] = mapped_column(BigId)
    side: Mapped[str] = mapped_column(String(20))
    class_id: Mapped[int | None] = mapped_column(BigId, index=True)
    sitting_id: Mapped[int | None] = mapped_column(BigId, index=True)
    subject_type: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(String(60))
    detail: Mapped[str] = mapped_column(Text, comment="canonical JSON")
    previous: Mapped[bytes] = mapped_column(LargeBinary(32), comment="digest of the entry before")
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), comment="SHA-256, RFC 9162 leaf")


class AuditHead(Model):
    """The end of one stream: its size, last digest and Merkle frontier."""

    __tablename__ = "audit_head"

    stream: Mapped[str] = mapped_column(String(40), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, comment="number of entries")
    last: Mapped[bytes] = mapped_column(LargeBinary(32), comment="digest of the last entry")
    frontier: Mapped[bytes] = mapped_column(
        LargeBinary, comment="roots of the perfect subtrees, large to small, 32 bytes each"
    )
    closed_at: Mapped[str | None] = mapped_column(String(32), comment="as audit_entry.at")


class AuditCheckpoint(Row):
    """A signed head (签名树头) as it was handed to the witness."""

    __tablename__ = "audit_checkpoint"
    __protected__ = True

    at: Mapped[dt.datetime]
    note: Mapped[str] = mapped_column(Text, comment="C2SP checkpoint with Ed25519 signature")
    covers: Mapped[list[Any]] = mapped_column(comment="[[stream, size], …]")


class AccessEvent(Row):
    """A sign-in, a refusal or a look-up (访问记录); never changed, never deleted."""

    __tablename__ = "access_event"

    at: Mapped[dt.datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int | None] = mapped_column(BigId, index=True)
    permission: Mapped[str | None] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(60), comment="ok, or the code of the refusal")
    endpoint: Mapped[str] = mapped_column(String(80))
    facts: Mapped[str] = mapped_column(Text, comment="canonical JSON, no names, no ID numbers")
