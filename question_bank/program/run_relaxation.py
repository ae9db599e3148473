"""What gives way for a run of several papers: proposed by counting, and shown by drawing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from math import gcd

from question_bank.program.counts import Short, Supply, supply
from question_bank.program.elastic import STEPS, Relaxation, Relaxed, least_relaxation
from question_bank.program.loosened import loosened, together
from question_bank.program.plan import Plan, is_exact
from question_bank.program.trials import Trials

_MOST_STEPS = 1 << 20
_MORE = 15
_MARGIN = 8
_PARTS = 16
"""How finely the least amount is looked for: what a run takes moves more from seed to seed."""
_SUMS = ("paper.seconds", "paper.facility", "paper.info_min")


def relaxation_of_run(
    held: Supply, papers: int, short: tuple[Short, ...], first: Relaxed = ()
) -> Relaxed:
    """Return what gives way so that a run was drawn; the least found within a fixed work.

    Args: first: what one paper needs by itself.
    """
    trials = Trials(held.before, papers, held.engine)
    plan = loosened(held.plan, first)
    if first and trials.possible(plan) and trials.fits(plan):
        return first
    held = supply(plan, held.before, held.engine)
    for found in _proposed(held, papers, short, first):
        fitted = _least(trials, plan, found, _steps_of(first, found[-1]))
        if fitted:
            return together(first, fitted)
    return together(first, _one_paper_again(held, papers))


def _proposed(
    held: Supply, papers: int, short: tuple[Short, ...], first: Relaxed
) -> Iterator[Relaxed]:
    """Yield what could give way, rules once: those of one paper further, what is short, ceilings.

    The elastic program comes before them where it says how much further they must at least.
    """
    plan, seen = held.plan, set[tuple[str, ...]]()
    least = least_relaxation(held, papers)
    own = {each.rule for each in first}
    said = [least] if {each.rule for each in least} <= own else []
    said += _further(first)
    if len(short) == 1 and short[0].rule.endswith(".min"):
        by = -(-(short[0].needed - short[0].available) // papers)
        said.append((Relaxation(short[0].rule, Decimal(by), downwards=True),))
    apart = (Relaxation("overlap.disjoint", Decimal(1)),) if plan.disjoint else ()
    shared = (Relaxation("overlap.max", Decimal(1)),) if plan.overlap is not None else ()
    uses = (Relaxation("exposure.max_uses", Decimal(1)),) if plan.max_uses is not None else ()
    said += [least, apart, (*apart, *shared), uses]
    for found in said:
        rules = tuple(each.rule for each in found)
        if found and rules not in seen:
            seen.add(rules)
            yield found


def _further(first: Relaxed) -> Iterator[Relaxed]:
    """Yield that what gives way for one paper does so a step further for all."""
    kinds = tuple(each for each in first if is_exact(each.rule))
    if kinds:
        kinds += tuple(each for each in first if each.rule == "paper.marks")
        common = gcd(*(int(each.by) for each in kinds if is_exact(each.rule)))
        yield tuple(replace(each, by=each.by / common) for each in kinds)
    for each in first:
        if each not in kinds:
            yield (replace(each, by=_step(each)),)


def _steps_of(first: Relaxed, last: Relaxation) -> int:
    """Return how many steps a rule has given way already."""
    given = (each.by for each in first if replace(each, by=last.by) == last)
    return int(next(given, Decimal(0)) / _step(last))


def _step(given: Relaxation) -> Decimal:
    return STEPS.get(given.rule, (1, Decimal(1)))[1]


def _least(trials: Trials, plan: Plan, found: Relaxed, before: int) -> Relaxed:
    """Return a proposal whose last amount is raised until a run was drawn; empty: never.

    Counts of kinds are raised all together, as their sum is the length.
    Args: before: how many steps it has given way already.
    """
    *others, last = found
    step = _step(last)
    kinds = any(is_exact(each.rule) for each in found)
    by_ones = kinds or last.rule.startswith(("overlap.", "exposure."))
    start = 1 if by_ones else int(last.by / step)

    def given(steps: int) -> Relaxed:
        if kinds:
            return tuple(replace(each, by=each.by * steps) for each in found)
        return (*others, replace(last, by=steps * step))

    def possible(steps: int) -> bool:
        return trials.possible(loosened(plan, given(steps)))

    def drawn(steps: int) -> bool:
        return trials.fits(loosened(plan, given(steps)))

    most = min(_furthest(plan, each) for each in (found if kinds else (last,)))
    counted = _raised(start, most, possible, before)
    if counted is None:
        return ()
    if last.rule not in _SUMS:
        most = min(most, counted + _MORE)
    way = _lowered if last.rule == "overlap.max" else _raised
    enough = way(counted, most, drawn, before)
    return () if enough is None else given(enough)


def _furthest(plan: Plan, last: Relaxation) -> int:
    """Return how many steps a rule can give way before it asks for nothing."""
    if last.rule == "overlap.disjoint":
        return 1
    if last.rule == "overlap.max":
        return plan.length - (plan.overlap or 0)
    if is_exact(last.rule) and last.downwards:
        counts = {f"types.{kind}": count for kind, count in plan.types.items()}
        counts |= {cell.rule: cell.wanted for cell in plan.cells}
        return counts[last.rule] // int(last.by)
    table, _, key = last.rule.partition(".")
    if last.downwards and table in ("topics", "levels"):
        bounds = (plan.topics if table == "topics" else plan.levels)[key.rpartition(".")[0]]
        return bounds.least or 0
    return _MOST_STEPS


def _raised(start: int, most: int, holds: Callable[[int], bool], before: int) -> int | None:
    """Return the least from a start at which something holds: half as much more, then halved."""
    below, above = start - 1, min(most, start + (before + start) // _MARGIN)
    while not holds(above):
        if above >= most:
            return None
        below, above = above, min(most, above + max(1, (before + above) // 2))
    return _between(below, above, holds, before)


def _lowered(start: int, most: int, holds: Callable[[int], bool], before: int) -> int | None:
    """Return the least from a start at which something holds, by halving from the most."""
    if holds(start):
        return start
    return _between(start, most, holds, before) if start < most and holds(most) else None


def _between(below: int, above: int, holds: Callable[[int], bool], before: int) -> int:
    """Return the least above what does not hold, up to what does, to a part in _PARTS of it."""
    while above - below > max(1, (before + above) // _PARTS):
        middle = (below + above) // 2
        below, above = (below, middle) if holds(middle) else (middle, above)
    return above


def _one_paper_again(held: Supply, papers: int) -> Relaxed:
    """Return what lets one paper be used again for the whole run: true, seldom the least."""
    plan, found = held.plan, []
    if plan.disjoint:
        found.append(Relaxation("overlap.disjoint", Decimal(1)))
    if plan.overlap is not None and plan.length > plan.overlap:
        found.append(Relaxation("overlap.max", Decimal(plan.length - plan.overlap)))
    if plan.max_uses is not None:
        over = int(held.before.uses[held.lost.eligible].max(initial=0)) + papers - plan.max_uses
        found += [Relaxation("exposure.max_uses", Decimal(over))] if over > 0 else []
    return tuple(found)
