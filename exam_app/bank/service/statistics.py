"""Numbers of items (试题统计): what the candidates of a sitting did, kept for each item."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from sqlalchemy import select

from exam_app.access.actor import Actor
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank.models import ItemRow, ItemStatistic
from exam_app.core import clock
from exam_app.core.db import session
from question_bank.item_counts import ItemCounts


def record_statistics(
    counts: Mapping[str, ItemCounts], *, sitting_id: int, authority_id: int, actor: Actor
) -> int:
    """Keep what a sitting did with its items; return how many the bank holds.

    What was kept of the sitting before goes. The trail gets the number alone: what a paper held
    is written there nowhere.
    Args: counts: item uid → its counts, options in the order of the bank.
    """
    rows = _rows(counts, authority_id)
    held = {each.item_id: each for each in _held(sitting_id)}
    for item_id in held.keys() - {row.id for row in rows.values()}:
        session().delete(held[item_id])
    for uid, row in rows.items():
        kept = held.get(row.id)
        if kept is None:
            kept = ItemStatistic(item_id=row.id, sitting_id=sitting_id)
            session().add(kept)
        kept.counts, kept.recorded_at = dataclasses.asdict(counts[uid]), clock.now()
    session().flush()
    trail.record(Action.ITEM_STATISTICS_RECORDED, actor, ("bank", authority_id), count=len(rows))
    return len(rows)


def _rows(uids: Collection[str], authority_id: int) -> dict[str, ItemRow]:
    """Return uid → row of the items that the bank holds in that version."""
    codes = {uid.rpartition("@")[0] for uid in uids}
    query = select(ItemRow).where(ItemRow.authority_id == authority_id, ItemRow.code.in_(codes))
    found = {f"{row.code}@{row.version}": row for row in session().scalars(query)}
    return {uid: found[uid] for uid in uids if uid in found}


def _held(sitting_id: int) -> Collection[ItemStatistic]:
    query = select(ItemStatistic).where(ItemStatistic.sitting_id == sitting_id)
    return session().scalars(query).all()
