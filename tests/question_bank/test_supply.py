"""A season of papers is constructed: disjoint in a class, little shared between classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, cycle

import pytest

from question_bank.blueprint import Blueprint, Cell
from question_bank.default_blueprints import default_blueprint, default_blueprints
from question_bank.errors import BankError, BlueprintError
from question_bank.item import Item, ItemSet, ItemType
from question_bank.supply import OVERLAP_AT_MOST, SeasonSupply, season
from question_bank.syllabus import INDUSTRIES
from tests.question_bank.strategies import make_item

SEED = b"season of the tests"
SMALL = Blueprint("mining", "team_leader", (Cell("A", ItemType.SINGLE, 5, Decimal(1)),))
# So many items per chapter as a bank of 550 for one kind of people holds.
SHAPE = {"A": 380, "B": 60, "C": 40, "D": 36, "E": 36, "F": 36}
KINDS = (ItemType.SINGLE, ItemType.SINGLE, ItemType.MULTIPLE, ItemType.TRUE_FALSE)


def bank(shape: dict[str, int]) -> list[Item]:
    kinds = cycle(KINDS)
    topics = [topic for topic, count in shape.items() for _ in range(count)]
    return [make_item(number, next(kinds), topic=topic) for number, topic in enumerate(topics)]


def singles(count: int) -> list[Item]:
    return [make_item(number, topic="A.1") for number in range(count)]


def overlaps(supply: SeasonSupply, *, same_class: bool) -> list[int]:
    papers = [(number, set(one)) for number, own in enumerate(supply.classes) for one in own]
    return [
        len(one & other)
        for (first, one), (second, other) in combinations(papers, 2)
        if (first == second) is same_class
    ]


def enemies_met(supply: SeasonSupply, items: Sequence[Item]) -> list[tuple[str, str]]:
    named = {item.id: item.enemies for item in items}
    return [
        (one, other)
        for own in supply.classes
        for paper in own
        for one in paper
        for other in paper
        if other in named[one]
    ]


def test_a_full_bank_supplies_every_default_blueprint() -> None:
    items = bank(SHAPE)
    for plan in default_blueprints()[:3]:
        supply = season(plan, items, SEED)
        assert supply.is_enough, (plan.category, supply.overlap, supply.shorts)
        assert supply.papers == 18
        assert set(overlaps(supply, same_class=True)) == {0}
        assert max(overlaps(supply, same_class=False)) == supply.overlap
        assert supply.overlap <= OVERLAP_AT_MOST * plan.total_items


def test_each_paper_fills_each_cell() -> None:
    items = {item.id: item for item in bank(SHAPE)}
    plan = default_blueprint("mining", "team_leader")
    for own in season(plan, items.values(), SEED).classes:
        for paper in own:
            counts = [sum(cell.takes(items[name]) for name in paper) for cell in plan.cells]
            assert counts == [cell.count for cell in plan.cells]


def test_the_same_seed_gives_the_same_papers() -> None:
    items = singles(60)
    one = season(SMALL, items, SEED)
    assert one == season(SMALL, list(reversed(items)), SEED)
    assert one.classes != season(SMALL, items, b"another").classes


def test_a_small_bank_names_its_short_cell_and_makes_what_it_can() -> None:
    supply = season(SMALL, singles(11), SEED)
    assert supply.papers == 12
    assert [(short.needed, short.available) for short in supply.shorts] == [(15, 11)]
    assert not supply.is_enough
    assert season(SMALL, singles(4), SEED).papers == 0


def test_a_bank_of_just_three_papers_shares_too_much() -> None:
    supply = season(SMALL, singles(15), SEED)
    assert supply.papers == 18
    assert supply.shorts == ()
    assert supply.overlap >= 2
    assert not supply.is_enough


def test_enemies_never_stand_in_one_paper() -> None:
    items = singles(60)
    items = [
        replace(item, enemies=frozenset({items[place + 1].id})) if place % 2 == 0 else item
        for place, item in enumerate(items)
    ]
    supply = season(SMALL, items, SEED)
    assert supply.papers == 18
    assert enemies_met(supply, items) == []


def test_enemies_that_cannot_be_parted_make_a_cell_short() -> None:
    names = frozenset(item.id for item in singles(15))
    items = [replace(item, enemies=names - {item.id}) for item in singles(15)]
    supply = season(SMALL, items, SEED)
    assert supply.papers == 0
    assert [short.available for short in supply.shorts] == [3]


def test_items_of_cases_are_left_out() -> None:
    case = ItemSet("K", "案情")
    items = [replace(item, item_set=case) for item in singles(30)]
    assert season(SMALL, items, SEED).papers == 0


def test_a_season_needs_a_seed() -> None:
    with pytest.raises(BankError, match="seed-empty"):
        season(SMALL, singles(15), b"")


def test_default_blueprints_are_of_fifty_items_and_a_hundred_marks() -> None:
    plans = default_blueprints()
    assert len(plans) == 30
    assert {plan.industry for plan in plans} == set(INDUSTRIES)
    assert {(plan.total_items, plan.total_marks) for plan in plans} == {(50, Decimal(100))}
    assert {tuple(plan.items_of_type(kind) for kind in ItemType) for plan in plans} == {
        (30, 10, 10)
    }


def test_a_blueprint_for_unknown_people_is_refused() -> None:
    with pytest.raises(BlueprintError, match="blueprint-unknown"):
        default_blueprint("fishing", "team_leader")
    with pytest.raises(BlueprintError, match="blueprint-unknown"):
        default_blueprint("mining", "visitor")
