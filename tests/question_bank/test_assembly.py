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

from question_bank.assembly import draw, draw_uids, situation_of
from question_bank.blueprint import Blueprint, Cell, feasibility
from question_bank.errors import BankError, BankShort, BlueprintError, PoolError
from question_bank.item import Item, ItemSet, ItemType, Level
from question_bank.paper_rules import PaperRules, seconds_of
from question_bank.program.plan import Bounds
from question_bank.snapshot import snapshot_of
from tests.question_bank.strategies import BLUEPRINT, CELLS, make_item, make_pool, seeds

POOL = make_pool()
SEED = bytes(range(32))
FITTING = next(item for item in POOL if item.topic == "A.4.1")
NUMBERS = [10, 22, 17, 24, 30, 34, 71, 75]
ORDERS = ["2130", "0312", "0231", "3210", "0231", "1320", "01", "01"]


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
    assert [int(item.uid[2:6]) for item in draft.items] == NUMBERS
    orders = ["".join(map(str, item.option_order)) for item in draft.items]
    assert orders == ORDERS


@given(seed=seeds)
def test_both_engines_and_the_snapshot_alone_give_the_same_paper(seed: bytes) -> None:
    situation = situation_of(BLUEPRINT, POOL)
    uids = draw_uids(BLUEPRINT, situation, seed)
    assert uids == draw_uids(BLUEPRINT, situation, seed, engine_name="scipy")
    assert uids == tuple(item.uid for item in draw(BLUEPRINT, POOL, seed).items)


def test_the_next_counter_gives_another_paper_of_the_same_seed() -> None:
    first = draw(BLUEPRINT, POOL, SEED)
    again = draw(BLUEPRINT, POOL, SEED, counter=1)
    assert first.uids != again.uids
    assert draw(BLUEPRINT, POOL, SEED, counter=1) == again


def test_a_short_bank_is_refused_with_the_cell_and_the_numbers() -> None:
    """A bank one item short gives no paper at all."""
    pool = [item for item in POOL if not (item.type is ItemType.SINGLE and item.topic == "B.2")]
    with pytest.raises(BankShort) as caught:
        draw(BLUEPRINT, pool, SEED)
    assert caught.value.facts == {"rule": "cells.B.single", "needed": 1, "available": 0}
    assert caught.value.code == "bank-short"
    found = caught.value.diagnosis
    assert [each.rule for each in found.short] == ["cells.B.single"]
    assert {each.rule for each in found.relax if each.downwards} == {"cells.B.single"}


def test_a_window_nothing_reaches_is_named() -> None:
    rules = PaperRules(facility=(Decimal("0.9"), Decimal(1)))
    with pytest.raises(BankShort) as caught:
        draw(replace(BLUEPRINT, rules=rules), POOL, SEED)
    assert [each.rule for each in caught.value.diagnosis.relax] == ["paper.facility"]


def test_the_rules_on_the_whole_paper_hold() -> None:
    levels = list(Level)
    pool = [
        replace(item, level=levels[number % 3], facility=Decimal(50 + number % 40) / 100)
        for number, item in enumerate(make_pool(12))
    ]
    rules = PaperRules(
        topics={"A.4.10": Bounds(2, 3)},
        levels={"apply": Bounds(4, None)},
        facility=(Decimal("0.69"), Decimal("0.71")),
        seconds=(600, 660),
    )
    blueprint = replace(BLUEPRINT, rules=rules)
    by_uid = {item.uid: item for item in pool}
    for number in range(20):
        drawn = [by_uid[uid] for uid in draw(blueprint, pool, number.to_bytes(16)).uids]
        assert 2 <= sum(item.topic == "A.4.10" for item in drawn) <= 3
        assert sum(item.level is Level.APPLY for item in drawn) >= 4
        mean = sum((item.facility for item in drawn), Decimal(0)) / len(drawn)
        assert Decimal("0.69") <= mean <= Decimal("0.71")
        assert 600 <= sum(map(seconds_of, drawn)) <= 660


def _case(number: int, **over: Any) -> list[Item]:
    case = ItemSet(f"case-{number}", f"案例{number}")
    return [make_item(9000 + number * 10 + place, item_set=case, **over) for place in range(3)]


def test_cases_come_whole_and_count_in_their_cells() -> None:
    pool = [*POOL, *_case(1), *_case(2)]
    blueprint = replace(BLUEPRINT, rules=PaperRules(sets=(1, 1)))
    for number in range(8):
        draft = draw(blueprint, pool, number.to_bytes(16))
        names = [item.case.id if item.case else "" for item in draft.items]
        held = set(names) - {""}
        assert len(held) == 1
        first = names.index(held.pop())
        assert len(set(names[first : first + 3])) == 1
        assert len(draft.items) == 8


@pytest.mark.parametrize(
    "spoilt",
    [
        {"categories": ("deputy_head",)},
        {"topic": "F.1"},
        {"type": ItemType.MULTIPLE, "topic": "B.2", "key": frozenset({0, 1})},
    ],
)
def test_a_case_one_of_whose_items_fits_no_cell_is_not_drawn(spoilt: dict[str, Any]) -> None:
    first, second, third = _case(1)
    pool = [*POOL, first, second, replace(third, **spoilt)]
    with pytest.raises(BankShort) as caught:
        draw(replace(BLUEPRINT, rules=PaperRules(sets=(1, 1))), pool, SEED)
    assert caught.value.facts["rule"] == "paper.sets"
    assert "case-1" not in snapshot_of(BLUEPRINT, pool)


