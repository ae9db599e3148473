"""Shortages found by arithmetic (缺几题): what a rule needs against what the bank can give.

Exact on the whole bank: uses at the ceiling, earlier papers, broken sets and enemies are counted
off before a rule is called short.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from question_bank.program.bank import Flags, Ints
from question_bank.program.model import Engine, Model, Status
from question_bank.program.plan import Bounds, Plan, covers, is_exact
from question_bank.program.rows import enemy_rows, groups, overlap_rows
from question_bank.program.standing import Attrition, Standing, attrition
from question_bank.program.units import Units, units_of

MOST_NODES = 2_000


@dataclass(frozen=True, slots=True)
class Short:
    """A rule that needs more items than there are.

    `held` counts the bank's items of the kind; `worn`, `shared` and `partial` those of them at
    the ceiling of uses, barred by earlier papers, and in sets that cannot be taken whole.
    """

    rule: str
    needed: int
    available: int
    held: int = 0
    worn: int = 0
    shared: int = 0
    partial: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """A bank before a draw, with what of it can be taken."""

    plan: Plan
    before: Standing
    lost: Attrition
    units: Units
    engine: Engine


def supply(plan: Plan, before: Standing, engine: Engine) -> Supply:
    """Return what a bank can give a paper."""
    lost = attrition(before, plan)
    return Supply(plan, before, lost, units_of(before.bank, lost.eligible), engine)


def shortages(held: Supply) -> tuple[Short, ...]:
    """Return the rules one paper is short of items for; none of them is no proof that it fits."""
    return _shortages(held, 1, np.ones(len(held.units), dtype=np.int64))


def run_shortages(held: Supply, papers: int) -> tuple[Short, ...]:
    """Return the rules several papers together are short of items for.

    Needs and supplies are those of the run, an item counted as often as it may be used.
    """
    capacity = per_unit(np.minimum, capacities(held, papers), held.units)
    if not len(capacity) or int(capacity.min()) >= papers:
        return ()
    return _shortages(held, papers, capacity)


def _shortages(held: Supply, papers: int, capacity: Ints) -> tuple[Short, ...]:
    """Return what some papers are short of, each unit taken at most so often as it has capacity."""
    plan, bank = held.plan, held.before.bank
    stock = _Stock.of(held, papers, capacity)
    everything = np.ones(len(bank), dtype=np.bool_)
    wanted = [("paper.length", everything, plan.length)]
    for name, flags, bounds in groups(plan, bank):
        rule = name if is_exact(name) else f"{name}.min"
        wanted.append((rule, flags, bounds.least or 0))
    found = []
    for rule, flags, needed in wanted:
        available = stock.most(held.units.totals(flags), needed * papers)
        if available < needed * papers:
            found.append(_counted(held, rule, flags, needed * papers, available))
    sets = stock.most((held.units.sets >= 0).astype(np.int64), (plan.sets.least or 0) * papers)
    if sets < (plan.sets.least or 0) * papers:
        needed = (plan.sets.least or 0) * papers
        found.append(Short("paper.sets", needed, sets, held=len(bank.set_names)))
    named = {short.rule for short in found}
    for table, rules in (("topics", plan.topics), ("levels", plan.levels)):
        for short in _tree(table, rules, stock):
            if short.rule not in named:
                named.add(short.rule)
                found.append(short)
    return tuple(found)


def capacities(held: Supply, papers: int) -> Ints:
    """Return per candidate how many of some papers may hold it."""
    capacity = np.where(held.lost.eligible, papers, 0)
    if held.plan.max_uses is not None:
        capacity = np.minimum(capacity, np.maximum(0, held.plan.max_uses - held.before.uses))
    if held.plan.disjoint or held.plan.overlap == 0:
        capacity = np.minimum(capacity, 1)
    return capacity.astype(np.int64)


def per_unit(extreme: np.ufunc, values: Ints, units: Units) -> Ints:
    """Return the smallest or largest value among each unit's members."""
    if not len(units):
        return np.zeros(0, dtype=np.int64)
    found = extreme.reduceat(values[units.members], units.starts[:-1])
    return np.asarray(found, dtype=np.int64)


