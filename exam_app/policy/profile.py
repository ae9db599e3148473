"""A policy profile (政策参数): leaves with clause and quoted words, and findings on them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from exam_app.policy.errors import PolicyError

LeafValue = Decimal | int | bool | str | dt.date | tuple[str, ...]
Quantity = Decimal | int
FindingValue = Fraction | Decimal | int | bool | str | None


class Force(StrEnum):
    """How a rule binds: 应当/严禁, 原则上, 一般, 可, or a local choice."""

    MUST = "must"
    IN_PRINCIPLE = "in-principle"
    USUALLY = "usually"
    MAY = "may"
    LOCAL = "local"


class Kind(StrEnum):
    """What a leaf holds."""

    NUMBER = "number"
    COUNT = "count"
    FLAG = "flag"
    TEXT = "text"
    CHOICE = "choice"
    LIST = "list"
    DATE = "date"


@dataclass(frozen=True)
class Leaf:
    """One setting of a profile: ``min``/``max`` or ``value``, and the words it rests on.

    ``notice`` names the notice (``"000"`` … ``"004"``) a ``quote`` stands in; a local default has
    a ``source`` instead, and ``verify`` when that source is known from copies only.
    """

    key: str
    kind: Kind
    unit: str
    force: Force
    min: Quantity | None = None
    max: Quantity | None = None
    value: LeafValue | None = None
    clause: str = ""
    quote: str = ""
    notice: str = ""
    source: str = ""
    verify: bool = False
    applies_to: tuple[str, ...] = ()
    set_locally: bool = False

    def applies(self, subject: str) -> bool:
        """Return whether the leaf speaks about ``subject`` (a personnel category)."""
        return not self.applies_to or subject in self.applies_to

    def bound(self) -> LeafValue:
        """Return the only bound or value the leaf holds.

        Raises: PolicyError: the leaf holds two.
        """
        held = [item for item in (self.min, self.max, self.value) if item is not None]
        if len(held) != 1:
            raise PolicyError("policy-not-single", key=self.key)
        return held[0]

    def as_dict(self) -> dict[str, Any]:
        """Return the leaf as JSON values; exact decimals are strings, empty fields are left out."""
        found: dict[str, Any] = {}
        for name in ("kind", "unit", "force", "min", "max", "value", "clause", "quote", "notice"):
            held = getattr(self, name)
            if held is not None and (held != "" or name == "unit"):
                found[name] = _as_json(held)
        for name in ("source", "verify", "set_locally"):
            if getattr(self, name):
                found[name] = getattr(self, name)
        if self.applies_to:
            found["applies_to"] = list(self.applies_to)
        return found


@dataclass(frozen=True)
class Source:
    """Where a setting comes from, ready to be shown (依据)."""

    clause: str
    quote: str
    notice: str
    document: str
    source: str
    force: Force
    verify: bool


@dataclass(frozen=True)
class Profile:
    """All settings one notice gives, those it inherits included."""

    id: str
    title: str
    notice: str
    document: str
    industries: tuple[str, ...]
    extends: str | None = None
    leaves: Mapping[str, Leaf] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        """Return whether the profile says anything under ``key``."""
        return key in self.leaves

    def leaf(self, key: str) -> Leaf:
        """Return the leaf of ``key``.

        Raises: PolicyError: the profile has none.
        """
        try:
            return self.leaves[key]
        except KeyError:
            raise PolicyError("policy-no-leaf", profile=self.id, key=key) from None

    def keys(self, group: str = "") -> list[str]:
        """Return the keys in order, those under ``group`` alone when it is given."""
        return sorted(key for key in self.leaves if not group or key.startswith(f"{group}."))

    def source(self, key: str) -> Source:
        """Return notice, clause and quoted words of ``key``."""
        leaf = self.leaf(key)
        document = self.documents.get(leaf.notice, "")
        return Source(
            leaf.clause, leaf.quote, leaf.notice, document, leaf.source, leaf.force, leaf.verify
        )

    def number(self, key: str) -> Decimal:
        """Return the only bound or value of ``key`` as a Decimal, in the leaf's unit."""
        held = self.leaf(key).bound()
        if isinstance(held, bool) or not isinstance(held, Decimal | int):
            raise PolicyError("policy-wrong-type", profile=self.id, key=key, wanted="number")
        return Decimal(held)

    def count(self, key: str) -> int:
        """Return the only bound or value of ``key`` as a whole number, in the leaf's unit."""
        held = self.number(key)
        if held != held.to_integral_value():
            raise PolicyError("policy-wrong-type", profile=self.id, key=key, wanted="count")
        return int(held)

    def flag(self, key: str) -> bool:
        """Return the yes or no of ``key``."""
        held = self.leaf(key).value
        if not isinstance(held, bool):
            raise PolicyError("policy-wrong-type", profile=self.id, key=key, wanted="flag")
        return held

    def text(self, key: str) -> str:
        """Return the word of ``key``."""
        held = self.leaf(key).value
        if not isinstance(held, str):
            raise PolicyError("policy-wrong-type", profile=self.id, key=key, wanted="text")
        return held

    def names(self, key: str) -> tuple[str, ...]:
        """Return the list of ``key``."""
        held = self.leaf(key).value
        if not isinstance(held, tuple):
            raise PolicyError("policy-wrong-type", profile=self.id, key=key, wanted="list")
        return held

    def date(self, key: str) -> dt.date:
        """Return the day of ``key``."""
        held = self.leaf(key).value
        if not isinstance(held, dt.date):
            raise PolicyError("policy-wrong-type", profile=self.id, key=key, wanted="date")
        return held


