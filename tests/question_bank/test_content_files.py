"""Reading content files; every fault names file and item."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from question_bank.__main__ import main
from question_bank.content import load_content
from question_bank.errors import ContentError
from question_bank.item import ItemType
from question_bank.laws import load_laws

Write = Callable[..., Path]

SINGLE = """
topic = "A.4.1"
[[item]]
id = "A.4.1-001"
type = "single"
industries = ["all"]
categories = ["team_leader"]
level = "know"
facility = 0.80
stem = "安全生产工作坚持谁的领导？"
options = ["甲", "中国共产党", "丙", "丁"]
key = "B"
law = "安全生产法"
article = "第三条"
quote = "安全生产工作坚持中国共产党的领导。"
rationale = ["甲错", "", "丙错", "丁错"]
"""
TRUE_FALSE = """
[[item]]
id = "A.4.1-002"
topic = "A.4.1.6"
type = "true_false"
industries = ["mining"]
categories = ["deputy_head"]
level = "understand"
facility = 0.7
stem = "安全生产工作坚持中国共产党的领导。"
key = "T"
law = "安全生产法"
article = "第三条"
quote = "安全生产工作坚持中国共产党的领导。"
rationale = ""
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "A.4.1.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_items_are_read_as_written(write: Write) -> None:
    single, true_false = load_content(write(SINGLE + TRUE_FALSE))
    assert (single.topic, single.key, single.facility) == ("A.4.1", frozenset({1}), Decimal("0.80"))
    assert str(single.facility) == "0.80"
    assert single.rationale[0] == "甲错"
    assert (true_false.topic, true_false.type) == ("A.4.1.6", ItemType.TRUE_FALSE)
    assert true_false.options == ("正确", "错误")
    assert true_false.rationale == ()


def test_a_folder_is_read_in_the_order_of_its_names(write: Write, tmp_path: Path) -> None:
    write(TRUE_FALSE, "B.toml")
    write(SINGLE, "A.toml")
    assert [item.id for item in load_content(tmp_path)] == ["A.4.1-001", "A.4.1-002"]


def test_items_take_the_version_of_their_law(write: Write) -> None:
    (item,) = load_content(write(SINGLE), laws=load_laws())
    assert item.law_version == "2021-06-10 第三次修正"


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ('level = "know"\n', "", "content-field-missing", "level"),
        ('level = "know"', 'level = "guess"', "content-bad-value", "level"),
        ('type = "single"', 'type = "essay"', "content-bad-value", "type"),
        ("facility = 0.80", 'facility = "0.80"', "content-bad-value", "facility"),
        ('["all"]', '"all"', "content-bad-value", "industries"),
        ('law = "安全生产法"', 'laww = "安全生产法"', "content-unknown-field", "laww"),
        ('stem = "安全生产工作坚持谁的领导？"', "stem = 1", "content-bad-value", "stem"),
        ('key = "B"', 'key = "B"\nversion = "2"', "content-bad-value", "version"),
    ],
)
def test_a_fault_names_file_item_and_field(
    write: Write, old: str, new: str, code: str, field: str
) -> None:
    with pytest.raises(ContentError) as caught:
        load_content(write(SINGLE.replace(old, new, 1)))
    assert caught.value.code == code
    assert caught.value.facts == {"file": "A.4.1.toml", "item": "A.4.1-001", "field": field}


def test_a_key_that_cannot_be_read_names_file_and_item(write: Write) -> None:
    with pytest.raises(ContentError) as caught:
        load_content(write(SINGLE.replace('key = "B"', 'key = "Z"')))
    assert caught.value.facts == {"file": "A.4.1.toml", "item": "A.4.1-001", "key": "Z"}


def test_options_of_a_true_false_item_are_refused(write: Write) -> None:
    with pytest.raises(ContentError) as caught:
        load_content(write(TRUE_FALSE.replace('key = "T"', 'key = "T"\noptions = ["对", "错"]')))
    assert caught.value.facts["field"] == "options"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("topic = ", "content-unreadable"),
        ("item = 1", "content-bad-value"),
        ("items = []", "content-unknown-field"),
    ],
)
def test_a_file_that_is_no_content_file_is_refused(write: Write, text: str, code: str) -> None:
    with pytest.raises(ContentError) as caught:
        load_content(write(text))
    assert (caught.value.code, caught.value.facts["file"]) == (code, "A.4.1.toml")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="content-missing"):
        load_content(tmp_path / "none")


def test_the_command_names_a_file_it_cannot_read(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--content", str(write("topic = "))]) == 1
    assert capsys.readouterr().out.startswith("error content-unreadable file=A.4.1.toml")
