"""A season of classes: what a bank carries, how often each item should be used, and its papers.

Papers are drawn one after another; items ahead of their share of the season plan grow dearer, so
that the largest use stays near the least possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from question_bank.program.bank import Bank, Ints
from question_bank.program.counts import per_unit, supply
from question_bank.program.draw import draw_paper
from question_bank.program.keys import Draw
from question_bank.program.model import Engine, Floats, Model, Row, Status
from question_bank.program.plan import Plan
from question_bank.program.rows import count_rows, enemy_rows, sum_rows
from question_bank.program.standing import Standing
from question_bank.program.units import Units

SHARE = 1_000_000
"""Parts of one that shares of papers are counted in."""
PACE = 8.0
_STEPS = 8
_DUE = 1e-6


@dataclass(frozen=True, slots=True)
class TrainingClass:
    """A class (班次) that needs a paper; classes of one provider or region are neighbours."""

    provider: str
    region: str


@dataclass(frozen=True, slots=True)
class Capacity:
    """Papers a bank carries per permitted use of an item, and the rules that bind there."""

    papers_per_use: float
    binding: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """Papers a bank still carries under its ceilings, and the rules that bind there."""

    papers: int
    binding: tuple[str, ...]


def season_papers(
    plan: Plan,
    before: Standing,
    classes: Sequence[TrainingClass],
    *,
    neighbours: int,
    seed: bytes,
    engine: Engine,
    pace: float = PACE,
) -> Iterator[Ints]:
    """Yield a paper per class, as indexes of the bank; stops at a class that none fits.

    Args:
        neighbours: how many of the last papers of the same provider or region `overlap.max` of
            the plan applies to.
        pace: what a use ahead of the season plan weighs, in widths of a random key.
    """
    shares = season_plan(replace(plan, overlap=None), before, engine)
    papers: list[Ints] = []
    first, made = before.uses, np.zeros(len(before.bank), dtype=np.int64)
    for number, one in enumerate(classes, start=1):
        near = [
            papers[place]
            for place in range(len(papers))
            if classes[place].provider == one.provider or classes[place].region == one.region
        ]
        now = replace(before, uses=first + made, earlier=tuple(near[-neighbours:]))
        ahead = np.maximum(0, made * SHARE - shares * (number - 1))
        dearer = (ahead * pace).astype(np.int64)
        items = draw_paper(plan, now, Draw(seed, number), engine, dearer=dearer)
        if items is None:
            return
        made[items] += 1
        papers.append(items)
        yield items


def season_plan(plan: Plan, before: Standing, engine: Engine) -> Ints:
    """Return per candidate the share of papers it should stand in, in parts of SHARE.

    The evenest shares under which the rules hold on average, by a linear program with stepwise
    dearer shares.
    """
    held = supply(plan, before, engine)
    units = held.units
    usual = max(1, SHARE * plan.length // (2 * max(1, len(before.bank))))
    size = len(units)
    rows = _average_rows(plan, before.bank, units)
    for unit in range(size):
        columns = np.array([unit, *(size + unit * _STEPS + step for step in range(_STEPS))])
        signs = np.array([1] + [-1] * _STEPS, dtype=np.int64)
        rows.append(Row("", "", columns, signs, 0, 0))
    steps = [usual] * (_STEPS - 1) + [SHARE]
    weight = np.diff(units.starts)
    model = Model(
        costs=np.concatenate(
            [np.zeros(size, dtype=np.int64), np.outer(weight, np.arange(1, _STEPS + 1)).ravel()]
        ),
        most=np.concatenate([np.full(size, SHARE), np.tile(steps, size)]).astype(np.int64),
        whole=np.zeros(size * (1 + _STEPS), dtype=np.bool_),
        rows=tuple(rows),
    )
    return _shares(held.units, len(before.bank), engine, model)


def capacity(plan: Plan, before: Standing, engine: Engine) -> Capacity:
    """Return how many papers a bank carries for each time an item may be used."""
    units = supply(plan, before, engine).units
    size = len(units)
    rows = _average_rows(plan, before.bank, units)
    named = len(rows)
    for unit in range(size):
        both = np.array([unit, size], dtype=np.int64)
        rows.append(Row("", "", both, np.array([1, -1], dtype=np.int64), None, 0))
    model = Model(
        costs=np.concatenate([np.zeros(size), [1]]).astype(np.int64),
        most=np.full(size + 1, SHARE, dtype=np.int64),
        whole=np.zeros(size + 1, dtype=np.bool_),
        rows=tuple(rows),
    )
    if not size or engine.solve(model).status is not Status.OPTIMAL:
        return Capacity(0.0, ())
    largest, prices = engine.relaxed(model)
    binding = [
        row.high if price < 0 else row.low
        for row, price in zip(rows[:named], prices[:named], strict=True)
        if abs(price) * SHARE > 1
    ]
    return Capacity(SHARE / largest, tuple(sorted(set(binding) - {"", "enemies"})))


def papers_left(plan: Plan, before: Standing, engine: Engine) -> Left:
    """Return how many papers a bank still carries in all, and the rules that bind there.

    The most by a linear program; each item stands in as many papers as `max_uses` leaves it, in
    one where the plan names no ceiling. No season gets more; one drawn in turn may get fewer.
    """
    capped = plan if plan.max_uses is not None else replace(plan, max_uses=1)
    uses = before.uses if plan.max_uses is not None else before.uses * 0
    held = supply(replace(capped, overlap=None), replace(before, uses=uses), engine)
    units, size = held.units, len(held.units)
    if not size:
        return Left(0, ())
    ceiling = capped.max_uses or 1
    room = per_unit(np.minimum, np.maximum(0, ceiling - uses), units)
    rows = list(_per_paper(plan, before.bank, units))
    named = len(rows)
    for unit in range(size):
        both = np.array([unit, size], dtype=np.int64)
        rows.append(Row("", "", both, np.array([1, -1], dtype=np.int64), None, 0))
    model = Model(
        costs=np.concatenate([np.zeros(size), [-1]]).astype(np.int64),
        most=np.concatenate([room, [len(before.bank) * ceiling]]).astype(np.int64),
        whole=np.zeros(size + 1, dtype=np.bool_),
        rows=tuple(rows),
    )
    found, prices = engine.relaxed(model)
    binding = {
        row.low
        for row, price in zip(rows[:named], prices[:named], strict=True)
        if abs(price) > _DUE
    }
    return Left(int(-found + _DUE), tuple(sorted(binding - {"", "enemies"})))


def _per_paper(plan: Plan, bank: Bank, units: Units) -> Iterator[Row]:
    """Yield each end of the rules for all papers of a season together: the last column counts.

    Where there are cells the length follows from them, and would be named in their place.
    """
    papers = len(units)
    every = (*count_rows(plan, bank, units), *sum_rows(plan, bank, units))
    for row in (*(each.in_lowest_terms() for each in every), *enemy_rows(bank, units)):
        columns = np.append(row.columns, papers)
        for name, end, least in ((row.low, row.least, True), (row.high, row.most, False)):
            if end is not None and not (plan.cells and name == "paper.length"):
                signs = np.append(row.coefficients, -end)
                yield Row(name, name, columns, signs, *((0, None) if least else (None, 0)))


def gini(uses: Ints | Floats) -> float:
    """Return how unevenly items are used: 0 all alike, towards 1 few for all."""
    ordered = np.sort(uses.astype(np.float64))
    size = len(ordered)
    weights = 2 * np.arange(1, size + 1) - size - 1
    return float(weights.dot(ordered) / (size * ordered.sum())) if ordered.sum() else 0.0


def _average_rows(plan: Plan, bank: Bank, units: Units) -> list[Row]:
    """Return the rules for shares of papers in place of one paper."""
    rows = (
        *count_rows(plan, bank, units),
        *(row.in_lowest_terms() for row in sum_rows(plan, bank, units)),
        *enemy_rows(bank, units),
    )
    return [
        replace(
            row,
            least=None if row.least is None else row.least * SHARE,
            most=None if row.most is None else row.most * SHARE,
        )
        for row in rows
    ]


def _shares(units: Units, size: int, engine: Engine, model: Model) -> Ints:
    answer = engine.solve(model)
    shares = np.zeros(size, dtype=np.int64)
    if answer.status is Status.OPTIMAL and answer.values is not None:
        found = np.rint(answer.values[: len(units)]).astype(np.int64)
        shares[units.members] = np.repeat(found, np.diff(units.starts))
    return shares
