"""What makes an item valid, in itself and against the law it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from question_bank.errors import ItemError
from question_bank.item import (
    Item,
    ItemSet,
    ItemType,
    Problem,
    check_against_laws,
    facility_of,
    is_at_or_below,
    key_from_letters,
    letters_from_key,
    suits,
    validate,
    with_law_version,
    with_named_article,
)
from question_bank.laws import Article, Laws
from tests.question_bank import strategies
from tests.question_bank.strategies import make_item

TEXT = "安全生产工作实行管行业必须管安全、\n管业务必须管安全、管生产经营必须管安全。"
VERSION = "2021-06-10 第三次修正"


def make_laws(status: str = "现行有效") -> Laws:
    return Laws([Article("安全生产法", "全名", VERSION, "第三条", 3, 0, TEXT, status)])


def codes(problems: Iterable[Problem]) -> list[str]:
    return [problem.code for problem in problems]


@given(item=strategies.items())
def test_a_generated_item_has_no_errors(item: Item) -> None:
    assert [problem for problem in validate(item) if problem.is_error] == []


@pytest.mark.parametrize("item_type", ItemType)
def test_a_plain_item_of_each_type_has_no_problem(item_type: ItemType) -> None:
    assert validate(make_item(1, item_type)) == []


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"id": "A 1"}, "bad-id"),
        ({"id": "A@1"}, "bad-id"),
        ({"version": 0}, "bad-version"),
        ({"topic": "法律"}, "bad-topic"),
        ({"facility": Decimal("1.01")}, "facility-out-of-range"),
        ({"industries": ()}, "no-industry"),
        ({"categories": ()}, "no-category"),
        ({"categories": ("boss",)}, "unknown-category"),
        ({"stem": "  "}, "stem-empty"),
        ({"stem": "题干 "}, "untrimmed"),
        ({"stem": "题\x07干"}, "control-character"),
        ({"options": ("甲",), "rationale": ()}, "too-few-options"),
        ({"options": tuple("甲乙丙丁戊己庚辛壬"), "rationale": ()}, "too-many-options"),
        ({"options": ("甲", "乙", "", "丁")}, "option-empty"),
        ({"options": ("甲", "乙", "甲 ", "丁")}, "option-repeated"),
        ({"options": ("甲", "乙", "A和B", "丁")}, "option-names-options"),
        ({"key": frozenset()}, "key-empty"),
        ({"key": frozenset({4})}, "key-not-among-options"),
        ({"key": frozenset({-1})}, "key-not-among-options"),
        ({"key": frozenset({0, 1})}, "needs-one-key"),
        ({"law": ""}, "law-missing"),
        ({"article": ""}, "article-missing"),
        ({"quote": ""}, "quote-missing"),
        ({"rationale": ("理由",)}, "rationale-count"),
        ({"rationale": ("一\n二", "", "", "")}, "rationale-line-break"),
    ],
)
def test_a_fault_is_named(over: dict[str, Any], code: str) -> None:
    problems = validate(make_item(2, **over))
    assert code in codes(problem for problem in problems if problem.is_error)


@pytest.mark.parametrize(
    "text",
    [
        "以上都对",
        "以上都不对",
        "以上均正确。",
        "以上选项都是",
        "都对",
        "上述说法均不正确",
        "全部正确",
    ],
)
def test_an_option_about_all_the_others_is_refused(text: str) -> None:
    """Shuffled options make such an option wrong, and it gives guessers a hold."""
    item = make_item(2, options=("甲", "乙", "丙", text))
    assert codes(validate(item)) == ["all-of-the-above"]


@pytest.mark.parametrize(
    "text", ["三人以上", "县级以上人民政府", "二万元以上十万元以下的罚款", "一次死亡三人以上的事故"]
)
def test_the_words_of_a_statute_are_no_option_about_others(text: str) -> None:
    assert validate(make_item(2, options=("甲", "乙", "丙", text))) == []


def test_multiple_needs_two_keys() -> None:
    item = make_item(1, ItemType.MULTIPLE, key=frozenset({1}))
    assert codes(validate(item)) == ["multiple-needs-two-keys"]


def test_true_false_keeps_its_two_options_and_one_rationale() -> None:
    item = make_item(1, ItemType.TRUE_FALSE, options=("对", "错"), rationale=("一", "二"))
    assert codes(validate(item)) == ["true-false-options", "rationale-count"]


def test_a_missing_rationale_is_a_warning() -> None:
    problems = validate(make_item(1, rationale=()))
    assert codes(problems) == ["rationale-missing"]
    assert not problems[0].is_error


def test_options_carry_letter_key_and_rationale() -> None:
    item = make_item(1)
    assert [option.letter for option in item.lettered()] == list("ABCD")
    assert [option.is_key for option in item.lettered()] == [False, True, False, False]
    wrong = make_item(1, ItemType.TRUE_FALSE).lettered()
    assert [option.rationale for option in wrong] == ["理由1", ""]


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("B", ItemType.SINGLE, {1}),
        ("ｂ", ItemType.SINGLE, {1}),
        (" C A ", ItemType.MULTIPLE, {0, 2}),
        ("Ａ、Ｃ，Ｄ", ItemType.MULTIPLE, {0, 2, 3}),
        ("T", ItemType.TRUE_FALSE, {0}),
        ("Ｆ", ItemType.TRUE_FALSE, {1}),
        ("正确", ItemType.TRUE_FALSE, {0}),
        ("×", ItemType.TRUE_FALSE, {1}),
        ("FALSE", ItemType.TRUE_FALSE, {1}),
    ],
)
def test_answers_are_read_as_people_write_them(text: str, kind: ItemType, key: set[int]) -> None:
    assert key_from_letters(text, kind) == key


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", ItemType.SINGLE),
        ("I", ItemType.SINGLE),
        ("AA", ItemType.MULTIPLE),
        ("1", ItemType.SINGLE),
        ("A", ItemType.TRUE_FALSE),
        ("TF", ItemType.TRUE_FALSE),
    ],
)
def test_an_answer_that_names_no_option_is_refused(text: str, kind: ItemType) -> None:
    with pytest.raises(ItemError, match="bad-key"):
        key_from_letters(text, kind)


@given(item=strategies.items())
def test_letters_name_the_key_again(item: Item) -> None:
    assert key_from_letters(letters_from_key(item.key, item.type), item.type) == item.key


def test_a_topic_covers_all_below_it_and_no_neighbour() -> None:
    assert is_at_or_below("A.4", "A.4")
    assert is_at_or_below("A.4.1.6", "A.4")
    assert not is_at_or_below("A.40", "A.4")
    assert not is_at_or_below("A", "A.4")


def test_an_item_suits_its_industries_and_categories() -> None:
    item = make_item(1, industries=("mining",), categories=("team_leader",))
    assert suits(item, industry="mining", category="team_leader")
    assert not suits(item, industry="machinery", category="team_leader")
    assert not suits(item, industry="mining", category="deputy_head")
    assert suits(make_item(1), industry="machinery", category="deputy_head")


def test_a_quote_may_differ_in_blanks_and_line_breaks_alone() -> None:
    item = make_item(1, quote="管行业必须管安全、管业务必须 管安全")
    assert check_against_laws(item, make_laws()) == []


def test_one_other_character_in_a_quote_is_found() -> None:
    item = make_item(1, quote="管行业必须管安全，管业务必须管安全")
    assert codes(check_against_laws(item, make_laws())) == ["quote-not-in-article"]


def test_an_article_that_is_not_held_is_found() -> None:
    item = make_item(1, article="第三百条")
    assert codes(check_against_laws(item, make_laws())) == ["article-unknown"]


def test_a_replaced_law_is_an_error_and_an_unchecked_text_a_warning() -> None:
    item = make_item(1, quote="管行业必须管安全")
    (old,) = check_against_laws(item, make_laws("旧/过渡版本，谨慎使用："))
    (unchecked,) = check_against_laws(item, make_laws("库存快照"))
    assert (old.code, old.is_error) == ("law-old", True)
    assert (unchecked.code, unchecked.is_error) == ("law-unverified", False)


def test_an_item_takes_the_version_of_its_law_and_keeps_to_it() -> None:
    item = with_law_version(make_item(1, quote="管行业必须管安全"), make_laws())
    assert item.law_version == VERSION
    assert check_against_laws(item, make_laws()) == []
    other = make_item(1, quote="管行业必须管安全", law_version="2014")
    assert with_law_version(other, make_laws()) == other
    assert codes(check_against_laws(other, make_laws())) == ["law-version-differs"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.7", "0.7"),
        (" 1 ", "1"),
        ("-0", "0"),
        ("0.70000000", "0.7"),
        ("1E0", "1"),
        ("0.1234", "0.1234"),
    ],
)
def test_a_facility_is_read(text: str, value: str) -> None:
    assert str(facility_of(text)) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(
            (text, "not-a-number")
            for text in ("", "易", "NaN", "sNaN", "-Infinity", "1e" + "9" * 30)
        ),
        *((text, "bad-facility") for text in ("7", "-0.1", "0.12345", "1e-50000000", "1e50000000")),
        ("0.99999999999999999999999999999999", "bad-facility"),
        ("0." + "0" * 100_000, "not-a-number"),
    ],
)
def test_what_is_no_facility_is_refused(text: str, code: str) -> None:
    with pytest.raises(ItemError) as refused:
        facility_of(text)
    assert refused.value.code == code
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    "text", ["NaN", "sNaN", "Infinity", "1e-50000000", "0e-50000000", "0.12345"]
)
def test_an_item_of_a_strange_facility_is_wrong(text: str) -> None:
    assert "facility-out-of-range" in codes(validate(make_item(1, facility=Decimal(text))))


@pytest.mark.parametrize(
    ("over", "field", "limit"),
    [
        ({"id": "Q" * 41}, "id", 40),
        ({"topic": "A" + ".1" * 10}, "topic", 20),
        ({"law": "法" * 81}, "law", 80),
        ({"article": "条" * 41}, "article", 40),
        ({"law_version": "版" * 121}, "law_version", 120),
        ({"stem": "问" * 2_001}, "stem", 2_000),
        ({"quote": "文" * 2_001}, "quote", 2_000),
        ({"explanation": "说" * 2_001}, "explanation", 2_000),
        ({"options": ("甲" * 401, "乙", "丙", "丁")}, "option A", 400),
        ({"rationale": ("", "由" * 401, "由", "由")}, "rationale", 400),
        ({"item_set": ItemSet("S" * 41, "材料")}, "set", 40),
        ({"item_set": ItemSet("S", "料" * 4_001)}, "case", 4_000),
        ({"industries": ("m" * 41,)}, "industries", 40),
        ({"enemies": frozenset({"E" * 41})}, "enemies", 40),
    ],
)
def test_a_part_that_is_too_long_is_named(over: dict[str, Any], field: str, limit: int) -> None:
    found = [each for each in validate(make_item(1, **over)) if each.code == "too-long"]
    facts = (("field", field), ("limit", str(limit)), ("found", str(limit + 1)))
    assert [(each.facts, each.is_error) for each in found] == [(facts, True)]


@pytest.mark.parametrize(
    "law", ["安全生产法", "《安全生产法》", "中华人民共和国安全生产法", "全名"]
)
@pytest.mark.parametrize(
    "article", ["第三条", "第3条", "第三条第二款", "第三条第（二）项", "第三条第一款第三项"]
)
def test_an_item_names_its_article_as_it_is_held(law: str, article: str) -> None:
    item = with_named_article(make_item(1, law=law, article=article), make_laws())
    assert (item.law, item.article) == ("安全生产法", "第三条")
    item = with_law_version(make_item(1, law=law, article=article), make_laws())
    assert (item.law, item.article, item.law_version) == ("安全生产法", "第三条", VERSION)


def test_an_article_not_held_keeps_its_name() -> None:
    item = make_item(1, law="《安全生产法》", article="第三百条第二款")
    assert with_named_article(item, make_laws()) is item
