"""Several papers at once, for banks too tight to draw from without looking ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from question_bank.program.bank import Ints
from question_bank.program.counts import Supply, capacities, per_unit
from question_bank.program.draw import item_costs, paper_model
from question_bank.program.keys import Draw
from question_bank.program.model import Model, Row, Status
from question_bank.program.plan import Plan
from question_bank.program.rows import count_rows, enemy_rows, rows_of, sum_rows

MOST_COLUMNS = 12_000
MOST_PAIRED_COLUMNS = 300
"""Columns of all papers, and of all papers and pairs of them that may share a little."""
MOST_NODES = 2_000
NODES_BY_COLUMNS = 80_000
"""Branches times columns: what looking ahead may cost, since a branch costs by its columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What looking ahead gave: a paper, or whether it is proven that there is none."""

    items: Ints | None
    proven: bool = False


def draw_with_rest(held: Supply, draw: Draw, rest: int) -> Looked:
    """Return the paper of a draw that leaves enough for the rest, counted together.

    The rest is one paper of fractions as long as all that follow; it reserves what they need.
    """
    units, plan = held.units, held.plan
    capacity = per_unit(np.minimum, capacities(held, rest + 1), units)
    costs = units.totals(item_costs(held.before, draw, 0, held.lost.eligible))
    first = paper_model(plan, held.before, units, costs)
    size = len(units)
    rows = [*first.rows, *_rest_rows(held, rest)]
    for unit in np.flatnonzero(capacity <= rest):
        both = np.array([unit, size + unit], dtype=np.int64)
        rows.append(Row("", "", both, np.ones(2, dtype=np.int64), None, int(capacity[unit])))
    model = Model(
        costs=np.concatenate([first.costs, np.zeros(size, dtype=np.int64)]),
        most=np.concatenate([first.most, np.minimum(capacity, rest)]),
        whole=np.arange(2 * size) < size,
        rows=tuple(rows),
    )
    answer = held.engine.solve(model, nodes=_nodes(model))
    if answer.status is not Status.OPTIMAL or answer.values is None:
        return Looked(None, proven=answer.status is Status.INFEASIBLE)
    values = np.rint(answer.values[:size]).astype(np.int64)
    if not first.holds(values):
        return Looked(None)
    return Looked(np.sort(units.take(np.flatnonzero(values)).members))


def _rest_rows(held: Supply, rest: int) -> Iterator[Row]:
    units, plan, bank = held.units, held.plan, held.before.bank
    rows = [*count_rows(plan, bank, units), *sum_rows(plan, bank, units)]
    for row in (*(each.in_lowest_terms() for each in rows), *enemy_rows(bank, units)):
        yield replace(
            row,
            columns=row.columns + len(units),
            least=None if row.least is None else row.least * rest,
            most=None if row.most is None else row.most * rest,
        )


def columns_of(held: Supply, papers: int) -> int:
    """Return how many columns papers in one program take, pairs that may share a little too."""
    apart = held.plan.overlap is None or held.plan.disjoint
    pairs = 0 if apart else papers * (papers - 1) // 2
    return len(held.units) * (papers + pairs)


def draw_together(held: Supply, draws: Sequence[Draw]) -> list[Ints] | None:
    """Return papers drawn in one program, or None: there are none, or none was found in time."""
    units, papers = held.units, len(draws)
    size, in_all = len(units), columns_of(held, papers)
    if not 0 < in_all <= (MOST_COLUMNS if in_all == size * papers else MOST_PAIRED_COLUMNS):
        return None
    rows: list[Row] = []
    costs = []
    for number, draw in enumerate(draws):
        every = units.totals(item_costs(held.before, draw, 0, held.lost.eligible))
        costs.append(paper_model(_bare(held.plan), held.before, units, every).costs)
        for row in rows_of(held.plan, held.before, units):
            rows.append(replace(row, columns=row.columns + number * size))
    capacity = per_unit(np.minimum, capacities(held, papers), units)
    for unit in np.flatnonzero(capacity < papers):
        columns = unit + size * np.arange(papers, dtype=np.int64)
        rows.append(Row("", "", columns, np.ones_like(columns), None, int(capacity[unit])))
    every_cost = np.concatenate([*costs, np.zeros(in_all - size * papers)])
    model = Model(
        costs=every_cost.astype(np.int64),
        most=np.ones(in_all, dtype=np.int64),
        whole=np.arange(in_all) < size * papers,
        rows=(*rows, *_shared_rows(held, papers)),
    )
    answer = held.engine.solve(model, nodes=_nodes(model))
    if answer.status is not Status.OPTIMAL:
        return None
    values = answer.integers()
    drawn = [np.flatnonzero(values[size * n : size * (n + 1)]) for n in range(papers)]
    return [np.sort(units.take(chosen).members) for chosen in drawn]


def _nodes(model: Model) -> int:
    """Return how many branches a program is worth."""
    return min(MOST_NODES, max(1, NODES_BY_COLUMNS // len(model.costs)))


def _bare(plan: Plan) -> Plan:
    return Plan(length=plan.length)


def _shared_rows(held: Supply, papers: int) -> Iterator[Row]:
    """Yield the rows that keep pairs of papers apart."""
    size, most = len(held.units), held.plan.overlap
    if most is None or held.plan.disjoint:
        return
    sizes, columns = np.diff(held.units.starts), size * papers
    for one in range(papers):
        for other in range(one):
            pair = np.arange(columns, columns + size, dtype=np.int64)
            yield Row("overlap.max", "overlap.max", pair, sizes, None, most)
            for unit in range(size):
                three = np.array([one * size + unit, other * size + unit, columns + unit])
                yield Row("", "", three, np.array([1, 1, -1]), None, 1)
            columns += size
