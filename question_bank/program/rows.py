"""The rules of a paper as rows over units, each named by the path of its key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from question_bank.program.bank import Bank, Flags, Ints
from question_bank.program.model import Row
from question_bank.program.plan import LEVELS, MEAN, TYPES, UNIT, Bounds, Plan, covers, is_exact
from question_bank.program.standing import Standing
from question_bank.program.units import Units

Pairs = Sequence[tuple[int, int]]


def rows_of(plan: Plan, before: Standing, units: Units) -> tuple[Row, ...]:
    """Return every rule of a paper that can bind, over the columns 0..len(units) - 1."""
    return (
        *count_rows(plan, before.bank, units),
        *(row.in_lowest_terms() for row in sum_rows(plan, before.bank, units)),
        *enemy_rows(before.bank, units),
        *overlap_rows(plan, before, units),
    )


def count_rows(plan: Plan, bank: Bank, units: Units) -> Iterator[Row]:
    """Yield length, types, topics, levels and the number of sets."""
    whole = np.ones(len(bank), dtype=np.bool_)
    yield from _rule("paper.length", "", units.totals(whole), Bounds(plan.length, plan.length))
    for name, flags, bounds in groups(plan, bank):
        ends = ("", "") if is_exact(name) else (".min", ".max")
        yield from _rule(name, ends, units.totals(flags), bounds)
    yield from _rule("paper.sets", "", (units.sets >= 0).astype(np.int64), plan.sets)


def groups(plan: Plan, bank: Bank) -> Iterator[tuple[str, Flags, Bounds]]:
    """Yield each rule on a kind of item: its path, the candidates it counts, its bounds."""
    for kind, count in plan.types.items():
        yield f"types.{kind}", bank.types == TYPES.index(kind), Bounds(count, count)
    for topic, bounds in plan.topics.items():
        yield f"topics.{topic}", covered(bank, topic), bounds
    for level, bounds in plan.levels.items():
        yield f"levels.{level}", bank.levels == LEVELS.index(level), bounds
    for cell in plan.cells:
        flags = covered(bank, cell.topic) & (bank.types == TYPES.index(cell.type))
        yield cell.rule, flags, Bounds(cell.wanted, cell.wanted)


def covered(bank: Bank, rule: str) -> Flags:
    """Return which candidates a rule on a topic counts."""
    table = np.array(_covered(bank.topic_names, rule), dtype=np.bool_)
    return table[bank.topics] if len(table) else np.zeros(len(bank), dtype=np.bool_)


@lru_cache(maxsize=512)
def _covered(topics: tuple[str, ...], rule: str) -> tuple[bool, ...]:
    return tuple(covers(rule, topic) for topic in topics)


def sum_rows(plan: Plan, bank: Bank, units: Units) -> Iterator[Row]:
    """Yield marks, seconds, facility and information."""
    exact = Bounds(plan.marks, plan.marks)
    yield from _rule("paper.marks", "", units.totals(bank.marks), exact)
    yield from _rule("paper.seconds", "", units.totals(bank.seconds), plan.seconds)
    yield from _rule("paper.facility", "", units.totals(bank.facility), _sum_of_means(plan))
    yield from _rule("paper.info_min", "", units.totals(bank.info), Bounds(plan.info_min))


def _sum_of_means(plan: Plan) -> Bounds:
    """Return the whole sums of facility whose mean lies in the window."""
    (least, most), parts = plan.facility, MEAN // UNIT
    return Bounds(
        None if least is None else -(-least * plan.length // parts),
        None if most is None else most * plan.length // parts,
    )


def enemy_rows(bank: Bank, units: Units) -> Iterator[Row]:
    """Yield at most one of each clique of enemies (互斥)."""
    if not len(bank.enemies):
        return
    where = units.of_items(len(bank))[bank.enemies]
    where = where[(where >= 0).all(axis=1)]
    pairs = np.unique(np.sort(where, axis=1), axis=0)
    for clique in cliques([(int(one), int(other)) for one, other in pairs]):
        columns = np.array(clique, dtype=np.int64)
        yield Row("enemies", "enemies", columns, np.ones_like(columns), None, 1)


def cliques(pairs: Pairs) -> list[list[int]]:
    """Return cliques that together cover every pair; fewer rows and a tighter program."""
    beside: dict[int, set[int]] = {}
    for one, other in pairs:
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    done: set[tuple[int, int]] = set()
    found = []
    for one, other in pairs:
        if (one, other) in done:
            continue
        clique = [one, other]
        common = beside[one] & beside[other]
        while common:
            nearest = min(common)
            clique.append(nearest)
            common = common & beside[nearest]
        clique.sort()
        done.update((low, high) for low in clique for high in clique if low < high)
        found.append(clique)
    return found


def overlap_rows(plan: Plan, before: Standing, units: Units) -> Iterator[Row]:
    """Yield the ceiling of items shared with each earlier paper; none of those it bars whole."""
    if plan.overlap:
        yield from shared_rows(before, before.limited(plan), units, plan.overlap)


def shared_rows(before: Standing, papers: Sequence[Ints], units: Units, most: int) -> Iterator[Row]:
    """Yield at most so many items of each of some papers; each row that can bind once."""
    where = units.of_items(len(before.bank))
    seen: set[bytes] = set()
    for paper in papers:
        found = where[paper]
        columns, shared = np.unique(found[found >= 0], return_counts=True)
        mark = columns.tobytes() + shared.tobytes()
        if int(shared.sum()) <= most or mark in seen:
            continue
        seen.add(mark)
        yield Row("overlap.max", "overlap.max", columns, shared.astype(np.int64), None, most)


def _rule(name: str, ends: tuple[str, str] | str, totals: Ints, bounds: Bounds) -> Iterator[Row]:
    low, high = (name + ends[0], name + ends[1]) if ends else (name, name)
    if bounds == (None, None):
        return
    columns = np.flatnonzero(totals)
    yield Row(low, high, columns, totals[columns], *bounds)
