"""Rows of sittings: sites, rooms, sittings, who supervises, who sits where."""

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

from exam_app.core.db import Row, enum_type
from exam_app.people.models import Organisation
from exam_app.sittings.terms import (
    EntryState,
    IncidentKind,
    InvigilationRole,
    SittingKind,
    SittingMode,
    SittingState,
)
from exam_app.training.models import Enrolment, TrainingClass


def _first(name: str, *columns: str, unless: str) -> Index:
    """Return an index that lets one row of these stand but for those that follow another."""
    where = text(f"{unless} IS NULL")
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


class Site(Row):
    """A place where exams are held (考点), kept by a county authority."""

    __tablename__ = "site"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    address: Mapped[str] = mapped_column(String(200))

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class Room(Row):
    """A room of a site (考场)."""

    __tablename__ = "room"
    __table_args__ = (
        UniqueConstraint("site_id", "name"),
        CheckConstraint("seats > 0", name="has_seats"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    seats: Mapped[int]


class Sitting(Row):
    """One exam of one class at one site (场次); a retake may follow another one of its class."""

    __tablename__ = "sitting"
    __table_args__ = (
        _first("uq_sitting_once", "class_id", "kind", unless="follows_id"),
        Index("uq_sitting_follows_id", "follows_id", unique=True),
        CheckConstraint("follows_id IS NULL OR kind = 'retake'", name="follows"),
        CheckConstraint("ends_at > starts_at AND opens_at <= starts_at", name="window"),
        CheckConstraint("(opened_at IS NULL) = (opened_by_id IS NULL)", name="opened"),
        CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name="closed"),
    )
    __protected__ = True

    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    follows_id: Mapped[int | None] = mapped_column(
        ForeignKey("sitting.id"), comment="the retake held before this one"
    )
    kind: Mapped[SittingKind] = mapped_column(enum_type(SittingKind))
    mode: Mapped[SittingMode] = mapped_column(enum_type(SittingMode))
    state: Mapped[SittingState] = mapped_column(
        enum_type(SittingState), default=SittingState.PLANNED
    )
    opens_at: Mapped[dt.datetime] = mapped_column(comment="the paper may be opened from here")
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime] = mapped_column(comment="start + duration of the profile")
    authority_custodian_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    site_custodian_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reserve_custodian_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    scheduled_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    scheduled_at: Mapped[dt.datetime]
    ready_at: Mapped[dt.datetime | None] = mapped_column(comment="first and reserve paper sealed")
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    opened_at: Mapped[dt.datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    closed_at: Mapped[dt.datetime | None]
    handed_over_at: Mapped[dt.datetime | None]
    handover: Mapped[dict[str, Any] | None] = mapped_column(
        comment="scripts counted, by whom, received by whom"
    )

    training_class: Mapped[TrainingClass] = relationship(lazy="joined")
    site: Mapped[Site] = relationship(lazy="joined")


class InvigilatorDuty(Row):
    """An invigilator or chief of a room at a sitting (监考安排)."""

    __tablename__ = "invigilator_duty"
    __table_args__ = (UniqueConstraint("sitting_id", "account_id"),)

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[InvigilationRole] = mapped_column(enum_type(InvigilationRole))
    assigned_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    assigned_at: Mapped[dt.datetime]


class Entry(Row):
    """A candidate entered for a sitting (报考), with the eligibility frozen on it."""

    __tablename__ = "entry"
    __table_args__ = (
        _first("uq_entry_once", "enrolment_id", "attempt_number", unless="repeats_id"),
        Index("uq_entry_repeats_id", "repeats_id", unique=True),
        UniqueConstraint("sitting_id", "enrolment_id"),
        UniqueConstraint("sitting_id", "room_id", "seat"),
        CheckConstraint("attempt_number IN (1, 2)", name="one_retake"),
        CheckConstraint("(attempt_number = 2) = (retake_of_id IS NOT NULL)", name="retake_of"),
        CheckConstraint("(checked_in_at IS NULL) = (checked_in_by_id IS NULL)", name="checked_in"),
    )
    __protected__ = True
    __unprotected_columns__ = frozenset({"photo"})

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    retake_of_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"))
    repeats_id: Mapped[int | None] = mapped_column(
        ForeignKey("entry.id"), comment="the attempt of a void sitting that this one repeats"
    )
    attempt_number: Mapped[int]
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"))
    seat: Mapped[int]
    ticket_number: Mapped[str] = mapped_column(String(30), unique=True)
    state: Mapped[EntryState] = mapped_column(enum_type(EntryState), default=EntryState.ENTERED)
    eligibility: Mapped[dict[str, Any]] = mapped_column(comment="hours and findings, frozen")
    photo: Mapped[bytes | None] = mapped_column(LargeBinary, comment="taken at check-in, JPEG")
    photo_digest: Mapped[str | None] = mapped_column(String(64))
    checked_in_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    checked_in_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]

    enrolment: Mapped[Enrolment] = relationship(lazy="joined")
    room: Mapped[Room] = relationship(lazy="joined")


class Incident(Row):
    """Something that happened in a room (考场异常), signed by two."""

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint(
            "second_by_id IS NULL OR second_by_id <> reported_by_id", name="two_signatures"
        ),
        CheckConstraint("(second_by_id IS NULL) = (second_at IS NULL)", name="second"),
        CheckConstraint("(second_by_id IS NULL) = (agreed IS NULL)", name="agreed"),
    )
    __protected__ = True

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"))
    kind: Mapped[IncidentKind] = mapped_column(enum_type(IncidentKind))
    description: Mapped[str] = mapped_column(String(800))
    disqualifies: Mapped[bool] = mapped_column(default=False)
    reported_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    reported_at: Mapped[dt.datetime]
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    second_at: Mapped[dt.datetime | None]
    agreed: Mapped[bool | None] = mapped_column(comment="the second person saw it the same way")
