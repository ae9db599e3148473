"""What gives way for a run of several papers: proposed by counting, and shown by drawing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from question_bank.program.counts import Short, Supply, supply
from question_bank.program.elastic import STEPS, Relaxation, Relaxed, least_relaxation
from question_bank.program.loosened import loosened, together
from question_bank.program.plan import Plan
from question_bank.program.trials import Trials

_MOST_STEPS = 1 << 20
_MORE = 15
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
    for found in (*_further(first), *_proposed(held, papers, short)):
        fitted = _least(trials, plan, found)
        if fitted:
            return together(first, fitted)
    return together(first, _one_paper_again(held, papers))


def _further(first: Relaxed) -> Iterator[Relaxed]:
    """Yield that what gives way for one paper does so a step further for all, where it counts."""
    for each in first:
        if each.rule not in _SUMS:
            yield (replace(each, by=STEPS.get(each.rule, (1, Decimal(1)))[1]),)


def _proposed(held: Supply, papers: int, short: tuple[Short, ...]) -> Iterator[Relaxed]:
    """Yield what could give way, each once: what is short, the elastic program's, ceilings."""
    plan, seen = held.plan, set[tuple[str, ...]]()
    said: list[Relaxed] = []
    if len(short) == 1 and short[0].rule.endswith(".min"):
        least = -(-(short[0].needed - short[0].available) // papers)
        said.append((Relaxation(short[0].rule, Decimal(least), downwards=True),))
    said.append(least_relaxation(held, papers))
    apart = (Relaxation("overlap.disjoint", Decimal(1)),) if plan.disjoint else ()
    shared = (Relaxation("overlap.max", Decimal(1)),) if plan.overlap is not None else ()
    uses = (Relaxation("exposure.max_uses", Decimal(1)),) if plan.max_uses is not None else ()
    said += [apart, (*apart, *shared), uses]
    for found in said:
        rules = tuple(each.rule for each in found)
        if found and rules not in seen:
            seen.add(rules)
            yield found


def _least(trials: Trials, plan: Plan, found: Relaxed) -> Relaxed:
    """Return a proposal whose last amount is raised until a run was drawn; empty: never."""
    *others, last = found
    step = STEPS.get(last.rule, (1, Decimal(1)))[1]
    start = 1 if last.rule.startswith(("overlap.", "exposure.")) else int(last.by / step)

    def given(steps: int) -> Relaxed:
        return (*others, replace(last, by=steps * step))

    def possible(steps: int) -> bool:
        return trials.possible(loosened(plan, given(steps)))

    def drawn(steps: int) -> bool:
        return trials.fits(loosened(plan, given(steps)))

    most = _furthest(plan, last)
    counted = _raised(start, most, possible)
    if counted is None:
        return ()
    if last.rule not in _SUMS:
        most = min(most, counted + _MORE)
    way = _lowered if last.rule == "overlap.max" else _raised
    enough = way(counted, most, drawn)
    return () if enough is None else given(enough)


def _furthest(plan: Plan, last: Relaxation) -> int:
    """Return how many steps a rule can give way before it asks for nothing."""
    if last.rule == "overlap.disjoint":
        return 1
    if last.rule == "overlap.max":
        return plan.length - (plan.overlap or 0)
    table, _, key = last.rule.partition(".")
    if last.downwards and table in ("topics", "levels"):
        bounds = (plan.topics if table == "topics" else plan.levels)[key.rpartition(".")[0]]
        return bounds.least or 0
    return _MOST_STEPS


def _raised(start: int, most: int, holds: Callable[[int], bool]) -> int | None:
    """Return the least from a start at which something holds, by doubling and halving."""
    below, above = start - 1, start
    while not holds(above):
        if above >= most:
            return None
        further = max(start + 2 * (above - start) + 1, above + above // 4)
        below, above = above, min(most, further)
    return _between(below, above, holds)


def _lowered(start: int, most: int, holds: Callable[[int], bool]) -> int | None:
    """Return the least from a start at which something holds, by halving from the most."""
    if holds(start):
        return start
    return _between(start, most, holds) if start < most and holds(most) else None


def _between(below: int, above: int, holds: Callable[[int], bool]) -> int:
    """Return the least above what does not hold, up to what does, as far as halving tells."""
    while above - below > 1:
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
