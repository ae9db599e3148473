"""One item over all its sittings (题目累计统计): counts that add up, and what they say of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import reduce
from typing import Any

from question_bank.errors import AnalysisError

TOO_HARD_BELOW = 0.30
"""Facility hardly above what guessing among four gives (0.25)."""
TOO_EASY_ABOVE = 0.95
"""Facility at which an item no longer tells candidates apart."""
DEAD_BELOW = 0.05
"""Share choosing a distractor; source: Haladyna & Downing 1993, functioning distractors."""
JUDGED_FROM = 50
"""Answers over all sittings before an item or its distractors are judged."""
KEY_JUDGED_FROM = 100
"""Answers over all sittings before a key is suspected."""


class Flag(StrEnum):
    """What the numbers of an item give reason to look at."""

    TOO_HARD = "too-hard"
    TOO_EASY = "too-easy"
    NEGATIVE_DISCRIMINATION = "negative-discrimination"
    DEAD_DISTRACTOR = "dead-distractor"
    KEY_SUSPECTED = "key-suspected"


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """What one item needs kept of one sitting, or of many added up.

    `chosen`, `chosen_upper`, `chosen_lower` count per option, in the order of the bank, among all
    candidates and the best and weakest 27 % (Kelley 1939). `gained` is the sum of the shares of
    the full marks earned. The three squares are sums of products about the means of each sitting
    (own share, share of the rest of the paper), so sittings of different papers may be added.
    """

    n: int
    omitted: int
    n_upper: int
    n_lower: int
    chosen: tuple[int, ...]
    chosen_upper: tuple[int, ...]
    chosen_lower: tuple[int, ...]
    gained: float
    own_square: float
    rest_square: float
    cross_square: float

    def __add__(self, other: ItemCounts) -> ItemCounts:
        """Return the counts of both; the item must be the same one in the same version."""
        if len(self.chosen) != len(other.chosen):
            raise AnalysisError("options-differ", one=len(self.chosen), other=len(other.chosen))
        sums: dict[str, Any] = {}
        for field in fields(self):
            one, two = getattr(self, field.name), getattr(other, field.name)
            is_row = isinstance(one, tuple)
            sums[field.name] = tuple(map(sum, zip(one, two, strict=True))) if is_row else one + two
        return ItemCounts(**sums)

    @property
    def facility(self) -> float | None:
        """Return the share of the full marks earned (难度), 0..1; None before the first answer."""
        return self.gained / self.n if self.n else None

    @property
    def r_rest(self) -> float | None:
        """Return the corrected point-biserial (区分度) inside sittings; None where none varies."""
        both = self.own_square * self.rest_square
        return self.cross_square / math.sqrt(both) if both > 0 else None

    def share(self, option: int) -> float | None:
        """Return the share of candidates who chose an option."""
        return self.chosen[option] / self.n if self.n else None


def pooled(counts: Iterable[ItemCounts]) -> ItemCounts:
    """Return the counts of all sittings of one item.

    Raises: AnalysisError no-responses: there is none.
    """
    held = list(counts)
    if not held:
        raise AnalysisError("no-responses")
    return reduce(ItemCounts.__add__, held)


def judge(counts: ItemCounts, key: frozenset[int]) -> tuple[Flag, ...]:
    """Return what the pooled counts of an item give reason to look at; nothing below 50 answers."""
    if counts.n < JUDGED_FROM or counts.facility is None:
        return ()
    is_negative = counts.r_rest is not None and counts.r_rest < 0
    suspicious = counts.n >= KEY_JUDGED_FROM and is_negative and beats_the_key(counts, key)
    reasons = {
        Flag.TOO_HARD: counts.facility < TOO_HARD_BELOW,
        Flag.TOO_EASY: counts.facility > TOO_EASY_ABOVE,
        Flag.NEGATIVE_DISCRIMINATION: is_negative,
        Flag.DEAD_DISTRACTOR: bool(dead_distractors(counts, key)),
        Flag.KEY_SUSPECTED: suspicious,
    }
    return tuple(flag for flag, holds in reasons.items() if holds)


def dead_distractors(counts: ItemCounts, key: frozenset[int]) -> tuple[int, ...]:
    """Return the wrong options that fewer than 5 % chose; none are named below 50 answers."""
    if counts.n < JUDGED_FROM:
        return ()
    return tuple(
        option
        for option, chosen in enumerate(counts.chosen)
        if option not in key and chosen < DEAD_BELOW * counts.n
    )


def beats_the_key(counts: ItemCounts, key: frozenset[int]) -> bool:
    """Return whether the best candidates chose a wrong option oftener than a right one."""
    wrong = [n for option, n in enumerate(counts.chosen_upper) if option not in key]
    right = [n for option, n in enumerate(counts.chosen_upper) if option in key]
    return bool(wrong and right) and max(wrong) > min(right)


SHIFT_TAKEN = 0.7
"""Part of a class's mean distance from the bank that is its own; the rest may be the items'."""


def shrunk(class_facility: float, *, n: int, bank_facility: float, weight: float) -> float:
    """Return (n·class + m·bank)/(n + m): what a small class says, held by what the bank knows.

    Args:
        weight: m, so many answers the bank's value counts for.
    """
    return (n * class_facility + weight * bank_facility) / (n + weight)


def bank_weight(class_facilities: Sequence[float], bank: Sequence[float], *, n: int) -> float:
    """Return m from moments: what the distances of a class's items from the bank leave over.

    The variance of class minus bank is p(1-p)/n from chance and the rest from the bank's error;
    m is p(1-p) over that rest, less one.
    """
    if not class_facilities or n < 1:
        raise AnalysisError("no-responses")
    shift = _mean_distance(class_facilities, bank)
    distances = [own - held - shift for own, held in zip(class_facilities, bank, strict=True)]
    by_chance = sum(held * (1 - held) for held in bank) / len(bank)
    left = sum(distance**2 for distance in distances) / len(distances) - by_chance / n
    return max(by_chance / max(left, 1e-4) - 1, 0.0)


def shrunk_facilities(
    class_facilities: Sequence[float], bank: Sequence[float], *, n: int
) -> tuple[float, ...]:
    """Return the facilities of a class's items, freed of most of the class's own level, shrunk."""
    weight = bank_weight(class_facilities, bank, n=n)
    shift = SHIFT_TAKEN * _mean_distance(class_facilities, bank)
    return tuple(
        min(max(shrunk(own - shift, n=n, bank_facility=held, weight=weight), 0.0), 1.0)
        for own, held in zip(class_facilities, bank, strict=True)
    )


def _mean_distance(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a - b for a, b in zip(one, other, strict=True)) / len(one)
