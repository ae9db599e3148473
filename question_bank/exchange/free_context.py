"""What the rows of a free-form table share: columns, notes, and how a row is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from question_bank.exchange.header_words import Field
from question_bank.exchange.result import Defaults, RowProblem
from question_bank.item import (
    ItemType,
)


@dataclass(frozen=True, slots=True)
class RowContext:
    """What the rows of one table share."""

    columns: Mapping[Field, int]
    titles: Mapping[int, str]
    defaults: Defaults
    sheet_type: ItemType | None = None
    picture_rows: frozenset[int] = frozenset()

    def title(self, name: Field) -> str:
        """Return what a field's column is called, its letter where it has no title."""
        if name is Field.OPTIONS and name not in self.columns:
            name = Field.OPTION_A
        number = self.columns.get(name)
        if number is None:
            return ""
        return self.titles.get(number) or f"{_letters(number)}列"


@dataclass(slots=True)
class Notes:
    """Notes of a file: each said once, with the first row and how many rows it is true of."""

    _seen: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)

    def add(self, row: int, code: str, title: str, value: str = "") -> None:
        """Keep a note."""
        self._seen.setdefault((code, title, value[:80]), []).append(row)

    def all(self) -> tuple[RowProblem, ...]:
        """Return the notes in the order they were met."""
        return tuple(
            RowProblem(
                rows[0],
                title,
                code,
                ((("value", value),) if value else ()) + (("rows", str(len(rows))),),
            )
            for (code, title, value), rows in self._seen.items()
        )


class Refused(Exception):
    """What keeps a row out."""

    def __init__(self, code: str, title: str, facts: tuple[tuple[str, str], ...] = ()) -> None:
        self.code = code
        self.title = title
        self.facts = facts
        super().__init__(code)


def _letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