def test_a_case_goes_when_one_of_its_items_is_excluded() -> None:
    pool = [*POOL, *_case(1)]
    with pytest.raises(BankShort):
        draw(replace(BLUEPRINT, rules=PaperRules(sets=(1, 1))), pool, SEED, exclude={"T-9011"})


def test_enemies_stand_in_no_paper_together() -> None:
    pool = [make_item(number) for number in range(6)]
    pool = [replace(pool[0], enemies=frozenset({"T-0001"})), *pool[1:]]
    blueprint = Blueprint("mining", "team_leader", (Cell("A", ItemType.SINGLE, 5, Decimal(1)),))
    for number in range(30):
        assert not {"T-0000", "T-0001"} <= draw(blueprint, pool, number.to_bytes(16)).item_ids


def test_neighbours_share_no_more_than_the_ceiling() -> None:
    near = [draw(BLUEPRINT, POOL, bytes([number]) * 16).item_ids for number in range(5)]
    for number in range(20):
        drawn = draw(BLUEPRINT, POOL, number.to_bytes(16), neighbours=near, ceiling=1).item_ids
        assert all(len(drawn & each) <= 1 for each in near)


def test_used_items_are_drawn_last_and_never_beyond_their_ceiling() -> None:
    pool = [make_item(number) for number in range(10)]
    uses = {f"T-{number:04}": 1 for number in range(5)}
    cells = (Cell("A", ItemType.SINGLE, 5, Decimal(1)),)
    blueprint = Blueprint("mining", "team_leader", cells)
    fresh = {f"T-{number:04}" for number in range(5, 10)}
    assert draw(blueprint, pool, SEED, uses=uses).item_ids == fresh
    capped = replace(blueprint, rules=PaperRules(max_uses=1, exposure=Decimal(0)))
    assert draw(capped, pool, SEED, uses=uses).item_ids == fresh
    with pytest.raises(BankShort) as caught:
        draw(capped, pool, SEED, uses=uses, exclude={"T-0009"})
    assert caught.value.diagnosis.short[0].worn == 5


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
        {"topic": "A.4.2"},
        {"level": Level.APPLY},
        {"facility": Decimal("0.71")},
        {"version": 2},
        {"enemies": frozenset({"T-0007"})},
        {"item_set": ItemSet("case", "案例")},
    ],
)
def test_the_snapshot_sees_every_change(change: dict[str, Any]) -> None:
    """A version pins the words; what the draw uses stands in the snapshot itself."""
    changed = [replace(FITTING, **change) if item is FITTING else item for item in POOL]
    assert snapshot_of(BLUEPRINT, changed) != snapshot_of(BLUEPRINT, POOL)
    assert snapshot_of(BLUEPRINT, POOL, uses={FITTING.id: 1}) != snapshot_of(BLUEPRINT, POOL)


def test_the_snapshot_holds_no_words_and_no_order() -> None:
    assert snapshot_of(BLUEPRINT, reversed(POOL)) == snapshot_of(BLUEPRINT, POOL)
    same = [replace(FITTING, facility=Decimal("0.700")) if item is FITTING else item
            for item in POOL]  # fmt: skip
    assert snapshot_of(BLUEPRINT, same) == snapshot_of(BLUEPRINT, POOL)
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in snapshot_of(BLUEPRINT, POOL))


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


def test_rules_read_back_and_change_the_digest_only_where_they_bind() -> None:
    rules = PaperRules(
        topics={"A.4": Bounds(1, None)},
        levels={"know": Bounds(None, 5)},
        facility=(Decimal("0.60"), Decimal("0.8")),
        seconds=(300, 900),
        sets=(0, 1),
        max_uses=6,
        exposure=Decimal("0.5"),
    )
    ruled = replace(BLUEPRINT, rules=rules)
    assert Blueprint.from_json(ruled.to_json()).rules == rules
    assert ruled.digest() != BLUEPRINT.digest()
    assert replace(BLUEPRINT, rules=PaperRules()).to_json() == BLUEPRINT.to_json()
    assert '"rules"' not in BLUEPRINT.to_json()


@pytest.mark.parametrize(
    "fields",
    [
        {"topics": {"A": [3, 2]}},
        {"levels": {"guess": [1, 2]}},
        {"facility": ["0.8", "0.7"]},
        {"facility": ["0.8", "1.7"]},
        {"facility": "0.8"},
        {"seconds": [9, 3]},
        {"max_uses": 0},
        {"exposure": "-1"},
        {"exposure": "viel"},
        {"colour": 1},
    ],
)
def test_rules_that_cannot_be_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(BlueprintError):
        PaperRules.from_fields(fields)


def test_the_order_of_cells_changes_no_paper() -> None:
    turned = Blueprint("mining", "team_leader", tuple(reversed(CELLS)))
    assert draw(turned, POOL, SEED) == draw(BLUEPRINT, POOL, SEED)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": [["A", "essay", 1, "1"]]}'])
def test_an_unreadable_blueprint_is_refused(text: str) -> None:
    with pytest.raises(BlueprintError):
        Blueprint.from_json(text)


def test_a_pool_may_come_from_a_generator() -> None:
    assert draw(BLUEPRINT, (item for item in POOL), SEED) == draw(BLUEPRINT, POOL, SEED)
