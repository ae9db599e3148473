"""What columns hold by the look of their values, where no header word says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from question_bank.exchange.gathering import truth_of
from question_bank.exchange.header_words import OPTION_FIELDS, Field
from question_bank.exchange.option_text import unpack
from question_bank.exchange.type_words import type_of
from tabular import Row

_ROWS_SEEN = 200
_MOST = 0.8
_HALF = 0.5
_LETTERS = re.compile(r"[A-HＡ-Ｈa-h](?:[\s,，、;；]?[A-HＡ-Ｈa-h]){0,7}")
_SHORTEST_STEM = 6


def body(rows: Sequence[Row], header: int) -> list[Row]:
    """Return the rows below a header that are looked at."""
    return [row for row in rows if row[0] > header][:_ROWS_SEEN]


def contents(rows: Sequence[Row]) -> dict[int, list[str]]:
    """Return column number → its values; columns that hold none are left out."""
    found: dict[int, list[str]] = {}
    for _, cells in rows:
        for number, cell in enumerate(cells, start=1):
            if not cell.is_empty:
                found.setdefault(number, []).append(cell.value.strip())
    return found


def holds_types(values: Sequence[str]) -> bool:
    """Return whether any value names a question type."""
    return any(type_of(value) for value in values)


def holds_options(values: Sequence[str]) -> bool:
    """Return whether most values hold several options each."""
    return _share(values, lambda value: len(unpack(value)) > 1) > _HALF


def guess(
    columns: Mapping[int, list[str]], known: Collection[Field]
) -> Iterator[tuple[Field, int]]:
    """Yield the columns that look like a field an item needs and that is not yet known."""
    left = dict(columns)
    has_options = Field.OPTIONS in known or Field.OPTION_A in known
    if Field.TYPE not in known:
        yield from _best(left, Field.TYPE, lambda value: bool(type_of(value)) and len(value) < 12)
    if Field.KEY not in known:
        yield from _best(left, Field.KEY, _is_key)
    if Field.STEM not in known:
        stem = max(
            (number for number in left if _is_stem(left[number])),
            key=lambda number: (_length(left[number]), -number),
            default=0,
        )
        if not has_options:
            # Several options in one cell may be longer than the stem.
            packed = [number for number in left if holds_options(left[number])]
            others = [number for number in left if number not in packed and _is_stem(left[number])]
            if stem in packed and others:
                stem = max(others, key=lambda number: _length(left[number]))
        if stem:
            del left[stem]
            yield Field.STEM, stem
            if not has_options:
                yield from _options(left, stem)
        return
    if not has_options:
        yield from _options(left, 0)


def _options(left: dict[int, list[str]], stem: int) -> Iterator[tuple[Field, int]]:
    packed = [number for number in left if holds_options(left[number])]
    if packed:
        yield Field.OPTIONS, packed[0]
        return
    run: list[int] = []
    number = stem + 1
    while stem and number in left and len(run) < len(OPTION_FIELDS):
        run.append(number)
        number += 1
    if len(run) > 1:
        yield from zip(OPTION_FIELDS, run, strict=False)


def _best(
    left: dict[int, list[str]], name: Field, test: Callable[[str], bool]
) -> Iterator[tuple[Field, int]]:
    shares = {number: _share(values, test) for number, values in left.items()}
    number = max(shares, key=lambda each: (shares[each], each), default=0)
    if number and shares[number] >= _MOST:
        del left[number]
        yield name, number


def _is_key(value: str) -> bool:
    return _LETTERS.fullmatch(value) is not None or truth_of(value) is not None


def _is_stem(values: Sequence[str]) -> bool:
    return _length(values) >= _SHORTEST_STEM and len(set(values)) > _HALF * len(values)


def _length(values: Sequence[str]) -> float:
    return sum(map(len, values)) / len(values)


def _share(values: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(test(value) for value in values) / len(values) if values else 0.0
