"""Reads of the bank: items behind the wall, the pool of a class, blueprints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.bank.adapter import to_blueprint, to_item
from exam_app.bank.models import BlueprintRow, ItemReview, ItemRow
from exam_app.bank.terms import ItemState
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.people import queries as people
from exam_app.training import queries as training
from question_bank import Blueprint, Item, Short
from question_bank import feasibility as shorts_of
from question_bank.item import suits

__all__ = [
    "Feasibility",
    "Filter",
    "blueprint_for",
    "blueprints_for",
    "enter",
    "feasibility",
    "get_blueprint",
    "get_item",
    "items_for",
    "pool",
    "reviews_of",
    "supply",
    "to_blueprint",
    "versions_of",
    "wall_facts",
]
PAGE_SIZE = 50


@dataclass(frozen=True)
class Filter:
    """Which items are wanted; what is empty does not narrow."""

    topic: str = ""
    item_type: str = ""
    state: str = ""
    law: str = ""
    text: str = ""


@dataclass(frozen=True)
class Feasibility:
    """What a bank gives for a blueprint: so many papers without a common item, and what lacks.

    ``shorts`` are the cells that cannot fill the papers of one class.
    """

    papers: int
    shorts: tuple[Short, ...]


def wall_facts(actor: Actor) -> dict[str, bool]:
    """Return what the walls ask where no class is in play.

    Nothing is true of who examines for nobody: every duty of the bank refuses them.
    """
    try:
        return training.bank_facts(actor, training.authority_of(actor))
    except Missing:
        return {}


def enter(permission: Permission, actor: Actor) -> int:
    """Return the authority whose bank the actor may look into (入口核验).

    Raises: NotAllowed: a wall stands in the way, or no duty.
    """
    duties.require(permission, actor, **wall_facts(actor) | _LOOKING)
    return training.authority_of(actor)


# The list shows no key: the conditions of one item's content are asked when it is shown.
_LOOKING = {"reason": True, "not_cand": True, "state": True}


def items_for(actor: Actor, wanted: Filter | None = None, *, page: int = 1) -> Sequence[ItemRow]:
    """Return one page of items, newest first; one more than a page holds when more follow.

    Drafts of other writers are left out. Raises: NotAllowed: a wall stands in the way.
    """
    authority_id = enter(Permission.ITEM_VIEW, actor)
    wanted = wanted or Filter()
    query = select(ItemRow).where(
        ItemRow.authority_id == authority_id,
        or_(ItemRow.state != ItemState.DRAFT, ItemRow.author_id == actor.account_id),
    )
    if wanted.topic:
        query = query.where(
            or_(ItemRow.topic == wanted.topic, ItemRow.topic.startswith(f"{wanted.topic}."))
        )
    for name in ("item_type", "state", "law"):
        if getattr(wanted, name):
            query = query.where(getattr(ItemRow, name) == getattr(wanted, name))
    if wanted.text:
        query = query.where(ItemRow.code.contains(wanted.text, autoescape=True))
    query = query.order_by(ItemRow.id.desc())
    return session().scalars(query.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)).all()


def waiting_for_review(actor: Actor) -> Sequence[ItemRow]:
    """Return the submitted items of other persons, oldest first."""
    authority_id = enter(Permission.ITEM_VIEW, actor)
    query = select(ItemRow).where(
        ItemRow.authority_id == authority_id, ItemRow.state == ItemState.IN_REVIEW
    )
    rows = session().scalars(query.order_by(ItemRow.id))
    return [row for row in rows if not people.same_person(actor, row.author_id)]


def get_item(item_id: int, actor: Actor) -> ItemRow:
    """Return an item of the actor's authority; another writer's draft is not there.

    Raises: Missing. NotAllowed: a wall stands in the way.
    """
    authority_id = enter(Permission.ITEM_VIEW, actor)
    row = session().get(ItemRow, item_id)
    if row is None or row.authority_id != authority_id:
        raise Missing(kind="item")
    if row.state is ItemState.DRAFT and row.author_id != actor.account_id:
        raise Missing(kind="item")
    return row


def versions_of(row: ItemRow) -> Sequence[ItemRow]:
    """Return all versions of an item, oldest first."""
    query = select(ItemRow).where(
        ItemRow.authority_id == row.authority_id, ItemRow.code == row.code
    )
    return session().scalars(query.order_by(ItemRow.version)).all()


def latest(authority_id: int, code: str) -> ItemRow | None:
    """Return the newest version of an item, None where there is none."""
    query = select(ItemRow).where(ItemRow.authority_id == authority_id, ItemRow.code == code)
    return session().scalars(query.order_by(ItemRow.version.desc()).limit(1)).first()


def latest_versions(authority_id: int) -> dict[str, ItemRow]:
    """Return code → newest version of every item of an authority."""
    query = select(ItemRow).where(ItemRow.authority_id == authority_id)
    return {row.code: row for row in session().scalars(query.order_by(ItemRow.version))}


def reviews_of(row: ItemRow) -> Sequence[ItemReview]:
    """Return what reviewers said of an item version, oldest first."""
    query = select(ItemReview).where(ItemReview.item_id == row.id)
    return session().scalars(query.order_by(ItemReview.id)).all()


def approved(authority_id: int) -> list[Item]:
    """Return the approved items of an authority, one version each."""
    query = select(ItemRow).where(
        ItemRow.authority_id == authority_id, ItemRow.state == ItemState.APPROVED
    )
    newest = {row.code: row for row in session().scalars(query.order_by(ItemRow.version))}
    return [to_item(newest[code]) for code in sorted(newest)]


def pool(authority_id: int, *, industry: str, category: str) -> list[Item]:
    """Return the approved items that suit a personnel category of an industry, by code."""
    return [
        item for item in approved(authority_id) if suits(item, industry=industry, category=category)
    ]


def supply(authority_id: int, *, industry: str, category: str) -> Counter[tuple[str, str]]:
    """Return (topic, item type) → number of items of the pool; each topic alone, none below."""
    items = pool(authority_id, industry=industry, category=category)
    return Counter((item.topic, item.type.value) for item in items)


def blueprints_for(actor: Actor) -> Sequence[BlueprintRow]:
    """Return the blueprints of the actor's authority, newest first.

    Raises: NotAllowed: a wall stands in the way.
    """
    authority_id = enter(Permission.PAPER_VIEW, actor)
    query = select(BlueprintRow).where(BlueprintRow.authority_id == authority_id)
    return session().scalars(query.order_by(BlueprintRow.id.desc())).all()


def get_blueprint(blueprint_id: int, actor: Actor) -> BlueprintRow:
    """Return a blueprint of the actor's authority. Raises: Missing, NotAllowed."""
    authority_id = enter(Permission.PAPER_VIEW, actor)
    row = session().get(BlueprintRow, blueprint_id)
    if row is None or row.authority_id != authority_id:
        raise Missing(kind="blueprint")
    return row


