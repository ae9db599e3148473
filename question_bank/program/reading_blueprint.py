"""A blueprint (双向细目表) from a TOML file: every unknown or malformed key is an error."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal

from question_bank.program.errors import FileMalformed
from question_bank.program.plan import (
    LEVELS,
    MARK,
    MEAN,
    TYPES,
    UNIT,
    Bounds,
    Plan,
    parts_above,
    parts_below,
)
from question_bank.program.reading_toml import Path, key_lines, line_of, syntax_line

_TOPIC = re.compile(r"[^.\s]+(\.[^.\s]+)*")
_MOST = 10**9
_TABLES = ("paper", "types", "topics", "levels", "exposure", "overlap")
_PAPER = ("length", "marks", "seconds", "facility", "info_min", "sets")


def read_blueprint(text: str, file: str) -> Plan:
    """Return the rules a TOML text states.

    Raises: FileMalformed: not TOML, an unknown key, a value that cannot be, types not adding up.
    """
    text = text.removeprefix("\ufeff")
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        line = syntax_line(error, text)
        raise FileMalformed("not-toml", file=file, line=line, said=error) from error
    except (RecursionError, ValueError) as error:
        raise FileMalformed("not-toml", file=file, line=1, said=error) from error
    return _Keys(file, key_lines(text)).plan(data)


class _Keys:
    """Reads the keys of one file, each fault with its path and line."""

    def __init__(self, file: str, lines: dict[Path, int]) -> None:
        self._file, self._lines = file, lines

    def plan(self, data: Mapping[str, object]) -> Plan:
        """Return the rules; [types] must add up to the length."""
        self._known(data, (), _TABLES)
        paper = self._table(data, ("paper",), _PAPER)
        types = self._types(data)
        length = self._length(paper, types)
        exposure = self._table(data, ("exposure",), ("max_uses",))
        overlap = self._table(data, ("overlap",), ("max", "disjoint"))
        disjoint = overlap.get("disjoint", False)
        if not isinstance(disjoint, bool):
            raise self._bad(("overlap", "disjoint"), disjoint)
        return Plan(
            length=length,
            marks=self._marks(paper),
            seconds=self._window(paper, "seconds", 1, _MOST),
            facility=self._window(paper, "facility", MEAN, MEAN),
            info_min=self._window_end(paper, "info_min"),
            sets=self._counts(paper, "sets"),
            types=types,
            topics=self._topics(data),
            levels=self._rules(data, "levels"),
            max_uses=self._count(exposure, ("exposure", "max_uses")),
            overlap=self._count(overlap, ("overlap", "max")),
            disjoint=disjoint,
        )

    def _length(self, paper: Mapping[str, object], types: Mapping[str, int]) -> int:
        length = self._count(paper, ("paper", "length"))
        total = sum(types.values())
        if length is None:
            if not types:
                raise self._fault("length-missing", ("paper", "length"))
            length = total
        if length < 1:
            raise self._bad(("paper", "length"), length)
        if types and total != length:
            raise self._fault("types-not-length", ("types",), total=total, length=length)
        return length

    def _marks(self, paper: Mapping[str, object]) -> int | None:
        value = self._number(paper, ("paper", "marks"))
        if value is None:
            return None
        if value * MARK != int(value * MARK) or not 0 <= value <= _MOST:
            raise self._bad(("paper", "marks"), value)
        return int(value * MARK)

    def _window(self, paper: Mapping[str, object], key: str, unit: int, most: int) -> Bounds:
        pair = self._pair(paper, key)
        if pair is None:
            return Bounds()
        low, high = parts_above(pair[0], unit), parts_below(pair[1], unit)
        if high > most:
            raise self._bad(("paper", key), paper[key])
        return Bounds(low, high)

    def _window_end(self, paper: Mapping[str, object], key: str) -> int | None:
        value = self._number(paper, ("paper", key))
        if value is not None and not 0 <= value <= _MOST:
            raise self._bad(("paper", key), value)
        return None if value is None else parts_above(value, UNIT)

    def _counts(self, paper: Mapping[str, object], key: str) -> Bounds:
        pair = self._pair(paper, key)
        if pair is None:
            return Bounds()
        if any(end != int(end) for end in pair):
            raise self._bad(("paper", key), paper[key])
        return Bounds(int(pair[0]), int(pair[1]))

    def _pair(self, paper: Mapping[str, object], key: str) -> tuple[Decimal, Decimal] | None:
        if key not in paper:
            return None
        value = paper[key]
        if not isinstance(value, list) or len(value) != 2:
            raise self._bad(("paper", key), value)
        ends = [_decimal(end) for end in value]
        if ends[0] is None or ends[1] is None or not 0 <= ends[0] <= ends[1] <= _MOST:
            raise self._bad(("paper", key), value)
        return ends[0], ends[1]

    def _types(self, data: Mapping[str, object]) -> dict[str, int]:
        table = self._table(data, ("types",), TYPES)
        return {kind: self._count(table, ("types", kind)) or 0 for kind in TYPES if table}

    def _topics(self, data: Mapping[str, object]) -> dict[str, Bounds]:
        for topic in self._table(data, ("topics",), None):
            if not _TOPIC.fullmatch(topic):
                raise self._fault("bad-topic", ("topics", topic), found=topic)
        return self._rules(data, "topics")

    def _rules(self, data: Mapping[str, object], name: str) -> dict[str, Bounds]:
        rules = {}
        names = LEVELS if name == "levels" else None
        for key in self._table(data, (name,), names):
            table = self._table(data, (name, key), ("min", "max"))
            least = self._count(table, (name, key, "min"))
            rules[key] = Bounds(least, self._count(table, (name, key, "max")))
        return rules

    def _table(
        self, data: Mapping[str, object], path: Path, known: Iterable[str] | None
    ) -> Mapping[str, object]:
        value: object = data
        for key in path:
            value = value.get(key, {}) if isinstance(value, dict) else value
        if not isinstance(value, dict):
            raise self._bad(path, value)
        if known is not None:
            self._known(value, path, known)
        return value

    def _known(self, table: Mapping[str, object], path: Path, known: Iterable[str]) -> None:
        allowed = tuple(known)
        for key in table:
            if key not in allowed:
                raise self._fault("unknown-key", (*path, key))

    def _count(self, table: Mapping[str, object], path: Path) -> int | None:
        value = table.get(path[-1])
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
            raise self._bad(path, value)
        return value

    def _number(self, table: Mapping[str, object], path: Path) -> Decimal | None:
        if path[-1] not in table:
            return None
        number = _decimal(table[path[-1]])
        if number is None:
            raise self._bad(path, table[path[-1]])
        return number

    def _bad(self, path: Path, found: object) -> FileMalformed:
        return self._fault("bad-value", path, found=found)

    def _fault(self, code: str, path: Path, **facts: object) -> FileMalformed:
        line = line_of(self._lines, path)
        return FileMalformed(code, file=self._file, line=line, key=".".join(path), **facts)


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None
