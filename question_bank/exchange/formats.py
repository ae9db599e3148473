"""The formats items come in and go out in: told by content, read and written in one place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from question_bank.errors import ExchangeError
from question_bank.exchange import (
    aiken,
    free_table,
    gift,
    moodle_xml,
    qti_package,
    xlsx,
    xml_reading,
)
from question_bank.exchange import columns as c
from question_bank.exchange.drafting import NO_DEFAULTS
from question_bank.exchange.gathering import decoded
from question_bank.exchange.item_table import read_item_table
from question_bank.exchange.result import Defaults, Picture, ReadResult, Written
from question_bank.exchange.sheets import SheetRows, open_sheets
from question_bank.item import Item


class Format(StrEnum):
    """A file format items come or go in."""

    XLSX = "xlsx"
    CSV = "csv"
    GIFT = "gift"
    AIKEN = "aiken"
    MOODLE_XML = "moodle-xml"
    QTI = "qti"


FORMATS = tuple(Format)
WRITTEN = (Format.XLSX, Format.MOODLE_XML, Format.QTI, Format.GIFT)
"""The formats items can be written in."""

_OLE2 = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK"
_XLSX_PARTS = (b"xl/workbook", b"xl/worksheets", b"xl/sharedStrings", b"xl/styles")
_GIFT_ANSWERS = re.compile(r"(?<!\\)\{[ \t\r\n]*(?:[=~#}]|(?:T|F|TRUE|FALSE)[ \t\r\n]*[#}])", re.I)
_GIFT_ENDINGS = ("gift",)
_TABLE_ENDINGS = ("csv", "tsv")
_DELIMITERS = ",\t;"
_LOOKED_AT = 200_000


def detect(data: bytes, filename: str) -> Format:
    """Return the format of a file, told by its content; its ending decides between texts.

    Raises: ExchangeError: file-empty, old-or-encrypted-workbook, not-text or unknown-format.
    """
    if not data.strip():
        raise ExchangeError("file-empty")
    if data.startswith(_OLE2):
        raise ExchangeError("old-or-encrypted-workbook")
    ending = filename.rpartition(".")[2].lower()
    if data.startswith(_ZIP):
        is_book = ending == "xlsx" or any(part in data for part in _XLSX_PARTS)
        return Format.XLSX if is_book and b"imsmanifest.xml" not in data else Format.QTI
    kind = xml_reading.sniff_xml(data)
    if kind is not None:
        return Format(kind)
    if ending == "zip":
        return Format.QTI
    return _text_format(decoded(data)[:_LOOKED_AT], ending)


def read(
    data: bytes,
    filename: str,
    *,
    format: Format | None = None,
    defaults: Defaults = NO_DEFAULTS,
    mapping: free_table.Mapping | None = None,
) -> ReadResult:
    """Return the items of a file of any format, its problems and notes by their place.

    Args:
        format: told by content by default.
        mapping: the columns of a table as a person confirmed them; without one, a table with the
            headers of our template is read as such, any other as `free_table.survey` finds it.
    Raises: ExchangeError: the file as a whole cannot be read.
    """
    found = format or detect(data, filename)
    if found is Format.GIFT:
        return gift.read_items(data, defaults=defaults)
    if found is Format.AIKEN:
        return aiken.read_items(data, defaults=defaults)
    if found is Format.MOODLE_XML:
        return moodle_xml.read_items(data, defaults=defaults)
    if found is Format.QTI:
        return qti_package.read_items(data, defaults=defaults)
    if mapping is not None:
        return free_table.read_items(data, filename, mapping, defaults=defaults)
    sheets = open_sheets(data, filename)
    own = _own_table(sheets)
    if own is not None:
        return read_item_table(iter(own.rows), defaults=defaults)
    return free_table.read_sheets(sheets, filename, None, defaults=defaults)


def write(
    items: Iterable[Item],
    format: Format,
    pictures: Mapping[str, Picture] | None = None,
) -> Written:
    """Return a file of items; `Written.lost` names what the format cannot say.

    Raises: ExchangeError format-not-written: a format that is only read.
    """
    if format is Format.XLSX:
        return xlsx.write(items)
    if format is Format.GIFT:
        return gift.write_items(items)
    if format is Format.MOODLE_XML:
        return moodle_xml.write_items(items, pictures or {})
    if format is Format.QTI:
        return qti_package.write_items(items, pictures or {})
    raise ExchangeError("format-not-written", format=format.value)


def is_own_table(data: bytes, filename: str) -> bool:
    """Return whether a table has the headers of our template, so that no mapping is asked.

    Raises: ExchangeError: the file cannot be read.
    """
    return _own_table(open_sheets(data, filename)) is not None


def _own_table(sheets: tuple[SheetRows, ...]) -> SheetRows | None:
    first = next((sheet for sheet in sheets if sheet.rows), None)
    if first is None:
        return None
    names = ["".join(cell.value.split()) for cell in first.rows[0][1]]
    named = [name for name in names if name]
    is_own = set(c.REQUIRED) <= set(named) <= set(c.HEADERS) and len(set(named)) == len(named)
    return first if is_own else None


def _text_format(text: str, ending: str) -> Format:
    if ending in _TABLE_ENDINGS:
        return Format.CSV
    if ending in _GIFT_ENDINGS:
        return Format.GIFT
    if aiken.is_aiken(text):
        return Format.AIKEN
    if _GIFT_ANSWERS.search(text):
        return Format.GIFT
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    if len(lines) > 1 and any(
        lines[0].count(sign) and lines[1].count(sign) for sign in _DELIMITERS
    ):
        return Format.CSV
    raise ExchangeError("unknown-format", ending=ending)
