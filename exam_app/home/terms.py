"""The words of home: the ten steps of a class, where each stands, what is done next."""

from enum import StrEnum


class Step(StrEnum):
    """One of the ten steps of a class (班次任务)."""

    ROSTER = "roster"
    HOURS = "hours"
    SITTING = "sitting"
    PAPER = "paper"
    SEAL = "seal"
    OPEN = "open"
    EXAM = "exam"
    MARK = "mark"
    RELEASE = "release"
    CERTIFICATE = "certificate"


TEACHING_STEPS = frozenset({Step.ROSTER, Step.HOURS})


class StepState(StrEnum):
    """Where a step stands."""

    DONE = "done"
    NOW = "now"
    WAITING = "waiting"


class Act(StrEnum):
    """What somebody does next for a class."""

    APPROVE_CLASS = "approve_class"
    IMPORT_ROSTER = "import_roster"
    CONFIRM_PEOPLE = "confirm_people"
    LOCK_ROSTER = "lock_roster"
    SUBMIT_HOURS = "submit_hours"
    VERIFY_HOURS = "verify_hours"
    GIVE_REASON = "give_reason"
    SCHEDULE = "schedule"
    ENTER = "enter"
    DRAW = "draw"
    APPROVE_PAPER = "approve_paper"
    SEAL = "seal"
    OPEN_PAPER = "open_paper"
    OPEN_SITTING = "open_sitting"
    CLOSE_SITTING = "close_sitting"
    HAND_OVER = "hand_over"
    MARK = "mark"
    CONFIRM_RESULTS = "confirm_results"
    RELEASE = "release"
    GRANT_RETAKE = "grant_retake"
    PREPARE = "prepare"
    SIGN = "sign"
    CREDIT = "credit"
