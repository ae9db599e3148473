"""GIFT: the expected parse of each fixture, items in and out, and every fault with its line."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.errors import ExchangeError
from question_bank.exchange import gift
from question_bank.exchange.result import Defaults
from question_bank.item import Category, Figure, Item, ItemSet, ItemType, Level
from tests.question_bank import strategies
from tests.question_bank.strategies import make_item

FIXTURES = Path(__file__).parent / "fixtures" / "gift"
SIGNS = st.text("甲乙 ~=#{}:\\/n%[]-><&\n$TF5", min_size=1, max_size=25)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.gift")), ids=lambda path: path.stem)
def test_a_fixture_parses_as_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert gift.to_json(gift.parse(path.read_text("utf-8"))) == expected


def test_every_kind_is_told_and_what_cannot_be_held_is_listed() -> None:
    text = (
        "$CATEGORY: 总/分\n说明而已\n\n::q1::选一{=甲 ~乙}\n\n对吗{T}\n\n填{=甲 =乙}\n\n数{#3:1}"
        "\n\n数{#=1..2#好 =%50%3}\n\n配{=甲->1 =乙->2}\n\n论{}\n"
    )
    kinds = [question.kind for question in gift.parse(text)]
    assert kinds == [
        "Category", "Description", "MC", "TF", "Short", "Numerical", "Numerical", "Matching",
        "Essay",
    ]  # fmt: skip
    result = gift.read_items(text.encode())
    assert [item.type for item in result.items] == [ItemType.SINGLE, ItemType.TRUE_FALSE]
    assert result.rows == (4, 6)
    assert [(each.row, each.code, dict(each.facts)["interaction"]) for each in result.problems] == [
        (2, "interaction-not-held", "description"),
        (8, "interaction-not-held", "short"),
        (10, "interaction-not-held", "numerical"),
        (12, "interaction-not-held", "numerical"),
        (14, "interaction-not-held", "matching"),
        (16, "interaction-not-held", "essay"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("好{=甲 ~乙}\n\n::题", "gift-title-open", 3),
        ("\n问\n题{=甲\n~乙\n", "gift-answers-open", 3),
        ("问{甲 =乙}", "gift-answer-unclear", 1),
        ("问{#甲}", "gift-answer-unclear", 1),
        ("问{T#a#b#c}", "gift-answer-unclear", 1),
        ("问}题", "gift-brace-alone", 1),
        ("问{=甲 ~乙}题{T}", "gift-answers-twice", 1),
    ],
)
def test_a_bad_question_names_its_line_and_keeps_no_other_out(
    text: str, code: str, line: int
) -> None:
    with pytest.raises(ExchangeError) as caught:
        gift.parse(text)
    assert (caught.value.code, caught.value.facts) == (code, {"line": line})
    result = gift.read_items(f"{text}\n\n末{{=甲 ~乙}}".encode())
    assert [(each.row, each.code) for each in result.problems] == [(line, code)]
    assert result.items[-1].stem == "末"


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ("=甲 ~%50%乙 ~丙", "partial-credit"),
        ("~%50%甲 ~乙", "partial-credit"),
        ("=甲 =乙 ~丙", "key-ambiguous"),
        ("~甲 ~乙", "key-empty"),
        ("=甲 ~甲", "option-repeated"),
        ("=甲 ~[html]<p><img src\\='x.png'></p>", "image-missing"),
    ],
)
def test_answers_that_are_no_single_or_multiple_choice_are_refused(answers: str, code: str) -> None:
    result = gift.read_items(f"::题一::问{{{answers}}}".encode())
    assert result.items == ()
    assert [(each.code, each.item) for each in result.problems] == [(code, "题一")]


def test_weights_make_a_multiple_item() -> None:
    (item,) = gift.read_items("问{~%50%甲 ~%-50%乙 ~%50%丙}".encode()).items
    assert (item.type, item.key) == (ItemType.MULTIPLE, frozenset({0, 2}))
    result = gift.read_items("问{~%70%甲 ~乙 ~%30%丙}".encode())
    assert result.items[0].key == frozenset({0, 2})
    assert [note.code for note in result.notes] == ["scoring-simplified"]


def test_titles_feedback_marks_and_defaults() -> None:
    text = (
        "// [id:X-7] [tag:a]\n::第 一::[html]<p>问<b>题</b></p><p>二</p>"
        "{~[plain]<甲>#错在\n此 =乙#对 ####总}\n\n::A.1-9::[markdown]**问**{F#错 #对 ####总}"
    )
    result = gift.read_items(
        text.encode(), defaults=Defaults("B.2", ("mining",), (Category.TEAM_LEADER,), Level.APPLY)
    )
    first, second = result.items
    assert (first.id, first.stem, first.options) == ("X-7", "问题\n二", ("<甲>", "乙"))
    assert (first.rationale, first.explanation) == (("错在 此", "对"), "总")
    assert (first.topic, first.industries, first.level) == ("B.2", ("mining",), Level.APPLY)
    assert (second.id, second.stem, second.type) == ("A.1-9", "问", ItemType.TRUE_FALSE)
    assert (second.key, second.rationale, second.explanation) == (frozenset({1}), ("错",), "对\n总")
    assert {(note.item, note.code) for note in result.notes} >= {("A.1-9", "formatting-dropped")}


def test_a_choice_between_true_and_false_is_true_false() -> None:
    (item,) = gift.read_items("问{=错 ~对}".encode()).items
    assert (item.type, item.key) == (ItemType.TRUE_FALSE, frozenset({1}))


@given(items=st.lists(strategies.items(), unique_by=lambda item: item.id, max_size=4))
def test_written_items_read_back_the_same(items: list[Item]) -> None:
    written = gift.write_items(items)
    assert written.lost == ()
    result = gift.read_items(written.data) if items else None
    assert (result.items if result else ()) == tuple(items)
    assert result is None or result.problems == result.notes == ()


@given(stem=SIGNS, one=SIGNS, other=SIGNS, reason=SIGNS)
def test_every_sign_of_the_grammar_comes_back(stem: str, one: str, other: str, reason: str) -> None:
    item = make_item(
        1,
        stem=f"{stem.strip()}？",
        options=(f"{one}一", f"{other}二".strip()),
        rationale=(" ".join(reason.split()), ""),
        item_set=ItemSet("C-1", "材料[tag:x]\n二"),
        enemies=frozenset({"T-2", "T-3"}),
        facility=Decimal("0.625"),
        version=3,
    )
    item = replace(item, options=tuple(option.strip() for option in item.options))
    if not any(item.rationale):
        item = replace(item, rationale=())
    written = gift.write_items([item])
    back = gift.read_items(written.data)
    assert written.lost == ()
    assert back.items == (item,)


def test_figures_are_named_as_lost() -> None:
    item = make_item(1, figures=(Figure("0" * 64, "image/png"),))
    written = gift.write_items([item])
    assert [(each.row, each.field, each.code, each.item) for each in written.lost] == [
        (1, "figures", "field-not-said", "T-0001")
    ]
    assert gift.read_items(written.data).items == (replace(item, figures=()),)


def test_an_item_that_does_not_come_back_is_left_out_and_named() -> None:
    written = gift.write_items([make_item(1, options=("甲",)), make_item(2)])
    assert [(each.row, each.code, each.item) for each in written.lost] == [
        (1, "item-not-said", "T-0001")
    ]
    assert [item.id for item in gift.read_items(written.data).items] == ["T-0002"]


def test_a_damaged_comment_of_ours_is_noted_and_keeps_nothing_out() -> None:
    for comment in ("{", '{"facility": 1}', '{"facility": "x"}', "[" * 5000):
        result = gift.read_items(f"// exam-item: {comment}\n问{{=甲 ~乙}}".encode())
        assert len(result.items) == 1
        assert [note.code for note in result.notes] == ["comment-not-read"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_the_usual_encodings_and_line_ends_are_read(encoding: str) -> None:
    data = "一{=甲 ~乙}\r\n\r\n二{T}\r三".encode(encoding)
    assert [item.stem for item in gift.read_items(data).items] == ["一", "二 _____ 三"]


def test_nothing_to_read_is_an_exchange_error() -> None:
    for data, code in ((b"\n// x\n", "file-empty"), (b"\x00\xff", "not-text")):
        with pytest.raises(ExchangeError) as caught:
            gift.read_items(data)
        assert caught.value.code == code


@given(text=st.text("甲{}=~#:%\\ \n/-.>[]TF50$htmlid", max_size=120))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        gift.read_items(text.encode())
    except ExchangeError:
        return


@pytest.mark.parametrize(
    "text", ["\\" * 60_000, "[id:" * 20_000, " " * 80_000, "{" * 60_000, "::" * 50_000,
             "\\{" * 40_000 + "{=a ~b}", "%5" * 40_000, "~=" * 40_000, "// [tag:\\\\" * 8_000]
)  # fmt: skip
def test_long_runs_of_one_sign_come_to_an_end(text: str) -> None:
    """Work grows with the length, else the largest of these would not end."""
    assert gift.read_items(f"问{{=甲 ~{text}}}\n\n{text}".encode()) is not None
