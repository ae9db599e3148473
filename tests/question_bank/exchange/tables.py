"""Small workbooks built in tests."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl

Rows = Sequence[Sequence[Any]]


def book(sheets: Mapping[str, Rows]) -> bytes:
    """Return an XLSX file of these sheets."""
    written = openpyxl.Workbook()
    written.remove(written.worksheets[0])
    for name, rows in sheets.items():
        page = written.create_sheet(name)
        for row in rows:
            page.append(list(row))
    buffer = io.BytesIO()
    written.save(buffer)
    return buffer.getvalue()


def table(*rows: Sequence[Any], sheet: str = "题库") -> bytes:
    """Return an XLSX file of one sheet."""
    return book({sheet: rows})
