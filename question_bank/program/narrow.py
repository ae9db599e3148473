"""The optimum of a 0-1 program from the few columns that its prices leave open.

The prices of the rows, whatever they are, bound every solution from below; a column whose reduced
cost is above the distance between that bound and a solution stands as the bound has it. Bound
and reduced costs are whole numbers, so that nothing rests on an engine's rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from question_bank.program.bank import Flags, Ints
from question_bank.program.deviations import MOST_COLUMNS, deviations
from question_bank.program.errors import EngineFailed
from question_bank.program.model import Answer, Engine, Floats, Model, Row, Status

OPEN_COLUMNS = 32
"""Columns left open to an engine at first."""
MOST_OPEN = 64
"""Columns left open at most where any solution will do."""
LEVELS = (14, 22, 32, 44, 56)
"""Columns whose deviations are listed, one choice after the other."""
MOST_NODES = 5_000
"""Branches of one program after which a draw is given up as undecided; never a clock."""
_WIDER = 4
_FRACTION = 1 << 16
_LARGEST = 1 << 52


@dataclass(frozen=True, slots=True, eq=False)
class _Bound:
    """No solution costs less than `least`, in parts of _FRACTION, and what deviating adds."""

    least: int
    reduced: Ints

    def open_below(self, total: int) -> Flags:
        """Return the columns that may stand otherwise in a solution of at most a total."""
        return np.abs(self.reduced) <= total * _FRACTION - self.least


def optimum(model: Model, engine: Engine) -> Answer:
    """Return the optimum of a program of 0-1 columns, as the engine's own `solve` would."""
    bound = _bound(model, engine)
    if bound is None:
        return engine.solve(model, nodes=MOST_NODES)
    nearest = np.argsort(np.abs(bound.reduced), kind="stable")
    values = _listed(model, bound, nearest)
    if values is None:
        values = _searched(model, bound, nearest, engine)
    if values is None:
        return engine.solve(model, nodes=MOST_NODES)
    return Answer(Status.OPTIMAL, values.astype(np.float64))


def near_optimum(model: Model, engine: Engine) -> Ints | None:
    """Return a solution found among few columns, seldom the optimum; None: there was none."""
    bound = _bound(model, engine)
    if bound is None:
        answer = engine.solve(model, nodes=MOST_NODES)
        return answer.integers() if answer.status is Status.OPTIMAL else None
    nearest = np.argsort(np.abs(bound.reduced), kind="stable")
    values = _listed(model, bound, nearest, proven=False)
    if values is None:
        values = _solved(model, bound, nearest[:OPEN_COLUMNS], engine)
    if values is None:
        values = _solved(model, bound, nearest[:MOST_OPEN], engine)
    return values


def _listed(model: Model, bound: _Bound, nearest: Ints, *, proven: bool = True) -> Ints | None:
    """Return the optimum where it is among few enough ways to deviate from the bound.

    Args: proven: False takes the first solution there is among them.
    """
    columns = nearest[:MOST_COLUMNS]
    base = np.where(bound.reduced < 0, model.most, 0)
    rows = _rows(model, base, columns)
    if rows is None:
        return None
    prices = np.abs(bound.reduced[nearest])
    ways = deviations(prices[: len(columns)], 1 - 2 * base[columns], model.costs[columns], rows)
    total = model.total(base)
    for count in LEVELS:
        if count >= len(prices):
            return None
        price = int(prices[count])
        taken = ways.best(count, price)
        if taken is None:
            continue
        if not len(taken):
            return None
        beyond = (total + int(np.dot(taken, ways.costs[:count]))) * _FRACTION - bound.least
        if proven and beyond >= price:
            count = int(np.searchsorted(prices, beyond, side="right"))
            if count > MOST_COLUMNS:
                continue
            taken = ways.best(count, beyond + 1)
            if taken is None or not len(taken):
                return None
        values = base.copy()
        values[columns[:count]] += taken * (1 - 2 * base[columns[:count]])
        return values
    return None


def _searched(model: Model, bound: _Bound, nearest: Ints, engine: Engine) -> Ints | None:
    """Return the optimum by an engine over the columns left open, ever more of them."""
    count = OPEN_COLUMNS
    while count < len(nearest):
        found = _solved(model, bound, nearest[:count], engine)
        if found is not None:
            needed = np.flatnonzero(bound.open_below(model.total(found)))
            more = len(np.setdiff1d(needed, nearest[:count])) > 0
            return _solved(model, bound, needed, engine) if more else found
        count *= _WIDER
    return None


