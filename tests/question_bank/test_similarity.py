"""Near-duplicates are found by their words, quickly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.content import load_content
from question_bank.item import Item, ItemType
from question_bank.similarity import near_duplicates
from tests.question_bank.strategies import items, make_item

STEM = "生产经营单位应当关注从业人员的身体、心理状况和行为习惯，加强（  ）。"
OPTIONS = ("心理疏导、精神慰藉", "体能训练、技术比武", "罚款考核、末位淘汰", "家庭走访、财产登记")


def pair(**over: Any) -> list[Item]:
    one = make_item(1, stem=STEM, options=OPTIONS)
    return [one, make_item(2, **({"stem": STEM, "options": OPTIONS} | over))]


def test_blanks_brackets_and_punctuation_make_no_difference() -> None:
    other = STEM.replace("（  ）", "( )").replace("，", ",")
    assert near_duplicates(pair(stem=other)) == [("T-0001", "T-0002", Fraction(1))]


def test_the_order_of_options_and_the_naming_of_the_law_make_no_difference() -> None:
    found = near_duplicates(
        pair(stem="根据《安全生产法》的规定，" + STEM, options=tuple(reversed(OPTIONS)))
    )
    assert [share for *_, share in found] == [Fraction(1)]


def test_a_word_changed_is_near_and_another_question_is_not() -> None:
    assert near_duplicates(pair(stem=STEM.replace("关注", "留意")))
    other = {"stem": "重大危险源应当登记建档，并进行（  ）。", "options": make_item(2).options}
    assert not near_duplicates(pair(**other))


def test_true_false_items_are_compared_by_their_statement() -> None:
    one = make_item(1, ItemType.TRUE_FALSE, stem="矿井通风不良的，应当停止作业。")
    assert not near_duplicates([one, make_item(2, ItemType.TRUE_FALSE, stem="事故应当上报。")])


@given(st.lists(items(), max_size=6))
def test_shares_are_symmetric_and_fall(bank: list[Item]) -> None:
    found = near_duplicates(bank, at_least=Fraction(1, 10))
    shares = [share for *_, share in found]
    assert shares == sorted(shares, reverse=True)
    assert all(Fraction(1, 10) <= share <= 1 for share in shares)
    back = near_duplicates(bank[::-1], at_least=Fraction(1, 10))
    assert sorted(map(sorted_pair, found)) == sorted(map(sorted_pair, back))


def sorted_pair(found: tuple[str, str, Fraction]) -> tuple[str, str, Fraction]:
    return (*sorted(found[:2]), found[2])  # type: ignore[return-value]


@pytest.mark.slow
def test_two_thousand_items_are_compared() -> None:
    assert near_duplicates((load_content() * 8)[:2000])
