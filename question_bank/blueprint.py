"""A blueprint (双向细目表): what a paper must hold, and whether a pool can fill it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from question_bank.errors import BlueprintError
from question_bank.item import Item, ItemType, is_at_or_below, suits


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
        fields = {
            "industry": self.industry,
            "category": self.category,
            "title": self.title,
            "cells": cells,
        }
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
            return cls(cells=cells, **fields)
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
    """Return the items of the pool that suit the blueprint's people and are not excluded.

    A draw by cells takes single items: those of cases, which go whole or not at all, and those
    with figures are left out.

    Args:
        exclude: item ids (every version is meant) or uids.
    """
    return [
        item
        for item in pool
        if suits(item, industry=blueprint.industry, category=blueprint.category)
        and item.id not in exclude
        and item.uid not in exclude
        and item.item_set is None
        and not item.figures
    ]


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
