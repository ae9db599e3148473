"""Marking: exact points, no mark beyond the full ones, no influence of order."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.assembly import draw
from question_bank.errors import MarkingError
from question_bank.item import ItemType
from question_bank.marking import PartialCredit, score, score_paper
from tests.question_bank.strategies import BLUEPRINT, make_pool

choices = st.lists(st.integers(-1, 8), max_size=6)
keys = st.lists(st.integers(0, 7), min_size=1, max_size=6, unique=True)
marks = st.decimals("0.01", 100, places=2)
kinds = st.sampled_from(ItemType)
policies = st.sampled_from(PartialCredit)
SHEET = draw(BLUEPRINT, make_pool(), bytes(16)).key_sheet()


@given(response=choices, key=keys, kind=kinds, full=marks, partial=policies)
def test_a_mark_lies_between_nothing_and_the_full_marks(
    response: list[int], key: list[int], kind: ItemType, full: Decimal, partial: PartialCredit
) -> None:
    earned = score(response, key, item_type=kind, marks=full, partial=partial)
    assert isinstance(earned, Decimal)
    assert 0 <= earned <= full


@given(response=choices, key=keys, kind=kinds, full=marks, partial=policies, order=st.randoms())
def test_the_order_of_key_and_response_never_changes_a_mark(
    response: list[int],
    key: list[int],
    kind: ItemType,
    full: Decimal,
    partial: PartialCredit,
    order: random.Random,
) -> None:
    turned_key, turned = key.copy(), response.copy()
    order.shuffle(turned_key)
    order.shuffle(turned)
    assert score(turned, turned_key, item_type=kind, marks=full, partial=partial) == score(
        response, key, item_type=kind, marks=full, partial=partial
    )


@given(key=keys, kind=kinds, full=marks, partial=policies)
def test_the_key_itself_earns_the_full_marks_and_a_blank_nothing(
    key: list[int], kind: ItemType, full: Decimal, partial: PartialCredit
) -> None:
    assert score(key, key, item_type=kind, marks=full, partial=partial) == full
    assert score(None, key, item_type=kind, marks=full, partial=partial) == 0
    assert score([], key, item_type=kind, marks=full, partial=partial) == 0


@given(response=choices, key=keys, full=marks, partial=policies, wrong=st.integers(8, 9))
def test_a_wrong_option_costs_the_whole_mark(
    response: list[int], key: list[int], full: Decimal, partial: PartialCredit, wrong: int
) -> None:
    assert (
        score([*response, wrong], key, item_type=ItemType.MULTIPLE, marks=full, partial=partial)
        == 0
    )


@given(key=keys, full=marks, partial=policies, data=st.data())
def test_choosing_one_more_right_option_never_costs_marks(
    key: list[int], full: Decimal, partial: PartialCredit, data: st.DataObject
) -> None:
    some = data.draw(st.lists(st.sampled_from(key), unique=True))
    more = {*some, data.draw(st.sampled_from(key))}
    less, greater = (
        score(part, key, item_type=ItemType.MULTIPLE, marks=full, partial=partial)
        for part in (some, more)
    )
    assert less <= greater


@pytest.mark.parametrize(
    ("partial", "response", "earned"),
    [
        (PartialCredit.ALL_OR_NOTHING, {0, 1}, "0"),
        (PartialCredit.SUBSET_HALF, {0}, "1"),
        (PartialCredit.SUBSET_HALF, {0, 1}, "1"),
        (PartialCredit.SUBSET_HALF, {0, 3}, "0"),
        (PartialCredit.PER_OPTION, {0}, "0.66"),
        (PartialCredit.PER_OPTION, {0, 1}, "1.33"),
        (PartialCredit.PER_OPTION, {0, 1, 2}, "2"),
        (PartialCredit.PER_OPTION, {0, 1, 2, 3}, "0"),
    ],
)
def test_partial_credit_of_a_two_point_item_with_three_right_options(
    partial: PartialCredit, response: list[int], earned: str
) -> None:
    found = score(response, {0, 1, 2}, item_type=ItemType.MULTIPLE, marks=2, partial=partial)
    assert found == Decimal(earned)


def test_two_choices_where_one_is_asked_earn_nothing() -> None:
    for kind in (ItemType.SINGLE, ItemType.TRUE_FALSE):
        assert score({0, 1}, {0}, item_type=kind, marks=1) == 0


@pytest.mark.parametrize("bad", [0, -1, 0.5, True, Decimal("NaN")])
def test_marks_that_are_not_exact_and_positive_are_refused(bad: Any) -> None:
    with pytest.raises(MarkingError):
        score({0}, {0}, item_type=ItemType.SINGLE, marks=bad)


def test_an_item_without_key_is_never_marked() -> None:
    with pytest.raises(MarkingError, match="key-empty"):
        score({0}, set(), item_type=ItemType.SINGLE, marks=1)


def test_a_paper_sums_exactly() -> None:
    responses = {entry.number: entry.key for entry in SHEET}
    whole = score_paper(responses, SHEET)
    assert whole.earned == whole.full_marks == BLUEPRINT.total_marks
    first = SHEET[0].number
    assert score_paper(responses | {first: None}, SHEET).earned == whole.earned - SHEET[0].marks


def test_an_item_never_answered_is_blank_and_earns_nothing() -> None:
    empty = score_paper({}, SHEET)
    assert empty.earned == 0
    assert all(mark.is_blank for mark in empty.item_marks)
    assert [mark.number for mark in empty.item_marks] == [entry.number for entry in SHEET]


def test_a_response_to_no_item_of_the_paper_is_refused() -> None:
    with pytest.raises(MarkingError) as caught:
        score_paper({999: {0}}, SHEET)
    assert caught.value.facts == {"number": 999}
    with pytest.raises(MarkingError, match="number-twice"):
        score_paper({}, [*SHEET, SHEET[0]])
