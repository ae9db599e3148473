"""Item tables in XLSX files: read, written, and the empty template."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from question_bank.errors import ExchangeError
from question_bank.exchange import columns as c
from question_bank.exchange.item_table import EXAMPLE_ID, read_item_table, to_row
from question_bank.exchange.result import ReadResult, RowProblem, Written
from question_bank.item import Item, ItemType
from tabular import DEFAULT_LIMITS, Limits, TableError, read_table, write_table

SHEET = "试题"
TEMPLATE_VERSION = "question_bank.items/2"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_EXAMPLE = Item(
    id=EXAMPLE_ID,
    type=ItemType.SINGLE,
    topic="A.4.1.1",
    stem="安全生产工作应当坚持的方针是（　）。",
    options=(
        "安全第一、预防为主、综合治理",
        "预防为主、防消结合",
        "预防为主、防治结合",
        "以人为本、科学发展",
    ),
    key=frozenset({0}),
    facility=Decimal("0.85"),
    law="安全生产法",
    article="第三条",
    quote="坚持安全第一、预防为主、综合治理的方针",
    rationale=("", "这是消防工作的方针", "这是职业病防治工作的方针", "法条没有这样规定"),
)


def read_items(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> ReadResult:
    """Return the items of an XLSX file and the problems of the rows that hold none.

    Raises: ExchangeError: the file as a whole cannot be read.
    """
    try:
        return read_item_table(read_table(data, "items.xlsx", limits))
    except TableError as error:
        raise ExchangeError(error.code, **error.facts) from error


def write_items(items: Iterable[Item]) -> bytes:
    """Return an XLSX file of the items; reading it gives the same items.

    Raises: ExchangeError: an item the table cannot hold.
    """
    return _write([to_row(item) for item in items])


def write(items: Iterable[Item]) -> Written:
    """Return an XLSX file of the items, and what of them a table cannot say.

    Figures have no place in it; an item whose texts a cell would change is left out and named.
    """
    rows, lost = [], []
    for number, item in enumerate(items, start=1):
        try:
            rows.append(to_row(item))
        except ExchangeError:
            lost.append(RowProblem(number, "", "item-not-said", (("id", item.id),), item.id))
            continue
        if item.figures:
            facts = (("id", item.id), ("field", "figures"))
            lost.append(RowProblem(number, "figures", "field-not-said", facts, item.id))
    return Written(_write(rows), "xlsx", MEDIA_TYPE, tuple(lost))


def write_template() -> bytes:
    """Return an XLSX file to fill in, with one example row that is never read as an item."""
    return _write([to_row(_EXAMPLE)])


def _write(rows: list[list[str]]) -> bytes:
    choices = {
        c.TYPE: tuple(c.TYPE_WORDS.values()),
        c.INDUSTRIES: tuple(c.INDUSTRY_WORDS.values()),
        c.CATEGORIES: tuple(c.CATEGORY_WORDS.values()),
        c.LEVEL: tuple(c.LEVEL_WORDS.values()),
    }
    try:
        return write_table(c.HEADERS, rows, sheet=SHEET, choices=choices, version=TEMPLATE_VERSION)
    except TableError as error:
        raise ExchangeError(error.code, **error.facts) from error
