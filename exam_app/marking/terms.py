"""The words of marking (阅卷与成绩)."""

from enum import StrEnum


class ResultState(StrEnum):
    """Where a result stands."""

    MARKED = "marked"
    CONFIRMED = "confirmed"
    RELEASED = "released"


class Outcome(StrEnum):
    """How an attempt ended."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    ABSENT = "absent"
    DISQUALIFIED = "disqualified"


class RegradeState(StrEnum):
    """Where a regrade (重新评分) stands."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    REJECTED = "rejected"


class KeyShape(StrEnum):
    """In which shape a key was looked at: on screen, as key sheet, as marking table."""

    SCREEN = "screen"
    SHEET = "sheet"
    TABLE = "table"
