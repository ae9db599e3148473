"""Rows of credits: an append-only ledger of hours."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from exam_app.core.db import Row, enum_type
from exam_app.credits.terms import CreditKind, CreditTarget

FIRST = text("reverses_id IS NULL AND follows_id IS NULL")


class CreditEntry(Row):
    """Hours credited once for one class (学时入账); a correction is a reversing entry.

    The entries of a person and class are one chain: the first grant, its reversal, the grant that
    follows that reversal …; the indexes let it have no branch.
    """

    __tablename__ = "credit_entry"
    __table_args__ = (
        Index(
            "uq_credit_entry_once",
            "person_id",
            "class_id",
            "target",
            unique=True,
            sqlite_where=FIRST,
            postgresql_where=FIRST,
        ),
        Index("uq_credit_entry_follows_id", "follows_id", unique=True),
        CheckConstraint("(reverses_id IS NULL) = (hours_tenths > 0)", name="sign"),
        CheckConstraint("follows_id IS NULL OR reverses_id IS NULL", name="chain"),
    )
    __protected__ = True

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("credit_entry.id"), unique=True)
    follows_id: Mapped[int | None] = mapped_column(
        ForeignKey("credit_entry.id"), comment="the reversal before this grant"
    )
    kind: Mapped[CreditKind] = mapped_column(enum_type(CreditKind))
    target: Mapped[CreditTarget] = mapped_column(enum_type(CreditTarget))
    year: Mapped[int] = mapped_column(comment="the requirement's year")
    hours_tenths: Mapped[int] = mapped_column(comment="hours × 10; negative when reversing")
    clause: Mapped[str] = mapped_column(String(200), comment="notice, clause and quoted words")
    reason: Mapped[str | None] = mapped_column(String(400))
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    granted_at: Mapped[dt.datetime]

    @property
    def hours(self) -> Decimal:
        """Hours, negative when the entry reverses another."""
        return Decimal(self.hours_tenths) / 10
