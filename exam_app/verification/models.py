"""Rows of verification: batches and what came of each row, tokens, addresses and messages."""

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
from sqlalchemy.orm import Mapped, mapped_column

from exam_app.core.db import Row, enum_type
from exam_app.verification.terms import DeliveryState, Outcome, Way


class VerificationBatch(Row):
    """A file of certificates an organisation had verified (批量查验)."""

    __tablename__ = "verification_batch"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"))
    asked_at: Mapped[dt.datetime]
    purpose: Mapped[str] = mapped_column(String(200))
    filename: Mapped[str] = mapped_column(String(200), comment="ID numbers masked")
    sha256: Mapped[str] = mapped_column(String(64), comment="of the file, held until it is removed")
    counts: Mapped[dict[str, Any] | None] = mapped_column(comment="outcome → rows")
    finished_at: Mapped[dt.datetime | None]
    file_removed_at: Mapped[dt.datetime | None]
    rows_removed_at: Mapped[dt.datetime | None]


class VerificationRow(Row):
    """One certificate of a batch and what was found."""

    __tablename__ = "verification_row"
    __table_args__ = (UniqueConstraint("batch_id", "place"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("verification_batch.id"))
    place: Mapped[int] = mapped_column(comment="from 1, in the order of the file")
    source: Mapped[str] = mapped_column(String(300), comment="row, or file and page")
    way: Mapped[Way] = mapped_column(enum_type(Way))
    number: Mapped[str] = mapped_column(String(40), comment="as asked; ID numbers masked")
    name: Mapped[str] = mapped_column(String(60), comment="as asked; ID numbers masked")
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome))
    reasons: Mapped[list[Any]]
    stated: Mapped[dict[str, Any] | None] = mapped_column(comment="signed fields that are shown")


class LookUpUse(Row):
    """How many rows of an organisation matched nothing on one day."""

    __tablename__ = "look_up_use"
    __table_args__ = (UniqueConstraint("organisation_id", "on_day"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    on_day: Mapped[dt.date]
    missed: Mapped[int] = mapped_column(default=0)


class ApiToken(Row):
    """A key to the interface (接口令牌); of the token itself only its hash is kept."""

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint("(revoked_by_id IS NULL) = (revoked_at IS NULL)", name="revocation"),
        CheckConstraint("expires_at > created_at", name="dates"),
    )
    __protected__ = True
    __unprotected_columns__ = frozenset({"last_used_at"})

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    label: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[list[Any]]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True, comment="SHA-256")
    tail: Mapped[str] = mapped_column(String(4), comment="last four characters, to know it again")
    created_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    revoked_at: Mapped[dt.datetime | None]


class ApiAnswer(Row):
    """The answer to a call that carried an Idempotency-Key, kept for a day."""

    __tablename__ = "api_answer"
    __table_args__ = (UniqueConstraint("token_id", "key"),)

    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"))
    key: Mapped[str] = mapped_column(String(80))
    asked: Mapped[bytes] = mapped_column(LargeBinary(32), comment="SHA-256 of the call's body")
    answer: Mapped[bytes] = mapped_column(LargeBinary, comment="encrypted JSON")
    made_at: Mapped[dt.datetime] = mapped_column(index=True)


class Webhook(Row):
    """The address an organisation has changes of its people's certificates sent to (变更推送)."""

    __tablename__ = "webhook"
    __table_args__ = (
        Index(
            "uq_webhook_standing",
            "organisation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("(ended_by_id IS NULL) = (ended_at IS NULL)", name="ending"),
    )
    __protected__ = True

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    url: Mapped[str] = mapped_column(String(400))
    secret: Mapped[bytes] = mapped_column(LargeBinary, comment="AES-256-GCM, core.crypto")
    purpose: Mapped[str] = mapped_column(String(200))
    set_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[dt.datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[dt.datetime | None]


class WebhookDelivery(Row):
    """One message to an organisation's address: what it says, and how its tries went."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (finished_at IS NULL)", name="finish"),
    )

    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"), index=True)
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    event_id: Mapped[str] = mapped_column(String(32), unique=True)
    event: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(String(2000), comment="JSON as it is sent and signed")
    state: Mapped[DeliveryState] = mapped_column(
        enum_type(DeliveryState), default=DeliveryState.WAITING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    status: Mapped[int | None] = mapped_column(comment="HTTP status of the last try")
    problem: Mapped[str | None] = mapped_column(String(40), comment="code of the last failure")
    made_at: Mapped[dt.datetime]
    tried_at: Mapped[dt.datetime | None]
    next_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
