"""Whether a run can be drawn, found by drawing it: any papers will do, not those of a seed.

What it may cost is counted in columns handed to an engine and items read, never in time, so that
a diagnosis is the same wherever it is made.
"""

from __future__ import annotations

import numpy as np

from question_bank.program.bank import Ints
from question_bank.program.counts import capacities, run_shortages, shortages, supply
from question_bank.program.draw import EXPOSURE, paper_model
from question_bank.program.model import Answer, Engine, Floats, Model, Status
from question_bank.program.narrow import MOST_OPEN, near_optimum
from question_bank.program.plan import TYPES, Plan
from question_bank.program.pool import pools
from question_bank.program.standing import Standing
from question_bank.program.together import MOST_PAIRED_COLUMNS, columns_of

WORK = 150_000
_NODES = 20
_SOLVED, _RELAXED = 120, 3
_PAPER, _ITEMS = 300, 20


class _Spent(Exception):
    """The work a diagnosis may cost is used up."""


class _Thrifty:
    """An engine that takes the first paper it has after few nodes, and counts its work."""

    def __init__(self, engine: Engine) -> None:
        self.name, self._engine, self.left, self.kept = engine.name, engine, WORK, 0

    def charge(self, work: int) -> None:
        """Count some work; raise once only what is kept is left."""
        self.left -= work
        if self.left < self.kept:
            raise _Spent

    def solve(self, model: Model, *, nodes: int | None = None) -> Answer:
        """Return a solution; `STOPPED` where the program is large or few nodes found none."""
        if len(model.costs) > MOST_OPEN:
            return Answer(Status.STOPPED)
        self.charge(_SOLVED * len(model.costs))
        answer = self._engine.solve(model, nodes=_NODES if nodes is None else min(nodes, _NODES))
        if answer.values is None or not model.holds(answer.integers()):
            return answer
        return Answer(Status.OPTIMAL, answer.values)

    def relaxed(self, model: Model) -> tuple[float, Floats]:
        """Return the least total without whole numbers and the rows' prices."""
        self.charge(len(model.costs) // _RELAXED)
        return self._engine.relaxed(model)


class Trials:
    """Runs tried one after another, until the work they may cost together is used up."""

    def __init__(self, before: Standing, papers: int, engine: Engine) -> None:
        """Start with all the work there is."""
        self._before, self._papers, self._engine = before, papers, _Thrifty(engine)

    def possible(self, plan: Plan) -> bool:
        """Return whether counting alone does not rule a run out."""
        held = supply(plan, self._before, self._engine)
        try:
            return self._engine.left > 0 and not (
                self.over_shared(plan) or run_shortages(held, self._papers) or shortages(held)
            )
        except _Spent:
            return False

    def over_shared(self, plan: Plan) -> bool:
        """Return whether so many papers of so few items must share more than they may."""
        if plan.overlap is None or plan.disjoint:
            return False
        held = supply(plan, self._before, self._engine)
        capacity = capacities(held, self._papers)
        types = self._before.bank.types
        kinds = [(capacity[types == TYPES.index(kind)], n) for kind, n in plan.types.items()]
        kinds = kinds or [(capacity, plan.length)]
        least = sum(_pairs(most, count * self._papers) for most, count in kinds)
        return least > plan.overlap * (self._papers * (self._papers - 1) // 2)

    def fits(self, plan: Plan) -> bool:
        """Return whether papers of a run were found twice; False proves nothing.

        What is found in one order may not be with the keys of a seed; of a run small enough to
        be drawn by one program it is. One trial may cost a third of the work that is left.
        """
        self._engine.kept = max(0, self._engine.left * 2 // 3)
        try:
            ways = [dearer for dearer in (EXPOSURE, 0) if self._drawn(plan, dearer, 0)]
            if not ways or len(ways) > 1:
                return bool(ways)
            held = supply(plan, self._before, self._engine)
            small = columns_of(held, self._papers) <= MOST_PAIRED_COLUMNS
            return small or self._drawn(plan, ways[0], 1)
        except _Spent:
            return False
        finally:
            self._engine.kept = 0

    def _drawn(self, plan: Plan, dearer: int, order: int) -> bool:
        now, chance = self._before, np.random.default_rng(order)
        for _ in range(self._papers):
            items = self._paper(plan, now, chance, dearer)
            if items is None:
                return False
            now = now.after(items)
        return True

    def _paper(
        self, plan: Plan, now: Standing, chance: np.random.Generator, dearer: int
    ) -> Ints | None:
        """Return a paper, an item dearer by its uses in this run, else in a random order."""
        self._engine.charge(_PAPER + len(now.bank) // _ITEMS)
        held = supply(plan, now, self._engine)
        units, used = held.units, now.uses - self._before.uses
        any_order = chance.integers(EXPOSURE, size=len(used))
        costs = units.totals(used * dearer + any_order)
        for chosen in pools(plan, now.bank, units, costs, held.lost.eligible):
            pool = units.take(chosen)
            model = paper_model(plan, now, pool, costs[chosen])
            values = near_optimum(model, self._engine)
            if values is not None:
                return np.sort(pool.take(np.flatnonzero(values)).members)
        return None


def _pairs(most: Ints, wanted: int) -> int:
    """Return how often two papers at least share an item, so many wanted of items so often."""
    pairs, level = 0, 0
    while wanted > 0:
        fresh = int((most > level).sum())
        if not fresh:
            break
        pairs += min(fresh, wanted) * level
        wanted, level = wanted - fresh, level + 1
    return pairs
