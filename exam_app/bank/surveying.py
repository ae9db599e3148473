"""An uploaded file looked at before it is read (识别文件): its format, its table, its columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from exam_app.bank.exchange import Reading
from exam_app.core.errors import BadInput
from question_bank import BankError
from question_bank.exchange import formats, free_table
from question_bank.exchange.formats import Format
from question_bank.exchange.free_table import Field, Survey
from question_bank.exchange.free_table import Mapping as TableMapping

TABLES = frozenset({Format.XLSX, Format.CSV})
BY_LINE = frozenset({Format.XLSX, Format.CSV, Format.GIFT, Format.AIKEN})
"""The formats whose places are rows or lines; in the others items are counted."""


@dataclass(frozen=True)
class Found:
    """What an upload is: its format, and for a free-form table what it seems to hold.

    ``items`` and ``problems`` count what a file that is no table holds.
    """

    format: Format
    is_own: bool = False
    survey: Survey | None = None
    items: int = 0
    problems: int = 0


def look_at(data: bytes, filename: str, *, format: str = "", sheet: str | None = None) -> Found:
    """Return what a file is; ``sheet`` names the sheet to look at instead of the fullest.

    Raises: BadInput: the file as a whole cannot be read.
    """
    try:
        kind = Format(format) if format in tuple(Format) else formats.detect(data, filename)
        if kind not in TABLES:
            read = formats.read(data, filename, format=kind)
            return Found(kind, items=len(read.items), problems=len(read.problems))
        if sheet is None and formats.is_own_table(data, filename):
            return Found(kind, is_own=True)
        return Found(kind, survey=free_table.survey(data, filename, sheet=sheet))
    except BankError as error:
        facts = {**error.facts, "file": filename, "field": "file"}
        raise BadInput(f"table-{error.code}", **facts) from error


def mapped(survey: Survey, chosen: Mapping[int, str], header_row: int) -> TableMapping:
    """Return the columns a person chose, by number.

    Raises: BadInput: two columns for one field (``column-chosen-twice``), or no stem.
    """
    columns: dict[Field, int] = {}
    for number, name in sorted(chosen.items()):
        field = Field(name)
        if field is Field.IGNORED:
            continue
        if field in columns:
            raise BadInput("column-chosen-twice", field=f"column_{number}")
        columns[field] = number
    if Field.STEM not in columns:
        raise BadInput("stem-not-chosen")
    sure = survey.mapping
    guessed = frozenset(each for each in sure.guessed if sure.columns[each] == columns.get(each))
    return TableMapping(survey.sheet, header_row, columns, guessed)


def to_text(reading: Reading) -> str:
    """Return a reading as text that a form carries from page to page."""
    return json.dumps(reading.to_plain(), ensure_ascii=False)


def from_text(text: str) -> Reading:
    """Return the reading a form carried. Raises: BadInput: it was changed on the way."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput("bad-mapping", field="file") from error
    if not isinstance(plain, dict):
        raise BadInput("bad-mapping", field="file")
    return Reading.from_plain(plain)
