"""What a bank carries (题库供卷量): papers in all, the rule that binds, why nothing fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from question_bank.blueprint import Blueprint
from question_bank.item import Item
from question_bank.program.bank import bank_of
from question_bank.program.diagnosis import Diagnosis, diagnose
from question_bank.program.draw import draw_paper
from question_bank.program.engines import ENGINES, engine
from question_bank.program.keys import Draw
from question_bank.program.reading_items import read_items
from question_bank.program.season import papers_left
from question_bank.program.standing import standing
from question_bank.snapshot import plan_of, snapshot_of

PAPERS_OF_A_CLASS = 3
"""First, reserve and retake paper; they share no item."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a bank carries for a blueprint; `diagnosis` where not even one paper fits."""

    papers: int
    binding: tuple[str, ...]
    diagnosis: Diagnosis | None = None

    @property
    def classes(self) -> int:
        """Return for how many classes that is, each with reserve and retake paper."""
        return self.papers // PAPERS_OF_A_CLASS


def carried(
    blueprint: Blueprint, pool: Iterable[Item], *, uses: Mapping[str, int] | None = None
) -> Carried:
    """Return what a pool carries under the ceiling of uses; without one, no item is used twice.

    An upper bound by a linear program: ceilings on what neighbouring papers share may leave less.

    Args: uses: item id → papers of the rolling year it stands in.
    """
    plan, solver = plan_of(blueprint), engine(ENGINES[0])
    read = read_items(snapshot_of(blueprint, pool, uses=uses), "items.csv")
    before = standing(bank_of(read.candidates))
    if draw_paper(plan, before, Draw(b"", 1), solver) is None:
        return Carried(0, (), diagnose(plan, before, papers=1, engine=solver))
    found = papers_left(plan, before, solver)
    return Carried(found.papers, found.binding)
