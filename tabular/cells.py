"""What a table is made of: cells, rows and the limits a file must keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class CellKind(StrEnum):
    """What a cell holds as stored, not as it looks."""

    TEXT = "text"
    NUMBER = "number"
    FORMULA = "formula"
    DATE = "date"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    `value`: text as stored; a number in plain digits, or as stored from 10^15 on, where a sheet
    has lost digits; a date as 2026-01-31, 2026-01-31T08:30:00 or 08:30:00; a formula from its "="
    on, or the error (as #N/A) that stands in the cell.
    """

    value: str = ""
    kind: CellKind = CellKind.EMPTY

    @property
    def is_empty(self) -> bool:
        """Return whether nothing but blanks stands in the cell."""
        return self.kind is CellKind.EMPTY or not self.value.strip()


EMPTY_CELL = Cell()

Row = tuple[int, list[Cell]]
Rows = Iterator[Row]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold before it is refused; `rows` and `columns` are the highest numbers."""

    file_bytes: int = 10 * 2**20
    unzipped_bytes: int = 64 * 2**20
    ratio: int = 200
    ratio_from_bytes: int = 2**20
    parts: int = 200
    elements: int = 5_000_000
    rows: int = 20_000
    columns: int = 64
    cell_characters: int = 32_767


DEFAULT_LIMITS = Limits()
