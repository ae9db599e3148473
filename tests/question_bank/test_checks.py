"""Checks of a bank as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from question_bank.checks import balance, longest_is_key, repeated
from question_bank.item import Item, ItemType, Problem
from tests.question_bank.strategies import make_item

LONG_FIRST = ("甲甲甲甲甲甲", "乙", "丙", "丁")


def codes(problems: Iterable[Problem]) -> set[str]:
    return {problem.code for problem in problems}


def singles(positions: str, **over: Any) -> list[Item]:
    return [
        make_item(number, key=frozenset({"ABCD".index(letter)}), **over)
        for number, letter in enumerate(positions)
    ]


def test_even_key_positions_pass_and_a_favourite_is_named() -> None:
    assert balance(singles("ABCD" * 10)) == []
    found = balance(singles("A" * 13 + "BCD" * 9))
    assert [dict(problem.facts)["letter"] for problem in found] == ["A"]


def test_few_items_are_not_judged() -> None:
    assert balance(singles("A" * 39)) == []


def test_a_key_that_is_often_the_longest_option_is_found() -> None:
    assert longest_is_key(make_item(0, options=LONG_FIRST))
    assert not longest_is_key(make_item(1, options=LONG_FIRST))
    assert not longest_is_key(make_item(0, options=("甲甲", "乙乙", "丙", "丁")))
    items = singles("A" * 12 + "B" * 10 + "C" * 9 + "D" * 9, options=LONG_FIRST)
    assert balance(items) == []
    more = [*items, *singles("A" * 4, options=LONG_FIRST)]
    assert codes(balance(more)) == {"key-often-longest", "key-position-unbalanced"}


def test_places_are_judged_of_singles_with_four_options_alone() -> None:
    three = singles("A" * 60, options=("甲", "乙", "丙"))
    assert balance([*singles("ABCD" * 10), *three]) == []


@pytest.mark.parametrize(
    ("true", "found"), [(20, set()), (18, set()), (17, {"true-false-unbalanced"})]
)
def test_true_and_false_keep_a_balance(true: int, found: set[str]) -> None:
    items = [
        make_item(number, ItemType.TRUE_FALSE, key=frozenset({int(number >= true)}))
        for number in range(40)
    ]
    assert codes(balance(items)) == found


def test_multiple_items_with_all_options_right_stay_few() -> None:
    items = [
        make_item(number, ItemType.MULTIPLE, key=frozenset(range(4 if number < 9 else 3)))
        for number in range(40)
    ]
    assert codes(balance(items)) == {"all-options-often-key"}
    assert balance(items[1:] + [make_item(99, ItemType.MULTIPLE)]) == []


def test_an_item_twice_under_one_or_two_ids_is_found() -> None:
    same = make_item(1, id="T-9", options=tuple(reversed(make_item(1).options)))
    assert [entry.problem.code for entry in repeated([make_item(1), make_item(1)])] == [
        "id-twice",
        "item-repeated",
    ]
    assert [(entry.item, str(entry.problem)) for entry in repeated([make_item(1), same])] == [
        ("T-9", "item-repeated same_as=T-0001")
    ]
