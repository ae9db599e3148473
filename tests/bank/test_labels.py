"""The words of the bank: every code of its readers and checks has a sentence; places; counts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import question_bank
import tabular
from exam_app.bank import labels
from exam_app.core.messages import MESSAGES
from question_bank import load_content
from question_bank.census import census
from question_bank.exchange import RowProblem
from question_bank.exchange.header_words import Field

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
AT_ITEMS = {"problem", "warning", "refuse", "note", "_refuse", "_note", "ItemError", "GiftFault"}
WHOLE = {"ExchangeError", "TableError"}


def codes(names: set[str]) -> Iterator[tuple[str, str]]:
    """Yield where and which code is given to calls of these names."""
    for package in (question_bank, tabular):
        for path in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _name(node) in names:
                    for each in node.args:
                        if isinstance(each, ast.Constant) and CODE.fullmatch(str(each.value)):
                            yield f"{path.name}:{node.lineno}", str(each.value)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def test_every_code_at_an_item_has_a_sentence() -> None:
    """Whatever a reader or a check may say of an item."""
    found = dict(codes(AT_ITEMS))
    assert len(found) > 100
    without = {place: code for place, code in found.items() if code not in labels.PROBLEMS}
    assert without == {}


def test_every_reason_to_refuse_a_file_has_a_sentence() -> None:
    """On the page that takes uploads, and inside a package at the part it is about."""
    writing = {"row-too-long", "cell-not-text"}
    for place, code in codes(WHOLE):
        told = f"table-{code}" in MESSAGES or code in writing
        assert told, f"{place} {code}"


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (RowProblem(12, "答案", "key-empty"), "第 12 行 答案：没有答案"),
        (RowProblem(7, "", "no-category", item="q3"), "试题 q3：至少选择一类人员"),
        (RowProblem(7, "A", "reason-joined", item="q3"), "试题 q3 选项A：错项理由的换行并成一行"),
        (RowProblem(7, "stem", "formatting-dropped"), "第 7 行 题干：排版没有保留，只留文字"),
        (RowProblem(0, "", "no-items"), "文件：文件中没有试题。"),
        (
            RowProblem(0, "", "xml-malformed", (("line", "3"),), "a.xml"),
            "文件 a.xml：XML 第 3 行格式有误，无法读取。",
        ),
        (
            RowProblem(2, "题型", "type-inferred", (("value", "单选题"), ("rows", "5"))),
            "第 2 行 题型：没有写题型，按答案定为单选题（共 5 行）",
        ),
        (
            RowProblem(3, "", "interaction-not-held", (("interaction", "essay"),), "q"),
            "试题 q：题型“问答（essay）”本系统不支持，未导入",
        ),
        (
            RowProblem(0, "", "field-not-said", (("field", "law_version"),)),
            "文件：这种格式不能表达：法规版本",
        ),
    ],
)
def test_a_place_and_what_is_wrong_in_one_line(problem: RowProblem, text: str) -> None:
    """As the command line prints it."""
    assert labels.place_text(problem) == text


def test_the_counts_of_a_bank_in_words() -> None:
    """No slug is left in the tables, and types add up to the bank."""
    items = load_content()
    tables = dict(labels.census_tables(census(items)))
    assert sum(count for _, count in tables["题型"]) == len(items)
    for title in ("题型", "认知层次", "人员类别", "行业"):
        assert not [name for name, _ in tables[title] if name.isascii()]
    laws = dict(tables["依据法规"])
    assert laws["《最高人民法院关于审理工伤保险行政案件若干问题的规定》"] == 5
    assert not [name for name in laws if "_" in name]
    said = labels.problem_text("law-old", {"law": "诈骗刑事案件解释_2011"})
    assert "关于办理诈骗刑事案件具体应用法律若干问题的解释》" in said


def test_every_field_of_a_table_can_be_chosen() -> None:
    """Under a name of its own, what is not used first."""
    found = labels.column_choices()
    assert {value for value, _ in found} == {each.value for each in Field}
    assert found[0] == ("ignored", "不使用")
    assert len({name for _, name in found}) == len(found)
