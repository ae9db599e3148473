"""The data of an assembly: candidates and the rules of a paper, in integers only.

Units: facility and info in billionths, marks in hundredths of a point, seconds whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import NamedTuple

UNIT = 10**9
"""Parts of one that facility and information are counted in."""
MEAN = UNIT * UNIT
"""Parts of one that the ends of a mean facility are stated in."""
MARK = 100
"""Parts of a point that marks are counted in."""
TYPES = ("single", "multiple", "true_false")
"""Item types in the order of a paper's sections."""
_EXACT = Context(prec=5_000)
LEVELS = ("know", "understand", "apply")


class Candidate(NamedTuple):
    """An item (试题) as the program sees it; `enemies` holds ids, `set` a name or nothing."""

    id: str
    type: str
    topic: str
    level: str
    facility: int
    info: int
    seconds: int
    marks: int
    set: str
    enemies: tuple[str, ...]
    uses: int


class CellCount(NamedTuple):
    """So many items of one type from a topic and all below it."""

    topic: str
    type: str
    wanted: int

    @property
    def rule(self) -> str:
        """Return the name its row goes by."""
        return f"cells.{self.topic}.{self.type}"


class Bounds(NamedTuple):
    """A window, both ends included; None does not bind."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules of a paper (双向细目表); what is None or empty does not bind.

    `facility` bounds the mean, in parts of MEAN; `info_min` and `seconds` the sums, `sets` the
    number of whole sets, `overlap` the items shared with each earlier paper, `cells` topics and
    types together.
    """

    length: int
    marks: int | None = None
    seconds: Bounds = Bounds()
    facility: Bounds = Bounds()
    info_min: int | None = None
    sets: Bounds = Bounds()
    types: Mapping[str, int] = field(default_factory=dict)
    topics: Mapping[str, Bounds] = field(default_factory=dict)
    levels: Mapping[str, Bounds] = field(default_factory=dict)
    max_uses: int | None = None
    overlap: int | None = None
    disjoint: bool = False
    cells: tuple[CellCount, ...] = ()

    def for_rounded_facilities(self) -> Plan:
        """Return the plan for facilities rounded down, each by less than one of UNIT parts."""
        least, most = self.facility
        return replace(self, facility=Bounds(least, None if most is None else most - MEAN // UNIT))


def parts_above(value: Decimal, unit: int) -> int:
    """Return the least whole number of parts of one that is no less than a value."""
    return int(_EXACT.multiply(value, unit).to_integral_value(ROUND_CEILING, _EXACT))


def parts_below(value: Decimal, unit: int) -> int:
    """Return the largest whole number of parts of one that is no more than a value."""
    return int(_EXACT.multiply(value, unit).to_integral_value(ROUND_FLOOR, _EXACT))


def is_exact(rule: str) -> bool:
    """Return whether a rule on a kind of item states one number, not a least and a most."""
    return rule.startswith(("types.", "cells."))


def covers(rule: str, topic: str) -> bool:
    """Return whether a rule on one topic counts the items of another: itself or all below."""
    return topic == rule or topic.startswith(rule + ".")
