"""How little one rule must give way: how far a paper gets when only that rule is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import numpy as np

from question_bank.program.counts import Supply
from question_bank.program.elastic import STEPS, Relaxation, Relaxed, pool_of_extremes
from question_bank.program.model import Model, Row, Status
from question_bank.program.narrow import optimum
from question_bank.program.rows import count_rows, enemy_rows, overlap_rows, sum_rows
from question_bank.program.units import Units

OPEN = ("paper.seconds", "paper.facility", "paper.info_min", "paper.sets", "topics.", "levels.")
"""Rules whose two ends give way by themselves."""
MOST_UNITS = 5_000


def least_of_one(held: Supply, relaxed: Relaxed) -> Relaxed:
    """Return a relaxation of one rule with the least amount that lets a paper fit; else as is."""
    if len(relaxed) != 1 or not relaxed[0].rule.startswith(OPEN):
        return relaxed
    return (_least(held, relaxed[0]),)


def _least(held: Supply, found: Relaxation) -> Relaxation:
    units = held.units
    if len(units) > MOST_UNITS:
        units = pool_of_extremes(held.plan, held.before, units)
    rows = list(_rows(held, units))
    own = next(row for row in rows if found.rule in (row.low, row.high))
    sign = -1 if found.downwards else 1
    end = own.least if found.downwards else own.most
    open_row = replace(own, least=None) if found.downwards else replace(own, most=None)
    costs = np.zeros(len(units), dtype=np.int64)
    costs[own.columns] = sign * own.coefficients
    ones = np.ones_like(costs)
    others = tuple(open_row if row is own else row for row in rows)
    answer = optimum(Model(costs, ones, ones.astype(np.bool_), others), held.engine)
    if answer.status is not Status.OPTIMAL or end is None:
        return found
    missing = int(np.dot(costs, answer.integers())) - sign * end
    size, worth = STEPS.get(found.rule, (1, Decimal(1)))
    size *= held.plan.length if found.rule == "paper.facility" else 1
    return replace(found, by=max(1, -(-missing // size)) * worth)


def _rows(held: Supply, units: Units) -> Iterator[Row]:
    plan, bank = held.plan, held.before.bank
    yield from count_rows(plan, bank, units)
    yield from sum_rows(plan, bank, units)
    yield from enemy_rows(bank, units)
    yield from overlap_rows(plan, held.before, units)