def _counted(held: Supply, rule: str, flags: Flags, needed: int, available: int) -> Short:
    lost = held.lost
    return Short(
        rule,
        needed,
        available,
        held=int(flags.sum()),
        worn=int((flags & lost.worn).sum()),
        shared=int((flags & lost.shared).sum()),
        partial=int((flags & lost.partial).sum()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Stock:
    """What some papers can take together: units, how often each, and what keeps units apart.

    `pairs` are enemies as units, `shared` per earlier paper the units and items shared with it.
    """

    held: Supply
    papers: int
    capacity: Ints
    pairs: Ints
    shared: tuple[tuple[Ints, Ints], ...]

    @classmethod
    def of(cls, held: Supply, papers: int, capacity: Ints) -> _Stock:
        """Return the stock of a supply."""
        bank = held.before.bank
        where = held.units.of_items(len(bank))
        pairs = where[bank.enemies]
        limited = held.before.limited(held.plan) if held.plan.overlap else []
        touched = (where[paper] for paper in limited)
        shared = tuple(np.unique(each[each >= 0], return_counts=True) for each in touched)
        return cls(held, papers, capacity, pairs[(pairs >= 0).all(axis=1)], shared)

    def most(self, totals: Ints, wanted: int) -> int:
        """Return how much the papers can hold of what units count; at least `wanted` if plain."""
        count = int((totals * self.capacity).sum())
        if wanted <= 0 or (count >= wanted and count - self._lost(totals) >= wanted):
            return count
        return self._exactly(totals)

    def _lost(self, totals: Ints) -> int:
        """Return what is lost at most to enemies and earlier papers."""
        worth = totals * self.capacity
        beside = self.pairs[(worth[self.pairs] > 0).all(axis=1)]
        lost = int(worth[np.unique(beside)].sum())
        for columns, shared in self.shared:
            inside = np.argsort(worth[columns], kind="stable")
            inside = inside[worth[columns][inside] > 0]
            taken = np.cumsum((shared * self.capacity[columns])[inside])
            over = (int(taken[-1]) if len(taken) else 0) - (
                self.held.plan.overlap or 0
            ) * self.papers
            if over > 0:
                dropped = int(np.searchsorted(taken, over)) + 1
                lost += int(worth[columns][inside[:dropped]].sum())
        return lost

    def _exactly(self, totals: Ints) -> int:
        """Return the most the papers can hold: enemies apart, overlaps kept."""
        chosen = np.flatnonzero(totals * self.capacity)
        units, held = self.held.units.take(chosen), self.held
        rows = (
            *enemy_rows(held.before.bank, units),
            *overlap_rows(held.plan, held.before, units),
        )
        count = int((totals * self.capacity).sum())
        if not rows:
            return count
        model = Model(
            -totals[chosen],
            self.capacity[chosen],
            np.ones(len(chosen), dtype=np.bool_),
            tuple(replace(row, most=(row.most or 0) * self.papers) for row in rows),
        )
        answer = held.engine.solve(model, nodes=MOST_NODES)
        if answer.status is not Status.OPTIMAL:
            return count
        return -model.total(answer.integers())

    def needed(self, bounds: Bounds) -> Bounds:
        """Return what a rule asks of all papers together."""
        return Bounds(*(None if end is None else end * self.papers for end in bounds))


def _tree(table: str, plain: Mapping[str, Bounds], stock: _Stock) -> Iterator[Short]:
    """Yield rules of a table that contradict those on what lies above or below them."""
    held, bank = stock.held, stock.held.before.bank
    rules = {key: stock.needed(bounds) for key, bounds in plain.items()}
    usable = np.zeros(len(bank), dtype=np.int64)
    usable[held.units.members] = np.repeat(stock.capacity, np.diff(held.units.starts))
    supplies = {
        name.removeprefix(f"{table}."): int(usable[flags].sum())
        for name, flags, _ in groups(held.plan, bank)
    }
    length = held.plan.length * stock.papers
    children = {key: _below(key, rules) for key in rules}
    needs: dict[str, int] = {}
    gives: dict[str, int] = {}
    for key in sorted(rules, key=len, reverse=True):
        least, most = rules[key]
        inner = children[key]
        below = sum(needs[child] for child in inner)
        own = supplies[key]
        loose = own - sum(supplies[child] for child in inner)
        given = min(own, loose + sum(gives[child] for child in inner))
        if most is not None and max(below, least or 0) > most:
            yield from _crowded(table, key, most, inner, rules, needs)
        if given < (least or 0) <= own:
            yield Short(f"{table}.{key}.min", least or 0, given, held=own)
        needs[key] = max(least or 0, below)
        gives[key] = given if most is None else min(given, most)
    top = [key for key in rules if not any(key in inner for inner in children.values())]
    if sum(needs[key] for key in top) > length:
        yield from _crowded(table, "", length, top, rules, needs)
    total = int(usable.sum())
    given = total - sum(supplies[key] for key in top) + sum(gives[key] for key in top)
    if rules and given < length <= total:
        yield Short("paper.length", length, given, held=total)


def _crowded(
    table: str,
    key: str,
    places: int,
    inner: list[str],
    rules: Mapping[str, Bounds],
    needs: Mapping[str, int],
) -> Iterator[Short]:
    """Yield a ceiling below what must stand under it, and the minima that alone could give way.

    Args: key: whose ceiling; empty: the length of the papers.
    """
    least = (rules[key].least or 0) if key else 0
    below = sum(needs[child] for child in inner)
    rule = f"{table}.{key}.max" if key else "paper.length"
    yield Short(rule, max(below, least), places)
    if least > places:
        yield Short(f"{table}.{key}.min", least, places)
    over = below - places
    for child in inner:
        own = rules[child].least or 0
        if 0 < over <= own and needs[child] == own:
            yield Short(f"{table}.{child}.min", own, own - over)


def _below(topic: str, rules: Mapping[str, Bounds]) -> list[str]:
    inner = [other for other in rules if other != topic and covers(topic, other)]
    return [
        each for each in inner if not any(each != other and covers(other, each) for other in inner)
    ]
