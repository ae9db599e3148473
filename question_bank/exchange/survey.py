"""What a table found in the field seems to hold: its sheet, its header, its columns."""

from __future__ import annotations

from collections import abc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from question_bank.errors import ExchangeError
from question_bank.exchange import columns_guess
from question_bank.exchange.header_words import OPTION_FIELDS, Field, field_of, guess_of
from question_bank.exchange.sheets import SheetRows, open_sheets
from tabular import Row

_HEADER_WITHIN = 40
_SAMPLES = 3
_NO_MEANING = (Field.IGNORED, 0)
_SAMPLE_LENGTH = 60
_LONGEST_SHEET = 200
_MOST_NUMBER = 1_000_000


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column (from 1) of which sheet holds which field; IGNORED is never in it.

    `header_row` is the row above the first item, 0 where the table has no header. `guessed` are
    the fields that no header word made sure.
    """

    sheet: str
    header_row: int
    columns: abc.Mapping[Field, int]
    guessed: frozenset[Field] = frozenset()

    def to_plain(self) -> dict[str, Any]:
        """Return the mapping as plain values."""
        return {
            "sheet": self.sheet,
            "header_row": self.header_row,
            "columns": {name.value: number for name, number in self.columns.items()},
            "guessed": sorted(name.value for name in self.guessed),
        }

    @classmethod
    def from_plain(cls, plain: abc.Mapping[str, Any]) -> Mapping:
        """Return the mapping that plain values hold. Raises: ExchangeError bad-mapping."""
        try:
            columns = {
                Field(name): _number(number, least=1) for name, number in plain["columns"].items()
            }
            sheet, guessed = plain["sheet"], plain.get("guessed", [])
            is_sheet = isinstance(sheet, str) and len(sheet) <= _LONGEST_SHEET
            if not is_sheet or Field.IGNORED in columns:
                raise ValueError(sheet)
            header_row = _number(plain["header_row"], least=0)
            return cls(sheet, header_row, columns, frozenset(Field(name) for name in guessed))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise ExchangeError("bad-mapping") from error


def _number(value: object, *, least: int) -> int:
    if type(value) is not int or not least <= value <= _MOST_NUMBER:
        raise ValueError(value)
    return value


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its number from 1, its title, and values as they stand there."""

    number: int
    title: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetSummary:
    """One sheet of a file: how many rows lie below its header, 0 where it holds no table."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What the fullest table of a file holds, and how it seems to be meant."""

    sheet: str
    sheets: tuple[SheetSummary, ...]
    header_row: int
    first_column: int
    columns: tuple[Column, ...]
    mapping: Mapping
    rows: int

    @property
    def is_sure(self) -> bool:
        """Return whether header words name all that an item needs."""
        needed = {Field.STEM, Field.KEY}
        return needed <= set(self.mapping.columns) and not needed & self.mapping.guessed


@dataclass(slots=True)
class _Found:
    """The columns found for fields so far."""

    columns: dict[Field, int] = field(default_factory=dict)
    guessed: set[Field] = field(default_factory=set)

    def add(self, name: Field, number: int, *, guessed: bool = False) -> None:
        """Take a column for a field, unless either is taken."""
        if name is Field.IGNORED or name in self.columns or number in self.columns.values():
            return
        self.columns[name] = number
        if guessed:
            self.guessed.add(name)


def survey(data: bytes, filename: str, *, sheet: str | None = None) -> Survey:
    """Return what the fullest table of an XLSX or CSV file holds, or that of one sheet.

    Raises: ExchangeError: the file cannot be read, or no sheet of it holds a table.
    """
    return survey_sheets(open_sheets(data, filename), sheet=sheet)


def survey_sheets(sheets: Sequence[SheetRows], *, sheet: str | None = None) -> Survey:
    """Return what the fullest of some sheets holds, or the one named."""
    surveyed = [(each, *_columns_of(each)) for each in sheets if each.rows]
    summaries = tuple(
        SheetSummary(each.name, len(_below(each.rows, header)) if _is_table(found) else 0)
        for each, header, found in surveyed
    )
    tables = [
        (summary.rows, place)
        for place, summary in enumerate(summaries)
        if summary.rows and sheet in {None, summary.name}
    ]
    if not tables:
        raise ExchangeError("no-table-found", sheets=tuple(each.name for each in sheets))
    rows, place = max(tables, key=lambda table: (table[0], -table[1]))
    chosen, header, found = surveyed[place]
    mapping = Mapping(chosen.name, header, found.columns, frozenset(found.guessed))
    columns = tuple(_described(chosen.rows, header))
    first = columns[0].number if columns else 1
    return Survey(chosen.name, summaries, header, first, columns, mapping, rows)


