"""Rows of people: who there is, who belongs where, who may sign in."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_app.access.terms import OrganisationKind, Role
from exam_app.core.db import Row, enum_type
from exam_app.people.terms import TieKind


class Organisation(Row):
    """An organisation (机构): authority, site, provider, enterprise, bureau."""

    __tablename__ = "organisation"

    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[OrganisationKind] = mapped_column(enum_type(OrganisationKind))
    credit_code: Mapped[str] = mapped_column(
        String(18), unique=True, comment="统一社会信用代码, 18 characters, GB 32100"
    )
    division_code: Mapped[str] = mapped_column(String(6), comment="行政区划代码, GB/T 2260")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]


class OrganisationTie(Row):
    """Two organisations bound by ownership or affiliation (关联单位), in both directions."""

    __tablename__ = "organisation_tie"
    __table_args__ = (CheckConstraint("organisation_id <> other_id", name="two_organisations"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[TieKind] = mapped_column(enum_type(TieKind))
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None]


class Person(Row):
    """A natural person (自然人), known by an ID number that is never stored in plain."""

    __tablename__ = "person"

    name: Mapped[str] = mapped_column(String(60))
    id_number: Mapped[bytes] = mapped_column(LargeBinary, comment="AES-256-GCM, core.crypto")
    id_index: Mapped[bytes] = mapped_column(
        LargeBinary(16), unique=True, comment="keyed blind index of the ID number"
    )
    id_tail: Mapped[str] = mapped_column(String(4), comment="last four characters")
    phone: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[dt.datetime]


class PersonTie(Row):
    """A person bound to an organisation: employed by it, owning it, lecturing for it."""

    __tablename__ = "person_tie"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[TieKind] = mapped_column(enum_type(TieKind))
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None]


class Recusal(Row):
    """A person kept away (回避) from another person or from an organisation's classes."""

    __tablename__ = "recusal"
    __table_args__ = (
        CheckConstraint(
            "(other_person_id IS NULL) <> (organisation_id IS NULL)", name="one_object"
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    other_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(String(400))
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Account(Row):
    """A way to sign in (账号), one for each person."""

    __tablename__ = "account"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200), comment="Argon2id")
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary, comment="AES-256-GCM")
    totp_step: Mapped[int | None] = mapped_column(comment="last time step used; once each")
    one_time_hash: Mapped[str | None] = mapped_column(String(200), comment="first sign-in code")
    one_time_until: Mapped[dt.datetime | None]
    reset_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reset_asked_at: Mapped[dt.datetime | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    person: Mapped[Person] = relationship(lazy="joined")


class Appointment(Row):
    """A dated duty (任职) of an account in an organisation, granted by two persons."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("granted_by_id IS NULL OR granted_by_id <> account_id", name="not_self"),
        CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> granted_by_id", name="two_persons"
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_type(Role))
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None]
    reason: Mapped[str] = mapped_column(String(400))
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    confirmed_at: Mapped[dt.datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[dt.datetime | None] = mapped_column(comment="ends at once, before until_on")

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class Entrustment(Row):
    """An authority entrusts an agency with its exams (委托), for a time, by two persons."""

    __tablename__ = "entrustment"

    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[dt.datetime | None]


class AuthSession(Row):
    """A signed-in browser (会话), kept on the server so that it can be ended."""

    __tablename__ = "auth_session"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime] = mapped_column(comment="12 hours after sign-in at the latest")
    stepped_up_at: Mapped[dt.datetime | None] = mapped_column(comment="last proof of the password")
    ended_at: Mapped[dt.datetime | None]


class LoginCounter(Row):
    """Failures of one subject (username or address), shared by all workers (登录失败计数)."""

    __tablename__ = "login_counter"

    subject: Mapped[str] = mapped_column(String(64), unique=True, comment="keyed hash")
    failures: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[dt.datetime]
    locked_until: Mapped[dt.datetime | None]


class PolicySetting(Row):
    """A local setting (地方参数) laid over the profile, dated and seen by two persons."""

    __tablename__ = "policy_setting"
    __table_args__ = (
        CheckConstraint(
            "(approved_by_id IS NULL) = (approved_at IS NULL)", name="approved_together"
        ),
        CheckConstraint(
            "approved_by_id IS NULL OR approved_by_id <> proposed_by_id", name="two_persons"
        ),
        UniqueConstraint("authority_id", "profile_id", "key", "from_on"),
    )

    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    profile_id: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(80))
    value: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(400))
    from_on: Mapped[dt.date]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[dt.datetime | None]
