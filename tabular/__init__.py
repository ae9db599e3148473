"""Tables from and for office programs (表格): a guarded reader and a text-only writer."""

from tabular.cells import DEFAULT_LIMITS, EMPTY_CELL, Cell, CellKind, Limits, Row, Rows
from tabular.errors import TableError
from tabular.reader import Record, has_lost_digits, read_records, read_table
from tabular.writer import VERSION_SHEET, write_table

__all__ = [
    "DEFAULT_LIMITS",
    "EMPTY_CELL",
    "VERSION_SHEET",
    "Cell",
    "CellKind",
    "Limits",
    "Record",
    "Row",
    "Rows",
    "TableError",
    "has_lost_digits",
    "read_records",
    "read_table",
    "write_table",
]
