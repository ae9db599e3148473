"""Files of items in and out (试题交换): how one is read, and problems as plain values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from exam_app.core.errors import BadInput
from question_bank import BankError, Item, Level
from question_bank.exchange import (
    Defaults,
    Picture,
    ReadResult,
    RowProblem,
    Written,
    formats,
    xlsx,
)
from question_bank.exchange.columns import CATEGORY_WORDS, INDUSTRY_WORDS
from question_bank.exchange.formats import Format
from question_bank.exchange.free_table import Mapping as TableMapping
from question_bank.item import Category, facility_of, is_topic
from question_bank.lengths import LONGEST


@dataclass(frozen=True)
class Reading:
    """How a file is to be read: its format, a table's columns, what it says nothing of."""

    format: Format | None = None
    mapping: TableMapping | None = None
    defaults: Defaults = Defaults()

    def to_plain(self) -> dict[str, Any]:
        """Return plain values for a job."""
        return {
            "format": self.format,
            "mapping": self.mapping.to_plain() if self.mapping else None,
            "defaults": [
                self.defaults.topic,
                list(self.defaults.industries),
                list(self.defaults.categories),
                self.defaults.level,
                str(self.defaults.facility),
            ],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Reading:
        """Return the reading that plain values hold.

        Raises: BadInput ``bad-mapping``: they hold none, or words that are not known.
        """
        try:
            kind, mapping = plain["format"], plain["mapping"]
            return cls(
                Format(kind) if kind else None,
                TableMapping.from_plain(mapping) if mapping else None,
                _defaults(*plain["defaults"]),
            )
        except (ValueError, TypeError, KeyError, ArithmeticError, BankError) as error:
            raise BadInput("bad-mapping", field="file") from error


def _defaults(
    topic: object, industries: object, categories: object, level: object, facility: object
) -> Defaults:
    """Return the defaults plain values hold. Raises: ValueError, TypeError, BankError."""
    if not (isinstance(topic, str) and isinstance(level, str) and isinstance(facility, str)):
        raise TypeError
    if topic and not (is_topic(topic) and len(topic) <= LONGEST["topic"]):
        raise ValueError(topic)
    return Defaults(
        topic,
        _words(industries, INDUSTRY_WORDS),
        tuple(Category(word) for word in _words(categories, CATEGORY_WORDS)),
        Level(level),
        facility_of(facility),
    )


def _words(words: object, known: Collection[str]) -> tuple[str, ...]:
    """Return words that are all known, at least one, each once."""
    if not isinstance(words, list) or not words or len(words) > len(known):
        raise TypeError(words)
    for word in words:
        if not isinstance(word, str) or word not in known:
            raise ValueError(word)
    return tuple(dict.fromkeys(words))


def read_items(data: bytes, filename: str, reading: Reading) -> ReadResult:
    """Return the items of a file of any format and the problems of its rows.

    Raises: BadInput: the file as a whole cannot be read.
    """
    try:
        return formats.read(
            data,
            filename,
            format=reading.format,
            defaults=reading.defaults,
            mapping=reading.mapping,
        )
    except BankError as error:
        raise BadInput(f"table-{error.code}", field="file", **_named(error, filename)) from error


def write_items(items: Sequence[Item], kind: Format, pictures: Mapping[str, Picture]) -> Written:
    """Return a file of the items in a format, and what of them it cannot say."""
    try:
        return formats.write(items, kind, pictures)
    except BankError as error:
        raise BadInput(error.code, **error.facts) from error


def to_plain_problem(problem: RowProblem) -> dict[str, Any]:
    """Return a problem as plain values, for a job's outcome."""
    return {**asdict(problem), "facts": dict(problem.facts)}


def from_plain_problem(plain: Mapping[str, Any]) -> RowProblem:
    """Return the problem that plain values hold."""
    return RowProblem(**{**plain, "facts": tuple(plain["facts"].items())})


def _named(error: BankError, filename: str) -> dict[str, Any]:
    columns = error.facts.get("columns")
    joined = {"columns": "、".join(columns)} if isinstance(columns, tuple) else {}
    return {**error.facts, **joined, "file": filename}


def template() -> bytes:
    """Return the empty item table as XLSX."""
    return xlsx.write_template()
