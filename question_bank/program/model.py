"""A linear program over integer data: named rows, integer costs, 0-1 or bounded columns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from question_bank.program.bank import Ints

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One rule: least <= sum of coefficient * column <= most; None does not bind.

    `low` and `high` are the paths of the keys the two ends come from.
    """

    low: str
    high: str
    columns: Ints
    coefficients: Ints
    least: int | None
    most: int | None

    def in_lowest_terms(self) -> Row:
        """Return the row divided by what its coefficients have in common."""
        common = int(np.gcd.reduce(self.coefficients)) if len(self.coefficients) else 1
        if common <= 1:
            return self
        return Row(
            self.low,
            self.high,
            self.columns,
            self.coefficients // common,
            None if self.least is None else -(-self.least // common),
            None if self.most is None else self.most // common,
        )

    @property
    def is_empty(self) -> bool:
        """Return whether no number lies between the two ends."""
        return self.least is not None and self.most is not None and self.least > self.most

    def holds(self, values: Ints) -> bool:
        """Return whether integer values of all columns keep the rule."""
        total = sum(map(int, self.coefficients * values[self.columns]))
        low = self.least is None or total >= self.least
        return low and (self.most is None or total <= self.most)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Minimise the sum of cost * column under the rows.

    `most` bounds each column from above, 0 from below; `whole` marks the integer columns.
    """

    costs: Ints
    most: Ints
    whole: NDArray[np.bool_]
    rows: tuple[Row, ...]

    def matrix(self) -> tuple[Ints, Ints, Floats]:
        """Return starts, column indexes and values of the rows, one after another."""
        sizes = [len(row.columns) for row in self.rows]
        starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
        if not self.rows:
            return starts, np.zeros(0, dtype=np.int64), np.zeros(0)
        columns = np.concatenate([row.columns for row in self.rows])
        values = np.concatenate([row.coefficients for row in self.rows]).astype(np.float64)
        return starts, columns, values

    def bounds(self) -> tuple[Floats, Floats]:
        """Return the lower and upper ends of the rows, infinite where they do not bind."""
        low = [-np.inf if row.least is None else row.least for row in self.rows]
        high = [np.inf if row.most is None else row.most for row in self.rows]
        return np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)

    def holds(self, values: Ints) -> bool:
        """Return whether integer values keep every row and bound."""
        inside = bool(np.all(values >= 0) and np.all(values <= self.most))
        return inside and all(row.holds(values) for row in self.rows)

    def total(self, values: Ints) -> int:
        """Return the objective in integers, exactly."""
        return sum(map(int, self.costs * values))


class Status(Enum):
    """How a solve ended; STOPPED is the deterministic limit on nodes, never a clock."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The end of a solve and the values of all columns: the optimum, or when stopped the best."""

    status: Status
    values: Floats | None = None

    def integers(self) -> Ints:
        """Return the values rounded to the integers they stand for."""
        assert self.values is not None  # noqa: S101  asked of optimal answers only
        return np.rint(self.values).astype(np.int64)


class Engine(Protocol):
    """Something that solves a model to a proven optimum."""

    name: str

    def solve(self, model: Model, *, nodes: int | None = None) -> Answer:
        """Return the optimum, or that there is none; stop after some nodes if asked to."""
        ...

    def relaxed(self, model: Model) -> tuple[float, Floats]:
        """Return the least total without whole numbers, and what each row's end is worth."""
        ...


def answer_without_columns(model: Model) -> Answer:
    """Return how a model without columns ends: its rows hold for nothing, or cannot."""
    nothing = np.zeros(0, dtype=np.int64)
    held = model.holds(nothing)
    return Answer(Status.OPTIMAL, np.zeros(0)) if held else Answer(Status.INFEASIBLE)
