"""Rows of certificates: the numbers, the signed records, and what two persons decided on them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_app.certificates.terms import CertificateState, ChangeKind
from exam_app.core.db import Row, enum_type
from exam_app.training.models import Enrolment


def _one(name: str, column: str, where: str) -> Index:
    """Return an index that lets one row of these stand for the column's value."""
    return Index(name, column, unique=True, sqlite_where=text(where), postgresql_where=text(where))


class CertificateSerial(Row):
    """The next serial of an authority and year; locked while a number is taken."""

    __tablename__ = "certificate_serial"
    __table_args__ = (UniqueConstraint("authority_id", "year"),)

    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)


class Certificate(Row):
    """A certificate (合格证书): intended, then signed; one stands for each enrolment."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("authority_id", "year", "serial"),
        UniqueConstraint("status_list", "status_index"),
        _one("uq_certificate_standing", "enrolment_id", "state IN ('valid', 'suspended')"),
        _one("uq_certificate_intended", "enrolment_id", "state = 'intended'"),
        _one("uq_certificate_replaces", "replaces_id", "state <> 'cancelled'"),
        CheckConstraint(
            "(state IN ('intended', 'cancelled')) = (record IS NULL)", name="signed_record"
        ),
        CheckConstraint("signed_by_id IS NULL OR signed_by_id <> prepared_by_id", name="four_eyes"),
        CheckConstraint("(signed_by_id IS NULL) = (signed_at IS NULL)", name="signature"),
    )
    __protected__ = True

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(
        ForeignKey("certificate.id"), comment="the certificate this one was issued for anew"
    )
    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    year: Mapped[int]
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    fields: Mapped[dict[str, Any]] = mapped_column(comment="what is signed, as plain values")
    state: Mapped[CertificateState] = mapped_column(
        enum_type(CertificateState), default=CertificateState.INTENDED
    )
    status_list: Mapped[int]
    status_index: Mapped[int]
    issued_on: Mapped[dt.date]
    expires_on: Mapped[dt.date]
    key_id: Mapped[str | None] = mapped_column(String(16))
    record: Mapped[bytes | None] = mapped_column(LargeBinary, comment="COSE_Sign1")
    prepared_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    prepared_at: Mapped[dt.datetime]
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    signed_at: Mapped[dt.datetime | None]

    enrolment: Mapped[Enrolment] = relationship(lazy="joined")


class TwoPersons:
    """What one person asked, with a reason, and another decided; rejected or carried out."""

    reason: Mapped[str] = mapped_column(String(400))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[dt.datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[dt.datetime | None]
    rejected: Mapped[bool | None] = mapped_column(comment="true: not carried out; empty otherwise")

    @property
    def is_open(self) -> bool:
        """Return whether it still waits for the second person."""
        return self.decided_at is None


def _two_persons() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="four_eyes"),
        CheckConstraint("(decided_by_id IS NULL) = (decided_at IS NULL)", name="decision"),
        CheckConstraint("rejected IS NULL OR decided_at IS NOT NULL", name="rejection"),
    )


class Revocation(TwoPersons, Row):
    """A certificate taken back (吊销), asked by one and decided by another."""

    __tablename__ = "revocation"
    __table_args__ = (
        _one("uq_revocation_standing", "certificate_id", "rejected IS NULL"),
        *_two_persons(),
    )
    __protected__ = True

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)


class CertificateChange(TwoPersons, Row):
    """A certificate held up, let go on or issued anew (暂停、恢复、补换发、更正)."""

    __tablename__ = "certificate_change"
    __table_args__ = (
        _one("uq_certificate_change_open", "certificate_id", "decided_at IS NULL"),
        *_two_persons(),
        CheckConstraint(
            "replacement_id IS NULL OR (kind IN ('replace', 'correct') "
            "AND decided_at IS NOT NULL AND rejected IS NULL)",
            name="replacement",
        ),
    )
    __protected__ = True

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(enum_type(ChangeKind))
    replacement_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"), unique=True)


class SittingVoiding(TwoPersons, Row):
    """A whole sitting declared void (整场作废): all certificates that rest on it go with it."""

    __tablename__ = "sitting_voiding"
    __table_args__ = (
        _one("uq_sitting_voiding_standing", "sitting_id", "rejected IS NULL"),
        *_two_persons(),
    )
    __protected__ = True

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
