"""What reading and writing a file of items gives: items, problems by place, what was lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from question_bank.item import ALL_INDUSTRIES, Category, Item, Level

DEFAULT_FACILITY = Decimal("0.70")
_Each = TypeVar("_Each")
MOST_ITEMS = 20_000
"""So many items of one file are read."""
MOST_OPTIONS = 40
"""So many options of one item are looked at."""
_LONGEST_FACT = 2_000


@dataclass(frozen=True, slots=True)
class Defaults:
    """What items are given where the file says nothing of it."""

    topic: str = ""
    industries: tuple[str, ...] = (ALL_INDUSTRIES,)
    categories: tuple[str, ...] = tuple(Category)
    level: Level = Level.KNOW
    facility: Decimal = DEFAULT_FACILITY


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong, or was lost, at one place of a file.

    `row` is the row of a table, the line of a text or the number of the item in an XML file, from
    1, and 0 for the file as a whole; `field` is the column, "" for the row as a whole; `item` is
    the name the file gives the item, or the name of the file inside a package.
    """

    row: int
    field: str
    code: str
    facts: tuple[tuple[str, str], ...] = ()
    item: str = ""


TOO_MANY_ITEMS = RowProblem(0, "", "too-many-items", (("limit", str(MOST_ITEMS)),))
"""What is wrong with a file of more items: the others were not read."""


def limited(found: Iterable[_Each], problems: list[RowProblem]) -> Iterator[_Each]:
    """Yield what a file holds up to the most items read; more is a problem of the file."""
    for count, each in enumerate(found):
        if count == MOST_ITEMS:
            problems.append(TOO_MANY_ITEMS)
            return
        yield each


def facts_of(facts: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return facts as the text a problem carries, none of them without end."""
    return tuple((name, str(fact)[:_LONGEST_FACT]) for name, fact in facts.items())


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that came with a file: its bytes, for the file store."""

    digest: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The items of the good rows, and what is wrong with the others; no row is in both.

    `notes` name what a good item lost on the way in (feedback, marks, formatting); they keep
    nothing out. `pictures` holds by digest what the figures of the items name.
    """

    items: tuple[Item, ...]
    problems: tuple[RowProblem, ...]
    rows: tuple[int, ...]
    """The row each item stands in, beside `items`."""
    notes: tuple[RowProblem, ...] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """A file of items, and what of them the format could not say."""

    data: bytes
    suffix: str
    media_type: str
    lost: tuple[RowProblem, ...] = ()
