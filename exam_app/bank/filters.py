"""Which items a list shows and in what order (筛选与排序)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_
from sqlalchemy.sql.elements import ColumnElement

from exam_app.bank.models import ItemRow
from exam_app.bank.terms import ItemState
from question_bank.item import LETTERS

WITHHELD = "withheld"
"""The state shown for approved items that left the pool with their article (待修订)."""


class Order(StrEnum):
    """What a list is sorted by."""

    NEWEST = "newest"
    CODE = "code"
    TOPIC = "topic"
    MOST_USED = "most-used"
    LEAST_USED = "least-used"
    LAST_USED = "last-used"


@dataclass(frozen=True)
class Filter:
    """Which items are wanted; what is empty does not narrow.

    ``state`` is an item state or WITHHELD; approved leaves out the withheld.
    """

    topic: str = ""
    item_type: str = ""
    state: str = ""
    law: str = ""
    article: str = ""
    code: str = ""
    text: str = ""
    only_cases: bool = False
    most_uses: int | None = None
    least_uses: int | None = None
    used_before: dt.date | None = None
    order: str = Order.NEWEST


def narrowed(query: Select[Any], wanted: Filter) -> Select[Any]:
    """Return the query for the wanted items alone, not ordered."""
    return query.where(*_conditions(wanted))


def ordered(query: Select[Any], order: str) -> Select[Any]:
    """Return the query in an order; an unknown one is the newest first."""
    newest = ItemRow.id.desc()
    columns: dict[str, tuple[Any, ...]] = {
        Order.CODE: (ItemRow.code, ItemRow.version),
        Order.TOPIC: (ItemRow.topic, ItemRow.code, ItemRow.version),
        Order.MOST_USED: (ItemRow.uses.desc(), newest),
        Order.LEAST_USED: (ItemRow.uses, newest),
        Order.LAST_USED: (ItemRow.last_used_on.is_(None), ItemRow.last_used_on.desc(), newest),
    }
    return query.order_by(*columns.get(order, (newest,)))


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.topic:
        below = ItemRow.topic.startswith(f"{wanted.topic}.", autoescape=True)
        found.append(or_(ItemRow.topic == wanted.topic, below))
    for name in ("item_type", "law"):
        if getattr(wanted, name):
            found.append(getattr(ItemRow, name) == getattr(wanted, name))
    for name in ("article", "code"):
        if getattr(wanted, name):
            found.append(getattr(ItemRow, name).contains(getattr(wanted, name), autoescape=True))
    if wanted.text:
        found.append(_says(wanted.text))
    if wanted.only_cases:
        found.append(ItemRow.set_code.is_not(None))
    return [*found, *_standing(wanted.state), *_exposure(wanted)]


def _standing(state: str) -> list[ColumnElement[bool]]:
    if state == WITHHELD:
        return [ItemRow.state == ItemState.APPROVED, ItemRow.withheld_at.is_not(None)]
    if state == ItemState.APPROVED:
        return [ItemRow.state == ItemState.APPROVED, ItemRow.withheld_at.is_(None)]
    return [ItemRow.state == state] if state in tuple(ItemState) else []


def _exposure(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.most_uses is not None:
        found.append(ItemRow.uses <= wanted.most_uses)
    if wanted.least_uses is not None:
        found.append(ItemRow.uses >= wanted.least_uses)
    if wanted.used_before is not None:
        found.append(ItemRow.last_used_on < wanted.used_before)
    return found


def _says(text: str) -> ColumnElement[bool]:
    """Return whether code, stem, case or an option holds the text."""
    places = [("stem",), ("set", "stem"), *(("options", place) for place in range(len(LETTERS)))]
    texts = [ItemRow.content[place].as_string() for place in places]
    return or_(*(each.contains(text, autoescape=True) for each in [ItemRow.code, *texts]))
