"""The units a draw looks at: the lowest keys of every stratum and the cheapest whole sets.

What a draw costs then does not grow with the bank. The pool is a function of bank, rules and
keys; where it is too small it is doubled, and only the whole bank proves that nothing fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from question_bank.program.bank import Bank, Flags, Ints
from question_bank.program.plan import Plan, covers
from question_bank.program.units import Units

ITEMS_PER_PLACE = 11
LEAST_ITEMS = 200
LEAST_SETS = 10
_BANDS = 3


def strata(plan: Plan, bank: Bank, eligible: Flags) -> Ints:
    """Return per candidate the stratum it stands in: what the binding rules tell apart."""
    code = np.zeros(len(bank), dtype=np.int64)
    for column in [*kinds(plan, bank), *_strained(plan, bank, eligible)]:
        code = code * (int(column.max(initial=0)) + 1) + column
    return code


def kinds(plan: Plan, bank: Bank) -> Iterator[Ints]:
    """Yield the columns that binding rules on counts tell candidates apart by."""
    if plan.types or plan.cells:
        yield bank.types
    if (plan.topics or plan.cells) and len(bank):
        rules = [*plan.topics, *dict.fromkeys(cell.topic for cell in plan.cells)]
        yield _alike(bank.topic_names, tuple(rules))[bank.topics]
    if plan.levels:
        yield bank.levels
    if plan.marks is not None:
        yield np.unique(bank.marks, return_inverse=True)[1]


@lru_cache(maxsize=64)
def _alike(topics: tuple[str, ...], rules: tuple[str, ...]) -> Ints:
    """Return per topic a number, the same for topics that the same rules count."""
    covered = np.array([[covers(rule, topic) for rule in rules] for topic in topics])
    return np.unique(covered, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _strained(plan: Plan, bank: Bank, eligible: Flags) -> Iterator[Ints]:
    """Yield bands of facility, and of sums whose window the usual paper would miss."""
    if plan.facility != (None, None):
        yield _bands(bank.facility, eligible)
    for values, least, most in (
        (bank.seconds, *plan.seconds),
        (bank.info, plan.info_min, None),
    ):
        usual = float(values[eligible].mean()) * plan.length if eligible.any() else 0.0
        if (least is not None and usual < least) or (most is not None and usual > most):
            yield _bands(values, eligible)


def _bands(values: Ints, eligible: Flags) -> Ints:
    """Return the third of the eligible candidates each value falls into."""
    ordered = np.sort(values[eligible])
    if not len(ordered):
        return np.zeros(len(values), dtype=np.int64)
    cuts = [ordered[len(ordered) * part // _BANDS] for part in range(1, _BANDS)]
    return np.searchsorted(np.array(cuts), values, side="right").astype(np.int64)


def pools(plan: Plan, bank: Bank, units: Units, costs: Ints, eligible: Flags) -> Iterator[Ints]:
    """Yield ever larger choices of units, at last all of them.

    Args: costs: per unit, what the draw minimises.
    """
    single = np.flatnonzero(units.sets < 0)
    sets = np.flatnonzero(units.sets >= 0)
    codes = strata(plan, bank, eligible)[units.members[units.starts[:-1][single]]]
    order = np.lexsort((single, costs[single], codes))
    ranks = np.empty(len(single), dtype=np.int64)
    ranks[order] = ranks_of(codes[order])
    sizes = np.diff(units.starts)
    dearness = costs[sets] / np.maximum(1, sizes[sets])
    cheapest = sets[np.lexsort((sets, dearness))]
    depth = _depth(ranks, ITEMS_PER_PLACE * plan.length + LEAST_ITEMS)
    held = LEAST_SETS + 3 * (plan.sets.least or 0)
    while True:
        chosen = np.concatenate([single[ranks < depth], cheapest[:held]])
        yield np.sort(chosen)
        if len(chosen) == len(units):
            return
        depth, held = depth * 2, held * 2


def ranks_of(codes: Ints) -> Ints:
    """Return the place of each entry among its equals; equals stand together."""
    if not len(codes):
        return codes
    first = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
    sizes = np.diff(np.concatenate([first, [len(codes)]]))
    return (np.arange(len(codes)) - np.repeat(first, sizes)).astype(np.int64)


def _depth(ranks: Ints, wanted: int) -> int:
    """Return how many of each stratum make up the wanted number of units."""
    held = np.cumsum(np.bincount(ranks)) if len(ranks) else np.zeros(1, dtype=np.int64)
    return max(2, int(np.searchsorted(held, wanted)) + 1)
