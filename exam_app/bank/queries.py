"""Reads of the bank: items behind the wall, the pool of a class, blueprints."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.bank.adapter import to_blueprint, to_item
from exam_app.bank.diagnosis import carried_words
from exam_app.bank.filters import WITHHELD, Filter, narrowed, ordered
from exam_app.bank.models import BlueprintRow, ItemEnemy, ItemReview, ItemRow, LawCollection
from exam_app.bank.terms import ItemState
from exam_app.core import files
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.people import queries as people
from exam_app.training import queries as training
from question_bank import Blueprint, Item, Laws, Short, load_laws, read_laws
from question_bank import feasibility as shorts_of
from question_bank.capacity import Overlap, carried
from question_bank.item import suits

__all__ = [
    "Feasibility",
    "Filter",
    "blueprint_for",
    "blueprints_for",
    "count_items",
    "enter",
    "feasibility",
    "get_blueprint",
    "get_item",
    "items_for",
    "pool",
    "reviews_of",
    "supply",
    "to_blueprint",
    "to_item",
    "versions_of",
    "wall_facts",
]
PAGE_SIZE = 50


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
    """Return one page of items in the order wanted; one more than a page holds when more follow.

    Drafts of other writers are left out. Raises: NotAllowed: a wall stands in the way.
    """
    wanted = wanted or Filter()
    query = ordered(_listed(select(ItemRow), actor, wanted), wanted.order)
    return session().scalars(query.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)).all()


def count_items(actor: Actor, wanted: Filter) -> int:
    """Return how many items ``items_for`` shows on all pages."""
    return session().scalar(_listed(select(func.count(ItemRow.id)), actor, wanted)) or 0


def standing(actor: Actor) -> dict[str, int]:
    """Return how many versions the actor's list holds in each state, the withheld by themselves."""
    states = [*ItemState, WITHHELD]
    return {str(state): count_items(actor, Filter(state=state)) for state in states}


def laws_named(actor: Actor) -> Sequence[str]:
    """Return the laws that items of the actor's list rest on."""
    query = _listed(select(ItemRow.law).distinct(), actor, Filter())
    return [law for law in session().scalars(query.order_by(ItemRow.law)) if law]


def _listed(query: Select[Any], actor: Actor, wanted: Filter) -> Select[Any]:
    authority_id = enter(Permission.ITEM_VIEW, actor)
    seen = or_(ItemRow.state != ItemState.DRAFT, ItemRow.author_id == actor.account_id)
    return narrowed(query.where(ItemRow.authority_id == authority_id, seen), wanted)


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


def latest_versions(
    authority_id: int, *, codes: Collection[str] | None = None
) -> dict[str, ItemRow]:
    """Return code → newest version of every item of an authority, or of these codes."""
    query = select(ItemRow).where(ItemRow.authority_id == authority_id)
    if codes is not None:
        query = query.where(ItemRow.code.in_(codes))
    return {row.code: row for row in session().scalars(query.order_by(ItemRow.version))}


def reviews_of(row: ItemRow) -> Sequence[ItemReview]:
    """Return what reviewers said of an item version, oldest first."""
    query = select(ItemReview).where(ItemReview.item_id == row.id)
    return session().scalars(query.order_by(ItemReview.id)).all()


def approved(authority_id: int) -> list[Item]:
    """Return the items of an authority that may stand in a paper, with their enemies, by code.

    An item is out while it is withheld, and from the moment a newer version of it was begun
    until that is approved. A case (案例) is out while one of its items is.
    """
    newer = aliased(ItemRow)
    begun = select(newer.id).where(
        newer.authority_id == ItemRow.authority_id,
        newer.code == ItemRow.code,
        newer.version > ItemRow.version,
        newer.state != ItemState.RETIRED,
    )
    query = select(ItemRow).where(
        ItemRow.authority_id == authority_id,
        ItemRow.state == ItemState.APPROVED,
        ItemRow.withheld_at.is_(None),
        ~begun.exists(),
    )
    hostile = enemies(authority_id)
    rows = session().scalars(query.order_by(ItemRow.code)).all()
    broken = _broken_cases(authority_id, {row.code for row in rows})
    return [
        replace(to_item(row), enemies=hostile[row.code])
        for row in rows
        if row.set_code is None or row.set_code not in broken
    ]


