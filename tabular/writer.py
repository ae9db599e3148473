"""Writing a table as XLSX in which every cell is text and nothing can be computed."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Mapping, Sequence

import xlsxwriter
from xlsxwriter.utility import xl_range_abs

from tabular.cells import DEFAULT_LIMITS
from tabular.errors import TableError

VERSION_SHEET = "version"
_CHOICES_SHEET = "choices"
_TEXT = {"num_format": "@", "text_wrap": True, "valign": "top"}
_HEADER = {"num_format": "@", "bold": True, "bg_color": "#E8EEF4"}
_MARKED = {**_TEXT, "bg_color": "#FFD9D9"}
_NOT_TEXT = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
_WIDTHS = (10, 50)
_LISTED_ROWS = 20_000
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_table(
    headers: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    sheet: str,
    choices: Mapping[str, Sequence[str]] | None = None,
    marked: Collection[tuple[int, int]] = frozenset(),
    version: str = "",
) -> bytes:
    """Return an XLSX file with one visible sheet: a header row, then the rows, all cells text.

    A cell that begins with = + - @, a tab or a carriage return stays text (公式注入防护).

    Args:
        rows: values by column; None and "" leave the cell empty, all else is written as str().
        choices: header → values offered in a list under that header.
        marked: (row, column) of cells to colour, both from 0, the header not counted.
        version: written into a hidden sheet, to know the template again.
    Raises: TableError: cell-too-long (more than a sheet keeps), cell-not-text, row-too-long.
    """
    texts = [_checked(row, number, len(headers)) for number, row in enumerate(rows, start=2)]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        text, marked_text = book.add_format(_TEXT), book.add_format(_MARKED)
        page = book.add_worksheet(sheet)
        header = book.add_format(_HEADER)
        for column, name in enumerate(headers):
            page.set_column(column, column, _width(column, headers, texts), text)
            page.write_string(0, column, name, header)
        for number, row in enumerate(texts):
            for column, value in enumerate(row):
                style = marked_text if (number, column) in marked else text
                page.write_string(number + 1, column, value, style)
        page.freeze_panes(1, 0)
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        if choices:
            _offer(book, page, headers, choices)
        if version:
            hidden = book.add_worksheet(VERSION_SHEET)
            hidden.write_string(0, 0, version, text)
            hidden.hide()
    return buffer.getvalue()


def _checked(row: Sequence[object], number: int, width: int) -> list[str]:
    if len(row) > width:
        raise TableError("row-too-long", row=number, found=len(row), limit=width)
    return [_as_text(value, number) for value in row]


def _as_text(value: object, row: int) -> str:
    text = "" if value is None else str(value)
    limit = DEFAULT_LIMITS.cell_characters
    if len(text) > limit:
        raise TableError("cell-too-long", row=row, limit=limit)
    if _NOT_TEXT.search(text):
        raise TableError("cell-not-text", row=row)
    return text


def _width(column: int, headers: Sequence[str], texts: Sequence[Sequence[str]]) -> int:
    longest = max((len(row[column]) for row in texts if column < len(row)), default=0)
    # A Chinese character takes the width of two digits.
    wanted = 2 * max(longest, len(headers[column])) + 2
    return min(max(wanted, _WIDTHS[0]), _WIDTHS[1])


def _offer(
    book: xlsxwriter.Workbook,
    page: xlsxwriter.worksheet.Worksheet,
    headers: Sequence[str],
    choices: Mapping[str, Sequence[str]],
) -> None:
    lists = book.add_worksheet(_CHOICES_SHEET)
    lists.hide()
    for place, (name, values) in enumerate(choices.items()):
        for row, value in enumerate(values):
            lists.write_string(row, place, value)
        column = headers.index(name)
        source = f"={_CHOICES_SHEET}!{xl_range_abs(0, place, len(values) - 1, place)}"
        offer = {"validate": "list", "source": source, "error_type": "warning"}
        page.data_validation(1, column, _LISTED_ROWS, column, offer)
