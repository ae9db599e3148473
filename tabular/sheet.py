"""The cells of one sheet of an XLSX file, as its XML is heard."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from tabular.cells import EMPTY_CELL, Cell, CellKind, Limits, Row
from tabular.errors import TableError
from tabular.package import Handler

_ESCAPED = re.compile(r"_x(?!0000|FFF[EF]|D[89A-F])([0-9A-F]{4})_", re.IGNORECASE)
_REFERENCE = re.compile(r"([A-Z]{1,3})[1-9][0-9]{0,6}")
_DIGITS_KEPT = Decimal(10) ** 15
_LAST_SERIAL = Decimal(2958466)
_SECONDS_A_DAY = 86_400
_WORDS_OF_BOOLEANS = {"0": "FALSE", "1": "TRUE"}


@dataclass(frozen=True, slots=True)
class SheetSetting:
    """What the cells of a sheet refer to in the rest of the workbook."""

    limits: Limits
    strings: Sequence[str]
    date_styles: frozenset[str]
    counts_from_1904: bool


class SheetRows(Handler):
    """Hears a sheet and gathers its rows that hold anything."""

    def __init__(self, setting: SheetSetting) -> None:
        """Start above the first row."""
        super().__init__(setting.limits)
        self._setting = setting
        self._ready: list[Row] = []
        self._in_data = False
        self._row = 0
        self._column = 0
        self._cells: dict[int, Cell] = {}
        self._type = ""
        self._style = ""
        self._texts: dict[str, list[str]] = {}
        self._open: list[str] | None = None
        self._is_reading = False
        self._heard = 0

    def take(self) -> Iterator[Row]:
        """Yield the rows gathered since the last call."""
        ready, self._ready = self._ready, []
        yield from ready

    def opened(self, name: str, attrs: Mapping[str, str]) -> None:
        """Begin a row, a cell or a text."""
        if name == "sheetData":
            self._in_data = True
        elif not self._in_data:
            return
        elif name == "row":
            self._begin_row(attrs.get("r"))
        elif name == "c":
            self._begin_cell(attrs)
        elif name == "rPh":
            self._is_reading = True
        elif name in {"v", "f", "t"} and not self._is_reading:
            self._open = self._texts.setdefault(name, [])

    def closed(self, name: str) -> None:
        """End a row, a cell or a text."""
        if name == "sheetData":
            self._in_data = False
        elif name == "rPh":
            self._is_reading = False
        elif name in {"v", "f", "t"}:
            self._open = None
        elif name == "c" and self._in_data:
            self._end_cell()
        elif name == "row" and self._in_data:
            self._end_row()

    def characters(self, content: str) -> None:
        """Gather the text of a cell."""
        if self._open is None:
            return
        self._heard += len(content)
        # A character may be stored as _xHHHH_, seven for one.
        if self._heard > 7 * self.limits.cell_characters:
            raise TableError("cell-too-long", row=self._row, limit=self.limits.cell_characters)
        self._open.append(content)

    def _begin_row(self, number: str | None) -> None:
        row = _whole(number) if number else self._row + 1
        if row <= self._row:
            raise TableError("rows-out-of-order", row=row)
        self._row, self._column, self._cells = row, 0, {}

    def _begin_cell(self, attrs: Mapping[str, str]) -> None:
        reference = attrs.get("r")
        column = _column(reference) if reference else self._column + 1
        if column <= self._column:
            raise TableError("cells-out-of-order", row=self._row, cell=reference)
        self._column = column
        self._type, self._style = attrs.get("t", "n"), attrs.get("s", "0")
        self._texts, self._heard = {}, 0

    def _end_cell(self) -> None:
        cell = self._cell()
        if len(cell.value) > self.limits.cell_characters:
            raise TableError("cell-too-long", row=self._row, limit=self.limits.cell_characters)
        if cell.kind is not CellKind.EMPTY:
            if self._column > self.limits.columns:
                raise TableError("too-many-columns", row=self._row, limit=self.limits.columns)
            self._cells[self._column] = cell

    def _end_row(self) -> None:
        if all(cell.is_empty for cell in self._cells.values()):
            return
        if self._row > self.limits.rows:
            raise TableError("too-many-rows", row=self._row, limit=self.limits.rows)
        width = max(self._cells)
        cells = [self._cells.get(column, EMPTY_CELL) for column in range(1, width + 1)]
        self._ready.append((self._row, cells))

    def _cell(self) -> Cell:
        if "f" in self._texts:
            return Cell("=" + "".join(self._texts["f"]), CellKind.FORMULA)
        value = "".join(self._texts.get("v", ()))
        if self._type == "inlineStr":
            return _text(unescape("".join(self._texts.get("t", ()))))
        if not value:
            return EMPTY_CELL
        if self._type == "s":
            return _text(self._shared(value))
        if self._type == "e":
            return Cell(value, CellKind.FORMULA)
        if self._type == "d":
            return Cell(value, CellKind.DATE)
        if self._type == "b":
            return _text(_WORDS_OF_BOOLEANS.get(value, value))
        if self._type == "str":
            return _text(unescape(value))
        return self._number(value)

    def _shared(self, index: str) -> str:
        place = _whole(index)
        if place >= len(self._setting.strings):
            raise TableError("workbook-bad-value", row=self._row, value=index)
        return self._setting.strings[place]

    def _number(self, text: str) -> Cell:
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise TableError("workbook-bad-value", row=self._row, value=text[:40]) from error
        if self._style in self._setting.date_styles:
            date = _date(number, counts_from_1904=self._setting.counts_from_1904)
            if date:
                return Cell(date, CellKind.DATE)
        return Cell(_plain(number, text), CellKind.NUMBER)


def unescape(text: str) -> str:
    """Return a stored text with its _xHHHH_ escapes as the characters they stand for.

    What is no character (NUL, halves of pairs, FFFE, FFFF) stays as written.
    """
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _text(value: str) -> Cell:
    return Cell(value, CellKind.TEXT) if value else EMPTY_CELL


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise TableError("workbook-bad-value", value=text[:40])
    return int(text)


def _column(reference: str) -> int:
    match = _REFERENCE.fullmatch(reference)
    if not match:
        raise TableError("workbook-bad-value", value=reference[:40])
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _plain(number: Decimal, stored: str) -> str:
    if not number.is_finite() or abs(number) >= _DIGITS_KEPT:
        return stored
    # A sheet stores the binary number nearest to what was typed; its shortest name is the typed.
    text = format(Decimal(repr(float(number))), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _date(serial: Decimal, *, counts_from_1904: bool) -> str | None:
    if not 0 <= serial < _LAST_SERIAL:
        return None
    days = int(serial)
    seconds = int(((serial - days) * _SECONDS_A_DAY).to_integral_value(ROUND_HALF_UP))
    if seconds == _SECONDS_A_DAY:
        days, seconds = days + 1, 0
    minutes, second = divmod(seconds, 60)
    time = f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
    if days == 0 and not counts_from_1904:
        return time
    day = _day(days, counts_from_1904=counts_from_1904)
    if day is None:
        return None
    return f"{day.isoformat()}T{time}" if seconds else day.isoformat()


def _day(days: int, *, counts_from_1904: bool) -> dt.date | None:
    if counts_from_1904:
        return dt.date(1904, 1, 1) + dt.timedelta(days=days)
    if days == 60:  # 29 February 1900, which the sheet has and the calendar has not
        return None
    first = dt.date(1899, 12, 31) if days < 60 else dt.date(1899, 12, 30)
    return first + dt.timedelta(days=days)
