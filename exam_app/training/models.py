"""Rows of the teaching side: projects, classes, rosters, attendance, decisions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_app.core.db import Row, enum_type
from exam_app.people.models import Organisation, Person
from exam_app.training.terms import ClassState, EligibilityState, Mode, PersonnelCategory


class TrainingProject(Row):
    """A programme (项目) of an authority under one policy profile."""

    __tablename__ = "training_project"

    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    implementing_unit_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(120))
    profile_id: Mapped[str] = mapped_column(String(60))
    industries: Mapped[list[Any]] = mapped_column(comment="slugs, as in the profile")
    division_code: Mapped[str] = mapped_column(String(6))
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date]
    to_train: Mapped[dict[str, Any]] = mapped_column(comment="category → persons to be trained")
    trained_before: Mapped[int] = mapped_column(default=0, comment="persons trained earlier")
    created_at: Mapped[dt.datetime]


class TrainingClass(Row):
    """A training class (班次): one category, one provider, the rules it started under."""

    __tablename__ = "training_class"
    __table_args__ = (
        UniqueConstraint("project_id", "code"),
        CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approval"),
        CheckConstraint("(locked_by_id IS NULL) = (locked_at IS NULL)", name="roster_lock"),
        CheckConstraint("(verified_by_id IS NULL) = (verified_at IS NULL)", name="hours_verified"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("training_project.id"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    category: Mapped[PersonnelCategory] = mapped_column(enum_type(PersonnelCategory))
    industry: Mapped[str] = mapped_column(String(40))
    profile_id: Mapped[str] = mapped_column(String(60))
    policy: Mapped[str] = mapped_column(Text, comment="resolved profile, canonical JSON")
    policy_digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[ClassState] = mapped_column(enum_type(ClassState), default=ClassState.PLANNED)
    size_reason: Mapped[str | None] = mapped_column(String(400), comment="why over the usual size")
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    planned_at: Mapped[dt.datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[dt.datetime | None]
    locked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    locked_at: Mapped[dt.datetime | None]
    submitted_at: Mapped[dt.datetime | None] = mapped_column(comment="hours submitted")
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    verified_at: Mapped[dt.datetime | None]

    project: Mapped[TrainingProject] = relationship(lazy="joined")
    provider: Mapped[Organisation] = relationship(lazy="joined")


class Lecturer(Row):
    """A person who teaches for a provider (授课教师)."""

    __tablename__ = "lecturer"
    __table_args__ = (UniqueConstraint("provider_id", "person_id"),)

    provider_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    title: Mapped[str] = mapped_column(String(60), comment="职称或专业能力")

    person: Mapped[Person] = relationship(lazy="joined")


class ClassSession(Row):
    """One dated lesson (课) of a class's plan."""

    __tablename__ = "class_session"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="forward"),)

    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    lecturer_id: Mapped[int | None] = mapped_column(ForeignKey("lecturer.id"))
    number: Mapped[int] = mapped_column(comment="1, 2, … in the plan")
    topic: Mapped[str] = mapped_column(String(120))
    mode: Mapped[Mode] = mapped_column(enum_type(Mode))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    place: Mapped[str] = mapped_column(String(120))


class Enrolment(Row):
    """One person on a class's roster (学员名册)."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("class_id", "person_id"),)
    __protected__ = True

    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    category: Mapped[PersonnelCategory] = mapped_column(enum_type(PersonnelCategory))
    real_name: Mapped[bool] = mapped_column(default=False, comment="identity checked (实名核验)")
    confirmed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), comment="the enterprise confirmed its own person"
    )
    created_at: Mapped[dt.datetime]

    person: Mapped[Person] = relationship(lazy="joined")
    enterprise: Mapped[Organisation] = relationship(lazy="joined")


class ImportedFile(Row):
    """A roster or attendance file that came in; the same file twice changes nothing."""

    __tablename__ = "imported_file"
    __table_args__ = (UniqueConstraint("class_id", "kind", "sha256"),)

    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), comment="roster | attendance")
    filename: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int] = mapped_column(comment="rows taken over")
    imported_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    imported_at: Mapped[dt.datetime]


class AttendanceRecord(Row):
    """How long one person was at one lesson, and how identity was checked (考勤)."""

    __tablename__ = "attendance_record"
    __table_args__ = (
        UniqueConstraint("session_id", "enrolment_id"),
        CheckConstraint("minutes >= 0", name="minutes"),
    )
    __protected__ = True

    session_id: Mapped[int] = mapped_column(ForeignKey("class_session.id"), index=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    minutes: Mapped[int] = mapped_column(comment="minutes present, never above the lesson's")
    identity_ok: Mapped[bool] = mapped_column(comment="实名核验: face, video or signature check")
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    recorded_at: Mapped[dt.datetime]


class Eligibility(Row):
    """The decision on one enrolment (参考资格): hours, findings with clauses, reason."""

    __tablename__ = "eligibility"
    __protected__ = True

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), unique=True)
    state: Mapped[EligibilityState] = mapped_column(enum_type(EligibilityState))
    hours_online: Mapped[Decimal]
    hours_offline: Mapped[Decimal] = mapped_column(comment="practical hours included")
    hours_practical: Mapped[Decimal]
    hours_credited: Mapped[Decimal] = mapped_column(comment="capped at the category's maximum")
    findings: Mapped[list[Any]] = mapped_column(comment="Finding.as_dict() of each rule")
    reason: Mapped[str | None] = mapped_column(String(400), comment="for softer rules missed")
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[dt.datetime]
