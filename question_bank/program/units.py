"""What a paper can take: a single item, or a whole set (题组) as one column of the program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from question_bank.program.bank import Bank, Flags, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Units and their members: unit u holds `members[starts[u]:starts[u + 1]]`.

    `sets` holds the index of the set a unit is, -1 for a single item.
    """

    members: Ints
    starts: Ints
    sets: Ints

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.sets)

    def totals(self, values: Ints | Flags) -> Ints:
        """Return per unit the sum of a column of the bank over its members."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        sums = np.add.reduceat(values[self.members].astype(np.int64), self.starts[:-1])
        return sums.astype(np.int64)

    def of_items(self, size: int) -> Ints:
        """Return per candidate of a bank of a size the unit it stands in, -1 for none."""
        found = np.full(size, -1, dtype=np.int64)
        found[self.members] = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return found

    def take(self, chosen: Ints) -> Units:
        """Return some of the units, in the order asked for."""
        sizes = np.diff(self.starts)[chosen]
        starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
        shifts = np.repeat(self.starts[:-1][chosen] - starts[:-1], sizes)
        members = self.members[np.arange(int(starts[-1])) + shifts]
        return Units(members, starts, self.sets[chosen])


def units_of(bank: Bank, eligible: Flags) -> Units:
    """Return the units of a bank: eligible single items and sets whose members all are.

    A set with two enemies inside can never be taken whole, so it is no unit.
    """
    single = np.flatnonzero(eligible & (bank.sets < 0))
    whole = whole_sets(bank, eligible)
    held = np.flatnonzero((bank.sets >= 0) & whole[bank.sets]) if len(whole) else single[:0]
    held = held[np.argsort(bank.sets[held], kind="stable")]
    names, sizes = np.unique(bank.sets[held], return_counts=True)
    starts = np.concatenate([np.arange(len(single) + 1), len(single) + np.cumsum(sizes)])
    return Units(
        members=np.concatenate([single, held]).astype(np.int64),
        starts=starts.astype(np.int64),
        sets=np.concatenate([np.full(len(single), -1), names]).astype(np.int64),
    )


def whole_sets(bank: Bank, eligible: Flags) -> Flags:
    """Return per set whether it can be taken whole."""
    whole = np.ones(len(bank.set_names), dtype=np.bool_)
    whole[bank.sets[(bank.sets >= 0) & ~eligible]] = False
    if len(bank.enemies):
        one, other = bank.sets[bank.enemies[:, 0]], bank.sets[bank.enemies[:, 1]]
        whole[one[(one == other) & (one >= 0)]] = False
    return whole
