"""What the readers of one file gather: items by place, problems and notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from question_bank.errors import ExchangeError
from question_bank.exchange.result import (
    ReadResult,
    RowProblem,
    facts_of,
    limited,
)
from question_bank.item import TRUE_FALSE_OPTIONS, Item, ItemType, is_incomplete, validate
from tabular import TableError
from tabular.delimited import decode

_Each = TypeVar("_Each")
_RIGHT = frozenset({"正确", "对", "√", "✓", "✔", "是", "TRUE", "T", "YES", "Y", "RIGHT"})
_WRONG = frozenset(
    {"错误", "错", "×", "✗", "✘", "X", "否", "FALSE", "F", "NO", "N", "不正确", "WRONG"}
)


class Gathering:
    """Gathers the items of one file: an id or a place is never taken twice."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._items: dict[str, tuple[int, Item]] = {}
        self._problems: list[RowProblem] = []
        self._notes: list[RowProblem] = []

    def limited(self, found: Iterable[_Each]) -> Iterator[_Each]:
        """Yield what a file holds up to the most items read; more is a problem of the file."""
        return limited(found, self._problems)

    def refuse(
        self, row: int, code: str, *, field: str = "", item: str = "", **facts: object
    ) -> None:
        """Keep a problem."""
        self._problems.append(_problem(row, field, code, item, facts))

    def note(
        self, row: int, code: str, *, field: str = "", item: str = "", **facts: object
    ) -> None:
        """Keep what a good item lost."""
        self._notes.append(_problem(row, field, code, item, facts))

    def take(self, row: int, item: Item, name: str = "") -> bool:
        """Keep an item that is valid but for its gaps, else its problems; return which."""
        errors = [found for found in validate(item) if found.is_error and not is_incomplete(found)]
        for error in errors:
            self._problems.append(RowProblem(row, "", error.code, error.facts, name))
        if errors:
            return False
        if item.id in self._items:
            first_row, first = self._items[item.id]
            if first.stem == item.stem:
                self.refuse(row, "stem-repeated", item=name, first_row=first_row)
            else:
                self.refuse(row, "id-twice", item=name, id=item.id, first_row=first_row)
            return False
        self._items[item.id] = (row, item)
        return True

    def result(self) -> ReadResult:
        """Return all that was gathered."""
        return ReadResult(
            items=tuple(item for _, item in self._items.values()),
            problems=tuple(self._problems),
            rows=tuple(row for row, _ in self._items.values()),
            notes=tuple(self._notes),
        )


def as_true_false(
    kind: ItemType, options: tuple[str, ...], key: frozenset[int], rationale: tuple[str, ...] = ()
) -> tuple[ItemType, tuple[str, ...], frozenset[int], tuple[str, ...]]:
    """Return a choice between 正确 and 错误 as true_false; anything else as it came."""
    truths = [truth_of(option) for option in options]
    if kind is ItemType.MULTIPLE or set(truths) != {True, False} or len(options) != 2:
        return kind, options, key, rationale
    if len(key) != 1:
        return kind, options, key, rationale
    is_true = truths[next(iter(key))]
    wrong = "".join(text for index, text in enumerate(rationale) if index not in key)
    reasons = (wrong,) if wrong else ()
    return ItemType.TRUE_FALSE, TRUE_FALSE_OPTIONS, frozenset({0 if is_true else 1}), reasons


def truth_of(option: str) -> bool | None:
    """Return what an option such as 对 or False says; None when it says something else."""
    word = option.strip().rstrip("。.").upper()
    if word in _RIGHT:
        return True
    return False if word in _WRONG else None


def decoded(data: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or GB 18030.

    Raises: ExchangeError not-text: none of them.
    """
    try:
        return decode(data)
    except TableError as error:
        raise ExchangeError(error.code, **error.facts) from error


def _problem(row: int, field: str, code: str, item: str, facts: dict[str, object]) -> RowProblem:
    return RowProblem(row, field, code, facts_of(facts), item)
