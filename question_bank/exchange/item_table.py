"""Items from and to the rows of an item table (试题表), whatever file it stands in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from question_bank.blueprint import exact
from question_bank.errors import ExchangeError, ItemError
from question_bank.exchange import columns as c
from question_bank.exchange.naming import made_id
from question_bank.exchange.result import Defaults, ReadResult, RowProblem
from question_bank.item import (
    LETTERS,
    TRUE_FALSE_OPTIONS,
    Category,
    Item,
    ItemSet,
    ItemType,
    Level,
    facility_of,
    is_incomplete,
    key_from_letters,
    letters_from_key,
    validate,
)
from question_bank.rationale import rationale_from_letters
from tabular import CellKind, Record, Rows, TableError, read_records

_NOTHING_SAID = Defaults()
EXAMPLE_ID = "示例"
_WHOLE_ITEM = ""
_SEPARATORS = re.compile(r"[、,，;；|/\s]+")
# The column a problem of an item is shown at.
_COLUMN_OF = {
    "bad-id": c.ID,
    "bad-version": c.VERSION,
    "bad-topic": c.TOPIC,
    "facility-out-of-range": c.FACILITY,
    "stem-empty": c.STEM,
    "key-empty": c.KEY,
    "key-not-among-options": c.KEY,
    "multiple-needs-two-keys": c.KEY,
    "needs-one-key": c.KEY,
    "true-false-options": c.OPTIONS[0],
    "too-few-options": c.OPTIONS[1],
    "rationale-count": c.RATIONALE,
    "bad-set-id": c.SET,
    "set-stem-empty": c.SET_STEM,
    "enemy-of-itself": c.ENEMIES,
}
_Word = TypeVar("_Word", bound=str)


def read_item_table(rows: Rows, *, defaults: Defaults = _NOTHING_SAID) -> ReadResult:
    """Return the items of a table and the problems of the rows that hold none.

    An item may lack its topic and what it rests on. The material of a case may stand in the first
    of its rows alone.
    Raises: ExchangeError: the file as a whole cannot be read, or lacks a required column.
    """
    items: dict[str, tuple[int, Item]] = {}
    problems: list[RowProblem] = []
    cases: dict[str, str] = {}
    try:
        for record in read_records(rows, required=c.REQUIRED):
            item, found = _read(record, cases, defaults)
            if not found and item.id in items:
                facts = (("id", item.id), ("first_row", str(items[item.id][0])))
                found = [RowProblem(record.row, c.ID, "id-twice", facts)]
            if found:
                problems += found
            else:
                items[item.id] = (record.row, item)
    except TableError as error:
        raise ExchangeError(error.code, **error.facts) from error
    return ReadResult(
        items=tuple(item for _, item in items.values()),
        problems=tuple(problems),
        rows=tuple(row for row, _ in items.values()),
    )


def to_row(item: Item) -> list[str]:
    """Return the cells of an item under `columns.HEADERS`; reading them gives the item again.

    A table has no place for figures; all else is kept.

    Raises: ExchangeError item-not-tabular: a blank at an end or a line break the table would lose.
    """
    row = _fields(item)
    cells = [row.get(header, "") for header in c.HEADERS]
    back, problems = _read_fields(row, {}, _NOTHING_SAID)
    if back != replace(item, figures=()) or problems:
        raise ExchangeError("item-not-tabular", item=item.id)
    return cells


def _fields(item: Item) -> dict[str, str]:
    is_true_false = item.type is ItemType.TRUE_FALSE
    options = () if is_true_false else item.options
    return {
        c.ID: item.id,
        c.VERSION: str(item.version),
        c.TYPE: c.TYPE_WORDS[item.type],
        c.STEM: item.stem,
        **dict(zip(c.OPTIONS, options, strict=False)),
        c.KEY: letters_from_key(item.key, item.type),
        c.TOPIC: item.topic,
        c.INDUSTRIES: "、".join(c.INDUSTRY_WORDS.get(slug, slug) for slug in item.industries),
        c.CATEGORIES: "、".join(c.CATEGORY_WORDS[Category(word)] for word in item.categories),
        c.LEVEL: c.LEVEL_WORDS[item.level],
        c.FACILITY: exact(item.facility),
        c.LAW: item.law,
        c.LAW_VERSION: item.law_version,
        c.ARTICLE: item.article,
        c.QUOTE: item.quote,
        c.RATIONALE: _rationale_text(item),
        c.EXPLANATION: item.explanation,
        c.SET: item.item_set.id if item.item_set else "",
        c.SET_STEM: item.item_set.stem if item.item_set else "",
        c.ENEMIES: "、".join(sorted(item.enemies)),
    }


def _read(
    record: Record, cases: dict[str, str], defaults: Defaults
) -> tuple[Item, list[RowProblem]]:
    refused = []
    for column in c.HEADERS:
        kind = record.cell(column).kind
        if kind in {CellKind.FORMULA, CellKind.DATE}:
            refused.append(RowProblem(record.row, column, f"cell-is-{kind.value}"))
    item, problems = _read_fields(
        {column: record.text(column) for column in c.HEADERS}, cases, defaults
    )
    if item.id == EXAMPLE_ID:
        refused = [RowProblem(record.row, c.ID, "example-row")]
    if refused:
        return item, refused
    return item, [RowProblem(record.row, *problem) for problem in problems]


_Found = tuple[str, str, tuple[tuple[str, str], ...]]


def _read_fields(
    row: Mapping[str, str], cases: dict[str, str], defaults: Defaults
) -> tuple[Item, list[_Found]]:
    reader = _RowReader(row, cases, defaults)
    item = reader.item()
    if reader.found:
        return item, reader.found
    errors = [each for each in validate(item) if each.is_error and not is_incomplete(each)]
    return item, [
        (_COLUMN_OF.get(error.code, _WHOLE_ITEM), error.code, error.facts) for error in errors
    ]


class _RowReader:
    """Reads the cells of one row and gathers all that cannot be read."""

    def __init__(self, row: Mapping[str, str], cases: dict[str, str], defaults: Defaults) -> None:
        self._row = row
        self._cases = cases
        self._defaults = defaults
        self.found: list[_Found] = []

    def item(self) -> Item:
        """Return the item of the row; where a cell cannot be read, a default stands for it."""
        kind = self._word(c.TYPE, c.TYPES_READ, ItemType) or ItemType.SINGLE
        stem, topic = self._text(c.STEM), self._text(c.TOPIC) or self._defaults.topic
        options = self._options(kind)
        return Item(
            id=self._text(c.ID) or made_id(kind, topic, stem, options),
            type=kind,
            topic=topic,
            stem=stem,
            options=options,
            key=self._key(kind),
            industries=self._words(c.INDUSTRIES, c.INDUSTRIES_READ) or self._defaults.industries,
            categories=self._words(c.CATEGORIES, c.CATEGORIES_READ) or self._defaults.categories,
            level=self._word(c.LEVEL, c.LEVELS_READ, Level) or self._defaults.level,
            facility=self._facility(),
            law=self._text(c.LAW).strip("《》"),
            article=self._text(c.ARTICLE),
            law_version=self._text(c.LAW_VERSION),
            quote=self._text(c.QUOTE),
            rationale=self._rationale(kind, len(options)),
            explanation=self._text(c.EXPLANATION),
            version=self._version(),
            item_set=self._item_set(),
            enemies=frozenset(each for each in _SEPARATORS.split(self._text(c.ENEMIES)) if each),
        )

    def _text(self, column: str) -> str:
        return self._row.get(column, "").replace("\r\n", "\n")

    def _refuse(self, column: str, code: str) -> None:
        self.found.append((column, code, (("value", self._text(column)[:80]),)))

    def _word(self, column: str, words: Mapping[str, _Word], kind: type[_Word]) -> _Word | None:
        text = self._text(column)
        if not text and column != c.TYPE:
            return None
        if text in words:
            return words[text]
        if text in words.values():
            return kind(text)
        self._refuse(column, "unknown-word")
        return None

    def _words(self, column: str, words: Mapping[str, str]) -> tuple[str, ...]:
        named = [word for word in _SEPARATORS.split(self._text(column)) if word]
        read = [words.get(word, word) for word in named]
        if any(word not in words.values() for word in read):
            self._refuse(column, "unknown-word")
        return tuple(dict.fromkeys(str(word) for word in read))

    def _item_set(self) -> ItemSet | None:
        name, stem = self._text(c.SET), self._text(c.SET_STEM)
        if not name and not stem:
            return None
        if stem:
            self._cases.setdefault(name, stem)
        return ItemSet(name, stem or self._cases.get(name, ""))

    def _options(self, kind: ItemType) -> tuple[str, ...]:
        texts = [self._text(column) for column in c.OPTIONS]
        while texts and not texts[-1]:
            texts.pop()
        if kind is not ItemType.TRUE_FALSE:
            return tuple(texts)
        return tuple(texts) or TRUE_FALSE_OPTIONS

    def _key(self, kind: ItemType) -> frozenset[int]:
        text = self._text(c.KEY)
        if not text:
            return frozenset()
        try:
            return key_from_letters(text, kind)
        except ItemError as error:
            self._refuse(c.KEY, error.code)
            return frozenset()

    def _facility(self) -> Decimal:
        text = self._text(c.FACILITY)
        try:
            return facility_of(text) if text else self._defaults.facility
        except ItemError as error:
            self._refuse(c.FACILITY, error.code)
            return self._defaults.facility

    def _version(self) -> int:
        text = self._text(c.VERSION)
        if text and not (text.isascii() and text.isdigit() and len(text) < 7):
            self._refuse(c.VERSION, "not-a-number")
            return 1
        return int(text) if text else 1

    def _rationale(self, kind: ItemType, count: int) -> tuple[str, ...]:
        text = self._text(c.RATIONALE)
        if kind is ItemType.TRUE_FALSE or not text:
            return (text,) if text else ()
        try:
            return rationale_from_letters(text, count)
        except ItemError as error:
            self._refuse(c.RATIONALE, error.code)
            return ()


def _rationale_text(item: Item) -> str:
    if item.type is ItemType.TRUE_FALSE:
        return "".join(item.rationale)
    lettered = zip(LETTERS, item.rationale, strict=False)
    return "\n".join(f"{letter}：{text}" for letter, text in lettered if text)