def _bound(model: Model, engine: Engine) -> _Bound | None:
    """Return what the prices of a program prove; None for a small one, or where they prove none."""
    if len(model.costs) <= OPEN_COLUMNS:
        return None
    try:
        return _priced(model, engine.relaxed(model)[1])
    except EngineFailed:
        return None


def _priced(model: Model, prices: Floats) -> _Bound | None:
    """Return what some prices prove; None where whole numbers would not hold it."""
    low = np.array([0 if row.least is None else row.least for row in model.rows], dtype=np.int64)
    high = np.array([0 if row.most is None else row.most for row in model.rows], dtype=np.int64)
    due = np.array([row.least is not None for row in model.rows], dtype=np.bool_)
    capped = np.array([row.most is not None for row in model.rows], dtype=np.bool_)
    scaled = np.where(((prices > 0) & due) | ((prices < 0) & capped), prices * _FRACTION, 0.0)
    ends = np.where(scaled > 0, low, high)
    flat = _Flat.of(model.rows)
    spread = scaled[flat.rows] * flat.coefficients
    furthest = max(np.abs(spread).max(initial=0), np.abs(scaled * ends).max(initial=0))
    if not furthest < _LARGEST:
        return None
    whole = np.rint(scaled).astype(np.int64)
    reduced = model.costs * _FRACTION
    np.subtract.at(reduced, flat.columns, whole[flat.rows] * flat.coefficients)
    least = sum(map(int, whole * ends)) + int(np.minimum(reduced, 0).sum())
    return _Bound(least, reduced)


@dataclass(frozen=True, slots=True, eq=False)
class _Flat:
    """The entries of some rows, one after another: row, column, coefficient."""

    starts: Ints
    rows: Ints
    columns: Ints
    coefficients: Ints

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Flat:
        """Return the entries of some rows."""
        none = np.zeros(0, dtype=np.int64)
        sizes = np.array([len(row.columns) for row in rows], dtype=np.int64)
        return cls(
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            np.repeat(np.arange(len(rows)), sizes),
            np.concatenate([none, *(row.columns for row in rows)]),
            np.concatenate([none, *(row.coefficients for row in rows)]),
        )

    def sums(self, values: Ints) -> list[int]:
        """Return per row the sum of what its entries hold."""
        every = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(values)])
        return [int(each) for each in every[self.starts[1:]] - every[self.starts[:-1]]]


def _solved(model: Model, bound: _Bound, chosen: Ints, engine: Engine) -> Ints | None:
    """Return the best values where only some columns are open; None: there are none."""
    values = np.where(bound.reduced < 0, model.most, 0)
    open_columns = np.sort(chosen)
    values[open_columns] = 0
    rows = _rows(model, values, open_columns)
    if rows is None:
        return None
    narrowed = Model(
        model.costs[open_columns], model.most[open_columns], model.whole[open_columns], rows
    )
    answer = engine.solve(narrowed, nodes=MOST_NODES)
    if answer.status is not Status.OPTIMAL:
        return None
    values[open_columns] = answer.integers()
    return values


def _rows(model: Model, values: Ints, columns: Ints) -> tuple[Row, ...] | None:
    """Return the rows over some columns, counted from the values all columns have.

    Rows that cannot bind are left out; None: one cannot be kept.
    """
    where = np.full(len(values), -1, dtype=np.int64)
    where[columns] = np.arange(len(columns))
    flat = _Flat.of(model.rows)
    moves = np.where(where >= 0, 1 - 2 * values, 0)[flat.columns] * flat.coefficients
    rows = []
    for row, taken, lowest, highest in zip(
        model.rows,
        flat.sums(flat.coefficients * values[flat.columns]),
        flat.sums(np.minimum(moves, 0)),
        flat.sums(np.maximum(moves, 0)),
        strict=True,
    ):
        least = None if row.least is None else row.least - taken
        most = None if row.most is None else row.most - taken
        if (least is not None and highest < least) or (most is not None and lowest > most):
            return None
        if (least is None or lowest >= least) and (most is None or highest <= most):
            continue
        inside = where[row.columns] >= 0
        rows.append(
            replace(
                row,
                columns=where[row.columns[inside]],
                coefficients=row.coefficients[inside],
                least=least,
                most=most,
            )
        )
    return tuple(rows)
