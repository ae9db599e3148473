"""A blueprint (双向细目表): what a paper must hold, and whether a pool can fill it."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import combinations

from question_bank.errors import BlueprintError
from question_bank.item import Item, ItemType, are_enemies, is_at_or_below, suits
from question_bank.paper_rules import PaperRules


@dataclass(frozen=True, slots=True)
class Cell:
    """So many items of one type from a topic and all below it, each worth `marks` points."""

    topic: str
    item_type: ItemType
    count: int
    marks: Decimal

    def __post_init__(self) -> None:
        """Refuse a cell that asks for nothing or gives no exact mark."""
        object.__setattr__(self, "item_type", ItemType(self.item_type))
        if isinstance(self.marks, float):
            raise BlueprintError("marks-not-exact", topic=self.topic, marks=self.marks)
        object.__setattr__(self, "marks", Decimal(self.marks))
        if not self.topic or self.count < 1:
            raise BlueprintError("cell-empty", topic=self.topic, count=self.count)
        if not self.marks.is_finite() or self.marks <= 0 or self.marks != round(self.marks, 2):
            raise BlueprintError("marks-out-of-range", topic=self.topic, marks=self.marks)

    @property
    def total_marks(self) -> Decimal:
        """Return the points all items of the cell are worth together."""
        return self.marks * self.count

    def takes(self, item: Item) -> bool:
        """Return whether an item is of this cell's type and topic."""
        return item.type is self.item_type and is_at_or_below(item.topic, self.topic)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """The plan of a paper for one industry and personnel category.

    No two cells of one type share a topic, so an item fits one cell at most and the cells can be
    filled one by one without trying.
    """

    industry: str
    category: str
    cells: tuple[Cell, ...]
    title: str = ""
    rules: PaperRules = field(default_factory=PaperRules)

    def __post_init__(self) -> None:
        """Refuse a blueprint without cells or with overlapping ones."""
        object.__setattr__(self, "cells", tuple(self.cells))
        if not self.cells:
            raise BlueprintError("no-cells")
        for place, cell in enumerate(self.cells):
            for other in self.cells[place + 1 :]:
                if cell.item_type is other.item_type and _share_topics(cell.topic, other.topic):
                    raise BlueprintError(
                        "cells-overlap",
                        item_type=cell.item_type,
                        topic=cell.topic,
                        other=other.topic,
                    )

    def takes(self, item: Item) -> bool:
        """Return whether an item suits the blueprint's people and fits one of its cells."""
        people = suits(item, industry=self.industry, category=self.category)
        return people and any(cell.takes(item) for cell in self.cells)

    @property
    def total_items(self) -> int:
        """Return the number of items of the paper."""
        return sum(cell.count for cell in self.cells)

    @property
    def total_marks(self) -> Decimal:
        """Return the full marks of the paper, in points."""
        return sum((cell.total_marks for cell in self.cells), Decimal(0))

    def items_of_type(self, item_type: ItemType) -> int:
        """Return the number of items of one type."""
        return sum(cell.count for cell in self.cells if cell.item_type is item_type)

    def to_json(self) -> str:
        """Return the canonical text of the blueprint; the order of its cells is no part of it."""
        cells = sorted(
            [cell.topic, cell.item_type.value, cell.count, exact(cell.marks)] for cell in self.cells
        )
        fields: dict[str, object] = {
            "industry": self.industry,
            "category": self.category,
            "title": self.title,
            "cells": cells,
        }
        if rules := self.rules.to_fields():
            fields["rules"] = rules
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Blueprint:
        """Return the blueprint a canonical text holds.

        Raises: BlueprintError: not such a text, or a blueprint that contradicts itself.
        """
        try:
            fields = json.loads(text)
            cells = tuple(
                Cell(str(topic), ItemType(kind), int(count), Decimal(marks))
                for topic, kind, count, marks in fields.pop("cells")
            )
            rules = PaperRules.from_fields(fields.pop("rules", {}))
            return cls(cells=cells, rules=rules, **fields)
        except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation) as error:
            raise BlueprintError("blueprint-unreadable") from error

    def digest(self) -> str:
        """Return the SHA-256 of the canonical text, in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Short:
    """A cell the pool cannot fill: so many needed, so many there."""

    cell: Cell
    needed: int
    available: int

    @property
    def missing(self) -> int:
        """Return how many items are missing."""
        return self.needed - self.available


def eligible(
    blueprint: Blueprint, pool: Iterable[Item], *, exclude: Collection[str] = frozenset()
) -> list[Item]:
    """Return the items of the pool that suit the blueprint's people, fit a cell and are free.

    The items of a case go whole or not at all: where one does not fit, none does.

    Args:
        exclude: item ids (every version is meant) or uids.
    """
    found: list[Item] = []
    cases: dict[str, list[Item]] = defaultdict(list)
    broken: set[str] = set()
    for item in pool:
        free = item.id not in exclude and item.uid not in exclude
        if free and blueprint.takes(item):
            found.append(item)
        elif item.item_set is not None:
            broken.add(item.item_set.id)
        if item.item_set is not None:
            cases[item.item_set.id].append(item)
    broken |= {name for name, members in cases.items() if not _fits(blueprint, members)}
    return [item for item in found if item.item_set is None or item.item_set.id not in broken]


def _fits(blueprint: Blueprint, members: list[Item]) -> bool:
    """Return whether the cells have room for a case and no two of its items are enemies."""
    counts = [(cell.count, sum(map(cell.takes, members))) for cell in blueprint.cells]
    if any(taken > count for count, taken in counts):
        return False
    pairs = combinations(members, 2)
    return not any(are_enemies(one, other) for one, other in pairs)


def feasibility(
    blueprint: Blueprint,
    pool: Iterable[Item],
    *,
    papers: int = 1,
    exclude: Collection[str] = frozenset(),
) -> list[Short]:
    """Return the cells the pool cannot fill; empty when the blueprint can be drawn.

    Args:
        papers: so many papers that share no item are wanted, as a paper and its retake.
    """
    usable = eligible(blueprint, pool, exclude=exclude)
    supply = [(cell, sum(cell.takes(item) for item in usable)) for cell in blueprint.cells]
    return [
        Short(cell, cell.count * papers, available)
        for cell, available in supply
        if available < cell.count * papers
    ]


def exact(number: Decimal) -> str:
    """Return a number in plain digits without needless zeros: one text for one value."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _share_topics(one: str, other: str) -> bool:
    return is_at_or_below(one, other) or is_at_or_below(other, one)
