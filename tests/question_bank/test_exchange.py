"""Item tables: what is written reads back, and a bad row is named by its own number."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.errors import ExchangeError
from question_bank.exchange import ReadResult, csv, xlsx
from question_bank.exchange import columns as c
from question_bank.exchange.item_table import to_row
from question_bank.exchange.result import DEFAULT_FACILITY
from question_bank.item import Category, Figure, Item, ItemSet, ItemType, Level
from tabular import VERSION_SHEET, read_table, write_table
from tests.question_bank import strategies
from tests.question_bank.strategies import make_item

HEAD = "题型,题干,选项A,选项B,选项C,答案,知识点,法规,条款,依据原文\n"
GOOD = "单选题,题干一,甲,乙,丙,Ｂ,A.4.1,安全生产法,第三条,原文\n"


@given(items=st.lists(strategies.items(), unique_by=lambda item: item.id, max_size=4))
def test_written_items_read_back_the_same(items: list[Item]) -> None:
    result = xlsx.read_items(xlsx.write_items(items))
    assert result.problems == ()
    assert result.items == tuple(items)
    assert result.rows == tuple(range(2, len(items) + 2))


def test_words_with_line_breaks_and_formula_signs_read_back() -> None:
    item = make_item(2, stem="=1+1\n等于几？", options=("-1", "+2", "@3", "=4"))
    assert xlsx.read_items(xlsx.write_items([item])).items == (item,)


def test_an_item_the_table_would_change_is_not_written() -> None:
    with pytest.raises(ExchangeError) as caught:
        xlsx.write_items([make_item(1, stem=" 题干")])
    assert (caught.value.code, caught.value.facts) == ("item-not-tabular", {"item": "T-0001"})


def test_the_template_has_our_headers_and_its_example_is_never_an_item() -> None:
    template = xlsx.write_template()
    _, header = next(read_table(template, "t.xlsx"))
    assert [cell.value for cell in header] == list(c.HEADERS)
    result = xlsx.read_items(template)
    assert result.items == ()
    assert [(problem.row, problem.code) for problem in result.problems] == [(2, "example-row")]
    ((_, version),) = list(read_table(template, "t.xlsx", sheet=VERSION_SHEET))
    assert version[0].value == xlsx.TEMPLATE_VERSION


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_table_is_read_in_the_usual_encodings(encoding: str) -> None:
    (item,) = csv.read_items((HEAD + GOOD).encode(encoding)).items
    assert (item.type, item.key, item.options) == (
        ItemType.SINGLE,
        frozenset({1}),
        ("甲", "乙", "丙"),
    )
    assert (item.industries, item.categories) == (("all",), tuple(Category))
    assert (item.level, item.facility) == (Level.KNOW, DEFAULT_FACILITY)


def test_an_item_without_id_gets_the_same_one_each_time() -> None:
    first, second = (csv.read_items((HEAD + GOOD).encode()).items[0] for _ in range(2))
    other = csv.read_items((HEAD + GOOD.replace("题干一", "题干二")).encode()).items[0]
    assert first.id == second.id != other.id
    assert first.id.startswith("A.4.1-")


def test_good_rows_are_read_and_bad_ones_named_by_their_own_row() -> None:
    """A blank line keeps its number."""
    text = HEAD + GOOD + "\n" + GOOD.replace("Ｂ", "Z") + GOOD.replace("题干一", "题干二")
    result = csv.read_items(text.encode())
    assert result.rows == (2, 5)
    assert [(p.row, p.field, p.code, p.facts) for p in result.problems] == [
        (4, c.KEY, "bad-key", (("value", "Z"),))
    ]


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ("单选题", "填空题", c.TYPE, "unknown-word"),
        ("单选题", "", c.TYPE, "unknown-word"),
        ("题干一", "", c.STEM, "stem-empty"),
        ("Ｂ", "", c.KEY, "key-empty"),
        ("Ｂ", "D", c.KEY, "key-not-among-options"),
        ("Ｂ", "AB", c.KEY, "needs-one-key"),
        ("A.4.1", "法律", c.TOPIC, "bad-topic"),
        ("题干一", "=1+1", c.STEM, "cell-is-formula"),
        ("丙", "甲", "", "option-repeated"),
        ("丙", "以上都对", "", "all-of-the-above"),
    ],
)
def test_a_bad_cell_is_named(old: str, new: str, field: str, code: str) -> None:
    result = csv.read_items((HEAD + GOOD.replace(old, new, 1)).encode())
    assert result.items == ()
    assert (2, field, code) in [(p.row, p.field, p.code) for p in result.problems]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("难度", "易", "not-a-number"),
        ("难度", "7", "bad-facility"),
        ("难度", "1e-50000000", "bad-facility"),
        ("难度", "sNaN", "not-a-number"),
        ("版本", "一", "not-a-number"),
        ("认知层次", "猜", "unknown-word"),
        ("行业", "矿山、航天", "unknown-word"),
        ("人员类别", "厂长", "unknown-word"),
        ("错项理由", "没有字母", "rationale-not-by-letter"),
        ("错项理由", "H：没有这一项", "rationale-not-by-letter"),
        ("编号", "有 空格", "bad-id"),
    ],
)
def test_a_bad_optional_cell_is_named(column: str, value: str, code: str) -> None:
    text = HEAD.rstrip() + f",{column}\n" + GOOD.rstrip() + f",{value}\n"
    (problem,) = csv.read_items(text.encode()).problems
    assert (problem.field, problem.code) == (column, code)


def test_optional_cells_are_read() -> None:
    head = HEAD.rstrip() + ",行业,人员类别,认知层次,难度,错项理由\n"
    row = GOOD.rstrip() + ',"矿山，机械制造",班组长,应用,0.65,"A：甲错\nC. 丙错"\n'
    (item,) = csv.read_items((head + row).encode()).items
    assert item.industries == ("mining", "machinery")
    assert item.categories == (Category.TEAM_LEADER,)
    assert (item.level, item.facility) == (Level.APPLY, Decimal("0.65"))
    assert item.rationale == ("甲错", "", "丙错")


def test_an_id_twice_is_refused_at_the_second_row() -> None:
    item = make_item(1)
    data = xlsx.write_items([item, replace(item, stem="另一题干")])
    result = xlsx.read_items(data)
    assert result.items == (item,)
    (problem,) = result.problems
    assert (problem.row, problem.field, problem.code) == (3, c.ID, "id-twice")
    assert dict(problem.facts) == {"id": "T-0001", "first_row": "2"}


def test_an_item_without_topic_and_basis_comes_in() -> None:
    """They are filled before review."""
    text = HEAD + GOOD.replace("A.4.1,安全生产法,第三条,原文", ",,,")
    result = csv.read_items(text.encode())
    assert result.problems == ()
    (item,) = result.items
    assert (item.topic, item.law, item.article, item.quote) == ("", "", "", "")


def test_cases_and_enemies_read_back_and_figures_are_named_as_lost() -> None:
    case = ItemSet("C-1", "某矿\n停电")
    first = make_item(1, item_set=case, enemies=frozenset({"T-0009", "T-0008"}))
    second = make_item(2, item_set=case, figures=(Figure("0" * 64, "image/png"),))
    written = xlsx.write([first, second])
    assert xlsx.read_items(written.data).items == (first, replace(second, figures=()))
    assert [(each.row, each.field, each.code) for each in written.lost] == [
        (2, "figures", "field-not-said")
    ]


def test_the_material_of_a_case_may_stand_in_its_first_row_alone() -> None:
    head = HEAD.rstrip() + ",案例编号,案例材料\n"
    rows = GOOD.rstrip() + ",C-1,材料\n" + GOOD.rstrip().replace("题干一", "题干二") + ",C-1,\n"
    items = csv.read_items((head + rows).encode()).items
    assert [item.item_set for item in items] == [ItemSet("C-1", "材料")] * 2


def test_a_file_of_an_older_template_is_read() -> None:
    old = [name for name in c.HEADERS if name not in {c.SET, c.SET_STEM, c.ENEMIES}]
    item = make_item(1)
    data = write_table(old, [to_row(item)[: len(old)]], sheet="试题")
    assert xlsx.read_items(data).items == (item,)


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(ExchangeError) as caught:
        csv.read_items("题干,选项A\n一,二\n".encode())
    assert caught.value.facts == {"columns": ("题型", "答案", "知识点")}


def test_a_workbook_of_another_program_is_read() -> None:
    """Numbers typed into option cells read as typed; formulas are refused."""
    book = openpyxl.Workbook()
    page = book.create_sheet("表", 0)
    page.append(HEAD.rstrip().split(","))
    page.append(["单选", "几年？", 1, 2.5, 3, "c", "A.4.1", "《安全生产法》", "第三条", "原文"])
    page.append(["判断", "对吗", None, None, None, True, "A.4.1", "法", "第三条", "原文"])
    page.append(["单选", "几年？", "=1+1", 2, 3, "A", "A.4.1", "法", "第三条", "原文"])
    buffer = io.BytesIO()
    book.save(buffer)
    result = xlsx.read_items(buffer.getvalue())
    assert [item.options for item in result.items] == [("1", "2.5", "3"), ("正确", "错误")]
    assert result.items[0].law == "安全生产法"
    assert [item.key for item in result.items] == [{2}, {0}]
    (problem,) = result.problems
    assert (problem.row, problem.field, problem.code) == (4, "选项A", "cell-is-formula")


@pytest.mark.parametrize("read", [xlsx.read_items, csv.read_items])
def test_a_file_that_is_no_table_is_an_exchange_error(read: Callable[[bytes], ReadResult]) -> None:
    for data in (b"", b"\x00\x01", b"\xd0\xcf\x11\xe0 old"):
        with pytest.raises(ExchangeError):
            read(data)
