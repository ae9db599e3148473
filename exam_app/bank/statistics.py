"""Reads of the numbers of items: pooled over sittings, held by the prior, what needs a look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.bank import queries
from exam_app.bank.models import ItemRow, ItemStatistic
from exam_app.bank.terms import ItemState
from exam_app.core.db import session
from question_bank.item_counts import (
    Flag,
    ItemCounts,
    dead_distractors,
    judge,
    pooled,
    shrunk,
)

PRIOR_WEIGHT = 8
"""So many answers a writer's estimate counts for: p(1-p) over the square of its error, about
0.15, less one."""
_TUPLES = ("chosen", "chosen_upper", "chosen_lower")


@dataclass(frozen=True)
class OptionShare:
    """One option of an item: who chose it, shares of all, of the best and of the weakest."""

    option: int
    is_key: bool
    chosen: int
    share: float
    upper_share: float | None
    lower_share: float | None
    is_dead: bool


@dataclass(frozen=True)
class Statistics:
    """The numbers of an item over all its sittings.

    ``facility`` and ``prior`` are 0..1, ``discrimination`` is -1..1; ``facility`` is held by the
    prior. ``counts`` is None before the first sitting.
    """

    row: ItemRow
    sittings: int
    counts: ItemCounts | None
    prior: float
    facility: float
    discrimination: float | None
    flags: tuple[Flag, ...]

    @property
    def n(self) -> int:
        """Return how many candidates were asked."""
        return self.counts.n if self.counts else 0

    @property
    def options(self) -> tuple[OptionShare, ...]:
        """Return what the candidates chose, option by option; it gives the key away."""
        return _options(self.counts, _key(self.row)) if self.counts else ()


def statistics_of(row: ItemRow) -> Statistics:
    """Return the numbers of an item over all its sittings.

    Versions that ask the same count together: stem, options and key alike.
    """
    versions = [each for each in queries.versions_of(row) if _wording(each) == _wording(row)]
    held = _counts_by_item([each.id for each in versions])
    return _statistics(row, [counts for each in versions for counts in held[each.id]])


def flagged_items(actor: Actor, flag: Flag | None = None) -> list[Statistics]:
    """Return the approved items whose numbers give reason to look, worst discrimination first.

    Raises: NotAllowed: a wall stands in the way.
    """
    authority_id = queries.enter(Permission.ITEM_VIEW, actor)
    found = [
        each
        for each in _of_authority(authority_id).values()
        if each.flags and (flag is None or flag in each.flags)
    ]
    return sorted(found, key=lambda each: (each.discrimination or 0.0, each.row.code))


def numbers_of(
    uids: Collection[str], *, authority_id: int, without: int | None = None
) -> dict[str, Statistics]:
    """Return uid → the numbers of each item the bank holds, for a page that shows no content.

    Args: without: the sitting to leave out.
    """
    codes = {uid.rpartition("@")[0] for uid in uids}
    query = select(ItemRow).where(ItemRow.authority_id == authority_id, ItemRow.code.in_(codes))
    found = _grouped(session().scalars(query).all(), without=without)
    return {uid: found[uid] for uid in uids if uid in found}


def _of_authority(authority_id: int) -> dict[str, Statistics]:
    """Return uid → numbers of the approved items that have any."""
    asked = select(ItemRow.code).join(ItemStatistic, ItemStatistic.item_id == ItemRow.id)
    query = select(ItemRow).where(
        ItemRow.authority_id == authority_id,
        ItemRow.code.in_(asked.where(ItemRow.authority_id == authority_id)),
    )
    found = _grouped(session().scalars(query).all())
    return {
        uid: each for uid, each in found.items() if each.row.state is ItemState.APPROVED and each.n
    }


def _grouped(rows: Sequence[ItemRow], *, without: int | None = None) -> dict[str, Statistics]:
    """Return uid → numbers of each row, those of versions that ask the same together."""
    alike: defaultdict[tuple[Any, ...], list[ItemCounts]] = defaultdict(list)
    held = _counts_by_item([row.id for row in rows], without=without)
    for row in rows:
        alike[(row.code, *_wording(row))].extend(held[row.id])
    return {
        f"{row.code}@{row.version}": _statistics(row, alike[(row.code, *_wording(row))])
        for row in rows
    }


_PART = 500
"""Ids asked for at once: every database takes so many."""


def _counts_by_item(
    item_ids: Sequence[int], *, without: int | None = None
) -> Mapping[int, list[ItemCounts]]:
    found: defaultdict[int, list[ItemCounts]] = defaultdict(list)
    for first in range(0, len(item_ids), _PART):
        query = select(ItemStatistic.item_id, ItemStatistic.counts).where(
            ItemStatistic.item_id.in_(item_ids[first : first + _PART])
        )
        if without is not None:
            query = query.where(ItemStatistic.sitting_id != without)
        for item_id, plain in session().execute(query.order_by(ItemStatistic.sitting_id)):
            found[item_id].append(counts_from(plain))
    return found


def counts_from(plain: Mapping[str, Any]) -> ItemCounts:
    """Return the counts that plain values hold."""
    return ItemCounts(**{**plain, **{name: tuple(plain[name]) for name in _TUPLES}})


def _statistics(row: ItemRow, sittings: Iterable[ItemCounts]) -> Statistics:
    held, prior = list(sittings), float(row.content["facility"])
    counts = pooled(held) if held else None
    facility = counts.facility if counts else None
    return Statistics(
        row=row,
        sittings=len(held),
        counts=counts,
        prior=prior,
        facility=prior
        if counts is None or facility is None
        else shrunk(facility, n=counts.n, bank_facility=prior, weight=PRIOR_WEIGHT),
        discrimination=counts.r_rest if counts else None,
        flags=judge(counts, _key(row)) if counts else (),
    )


def _options(counts: ItemCounts, key: frozenset[int]) -> tuple[OptionShare, ...]:
    dead = dead_distractors(counts, key)
    return tuple(
        OptionShare(
            option=option,
            is_key=option in key,
            chosen=chosen,
            share=counts.share(option) or 0.0,
            upper_share=_part(counts.chosen_upper[option], counts.n_upper),
            lower_share=_part(counts.chosen_lower[option], counts.n_lower),
            is_dead=option in dead,
        )
        for option, chosen in enumerate(counts.chosen)
    )


def _part(count: int, whole: int) -> float | None:
    return count / whole if whole else None


def _key(row: ItemRow) -> frozenset[int]:
    return frozenset(row.content["key"])


def _wording(row: ItemRow) -> tuple[Any, ...]:
    """Return what makes two versions the same question to a candidate, and right alike."""
    content = row.content
    case = content.get("set", {}).get("stem", "")
    return (content["stem"], case, tuple(content["options"]), tuple(content["key"]))
