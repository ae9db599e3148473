"""Why nothing fits: which rule is short and by how much, and what the least relaxation would be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from question_bank.program.conflict import Conflict, conflict
from question_bank.program.counts import Short, Supply, run_shortages, shortages, supply
from question_bank.program.elastic import Relaxation, Relaxed, least_relaxation
from question_bank.program.furthest import least_of_one
from question_bank.program.loosened import loosened, together
from question_bank.program.model import Engine
from question_bank.program.plan import MARK, Plan
from question_bank.program.run_relaxation import relaxation_of_run
from question_bank.program.standing import Standing
from question_bank.program.trials import Trials


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Rules short of items, the least relaxation, and rules that contradict each other.

    `conflict` is looked for only where no count is short.
    """

    short: tuple[Short, ...]
    relax: Relaxed
    conflict: tuple[str, ...]

    def to_json(self) -> str:
        """Return the object the command prints, on one line."""
        made = {
            "short": [
                {"rule": each.rule, "needed": each.needed, "available": each.available}
                for each in self.short
            ],
            "relax": [{"rule": rule, "by": _plain(by)} for rule, by in self._amounts().items()],
        }
        return json.dumps(made, ensure_ascii=False)

    def _amounts(self) -> dict[str, Decimal]:
        """Return each rule once, by the larger amount where both its ends give way."""
        amounts: dict[str, Decimal] = {}
        for each in self.relax:
            amounts[each.rule] = max(each.by, amounts.get(each.rule, each.by))
        return amounts


def _plain(amount: Decimal) -> int | float:
    return int(amount) if amount == int(amount) else float(amount)


def diagnose(plan: Plan, before: Standing, *, papers: int, engine: Engine) -> Diagnosis:
    """Return why a run does not fit; of one paper where one alone does not, else of all."""
    if parts := _parts_of_marks(plan, before):
        rest = _rest(loosened(plan, (parts,)), before, papers, engine)
        return Diagnosis((), (parts, *rest), ("paper.marks",))
    held = supply(plan, before, engine)
    short = shortages(held)
    found = Conflict() if short else conflict(held)
    if papers > 1 and not short and not found.rules:
        short = run_shortages(held, papers)
        return Diagnosis(short, relaxation_of_run(held, papers, short), ())
    relax = least_relaxation(held, 1, [each.rule for each in short] or found.rules)
    relax = _of_new_length(held, least_of_one(held, relax)) or _shorter(short)
    short = short or found.short or _from_relaxed(plan, relax)
    if papers > 1 and relax:
        relax = relaxation_of_run(held, papers, (), relax)
    return Diagnosis(short, relax, found.rules)


def _of_new_length(held: Supply, relax: Relaxed) -> Relaxed:
    """Return a relaxation whose mean facility is that of the length it gives the paper."""
    changed = tuple(each for each in relax if each.rule.startswith(("paper.length", "types.")))
    plan = loosened(held.plan, changed)
    if plan.length == held.plan.length or plan.facility == (None, None):
        return relax
    held = supply(plan, held.before, held.engine)
    others = [each.rule for each in relax if each not in changed]
    rest = least_of_one(held, least_relaxation(held, 1, others))
    return together(changed, _of_new_length(held, rest))


def _rest(plan: Plan, before: Standing, papers: int, engine: Engine) -> Relaxed:
    """Return what else must give way; nothing where a run of papers was drawn."""
    if Trials(before, papers, engine).fits(plan):
        return ()
    found = diagnose(plan, before, papers=papers, engine=engine).relax
    return tuple(each for each in found if each.rule != "paper.marks")


def _parts_of_marks(plan: Plan, before: Standing) -> Relaxation | None:
    """Return by how much the marks of a paper miss what items worth so many can add up to."""
    common = int(np.gcd.reduce(before.bank.marks)) if len(before.bank) else 0
    if plan.marks is None or not common or plan.marks % common == 0:
        return None
    over = plan.marks % common
    downwards = over <= common - over and over < plan.marks
    by = Decimal(over if downwards else common - over) / MARK
    return Relaxation("paper.marks", by, downwards)


def _shorter(short: Sequence[Short]) -> Relaxed:
    """Return by how much a paper is longer than all there is, where nothing else was found."""
    return tuple(
        Relaxation(each.rule, Decimal(each.needed - each.available), downwards=True)
        for each in short
        if each.rule == "paper.length" and each.available > 0
    )[:1]


def _from_relaxed(plan: Plan, relax: Relaxed) -> tuple[Short, ...]:
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