def newest_blueprint(authority_id: int, code: str) -> BlueprintRow | None:
    """Return the newest version of a blueprint, None where there is none."""
    query = select(BlueprintRow).where(
        BlueprintRow.authority_id == authority_id, BlueprintRow.code == code
    )
    return session().scalars(query.order_by(BlueprintRow.version.desc()).limit(1)).first()


def approved_blueprints(
    authority_id: int, *, industry: str, category: str
) -> Sequence[BlueprintRow]:
    """Return the approved blueprints for a category of an industry, newest first."""
    query = select(BlueprintRow).where(
        BlueprintRow.authority_id == authority_id,
        BlueprintRow.industry == industry,
        BlueprintRow.category == category,
        BlueprintRow.approved_at.is_not(None),
    )
    return session().scalars(query.order_by(BlueprintRow.approved_at.desc())).all()


def blueprint_for(authority_id: int, industry: str, category: str) -> BlueprintRow:
    """Return the blueprint approved last for a category of an industry. Raises: Missing."""
    found = approved_blueprints(authority_id, industry=industry, category=category)
    if not found:
        raise Missing("blueprint-missing", industry=industry, category=category)
    return found[0]


def feasibility(blueprint: Blueprint, items: Sequence[Item], *, papers: int) -> Feasibility:
    """Return how many disjoint papers the items give, and the cells short of ``papers``."""
    counts = [sum(cell.takes(item) for item in items) // cell.count for cell in blueprint.cells]
    return Feasibility(min(counts), tuple(shorts_of(blueprint, items, papers=papers)))


def count_by_state(authority_id: int) -> dict[ItemState, int]:
    """Return how many item versions stand in each state."""
    query = (
        select(ItemRow.state, func.count(ItemRow.id))
        .where(ItemRow.authority_id == authority_id)
        .group_by(ItemRow.state)
    )
    return {row[0]: row[1] for row in session().execute(query)}
