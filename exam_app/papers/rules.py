"""The rules of papers (试卷): states, codes, windows, consents, overlap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from exam_app.core.errors import BadInput, RuleBroken
from exam_app.papers.terms import PaperKind, PaperState
from exam_app.sittings.terms import SittingKind, SittingState

HALF_LIVES = dt.timedelta(minutes=15)
SEAL_CONSENT_LIVES = dt.timedelta(hours=24)
EARLY_LIVES = dt.timedelta(hours=2)
CUSTODY_CONSENT_LIVES = dt.timedelta(hours=24)
MOST_COPIES = 500
MOST_SPARES = 20
COPIES_PER_PACKET = 30
_SEATS, _FIRST_SPARE = 1000, 900
_LETTERS = {PaperKind.FIRST: "A", PaperKind.RESERVE: "B", PaperKind.RETAKE: "C"}
KINDS_OF = {
    SittingKind.FIRST: (PaperKind.FIRST, PaperKind.RESERVE),
    SittingKind.RETAKE: (PaperKind.RETAKE,),
}


class PaperStateWrong(RuleBroken):
    """The paper is not in the state this needs (试卷状态不符)."""

    code = "paper-state"


def paper_code(class_code: str, kind: PaperKind, draw_number: int) -> str:
    """Return the code printed on a paper: class, letter, and the number of a redraw.

    ``YC2025-DH-01-A``, after a redraw ``YC2025-DH-01-A2``.
    """
    return f"{class_code}-{_LETTERS[kind]}" + (str(draw_number) if draw_number > 1 else "")


def check_kind(kind: PaperKind, sitting: SittingKind) -> None:
    """Refuse a retake's paper for a first sitting and the other way round."""
    if kind not in KINDS_OF[sitting]:
        raise RuleBroken("paper-kind", kind=kind.value)


def check_sitting(state: SittingState) -> None:
    """Refuse to draw for a sitting whose papers are all sealed or that has begun."""
    if state is not SittingState.PLANNED:
        raise RuleBroken("sitting-not-planned", state=state.value)


def check_state(state: PaperState, withdrawn: bool, *allowed: PaperState) -> None:
    """Refuse a paper that was withdrawn or stands in none of the states."""
    if withdrawn:
        raise RuleBroken("paper-withdrawn")
    if state not in allowed:
        raise PaperStateWrong(state=state.value)


def check_can_be_withdrawn(state: PaperState, withdrawn: bool, sitting: SittingState) -> None:
    """Refuse to withdraw a paper that candidates may get: its reserve is there for that."""
    check_state(state, withdrawn, PaperState.DRAWN, PaperState.APPROVED, PaperState.SEALED)
    if sitting is not SittingState.PLANNED:
        raise RuleBroken("sitting-not-planned", state=sitting.value)


def check_full_marks(marks: int, wanted: int) -> None:
    """Refuse a paper whose full marks are not those of the class's profile."""
    if marks != wanted:
        raise RuleBroken("full-marks-differ", marks=marks, wanted=wanted)


def disclosable_from(ends_at: dt.datetime, retake_days: int) -> dt.datetime:
    """Return when a paper may be made public: once its class can sit no retake (补考期满)."""
    return ends_at + dt.timedelta(days=retake_days)


def check_not_returned(returned: bool) -> None:
    """Refuse to approve a paper whose setter has not answered a remark."""
    if returned:
        raise RuleBroken("paper-returned")


def check_returned(returned: bool) -> None:
    """Refuse an answer where no remark waits for one."""
    if not returned:
        raise RuleBroken("paper-not-returned")


def check_copies(copies: int) -> None:
    """Refuse a number of copies nobody can want."""
    if not 1 <= copies <= MOST_COPIES:
        raise BadInput("copies-out-of-range", field="copies", most=MOST_COPIES)


def check_numbers(numbers: Collection[int], copies: int, made: Collection[int]) -> None:
    """Refuse numbers of copies that were never printed, and more numbers than copies."""
    unknown = sorted(set(numbers) - set(made))
    if unknown:
        raise BadInput("copy-unknown", field="numbers", copy=unknown[0])
    if len(numbers) > copies:
        raise BadInput("copies-fewer", field="copies", numbers=len(numbers))


def note_with(numbers: Iterable[int], note: str) -> str:
    """Return a note of the custody log led by the numbers of its copies (``№1003、1017 …``)."""
    named = "、".join(map(str, numbers))
    return f"№{named} {note}".strip() if named else note


def copy_number(room_place: int, seat: int) -> int:
    """Return the number of the copy for a seat: ``2017`` for seat 17 of the second room.

    The same seat has the same copy however often it is printed.

    Args: room_place: the room's place among the rooms of its site, from 1.
    """
    if not 1 <= seat < _FIRST_SPARE:
        raise BadInput("copies-out-of-range", field="seats", most=_FIRST_SPARE - 1)
    return room_place * _SEATS + seat


def spare_number(room_place: int, spare: int) -> int:
    """Return the number of a spare copy (备用卷) of a room, the first being 1."""
    return room_place * _SEATS + _FIRST_SPARE + spare


def check_spares(spares: int) -> None:
    """Refuse more spare copies than a room may have."""
    if not 0 <= spares <= MOST_SPARES:
        raise BadInput("copies-out-of-range", field="spares", most=MOST_SPARES)


def check_scheme(scheme: str, earlier: str | None) -> None:
    """Refuse to print a paper's copies in another order than those printed before."""
    if earlier is not None and scheme != earlier:
        raise RuleBroken("print-scheme-differs", field="scheme")


def check_reason(reason: str | None) -> str:
    """Return the reason without blanks at its ends. Raises: BadInput: there is none."""
    text = (reason or "").strip()
    if not text:
        raise BadInput("reason-missing", field="reason")
    return text


def is_within(at: dt.datetime, not_before: dt.datetime, not_after: dt.datetime) -> bool:
    """Return whether a moment lies in the window, both ends included."""
    return not_before <= at <= not_after


def is_fresh(given_at: dt.datetime, at: dt.datetime, lives: dt.timedelta) -> bool:
    """Return whether a consent still holds: not older than it lives, not from the future."""
    return given_at <= at <= given_at + lives
