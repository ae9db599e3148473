"""Enemies (互斥试题): items of which one answers the other."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.bank import queries, rules
from exam_app.bank.models import ItemEnemy
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import BadInput, DutyConflict
from exam_app.people import queries as people
from exam_app.training import queries as training


def note_enemies(pairs: Iterable[tuple[str, str]], *, reason: str, actor: Actor) -> int:
    """Keep pairs of items apart from now on (登记互斥试题); return how many were new.

    Raises: BadInput: no reason, an item against itself (``enemy-of-itself``), an item that is
        not there (``item-unknown``). NotAllowed.
    """
    duties.require(Permission.ITEM_WRITE, actor, **queries.wall_facts(actor))
    reason = rules.check_reason(reason)
    authority_id = training.authority_of(actor)
    wanted = [(first.strip(), second.strip()) for first, second in pairs]
    for first, second in wanted:
        if first == second:
            raise BadInput("enemy-of-itself", field="other", item=first)
        for code in (first, second):
            if queries.latest(authority_id, code) is None:
                raise BadInput("item-unknown", field="other", item=code)
    count = add_enemies(authority_id, wanted, reason, actor)
    trail.record(Action.ENEMIES_NOTED, actor, ("bank", authority_id), count=count, reason=reason)
    return count


def lift_enemies(pair: ItemEnemy, *, reason: str, actor: Actor) -> ItemEnemy:
    """Let two items stand in one paper again (解除互斥); another person kept them apart.

    Raises: DutyConflict: the same person. BadInput: no reason. NotAllowed.
    """
    duties.require(Permission.ITEM_REVIEW, actor, **queries.wall_facts(actor), not_author=True)
    reason = rules.check_reason(reason)
    lock(pair)
    if people.same_person(actor, pair.noted_by_id):
        raise DutyConflict("enemy-lifted-by-same")
    if pair.lifted_at is None:
        pair.lifted_at, pair.lifted_by_id = clock.now(), actor.account_id
    session().flush()
    trail.record(Action.ENEMIES_LIFTED, actor, pair, reason=reason)
    return pair


def add_enemies(
    authority_id: int, pairs: Iterable[tuple[str, str]], reason: str, actor: Actor
) -> int:
    """Add the pairs not kept apart yet, not recorded; return how many."""
    lock(people.get_organisation(authority_id))  # two who note the same pair take turns
    query = select(ItemEnemy).where(ItemEnemy.authority_id == authority_id)
    known = {(row.first_code, row.second_code): row for row in session().scalars(query)}
    count = 0
    for first, second in sorted({(min(pair), max(pair)) for pair in pairs}):
        row = known.get((first, second))
        if row is None:
            row = ItemEnemy(authority_id=authority_id, first_code=first, second_code=second)
            session().add(row)
        elif row.lifted_at is None:
            continue
        row.reason, row.noted_by_id, row.noted_at = reason, actor.account_id or 0, clock.now()
        row.lifted_at = row.lifted_by_id = None
        count += 1
    session().flush()
    return count
