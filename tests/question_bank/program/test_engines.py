"""What the engines say of small programs is so: every way is tried beside them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.program.engines import engine
from question_bank.program.model import Model, Row, Status

COUNTS = (
    ((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18), 11, 11),
    ((1, 2, 4, 5, 7, 8, 10, 11, 17), 7, 7),
    ((9, 14, 16, 18), 1, 1),
    ((2, 6, 8, 9, 15), 1, 6),
    ((3, 4, 5, 14, 18), -2, 2),
    ((0, 1, 2, 6, 8, 9, 13, 15), -4, 3),
    ((6, 7, 16, 18), 2, 17),
)
SECONDS = (18, 49, 61, 15, 59, 57, 24, 67, 36, 45, 68, 65, 23, 17, 75, 23, 87, 59, 58)


def counted(columns: tuple[int, ...], least: int, most: int) -> Row:
    """Return a rule on how many of some columns are taken."""
    return Row("", "", np.array(columns), np.ones(len(columns), dtype=np.int64), least, most)


def of_rows(size: int, rows: list[Row], costs: list[int]) -> Model:
    """Return a program of 0-1 columns."""
    ones = np.ones(size, dtype=np.int64)
    return Model(np.array(costs), ones, ones.astype(np.bool_), tuple(rows))


@pytest.mark.parametrize("name", ["highs", "scipy"])
def test_a_program_presolving_goes_wrong_on_is_answered(name: str) -> None:
    """HiGHS 1.15 presolves this to a solution it then refuses itself; there is none."""
    rows = [counted(*each) for each in COUNTS]
    rows.append(Row("", "", np.arange(19), np.array(SECONDS), -208, 512))
    assert engine(name).solve(of_rows(19, rows, [1] * 19)).status is Status.INFEASIBLE


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9), name=st.sampled_from(["highs", "scipy"]))
def test_an_optimum_is_the_best_of_all_ways(seed: int, name: str) -> None:
    """Counts and a sum over twelve columns: status and optimum are those of all 4,096 ways."""
    size, chance = 12, np.random.default_rng(seed)
    half = size // 2
    rows = [counted(tuple(range(size)), half, half)]
    for _ in range(6):
        inside = np.sort(chance.choice(size, int(chance.integers(3, 8)), replace=False))
        least = int(chance.integers(-3, 4))
        rows.append(counted(tuple(inside), least, least + int(chance.integers(0, 4))))
    weights = chance.integers(15, 90, size)
    end = int(weights.sum() // 2 - chance.integers(-30, 60))
    rows.append(Row("", "", np.arange(size), weights, end - 60, end))
    model = of_rows(size, rows, list(chance.integers(0, 1 << 20, size)))
    ways = (np.arange(1 << size)[:, None] >> np.arange(size)) & 1
    held = np.ones(len(ways), dtype=np.bool_)
    for row in rows:
        sums = ways[:, row.columns] @ row.coefficients
        held &= (sums >= (row.least or 0)) & (sums <= (row.most or 0))
    answer = engine(name).solve(model)
    assert (answer.status is Status.OPTIMAL) is bool(held.any())
    if held.any():
        assert model.holds(answer.integers())
        assert model.total(answer.integers()) == int((ways[held] @ model.costs).min())
