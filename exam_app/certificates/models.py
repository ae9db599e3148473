"""Rows of certificates: the numbers, the signed records, the revocations."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_app.certificates.terms import CertificateState
from exam_app.core.db import Row, enum_type
from exam_app.training.models import Enrolment


class CertificateSerial(Row):
    """The next serial of an authority and year; locked while a number is taken."""

    __tablename__ = "certificate_serial"
    __table_args__ = (UniqueConstraint("authority_id", "year"),)

    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)


class Certificate(Row):
    """A certificate (合格证书): intended, then signed; one for each enrolment."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("authority_id", "year", "serial"),
        UniqueConstraint("status_list", "status_index"),
        CheckConstraint("(state = 'intended') = (record IS NULL)", name="signed_record"),
        CheckConstraint("signed_by_id IS NULL OR signed_by_id <> prepared_by_id", name="four_eyes"),
        CheckConstraint("(signed_by_id IS NULL) = (signed_at IS NULL)", name="signature"),
    )
    __protected__ = True

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), unique=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), unique=True)
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


class Revocation(Row):
    """A certificate taken back (吊销), asked by one and decided by another."""

    __tablename__ = "revocation"
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="four_eyes"),
        CheckConstraint("(decided_by_id IS NULL) = (decided_at IS NULL)", name="decision"),
    )
    __protected__ = True

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(400))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[dt.datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[dt.datetime | None]
