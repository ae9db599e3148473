"""Items from a CSV file: every malformed row is an error that names its line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from question_bank.program.errors import FileMalformed
from question_bank.program.plan import (
    LEVELS,
    MARK,
    TYPES,
    UNIT,
    Candidate,
    parts_above,
    parts_below,
)

COLUMNS = Candidate._fields
_INTEGER = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,12}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?")
_TOPIC = re.compile(r"[^.\s]+(\.[^.\s]+)*")
_MOST_INFO = 1000


class Items(NamedTuple):
    """What a file holds; `exact` is false when a facility has more decimals than UNIT holds.

    `strangers` are ids named as enemies that the file has no row for: nothing to keep apart.
    """

    candidates: list[Candidate]
    exact: bool
    strangers: tuple[str, ...]


def read_items(text: str, file: str) -> Items:
    """Return the items of a CSV text, in its order.

    Raises: FileMalformed: a column or a row cannot be read.
    """
    table = _Table(text, file)
    found = [Candidate._make(cells) for cells in zip(*table.columns(), strict=True)]
    return _with_enemies(found, table)


class _Table:
    """The rows of a file that are not blank, read column by column, each different cell once."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text.removeprefix("\ufeff"), file
        self.exact = True
        rows = [row for row in self._reader() if not _is_blank(row)]
        self._places = self._heads(rows[0] if rows else [])
        self._rows = rows[1:]
        for number, row in enumerate(self._rows):
            if len(row) != len(self._places):
                raise self.fault("row-length", number, found=len(row), needed=len(self._places))

    def _reader(self) -> Iterator[list[str]]:
        reader = csv.reader(io.StringIO(self.text, newline=""), strict=True)
        try:
            yield from reader
        except csv.Error as error:
            line = reader.line_num
            raise FileMalformed("not-csv", file=self.file, line=line, said=error) from error

    def _heads(self, cells: Sequence[str]) -> list[int]:
        names = [cell.strip() for cell in cells]
        for name in names:
            if name not in COLUMNS:
                raise self.fault("unknown-column", -1, column=name)
            if names.count(name) > 1:
                raise self.fault("column-twice", -1, column=name)
        for name in COLUMNS:
            if name not in names:
                raise self.fault("missing-column", -1, column=name)
        return [names.index(name) for name in COLUMNS]

    def fault(self, code: str, number: int, **facts: object) -> FileMalformed:
        """Return the error for a row, counted from 0; -1 is the header."""
        reader = csv.reader(io.StringIO(self.text, newline=""), strict=True)
        line, left = 1, number + 1
        for row in reader:
            if not _is_blank(row):
                if left == 0:
                    break
                left -= 1
            line = reader.line_num + 1
        return FileMalformed(code, file=self.file, line=line, **facts)

    def columns(self) -> list[list[object]]:
        """Return the columns in the order of COLUMNS, each cell as what it means.

        Raises: FileMalformed: the first row with a cell that cannot be read.
        """
        raw = list(zip(*self._rows, strict=True)) or [()] * len(COLUMNS)
        ordered = [raw[place] for place in self._places]
        known, bad = [], list[tuple[int, str]]()
        for name, cells in zip(COLUMNS, ordered, strict=True):
            means = {cell: self._read(name, cell) for cell in set(cells)}
            known.append(means)
            if None in means.values():
                at = next(place for place, cell in enumerate(cells) if means[cell] is None)
                bad.append((at, name))
        if bad:
            at, name = min(bad)
            cell = ordered[COLUMNS.index(name)][at]
            raise self.fault(f"bad-{name}", at, found=cell)
        return [
            list(map(means.__getitem__, cells)) for means, cells in zip(known, ordered, strict=True)
        ]

    def _read(self, name: str, cell: str) -> object:
        if name == "id":
            return cell if cell and cell == cell.strip() else None
        if name == "enemies":
            return tuple(cell.split(";")) if cell.strip() else ()
        if name == "facility":
            return self._share(cell.strip())
        return _READINGS[name](cell.strip())

    def _share(self, cell: str) -> int | None:
        value = _number(cell)
        if value is None or not 0 <= value <= 1:
            return None
        read = parts_below(value, UNIT)
        self.exact = self.exact and read == parts_above(value, UNIT)
        return read


def _is_blank(row: Sequence[str]) -> bool:
    return not any(row) or (len(row) == 1 and not row[0].strip())


def _information(cell: str) -> int | None:
    value = _number(cell)
    return None if value is None or not 0 <= value <= _MOST_INFO else parts_below(value, UNIT)


def _number(cell: str) -> Decimal | None:
    return Decimal(cell) if _NUMBER.fullmatch(cell) else None


def _integer(cell: str) -> int | None:
    return int(cell) if _INTEGER.fullmatch(cell) else None


_READINGS: dict[str, Callable[[str], object]] = {
    "type": lambda cell: cell if cell in TYPES else None,
    "topic": lambda cell: cell if _TOPIC.fullmatch(cell) else None,
    "level": lambda cell: cell if cell in LEVELS else None,
    "info": _information,
    "seconds": _integer,
    "marks": lambda cell: None if (marks := _integer(cell)) is None else marks * MARK,
    "set": lambda cell: cell,
    "uses": _integer,
}


def _with_enemies(found: list[Candidate], table: _Table) -> Items:
    """Return the items with enemies (互斥) made mutual and those without a row left out."""
    lines = {item.id: number for number, item in enumerate(found)}
    if len(lines) < len(found):
        raise _twice(found, table)
    mutual: dict[str, set[str]] = {}
    strangers: set[str] = set()
    for item in filter(_has_enemies, found):
        for named in item.enemies:
            enemy = named if named in lines else named.strip()
            if enemy == item.id or not enemy:
                raise table.fault("bad-enemies", lines[item.id], found=";".join(item.enemies))
            if enemy in lines:
                mutual.setdefault(item.id, set()).add(enemy)
                mutual.setdefault(enemy, set()).add(item.id)
            else:
                strangers.add(enemy)
    for item in filter(_has_enemies, list(found)):
        found[lines[item.id]] = item._replace(enemies=())
    for one, others in mutual.items():
        found[lines[one]] = found[lines[one]]._replace(enemies=tuple(sorted(others)))
    return Items(found, table.exact, tuple(sorted(strangers)))


def _has_enemies(item: Candidate) -> bool:
    return bool(item.enemies)


def _twice(found: Sequence[Candidate], table: _Table) -> FileMalformed:
    seen: set[str] = set()
    for number, item in enumerate(found):
        if item.id in seen:
            return table.fault("id-twice", number, id=item.id)
        seen.add(item.id)
    raise AssertionError("no id stands twice")
