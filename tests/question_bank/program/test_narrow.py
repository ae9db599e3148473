"""What prices leave open is enough: the same optimum as an engine finds over every column."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.program.deviations import deviations
from question_bank.program.engines import engine
from question_bank.program.keys import Draw
from question_bank.program.lot import LOT_UNITS, lots
from question_bank.program.model import Model, Row, Status
from question_bank.program.narrow import optimum
from question_bank.program.units import Units


def program(seed: int, columns: int) -> Model:
    """Return a program with counts, a window on a sum and pairs apart; some have no solution."""
    chance = np.random.default_rng(seed)
    every, ones = np.arange(columns), np.ones(columns, dtype=np.int64)
    kind = chance.integers(0, 4, columns)
    rows = [Row("length", "length", every, ones, 12, 12)]
    for each in range(4):
        inside = np.flatnonzero(kind == each)
        rows.append(Row("kind", "kind", inside, np.ones_like(inside), 2, 4))
    weights = chance.integers(30, 90, columns)
    middle = int(chance.integers(12 * 45, 12 * 75))
    rows.append(Row("sum", "sum", every, weights, middle - 2, middle + 2))
    for _ in range(columns // 8):
        pair = np.sort(chance.choice(columns, 2, replace=False))
        rows.append(Row("apart", "apart", pair, np.ones(2, dtype=np.int64), None, 1))
    return Model(chance.integers(0, 1 << 24, columns), ones, ones.astype(np.bool_), tuple(rows))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), columns=st.integers(20, 160))
def test_the_optimum_is_that_of_the_whole_program(seed: int, columns: int) -> None:
    """Fixing by prices leaves status and optimum as they are, however few columns there are."""
    model = program(seed, columns)
    whole, narrowed = engine().solve(model), optimum(model, engine())
    assert narrowed.status is whole.status
    if whole.status is Status.OPTIMAL:
        assert model.holds(narrowed.integers())
        assert model.total(narrowed.integers()) == model.total(whole.integers())


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_listed_ways_are_all_ways(seed: int) -> None:
    """The best way below a price is the best of all subsets that keep the rows."""
    chance = np.random.default_rng(seed)
    count = 9
    prices = np.sort(chance.integers(0, 50, count))
    signs = chance.choice([-1, 1], count)
    costs = prices * signs + chance.integers(0, 3, count) * signs
    every = np.arange(count)
    rows = [Row("", "", every, chance.integers(1, 6, count), -3, 3)]
    found = deviations(prices, signs, costs, rows).best(count, 90)
    wanted = None
    for way in range(1 << count):
        taken = (way >> every) & 1
        moved = int((rows[0].coefficients * signs * taken).sum())
        if -3 <= moved <= 3 and int((prices * taken).sum()) < 90:
            total = int((costs * signs * taken).sum())
            wanted = total if wanted is None else min(wanted, total)
    assert wanted is not None
    assert found is not None
    assert int((costs * signs * found).sum()) == wanted


def units(size: int) -> Units:
    return Units(np.arange(size), np.arange(size + 1), np.full(size, -1))


@pytest.mark.parametrize("size", [LOT_UNITS + 1, 9_240, 40_000])
def test_a_lot_is_drawn_by_the_seed(size: int) -> None:
    """A lot holds different units, follows the seed, and the whole bank comes after it."""
    first, whole = lots(units(size), Draw(b"one", 1))
    again, _ = lots(units(size), Draw(b"one", 1))
    other, _ = lots(units(size), Draw(b"two", 1))
    assert len(np.unique(first.members)) == LOT_UNITS
    assert len(whole) == size
    assert np.array_equal(first.members, again.members)
    assert not np.array_equal(first.members, other.members)


def test_a_small_bank_has_no_lot() -> None:
    """Up to a lot's size every unit is looked at."""
    assert [len(each) for each in lots(units(LOT_UNITS), Draw(b"one", 1))] == [LOT_UNITS]


def test_every_unit_is_as_likely_in_a_lot() -> None:
    """Over many seeds each unit is in its share of the lots."""
    size = 20_000
    counts = np.zeros(size, dtype=np.int64)
    for seed in range(200):
        counts[next(iter(lots(units(size), Draw(b"%d" % seed, 1)))).members] += 1
    share = counts / 200
    assert abs(float(share.mean()) - LOT_UNITS / size) < 1e-9
    assert 0.2 < float(share.min()) < float(share.max()) < 0.6
