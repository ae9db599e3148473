"""Why nothing fits: which rule is short and by how much, and what the least relaxation would be."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal

from question_bank.program.conflict import conflict
from question_bank.program.counts import Short, run_shortages, shortages, supply
from question_bank.program.elastic import Relaxation, least_relaxation
from question_bank.program.model import Engine
from question_bank.program.plan import Plan
from question_bank.program.run import draw_run
from question_bank.program.standing import Standing


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Rules short of items, the least relaxation, and rules that contradict each other.

    `conflict` is looked for only where no count is short.
    """

    short: tuple[Short, ...]
    relax: tuple[Relaxation, ...]
    conflict: tuple[str, ...]

    def to_json(self) -> str:
        """Return the object the command prints, on one line."""
        made = {
            "short": [
                {"rule": each.rule, "needed": each.needed, "available": each.available}
                for each in self.short
            ],
            "relax": [{"rule": each.rule, "by": _plain(each.by)} for each in self.relax],
        }
        return json.dumps(made, ensure_ascii=False)


def _plain(amount: Decimal) -> int | float:
    return int(amount) if amount == int(amount) else float(amount)


def diagnose(plan: Plan, before: Standing, *, papers: int, engine: Engine) -> Diagnosis:
    """Return why a run does not fit; of one paper where one alone does not, else of all."""
    held = supply(plan, before, engine)
    short = shortages(held)
    if short:
        return Diagnosis(short, least_relaxation(held, 1, [each.rule for each in short]), ())
    found = conflict(held)
    if papers > 1 and not found.rules:
        short = run_shortages(held, papers)
        relax = least_relaxation(held, papers) or _by_trial(plan, before, papers, engine)
        return Diagnosis(short, relax, ())
    relax = least_relaxation(held, 1, found.rules)
    return Diagnosis(found.short or _from_relaxed(plan, relax), relax, found.rules)


def _by_trial(plan: Plan, before: Standing, papers: int, engine: Engine) -> tuple[Relaxation, ...]:
    """Return by how much more papers of a run must share, found by drawing them.

    Needed only where the papers fit together but not apart; the amount is the first of 1, 2, 4, …
    that lets them be drawn.
    """
    raised = 1
    while raised <= plan.length:
        most = (plan.overlap or 0) + raised
        looser = replace(plan, overlap=most, disjoint=False)
        if draw_run(looser, before, papers=papers, seed=b"", engine=engine) is not None:
            rule = "overlap.disjoint" if plan.disjoint else "overlap.max"
            return (Relaxation(rule, Decimal(raised)),)
        raised *= 2
    return ()


def _from_relaxed(plan: Plan, relax: tuple[Relaxation, ...]) -> tuple[Short, ...]:
    """Return rules on counts that give way as shortages: what they need, what can be had."""
    exact = {f"types.{kind}": count for kind, count in plan.types.items()}
    exact |= {cell.rule: cell.wanted for cell in plan.cells}
    found = []
    for each in relax:
        table, _, rest = each.rule.partition(".")
        key, _, end = rest.rpartition(".")
        by = int(each.by)
        if table in ("types", "cells") and each.downwards:
            count = exact.get(each.rule, 0)
            found.append(Short(each.rule, count, count - by))
        elif table in ("topics", "levels"):
            bounds = (plan.topics if table == "topics" else plan.levels)[key]
            least, most = bounds.least or 0, bounds.most or 0
            if end == "min":
                found.append(Short(each.rule, least, least - by))
            else:
                found.append(Short(each.rule, most + by, most))
    return tuple(found)
