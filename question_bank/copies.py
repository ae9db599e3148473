"""The copies of a paper (试卷副本): each with an order of questions and options of its own.

An order is a function of the paper, its secret seed of the copies and the copy's number, so that
it is nowhere stored and marking finds it again. Every choice is an order by HMAC-SHA256 under the
seed, lowest first: sections stay in their order; in a section the questions by
HMAC(seed, label + "|question|" + number), those of a case side by side where
HMAC(seed, label + "|case|" + case) puts them; options by
HMAC(seed, label + "|option|" + number + "|" + index). The label is "copy|" + the copy's number,
or "form|A", "form|B" where a paper has two forms; 正确 and 错误 are never turned.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

from question_bank.errors import PaperError
from question_bank.item import ItemType
from question_bank.paper import KeyEntry, PaperDraft

MIN_SEED_BYTES = 16
MIXED = "case"
"""The section of the cases whose questions are of several types (案例题)."""
T = TypeVar("T")

Response = Mapping[int, frozenset[int]]


class Scheme(StrEnum):
    """How the copies of a paper differ: each its own order, two forms in turn, or not at all."""

    EACH = "each"
    TWO_FORMS = "two_forms"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Place:
    """What must be known of a question to order a copy; `case` is its case's number, 0 for none."""

    number: int
    item_type: ItemType
    options: int
    case: int = 0


@dataclass(frozen=True, slots=True)
class CopyPaper:
    """A paper as its copies are ordered: its questions in paper order, the seed of the copies."""

    places: tuple[Place, ...]
    seed: bytes
    scheme: Scheme = Scheme.EACH


@dataclass(frozen=True, slots=True)
class Placed:
    """One question of a copy: `number` is its number on the paper, `position` that on the copy.

    `options[shown]` is the option's index on the paper.
    """

    position: int
    number: int
    options: tuple[int, ...]


def copies_seed(seed: bytes) -> bytes:
    """Return the seed of a paper's copies: it follows from the paper's own, never back."""
    return _random(seed, "copies")


def places_of(draft: PaperDraft) -> tuple[Place, ...]:
    """Return what ordering the copies of a paper needs to know of it."""
    return tuple(
        Place(
            each.number, section.item_type, len(each.options), each.case.number if each.case else 0
        )
        for section in draft.candidate_view()
        for each in section.questions
    )


def form_of(copy_number: int, scheme: Scheme) -> str:
    """Return the form (卷型) a copy is of: A or B in turn, "" where the paper has no forms."""
    if scheme is not Scheme.TWO_FORMS:
        return ""
    return "AB"[(copy_number - 1) % 2]


def order_of(paper: CopyPaper, copy_number: int) -> tuple[Placed, ...]:
    """Return the questions of a copy in its order, each with the order of its options.

    Args: copy_number: from 1.
    Raises: PaperError: ``copy-number`` below 1, ``copies-seed-too-short``.
    """
    if copy_number < 1:
        raise PaperError("copy-number", found=copy_number)
    if len(paper.seed) < MIN_SEED_BYTES:
        raise PaperError("copies-seed-too-short", found=len(paper.seed), needed=MIN_SEED_BYTES)
    if paper.scheme is Scheme.SAME:
        return tuple(
            Placed(each.number, each.number, tuple(range(each.options))) for each in paper.places
        )
    form = form_of(copy_number, paper.scheme)
    label = f"form|{form}" if form else f"copy|{copy_number}"
    ordered = [
        place
        for _, section in sections_of(paper.places, lambda each: (each.item_type.value, each.case))
        for place in sorted(section, key=lambda each: _rank(paper.seed, label, each))
    ]
    return tuple(
        Placed(position, place.number, _option_order(paper.seed, label, place))
        for position, place in enumerate(ordered, start=1)
    )


def sections_of(
    held: Iterable[T], about: Callable[[T], tuple[str, int]]
) -> list[tuple[str, list[T]]]:
    """Return kind and members of each section: a type, or MIXED for the cases of several types.

    Args: about: gives type and case of one, 0 for no case.
    """
    every = list(held)
    kinds: dict[int, set[str]] = {}
    for each in every:
        kind, case = about(each)
        kinds.setdefault(case, set()).add(kind)

    def section(each: T) -> str:
        kind, case = about(each)
        return MIXED if case and len(kinds[case]) > 1 else kind

    return [(name, list(members)) for name, members in groupby(every, key=section)]


def key_of_copy(order: Iterable[Placed], key_sheet: Iterable[KeyEntry]) -> tuple[KeyEntry, ...]:
    """Return the key sheet of a copy: numbers and options as they stand on it (阅卷对照)."""
    entries = {entry.number: entry for entry in key_sheet}
    return tuple(_turned(placed, entries[placed.number]) for placed in order)


def as_on_paper(order: Iterable[Placed], response: Response) -> Response:
    """Return a response given on a copy as it reads on the paper itself.

    Args: response: chosen options as shown on the copy, by position; one the question does not
        have stays what it is.
    """
    placed = {each.position: each for each in order}
    return {
        placed[position].number: frozenset(_on_paper(placed[position], each) for each in chosen)
        for position, chosen in response.items()
    }


def _on_paper(placed: Placed, shown: int) -> int:
    return placed.options[shown] if shown < len(placed.options) else shown


def _turned(placed: Placed, entry: KeyEntry) -> KeyEntry:
    key = frozenset(shown for shown, index in enumerate(placed.options) if index in entry.key)
    return KeyEntry(placed.position, entry.uid, entry.item_type, key, entry.marks)


def _rank(seed: bytes, label: str, place: Place) -> tuple[bytes, bytes, int]:
    own = _random(seed, f"{label}|question|{place.number}")
    group = _random(seed, f"{label}|case|{place.case}") if place.case else own
    return (group, own, place.number)


def _option_order(seed: bytes, label: str, place: Place) -> tuple[int, ...]:
    indexes = range(place.options)
    if place.item_type is ItemType.TRUE_FALSE:
        return tuple(indexes)
    return tuple(
        sorted(indexes, key=lambda i: (_random(seed, f"{label}|option|{place.number}|{i}"), i))
    )


def _random(seed: bytes, text: str) -> bytes:
    return hmac.new(seed, text.encode(), hashlib.sha256).digest()
