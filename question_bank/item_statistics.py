"""The numbers of items (试题统计) from a matrix of marks; they decide nothing about a person.

Marks are a matrix of shape (candidates, items) in points. A number that a handful of answers
cannot give, as a correlation where nobody differs, is None.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.errors import AnalysisError

Marks = NDArray[np.float64]
_NOTHING = 1e-12
"""A variance below this is rounding, not difference."""


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """The numbers of one item of a paper.

    `facility` is 0..1 (难度), `sd`, variances and covariances are in points; the weight, the
    indexes and efficiencies are in percent; correlations are -1..1.
    """

    n: int
    facility: float
    sd: float | None
    effective_weight: float | None
    covariance: float | None
    mark_variance: float | None
    other_mark_variance: float | None
    discrimination_index: float | None
    covariance_max: float | None
    discriminative_efficiency: float | None
    r_total: float | None
    r_rest: float | None
    alpha_if_dropped: float | None


def item_statistics(marks: Marks, full_marks: Sequence[float]) -> tuple[ItemStatistics, ...]:
    """Return the numbers of each item, in the order of the columns.

    The other marks of an item are those of the rest of the paper. The discrimination index is
    their correlation with the item's marks (区分度); the efficiency compares the covariance with
    the largest these marks allow, both sorted. The effective weight is the item's share in the
    spread of the totals, from the roots of its covariances with them, and None where negative.
    Raises: AnalysisError: no-responses, marks-shape.
    """
    table = _table(marks, full_marks)
    totals = table.sum(axis=1)
    with_total = [covariance(column, totals) for column in table.T]
    weights = [math.sqrt(one) if one is not None and one >= 0 else None for one in with_total]
    spread = sum(weight for weight in weights if weight is not None)
    return tuple(
        _one(table, place, full_marks[place], _share(weights[place], spread))
        for place in range(table.shape[1])
    )


def alpha(marks: Marks) -> float | None:
    """Return Cronbach's alpha (信度); of items marked 0 or 1 it is KR-20."""
    items = marks.shape[1]
    if items < 2 or len(marks) < 2:
        return None
    whole = float(marks.sum(axis=1).var(ddof=1))
    parts = float(marks.var(axis=0, ddof=1).sum())
    if whole <= _NOTHING:
        return None
    return float(items / (items - 1) * (1 - parts / whole))


def standard_error(marks: Marks) -> float | None:
    """Return the standard error of measurement (测量标准误) of a total, in points."""
    reliability = alpha(marks)
    if reliability is None:
        return None
    return float(marks.sum(axis=1).std(ddof=1)) * math.sqrt(1 - min(reliability, 1.0))


def covariance(one: Marks, other: Marks) -> float | None:
    """Return the sample covariance of two columns; None for fewer than two candidates."""
    if len(one) < 2:
        return None
    return float((one - one.mean()) @ (other - other.mean())) / (len(one) - 1)


def correlation(one: Marks, other: Marks) -> float | None:
    """Return the correlation of two columns, -1..1; None where one of them does not vary."""
    both, first, second = covariance(one, other), covariance(one, one), covariance(other, other)
    if both is None or first is None or second is None or min(first, second) <= _NOTHING:
        return None
    return both / math.sqrt(first * second)


def _table(marks: Marks, full_marks: Sequence[float]) -> Marks:
    table = np.asarray(marks, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(full_marks):
        raise AnalysisError("marks-shape", found=table.shape, items=len(full_marks))
    if not table.size:
        raise AnalysisError("no-responses")
    return table


def _one(table: Marks, place: int, full: float, weight: float | None) -> ItemStatistics:
    own = table[:, place]
    totals = table.sum(axis=1)
    rest = totals - own
    both, own_variance = covariance(own, rest), covariance(own, own)
    most = covariance(np.sort(own), np.sort(rest))
    r_rest = correlation(own, rest)
    return ItemStatistics(
        n=len(own),
        facility=float(own.mean()) / full,
        sd=None if own_variance is None else math.sqrt(own_variance),
        effective_weight=weight,
        covariance=both,
        mark_variance=own_variance,
        other_mark_variance=covariance(rest, rest),
        discrimination_index=None if r_rest is None else 100 * r_rest,
        covariance_max=most,
        discriminative_efficiency=_share(both, most),
        r_total=correlation(own, totals),
        r_rest=r_rest,
        alpha_if_dropped=alpha(np.delete(table, place, axis=1)),
    )


def _share(part: float | None, whole: float | None) -> float | None:
    if part is None or whole is None or abs(whole) <= _NOTHING:
        return None
    return 100 * part / whole
