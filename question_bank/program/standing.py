"""What went before a draw: uses, earlier papers, papers of this run; and what is left to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from question_bank.program.bank import Bank, Flags, Ints
from question_bank.program.plan import Plan
from question_bank.program.units import whole_sets


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A bank before a draw.

    Args:
        uses: per candidate, before this run and in it.
        earlier: papers of before this run, as indexes; run: the papers drawn in it.
        barred: candidates that must not be taken for reasons of their own.
    """

    bank: Bank
    uses: Ints
    earlier: tuple[Ints, ...]
    run: tuple[Ints, ...] = ()
    barred: Flags | None = None

    def after(self, paper: Ints) -> Standing:
        """Return the standing once a paper of this run is drawn."""
        uses = self.uses.copy()
        uses[paper] += 1
        return replace(self, uses=uses, run=(*self.run, paper))

    def limited(self, plan: Plan) -> list[Ints]:
        """Return the papers that `overlap.max` applies to."""
        if plan.overlap is None:
            return []
        return [*self.earlier, *(() if plan.disjoint else self.run)]


def standing(bank: Bank, earlier: Sequence[Sequence[str]] = ()) -> Standing:
    """Return a bank as it stands before a run."""
    return Standing(bank, bank.uses, tuple(bank.places(paper) for paper in earlier))


@dataclass(frozen=True, slots=True, eq=False)
class Attrition:
    """Why candidates cannot be taken, each counted under the first reason that holds."""

    worn: Flags
    shared: Flags
    partial: Flags
    eligible: Flags


def attrition(before: Standing, plan: Plan) -> Attrition:
    """Return what is eligible and what is not: uses at the ceiling, earlier papers, broken sets."""
    size = len(before.bank)
    left = np.ones(size, dtype=np.bool_)
    if before.barred is not None:
        left &= ~before.barred
    worn = np.zeros(size, dtype=np.bool_)
    if plan.max_uses is not None:
        worn = left & (before.uses >= plan.max_uses)
    left &= ~worn
    taken = np.zeros(size, dtype=np.bool_)
    barring = before.limited(plan) if plan.overlap == 0 else []
    for paper in [*barring, *(before.run if plan.disjoint else ())]:
        taken[paper] = True
    shared = left & taken
    left &= ~taken
    whole = whole_sets(before.bank, left)
    partial = np.zeros(size, dtype=np.bool_)
    if len(whole):
        partial = left & (before.bank.sets >= 0) & ~whole[before.bank.sets]
    return Attrition(worn, shared, partial, left & ~partial)
