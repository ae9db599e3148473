"""The words of sittings (考务)."""

from enum import StrEnum


class SittingKind(StrEnum):
    """First exam of a class or its one retake (补考)."""

    FIRST = "first"
    RETAKE = "retake"


class SittingMode(StrEnum):
    """On paper or on computers (纸笔、机考)."""

    PAPER = "paper"
    COMPUTER = "computer"


class SittingState(StrEnum):
    """Where a sitting stands."""

    PLANNED = "planned"
    READY = "ready"
    OPEN = "open"
    CLOSED = "closed"
    HANDED_OVER = "handed_over"


class EntryState(StrEnum):
    """Where a candidate's entry stands."""

    ENTERED = "entered"
    CHECKED_IN = "checked_in"
    ABSENT = "absent"
    DISQUALIFIED = "disqualified"


class InvigilationRole(StrEnum):
    """Who does what in a room (主考、监考)."""

    CHIEF = "chief"
    INVIGILATOR = "invigilator"


class IncidentKind(StrEnum):
    """Coded kinds of incidents (违纪与异常)."""

    LATE = "late"
    IDENTITY_DOUBT = "identity_doubt"
    PHONE = "phone"
    NOTES = "notes"
    COPYING = "copying"
    IMPERSONATION = "impersonation"
    DISTURBANCE = "disturbance"
    POWER_CUT = "power_cut"
    ILLNESS = "illness"
    PAPER_DAMAGED = "paper_damaged"
    OTHER = "other"


DISQUALIFYING = frozenset(
    {
        IncidentKind.PHONE,
        IncidentKind.NOTES,
        IncidentKind.COPYING,
        IncidentKind.IMPERSONATION,
    }
)
