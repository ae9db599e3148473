"""The item analysis of a class (班次试题分析): what each item, each option and the paper did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from question_bank.errors import AnalysisError
from question_bank.item import ItemType
from question_bank.item_counts import ItemCounts
from question_bank.item_statistics import (
    ItemStatistics,
    Marks,
    alpha,
    correlation,
    item_statistics,
    standard_error,
)
from question_bank.marking import PartialCredit, score

Responses = Sequence[Sequence[frozenset[int] | None]]
"""Per candidate the options chosen of each item, in the order and with the indexes of the bank."""
GROUP_SHARE = 0.27
"""Part of the candidates that are the best, and the weakest; source: Kelley 1939."""
BINS = 10


@dataclass(frozen=True, slots=True)
class AskedItem:
    """An item as a paper asked it: its right options, how many options it has, its full marks."""

    uid: str
    key: frozenset[int]
    options: int
    marks: Decimal


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option: how many chose it, which shares of all, the best and the weakest, and its r."""

    option: int
    is_key: bool
    chosen: int
    share: float
    upper_share: float
    lower_share: float
    r_rest: float | None


@dataclass(frozen=True, slots=True)
class ItemAnalysis:
    """One item in one class; `counts` is what the bank keeps of it."""

    uid: str
    statistics: ItemStatistics
    options: tuple[OptionRow, ...]
    omitted: int
    counts: ItemCounts


@dataclass(frozen=True, slots=True)
class Bin:
    """The candidates whose total is low ≤ total < high, in points; the last one holds its high."""

    low: Decimal
    high: Decimal
    candidates: int


@dataclass(frozen=True, slots=True)
class ClassAnalysis:
    """A paper in one class: its items and its totals, in points."""

    candidates: int
    items: tuple[ItemAnalysis, ...]
    alpha: float | None
    sem: float | None
    mean: float
    sd: float | None
    full_marks: Decimal
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class _Class:
    responses: Responses
    marks: Marks
    upper: NDArray[np.bool_]
    lower: NDArray[np.bool_]
    full_marks: float


def analyse(
    responses: Responses,
    asked: Sequence[AskedItem],
    *,
    partial: PartialCredit = PartialCredit.ALL_OR_NOTHING,
    earned: Sequence[Sequence[Decimal]] | None = None,
) -> ClassAnalysis:
    """Return the analysis of one paper in one class.

    Candidates level with the last of the best or weakest 27 % belong to them too, so the order
    of the candidates is no matter.
    Args:
        earned: the marks as they were given, candidate by item; without them the keys give them.
    Raises: AnalysisError no-responses, responses-shape.
    """
    _check_shape(responses, asked)
    exact = _marks(responses, asked, partial) if earned is None else earned
    marks = np.array(exact, dtype=np.float64)
    totals = [sum(row, Decimal(0)) for row in exact]
    upper, lower = _groups(totals)
    numbers = item_statistics(marks, [float(item.marks) for item in asked])
    full = sum((item.marks for item in asked), Decimal(0))
    taken = _Class(responses, marks, upper, lower, float(full))
    return ClassAnalysis(
        candidates=len(responses),
        items=tuple(
            _item(taken, place, item, number)
            for place, (item, number) in enumerate(zip(asked, numbers, strict=True))
        ),
        alpha=alpha(marks),
        sem=standard_error(marks),
        mean=float(marks.sum(axis=1).mean()),
        sd=float(marks.sum(axis=1).std(ddof=1)) if len(marks) > 1 else None,
        full_marks=full,
        bins=_bins(totals, full),
    )


def _check_shape(responses: Responses, asked: Sequence[AskedItem]) -> None:
    if not responses or not asked:
        raise AnalysisError("no-responses")
    for row in responses:
        if len(row) != len(asked):
            raise AnalysisError("responses-shape", found=len(row), items=len(asked))


def _marks(
    responses: Responses, asked: Sequence[AskedItem], partial: PartialCredit
) -> list[list[Decimal]]:
    kinds = [ItemType.MULTIPLE if len(item.key) > 1 else ItemType.SINGLE for item in asked]
    return [
        [
            score(response, item.key, item_type=kind, marks=item.marks, partial=partial)
            for response, item, kind in zip(row, asked, kinds, strict=True)
        ]
        for row in responses
    ]


def _groups(totals: Sequence[Decimal]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    size = max(1, round(GROUP_SHARE * len(totals)))
    ranked = sorted(totals)
    upper = np.array([total >= ranked[-size] for total in totals])
    lower = np.array([total <= ranked[size - 1] for total in totals])
    return upper, lower


def _item(taken: _Class, place: int, item: AskedItem, numbers: ItemStatistics) -> ItemAnalysis:
    answers = [row[place] or frozenset() for row in taken.responses]
    chose = np.array([[index in answer for index in range(item.options)] for answer in answers])
    rest = taken.marks.sum(axis=1) - taken.marks[:, place]
    rows = tuple(
        OptionRow(
            option=index,
            is_key=index in item.key,
            chosen=int(chose[:, index].sum()),
            share=float(chose[:, index].mean()),
            upper_share=float(chose[taken.upper, index].mean()),
            lower_share=float(chose[taken.lower, index].mean()),
            r_rest=correlation(chose[:, index].astype(np.float64), rest),
        )
        for index in range(item.options)
    )
    return ItemAnalysis(
        uid=item.uid,
        statistics=numbers,
        options=rows,
        omitted=sum(not answer for answer in answers),
        counts=_counts(taken, place, item, chose),
    )


def _counts(taken: _Class, place: int, item: AskedItem, chose: NDArray[np.bool_]) -> ItemCounts:
    own = taken.marks[:, place]
    rest = taken.marks.sum(axis=1) - own
    own_share = own / float(item.marks)
    rest_share = rest / (taken.full_marks - float(item.marks) or 1.0)
    own_off = own_share - own_share.mean()
    rest_off = rest_share - rest_share.mean()
    return ItemCounts(
        n=len(own),
        omitted=int((~chose.any(axis=1)).sum()),
        n_upper=int(taken.upper.sum()),
        n_lower=int(taken.lower.sum()),
        chosen=_per_option(chose),
        chosen_upper=_per_option(chose[taken.upper]),
        chosen_lower=_per_option(chose[taken.lower]),
        gained=float(own_share.sum()),
        own_square=float(own_off @ own_off),
        rest_square=float(rest_off @ rest_off),
        cross_square=float(own_off @ rest_off),
    )


def _per_option(chose: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(count) for count in chose.sum(axis=0))


def _bins(totals: Sequence[Decimal], full: Decimal) -> tuple[Bin, ...]:
    places = [min(int(total * BINS / full), BINS - 1) for total in totals]
    return tuple(
        Bin(full * place / BINS, full * (place + 1) / BINS, places.count(place))
        for place in range(BINS)
    )
