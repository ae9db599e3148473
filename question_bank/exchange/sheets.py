"""The sheets of an XLSX file, or the one of a CSV file, with all their rows."""

from __future__ import annotations

from dataclasses import dataclass

from question_bank.errors import ExchangeError
from tabular import DEFAULT_LIMITS, Limits, Row, TableError, read_table
from tabular.workbook import Workbook


@dataclass(frozen=True, slots=True)
class SheetRows:
    """One sheet: its name, its rows that hold anything, the rows in which a picture begins."""

    name: str
    rows: tuple[Row, ...]
    picture_rows: frozenset[int] = frozenset()


def open_sheets(
    data: bytes, filename: str, *, limits: Limits = DEFAULT_LIMITS, only: str | None = None
) -> tuple[SheetRows, ...]:
    """Return the visible sheets of a file, or only one; a CSV file has one without a name.

    A sheet that cannot be read is left out while another can.
    Raises: ExchangeError: the file cannot be read.
    """
    try:
        if not data.startswith(b"PK"):
            return (SheetRows("", tuple(read_table(data, _as_text(filename), limits))),)
        if len(data) > limits.file_bytes:
            raise TableError("file-too-large", found=len(data), limit=limits.file_bytes)
        return _read(Workbook(data, limits), only)
    except TableError as error:
        raise ExchangeError(error.code, **error.facts) from error


def _as_text(filename: str) -> str:
    return filename if filename.lower().endswith((".tsv", ".xlsx")) else "items.csv"


def _read(book: Workbook, only: str | None) -> tuple[SheetRows, ...]:
    names = book.sheets()
    if only is not None and only not in names:
        raise TableError("no-such-sheet", sheet=only)
    sheets: list[SheetRows] = []
    faults: list[TableError] = []
    for name in names:
        if only not in {None, name}:
            continue
        try:
            sheets.append(SheetRows(name, tuple(book.rows(name)), book.picture_rows(name)))
        except TableError as error:
            faults.append(error)
    if not any(sheet.rows for sheet in sheets):
        raise faults[0] if faults else TableError("file-empty")
    return tuple(sheets)
