"""The views of a paper: what a candidate reads, the key sheet, the stored text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from decimal import Decimal

import pytest
from hypothesis import given

from question_bank.assembly import draw
from question_bank.errors import PaperError
from question_bank.item import Item, ItemType
from question_bank.paper import CandidateQuestion, CandidateSection, PaperDraft, total_marks
from tests.question_bank.strategies import BLUEPRINT, make_pool, seeds

POOL = make_pool()
DRAFT = draw(BLUEPRINT, POOL, bytes(16))


@given(seed=seeds)
def test_the_candidate_view_holds_no_key_rationale_quote_or_name_of_an_item(seed: bytes) -> None:
    draft = draw(BLUEPRINT, POOL, seed)
    text = repr([asdict(section) for section in draft.candidate_view()])
    for item in POOL:
        for secret in (item.id, item.quote, item.law, item.article, *item.rationale):
            assert secret not in text
        assert item.explanation not in text
    assert "key" not in text
    assert "facility" not in text


def test_the_candidate_view_has_these_fields_and_no_others() -> None:
    assert [field.name for field in fields(CandidateQuestion)] == [
        "number", "stem", "options", "marks", "case", "figures",
    ]  # fmt: skip
    assert [field.name for field in fields(CandidateSection)] == ["item_type", "questions"]


def test_the_candidate_view_shows_every_question_once_in_order() -> None:
    sections = DRAFT.candidate_view()
    questions = [question for section in sections for question in section.questions]
    assert [section.item_type for section in sections] == list(ItemType)
    assert [question.number for question in questions] == [item.number for item in DRAFT.items]
    assert [question.options for question in questions] == [item.options for item in DRAFT.items]


def test_the_candidate_view_is_the_same_whatever_the_key_is() -> None:
    """Two banks that differ in keys alone give candidates the same paper."""
    turned = [
        make_same(item, key=frozenset({1, 3}) if item.type is ItemType.MULTIPLE else {1 - k})
        for item in POOL
        for k in [min(item.key)]
    ]
    other = draw(BLUEPRINT, turned, bytes(16))
    assert other.candidate_view() == DRAFT.candidate_view()
    assert other.key_sheet() != DRAFT.key_sheet()


def make_same(item: Item, key: Iterable[int]) -> Item:
    return replace(item, key=frozenset(key))


def test_the_key_sheet_names_letters_as_on_the_paper() -> None:
    for entry, item in zip(DRAFT.key_sheet(), DRAFT.items, strict=True):
        alphabet = "TF" if item.item_type is ItemType.TRUE_FALSE else "ABCD"
        assert {alphabet.index(letter) for letter in entry.letters} == item.key
    assert total_marks(DRAFT.key_sheet()) == DRAFT.total_marks


@given(seed=seeds)
def test_a_draft_reads_back_from_its_text(seed: bytes) -> None:
    draft = draw(BLUEPRINT, POOL, seed)
    assert PaperDraft.from_json(draft.to_json()) == draft


def test_marks_are_stored_exactly() -> None:
    stored = json.loads(DRAFT.to_json())
    assert {entry["marks"] for entry in stored["items"]} == {"0.5", "1", "2"}
    assert all(isinstance(item.marks, Decimal) for item in DRAFT.items)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("{", "", "paper-unreadable"),
        ('"number":1,', '"number":true,', "paper-unreadable"),
        ('"type":"single"', '"type":"essay"', "paper-unreadable"),
        ('"format":1', '"format":2', "paper-other-format"),
        ('"marks":"1"', '"marks":"1.0"', "paper-not-canonical"),
        ('{"bank"', '{ "bank"', "paper-not-canonical"),
        ('"key":[', '"key":7,"x":[', "paper-unreadable"),
    ],
)
def test_a_text_that_is_not_a_drafts_own_is_refused(old: str, new: str, code: str) -> None:
    with pytest.raises(PaperError) as caught:
        PaperDraft.from_json(DRAFT.to_json().replace(old, new, 1))
    assert caught.value.code == code
