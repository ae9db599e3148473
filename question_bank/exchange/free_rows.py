"""The rows of a free-form table, one by one, as items."""

from __future__ import annotations

from collections.abc import Sequence

from question_bank.exchange.free_context import Notes, Refused, RowContext
from question_bank.exchange.free_reading import Reading
from question_bank.exchange.free_words import counts_in_steps
from question_bank.exchange.header_words import Field
from question_bank.exchange.result import ReadResult, RowProblem
from question_bank.item import (
    Item,
    ItemType,
    is_incomplete,
    validate,
)
from question_bank.laws import squeeze
from tabular import Row

_FIELD_OF = {
    "stem-empty": Field.STEM, "key-empty": Field.KEY, "key-not-among-options": Field.KEY,
    "bad-key": Field.KEY, "key-ambiguous": Field.KEY, "multiple-needs-two-keys": Field.KEY,
    "needs-one-key": Field.KEY, "stem-repeated": Field.STEM, "interaction-not-held": Field.TYPE,
    "unknown-word": Field.TYPE, "too-few-options": Field.OPTIONS, "option-empty": Field.OPTIONS,
    "too-many-options": Field.OPTIONS, "option-repeated": Field.OPTIONS,
    "all-of-the-above": Field.OPTIONS, "option-names-options": Field.OPTIONS,
    "true-false-options": Field.OPTIONS,
}  # fmt: skip


class RowReader:
    """Reads rows and gathers items, problems and notes."""

    def __init__(self, context: RowContext, rows: Sequence[Row]) -> None:
        """Look at the difficulties of all rows, as one alone does not say its scale."""
        self._context = context
        self._heading: ItemType | None = None
        self._items: list[tuple[int, Item]] = []
        self._ids: dict[str, int] = {}
        self._stems: dict[str, dict[str, int]] = {}
        self._problems: list[RowProblem] = []
        self.notes = Notes()
        number = context.columns.get(Field.FACILITY, 0)
        values = [cells[number - 1].value for _, cells in rows if 0 < number <= len(cells)]
        self._in_steps = counts_in_steps(value for value in values if value.strip())

    def result(self) -> ReadResult:
        """Return all that was gathered."""
        return ReadResult(
            items=tuple(item for _, item in self._items),
            problems=tuple(self._problems),
            rows=tuple(row for row, _ in self._items),
            notes=self.notes.all(),
        )

    def take(self, row: Row) -> None:
        """Read one row."""
        reading = Reading(self._context, row, self._heading, self.notes, self._in_steps)
        heading = reading.heading()
        if heading is not None:
            self._heading = heading
            return
        if reading.is_no_item():
            return
        try:
            item = reading.item()
            self._check(reading, item)
        except Refused as refused:
            self._problems.append(
                RowProblem(row[0], refused.title, refused.code, refused.facts, reading.name())
            )

    def _check(self, reading: Reading, item: Item) -> None:
        row = reading.row
        wrong = [each for each in validate(item) if each.is_error and not is_incomplete(each)]
        for each in wrong:
            title = self._title(each.code)
            self._problems.append(RowProblem(row, title, each.code, each.facts, reading.name()))
        if wrong:
            return
        # A stem such as 下列说法正确的是 may ask many things, with other options each time.
        asked = self._stems.setdefault(squeeze(item.stem), {})
        options = frozenset(map(squeeze, item.options))
        first = min((asked[option] for option in options if option in asked), default=0)
        if first:
            where = (("first_row", str(first)),)
            raise Refused("stem-repeated", self._title("stem-repeated"), where)
        if item.id in self._ids:
            facts = (("id", item.id), ("first_row", str(self._ids[item.id])))
            raise Refused("id-twice", self._context.title(Field.ID), facts)
        reading.commit_notes()
        self._ids[item.id] = row
        for option in options:
            asked.setdefault(option, row)
        self._items.append((row, item))

    def _title(self, code: str) -> str:
        name = _FIELD_OF.get(code)
        return self._context.title(name) if name else ""
