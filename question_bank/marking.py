"""Marking objective items (客观题阅卷) in exact points."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from question_bank.errors import MarkingError
from question_bank.item import ItemType
from question_bank.paper import KeyEntry, total_marks

CENT = Decimal("0.01")


class PartialCredit(StrEnum):
    """What a multiple item (多选题) earns when some but not all right options are chosen.

    A wrong option always costs the whole mark.
    """

    ALL_OR_NOTHING = "all_or_nothing"
    SUBSET_HALF = "subset_half"
    PER_OPTION = "per_option"


@dataclass(frozen=True, slots=True)
class ItemMark:
    """The points one numbered item earned out of its full marks (得分)."""

    number: int
    uid: str
    earned: Decimal
    marks: Decimal
    is_blank: bool


@dataclass(frozen=True, slots=True)
class PaperScore:
    """The marks of a whole attempt in paper order, with their sum."""

    item_marks: tuple[ItemMark, ...]
    earned: Decimal
    full_marks: Decimal


def score(
    response: Collection[int] | None,
    key: Collection[int],
    *,
    item_type: ItemType,
    marks: int | Decimal,
    partial: PartialCredit = PartialCredit.SUBSET_HALF,
) -> Decimal:
    """Return the points a response earns, 0..marks, part marks cut to 0.01.

    Args:
        response: chosen option indexes as shown; None or empty is blank and earns 0, and so does
            more than one choice where only one is allowed.
        key: right option indexes; neither its order nor the response's matters.
        marks: full marks in points, > 0.
    Raises: MarkingError: no key, or marks that are not exact and positive.
    """
    full = _exact_marks(marks)
    right = frozenset(key)
    chosen = frozenset(response or ())
    if not right:
        raise MarkingError("key-empty")
    if chosen == right:
        return full
    if item_type is not ItemType.MULTIPLE or not chosen or not chosen < right:
        return Decimal(0)
    return _part(full, len(chosen), len(right), partial)


def score_paper(
    responses: Mapping[int, Collection[int] | None],
    key_sheet: Iterable[KeyEntry],
    *,
    partial: PartialCredit = PartialCredit.SUBSET_HALF,
) -> PaperScore:
    """Return the marks of an attempt; an item without a response earns 0.

    Args:
        responses: chosen option indexes as shown, by the item's number on the paper.
    Raises: MarkingError: a number twice on the key sheet, or a response to a number not on it.
    """
    entries = tuple(key_sheet)
    numbers = {entry.number for entry in entries}
    if len(numbers) < len(entries):
        raise MarkingError("number-twice")
    unknown = sorted(set(responses) - numbers)
    if unknown:
        raise MarkingError("number-unknown", number=unknown[0])
    item_marks = tuple(_item_mark(responses.get(entry.number), entry, partial) for entry in entries)
    earned = sum((mark.earned for mark in item_marks), Decimal(0))
    return PaperScore(item_marks, earned, total_marks(entries))


def _item_mark(
    response: Collection[int] | None, entry: KeyEntry, partial: PartialCredit
) -> ItemMark:
    earned = score(
        response, entry.key, item_type=entry.item_type, marks=entry.marks, partial=partial
    )
    return ItemMark(entry.number, entry.uid, earned, entry.marks, is_blank=not response)


def _part(full: Decimal, chosen: int, right: int, partial: PartialCredit) -> Decimal:
    if partial is PartialCredit.ALL_OR_NOTHING:
        return Decimal(0)
    if partial is PartialCredit.SUBSET_HALF:
        return (full / 2).quantize(CENT, ROUND_DOWN)
    return (full * chosen / right).quantize(CENT, ROUND_DOWN)


def _exact_marks(marks: int | Decimal) -> Decimal:
    if isinstance(marks, (bool, float)):
        raise MarkingError("marks-not-exact", marks=marks)
    full = Decimal(marks)
    if not full.is_finite() or full <= 0:
        raise MarkingError("marks-out-of-range", marks=marks)
    return full
