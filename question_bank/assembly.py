"""Drawing a paper (组卷): a function of bank snapshot, blueprint and seed, and of nothing else.

Every random choice is an order by HMAC-SHA256 under the seed, so an auditor can draw again with
any language: items by HMAC(seed, uid), their order in a section by HMAC(seed, "order|" + uid),
items of a case side by side where HMAC(seed, "order|case|" + case) puts them, their options by
HMAC(seed, "option|" + uid + "|" + index); lowest first. An enemy (互斥) of an item drawn before it,
in the order of the cells, is passed over.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict

from question_bank.blueprint import Blueprint, Cell, Short, eligible, exact, feasibility
from question_bank.errors import BankError, BankShort, PoolError
from question_bank.item import Item, ItemType, are_enemies
from question_bank.paper import DraftItem, PaperDraft

MIN_SEED_BYTES = 16
_SECTIONS = tuple(ItemType)


def draw(
    blueprint: Blueprint,
    pool: Iterable[Item],
    seed: bytes,
    *,
    exclude: Collection[str] = frozenset(),
) -> PaperDraft:
    """Return the one paper this pool, blueprint and seed give; the order of the pool is no matter.

    Args:
        seed: secret random bytes, at least 16.
        exclude: item ids (every version is meant) or uids that must not be drawn.
    Raises:
        BankShort: a cell cannot be filled; no shorter paper is ever drawn.
        PoolError item-twice: an item is in the pool twice, or in two versions.
        BankError seed-too-short.
    """
    if len(seed) < MIN_SEED_BYTES:
        raise BankError("seed-too-short", found=len(seed), needed=MIN_SEED_BYTES)
    snapshot = list(pool)
    _check_pool(snapshot)
    shorts = feasibility(blueprint, snapshot, exclude=exclude)
    if shorts:
        raise _bank_short(shorts)
    usable = eligible(blueprint, snapshot, exclude=exclude)
    drawn: list[tuple[Item, Cell]] = []
    for cell in blueprint.cells:
        taken = _lowest(seed, cell, usable, beside=[item for item, _ in drawn])
        if len(taken) < cell.count:
            raise _bank_short([Short(cell, cell.count, len(taken))])
        drawn += [(item, cell) for item in taken]
    drawn.sort(key=lambda pair: _place(seed, pair[0]))
    return PaperDraft(
        items=tuple(
            _draft_item(seed, number, item, cell)
            for number, (item, cell) in enumerate(drawn, start=1)
        ),
        bank=bank_digest(snapshot),
        blueprint=blueprint.digest(),
    )


def bank_digest(pool: Iterable[Item]) -> str:
    """Return the SHA-256 over the canonical snapshot of a pool, in hex.

    The snapshot is one JSON line per item with every field, sorted by uid.
    """
    lines = sorted((item.uid, _canonical(item)) for item in pool)
    return hashlib.sha256("".join(line + "\n" for _, line in lines).encode()).hexdigest()


def _canonical(item: Item) -> str:
    values = asdict(item)
    values["enemies"] = sorted(item.enemies)
    values["key"] = sorted(item.key)
    values["facility"] = exact(item.facility)
    values["industries"] = sorted(item.industries)
    values["categories"] = sorted(item.categories)
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _check_pool(pool: Iterable[Item]) -> None:
    seen: set[str] = set()
    for item in pool:
        if item.id in seen:
            raise PoolError("item-twice", item=item.id)
        seen.add(item.id)


def _bank_short(shorts: list[Short]) -> BankShort:
    first = shorts[0]
    return BankShort(tuple(shorts), cell=first.cell, needed=first.needed, available=first.available)


def _lowest(
    seed: bytes, cell: Cell, usable: Iterable[Item], *, beside: Iterable[Item]
) -> list[Item]:
    """Return the cell's items in their random order, no two of all drawn so far being enemies."""
    fitting = [item for item in usable if cell.takes(item)]
    drawn = list(beside)
    taken: list[Item] = []
    for item in sorted(fitting, key=lambda item: (_random(seed, item.uid), item.uid)):
        if len(taken) == cell.count:
            break
        if not any(are_enemies(item, other) for other in (*drawn, *taken)):
            taken.append(item)
    return taken


def _place(seed: bytes, item: Item) -> tuple[int, bytes, bytes, str]:
    own = _random(seed, f"order|{item.uid}")
    group = own if item.item_set is None else _random(seed, f"order|case|{item.item_set.id}")
    return (_SECTIONS.index(item.type), group, own, item.uid)


def _draft_item(seed: bytes, number: int, item: Item, cell: Cell) -> DraftItem:
    order = _option_order(seed, item)
    return DraftItem(
        number=number,
        uid=item.uid,
        item_type=item.type,
        stem=item.stem,
        options=tuple(item.options[index] for index in order),
        option_order=order,
        key=frozenset(shown for shown, index in enumerate(order) if index in item.key),
        marks=cell.marks,
        case=item.item_set,
        figures=item.figures,
    )


def _option_order(seed: bytes, item: Item) -> tuple[int, ...]:
    indexes = range(len(item.options))
    if item.type is ItemType.TRUE_FALSE:
        return tuple(indexes)
    return tuple(
        sorted(indexes, key=lambda index: (_random(seed, f"option|{item.uid}|{index}"), index))
    )


def _random(seed: bytes, text: str) -> bytes:
    return hmac.new(seed, text.encode(), hashlib.sha256).digest()
