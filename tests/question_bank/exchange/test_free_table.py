"""Tables as other people keep them: each peculiarity as a small table of its own."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.drawing.image import Image as SheetImage
from PIL import Image

from question_bank.errors import ExchangeError
from question_bank.exchange import Defaults, ReadResult, free_table
from question_bank.exchange.free_table import Field, Mapping
from question_bank.item import Category, Item, ItemType, Level
from tests.question_bank.exchange.tables import book, table

HEAD = ("题型", "题目", "选项", "答案")
WIDE = ("题型", "题目", "选项A", "选项B", "选项C", "答案")
STEM = "安全生产的方针是（ ）。"
FIELDS = {"题型": Field.TYPE, "题目": Field.STEM, "答案": Field.KEY}


def read(*rows: Any, sheet: str = "题库", **over: Any) -> ReadResult:
    return free_table.read_items(table(*rows, sheet=sheet), "库.xlsx", **over)


def one(*rows: Any, **over: Any) -> Item:
    result = read(*rows, **over)
    assert result.problems == ()
    (item,) = result.items
    return item


def codes(result: ReadResult) -> list[tuple[int, str, str]]:
    return [(each.row, each.field, each.code) for each in result.problems]


@pytest.mark.parametrize(
    "packed",
    [
        "甲**乙**丙", "**甲**乙**丙", "**A.甲**B.乙**C.丙", "##A、甲##B、乙##C、丙",
        "A．甲##B．乙##C．丙",
        "甲|乙|丙", "|甲|乙|丙|", "甲;乙;丙", "甲；乙；丙；", "$甲$乙$丙", "$$甲$$乙$$丙",
        "甲\n乙\n丙",
        "A.甲\nB.乙\nC.丙", "A.甲\r\nB.乙\r\nC.丙", "A.甲_x000D_\nB.乙_x000D_\nC.丙",
        "A.甲 B.乙 C.丙",
        "A.甲B.乙C.丙", "A:甲 B:乙 C:丙", "(A)甲(B)乙(C)丙", "（A）甲 （B）乙 （C）丙",
        "A甲 B乙 C丙",
        "A甲|B乙|C丙", "Ａ．甲；Ｂ．乙；Ｃ．丙", "a.甲 b.乙 c.丙", "①甲②乙③丙",
        "1、甲\n2、乙\n3、丙",
        "A、甲;B、乙;C、丙;", "【A】甲【B】乙【C】丙", "甲  乙  丙",
        "<p>A.甲</p><p>B.乙</p><p>C.丙</p>",
        " A.  甲 \n\n B.  乙 \n C. 丙 ",
    ],
)  # fmt: skip
def test_options_in_one_cell_are_taken_apart(packed: str) -> None:
    item = one(HEAD, ("单选题", STEM, packed, "B"))
    assert (item.options, item.key) == (("甲", "乙", "丙"), frozenset({1}))


@pytest.mark.parametrize(
    ("packed", "options"),
    [
        ("A类火灾|B类火灾|C类火灾", ("A类火灾", "B类火灾", "C类火灾")),
        ("1#变压器\n2#变压器\n3#变压器", ("1#变压器", "2#变压器", "3#变压器")),
        ("A.先报告；后撤离 B.撤离 C.等", ("先报告；后撤离", "撤离", "等")),
        ("1.5m|2.5m|3.5m", ("1.5m", "2.5m", "3.5m")),
        ("10|20|30", ("10", "20", "30")),
        ("CO|CO2|SO2", ("CO", "CO2", "SO2")),
    ],
)
def test_what_looks_like_a_label_or_separator_and_is_none_stays(
    packed: str, options: tuple[str, ...]
) -> None:
    assert one(HEAD, ("单选题", STEM, packed, "B")).options == options


@pytest.mark.parametrize("label", ["{}.", "{}、", "{}．", "{}:", "({})", "{} ", "{}", ""])
def test_options_in_columns_lose_their_labels(label: str) -> None:
    texts = [label.format(letter) + text for letter, text in zip("ABC", "甲乙丙", strict=True)]
    assert one(WIDE, ("单选", STEM, *texts, "C")).options == ("甲", "乙", "丙")


@pytest.mark.parametrize(
    "heads",
    [
        ("A", "B", "C"), ("选项1", "选项2", "选项3"), ("选项一", "选项二", "选项三"),
        ("A选项", "B选项", "C选项"), ("备选答案A", "备选答案B", "备选答案C"), ("答案A",
        "答案B", "答案C"),
        ("选项Ａ", "选项Ｂ", "选项Ｃ"), ("选项", None, None), ("选项", "选项", "选项"),
        ("选项 A", "选项 B", "选项 C"), ("A项", "B项", "C项"),
    ],
)  # fmt: skip
def test_option_columns_are_known_by_their_heads(heads: tuple[str | None, ...]) -> None:
    item = one(("题型", "题干", *heads, "正确答案"), ("单选", STEM, "甲", "乙", "丙", "C"))
    assert (item.options, item.key) == (("甲", "乙", "丙"), frozenset({2}))


@pytest.mark.parametrize(
    "head",
    [
        ("题型", "题目", "备选项", "答案"),
        ("试题类型", "试题内容", "备选项", "正确答案"),
        ("题型（单选题/多选题/判断题）", "题干（必填）", "选项（用##隔开）", "标准答案*"),
        ("题 型", "题 目", "选 项", "参考答案："),
        ("题目类型", "试题题干【必填】", "备选答案", "试题答案"),
    ],
)
def test_heads_are_known_with_hints_and_blanks(head: tuple[str, ...]) -> None:
    survey = free_table.survey(table(head, ("单选", STEM, "甲|乙", "A")), "a.xlsx")
    assert dict(survey.mapping.columns) == {
        Field.TYPE: 1, Field.STEM: 2, Field.OPTIONS: 3, Field.KEY: 4,
    }  # fmt: skip
    assert survey.mapping.guessed == frozenset()
    assert survey.is_sure


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("单项选择题", ItemType.SINGLE), ("单选", ItemType.SINGLE), ("一、单选题", ItemType.SINGLE),
        ("单选题（每题1分）", ItemType.SINGLE), ("多选", ItemType.MULTIPLE), ("选择题",
        ItemType.MULTIPLE),
        ("多项选择题", ItemType.MULTIPLE), ("复选题", ItemType.MULTIPLE),
    ],
)  # fmt: skip
def test_names_of_types_are_understood(word: str, kind: ItemType) -> None:
    key = "AB" if kind is ItemType.MULTIPLE else "A"
    assert one(HEAD, (word, STEM, "甲|乙|丙", key)).type is kind


@pytest.mark.parametrize("word", ["判断题", "是非题", "判断", "对错题", "判断正误题", "是非"])
@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("对", 0), ("错", 1), ("√", 0), ("×", 1), ("正确", 0), ("错误", 1), ("A", 0), ("B", 1),
        ("T", 0), ("F", 1), ("1", 0), ("0", 1), ("是", 0), ("否", 1), ("Y", 0), ("N", 1),
        ("Ｔ", 0), ("true", 0), (1, 0), (0, 1), (True, 0), (False, 1), ("X", 1), ("正确。", 0),
        ("✓", 0), ("✗", 1), ("不正确", 1),
    ],
)  # fmt: skip
def test_judgements_are_understood(word: str, key: object, place: int) -> None:
    item = one(HEAD, (word, STEM, None, key))
    assert (item.type, item.options, item.key) == (
        ItemType.TRUE_FALSE, ("正确", "错误"), frozenset({place}),
    )  # fmt: skip


def test_a_letter_names_the_option_it_stands_for() -> None:
    item = one(WIDE, ("判断题", STEM, "错误", "正确", None, "A"))
    assert (item.options, item.key) == (("正确", "错误"), frozenset({1}))


@pytest.mark.parametrize(
    ("key", "places"),
    [
        ("ABC", {0, 1, 2}), ("A,B", {0, 1}), ("A、C", {0, 2}), ("a b", {0, 1}), ("ＡＢ", {0, 1}),
        ("甲方;丙方", {0, 2}), ("甲方、乙方", {0, 1}), ("①③", {0, 2}), ("13", {0, 2}), (13, {0, 2}),
        ("1,3", {0, 2}), ("答案：AB", {0, 1}), ("A|B", {0, 1}), ("A和B", {0, 1}), ("【AB】",
        {0, 1}),
    ],
)  # fmt: skip
def test_keys_of_multiple_items_are_understood(key: object, places: set[int]) -> None:
    assert one(HEAD, ("多选题", STEM, "甲方|乙方|丙方", key)).key == places


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("B", 1),
        ("ｂ", 1),
        ("乙方", 1),
        ("B.乙方", 1),
        ("B、", 1),
        ("2", 1),
        (2, 1),
        ("②", 1),
        ("(B)", 1),
    ],
)
def test_keys_of_single_items_are_understood(key: object, place: int) -> None:
    assert one(HEAD, ("单选题", STEM, "甲方|乙方|丙方", key)).key == {place}


def test_a_key_that_is_the_number_of_one_option_and_the_text_of_another_is_refused() -> None:
    result = read(HEAD, ("单选题", STEM, "2|1|3", "1"), ("单选题", f"{STEM}二", "10|20|30", "20"))
    assert codes(result) == [(2, "答案", "key-ambiguous")]
    assert result.items[0].key == {1}


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (("单选题", STEM, "甲|乙", "C"), "答案", "key-not-among-options"),
        (("单选题", STEM, "甲|乙", "丙"), "答案", "bad-key"),
        (("单选题", STEM, "甲|乙", None), "答案", "key-empty"),
        (("单选题", STEM, "甲|乙", "AB"), "答案", "needs-one-key"),
        (("多选题", STEM, "甲|乙", "A"), "答案", "multiple-needs-two-keys"),
        (("单选题", STEM, "甲", "A"), "选项", "too-few-options"),
        (("单选题", STEM, None, "A"), "选项", "too-few-options"),
        (("单选题", STEM, "甲|乙|甲", "A"), "选项", "option-repeated"),
        (("单选题", STEM, "甲||乙", "A"), "", ""),
        (("单选题", STEM, "甲|乙|以上都对", "A"), "选项", "all-of-the-above"),
        (("单选题", None, "甲|乙", "A"), "题目", "stem-empty"),
        (("判断题", STEM, None, "也许"), "答案", "bad-key"),
        (("判断题", STEM, "甲|乙", "A"), "选项", "true-false-options"),
        (("不定项选择题", STEM, "甲|乙", "A"), "题型", "interaction-not-held"),
        (("填空题", STEM, None, "甲"), "题型", "interaction-not-held"),
        (("简答题", STEM, None, "甲"), "题型", "interaction-not-held"),
        (("问答", STEM, None, "甲"), "题型", "interaction-not-held"),
        (("怪题", STEM, "甲|乙", "A"), "题型", "unknown-word"),
        (("单选题", STEM, "=1+1", "A"), "选项", "cell-is-formula"),
        (("单选题", STEM, dt.date(2026, 1, 31), "A"), "选项", "cell-is-date"),
        (("单选题", "看<img src='a.png'>图", "甲|乙", "A"), "题目", "image-in-table"),
        (("单选题", STEM, '=DISPIMG("ID_1",1)', "A"), "选项", "image-in-table"),
    ],
)
def test_a_bad_row_is_named_by_its_own_number(
    row: tuple[object, ...], field: str, code: str
) -> None:
    good = ("单选题", "另一题是（ ）。", "甲|乙", "A")
    result = read(HEAD, good, (), row, ("单选题", "第三题是（ ）。", "甲|乙", "A"))
    if code:
        assert codes(result) == [(4, field, code)]
        assert result.rows == (2, 5)
    else:
        assert result.rows == (2, 4, 5)


def test_a_repeated_stem_names_the_first_row() -> None:
    result = read(HEAD, ("单选", STEM, "甲|乙", "A"), ("单选", STEM.replace(" ", ""), "甲|丙", "A"))
    assert codes(result) == [(3, "题目", "stem-repeated")]
    assert dict(result.problems[0].facts) == {"first_row": "2"}


def test_a_common_stem_may_ask_many_things() -> None:
    result = read(HEAD, ("单选", STEM, "甲|乙", "A"), ("单选", STEM, "丙|丁", "A"))
    assert codes(result) == []
    assert len(result.items) == 2


def test_a_row_that_did_not_come_in_keeps_no_other_out() -> None:
    result = read(HEAD, ("单选", STEM, "甲|乙", "C"), ("单选", STEM, "甲|乙", "A"))
    assert result.rows == (3,)


@pytest.mark.parametrize("inside", ["B", " B ", "Ｂ", "（B）"[1:2]])
def test_a_key_in_the_brackets_of_the_stem_is_taken_out(inside: str) -> None:
    result = read(HEAD, ("单选题", f"方针是（{inside}）。", "甲|乙", None))
    (item,) = result.items
    assert (item.stem, item.key) == ("方针是（　）。", frozenset({1}))
    assert [(note.row, note.code) for note in result.notes] == [(2, "key-taken-from-stem")]


def test_a_key_that_the_stem_gives_away_is_taken_out_and_another_stays() -> None:
    result = read(
        HEAD,
        ("单选题", "方针是(B)。", "甲|乙", "B"),
        ("单选题", "乙类（A）物品是", "甲|乙", "B"),
        ("判断题", "地球是圆的（√）", None, None),
        ("多选题", "有（A、B）。", "甲|乙|丙", None),
    )
    assert [item.stem for item in result.items] == [
        "方针是（　）。", "乙类（A）物品是", "地球是圆的（　）", "有（　）。",
    ]  # fmt: skip
    assert result.items[3].key == {0, 1}


def test_the_table_is_found_in_column_b_below_titles_and_empty_sheets() -> None:
    written = openpyxl.Workbook()
    page = written.worksheets[0]
    page.title = "说明"
    page = written.create_sheet("题库")
    page["B1"] = "某公司安全生产题库"
    page.merge_cells("B1:G1")
    for row in (
        ("序号", *HEAD), (1, "单选题", STEM, "甲|乙", "A"), ("序号", *HEAD),
        (2, "单选题", "第二题是（ ）。", "甲|乙", "B"), ("合计", "2题"), (None, "制表人：张三"),
    ):  # fmt: skip
        page.append((None, *row))
    written.create_sheet("空")
    buffer = io.BytesIO()
    written.save(buffer)
    survey = free_table.survey(buffer.getvalue(), "a.xlsx")
    assert (survey.sheet, survey.header_row, survey.first_column) == ("题库", 2, 2)
    assert survey.columns[0].title == "序号"
    assert survey.columns[2].samples[0] == STEM
    assert Mapping.from_plain(survey.mapping.to_plain()) == survey.mapping
    result = free_table.read_items(buffer.getvalue(), "a.xlsx")
    assert (result.rows, result.problems) == ((3, 5), ())


def test_a_second_header_row_names_the_options() -> None:
    item = one(
        ("题型", "题干", "选项", None, None, "答案"), (None, None, "A", "B", "C", None),
        ("单选题", STEM, "甲", "乙", "丙", "C"),
    )  # fmt: skip
    assert (item.options, item.key) == (("甲", "乙", "丙"), frozenset({2}))


def test_the_fullest_sheet_is_read_and_the_others_are_named() -> None:
    rows = [("单选题", f"第{number}题是（ ）。", "甲|乙", "A") for number in range(3)]
    data = book({"一": [HEAD, rows[0]], "二": [HEAD, *rows], "三": []})
    survey = free_table.survey(data, "a.xlsx")
    assert [(each.name, each.rows) for each in survey.sheets] == [("一", 1), ("二", 3)]
    result = free_table.read_items(data, "a.xlsx")
    assert len(result.items) == 3
    assert [(note.code, dict(note.facts)["value"]) for note in result.notes] == [
        ("sheet-not-read", "一")
    ]
    other = free_table.survey(data, "a.xlsx", sheet="一").mapping
    assert len(free_table.read_items(data, "a.xlsx", other).items) == 1


def test_the_type_comes_from_sheet_heading_or_key() -> None:
    head = ("题目", "选项", "答案")
    by_sheet = one(head, (STEM, None, "A"), sheet="判断题")
    assert (by_sheet.type, by_sheet.key) == (ItemType.TRUE_FALSE, frozenset({0}))
    result = read(
        head, ("一、单选题（每题1分）",), ("甲题是（ ）。", "甲|乙", "A"), ("二、判断题",),
        ("乙题。", None, "错"),
    )  # fmt: skip
    assert [item.type for item in result.items] == [ItemType.SINGLE, ItemType.TRUE_FALSE]
    assert (result.problems, result.notes) == ((), ())
    result = read(
        head,
        ("甲。", "甲|乙", "A"),
        ("乙。", "甲|乙|丙", "AB"),
        ("丙。", None, "√"),
        ("丁。", "对|错", "B"),
    )
    assert [item.type.value for item in result.items] == [
        "single", "multiple", "true_false", "true_false",
    ]  # fmt: skip
    assert {note.code for note in result.notes} == {"type-inferred"}


def test_a_table_without_header_is_read_by_its_content() -> None:
    rows = [
        (
            number,
            "单选题",
            f"下列第{number}个说法正确的是（ ）。",
            "甲说",
            "乙说",
            "丙说",
            "ABC"[number % 3],
        )
        for number in range(1, 6)
    ]
    survey = free_table.survey(table(*rows), "a.xlsx")
    assert survey.header_row == 0
    assert {name: survey.mapping.columns[name] for name in (Field.TYPE, Field.STEM, Field.KEY)} == {
        Field.TYPE: 2, Field.STEM: 3, Field.KEY: 7,
    }  # fmt: skip
    assert set(survey.mapping.columns) == survey.mapping.guessed
    assert not survey.is_sure
    result = read(*rows)
    assert result.rows == (1, 2, 3, 4, 5)
    assert result.items[0].options == ("甲说", "乙说", "丙说")
    packed = [(f"下列第{n}个说法正确的是（ ）。", "A.甲 B.乙 C.丙", "AB") for n in range(3)]
    assert [item.key for item in read(*packed).items] == [{0, 1}] * 3


def test_a_mapping_that_a_person_changed_is_followed() -> None:
    data = table(("一列", "二列", "三列"), (STEM, "甲|乙", "A"), ("另一题是（ ）。", "甲|乙", "B"))
    mapping = Mapping("题库", 1, {Field.STEM: 1, Field.OPTIONS: 2, Field.KEY: 3})
    assert [item.key for item in free_table.read_items(data, "a.xlsx", mapping).items] == [{0}, {1}]
    with pytest.raises(ExchangeError) as caught:
        free_table.read_items(data, "a.xlsx", Mapping("题库", 1, {Field.KEY: 1}))
    assert caught.value.code == "columns-missing"
    with pytest.raises(ExchangeError) as caught:
        free_table.read_items(data, "a.xlsx", Mapping("没有", 1, {Field.STEM: 1}))
    assert caught.value.code == "no-such-sheet"


def test_numbers_typed_as_text_and_text_typed_as_numbers() -> None:
    item = one(WIDE, ("单选题", "几年？", 1, "2", 2.5, 1.0))
    assert (item.options, item.key) == (("1", "2", "2.5"), frozenset({0}))


def test_other_fields_are_read_and_unknown_words_are_noted() -> None:
    head = (
        *HEAD,
        "出处",
        "章节",
        "难度",
        "解析",
        "试题编号",
        "行业",
        "人员类别",
        "认知层次",
        "序号",
        "分值",
    )
    result = read(
        head,
        ("单选", STEM, "甲|乙", "A", "《中华人民共和国安全生产法》第三条：安全第一", "A.4.1",
        "易", "因为",
         "X-1", "矿山、煤矿", "班组长", "掌握", 1, 2),
        ("单选", "二是（ ）", "甲|乙", "A", "安全手册", "第一章", "很怪", None, "7", "航天",
        "厂长", "背", 2, 2),
        defaults=Defaults("B.1", ("coal",), (Category.DEPUTY_HEAD,), Level.APPLY, Decimal("0.6")),
    )  # fmt: skip
    first, second = result.items
    assert (first.law, first.article, first.quote) == ("安全生产法", "第三条", "安全第一")
    assert (first.topic, first.facility, first.explanation, first.id) == (
        "A.4.1", Decimal("0.85"), "因为", "X-1",
    )  # fmt: skip
    assert (first.industries, first.categories, first.level) == (
        ("mining", "coal"), (Category.TEAM_LEADER,), Level.UNDERSTAND,
    )  # fmt: skip
    assert (second.law, second.topic, second.facility) == ("安全手册", "B.1", Decimal("0.6"))
    assert (second.industries, second.categories, second.level) == (
        ("coal",), (Category.DEPUTY_HEAD,), Level.APPLY,
    )  # fmt: skip
    assert second.id.startswith("B.1-")
    assert {(note.field, dict(note.facts)["value"]) for note in result.notes} == {
        ("章节", "第一章"), ("难度", "很怪"), ("行业", "航天"), ("人员类别", "厂长"),
        ("认知层次", "背"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("易", "中", "难"), ("0.85", "0.70", "0.45")),
        ((1, 3, 5), ("0.90", "0.70", "0.40")),
        ((0.3, "0.85", 1), ("0.3", "0.85", "1")),
        (("较易", "中等", "困难"), ("0.80", "0.70", "0.45")),
        (("★", "★★★☆☆", "80%"), ("0.90", "0.70", "0.8")),
    ],
)
def test_difficulties_in_words_steps_and_shares(
    words: tuple[object, ...], expected: tuple[str, ...]
) -> None:
    rows = [("单选", f"第{n}题是", "甲|乙", "A", word) for n, word in enumerate(words)]
    assert [item.facility for item in read((*HEAD, "难度"), *rows).items] == [
        Decimal(number) for number in expected
    ]


def test_texts_are_tidied_and_rich_texts_read() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as written:
        page = written.add_worksheet("题库")
        bold = written.add_format({"bold": True})
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, ("单选题", "", "甲|乙", "A"))
        page.write_rich_string(1, 1, "方", bold, "针", "是\u200b\r\n第 二\xa0行 ")
        page.write_row(2, 0, ("单选题", "<p>H<sub>2</sub>S&nbsp;是</p>", "甲|乙", "A"))
        page.write_row(3, 0, ("单选题", "浓度<10mg 且>5 是", "甲|乙", "A"))
    items = free_table.read_items(buffer.getvalue(), "a.xlsx").items
    assert [item.stem for item in items] == ["方针是\n第 二 行", "H₂S 是", "浓度<10mg 且>5 是"]


def test_a_row_with_a_picture_is_listed() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    written = openpyxl.Workbook()
    page = written.worksheets[0]
    page.title = "题库"
    for row in (HEAD, ("单选题", STEM, "甲|乙", "A"), ("单选题", "看图回答（ ）。", "甲|乙", "A")):
        page.append(row)
    page.add_image(SheetImage(picture), "B3")
    buffer = io.BytesIO()
    written.save(buffer)
    result = free_table.read_items(buffer.getvalue(), "a.xlsx")
    assert codes(result) == [(3, "", "image-in-table")]
    assert result.rows == (2,)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_tables_are_read_too(encoding: str) -> None:
    text = '单位题库,,,\n题型,题目,选项,答案\n是非题,甲。,,对\n单选题,乙。,"A.甲\nB.乙",B\n'
    result = free_table.read_items(text.encode(encoding), "库.csv")
    assert [item.key for item in result.items] == [{0}, {1}]
    assert result.rows == (3, 4)


def test_the_same_file_gives_the_same_ids() -> None:
    rows = (HEAD, ("单选题", STEM, "甲|乙", "A"))
    assert read(*rows).items == read(*rows).items


@pytest.mark.parametrize(
    ("data", "filename", "code"),
    [
        (b"", "a.csv", "file-empty"),
        (b"PK\x03\x04", "a.xlsx", "not-a-workbook"),
        (b"\xd0\xcf\x11\xe0", "a.xls", "old-or-encrypted-workbook"),
        ("姓名,单位\n张三,矿山\n".encode(), "a.csv", "no-table-found"),
    ],
)
def test_a_file_without_a_table_is_an_exchange_error(data: bytes, filename: str, code: str) -> None:
    for call in (free_table.survey, free_table.read_items):
        with pytest.raises(ExchangeError) as caught:
            call(data, filename)
        assert caught.value.code == code


CELLS = (
    st.text("甲乙AB.、|*#;$\n（）()√×题型目选项答案对错单多判断12=<p>&", max_size=14) | st.none()
)


@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=8))
def test_no_table_breaks_the_reader(rows: list[list[str | None]]) -> None:
    lines = ["题型,题目,选项,答案"]
    lines += [",".join('"' + (cell or "").replace('"', '""') + '"' for cell in row) for row in rows]
    for text in ("\n".join(lines), "\n".join(lines[1:])):
        try:
            result = free_table.read_items(text.encode(), "a.csv")
        except ExchangeError:
            continue
        assert not set(result.rows) & {each.row for each in result.problems}
