"""Numbers of an answer stand in the quoted words, whatever way they are written."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.item import Item, ItemSet, ItemType
from question_bank.quantities import key_numbers, quantities
from tests.question_bank.strategies import make_item

DIGITS = "零一二三四五六七八九"


def in_chinese(number: int) -> str:
    """Return a number below 10,000 as laws write it."""
    words, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            words += ("零" if gap and words else "") + DIGITS[digit] + name
        gap = not digit
    return words.removeprefix("一") if words.startswith("一十") else words


def single(answer: str, quote: str, **over: Any) -> Item:
    return make_item(2, key=frozenset({0}), options=(answer, "乙", "丙", "丁"), quote=quote, **over)


def found(item: Item) -> list[str]:
    return [dict(fault.facts)["number"] for fault in key_numbers(item)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("30日", {30}),
        ("３０日", {30}),
        ("三十日", {30}),
        ("二十二条", {22}),
        ("十五万元", {150_000}),
        ("15万元", {150_000}),
        ("一千零五十", {1050}),
        ("5,000元", {5000}),
        ("二〇二一年", {2021}),
        ("1.5倍", {Fraction(3, 2)}),
        ("二亿元", {200_000_000}),
        ("50%", {Fraction(1, 2)}),
        ("百分之五十", {Fraction(1, 2)}),
        ("二分之一", {Fraction(1, 2)}),
        ("万分之五", {Fraction(1, 2000)}),
        ("三分之一至三分之二", {Fraction(1, 3), Fraction(2, 3)}),
        ("两人以上", {2}),
        ("五年以上十年以下", {5, 10}),
        ("每一个月", {1}),
        ("零分之五", set()),
    ],
)
def test_a_number_is_one_value_in_every_writing(text: str, values: set[Fraction]) -> None:
    assert set(quantities(text)) == values


@pytest.mark.parametrize(
    "text",
    [
        "一般事故", "统一领导", "第一责任人", "建设项目三同时", "一线员工", "以防万一", "唯一出口",
        "安全第一、预防为主", "三管三必须", "条件之一", "一氧化碳中毒", "十分重要", "一并处理",
        "一次性伤残补助金", "千方百计", "制止三违", "进一步", "万元",
    ],
)  # fmt: skip
def test_words_that_hold_a_numeral_say_no_number(text: str) -> None:
    assert quantities(text) == {}


@given(st.integers(1, 9999))
def test_chinese_and_arabic_numbers_are_equal(number: int) -> None:
    assert set(quantities(in_chinese(number) + "日")) == set(quantities(f"{number}日")) == {number}


def test_a_number_of_the_answer_must_be_quoted() -> None:
    assert found(single("30日内", "应当在三十日内提出")) == []
    assert found(single("30日内", "应当在六十日内提出")) == ["30"]
    assert found(single("三分之一以上", "不得少于三人")) == ["三分之一"]


def test_numbers_of_wrong_options_are_free() -> None:
    item = make_item(2, key=frozenset({0}), options=("按期", "30日", "60日", "90日"))
    assert found(item) == []


def test_the_answer_may_repeat_numbers_of_stem_and_case() -> None:
    assert (
        found(single("120人都要培训", "从业人员应当培训", stem="某厂有120人。应当（  ）。")) == []
    )
    case = ItemSet("K", "某厂有一百二十名职工。")
    assert found(single("120人都要培训", "从业人员应当培训", item_set=case)) == []


def test_a_right_statement_is_read_and_a_wrong_one_is_not() -> None:
    fields: dict[str, Any] = {"stem": "应当在5日内报告。", "quote": "应当在三日内报告"}
    right = make_item(1, ItemType.TRUE_FALSE, key=frozenset({0}), **fields)
    wrong = make_item(1, ItemType.TRUE_FALSE, key=frozenset({1}), **fields)
    assert (found(right), found(wrong)) == (["5"], [])
