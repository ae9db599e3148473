"""Rows of marking: marks, results, regrades."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_app.core.db import Row, enum_type
from exam_app.marking.terms import Outcome, RegradeState, ResultState
from exam_app.sittings.models import Entry


class Mark(Row):
    """The marks of one answer (得分); a newer version follows, the old one stays."""

    __tablename__ = "mark"
    __table_args__ = (
        UniqueConstraint("attempt_id", "question", "version"),
        CheckConstraint("version = 1 OR regrade_id IS NOT NULL", name="change_has_reason"),
    )
    __protected__ = True

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    regrade_id: Mapped[int | None] = mapped_column(ForeignKey("regrade.id"))
    question: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    marks: Mapped[Decimal]
    full_marks: Mapped[Decimal]
    marked_at: Mapped[dt.datetime]


class Result(Row):
    """The outcome of one entry (成绩): marked, confirmed by another, released by a third."""

    __tablename__ = "result"
    __table_args__ = (
        CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> marked_by_id", name="four_eyes"
        ),
        CheckConstraint(
            "released_by_id IS NULL OR released_by_id <> marked_by_id", name="other_releases"
        ),
        CheckConstraint(
            "released_by_id IS NULL OR released_by_id <> confirmed_by_id", name="third_releases"
        ),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmation"),
        CheckConstraint("(released_by_id IS NULL) = (released_at IS NULL)", name="release"),
        CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="released_state"),
        CheckConstraint("state = 'marked' OR confirmed_at IS NOT NULL", name="confirmed_state"),
    )
    __protected__ = True

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), unique=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"), unique=True)
    total: Mapped[Decimal | None] = mapped_column(comment="marks; none when nothing was sat")
    full_marks: Mapped[int | None]
    pass_mark: Mapped[Decimal | None] = mapped_column(comment="of full_marks, by the class policy")
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome))
    state: Mapped[ResultState] = mapped_column(enum_type(ResultState), default=ResultState.MARKED)
    marked_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    marked_at: Mapped[dt.datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    confirmed_at: Mapped[dt.datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    released_at: Mapped[dt.datetime | None]

    entry: Mapped[Entry] = relationship(lazy="joined")


class Regrade(Row):
    """A wrong key put right (更正答案) for one question of one paper, by two persons."""

    __tablename__ = "regrade"
    __table_args__ = (
        CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="four_eyes"
        ),
        CheckConstraint("(decided_by_id IS NULL) = (decided_at IS NULL)", name="decision"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_state"),
    )
    __protected__ = True

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    question: Mapped[int]
    new_key: Mapped[str] = mapped_column(String(20), comment="letters on the paper, or 'ALL'")
    reason: Mapped[str] = mapped_column(String(800))
    effect: Mapped[list[Any]] = mapped_column(
        comment="[{result_id, before, after, outcome_before, outcome_after}] shown first"
    )
    state: Mapped[RegradeState] = mapped_column(
        enum_type(RegradeState), default=RegradeState.PROPOSED
    )
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[dt.datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[dt.datetime | None]


class LookUpCounter(Row):
    """Public look-ups of one subject (ticket, or address), shared by all workers (查询计数)."""

    __tablename__ = "look_up_counter"

    subject: Mapped[str] = mapped_column(String(64), unique=True, comment="keyed hash")
    count: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[dt.datetime]
