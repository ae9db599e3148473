"""Every way to deviate from a bound at less than some price, looked through in whole numbers.

A bound sets each column to an end and prices what moving off it costs. Few columns are cheap, so
that all their combinations below a price can be listed: the best of them that keeps the rows is
the optimum, or there is none below that price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from question_bank.program.bank import Ints
from question_bank.program.model import Row

MOST_COLUMNS = 60
MOST_STATES = 40_000
_FAR = 1 << 60


@dataclass(frozen=True, slots=True, eq=False)
class Deviations:
    """Columns in order of price; `moves` has a row per rule and a column per deviation.

    The rows keep `least` <= sum of moves <= `most`; `costs` is what each deviation adds to the
    objective, `prices` what it adds to the bound, never more than it costs.
    """

    prices: Ints
    costs: Ints
    moves: Ints
    least: Ints
    most: Ints

    def best(self, count: int, price: int) -> Ints | None:
        """Return the deviations of the cheapest way, of the first so many, below a price.

        None: no way keeps the rows; an empty array where the ways are too many to list.
        """
        moves = self.moves[:, :count]
        down = np.cumsum(np.minimum(moves, 0), axis=1)
        up = np.cumsum(np.maximum(moves, 0), axis=1)
        ways = np.zeros(1, dtype=np.int64)
        spent = np.zeros(1, dtype=np.int64)
        sums = np.zeros((len(moves), 1), dtype=np.int64)
        for place in range(count - 1, -1, -1):
            more = np.flatnonzero(spent + self.prices[place] < price)
            ways = np.concatenate([ways, ways[more] | (1 << place)])
            spent = np.concatenate([spent, spent[more] + self.prices[place]])
            sums = np.concatenate([sums, sums[:, more] + moves[:, place, None]], axis=1)
            low = self.least - (up[:, place - 1] if place else 0)
            high = self.most - (down[:, place - 1] if place else 0)
            kept = ((sums >= low[:, None]) & (sums <= high[:, None])).all(axis=0)
            ways, spent, sums = ways[kept], spent[kept], sums[:, kept]
            if not len(ways):
                return None
            if len(ways) > MOST_STATES:
                return np.zeros(0, dtype=np.int64)
        taken = (ways[:, None] >> np.arange(count)) & 1
        return np.asarray(taken[np.argmin(taken @ self.costs[:count])])


def deviations(prices: Ints, signs: Ints, costs: Ints, rows: Sequence[Row]) -> Deviations:
    """Return the deviations of some columns, cheapest first as they are given.

    Args:
        signs: 1 where a column moves from 0 to 1, -1 where from 1 to 0; costs: of the columns.
        rows: over these columns, their ends counted from where the bound has every column.
    """
    moves = np.zeros((len(rows), len(prices)), dtype=np.int64)
    for number, row in enumerate(rows):
        moves[number, row.columns] = row.coefficients
    return Deviations(
        prices,
        costs * signs,
        moves * signs,
        np.array([-_FAR if row.least is None else row.least for row in rows], dtype=np.int64),
        np.array([_FAR if row.most is None else row.most for row in rows], dtype=np.int64),
    )
