"""Rows of the bank: item versions, reviews, enemies, numbers, law collections, blueprints."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from exam_app.bank.terms import ItemState, ReviewVerdict
from exam_app.core.db import Row, enum_type


class ItemRow(Row):
    """One version of an item (试题); an approved version never changes its content."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("authority_id", "code", "version"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> author_id", name="four_eyes"),
        CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approval"),
        CheckConstraint("state <> 'approved' OR approved_by_id IS NOT NULL", name="reviewed"),
    )
    __protected__ = True
    __unprotected_columns__ = frozenset({"uses", "last_used_on"})

    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    item_type: Mapped[str] = mapped_column(String(20))
    topic: Mapped[str] = mapped_column(String(20), index=True)
    law: Mapped[str] = mapped_column(String(80))
    article: Mapped[str] = mapped_column(String(40))
    set_code: Mapped[str | None] = mapped_column(String(40), comment="the case it belongs to")
    content: Mapped[dict[str, Any]] = mapped_column(
        comment="question_bank.Item as plain values: stem, options, key, quote, rationale …"
    )
    content_digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[ItemState] = mapped_column(enum_type(ItemState), default=ItemState.DRAFT)
    uses: Mapped[int] = mapped_column(default=0, comment="papers opened that held it")
    last_used_on: Mapped[dt.date | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[dt.datetime | None]
    retired_at: Mapped[dt.datetime | None]
    retired_reason: Mapped[str | None] = mapped_column(String(400))
    withheld_at: Mapped[dt.datetime | None] = mapped_column(
        comment="out of the pool since its article changed; ends with the next version"
    )
    withheld_reason: Mapped[str | None] = mapped_column(String(400))


class ItemReview(Row):
    """What a reviewer said of an item version (审题意见)."""

    __tablename__ = "item_review"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    verdict: Mapped[ReviewVerdict] = mapped_column(enum_type(ReviewVerdict))
    comment: Mapped[str] = mapped_column(String(800))
    reviewed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    reviewed_at: Mapped[dt.datetime]


class ItemEnemy(Row):
    """Two items of which one answers the other: never in one paper (互斥试题)."""

    __tablename__ = "item_enemy"
    __table_args__ = (
        UniqueConstraint("authority_id", "first_code", "second_code"),
        CheckConstraint("first_code < second_code", name="order"),
        CheckConstraint("(lifted_by_id IS NULL) = (lifted_at IS NULL)", name="lifting"),
        CheckConstraint("lifted_by_id IS NULL OR lifted_by_id <> noted_by_id", name="four_eyes"),
    )
    __protected__ = True

    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    first_code: Mapped[str] = mapped_column(String(40))
    second_code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(400))
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    noted_at: Mapped[dt.datetime]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    lifted_at: Mapped[dt.datetime | None]


class ItemStatistic(Row):
    """What the candidates of one sitting did with one item version; sums, so that they add up."""

    __tablename__ = "item_statistic"
    __table_args__ = (UniqueConstraint("item_id", "sitting_id"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    counts: Mapped[dict[str, Any]] = mapped_column(comment="question_bank.analysis.ItemCounts")
    recorded_at: Mapped[dt.datetime]


class LawCollection(Row):
    """A collection of law articles items are checked against; the newest is the one in use."""

    __tablename__ = "law_collection"
    __protected__ = True

    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), comment="of the file, kept in the file store")
    articles: Mapped[int]
    changed: Mapped[int] = mapped_column(comment="articles that differ from the one before")
    withheld: Mapped[int] = mapped_column(comment="items that left the pool")
    reason: Mapped[str] = mapped_column(String(400))
    imported_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    imported_at: Mapped[dt.datetime]


class BlueprintRow(Row):
    """A blueprint (双向细目表) for one industry and category; approved by another person."""

    __tablename__ = "blueprint"
    __table_args__ = (
        UniqueConstraint("authority_id", "code", "version"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> author_id", name="four_eyes"),
        CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approval"),
        CheckConstraint("overlap_max >= 0", name="overlap"),
    )
    __protected__ = True

    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(120))
    industry: Mapped[str] = mapped_column(String(40))
    category: Mapped[str] = mapped_column(String(40))
    cells: Mapped[list[Any]] = mapped_column(comment="[{topic, item_type, count, marks}]")
    overlap_max: Mapped[int] = mapped_column(
        default=0,
        comment="items at most in common with any one earlier paper of another class",
    )
    rules: Mapped[dict[str, Any] | None] = mapped_column(
        comment="question_bank.PaperRules; empty: cells alone"
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[dt.datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[dt.datetime | None]
