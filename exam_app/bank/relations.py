"""What stands around an item: its story, its case, its enemies, its article then and now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.bank import adapter, queries
from exam_app.bank.models import ItemEnemy, ItemRow
from exam_app.bank.terms import ItemState
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.people import queries as people
from question_bank.item import is_incomplete


@dataclass(frozen=True)
class Event:
    """One step of an item version: ``what`` names it (written, submitted, approved …)."""

    at: dt.datetime
    what: str
    who: str = ""
    said: str = ""


@dataclass(frozen=True)
class Apart:
    """An item that must not stand in one paper with the one shown; ``row`` is its newest version.

    ``own`` tells that the reader noted the pair, so that another person has to lift it.
    """

    pair_id: int
    code: str
    row: ItemRow | None
    reason: str
    noted_by: str
    noted_at: dt.datetime
    own: bool


@dataclass(frozen=True)
class Changed:
    """The article an item rests on before and after its law changed; "" where there is none."""

    old: str
    new: str


def story_of(row: ItemRow) -> list[Event]:
    """Return what happened to an item version, oldest first."""
    events = [Event(row.created_at, "written", _name(row.author_id))]
    if row.submitted_at:
        events.append(Event(row.submitted_at, "submitted", _name(row.author_id)))
    for review in queries.reviews_of(row):
        who = _name(review.reviewed_by_id)
        events.append(Event(review.reviewed_at, review.verdict.value, who, review.comment))
    if row.withheld_at:
        events.append(Event(row.withheld_at, "withheld", "", row.withheld_reason or ""))
    if row.retired_at:
        events.append(Event(row.retired_at, "retired", "", row.retired_reason or ""))
    return sorted(events, key=lambda event: event.at)


def _name(account_id: int) -> str:
    return people.get_account(account_id).person.name


def verdicts_before(row: ItemRow) -> list[Event]:
    """Return what reviewers said of this version and of those before it, oldest first."""
    return [
        Event(each.reviewed_at, each.verdict.value, _name(each.reviewed_by_id), each.comment)
        for version in queries.versions_of(row)
        if version.version <= row.version
        for each in queries.reviews_of(version)
    ]


def members_of(row: ItemRow) -> list[ItemRow]:
    """Return the newest versions of the items of the same case, by code; empty for no case."""
    if row.set_code is None:
        return []
    query = select(ItemRow.code).where(
        ItemRow.authority_id == row.authority_id,
        ItemRow.set_code == row.set_code,
        ItemRow.state != ItemState.DRAFT,
    )
    codes = set(session().scalars(query))
    newest = queries.latest_versions(row.authority_id, codes=codes)
    return [newest[code] for code in sorted(newest)]


def enemies_of(row: ItemRow, actor: Actor) -> list[Apart]:
    """Return the items kept apart from this one, by code."""
    query = select(ItemEnemy).where(
        ItemEnemy.authority_id == row.authority_id,
        or_(ItemEnemy.first_code == row.code, ItemEnemy.second_code == row.code),
        ItemEnemy.lifted_at.is_(None),
    )
    found = []
    for pair in session().scalars(query):
        other = pair.second_code if pair.first_code == row.code else pair.first_code
        found.append(
            Apart(
                pair.id,
                other,
                queries.latest(row.authority_id, other),
                pair.reason,
                _name(pair.noted_by_id),
                pair.noted_at,
                people.same_person(actor, pair.noted_by_id),
            )
        )
    return sorted(found, key=lambda each: each.code)


def get_pair(pair_id: int, row: ItemRow, actor: Actor) -> ItemEnemy:
    """Return a pair of enemies the item is one of. Raises: Missing."""
    authority_id = queries.enter(Permission.ITEM_VIEW, actor)
    pair = session().get(ItemEnemy, pair_id)
    if pair is None or pair.authority_id != authority_id:
        raise Missing(kind="item")
    if row.code not in {pair.first_code, pair.second_code}:
        raise Missing(kind="item")
    return pair


def article_changed(row: ItemRow) -> Changed | None:
    """Return the article of a withheld item then and now, None for any other item."""
    if row.withheld_at is None or row.state is not ItemState.APPROVED:
        return None
    old = queries.laws_before(row.authority_id, row.withheld_at)
    new = queries.laws_of(row.authority_id)
    return Changed(
        adapter.article_text(old, row.law, row.article),
        adapter.article_text(new, row.law, row.article),
    )


def gaps_of(row: ItemRow) -> list[str]:
    """Return the codes of what a draft still lacks before it can be reviewed."""
    if row.state is not ItemState.DRAFT:
        return []
    found = adapter.faults(adapter.to_item(row), queries.laws_of(row.authority_id))
    return [each.code for each in found if is_incomplete(each)]
