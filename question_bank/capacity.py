"""What a bank carries (题库供卷量): papers in all, the rule that binds, why nothing fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from question_bank.blueprint import Blueprint
from question_bank.item import Item
from question_bank.program.bank import Bank, Flags, bank_of
from question_bank.program.diagnosis import Diagnosis, diagnose
from question_bank.program.draw import draw_paper
from question_bank.program.engines import ENGINES, engine
from question_bank.program.keys import Draw
from question_bank.program.plan import Plan
from question_bank.program.reading_items import read_items
from question_bank.program.rows import groups
from question_bank.program.season import papers_left
from question_bank.program.standing import attrition, standing
from question_bank.snapshot import plan_of, snapshot_of

NEIGHBOURS = 10
"""Papers of other classes a new one is held against, the latest ones (相邻班次试卷)."""
PAPERS_OF_A_CLASS = 3
"""First, reserve and retake paper; they share no item."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """The ceiling on what a paper shares with each of its neighbours (相邻班次试卷).

    Args: neighbours: how many the ceiling applies to; papers: those there are, by uid.
    """

    ceiling: int
    neighbours: int = NEIGHBOURS
    papers: tuple[frozenset[str], ...] = ()


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
    blueprint: Blueprint,
    pool: Iterable[Item],
    *,
    uses: Mapping[str, int] | None = None,
    overlap: Overlap | None = None,
) -> Carried:
    """Return what a pool carries under its ceilings; without one of uses, no item is used twice.

    An upper bound: the less of a linear program for uses and of what neighbouring papers leave
    one another, `overlap.max` named where that is less. The next paper is held against the
    neighbours there are.

    Args: uses: item id → papers of the rolling year it stands in.
    """
    ceiling = overlap.ceiling if overlap else None
    plan, solver = plan_of(blueprint, ceiling=ceiling), engine(ENGINES[0])
    read = read_items(snapshot_of(blueprint, pool, uses=uses), "items.csv")
    before = standing(bank_of(read.candidates), [*map(sorted, overlap.papers)] if overlap else ())
    if draw_paper(plan, before, Draw(b"", 1), solver) is None:
        return Carried(0, (), diagnose(plan, before, papers=1, engine=solver))
    found = papers_left(plan, before, solver)
    free = attrition(before, replace(plan, overlap=None)).eligible
    apart = papers_apart(plan, before.bank, free, overlap)
    if apart is not None and apart < found.papers:
        return Carried(apart, ("overlap.max",))
    return Carried(found.papers, found.binding)


def papers_apart(plan: Plan, bank: Bank, free: Flags, overlap: Overlap | None) -> int | None:
    """Return how many papers fit side by side under the ceiling of overlap; None: any number.

    Papers of c items of which each two share k at most need c² m / (c + (m - 1) k) items for m
    papers (Corrádi's lemma), of the items each rule asks c of as of all. Papers further apart
    than `neighbours` are held against each other no more, which sets no bound.
    """
    if overlap is None or plan.length <= overlap.ceiling:
        return None
    counts = [(plan.length, int(free.sum()))]
    counts += [
        (bounds.least, int((flags & free).sum()))
        for _, flags, bounds in groups(plan, bank)
        if bounds.least
    ]
    most = overlap.neighbours + 1
    fitting = min(_side_by_side(taken, held, overlap.ceiling, most) for taken, held in counts)
    return fitting if fitting < most else None


def _side_by_side(taken: int, there: int, ceiling: int, most: int) -> int:
    """Return the most papers, up to `most`, that the items of a cell allow."""
    papers = 0
    while papers < most:
        more = papers + 1
        if taken * taken * more > there * (taken + (more - 1) * min(ceiling, taken)):
            break
        papers = more
    return papers
