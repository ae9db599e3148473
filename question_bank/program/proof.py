"""A proof over the whole bank that nothing fits, from few of its columns.

The program without whole numbers and enemies is solved over the columns that are asked for by its
prices until no other column of the bank would lessen what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from question_bank.program.bank import Ints
from question_bank.program.counts import Supply, shortages
from question_bank.program.model import Floats, Model, Row
from question_bank.program.rows import count_rows, overlap_rows, sum_rows

FIRST_COLUMNS = 400
MORE_COLUMNS = 400
MOST_ROUNDS = 40
_SCALE = 10**6
_TOLERANCE = 1e-7


def nothing_fits(held: Supply) -> bool:
    """Return whether the whole bank is proven to hold no paper; False proves nothing."""
    if shortages(held):
        return True
    bank, units = held.before.bank, held.units
    rows = [
        row.in_lowest_terms()
        for row in (
            *count_rows(held.plan, bank, units),
            *sum_rows(held.plan, bank, units),
            *overlap_rows(held.plan, held.before, units),
        )
    ]
    if any(row.is_empty for row in rows):
        return True
    step = max(1, len(units) // FIRST_COLUMNS)
    chosen = np.arange(0, len(units), step)
    for _ in range(MOST_ROUNDS):
        missing, prices = held.engine.relaxed(first_phase(rows, chosen, len(units)))
        if missing < 1.0:
            return False
        worth = _worth(rows, prices, len(units))
        worth[chosen] = 0.0
        better = np.flatnonzero(worth > _TOLERANCE * _SCALE)
        if not len(better):
            return True
        better = better[np.argsort(-worth[better], kind="stable")[:MORE_COLUMNS]]
        chosen = np.sort(np.concatenate([chosen, better]))
    return False


def first_phase(rows: Sequence[Row], chosen: Ints, size: int) -> Model:
    """Return the program that lessens what the rows miss, each row measured by its own end."""
    where = np.full(size, -1, dtype=np.int64)
    where[chosen] = np.arange(len(chosen))
    costs: list[int] = []
    made = []
    for row in rows:
        inside = where[row.columns] >= 0
        columns, coefficients = [where[row.columns[inside]]], [row.coefficients[inside]]
        for end, sign in ((row.least, 1), (row.most, -1)):
            if end is not None:
                columns.append(np.array([len(chosen) + len(costs)], dtype=np.int64))
                coefficients.append(np.array([sign], dtype=np.int64))
                costs.append(max(1, 100 * _SCALE // max(1, end)))
        made.append(
            Row(
                row.low,
                row.high,
                np.concatenate(columns),
                np.concatenate(coefficients),
                row.least,
                row.most,
            )
        )
    most = np.concatenate([np.ones(len(chosen)), np.full(len(costs), 1e9)]).astype(np.int64)
    every = np.concatenate([np.zeros(len(chosen)), np.array(costs)]).astype(np.int64)
    return Model(every, most, np.zeros(len(most), dtype=np.bool_), tuple(made))


def _worth(rows: list[Row], prices: Floats, size: int) -> Floats:
    """Return per column of the bank what one more of it would lessen."""
    worth = np.zeros(size)
    for row, price in zip(rows, prices, strict=True):
        if price:
            worth[row.columns] += price * row.coefficients
    return worth
