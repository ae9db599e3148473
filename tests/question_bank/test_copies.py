"""Copies of a paper: orders of their own that anybody with the seed finds again."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.assembly import draw
from question_bank.copies import (
    CopyPaper,
    Place,
    Scheme,
    as_on_paper,
    copies_seed,
    form_of,
    key_of_copy,
    order_of,
    places_of,
)
from question_bank.errors import PaperError
from question_bank.item import Figure, ItemSet, ItemType
from question_bank.marking import score_paper
from question_bank.paper import PaperDraft
from tests.question_bank.strategies import BLUEPRINT, make_pool, seeds

POOL = make_pool()
DRAFT = draw(BLUEPRINT, POOL, bytes(16))
numbers = st.integers(min_value=1, max_value=9999)


def paper(seed: bytes = bytes(32), scheme: Scheme = Scheme.EACH) -> CopyPaper:
    return CopyPaper(places_of(DRAFT), seed, scheme)


@given(seed=seeds, number=numbers)
def test_a_copy_holds_every_question_and_option_once(seed: bytes, number: int) -> None:
    """Nothing is lost or doubled; sections stay in their order; positions count from 1."""
    order = order_of(paper(copies_seed(seed)), number)
    kinds = {place.number: place for place in places_of(DRAFT)}
    assert [each.position for each in order] == list(range(1, len(DRAFT.items) + 1))
    assert sorted(each.number for each in order) == sorted(kinds)
    shown = [kinds[each.number].item_type for each in order]
    assert shown == sorted(shown, key=list(ItemType).index)
    for each in order:
        assert sorted(each.options) == list(range(kinds[each.number].options))
        if kinds[each.number].item_type is ItemType.TRUE_FALSE:
            assert each.options == (0, 1)


@given(seed=seeds, number=numbers)
def test_a_copy_marked_by_its_own_key_gives_what_the_paper_gives(seed: bytes, number: int) -> None:
    """A response on a copy earns the same by the copy's key as, turned back, by the paper's."""
    order = order_of(paper(copies_seed(seed)), number)
    sheet = DRAFT.key_sheet()
    own = key_of_copy(order, sheet)
    response = {entry.number: entry.key if entry.number % 3 else frozenset({0}) for entry in own}
    on_copy = score_paper(response, own)
    on_paper = score_paper(as_on_paper(order, response), sheet)
    assert on_copy.earned == on_paper.earned
    assert {mark.uid: mark.earned for mark in on_copy.item_marks} == {
        mark.uid: mark.earned for mark in on_paper.item_marks
    }


def test_the_order_is_the_documented_one() -> None:
    """Another program with the seed, HMAC and this rule finds the same copy."""
    seed = b"s" * 32

    def rank(text: str) -> bytes:
        return hmac.new(seed, text.encode(), hashlib.sha256).digest()

    singles = [each.number for each in places_of(DRAFT) if each.item_type is ItemType.SINGLE]
    wanted = sorted(singles, key=lambda number: rank(f"copy|2017|question|{number}"))
    order = order_of(paper(seed), 2017)
    assert [each.number for each in order[: len(singles)]] == wanted
    first = order[0]
    options = sorted(
        first.options, key=lambda index: rank(f"copy|2017|option|{first.number}|{index}")
    )
    assert first.options == tuple(options)


def test_neighbours_differ_and_a_number_always_gives_the_same() -> None:
    """Eighty copies, eighty orders; each the same however often it is asked for."""
    orders = [order_of(paper(), number) for number in range(1001, 1081)]
    assert len(set(orders)) == 80
    assert orders == [order_of(paper(), number) for number in range(1001, 1081)]
    assert order_of(paper(b"t" * 32), 1001) != orders[0]


def test_the_right_letter_is_spread_evenly() -> None:
    """Over many copies the key of a single question stands at each letter about as often."""
    entry = next(each for each in DRAFT.key_sheet() if each.item_type is ItemType.SINGLE)
    letters = Counter(
        next(
            e for e in key_of_copy(order_of(paper(), n), [*DRAFT.key_sheet()]) if e.uid == entry.uid
        ).letters
        for n in range(1, 401)
    )
    assert set(letters) == set("ABCD")
    assert all(60 <= count <= 140 for count in letters.values())


def test_two_forms_and_the_paper_itself() -> None:
    """A and B in turn by the copy's number; SAME is the paper's own order."""
    two = paper(scheme=Scheme.TWO_FORMS)
    assert [form_of(n, Scheme.TWO_FORMS) for n in (1001, 1002, 1003)] == ["A", "B", "A"]
    assert order_of(two, 1001) == order_of(two, 1003) != order_of(two, 1002)
    same = order_of(paper(scheme=Scheme.SAME), 7)
    assert [each.number for each in same] == [item.number for item in DRAFT.items]
    assert key_of_copy(same, DRAFT.key_sheet()) == DRAFT.key_sheet()
    assert form_of(7, Scheme.EACH) == ""


@given(number=numbers)
def test_a_case_stays_whole(number: int) -> None:
    """The questions of a case stand side by side in every copy."""
    places = tuple(
        Place(each.number, each.item_type, each.options, 1 if 2 <= each.number <= 3 else 0)
        for each in places_of(DRAFT)
    )
    order = order_of(CopyPaper(places, bytes(32)), number)
    at = sorted(each.position for each in order if 2 <= each.number <= 3)
    assert at == [at[0], at[0] + 1]


def test_what_cannot_be_a_copy_is_refused() -> None:
    """A number below 1, and a seed that says nothing."""
    with pytest.raises(PaperError, match="copy-number"):
        order_of(paper(), 0)
    with pytest.raises(PaperError, match="copies-seed-too-short"):
        order_of(paper(b""), 1)


def test_cases_and_figures_are_kept_and_old_papers_still_read() -> None:
    """A paper without them has the text it always had; one with them reads back whole."""
    assert '"case"' not in DRAFT.to_json()
    assert '"figures"' not in DRAFT.to_json()
    items = (
        replace(DRAFT.items[0], case=ItemSet("C-1", "某矿山。"), figures=(
            Figure("ab" * 32, "image/png", "示意图"),
        )),
        *DRAFT.items[1:],
    )  # fmt: skip
    draft = replace(DRAFT, items=items)
    assert PaperDraft.from_json(draft.to_json()) == draft
    question = draft.candidate_view()[0].questions[0]
    assert question.case is not None
    assert (question.case.number, question.case.stem) == (1, "某矿山。")
    assert "C-1" not in repr(draft.candidate_view())
    assert [place.case for place in places_of(draft)][:2] == [1, 0]


def test_a_case_is_drawn_side_by_side() -> None:
    """Items of one case follow each other on the paper whatever the seed."""
    inside = [item for item in POOL if item.type is ItemType.SINGLE][:6]
    pool = [
        replace(item, item_set=ItemSet("C-1", "案例材料。")) if item in inside else item
        for item in POOL
    ]
    for seed in range(20):
        draft = draw(BLUEPRINT, pool, bytes([seed]) * 16)
        at = [item.number for item in draft.items if item.case is not None]
        assert at == list(range(at[0], at[0] + len(at))) if at else True
