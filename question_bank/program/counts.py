"""Shortages found by arithmetic (缺几题): what a rule needs against what the bank can give.

Exact on the whole bank: uses at the ceiling, earlier papers, broken sets and enemies are counted
off before a rule is called short.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from question_bank.program.bank import Flags, Ints
from question_bank.program.model import Engine, Model, Status
from question_bank.program.plan import Bounds, Plan, covers, is_exact
from question_bank.program.rows import enemy_rows, groups, overlap_rows
from question_bank.program.standing import Attrition, Standing, attrition
from question_bank.program.units import Units, units_of


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
    plan, bank = held.plan, held.before.bank
    kinds = {name: (flags, bounds) for name, flags, bounds in groups(plan, bank)}
    everything = np.ones(len(bank), dtype=np.bool_)
    found = list(_short(held, "paper.length", everything, plan.length))
    for name, (flags, bounds) in kinds.items():
        rule = name if is_exact(name) else f"{name}.min"
        found += _short(held, rule, flags, bounds.least or 0)
    sets = int((held.units.sets >= 0).sum())
    if plan.sets.least is not None and sets < plan.sets.least:
        found.append(Short("paper.sets", plan.sets.least, sets, held=len(bank.set_names)))
    supplies = {name: int((flags & held.lost.eligible).sum()) for name, (flags, _) in kinds.items()}
    named = {short.rule for short in found}
    for short in (*_tree(plan, supplies, held), *_levels(plan)):
        if short.rule not in named:
            named.add(short.rule)
            found.append(short)
    return tuple(found)


def run_shortages(held: Supply, papers: int) -> tuple[Short, ...]:
    """Return the rules several papers together are short of items for.

    Needs and supplies are those of the run, an item counted as often as it may be used.
    """
    capacity = capacities(held, papers)
    if not len(capacity) or int(capacity.min()) >= papers:
        return ()
    wanted: list[tuple[str, Flags, int]] = [
        ("paper.length", np.ones(len(capacity), dtype=np.bool_), held.plan.length)
    ]
    for name, flags, bounds in groups(held.plan, held.before.bank):
        rule = name if is_exact(name) else f"{name}.min"
        wanted.append((rule, flags, bounds.least or 0))
    found = []
    for rule, flags, needed in wanted:
        available = int(capacity[flags & held.lost.eligible].sum())
        if available < needed * papers:
            found.append(_counted(held, rule, flags, needed * papers, available))
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


def _short(held: Supply, rule: str, flags: Flags, needed: int) -> Iterator[Short]:
    count = int((flags & held.lost.eligible).sum())
    if needed > 0:
        available = count if count < needed else _at_once(held, flags, needed, count)
        if count < needed:
            available = _most(held, flags)
        if available < needed:
            yield _counted(held, rule, flags, needed, available)


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


def _at_once(held: Supply, flags: Flags, needed: int, count: int) -> int:
    """Return how many of a kind one paper can hold; at least `needed` where that is plain."""
    bank = held.before.bank
    usable = flags & held.lost.eligible
    if len(bank.enemies):
        pairs = bank.enemies[usable[bank.enemies].all(axis=1)]
        count -= len(np.unique(pairs)) if len(pairs) else 0
    if held.plan.overlap:
        for paper in held.before.limited(held.plan):
            count -= max(0, int(usable[paper].sum()) - held.plan.overlap)
    return count if count >= needed else _most(held, flags)


def _most(held: Supply, flags: Flags) -> int:
    """Return the most items of a kind one paper can hold: enemies apart, overlaps kept."""
    totals = held.units.totals(flags)
    chosen = np.flatnonzero(totals)
    units = held.units.take(chosen)
    rows = (
        *enemy_rows(held.before.bank, units),
        *overlap_rows(held.plan, held.before, units),
    )
    if not rows:
        return int(totals.sum())
    ones = np.ones(len(units), dtype=np.int64)
    answer = held.engine.solve(Model(-totals[chosen], ones, ones.astype(np.bool_), rows))
    if answer.status is not Status.OPTIMAL:
        return int(totals.sum())
    return int((answer.integers() * totals[chosen]).sum())


def _tree(plan: Plan, supplies: Mapping[str, int], held: Supply) -> Iterator[Short]:
    """Yield rules on topics that contradict the rules on what lies above or below them."""
    rules = dict(plan.topics)
    children = {topic: _below(topic, rules) for topic in rules}
    needs: dict[str, int] = {}
    gives: dict[str, int] = {}
    for topic in sorted(rules, key=len, reverse=True):
        least, most = rules[topic]
        inner = children[topic]
        below = sum(needs[child] for child in inner)
        own = supplies[f"topics.{topic}"]
        loose = own - sum(supplies[f"topics.{child}"] for child in inner)
        given = min(own, loose + sum(gives[child] for child in inner))
        if most is not None and max(below, least or 0) > most:
            yield from _crowded(f"topics.{topic}.max", most, topic, inner, rules, needs, below)
        if given < (least or 0) <= own:
            yield Short(f"topics.{topic}.min", least or 0, given, held=own)
        needs[topic] = max(least or 0, below)
        gives[topic] = given if most is None else min(given, most)
    top = [topic for topic in rules if not any(topic in inner for inner in children.values())]
    below = sum(needs[topic] for topic in top)
    if below > plan.length:
        yield from _crowded("paper.length", plan.length, "", top, rules, needs, below)
    total = int(held.lost.eligible.sum())
    loose = total - sum(supplies[f"topics.{topic}"] for topic in top)
    given = loose + sum(gives[topic] for topic in top)
    if rules and given < plan.length <= total:
        yield Short("paper.length", plan.length, given, held=total)


def _crowded(
    rule: str,
    places: int,
    topic: str,
    inner: list[str],
    rules: Mapping[str, Bounds],
    needs: Mapping[str, int],
    below: int,
) -> Iterator[Short]:
    """Yield a ceiling below what must stand under it, and the minima that alone could give way."""
    least = (rules[topic].least or 0) if topic else 0
    needed = max(below, least)
    yield Short(rule, needed, places)
    if least > places:
        yield Short(f"topics.{topic}.min", least, places)
    over = below - places
    for child in inner:
        own = rules[child].least or 0
        if 0 < over <= own and needs[child] == own:
            yield Short(f"topics.{child}.min", own, own - over)


def _below(topic: str, rules: Mapping[str, Bounds]) -> list[str]:
    inner = [other for other in rules if other != topic and covers(topic, other)]
    return [
        each for each in inner if not any(each != other and covers(other, each) for other in inner)
    ]


def _levels(plan: Plan) -> Iterator[Short]:
    needed = sum(bounds.least or 0 for bounds in plan.levels.values())
    over = needed - plan.length
    if over > 0:
        yield Short("paper.length", needed, plan.length)
    for level, (least, most) in plan.levels.items():
        own = least or 0
        if most is not None and own > most:
            yield Short(f"levels.{level}.max", own, most)
            yield Short(f"levels.{level}.min", own, most)
        elif 0 < over <= own:
            yield Short(f"levels.{level}.min", own, own - over)
    ceilings = [bounds.most for bounds in plan.levels.values()]
    if len(ceilings) == _ALL_LEVELS and None not in ceilings:
        places = sum(most for most in ceilings if most is not None)
        if places < plan.length:
            yield Short("paper.length", plan.length, places)


_ALL_LEVELS = 3