@dataclass(frozen=True)
class ResolvedProfile(Profile):
    """A profile with defaults and local settings laid in: what a class starts under."""

    def to_json(self) -> str:
        """Return the canonical JSON: keys sorted, no spaces, decimals as exact strings."""
        held = {
            "id": self.id,
            "title": self.title,
            "notice": self.notice,
            "document": self.document,
            "documents": dict(self.documents),
            "industries": list(self.industries),
            "extends": self.extends,
            "leaves": {key: leaf.as_dict() for key, leaf in self.leaves.items()},
        }
        return json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON, as 64 hex digits."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


@dataclass(frozen=True)
class Finding:
    """What one rule found: the value held against the limit, and the clause it rests on."""

    rule: str
    ok: bool
    force: Force
    value: FindingValue
    limit: FindingValue
    clause: str
    quote: str
    notice: str

    @property
    def refuses(self) -> bool:
        """Return whether the finding bars: a rule that must be kept is missed."""
        return not self.ok and self.force is Force.MUST

    @property
    def needs_reason(self) -> bool:
        """Return whether going on takes a recorded reason: a softer rule is missed."""
        soft = (Force.IN_PRINCIPLE, Force.USUALLY, Force.LOCAL)
        return not self.ok and self.force in soft

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON values; ``value`` and ``limit`` are exact."""
        return {
            "rule": self.rule,
            "ok": self.ok,
            "force": self.force.value,
            "value": exact_json(self.value),
            "limit": exact_json(self.limit),
            "clause": self.clause,
            "quote": self.quote,
            "notice": self.notice,
        }


def finding(
    rule: str,
    leaf: Leaf,
    *,
    ok: bool,
    value: FindingValue,
    limit: FindingValue,
    force: Force | None = None,
) -> Finding:
    """Return the finding of ``rule`` on ``leaf``; ``force`` overrides the leaf's own."""
    return Finding(
        rule, ok, force or leaf.force, value, limit, leaf.clause, leaf.quote, leaf.notice
    )


def refusals(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that bar."""
    return [found for found in findings if found.refuses]


def plain(number: Decimal) -> str:
    """Return a Decimal without exponent or trailing zeros: ``0.60`` → ``0.6``."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def exact_json(value: FindingValue) -> int | float | bool | str | None:
    """Return a JSON value that reads back to exactly ``value``.

    Returns: a number where its digits survive, else a string: ``"1/3"`` or the decimal's digits.
    """
    if isinstance(value, Fraction):
        decimal = _terminating(value)
        if decimal is None:
            return f"{value.numerator}/{value.denominator}"
        value = decimal
    if isinstance(value, Decimal):
        if value == value.to_integral_value():
            return int(value)
        written = float(value)
        return written if Decimal(repr(written)) == value else plain(value)
    return value


def _terminating(value: Fraction) -> Decimal | None:
    """Return the decimal equal to ``value``, None when its digits never end or are many."""
    for places in range(25):
        scaled = value * 10**places
        if scaled.denominator == 1:
            return Decimal(f"{scaled.numerator}E-{places}")
    return None


def _as_json(held: LeafValue) -> Any:
    if isinstance(held, Decimal):
        return plain(held)
    if isinstance(held, dt.date):
        return held.isoformat()
    return list(held) if isinstance(held, tuple) else held
