"""Whether a bank supplies a season (题库供题): first, reserve and retake papers for its classes.

The papers are constructed, not estimated: no item twice inside a class, no two enemies in one
paper, and any two papers of different classes share at most a fifth. They are a proof only; the
papers of an exam are drawn by `assembly.draw`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from question_bank.blueprint import Blueprint, Cell, Short, eligible, feasibility
from question_bank.errors import BankError
from question_bank.item import Item

CLASSES = 6
PAPERS = 3
"""First, reserve and retake paper of a class."""
OVERLAP_AT_MOST = Fraction(1, 5)


@dataclass(frozen=True, slots=True)
class SeasonSupply:
    """What a bank gives for one blueprint and season.

    `classes` holds per class its complete papers, each a tuple of item ids; `overlap` is the
    largest number of items two papers of different classes share; `shorts` names the cells that
    keep a class from having all its papers.
    """

    blueprint: Blueprint
    classes: tuple[tuple[tuple[str, ...], ...], ...]
    overlap: int
    shorts: tuple[Short, ...]

    @property
    def papers(self) -> int:
        """Return the number of papers of all classes together."""
        return sum(map(len, self.classes))

    @property
    def is_enough(self) -> bool:
        """Return whether every class has its papers and no two classes share too much."""
        return not self.shorts and self.overlap <= OVERLAP_AT_MOST * self.blueprint.total_items


def season(
    blueprint: Blueprint,
    items: Iterable[Item],
    seed: bytes,
    *,
    classes: int = CLASSES,
    papers: int = PAPERS,
) -> SeasonSupply:
    """Return the papers a bank gives for a season; one seed gives one construction.

    Items of cases are left out: they stand in a paper together or not at all. Where a cell is
    short, so many papers are made as all cells can fill.
    Raises: BankError seed-empty.
    """
    if not seed:
        raise BankError("seed-empty")
    pool = eligible(blueprint, (item for item in items if item.item_set is None))
    shorts = list(feasibility(blueprint, pool, papers=papers))
    possible = min([papers, *(short.available // short.cell.count for short in shorts)])
    plan = _Season(seed, pool)
    for number in range(classes):
        for short in plan.add_class(blueprint, number, possible, wanted=papers):
            if short.cell not in {known.cell for known in shorts}:
                shorts.append(short)
    return SeasonSupply(
        blueprint=blueprint,
        classes=tuple(plan.complete(blueprint, number) for number in range(classes)),
        overlap=plan.largest_overlap(),
        shorts=tuple(shorts),
    )


class _Season:
    """The papers made so far; a paper is named by its class and its number in it."""

    def __init__(self, seed: bytes, pool: Sequence[Item]) -> None:
        self.seed = seed
        self.pool = pool
        self.papers: dict[tuple[int, int], list[Item]] = {}
        self.standing: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.shared: dict[tuple[int, int], Counter[tuple[int, int]]] = defaultdict(Counter)

    def add_class(
        self, blueprint: Blueprint, number: int, papers: int, *, wanted: int
    ) -> list[Short]:
        """Deal the cells out to the papers of one class; return those that did not go round."""
        for place in range(papers):
            self.papers[number, place] = []
        shorts = []
        for cell in sorted(blueprint.cells, key=lambda cell: (self._held(cell), cell.topic)):
            dealt = self._deal(cell, number, papers)
            if dealt < cell.count * papers:
                shorts.append(Short(cell, cell.count * wanted, dealt))
        return shorts

    def _held(self, cell: Cell) -> Fraction:
        return Fraction(sum(map(cell.takes, self.pool)), cell.count)

    def _deal(self, cell: Cell, number: int, papers: int) -> int:
        room = {(number, place): cell.count for place in range(papers)}
        for item in self._least_used(cell, number):
            takers = [paper for paper, left in room.items() if left and self._accepts(paper, item)]
            if takers:
                taker = min(takers, key=lambda paper: self._cost(paper, item, room[paper]))
                self._put(taker, item)
                room[taker] -= 1
        return cell.count * papers - sum(room.values())

    def _least_used(self, cell: Cell, number: int) -> list[Item]:
        fitting = [item for item in self.pool if cell.takes(item)]
        return sorted(
            fitting,
            key=lambda item: (len(self.standing[item.id]), self._random(f"{number}|{item.uid}")),
        )

    def _accepts(self, paper: tuple[int, int], item: Item) -> bool:
        return not any(
            other.id in item.enemies or item.id in other.enemies for other in self.papers[paper]
        )

    def _cost(
        self, paper: tuple[int, int], item: Item, left: int
    ) -> tuple[int, int, int, tuple[int, int]]:
        shares = [self.shared[paper][other] + 1 for other in self.standing[item.id]]
        return (max(shares, default=0), sum(share**2 for share in shares), -left, paper)

    def _put(self, paper: tuple[int, int], item: Item) -> None:
        for other in self.standing[item.id]:
            self.shared[paper][other] += 1
            self.shared[other][paper] += 1
        self.standing[item.id].append(paper)
        self.papers[paper].append(item)

    def _random(self, text: str) -> bytes:
        return hmac.new(self.seed, f"season|{text}".encode(), hashlib.sha256).digest()

    def complete(self, blueprint: Blueprint, number: int) -> tuple[tuple[str, ...], ...]:
        """Return the papers of one class that have all their items."""
        return tuple(
            tuple(item.id for item in items)
            for (own, _), items in sorted(self.papers.items(), key=lambda entry: entry[0])
            if own == number and len(items) == blueprint.total_items
        )

    def largest_overlap(self) -> int:
        """Return the largest number of items two papers share."""
        return max((max(shares.values(), default=0) for shares in self.shared.values()), default=0)
