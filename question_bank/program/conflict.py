"""A smallest set of rules that contradict each other: drop any one of them and a paper fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from question_bank.program.counts import Short, Supply
from question_bank.program.elastic import pool_of_extremes
from question_bank.program.model import Model, Row, Status
from question_bank.program.proof import first_phase
from question_bank.program.rows import count_rows, enemy_rows, overlap_rows, sum_rows
from question_bank.program.units import Units

MOST_NODES = 2_000
NODES_OF_A_PART = 150
"""Branches for all rules at once, and for some of them, of which there are many."""
_COUNTED = ("paper.length", "paper.sets", "types.", "cells.", "topics.", "levels.")
Rules = Sequence[str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules no paper can keep together; `short` where all of them count items."""

    rules: tuple[str, ...] = ()
    short: tuple[Short, ...] = ()


def conflict(held: Supply) -> Conflict:
    """Return a smallest set of rules no paper can keep together (QuickXplain).

    Enemies and whole sets always hold. Empty when the rules alone do not contradict each other.
    """
    units = pool_of_extremes(held.plan, held.before, held.units)
    plan, bank = held.plan, held.before.bank
    soft = [
        each
        for row in (*count_rows(plan, bank, units), *sum_rows(plan, bank, units))
        for each in _ends(row)
    ]
    soft += [*overlap_rows(plan, held.before, units)]
    search = _Search(held, units, soft)
    names = list(dict.fromkeys(row.low for row in soft))
    if search.fits(names, MOST_NODES):
        return Conflict()
    rules = tuple(sorted(search.explain([], [], search.priced(names))))
    if not all(rule.startswith(_COUNTED) for rule in rules):
        return Conflict(rules)
    return Conflict(rules, tuple(search.shorts(rules)))


def _ends(row: Row) -> list[Row]:
    """Return a rule as one row per name."""
    row = row.in_lowest_terms()
    if row.low == row.high:
        return [row]
    rows = []
    if row.least is not None:
        rows.append(Row(row.low, row.low, row.columns, row.coefficients, row.least, None))
    if row.most is not None:
        rows.append(Row(row.high, row.high, row.columns, row.coefficients, None, row.most))
    return rows


class _Search:
    def __init__(self, held: Supply, units: Units, soft: Sequence[Row]) -> None:
        self._engine, self._soft, self._size = held.engine, soft, len(units)
        self._every = np.arange(len(units))
        self._hard = tuple(enemy_rows(held.before.bank, units))

    def fits(self, names: Rules, nodes: int = NODES_OF_A_PART) -> bool:
        """Return whether some rules can be kept together, as far as some branches tell."""
        kept = set(names)
        rows = (*self._hard, *(row for row in self._soft if row.low in kept))
        ones = np.ones(self._size, dtype=np.int64)
        model = Model(ones * 0, ones, ones.astype(np.bool_), rows)
        parts = replace(model, whole=np.zeros_like(model.whole))
        if self._engine.solve(parts).status is Status.INFEASIBLE:
            return False
        return self._engine.solve(model, nodes=nodes).status is not Status.INFEASIBLE

    def priced(self, names: list[str]) -> list[str]:
        """Return the rules that prove by their prices that nothing fits; else all of them."""
        impossible = [row.low for row in self._soft if row.is_empty]
        if impossible:
            return impossible[:1]
        model = first_phase((*self._hard, *self._soft), self._every, self._size)
        missing, prices = self._engine.relaxed(model)
        found = {row.low for row, price in zip(model.rows, prices, strict=True) if price}
        fewer = [name for name in names if name in found]
        return fewer if missing >= 1 and fewer and not self.fits(fewer) else names

    def explain(self, ground: list[str], added: list[str], names: list[str]) -> list[str]:
        """Return what of some rules is needed beside the ground for a contradiction."""
        if added and not self.fits(ground):
            return []
        if len(names) == 1:
            return names
        half = len(names) // 2
        first, second = names[:half], names[half:]
        later = self.explain(ground + first, first, second)
        return self.explain(ground + later, later, first) + later

    def shorts(self, rules: Rules) -> Iterator[Short]:
        """Yield each rule of a conflict with what the others leave it."""
        for rule in rules:
            row = next(row for row in self._soft if row.low == rule)
            others = [each for each in self._soft if each.low in rules and each.low != rule]
            for end, sign in ((row.least, -1), (row.most, 1)):
                found = self._furthest(row, others, sign)
                if end is None or found is None or (found - end) * sign <= 0:
                    continue
                yield Short(rule, *((end, found) if sign < 0 else (found, end)))

    def _furthest(self, row: Row, others: Sequence[Row], sign: int) -> int | None:
        """Return the most (sign -1) or least (1) a rule counts beside others; None: unknown."""
        ones = np.ones(self._size, dtype=np.int64)
        costs = ones * 0
        costs[row.columns] = sign * row.coefficients
        model = Model(costs, ones, ones.astype(np.bool_), (*self._hard, *others))
        answer = self._engine.solve(model, nodes=NODES_OF_A_PART)
        if answer.status is not Status.OPTIMAL:
            return None
        return abs(model.total(answer.integers()))
