"""Reading one leaf (参数项): from a profile's table, from stored JSON, or under a local setting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from exam_app.policy.errors import PolicyError
from exam_app.policy.profile import Force, Kind, Leaf, LeafValue, Quantity
from exam_app.policy.vocabulary import KeySpec, vocabulary

FIELDS = frozenset(
    {"min", "max", "value", "unit", "force", "clause", "quote", "notice", "applies_to"}
)
DEFAULT_FIELDS = (FIELDS - {"clause", "quote", "notice"}) | {"source", "verify"}
QUANTITIES = (Kind.NUMBER, Kind.COUNT)
Setting = Decimal | int | bool | str


def read_leaf(key: str, table: Any, *, profile: str, notice: str | None) -> Leaf:
    """Return the leaf a profile's or the defaults' table holds under ``key``.

    Args: notice: of the profile; None for a default, which has a source and no quote.
    Raises: PolicyError: key or field unknown, force or words missing, type or range wrong.
    """
    where = {"profile": profile, "key": key}
    spec = vocabulary().get(key)
    if spec is None:
        raise PolicyError("policy-unknown-key", **where)
    if not isinstance(table, dict):
        raise PolicyError("policy-not-a-leaf", **where)
    _check_fields(table, spec, notice, where)
    return _build(spec, table, notice or "", where)


def leaf_from_json(key: str, held: Mapping[str, Any]) -> Leaf:
    """Return the leaf stored under ``key``; the vocabulary of today is not asked."""
    kind = Kind(held["kind"])
    words = ("clause", "quote", "notice", "source")
    return Leaf(
        key=key,
        kind=kind,
        unit=held["unit"],
        force=Force(held["force"]),
        min=_stored_quantity(kind, held.get("min")),
        max=_stored_quantity(kind, held.get("max")),
        value=_stored(kind, held.get("value")),
        verify=held.get("verify", False),
        applies_to=tuple(held.get("applies_to", ())),
        set_locally=held.get("set_locally", False),
        **{name: held.get(name, "") for name in words},
    )


def set_locally(leaf: Leaf, name: str, setting: Setting, *, profile: str) -> Leaf:
    """Return ``leaf`` with its field ``name`` (min, max, value) set by the authority (本地设定).

    A leaf of a notice can only be made stricter: a minimum raised, a maximum lowered, an allowance
    (可) not used.
    Raises: PolicyError: the setting is of the wrong type, out of range, or softer than the notice.
    """
    where = {"profile": profile, "key": leaf.key}
    spec = vocabulary().get(leaf.key)
    if spec is None:
        raise PolicyError("policy-unknown-key", **where)
    value = _typed(spec.kind, _from_setting(spec.kind, setting), where)
    waived = leaf.force is Force.MAY and value in spec.instead
    if leaf.notice and not waived and not _is_stricter(leaf, name, value):
        raise PolicyError("policy-softer-than-notice", clause=leaf.clause, **where)
    changed = replace(leaf, **{name: value}, set_locally=True)  # type: ignore[arg-type]
    _check_range(changed, spec, where)
    return changed


def _check_fields(
    table: dict[str, Any], spec: KeySpec, notice: str | None, where: dict[str, str]
) -> None:
    known = DEFAULT_FIELDS if notice is None else FIELDS
    unknown = sorted(set(table) - known)
    if unknown:
        raise PolicyError("policy-unknown-field", field=unknown[0], **where)
    words = ("source",) if notice is None else ("clause", "quote")
    for name in ("force", "unit", *words):
        if not isinstance(table.get(name), str):
            raise PolicyError("policy-missing-field", field=name, **where)
        if name != "unit" and not table[name].strip():
            raise PolicyError("policy-missing-field", field=name, **where)
    if table["unit"] != spec.unit:
        raise PolicyError("policy-wrong-unit", unit=table["unit"], wanted=spec.unit, **where)
    if table["force"] not in set(Force):
        raise PolicyError("policy-unknown-force", force=table["force"], **where)
    if (notice is None) != (table["force"] == Force.LOCAL):
        raise PolicyError("policy-unknown-force", force=table["force"], **where)


def _build(spec: KeySpec, table: dict[str, Any], notice: str, where: dict[str, str]) -> Leaf:
    bounded = spec.kind in QUANTITIES
    if not bounded and ("min" in table or "max" in table):
        raise PolicyError("policy-wrong-type", wanted=spec.kind.value, **where)
    if ("value" in table) == ("min" in table or "max" in table):
        raise PolicyError("policy-no-value", **where)
    held = {
        name: _typed(spec.kind, table[name], where)
        for name in ("min", "max", "value")
        if name in table
    }
    applies_to = table.get("applies_to", [])
    if not isinstance(applies_to, list) or not all(isinstance(one, str) for one in applies_to):
        raise PolicyError("policy-wrong-type", wanted="list", **where)
    leaf = Leaf(
        key=spec.key,
        kind=spec.kind,
        unit=spec.unit,
        force=Force(table["force"]),
        clause=table.get("clause", ""),
        quote=table.get("quote", ""),
        notice=table.get("notice", notice),
        source=table.get("source", ""),
        verify=table.get("verify", False) is True,
        applies_to=tuple(applies_to),
        **held,  # type: ignore[arg-type]
    )
    _check_range(leaf, spec, where)
    return leaf


def _check_range(leaf: Leaf, spec: KeySpec, where: dict[str, str]) -> None:
    if leaf.min is not None and leaf.max is not None and leaf.min > leaf.max:
        raise PolicyError("policy-min-over-max", min=str(leaf.min), max=str(leaf.max), **where)
    for held in (leaf.min, leaf.max, leaf.value):
        if spec.kind in QUANTITIES and isinstance(held, Decimal | int):
            low = spec.low is not None and held < spec.low
            if low or (spec.high is not None and held > spec.high):
                raise PolicyError("policy-out-of-range", value=str(held), **where)
    if spec.choices and leaf.value not in spec.choices:
        raise PolicyError("policy-not-a-choice", value=str(leaf.value), **where)
    if spec.fixed is not None and leaf.value is not spec.fixed:
        raise PolicyError("policy-wall", value=str(leaf.value), **where)


def _typed(kind: Kind, held: Any, where: Mapping[str, str]) -> LeafValue:
    """Return ``held`` as its kind holds it; never a float, never a bool for a number."""
    number = isinstance(held, Decimal | int) and not isinstance(held, bool)
    if kind is Kind.NUMBER and number and Decimal(held).is_finite():
        return Decimal(held)
    if kind is Kind.COUNT and number and isinstance(held, int):
        return held
    if kind is Kind.FLAG and isinstance(held, bool):
        return held
    if kind in (Kind.TEXT, Kind.CHOICE) and isinstance(held, str) and held.strip():
        return held
    if kind is Kind.LIST and _is_list(held):
        return tuple(held)
    if kind is Kind.DATE and isinstance(held, dt.date) and not isinstance(held, dt.datetime):
        return held
    raise PolicyError("policy-wrong-type", wanted=kind.value, found=str(held), **where)


def _is_list(held: Any) -> bool:
    words = isinstance(held, list | tuple) and bool(held)
    return words and all(isinstance(one, str) and one.strip() for one in held)


def _from_setting(kind: Kind, setting: Setting) -> Any:
    """Return a local setting in its kind's shape: whole decimals as counts, ISO days as days."""
    if kind is Kind.COUNT and isinstance(setting, Decimal) and setting.is_finite():
        return int(setting) if setting == setting.to_integral_value() else setting
    if kind is Kind.LIST and isinstance(setting, str):
        return [part.strip() for part in setting.split("|")]
    if kind is Kind.DATE and isinstance(setting, str):
        try:
            return dt.date.fromisoformat(setting)
        except ValueError:
            return setting
    return setting


def _is_stricter(leaf: Leaf, name: str, value: LeafValue) -> bool:
    held = getattr(leaf, name)
    if isinstance(held, bool) or not isinstance(value, Decimal | int):
        return bool(held == value)
    if name == "min":
        return held is not None and value >= held
    if name == "max":
        return held is not None and value <= held
    return bool(held == value)


def _stored(kind: Kind, held: Any) -> LeafValue | None:
    if held is None:
        return None
    if kind is Kind.NUMBER:
        try:
            return Decimal(held)
        except InvalidOperation as error:
            raise PolicyError("policy-stored-bad", found=str(held)) from error
    if kind is Kind.DATE:
        return dt.date.fromisoformat(held)
    return tuple(held) if kind is Kind.LIST else held


def _stored_quantity(kind: Kind, held: Any) -> Quantity | None:
    value = _stored(kind, held)
    return value if isinstance(value, Decimal | int) else None
