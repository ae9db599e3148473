"""Rows of a CSV or tab-separated file, in the encodings office programs write."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable

from tabular.cells import EMPTY_CELL, Cell, CellKind, Limits, Rows
from tabular.errors import TableError

_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DELIMITERS = ",\t;"


def read_delimited(data: bytes, limits: Limits) -> Rows:
    """Yield the records that hold anything, numbered as a sheet program numbers them.

    A value that begins with "=" is a formula, because sheet programs compute it.
    Raises: TableError: as the file is read, so possibly after some rows.
    """
    text = decode(data)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 0
    try:
        for number, record in enumerate(records, start=1):
            cells = _cells(record, number, limits)
            if all(cell.is_empty for cell in cells):
                continue
            if number > limits.rows:
                raise TableError("too-many-rows", row=number, limit=limits.rows)
            yield number, cells
    except csv.Error as error:
        raise TableError("bad-quotes", row=number + 1) from error


def decode(data: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 (with mark) or GB 18030.

    Raises: TableError not-text: none of them, or control characters in it.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _NOT_TEXT.search(text):
            return text
    raise TableError("not-text")


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=first.count)


def _cells(record: Iterable[str], row: int, limits: Limits) -> list[Cell]:
    cells = [_cell(value, row, limits) for value in record]
    while cells and cells[-1].kind is CellKind.EMPTY:
        cells.pop()
    if len(cells) > limits.columns:
        raise TableError("too-many-columns", row=row, limit=limits.columns)
    return cells


def _cell(value: str, row: int, limits: Limits) -> Cell:
    if len(value) > limits.cell_characters:
        raise TableError("cell-too-long", row=row, limit=limits.cell_characters)
    if not value:
        return EMPTY_CELL
    return Cell(value, CellKind.FORMULA if value.startswith("=") else CellKind.TEXT)