def _broken_cases(authority_id: int, there: Collection[str]) -> set[str | None]:
    """Return the cases of which an item is not there; versions dropped before approval count not.

    The newest version says which case an item belongs to: a new version takes it out of another.
    """
    newer = aliased(ItemRow)
    later = select(newer.id).where(
        newer.authority_id == ItemRow.authority_id,
        newer.code == ItemRow.code,
        newer.version > ItemRow.version,
        or_(newer.state != ItemState.RETIRED, newer.approved_at.is_not(None)),
    )
    query = select(ItemRow.code, ItemRow.set_code).where(
        ItemRow.authority_id == authority_id,
        ItemRow.set_code.is_not(None),
        or_(ItemRow.state != ItemState.RETIRED, ItemRow.approved_at.is_not(None)),
        ~later.exists(),
    )
    return {case for code, case in session().execute(query) if code not in there}


def versions_named(authority_id: int, uids: Collection[str]) -> list[Item]:
    """Return the items of some uids as these versions were approved, whatever came after."""
    codes = {uid.rpartition("@")[0] for uid in uids}
    query = select(ItemRow).where(
        ItemRow.authority_id == authority_id,
        ItemRow.code.in_(codes),
        ItemRow.approved_at.is_not(None),
    )
    return [item for row in session().scalars(query) if (item := to_item(row)).uid in uids]


def enemies(authority_id: int) -> dict[str, frozenset[str]]:
    """Return code → codes that must not stand in one paper with it; empty for all others."""
    query = select(ItemEnemy.first_code, ItemEnemy.second_code).where(
        ItemEnemy.authority_id == authority_id, ItemEnemy.lifted_at.is_(None)
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for first, second in session().execute(query):
        found[first].add(second)
        found[second].add(first)
    hostile: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    hostile.update({code: frozenset(others) for code, others in found.items()})
    return hostile


def collection_in_use(authority_id: int) -> LawCollection | None:
    """Return the law collection imported last, None while the shipped one is in use."""
    query = select(LawCollection).where(LawCollection.authority_id == authority_id)
    return session().scalars(query.order_by(LawCollection.id.desc()).limit(1)).first()


def laws_of(authority_id: int) -> Laws:
    """Return the law articles this authority's items are checked against."""
    return laws_in(collection_in_use(authority_id))


def laws_before(authority_id: int, moment: dt.datetime) -> Laws:
    """Return the law articles that were in use just before a moment."""
    query = select(LawCollection).where(
        LawCollection.authority_id == authority_id, LawCollection.imported_at < moment
    )
    return laws_in(session().scalars(query.order_by(LawCollection.id.desc()).limit(1)).first())


def laws_in(collection: LawCollection | None) -> Laws:
    """Return the law articles of a collection, the shipped ones for None."""
    if collection is None:
        return load_laws()
    kept: dict[str, Laws] = current_app.extensions.setdefault("law_collections", {})
    if collection.sha256 not in kept:
        kept[collection.sha256] = read_laws(files.held("laws", collection.sha256))
    return kept[collection.sha256]


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


def carried_in_words(blueprint: Blueprint, authority_id: int, *, ceiling: int | None) -> list[str]:
    """Return for how many classes the items of an authority give papers, and what is scarcest.

    Args: ceiling: items at most in common with each of the latest papers of other classes.
    """
    overlap = None if ceiling is None else Overlap(ceiling)
    return carried_words(carried(blueprint, approved(authority_id), overlap=overlap))


def feasibility(blueprint: Blueprint, items: Sequence[Item], *, papers: int) -> Feasibility:
    """Return how many disjoint papers the items give, and the cells short of ``papers``."""
    counts = [sum(cell.takes(item) for item in items) // cell.count for cell in blueprint.cells]
    return Feasibility(min(counts), tuple(shorts_of(blueprint, items, papers=papers)))
