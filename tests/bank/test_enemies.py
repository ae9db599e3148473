"""Items that answer each other, and cases: what the pool holds together and keeps apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from exam_app.bank import adapter, queries, service
from exam_app.bank.models import ItemEnemy
from exam_app.core import clock
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, DutyConflict, NotAllowed
from question_bank.item import ItemSet
from tests.factories.bank import Office, approve_items, make_item

ONE, OTHER = make_item(1).id, make_item(2).id


@pytest.fixture
def pair(office: Office) -> ItemEnemy:
    """Keep two approved items apart."""
    approve_items(office, [make_item(1), make_item(2)])
    with transaction():
        count = service.note_enemies(
            [(OTHER, ONE)], reason="题干提示答案", actor=office.actor(office.writer)
        )
    assert count == 1
    return session().scalars(select(ItemEnemy)).one()


def test_enemies_reach_the_pool(office: Office, pair: ItemEnemy) -> None:
    """Each of the two names the other."""
    items = {item.id: item.enemies for item in queries.approved(office.authority.id)}
    assert items == {ONE: frozenset({OTHER}), OTHER: frozenset({ONE})}


def test_who_kept_them_apart_does_not_lift_it(office: Office, pair: ItemEnemy) -> None:
    """Another person does, and says why."""
    with pytest.raises(NotAllowed), transaction():
        service.lift_enemies(pair, reason="不再提示", actor=office.actor(office.writer))
    with transaction():
        service.lift_enemies(pair, reason="不再提示", actor=office.actor(office.reviewer))
    assert queries.enemies(office.authority.id)[ONE] == frozenset()


def test_a_person_with_both_duties_does_not_lift_their_own(office: Office, pair: ItemEnemy) -> None:
    """The duty alone is not enough."""
    with transaction():
        pair.noted_by_id = office.reviewer.id
        service.note_enemies([(ONE, OTHER)], reason="仍互相提示", actor=office.actor(office.writer))
    with pytest.raises(DutyConflict), transaction():
        service.lift_enemies(pair, reason="不再提示", actor=office.actor(office.reviewer))


def test_a_pair_that_is_none(office: Office, pair: ItemEnemy) -> None:
    """An item against itself, or against one that is not there."""
    writer = office.actor(office.writer)
    for wrong, code in (((ONE, ONE), "enemy-of-itself"), ((ONE, "nobody"), "item-unknown")):
        with pytest.raises(BadInput, match=code), transaction():
            service.note_enemies([wrong], reason="互相提示", actor=writer)


def test_an_item_being_changed_is_out_of_the_pool(office: Office, pair: ItemEnemy) -> None:
    """From the first draft of the next version until that is approved."""
    row = queries.latest(office.authority.id, ONE)
    assert row is not None
    with transaction():
        service.edit_item(row, adapter.to_item(row), actor=office.actor(office.writer))
    assert [item.id for item in queries.approved(office.authority.id)] == [OTHER]


def test_a_case_leaves_the_pool_as_a_whole(office: Office) -> None:
    """While one of its items is withheld, changed, retired or not yet approved."""
    case = ItemSet("AL-1", "某矿井下作业面")
    members = [replace(make_item(number), item_set=case) for number in (1, 2)]
    rows = approve_items(office, [*members, make_item(3)])
    whole, rest = [ONE, OTHER, make_item(3).id], [make_item(3).id]

    def pool() -> list[str]:
        return [item.id for item in queries.approved(office.authority.id)]

    assert pool() == whole
    rows[0].withheld_at = clock.now()
    assert pool() == rest
    rows[0].withheld_at = None
    assert pool() == whole
    session().rollback()
    with transaction():
        new = replace(make_item(4), item_set=case)
        draft = service.write_item(new, actor=office.actor(office.writer))
    assert pool() == rest
    with transaction():
        service.discard_draft(draft, reason="不需要", actor=office.actor(office.writer))
    assert pool() == whole
    with transaction():
        service.retire_item(rows[1], reason="法条废止", actor=office.actor(office.reviewer))
    assert pool() == rest
