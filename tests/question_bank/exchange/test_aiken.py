"""Aiken: labels and answers of all kinds, and each fault at its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.errors import ExchangeError
from question_bank.exchange import aiken
from question_bank.item import ItemType

GOOD = "题干？\nA. 甲\nB. 乙\nC. 丙\nANSWER: B\n"


@pytest.mark.parametrize("label", ["A.{}", "A) {}", "A、{}", "A．{}", "(A) {}", "Ａ．{}", "A：{}"])
@pytest.mark.parametrize("answer", ["ANSWER: B", "答案：B", "正确答案: Ｂ", "answer:b."])
def test_labels_and_answers_of_all_kinds_are_read(label: str, answer: str) -> None:
    signs = zip("ABC", "ＡＢＣ", ("甲", "乙", "丙"), strict=True)
    options = [
        label.replace("A", half).replace("Ａ", full).format(text) for half, full, text in signs
    ]
    (item,) = aiken.read_items("\n".join(["题干？", *options, answer]).encode()).items
    assert (item.stem, item.options, item.key) == ("题干？", ("甲", "乙", "丙"), frozenset({1}))
    assert item.type is ItemType.SINGLE


def test_several_letters_judgements_and_reasons() -> None:
    text = (
        GOOD + "解析：因为\n\n" + GOOD.replace("题干", "二\n行").replace("ANSWER: B",
        "ANSWER: A、C")
        + "\n三？\nA) 正确\nB) 错误\nANSWER: B\n四。\n答案：√\n五？\nA. 甲\n续\nB. 乙\nANSWER: A"
    )  # fmt: skip
    result = aiken.read_items(text.encode("gb18030"))
    assert result.problems == ()
    assert [(item.type.value, sorted(item.key)) for item in result.items] == [
        ("single", [1]), ("multiple", [0, 2]), ("true_false", [1]), ("true_false", [0]),
        ("single", [0]),
    ]  # fmt: skip
    assert result.items[0].explanation == "因为"
    assert result.items[1].stem == "二\n行？"
    assert result.items[4].options == ("甲\n续", "乙")
    assert result.rows == (1, 8, 15, 19, 21)


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("题干？\nA. 甲\nB. 乙\n", 7, "answer-line-missing"),
        ("题干？\nA. 甲\nC. 乙\nANSWER: A\n", 9, "options-out-of-order"),
        ("题干？\nA. 甲\nB. 乙\nANSWER: C\n", 10, "key-not-among-options"),
        ("题干？\nA. 甲\nB. 乙\nANSWER: 5\n", 10, "bad-key"),
        ("题干？\nA. 甲\nB. 乙\nANSWER:\n", 10, "key-empty"),
        ("题干？\nA. 甲\nANSWER: A\n", 7, "too-few-options"),
        ("题干？\nANSWER: A\n", 7, "too-few-options"),
        ("题干？\nA. 甲\nB. 甲\nANSWER: A\n", 7, "option-repeated"),
        (GOOD, 7, "stem-repeated"),
    ],
)
def test_a_fault_is_named_at_its_line(text: str, line: int, code: str) -> None:
    result = aiken.read_items(f"{GOOD}\n{text}".encode())
    assert len(result.items) == 1
    assert [(each.row, each.code) for each in result.problems] == [(line, code)]


def test_an_empty_text_is_an_exchange_error() -> None:
    with pytest.raises(ExchangeError):
        aiken.read_items(b" \n")


@given(text=st.text("AB.、)甲\n ANSWER:答案：√解析", max_size=100))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        aiken.read_items(text.encode())
    except ExchangeError:
        return
