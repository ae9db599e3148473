"""Reading a table that came from outside: XLSX or CSV, within limits, row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tabular.cells import DEFAULT_LIMITS, EMPTY_CELL, Cell, CellKind, Limits, Rows
from tabular.delimited import read_delimited
from tabular.errors import TableError
from tabular.workbook import read_workbook

_OLE2 = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK"
_DELIMITED = {"csv", "tsv", "txt"}


@dataclass(frozen=True, slots=True)
class Record:
    """One row below the header: its number as in the sheet, and its cells by column name."""

    row: int
    cells: Mapping[str, Cell]

    def cell(self, column: str) -> Cell:
        """Return the cell of a column, an empty one where the row or the table has none."""
        return self.cells.get(column, EMPTY_CELL)

    def text(self, column: str) -> str:
        """Return the value of a column without blanks around it."""
        return self.cell(column).value.strip()


def read_table(
    data: bytes, filename: str, limits: Limits = DEFAULT_LIMITS, *, sheet: str | None = None
) -> Rows:
    """Return the rows that hold anything, each with its number as in the sheet, from 1.

    Args:
        filename: its ending says XLSX or CSV (csv, tsv, txt); the content must agree.
        sheet: name of the sheet of an XLSX file; the first visible one by default.
    Raises: TableError: at once for the file as a whole; while the rows are taken for damage and
        limits met on the way, so a caller keeps nothing before the last row came.
    """
    if len(data) > limits.file_bytes:
        raise TableError("file-too-large", found=len(data), limit=limits.file_bytes)
    if not data.strip():
        raise TableError("file-empty")
    ending = filename.rpartition(".")[2].lower()
    if data.startswith(_OLE2):
        raise TableError("old-or-encrypted-workbook")
    if ending == "xlsx":
        return read_workbook(data, limits, sheet)
    if ending not in _DELIMITED:
        raise TableError("unknown-kind-of-file", ending=ending)
    if data.startswith(_ZIP + b"\x03\x04"):
        raise TableError("content-differs-from-ending", ending=ending)
    return read_delimited(data, limits)


def read_records(rows: Rows, *, required: Collection[str] = ()) -> Iterator[Record]:
    """Yield the rows below the header, which is the first row that holds anything.

    Blanks in and around a column name do not count; columns without a name are left out.
    Raises: TableError: no header, a column twice, required columns missing (all are named), or
        what the rows themselves raise.
    """
    header = next(rows, None)
    if header is None:
        raise TableError("file-empty")
    names = ["".join(cell.value.split()) for cell in header[1]]
    for place, name in enumerate(names):
        if name and name in names[:place]:
            raise TableError("column-twice", column=name)
    missing = [name for name in required if name not in names]
    if missing:
        raise TableError("columns-missing", columns=tuple(missing))
    for number, cells in rows:
        named = zip(names, cells, strict=False)
        yield Record(number, {name: cell for name, cell in named if name})


def has_lost_digits(cell: Cell) -> bool:
    """Return whether a long number was typed as a number, so its last digits are gone.

    An ID-card number (身份证号) must be stored as text; it is never repaired.
    """
    digits = sum(character.isdigit() for character in cell.value)
    return cell.kind is CellKind.NUMBER and (digits > 15 or "e" in cell.value.lower())
