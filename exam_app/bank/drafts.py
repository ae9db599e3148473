"""Drafts of others (他人起草中): that they are there, whose and since when; never what they say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.bank import queries
from exam_app.bank.models import ItemRow
from exam_app.bank.terms import ItemState
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.people import queries as people
from exam_app.training import queries as training


@dataclass(frozen=True)
class Begun:
    """A draft as others may know it: a version begun holds the one before it out of the pool."""

    item_id: int
    code: str
    version: int
    author: str
    begun_at: dt.datetime


def drafts_of_others(actor: Actor) -> list[Begun]:
    """Return the drafts of other persons in the actor's authority, oldest first.

    Raises: NotAllowed: no duty to take items out of use.
    """
    return [
        Begun(row.id, row.code, row.version, _author(row), row.created_at) for row in _rows(actor)
    ]


def get_drafts(item_ids: Collection[int], actor: Actor) -> Sequence[ItemRow]:
    """Return drafts of other persons. Raises: Missing: one is none, or no longer."""
    found = [row for row in _rows(actor) if row.id in item_ids]
    if len(found) != len(set(item_ids)):
        raise Missing(kind="item")
    return found


def _rows(actor: Actor) -> list[ItemRow]:
    facts = queries.wall_facts(actor)
    duties.require(Permission.ITEM_RETIRE, actor, **facts, not_author=True, reason=True)
    query = select(ItemRow).where(
        ItemRow.authority_id == training.authority_of(actor), ItemRow.state == ItemState.DRAFT
    )
    rows = session().scalars(query.order_by(ItemRow.created_at, ItemRow.id))
    return [row for row in rows if not people.same_person(actor, row.author_id)]


def _author(row: ItemRow) -> str:
    return people.get_account(row.author_id).person.name
