"""Moodle XML: choice and true/false questions come in, items go out and come back the same."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.errors import ExchangeError
from question_bank.exchange import Defaults, ReadResult, moodle_xml
from question_bank.item import Figure, Item, ItemType
from tests.question_bank.exchange.rich_items import PICTURES, picture, rich_items
from tests.question_bank.strategies import make_item


def read(*questions: str, defaults: Defaults = Defaults()) -> ReadResult:  # noqa: B008
    return moodle_xml.read_items(f"<quiz>{''.join(questions)}</quiz>".encode(), defaults=defaults)


def choice(
    *shares: str,
    single: str = "true",
    stem: str = "题干",
    more: str = "",
    options: str = "甲乙丙丁",
) -> str:
    answers = "".join(
        f'<answer fraction="{share}" format="html"><text>{text}</text></answer>'
        for share, text in zip(shares, options, strict=False)
    )
    return (
        '<question type="multichoice"><name><text>名</text></name><questiontext format="html">'
        f"<text><![CDATA[<p>{stem}</p>]]></text></questiontext><single>{single}</single>"
        f"{more}{answers}</question>"
    )


def judgement(true: str, false: str, more: str = "") -> str:
    return (
        '<question type="truefalse"><questiontext><text>题干</text></questiontext>'
        f'<answer fraction="{true}"><text>true</text></answer>'
        f'<answer fraction="{false}"><text>false</text></answer>{more}</question>'
    )


def codes(result: ReadResult) -> list[str]:
    return [found.code for found in result.problems]


def notes(result: ReadResult) -> list[str]:
    return [found.code for found in result.notes]


@settings(max_examples=60)
@given(items=st.lists(rich_items(), unique_by=lambda item: item.id, max_size=3))
def test_written_items_read_back_the_same(items: list[Item]) -> None:
    written = moodle_xml.write_items(items, PICTURES)
    back = moodle_xml.read_items(written.data)
    assert back.problems == back.notes == written.lost == ()
    assert back.items == tuple(items)
    assert set(back.pictures) == {figure.digest for item in items for figure in item.figures}


def test_a_single_choice_keeps_the_full_answer_as_key() -> None:
    (item,) = read(choice("0", "100", "0")).items
    assert (item.type, item.options, item.key) == (
        ItemType.SINGLE,
        ("甲", "乙", "丙"),
        frozenset({1}),
    )


def test_a_multiple_choice_keeps_positive_shares_as_key() -> None:
    result = read(choice("50", "-50", "50", single="false"))
    assert result.items[0].type is ItemType.MULTIPLE
    assert result.items[0].key == {0, 2}
    assert not result.problems


def test_unequal_shares_are_noted() -> None:
    assert notes(read(choice("60", "0", "40", single="false"))) == ["scoring-simplified"]


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (choice("50", "100", "0"), "partial-credit"),
        (choice("0", "0"), "key-missing"),
        (choice("100", "100"), "needs-one-key"),
        (choice("viel", "100"), "not-a-number"),
        (choice("NaN", "100"), "not-a-number"),
        (choice("100"), "too-few-options"),
        (choice("100", "0", options="甲甲"), "option-repeated"),
        (choice("100", "0", stem=""), "stem-empty"),
        (judgement("0", "0"), "key-missing"),
        ('<question type="matching"/>', "interaction-not-held"),
        ('<question type="cloze"/>', "interaction-not-held"),
        ("<question/>", "interaction-not-held"),
        (choice("100", "0", stem='<img src="http://x.invalid/a.png">'), "image-remote"),
        (choice("100", "0", stem='<img src="//x.invalid/a.png">'), "image-remote"),
        (choice("100", "0", stem='<img src="@@PLUGINFILE@@/a.png">'), "image-missing"),
        (choice("100", "0", stem='<img src="../../etc/passwd">'), "image-missing"),
        (choice("100", "0", stem='<img src="data:image/png;base64,AAAA">'), "image-kind"),
        (choice("100", "0", stem="<math><mi>x</mi></math>"), "media-not-held"),
    ],
)
def test_what_cannot_be_held_is_named_and_not_taken(question: str, code: str) -> None:
    result = read(question, choice("0", "100"))
    assert codes(result) == [code]
    assert result.problems[0].row == 1
    assert result.rows == (2,)


def test_pictures_in_options_are_not_held() -> None:
    image = "&lt;img src='@@PLUGINFILE@@/a.png'&gt;"
    question = choice("100", "0").replace("<text>甲", f"<text>{image}甲")
    assert codes(read(question)) == ["image-in-option"]


def test_true_false_comes_in_any_order() -> None:
    (item,) = read(judgement("0", "100")).items
    assert (item.type, item.options, item.key) == (
        ItemType.TRUE_FALSE,
        ("正确", "错误"),
        frozenset({1}),
    )


@pytest.mark.parametrize("options", [("对", "错"), ("False", "True"), ("×", "√"), ("错误", "正确")])
def test_two_options_of_judgement_become_true_false(options: tuple[str, str]) -> None:
    question = choice("100", "0", options=options)  # type: ignore[arg-type]
    (item,) = read(question).items
    assert item.type is ItemType.TRUE_FALSE
    assert item.key == ({0} if options[0] in {"对"} else {1})


def test_a_single_choice_of_right_and_wrong_stays_single_when_we_wrote_it() -> None:
    item = make_item(options=("正确", "错误"), key=frozenset({0}), rationale=())
    written = moodle_xml.write_items([item])
    assert moodle_xml.read_items(written.data).items == (item,)


def test_an_embedded_picture_is_kept_under_its_digest() -> None:
    one = picture(9)
    file = f'<file name="图 1.png" encoding="base64">{base64.b64encode(one.data).decode()}</file>'
    question = choice(
        "100", "0", stem='看图<img src="@@PLUGINFILE@@/%E5%9B%BE%201.png" alt="安全帽">'
    )
    result = read(question.replace("</questiontext>", f"{file}</questiontext>"))
    assert result.items[0].stem == "看图[图1]"
    assert result.items[0].figures == (Figure(one.digest, "image/png", "安全帽"),)
    assert result.pictures == {one.digest: one}


def test_feedback_becomes_reason_and_explanation() -> None:
    feedback = "<feedback format='html'><text>{}</text></feedback></answer>"
    question = choice("100", "0", more="<generalfeedback><text>说明</text></generalfeedback>")
    first, _, rest = question.partition("</answer>")
    question = first + feedback.format("好") + rest.replace("</answer>", feedback.format("错在此"))
    result = read(question)
    assert result.items[0].rationale == ("", "错在此")
    assert result.items[0].explanation == "说明"
    assert notes(result) == ["feedback-dropped"]


def test_an_id_that_does_not_fit_or_stands_twice_is_made_anew() -> None:
    ids = "<idnumber>{}</idnumber>"
    result = read(
        choice("100", "0", stem="一", more=ids.format("A-1")),
        choice("100", "0", stem="二", more=ids.format("A-1")),
        choice("100", "0", stem="三", more=ids.format("T &amp; F")),
        choice("100", "0", stem="三"),
    )
    assert [item.id for item in result.items][0] == "A-1"
    assert len({item.id for item in result.items}) == 3
    assert notes(result) == ["id-replaced", "id-replaced"]
    assert codes(result) == ["id-twice"]


def test_defaults_stand_where_the_file_says_nothing_and_tags_go_first() -> None:
    tags = "<tags><tag><text>level:apply</text></tag><tag><text>期末</text></tag></tags>"
    result = read(choice("100", "0", more=tags), defaults=Defaults(topic="B.1"))
    assert (result.items[0].topic, result.items[0].level) == ("B.1", "apply")
    assert notes(result) == ["tag-dropped"]


def test_what_moodle_cannot_say_is_listed() -> None:
    item = make_item(stem="零\u200b宽", figures=(Figure("0" * 64, "image/png"),))
    lost = moodle_xml.write_items([item]).lost
    assert [(found.code, found.field) for found in lost] == [
        ("field-not-said", "stem"),
        ("field-not-said", "figures"),
    ]
    broken = replace(make_item(2), options=("一",), rationale=())
    assert [found.code for found in moodle_xml.write_items([broken]).lost] == ["item-not-said"]


def test_another_root_is_refused() -> None:
    with pytest.raises(ExchangeError, match="xml-root-unknown"):
        moodle_xml.read_items(b"<html/>")


@pytest.mark.parametrize("fraction", ["1e999999999", "-1e999999999", "NaN", "1000"])
def test_a_fraction_that_is_no_share_is_named(fraction: str) -> None:
    """A number no arithmetic can hold is a problem of the item, not of the reader."""
    text = (
        '<quiz><question type="multichoice"><name><text>q</text></name>'
        "<questiontext><text>问？</text></questiontext><single>true</single>"
        f'<answer fraction="{fraction}"><text>甲</text></answer>'
        '<answer fraction="0"><text>乙</text></answer></question></quiz>'
    )
    result = moodle_xml.read_items(text.encode())
    assert [each.code for each in result.problems] == ["not-a-number"]
