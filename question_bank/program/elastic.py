"""The least relaxation under which a run would fit: an elastic program over the same rules.

Every rule that may give way has a whole-numbered slack with a price in item units; a rule that
gives way at all pays once more, so that few rules are named. Enemies, whole sets and papers of a
run that share nothing never give way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from question_bank.program.bank import Ints
from question_bank.program.counts import Supply, capacities, per_unit
from question_bank.program.model import Model, Row, Status
from question_bank.program.plan import MARK, TYPES, UNIT, Plan, is_exact
from question_bank.program.pool import kinds, ranks_of
from question_bank.program.rows import count_rows, enemy_rows, shared_rows, sum_rows
from question_bank.program.standing import Standing, attrition
from question_bank.program.units import Units, units_of

ANY_RULE = 50_000
"""What naming a rule costs, whatever the amount."""
PRICES = (
    ("overlap.max", 800),
    ("overlap.disjoint", 2_000),
    ("exposure.max_uses", 950),
    ("paper.facility", 10),
    ("paper.seconds", 10),
    ("paper.info_min", 10),
    ("paper.marks", 1_000),
    ("paper.sets", 1_500),
    ("paper.length", 20_000),
    ("types.", 3_000),
    ("cells.", 3_000),
    ("topics.", 1_000),
    ("levels.", 1_000),
)
CHEAPER_MAXIMUM = 100
STEPS = {
    "paper.facility": (UNIT // 10_000, Decimal("0.0001")),
    "paper.info_min": (UNIT // 100, Decimal("0.01")),
    "paper.marks": (MARK, Decimal(1)),
}
"""Row units and amount of one step of a slack; all others step by one."""
MOST_UNITS = 1_200
MOST_NODES = 200
NODES_BY_COLUMNS = 50_000
FEW_UNITS = 300
"""Units up to which fewer rules than the suspects are always looked for."""
MOST_TRIALS = 5
_MOST_STEPS = 100_000


@dataclass(frozen=True, slots=True, order=True)
class Relaxation:
    """How far a rule gives way, in its own unit: items, seconds, points, shares.

    `downwards`: its lower end, there is too little; else its upper end, there is too much.
    """

    rule: str
    by: Decimal
    downwards: bool = False


Relaxed = tuple[Relaxation, ...]
Trial = tuple[int, int, Relaxed]


class _Elastic:
    """The program being written: columns of units, then slacks and what naming a rule costs."""

    def __init__(self, held: Supply, papers: int, only: frozenset[str] | None = None) -> None:
        self.papers, self.only = papers, only
        self.costs: list[int] = []
        self.most: list[int] = []
        self.rows: list[Row] = []
        self.slacks: list[tuple[str, bool, int, Decimal]] = []
        self.named: dict[str, int] = {}
        plan, before = held.plan, held.before
        open_plan = replace(plan, max_uses=None, overlap=None, disjoint=False)
        lost = attrition(before, open_plan)
        units = pool_of_extremes(plan, before, units_of(before.bank, lost.eligible))
        capacity = capacities(replace(held, lost=lost, plan=open_plan), papers)
        for least in per_unit(np.minimum, capacity, units):
            self.column(0, int(least))
        self.units = len(units)
        for row in (*count_rows(plan, before.bank, units), *sum_rows(plan, before.bank, units)):
            self.soften(row, plan.length)
        for row in enemy_rows(before.bank, units):
            self.rows.append(replace(row, most=papers))
        self.overlaps(plan, before, units)
        self.exposure(plan, before, units)
        self.apart(plan, units)

    def column(self, cost: int, most: int) -> int:
        """Add a column and return its place."""
        self.costs.append(cost)
        self.most.append(most)
        return len(self.costs) - 1

    def slack(self, rule: str, most: int, *, downwards: bool = False, worth: int = 1) -> int:
        """Add how far a rule gives way, each step worth some, and the price of naming it."""
        column = self.column(_price(rule) * worth, most)
        amount = STEPS.get(rule, (1, Decimal(1)))[1] * worth
        self.slacks.append((rule, downwards, column, amount))
        if self.only is not None:
            return column
        if rule not in self.named:
            self.named[rule] = self.column(ANY_RULE, 1)
        both = np.array([column, self.named[rule]], dtype=np.int64)
        self.rows.append(Row(rule, rule, both, np.array([1, -most], dtype=np.int64), None, 0))
        return column

    def gives_way(self, rule: str) -> bool:
        """Return whether a rule may give way here."""
        return self.only is None or rule in self.only

    def soften(self, row: Row, length: int) -> None:
        """Add a rule whose two ends may give way, each under its own name."""
        if row.is_empty:
            self.soften(replace(row, most=None), length)
            self.soften(replace(row, least=None), length)
            return
        step = STEPS.get(row.low, (1, Decimal(1)))[0]
        if row.low == "paper.facility":
            step *= max(1, length)
        reach = int(row.coefficients.max(initial=0)) * length
        columns, coefficients = [row.columns], [row.coefficients]
        for rule, end, sign in ((row.low, row.least, 1), (row.high, row.most, -1)):
            if end is not None and self.gives_way(rule):
                furthest = end if sign > 0 else reach - end
                if sign > 0 and rule == "paper.length" and len(row.columns):
                    furthest = end - 1
                    if not furthest:
                        continue
                most = max(1, min(_MOST_STEPS, -(-furthest // step)))
                columns.append(
                    np.array([self.slack(rule, most, downwards=sign > 0)], dtype=np.int64)
                )
                coefficients.append(np.array([sign * step * self.papers], dtype=np.int64))
        least = None if row.least is None else row.least * self.papers
        most_all = None if row.most is None else row.most * self.papers
        self.rows.append(
            Row(
                row.low,
                row.high,
                np.concatenate(columns),
                np.concatenate(coefficients),
                least,
                most_all,
            ).in_lowest_terms()
        )

    def overlaps(self, plan: Plan, before: Standing, units: Units) -> None:
        """Add the ceiling of shared items, one slack for all earlier papers."""
        if plan.overlap is None:
            return
        most = plan.overlap * self.papers
        shared = list(shared_rows(before, before.limited(plan), units, most))
        if not self.gives_way("overlap.max"):
            self.rows += shared
        elif shared:
            column = self.slack("overlap.max", plan.length)
            self.rows += [_with(row, column, -self.papers) for row in shared]

    def exposure(self, plan: Plan, before: Standing, units: Units) -> None:
        """Add the ceiling of uses, one slack for all items at it."""
        if plan.max_uses is None:
            return
        room = plan.max_uses - per_unit(np.maximum, before.uses, units)
        tight = np.flatnonzero(room < self.papers)
        if not len(tight):
            return
        if not self.gives_way("exposure.max_uses"):
            for unit, left in zip(tight, room[tight], strict=True):
                self.most[unit] = max(0, int(left))
            return
        if self.papers == 1:
            self.ladder(tight, 1 - room[tight])
            return
        column = self.slack("exposure.max_uses", int(1 + self.papers - room.min()))
        for unit, left in zip(tight, room[tight], strict=True):
            ends = np.array([unit], dtype=np.int64)
            row = Row("", "", ends, np.ones(1, dtype=np.int64), None, max(0, int(left)))
            self.rows.append(_with(row, column, -1))

    def ladder(self, tight: Ints, overs: Ints) -> None:
        """Add the raises of the ceiling one paper could ask for, each on top of the last."""
        below, last = 0, None
        for over in sorted({int(over) for over in overs}):
            column = self.slack("exposure.max_uses", 1, worth=over - below)
            if last is not None:
                both = np.array([column, last], dtype=np.int64)
                self.rows.append(Row("", "", both, np.array([1, -1], dtype=np.int64), None, 0))
            for unit in tight[overs == over]:
                both = np.array([unit, column], dtype=np.int64)
                self.rows.append(Row("", "", both, np.array([1, -1], dtype=np.int64), None, 0))
            below, last = over, column

    def apart(self, plan: Plan, units: Units) -> None:
        """Add that papers of a run share nothing, which gives way whole or by how often."""
        if not (plan.disjoint or plan.overlap == 0) or self.papers == 1:
            return
        rule, most = ("overlap.disjoint", 1) if plan.disjoint else ("overlap.max", self.papers)
        column = self.slack(rule, most)
        again = self.papers - 1 if plan.disjoint else 1
        for unit in range(len(units)):
            ends = np.array([unit], dtype=np.int64)
            row = Row("", "", ends, np.ones(1, dtype=np.int64), None, 1)
            self.rows.append(_with(row, column, -again))

    def model(self) -> Model:
        """Return the program as it stands."""
        return Model(
            np.array(self.costs, dtype=np.int64),
            np.array(self.most, dtype=np.int64),
            np.arange(len(self.costs)) >= (self.units if self.papers > 1 else 0),
            tuple(self.rows),
        )


def least_relaxation(held: Supply, papers: int, suspects: Sequence[str] = ()) -> Relaxed:
    """Return the cheapest set of rules to give way; empty when none helps.

    Args: suspects: rules known to be short or in conflict, tried by themselves first.
    """
    trials = [_solved(held, papers, only) for only in _groups(held.plan, suspects)[:MOST_TRIALS]]
    found = [trial for trial in trials if trial is not None]
    if not found and suspects and not _is_full(held, suspects):
        every = _all(held.plan, suspects)
        found = [trial for trial in [_solved(held, papers, every)] if trial is not None]
    few = len(held.units) <= FEW_UNITS and len(found) > 0 and len(min(found)[2]) > 1
    if not found or few:
        found += [trial for trial in [_solved(held, papers, None)] if trial is not None]
    return min(found)[2] if found else ()


def _is_full(held: Supply, suspects: Sequence[str]) -> bool:
    """Return whether only the length is short of a bank that has items enough for it."""
    enough = int(held.lost.eligible.sum()) >= held.plan.length
    return enough and set(suspects) == {"paper.length"}


def _groups(plan: Plan, suspects: Sequence[str]) -> list[frozenset[str]]:
    """Return rules that may give way together: one, or all exact ones since their sum is fixed."""
    if not suspects:
        return []
    kinds = _all(plan, [rule for rule in suspects if is_exact(rule)])
    names = [rule for rule in suspects if rule not in kinds and rule != "paper.length"]
    names += [
        rule
        for rule, bound in (("overlap.max", plan.overlap), ("exposure.max_uses", plan.max_uses))
        if bound is not None and rule not in names
    ]
    names.sort(key=lambda rule: (_price(rule), rule))
    return [*([kinds] if kinds else []), *(frozenset({rule}) for rule in names)]


def _all(plan: Plan, suspects: Sequence[str]) -> frozenset[str]:
    """Return rules with what cannot but give way with them."""
    others: set[str] = set()
    if any(is_exact(rule) for rule in suspects):
        others = {f"types.{kind}" for kind in TYPES} | {"paper.marks"}
        others |= {cell.rule for cell in plan.cells}
    return frozenset({*suspects, *others})


def _solved(held: Supply, papers: int, only: frozenset[str] | None) -> Trial | None:
    """Return how many rules give way, their price, and the relaxation when only some may."""
    elastic = _Elastic(held, papers, only)
    if only is not None and not elastic.slacks:
        return None
    model = elastic.model()
    parts = replace(model, whole=np.zeros_like(model.whole))
    if only is not None and held.engine.solve(parts).status is Status.INFEASIBLE:
        return None
    nodes = min(MOST_NODES, max(1, NODES_BY_COLUMNS // len(model.costs)))
    answer = held.engine.solve(model, nodes=nodes)
    if answer.values is None:
        return None
    values = answer.integers()
    if papers == 1 and not model.holds(values):
        return None
    amounts: dict[tuple[str, bool], Decimal] = {}
    for rule, downwards, column, worth in elastic.slacks:
        if values[column]:
            before = amounts.get((rule, downwards), Decimal(0))
            amounts[rule, downwards] = before + int(values[column]) * worth
    relaxed = tuple(Relaxation(rule, by, end) for (rule, end), by in sorted(amounts.items()))
    return (len(relaxed), model.total(values), relaxed) if relaxed else None


def _with(row: Row, column: int, coefficient: int) -> Row:
    return replace(
        row,
        columns=np.append(row.columns, column),
        coefficients=np.append(row.coefficients, coefficient),
    )


def _price(rule: str) -> int:
    price = next(price for name, price in PRICES if rule.startswith(name))
    return price - CHEAPER_MAXIMUM if rule.endswith(".max") and price > CHEAPER_MAXIMUM else price


def pool_of_extremes(plan: Plan, before: Standing, units: Units) -> Units:
    """Return units that reach as far as the whole bank does: the ends of every stratum.

    Of each stratum the least used and least shared, and the lowest and highest of what the rules
    sum; every set where there are few, else those cheapest by the same orders.
    """
    if len(units) <= MOST_UNITS:
        return units
    bank = before.bank
    code = np.zeros(len(bank), dtype=np.int64)
    for column in kinds(plan, bank):
        code = code * (int(column.max(initial=0)) + 1) + column
    code = (code * 2 + (bank.sets >= 0))[units.members[units.starts[:-1]]]
    ranks = np.full(len(units), len(units), dtype=np.int64)
    for order in _orders(plan, before, units):
        place = np.lexsort((np.arange(len(units)), order, code))
        ordered = np.empty(len(units), dtype=np.int64)
        ordered[place] = ranks_of(code[place])
        ranks = np.minimum(ranks, ordered)
    held = np.cumsum(np.bincount(ranks))
    depth = max(1, int(np.searchsorted(held, MOST_UNITS, side="right")))
    return units.take(np.flatnonzero(ranks < depth))


def _orders(plan: Plan, before: Standing, units: Units) -> Iterator[Ints]:
    bank = before.bank
    shared = np.zeros(len(bank), dtype=np.int64)
    for paper in before.limited(plan):
        shared[paper] += 1
    worn = bank.uses * 0 if plan.max_uses is None else before.uses
    yield units.totals(shared * (int(worn.max(initial=0)) + 1) + worn)
    for values, bounds in (
        (bank.facility, plan.facility),
        (bank.seconds, plan.seconds),
        (bank.info, (plan.info_min, None)),
    ):
        totals = units.totals(values)
        if bounds[0] is not None:
            yield -totals
        if bounds[1] is not None:
            yield totals
