"""Rows of attempts: one per entry that sat, its responses, the keyed scripts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_app.attempts.terms import AttemptState
from exam_app.core.db import Model, Row, enum_type
from exam_app.sittings.models import Entry


class Attempt(Row):
    """One candidate's try at one paper (一次应试)."""

    __tablename__ = "attempt"
    __table_args__ = (
        CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="submission"),
        CheckConstraint(
            "(submitted_at IS NULL) = (responses_digest IS NULL)", name="digest_at_submission"
        ),
    )
    __protected__ = True
    __unprotected_columns__ = frozenset({"epoch", "auth_session_id", "seen_at"})

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"))
    state: Mapped[AttemptState] = mapped_column(
        enum_type(AttemptState), default=AttemptState.ANSWERING
    )
    epoch: Mapped[int] = mapped_column(default=1, comment="raised when the seat changes")
    auth_session_id: Mapped[int | None] = mapped_column(
        ForeignKey("auth_session.id"), comment="the browser that answers; another takes over first"
    )
    started_at: Mapped[dt.datetime]
    deadline_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime | None]
    submitted_at: Mapped[dt.datetime | None]
    responses_digest: Mapped[str | None] = mapped_column(String(64))

    entry: Mapped[Entry] = relationship(lazy="joined")


class Response(Model):
    """The answer that stands for one question of one attempt (作答)."""

    __tablename__ = "response"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    question: Mapped[int] = mapped_column(primary_key=True, comment="1, 2, … on the paper")
    value: Mapped[str] = mapped_column(String(20), comment="letters, sorted; '' for no answer")
    seq: Mapped[int] = mapped_column(comment="client's counter: an older copy is no change")
    saved_at: Mapped[dt.datetime]


class ResponseEvent(Row):
    """Each saved change of an answer; append-only."""

    __tablename__ = "response_event"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    question: Mapped[int]
    value: Mapped[str] = mapped_column(String(20))
    seq: Mapped[int]
    saved_at: Mapped[dt.datetime]


class KeyedScript(Row):
    """One person's keyed reading of a paper script (录入); the third decides differences.

    Its answers are as on the script, and under 0 is the number of its copy where it has one.
    """

    __tablename__ = "keyed_script"
    __table_args__ = (
        UniqueConstraint("entry_id", "reading"),
        UniqueConstraint("entry_id", "keyed_by_id"),
        CheckConstraint("reading IN (1, 2, 3)", name="reading"),
    )
    __protected__ = True

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    reading: Mapped[int] = mapped_column(comment="1 and 2 independent, 3 decides differences")
    answers: Mapped[dict[str, Any]] = mapped_column(comment="question → letters")
    keyed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    keyed_at: Mapped[dt.datetime]
