"""Question tables as other people keep them (自由格式题库): surveyed first, then read."""

from __future__ import annotations

from question_bank.errors import ExchangeError
from question_bank.exchange.drafting import NO_DEFAULTS
from question_bank.exchange.free_context import RowContext
from question_bank.exchange.free_rows import RowReader
from question_bank.exchange.header_words import Field
from question_bank.exchange.result import Defaults, ReadResult
from question_bank.exchange.sheets import SheetRows, open_sheets
from question_bank.exchange.survey import (
    Column,
    Mapping,
    SheetSummary,
    Survey,
    survey,
    survey_sheets,
    titles,
)
from question_bank.exchange.type_words import type_in

__all__ = [
    "Column",
    "Field",
    "Mapping",
    "SheetSummary",
    "Survey",
    "read_items",
    "read_sheets",
    "survey",
]


def read_items(
    data: bytes,
    filename: str,
    mapping: Mapping | None = None,
    *,
    defaults: Defaults = NO_DEFAULTS,
) -> ReadResult:
    """Return the items of a table, and by its own row number what is wrong with the others.

    Args:
        mapping: as confirmed or changed by a person; what `survey` finds by default.
    Raises: ExchangeError: the file cannot be read, holds no table, or the mapping names no stem.
    """
    only = mapping.sheet or None if mapping else None
    is_workbook = data.startswith(b"PK")
    sheets = open_sheets(data, filename, only=only if is_workbook else None)
    return read_sheets(sheets, filename, mapping, defaults=defaults)


def read_sheets(
    sheets: tuple[SheetRows, ...],
    filename: str,
    mapping: Mapping | None,
    *,
    defaults: Defaults = NO_DEFAULTS,
) -> ReadResult:
    """Return what `read_items` does, from sheets already open."""
    others: tuple[str, ...] = ()
    if mapping is None:
        found = survey_sheets(sheets)
        mapping = found.mapping
        others = tuple(
            each.name for each in found.sheets if each.rows and each.name != mapping.sheet
        )
    if Field.STEM not in mapping.columns:
        raise ExchangeError("columns-missing", columns=("题干",))
    name = mapping.sheet
    sheet = next((each for each in sheets if each.name == name), sheets[0])
    named = titles(sheet.rows, mapping.header_row) if mapping.header_row else {}
    context = RowContext(
        columns=dict(mapping.columns),
        titles=named,
        defaults=defaults,
        sheet_type=type_in(sheet.name) or (type_in(filename) if not sheet.name else None),
        picture_rows=sheet.picture_rows,
    )
    rows = [row for row in sheet.rows if row[0] > mapping.header_row]
    reader = RowReader(context, rows)
    for row in rows:
        reader.take(row)
    for other in others:
        reader.notes.add(0, "sheet-not-read", "", other)
    return reader.result()
