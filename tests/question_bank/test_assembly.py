"""Drawing a paper: exact, repeatable, and refused rather than short."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.assembly import bank_digest, draw
from question_bank.blueprint import Blueprint, Cell, feasibility
from question_bank.errors import BankError, BankShort, BlueprintError, PoolError
from question_bank.item import ItemType
from tests.question_bank.strategies import BLUEPRINT, CELLS, make_item, make_pool, seeds

POOL = make_pool()
SEED = bytes(range(32))


@given(seed=seeds, order=st.randoms(use_true_random=False))
def test_the_same_seed_gives_the_same_paper_whatever_the_order_of_the_pool(
    seed: bytes, order: random.Random
) -> None:
    shuffled = POOL.copy()
    order.shuffle(shuffled)
    assert draw(BLUEPRINT, shuffled, seed) == draw(BLUEPRINT, POOL, seed)


@given(seed=seeds)
def test_every_cell_is_filled_exactly(seed: bytes) -> None:
    by_uid = {item.uid: item for item in POOL}
    draft = draw(BLUEPRINT, POOL, seed)
    taken = [(by_uid[item.uid], item.marks) for item in draft.items]
    for cell in CELLS:
        assert sum(cell.takes(item) for item, _ in taken) == cell.count
        assert all(marks == cell.marks for item, marks in taken if cell.takes(item))
    assert len(draft.items) == BLUEPRINT.total_items == len(draft.uids)
    assert draft.total_marks == BLUEPRINT.total_marks == Decimal(9)


@given(seed=seeds)
def test_sections_come_in_order_and_numbers_run_from_one(seed: bytes) -> None:
    draft = draw(BLUEPRINT, POOL, seed)
    assert [item.item_type for item in draft.items] == sorted(
        (item.item_type for item in draft.items), key=list(ItemType).index
    )
    assert [item.number for item in draft.items] == list(range(1, len(draft.items) + 1))


@given(seed=seeds)
def test_shuffled_options_keep_the_key(seed: bytes) -> None:
    by_uid = {item.uid: item for item in POOL}
    for shown in draw(BLUEPRINT, POOL, seed).items:
        item = by_uid[shown.uid]
        assert sorted(shown.options) == sorted(item.options)
        assert {shown.options[index] for index in shown.key} == {
            item.options[index] for index in item.key
        }
        assert tuple(item.options[index] for index in shown.option_order) == shown.options
        if item.type is ItemType.TRUE_FALSE:
            assert shown.options == item.options


def test_other_seeds_give_other_papers_and_every_item_its_chance() -> None:
    """Over many seeds each item of a cell is drawn about as often as the others."""
    pool = [make_item(number) for number in range(10)]
    blueprint = Blueprint("mining", "team_leader", (Cell("A", ItemType.SINGLE, 5, Decimal(1)),))
    counts = Counter(
        uid for number in range(400) for uid in draw(blueprint, pool, number.to_bytes(16)).uids
    )
    assert len(counts) == 10
    assert all(150 < count < 250 for count in counts.values())


def test_a_key_stands_at_every_place_about_as_often() -> None:
    places = Counter(
        next(iter(draw(_one_single(), [make_item(1)], number.to_bytes(16)).items[0].key))
        for number in range(400)
    )
    assert sorted(places) == [0, 1, 2, 3]
    assert all(65 < count < 135 for count in places.values())


def _one_single() -> Blueprint:
    return Blueprint("mining", "team_leader", (Cell("A", ItemType.SINGLE, 1, Decimal(1)),))


def test_the_paper_of_a_fixed_seed_never_changes() -> None:
    """An auditor can draw again years later; any change of the draw must be meant."""
    draft = draw(BLUEPRINT, POOL, SEED)
    assert [int(item.uid[2:6]) for item in draft.items] == [9, 21, 28, 16, 41, 51, 70, 74]
    orders = ["".join(map(str, item.option_order)) for item in draft.items]
    assert orders == ["0231", "1320", "3210", "2103", "2301", "0321", "01", "01"]


def test_a_short_bank_is_refused_with_the_cell_and_the_numbers() -> None:
    """A bank one item short gives no paper at all."""
    pool = [item for item in POOL if not (item.type is ItemType.SINGLE and item.topic == "B.2")]
    with pytest.raises(BankShort) as caught:
        draw(BLUEPRINT, pool, SEED)
    assert caught.value.facts == {"cell": CELLS[1], "needed": 1, "available": 0}
    assert caught.value.code == "bank-short"
    assert [short.missing for short in caught.value.shorts] == [1]


def test_a_retake_shares_no_item_with_the_first_paper() -> None:
    first = draw(BLUEPRINT, POOL, SEED)
    second = draw(BLUEPRINT, POOL, SEED, exclude=first.item_ids)
    assert not first.item_ids & second.item_ids


def test_an_excluded_item_stays_out_in_every_version() -> None:
    pool = [make_item(1, version=2)]
    with pytest.raises(BankShort):
        draw(_one_single(), pool, SEED, exclude={"T-0001"})
    assert draw(_one_single(), pool, SEED, exclude={"T-0001@1"}).uids == {"T-0001@2"}


def test_items_of_other_industries_and_categories_are_not_drawn() -> None:
    pool = [
        make_item(1, industries=("machinery",)),
        make_item(2, categories=("deputy_head",)),
        make_item(3, industries=("coal", "mining"), categories=("team_leader",)),
    ]
    assert draw(_one_single(), pool, SEED).item_ids == {"T-0003"}


def test_an_item_in_two_versions_is_refused() -> None:
    with pytest.raises(PoolError) as caught:
        draw(_one_single(), [make_item(1), make_item(1, version=2)], SEED)
    assert caught.value.facts == {"item": "T-0001"}


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(BankError, match="seed-too-short"):
        draw(_one_single(), [make_item(1)], b"short")


@pytest.mark.parametrize(
    "change",
    [
        {"stem": "另一题干"},
        {"key": frozenset({3})},
        {"facility": Decimal("0.71")},
        {"version": 2},
        {"quote": "另一依据"},
    ],
)
def test_the_bank_digest_sees_every_change(change: dict[str, Any]) -> None:
    changed = [replace(POOL[0], **change), *POOL[1:]]
    assert bank_digest(changed) != bank_digest(POOL)


def test_the_bank_digest_does_not_see_the_order() -> None:
    assert bank_digest(reversed(POOL)) == bank_digest(POOL)
    same = replace(POOL[0], facility=Decimal("0.700"))
    assert bank_digest([same, *POOL[1:]]) == bank_digest(POOL)


@given(count=st.integers(1, 12), papers=st.integers(1, 3))
def test_feasibility_says_how_many_are_missing(count: int, papers: int) -> None:
    pool = [make_item(number) for number in range(10)]
    cell = Cell("A.4", ItemType.SINGLE, count, Decimal(1))
    shorts = feasibility(Blueprint("mining", "team_leader", (cell,)), pool, papers=papers)
    missing = max(0, count * papers - 10)
    assert [short.missing for short in shorts] == ([missing] if missing else [])


def test_a_feasible_blueprint_carries_as_many_disjoint_papers_as_promised() -> None:
    assert feasibility(BLUEPRINT, POOL, papers=6) == []
    used: set[str] = set()
    for _ in range(6):
        used |= draw(BLUEPRINT, POOL, SEED, exclude=frozenset(used)).item_ids
    assert len(used) == 6 * BLUEPRINT.total_items


@pytest.mark.parametrize(("one", "other"), [("A", "A.4"), ("A.4.1", "A.4"), ("B", "B")])
def test_cells_of_one_type_must_not_overlap(one: str, other: str) -> None:
    with pytest.raises(BlueprintError) as caught:
        Blueprint("all", "team_leader", tuple(_cell(topic) for topic in (one, other)))
    assert caught.value.code == "cells-overlap"
    assert caught.value.facts["topic"] == one


def test_neighbouring_topics_do_not_overlap() -> None:
    assert Blueprint("all", "team_leader", (_cell("A.4.1"), _cell("A.4.10"))).total_items == 2


def _cell(topic: str, **over: Any) -> Cell:
    fields = {"topic": topic, "item_type": ItemType.SINGLE, "count": 1, "marks": Decimal(1)}
    return Cell(**{**fields, **over})


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"count": 0}, "cell-empty"),
        ({"topic": ""}, "cell-empty"),
        ({"marks": 0}, "marks-out-of-range"),
        ({"marks": Decimal("0.005")}, "marks-out-of-range"),
        ({"marks": Decimal("NaN")}, "marks-out-of-range"),
        ({"marks": 0.5}, "marks-not-exact"),
    ],
)
def test_a_cell_that_asks_for_nothing_is_refused(over: dict[str, Any], code: str) -> None:
    with pytest.raises(BlueprintError) as caught:
        _cell(**{"topic": "A", **over})
    assert caught.value.code == code


def test_a_blueprint_without_cells_is_refused() -> None:
    with pytest.raises(BlueprintError, match="no-cells"):
        Blueprint("all", "team_leader", ())


def test_a_blueprint_reads_back_from_its_text() -> None:
    back = Blueprint.from_json(BLUEPRINT.to_json())
    assert back.digest() == BLUEPRINT.digest()
    assert set(back.cells) == set(BLUEPRINT.cells)
    assert BLUEPRINT.items_of_type(ItemType.SINGLE) == 4


def test_the_order_of_cells_changes_no_paper() -> None:
    turned = Blueprint("mining", "team_leader", tuple(reversed(CELLS)))
    assert draw(turned, POOL, SEED) == draw(BLUEPRINT, POOL, SEED)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": [["A", "essay", 1, "1"]]}'])
def test_an_unreadable_blueprint_is_refused(text: str) -> None:
    with pytest.raises(BlueprintError):
        Blueprint.from_json(text)


def test_a_pool_may_come_from_a_generator() -> None:
    assert draw(BLUEPRINT, (item for item in POOL), SEED) == draw(BLUEPRINT, POOL, SEED)
