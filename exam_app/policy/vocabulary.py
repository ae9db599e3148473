"""The closed vocabulary of the profiles: every key, what it holds and which rule reads it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from exam_app.policy.profile import Kind


@dataclass(frozen=True)
class KeySpec:
    """What may stand under one key: ``low`` and ``high`` are never left, ``fixed`` never moved.

    ``instead`` holds the values an authority may set where the notice only allows (可).
    """

    key: str
    kind: Kind
    unit: str
    title: str
    required: bool = False
    low: Decimal | None = None
    high: Decimal | None = None
    choices: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    fixed: bool | None = None
    rule: str = ""
    test: str = ""


@cache
def vocabulary() -> dict[str, KeySpec]:
    """Return every key in the order of ``keys.toml``."""
    text = files("exam_app.policy").joinpath("keys.toml").read_text("utf-8")
    tables = tomllib.loads(text, parse_float=Decimal)
    return {
        f"{group}.{name}": _spec(f"{group}.{name}", held)
        for group, names in tables.items()
        for name, held in names.items()
    }


def required_keys() -> list[str]:
    """Return the keys every resolved profile must hold."""
    return [key for key, spec in vocabulary().items() if spec.required]


def _spec(key: str, held: dict[str, Any]) -> KeySpec:
    low, high = held.get("low"), held.get("high")
    return KeySpec(
        key=key,
        kind=Kind(held["kind"]),
        unit=held["unit"],
        title=held["title"],
        required=held.get("required", False),
        low=None if low is None else Decimal(low),
        high=None if high is None else Decimal(high),
        choices=tuple(held.get("choices", ())),
        instead=tuple(held.get("instead", ())),
        fixed=held.get("fixed"),
        rule=held.get("rule", ""),
        test=held.get("test", ""),
    )
