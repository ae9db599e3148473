"""The rules of papers on plain values."""

from __future__ import annotations

import datetime as dt

import pytest

from exam_app.core.errors import BadInput, RuleBroken
from exam_app.papers import rules
from exam_app.papers.terms import PaperKind, PaperState
from exam_app.sittings.terms import SittingKind, SittingState

FROM = dt.datetime(2025, 3, 12, 0, 30, tzinfo=dt.UTC)
TO = dt.datetime(2025, 3, 12, 3, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "inside"),
    [(FROM - SECOND, False), (FROM, True), (TO, True), (TO + SECOND, False)],
)
def test_the_window_is_exact_to_the_second(at: dt.datetime, inside: bool) -> None:
    """One second before or after is outside."""
    assert rules.is_within(at, FROM, TO) is inside


@pytest.mark.parametrize(
    ("after", "fresh"),
    [(-SECOND, False), (rules.HALF_LIVES, True), (rules.HALF_LIVES + SECOND, False)],
)
def test_a_half_waits_fifteen_minutes(after: dt.timedelta, fresh: bool) -> None:
    """Not longer, and none from the future counts."""
    assert rules.is_fresh(FROM, FROM + after, rules.HALF_LIVES) is fresh


def test_codes_name_class_kind_and_redraw() -> None:
    """First A, reserve B, retake C; a redraw by its number."""
    assert rules.paper_code("YC2025-DH-01", PaperKind.FIRST, 1) == "YC2025-DH-01-A"
    assert rules.paper_code("YC2025-DH-01", PaperKind.RESERVE, 3) == "YC2025-DH-01-B3"
    assert rules.paper_code("YC2025-DH-01", PaperKind.RETAKE, 1) == "YC2025-DH-01-C"


def test_kinds_fit_their_sitting() -> None:
    """A retake has its own paper and no other."""
    rules.check_kind(PaperKind.RETAKE, SittingKind.RETAKE)
    for kind in (PaperKind.FIRST, PaperKind.RESERVE):
        rules.check_kind(kind, SittingKind.FIRST)
        with pytest.raises(RuleBroken, match="paper-kind"):
            rules.check_kind(kind, SittingKind.RETAKE)


def test_a_paper_of_a_ready_sitting_stays() -> None:
    """Once all is sealed, the reserve is the way out, not another draw."""
    rules.check_can_be_withdrawn(PaperState.SEALED, False, SittingState.PLANNED)
    with pytest.raises(RuleBroken, match="sitting-not-planned"):
        rules.check_can_be_withdrawn(PaperState.SEALED, False, SittingState.READY)
    with pytest.raises(RuleBroken, match="paper-state"):
        rules.check_can_be_withdrawn(PaperState.OPENED, False, SittingState.PLANNED)
    with pytest.raises(RuleBroken, match="paper-withdrawn"):
        rules.check_can_be_withdrawn(PaperState.DRAWN, True, SittingState.PLANNED)


@pytest.mark.parametrize("copies", [0, -1, 501])
def test_copies_have_a_range(copies: int) -> None:
    """Nobody prints no paper, or a thousand."""
    with pytest.raises(BadInput, match="copies-out-of-range"):
        rules.check_copies(copies)


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_reason_is_words(reason: str | None) -> None:
    """Blanks are no reason."""
    with pytest.raises(BadInput, match="reason-missing"):
        rules.check_reason(reason)


def test_full_marks_are_those_of_the_profile() -> None:
    """A paper of 90 marks is none where the profile says 100."""
    rules.check_full_marks(100, 100)
    with pytest.raises(RuleBroken, match="full-marks-differ"):
        rules.check_full_marks(90, 100)
