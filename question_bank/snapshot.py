"""The snapshot a paper is drawn from: the items as the draw sees them, without their words.

It is an items file of `python -m question_bank assemble`, sorted by id, whose ids are uids; so
anybody can draw from it again. `rules_text` gives the rules in the same notation.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping

from question_bank.blueprint import Blueprint, eligible, exact
from question_bank.errors import PoolError
from question_bank.item import Item
from question_bank.paper_rules import seconds_of
from question_bank.program.plan import (
    MEAN,
    Bounds,
    Candidate,
    CellCount,
    Plan,
    parts_above,
    parts_below,
)


def snapshot_of(
    blueprint: Blueprint, pool: Iterable[Item], *, uses: Mapping[str, int] | None = None
) -> str:
    """Return the snapshot of a pool for a blueprint; the order of the pool is no matter.

    Args: uses: item id → papers of the rolling year it stands in; 0 where it is not named.
    Raises: PoolError item-twice: an item is in the pool twice, or in two versions.
    """
    items = list(pool)
    _check_pool(items)
    held = sorted(eligible(blueprint, items), key=lambda item: item.uid)
    uids = {item.id: item.uid for item in held}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Candidate._fields)
    for item in held:
        enemies = sorted(uids[each] for each in item.enemies if each in uids)
        case = item.item_set.id if item.item_set else ""
        row = [item.uid, item.type.value, item.topic, item.level.value, exact(item.facility), 0]
        row += [seconds_of(item), 1, case, ";".join(enemies), (uses or {}).get(item.id, 0)]
        writer.writerow(row)
    return text.getvalue()


def bank_digest(snapshot: str) -> str:
    """Return the SHA-256 of a snapshot, in hex."""
    return hashlib.sha256(snapshot.encode()).hexdigest()


def plan_of(blueprint: Blueprint, *, ceiling: int | None = None) -> Plan:
    """Return the rules of a blueprint for the program; the order of its cells is no matter.

    Args: ceiling: items at most in common with any neighbouring paper.
    """
    rules = blueprint.rules
    facility = Bounds()
    if rules.facility is not None:
        low, high = rules.facility
        facility = Bounds(parts_above(low, MEAN), parts_below(high, MEAN))
    cells = [CellCount(each.topic, each.item_type.value, each.count) for each in blueprint.cells]
    return Plan(
        length=blueprint.total_items,
        seconds=Bounds(*rules.seconds) if rules.seconds else Bounds(),
        facility=facility,
        sets=Bounds(*rules.sets) if rules.sets else Bounds(),
        topics={topic: rules.topics[topic] for topic in sorted(rules.topics)},
        levels={level: rules.levels[level] for level in sorted(rules.levels)},
        max_uses=rules.max_uses,
        overlap=ceiling,
        cells=tuple(sorted(cells)),
    )


def rules_text(blueprint: Blueprint, *, ceiling: int | None = None) -> str:
    """Return the rules of a blueprint as TOML, for the independent check."""
    rules = blueprint.rules
    lines = ["[paper]", f"length = {blueprint.total_items}"]
    if rules.facility is not None:
        lines.append(f"facility = [{', '.join(exact(end) for end in rules.facility)}]")
    for name, window in (("seconds", rules.seconds), ("sets", rules.sets)):
        if window is not None:
            lines.append(f"{name} = [{window[0]}, {window[1]}]")
    for topic in dict.fromkeys(cell.topic for cell in blueprint.cells):
        lines.append(f'[cells."{topic}"]')
        own = (cell for cell in blueprint.cells if cell.topic == topic)
        lines += [f"{cell.item_type.value} = {cell.count}" for cell in own]
    for table, bounds in (("topics", rules.topics), ("levels", rules.levels)):
        for key, ends in bounds.items():
            lines.append(f'[{table}."{key}"]')
            named = zip(("min", "max"), ends, strict=True)
            lines += [f"{name} = {end}" for name, end in named if end is not None]
    if rules.max_uses is not None:
        lines += ["[exposure]", f"max_uses = {rules.max_uses}"]
    if ceiling is not None:
        lines += ["[overlap]", f"max = {ceiling}"]
    return "\n".join(lines) + "\n"


def _check_pool(pool: Iterable[Item]) -> None:
    seen: set[str] = set()
    for item in pool:
        if item.id in seen:
            raise PoolError("item-twice", item=item.id)
        seen.add(item.id)
