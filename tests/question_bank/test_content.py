"""The shipped items: valid, resting on a law in force, and not to be guessed from their form."""

from __future__ import annotations

import re

import pytest

from question_bank.checks import (
    KEY_POSITION_SHARE,
    LONGEST_IS_KEY_AT_MOST,
    check_bank,
    key_positions,
    longest_is_key,
    repeated,
)
from question_bank.content import load_content
from question_bank.item import Item, ItemType, check_against_laws, validate
from question_bank.laws import load_laws

LAWS = load_laws()
ITEMS = load_content(laws=LAWS)
SINGLES = [item for item in ITEMS if item.type is ItemType.SINGLE]


def of_type(item_type: ItemType) -> list[Item]:
    return [item for item in ITEMS if item.type is item_type]


def test_there_are_enough_items_of_each_type() -> None:
    assert len(ITEMS) >= 150
    assert all(len(of_type(item_type)) >= 20 for item_type in ItemType)


def test_every_item_is_valid() -> None:
    faults = {item.id: [str(fault) for fault in validate(item)] for item in ITEMS}
    assert {name: found for name, found in faults.items() if found} == {}


def test_every_quote_stands_in_an_article_that_is_not_replaced() -> None:
    faults = {
        item.id: [str(fault) for fault in check_against_laws(item, LAWS) if fault.is_error]
        for item in ITEMS
    }
    assert {name: found for name, found in faults.items() if found} == {}


def test_the_check_of_the_whole_bank_finds_no_error() -> None:
    assert [found for found in check_bank(ITEMS, LAWS) if found.problem.is_error] == []


def test_ids_are_unique_and_no_item_stands_twice() -> None:
    assert len({item.id for item in ITEMS}) == len(ITEMS)
    assert repeated(ITEMS) == []


@pytest.mark.parametrize("letter", "ABCD")
def test_the_key_stands_at_each_place_about_as_often(letter: str) -> None:
    low, high = KEY_POSITION_SHARE
    assert low * len(SINGLES) <= key_positions(SINGLES)[letter] <= high * len(SINGLES)


def test_the_longest_option_is_seldom_the_key() -> None:
    assert sum(map(longest_is_key, SINGLES)) <= LONGEST_IS_KEY_AT_MOST * len(SINGLES)


def test_no_option_speaks_of_all_the_others() -> None:
    spoken = re.compile("以上(选项)?(都|均|皆|全)|都不?对")
    assert not [item.id for item in ITEMS for text in item.options if spoken.search(text)]


def test_an_item_id_begins_with_a_topic_above_its_own() -> None:
    for item in ITEMS:
        head = item.id.rpartition("-")[0]
        assert (item.topic + ".").startswith(head + "."), item.id