def titles(rows: Sequence[Row], header_row: int) -> dict[int, str]:
    """Return column number → title; a second header row completes the first."""
    by_number = dict(rows)
    header = by_number.get(header_row, [])
    meant = [field_of(cell.value) for cell in header if not cell.is_empty]
    is_second = bool(meant) and all(found and found[0] in OPTION_FIELDS for found in meant)
    found: dict[int, str] = {}
    for cells in (by_number.get(header_row - 1, []) if is_second else [], header):
        for place, cell in enumerate(cells, start=1):
            title = "".join(cell.value.split())
            if title:
                found[place] = title
    return found


def _is_table(found: _Found) -> bool:
    return Field.STEM in found.columns


def _below(rows: Sequence[Row], header: int) -> list[Row]:
    return [row for row in rows if row[0] > header]


def _described(rows: Sequence[Row], header: int) -> Iterable[Column]:
    named = titles(rows, header)
    body = _below(rows, header)
    width = max((len(cells) for _, cells in rows), default=0)
    for number in range(1, width + 1):
        values = (cells[number - 1].value.strip() for _, cells in body if len(cells) >= number)
        samples: list[str] = []
        for value in values:
            if value and value[:_SAMPLE_LENGTH] not in samples:
                samples.append(value[:_SAMPLE_LENGTH])
            if len(samples) == _SAMPLES:
                break
        if samples or number in named:
            yield Column(number, named.get(number, ""), tuple(samples))


def _columns_of(sheet: SheetRows) -> tuple[int, _Found]:
    """Return the header row (0 for none) of a sheet and the columns of its fields."""
    header, named = _header(sheet.rows)
    found = _Found()
    body = columns_guess.body(sheet.rows, header)
    contents = columns_guess.contents(body)
    _sure_columns(named, contents, found)
    for number, title in named.items():
        guess = guess_of(title) if field_of(title) is None else None
        if guess:
            found.add(guess, number, guessed=True)
    if Field.TYPE in found.columns and not columns_guess.holds_types(
        contents.get(found.columns[Field.TYPE], [])
    ):
        found.guessed.discard(Field.TYPE)
        del found.columns[Field.TYPE]
    # Columns that a sure word sets aside are not looked at again.
    aside = {number for number, title in named.items() if field_of(title) is not None}
    unnamed = {
        number: values
        for number, values in contents.items()
        if number not in aside and number not in found.columns.values()
    }
    for name, number in columns_guess.guess(unnamed, set(found.columns)):
        found.add(name, number, guessed=True)
    return header, found


def _sure_columns(
    named: abc.Mapping[int, str], contents: abc.Mapping[int, list[str]], found: _Found
) -> None:
    meant = {number: meaning for number, title in named.items() if (meaning := field_of(title))}
    order = sorted((place, number, name) for number, (name, place) in meant.items())
    for _, number, name in order:
        found.add(name, number)
    options = found.columns.get(Field.OPTIONS)
    if options is not None:
        run = [options]
        while (number := run[-1] + 1) in contents and len(run) < len(OPTION_FIELDS):
            if number in named and meant.get(number, _NO_MEANING)[0] is not Field.OPTIONS:
                break
            run.append(number)
        if len(run) > 1:
            del found.columns[Field.OPTIONS]
            for name, number in zip(OPTION_FIELDS, run, strict=False):
                found.add(name, number)
    elif Field.OPTION_A not in found.columns:
        spare = [number for number, (name, _) in meant.items() if name is Field.KEY]
        for number in spare:
            if columns_guess.holds_options(contents.get(number, [])):
                found.add(Field.OPTIONS, number, guessed=True)


def _header(rows: Sequence[Row]) -> tuple[int, dict[int, str]]:
    """Return the number of the header row and its titles, 0 and none where there is none."""
    best, best_score, best_place = 0, 1.0, 0
    for place, (number, cells) in enumerate(rows[:_HEADER_WITHIN]):
        meant = {found[0] for found in (field_of(cell.value) for cell in cells) if found}
        has_key = Field.KEY in meant and bool(meant & {Field.OPTIONS, Field.OPTION_A})
        if Field.STEM not in meant and not has_key:
            continue
        score = len(meant) - 0.5 * (Field.IGNORED in meant)
        if score > best_score:
            best, best_score, best_place = number, score, place
    if not best:
        return 0, {}
    following = rows[best_place + 1] if best_place + 1 < len(rows) else None
    if following and _completes(rows[best_place], following):
        best = following[0]
    return best, titles(rows, best)


def _completes(header: Row, following: Row) -> bool:
    """Return whether the row below a header names the options below one wide title."""
    if following[0] != header[0] + 1:
        return False
    meant = [field_of(cell.value) for cell in following[1] if not cell.is_empty]
    letters = [found for found in meant if found and found[0] in OPTION_FIELDS]
    return len(letters) > 1 and len(letters) == len(meant)
