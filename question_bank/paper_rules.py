"""What a blueprint may ask of a paper beside its cells; what is None or empty does not bind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from question_bank.errors import BlueprintError
from question_bank.item import Item, ItemType, Level
from question_bank.program.plan import Bounds

SECONDS = {ItemType.SINGLE: 60, ItemType.MULTIPLE: 90, ItemType.TRUE_FALSE: 30}
"""Working time of an item by its type, where it asks for knowledge alone."""
SECONDS_A_LEVEL = 15
"""What each further level (理解、应用) adds."""
Window = tuple[Decimal, Decimal]


def seconds_of(item: Item) -> int:
    """Return the working time an item is planned with, in seconds: by its type and level."""
    return SECONDS[item.type] + SECONDS_A_LEVEL * list(Level).index(item.level)


@dataclass(frozen=True, slots=True)
class PaperRules:
    """Rules on the whole of a paper.

    Args:
        topics, levels: the least and most items of a topic with all below it, of a level.
        facility: window of the mean facility, 0..1; seconds: of the working time; sets: of the
            number of cases.
        max_uses: papers of a rolling year an item may stand in.
        exposure: what one use more weighs against chance; 0 draws without regard to uses.
    """

    topics: Mapping[str, Bounds] = field(default_factory=dict)
    levels: Mapping[str, Bounds] = field(default_factory=dict)
    facility: Window | None = None
    seconds: tuple[int, int] | None = None
    sets: tuple[int, int] | None = None
    max_uses: int | None = None
    exposure: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        """Refuse windows that are empty, and numbers that cannot be."""
        for name in ("topics", "levels"):
            for key, (least, most) in getattr(self, name).items():
                _check_window(f"{name}.{key}", least or 0, least if most is None else most)
                if not key or (name == "levels" and key not in tuple(Level)):
                    raise BlueprintError("rule-unknown", rule=f"{name}.{key}")
        for name in ("facility", "seconds", "sets"):
            window = getattr(self, name)
            if window is not None:
                _check_window(name, *window)
        if self.facility is not None and self.facility[1] > 1:
            raise BlueprintError("rule-window", rule="facility")
        if self.max_uses is not None and self.max_uses < 1:
            raise BlueprintError("rule-window", rule="max_uses")
        if not self.exposure.is_finite() or not 0 <= self.exposure <= 100:
            raise BlueprintError("rule-window", rule="exposure")

    def to_fields(self) -> dict[str, Any]:
        """Return the rules that bind as plain values, numbers that are no integers as text."""
        plain: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if value == _FREE[each.name]:
                continue
            if isinstance(value, Mapping):
                plain[each.name] = {key: list(value[key]) for key in sorted(value)}
            elif isinstance(value, tuple):
                plain[each.name] = [_plain(end) for end in value]
            else:
                plain[each.name] = _plain(value)
        return plain

    @classmethod
    def from_fields(cls, plain: Mapping[str, Any]) -> PaperRules:
        """Return the rules that plain values hold. Raises: BlueprintError: they are none."""
        try:
            found = dict(plain)
            for name in ("topics", "levels"):
                found[name] = {key: Bounds(*ends) for key, ends in found.get(name, {}).items()}
            if "facility" in found:
                low, high = found["facility"]
                found["facility"] = (Decimal(low), Decimal(high))
            for name in ("seconds", "sets"):
                if name in found:
                    low, high = found[name]
                    found[name] = (int(low), int(high))
            if "exposure" in found:
                found["exposure"] = Decimal(found["exposure"])
            return cls(**found)
        except (TypeError, ValueError, AttributeError, InvalidOperation) as error:
            raise BlueprintError("blueprint-unreadable") from error


_FREE: dict[str, Any] = {
    "topics": {},
    "levels": {},
    "facility": None,
    "seconds": None,
    "sets": None,
    "max_uses": None,
    "exposure": Decimal(1),
}


def _plain(value: int | Decimal) -> int | str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def _check_window(rule: str, low: Any, high: Any) -> None:
    if high is not None and not 0 <= low <= high:
        raise BlueprintError("rule-window", rule=rule)
