"""The words of training (培训): categories, modes, states, and hours by mode."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exam_app.core.errors import BadInput


class PersonnelCategory(StrEnum):
    """The three categories of persons to be trained (三类人员)."""

    DEPUTY_HEAD = "deputy_head"
    SAFETY_MANAGER = "safety_manager"
    TEAM_LEADER = "team_leader"


class Mode(StrEnum):
    """How a lesson is given (线上、线下、实训); practical lessons are offline ones."""

    ONLINE = "online"
    OFFLINE = "offline"
    PRACTICAL = "practical"


class ClassState(StrEnum):
    """Where a training class stands (班次状态)."""

    PLANNED = "planned"
    APPROVED = "approved"
    LOCKED = "locked"
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    CLOSED = "closed"


class EligibilityState(StrEnum):
    """What was decided on one enrolment (参考资格)."""

    ELIGIBLE = "eligible"
    NEEDS_REASON = "needs_reason"
    REFUSED = "refused"


class CutReason(StrEnum):
    """Why attended time was not credited (核减原因)."""

    IDENTITY = "identity"
    BEYOND_LESSON = "beyond_lesson"
    OVERLAP = "overlap"
    DAY_CAP = "day_cap"


@dataclass(frozen=True)
class Hours:
    """Credit hours (学时) of one person by mode; practical ones are part of the offline ones."""

    online: Decimal
    offline: Decimal
    practical: Decimal

    def __post_init__(self) -> None:
        for name in ("online", "offline", "practical"):
            value = getattr(self, name)
            if not value.is_finite() or value < 0:
                raise BadInput("hours-negative", field=name, value=str(value))
        if self.practical > self.offline:
            raise BadInput(
                "practical-over-offline",
                field="practical",
                practical=str(self.practical),
                offline=str(self.offline),
            )

    @property
    def total(self) -> Decimal:
        """Return online plus offline hours."""
        return self.online + self.offline


@dataclass(frozen=True)
class Attended:
    """One person at one lesson (考勤记录): aware times, whole minutes present."""

    mode: Mode
    starts_at: dt.datetime
    ends_at: dt.datetime
    attended_minutes: int
    identity_ok: bool


@dataclass(frozen=True)
class HoursCut:
    """Time of one attendance record that was not credited.

    ``record`` is its place in the records given, from 0; ``minutes`` are attended ones.
    """

    record: int
    reason: CutReason
    minutes: Decimal


@dataclass(frozen=True)
class CreditedHours:
    """What attendance gave: the hours, and every cut with its reason."""

    hours: Hours
    cuts: tuple[HoursCut, ...]


@dataclass(frozen=True)
class PlannedLesson:
    """One lesson (课) of a class plan; ``lecturer`` is any stable key, None when open."""

    mode: Mode
    starts_at: dt.datetime
    ends_at: dt.datetime
    lecturer: int | str | None


@dataclass(frozen=True)
class ClassPlan:
    """A class plan (班次计划) with the days its project runs, both included."""

    category: PersonnelCategory
    size: int
    from_on: dt.date
    until_on: dt.date
    lessons: tuple[PlannedLesson, ...]
