"""Rows of papers: drafts until sealing, sealed copies, shares, opened copies, custody."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    and_,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_app.core.db import Row, enum_type
from exam_app.papers.terms import (
    ConsentPurpose,
    CustodyKind,
    PaperKind,
    PaperState,
    RemarkKind,
)
from exam_app.training.models import TrainingClass


class Paper(Row):
    """A paper (试卷) of one class; its content lives in draft, then sealed, then opened rows."""

    __tablename__ = "paper"
    __table_args__ = (
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> author_id", name="four_eyes"),
        CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approval"),
        CheckConstraint("(state = 'drawn') = (approved_at IS NULL)", name="approved_state"),
        CheckConstraint("(sealed_at IS NULL) = (content_digest IS NULL)", name="sealing"),
        UniqueConstraint("class_id", "kind", "draw_number"),
    )
    __protected__ = True

    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    blueprint_id: Mapped[int] = mapped_column(ForeignKey("blueprint.id"))
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[PaperKind] = mapped_column(enum_type(PaperKind))
    draw_number: Mapped[int] = mapped_column(default=1, comment="redraws are counted")
    seed_commitment: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the seed")
    bank_digest: Mapped[str] = mapped_column(String(64), comment="the pool it was drawn from")
    full_marks: Mapped[int]
    questions: Mapped[int]
    state: Mapped[PaperState] = mapped_column(enum_type(PaperState), default=PaperState.DRAWN)
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    drawn_at: Mapped[dt.datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[dt.datetime | None]
    sealed_at: Mapped[dt.datetime | None]
    content_digest: Mapped[str | None] = mapped_column(
        String(64), comment="SHA-256 of the sealed content, in the trail since sealing"
    )
    opened_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(comment="redrawn: never used")
    withdrawn_reason: Mapped[str | None] = mapped_column(String(400))

    training_class: Mapped[TrainingClass] = relationship(lazy="joined")

    @classmethod
    def unused_reserve(cls) -> ColumnElement[bool]:
        """Return the condition of a reserve that was archived unopened."""
        return and_(
            cls.kind == PaperKind.RESERVE,
            cls.state == PaperState.ARCHIVED,
            cls.opened_at.is_(None),
        )

    @classmethod
    def sat(cls) -> ColumnElement[bool]:
        """Return the condition of a paper that is secret no more: opened, or its sitting over."""
        return cls.state.in_((PaperState.OPENED, PaperState.ARCHIVED))


class PaperDraftRow(Row):
    """The content before sealing, encrypted at rest; deleted when the paper is sealed."""

    __tablename__ = "paper_draft"

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="draft and seed, encrypted")


class PaperFingerprint(Row):
    """HMAC of an item's id in a sealed paper, to count overlap without the list."""

    __tablename__ = "paper_fingerprint"
    __table_args__ = (UniqueConstraint("paper_id", "fingerprint"),)

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)


class CustodianKey(Row):
    """A custodian's key pair (保管密钥): the private half under a passphrase of their own."""

    __tablename__ = "custodian_key"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    private_key: Mapped[bytes] = mapped_column(LargeBinary, comment="AES-256-GCM under Argon2id")
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    created_at: Mapped[dt.datetime]
    retired_at: Mapped[dt.datetime | None]


class Consent(Row):
    """One custodian's consent (同意) to seal or open; the second person's act uses it."""

    __tablename__ = "consent"

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    purpose: Mapped[ConsentPurpose] = mapped_column(enum_type(ConsentPurpose))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    auth_session_id: Mapped[int | None] = mapped_column(ForeignKey("auth_session.id"))
    reason: Mapped[str | None] = mapped_column(String(400))
    detail: Mapped[dict[str, Any] | None] = mapped_column(comment="custody: kind, copies, note")
    half: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="opened share, encrypted under the running server's key; wiped on use"
    )
    given_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class SealedCopy(Row):
    """A sealed paper: ciphertext and the context bound into it."""

    __tablename__ = "sealed_copy"

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), unique=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    nonce: Mapped[bytes] = mapped_column(LargeBinary(12))
    context: Mapped[dict[str, Any]] = mapped_column(
        comment="paper, class, sitting, not_before, not_after: bound as associated data"
    )
    first_custodian_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    second_custodian_id: Mapped[int] = mapped_column(ForeignKey("account.id"))


class PaperShare(Row):
    """One custodian's half of the key for one pair of custodians of different bodies."""

    __tablename__ = "paper_share"
    __table_args__ = (
        UniqueConstraint("paper_id", "holder_id", "partner_id"),
        CheckConstraint("holder_id <> partner_id", name="two_custodians"),
    )

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    holder_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    blob: Mapped[bytes] = mapped_column(LargeBinary, comment="HPKE to the holder's key")


class ReleasedPaper(Row):
    """An opened paper, key-free, encrypted under the sitting's own key until close."""

    __tablename__ = "released_paper"

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), unique=True)
    code: Mapped[str] = mapped_column(String(40))
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="candidate view, encrypted")
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the plain candidate view")
    questions: Mapped[int]
    opened_at: Mapped[dt.datetime]


class KeyCopy(Row):
    """The answer key of an opened paper, encrypted for marking alone."""

    __tablename__ = "key_copy"

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="key, items; encrypted")


class CustodyEntry(Row):
    """A line of the custody log (流转登记), signed by two; append-only."""

    __tablename__ = "custody_entry"
    __table_args__ = (
        CheckConstraint(
            "agreed_by_id IS NULL OR agreed_by_id <> recorded_by_id", name="two_persons"
        ),
    )

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    kind: Mapped[CustodyKind] = mapped_column(enum_type(CustodyKind))
    copies: Mapped[int]
    note: Mapped[str] = mapped_column(String(400))
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    recorded_at: Mapped[dt.datetime]


class PaperRemark(Row):
    """What was said of a drawn paper before its approval (审卷意见): remark, answer, strike."""

    __tablename__ = "paper_remark"
    __table_args__ = (
        CheckConstraint("(kind = 'strike') = (fingerprint IS NOT NULL)", name="struck"),
        UniqueConstraint("paper_id", "fingerprint"),
    )
    __protected__ = True

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    kind: Mapped[RemarkKind] = mapped_column(enum_type(RemarkKind))
    text: Mapped[str] = mapped_column(String(400))
    fingerprint: Mapped[bytes | None] = mapped_column(
        LargeBinary(32), comment="of the item struck out"
    )
    made_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[dt.datetime]


class PaperDisclosure(Row):
    """A paper made public after the exam (公开种子): asked by one custodian, done by another."""

    __tablename__ = "paper_disclosure"
    __table_args__ = (
        CheckConstraint(
            "second_custodian_id IS NULL OR second_custodian_id <> first_custodian_id",
            name="two_custodians",
        ),
        CheckConstraint("(disclosed_at IS NULL) = (seed IS NULL)", name="disclosed"),
    )
    __protected__ = True
    __unprotected_columns__ = frozenset({"half"})

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), unique=True)
    first_custodian_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[dt.datetime]
    half: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="opened share, encrypted under the running server's key; wiped on use"
    )
    second_custodian_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    disclosed_at: Mapped[dt.datetime | None]
    seed: Mapped[str | None] = mapped_column(
        String(64), comment="in hex, public since it was disclosed"
    )
    items: Mapped[list[Any] | None] = mapped_column(comment="uids in paper order")
