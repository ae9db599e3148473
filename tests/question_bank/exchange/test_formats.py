"""The dispatcher: formats told by content, read and written in one place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.errors import BankError, ExchangeError
from question_bank.exchange import formats, xlsx
from question_bank.exchange.formats import WRITTEN, Format, detect, read, write
from question_bank.exchange.free_table import Field, Mapping
from question_bank.exchange.result import Defaults
from question_bank.item import Item
from tests.question_bank import strategies
from tests.question_bank.exchange.tables import table
from tests.question_bank.strategies import make_item

AIKEN = "题干？\nA. 甲\nB. 乙\nANSWER: B\n"
GIFT = "::一::题干{=甲 ~乙}\n"
CSV = "题型,题目,选项,答案\n单选题,甲。,甲|乙,A\n"


@pytest.mark.parametrize("form", WRITTEN)
def test_what_is_written_is_told_and_read_again(form: Format) -> None:
    items = (make_item(1), make_item(2))
    written = write(items, form)
    assert written.lost == ()
    assert detect(written.data, f"a.{written.suffix}") is form
    assert detect(written.data, "a") is form
    assert read(written.data, f"a.{written.suffix}").items == items


@settings(max_examples=25)
@given(items=st.lists(strategies.items(), unique_by=lambda item: item.id, min_size=1, max_size=3))
@pytest.mark.parametrize("form", WRITTEN)
def test_written_items_read_back_the_same(form: Format, items: list[Item]) -> None:
    written = write(items, form)
    lost = {each.item for each in written.lost}
    back = {item.id: item for item in read(written.data, f"a.{written.suffix}").items}
    for item in items:
        assert item.id in lost or back[item.id] == item


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize(
    ("text", "form"), [(AIKEN, Format.AIKEN), (GIFT, Format.GIFT), (CSV, Format.CSV)]
)
def test_texts_are_told_in_every_encoding(encoding: str, text: str, form: Format) -> None:
    data = text.encode(encoding)
    assert detect(data, "库.txt") is form
    assert len(read(data, "库.txt").items) == 1


@pytest.mark.parametrize(
    ("data", "filename", "code"),
    [
        (b" ", "a.csv", "file-empty"),
        (b"\xd0\xcf\x11\xe0", "a.xls", "old-or-encrypted-workbook"),
        ("随便什么".encode(), "a.doc", "unknown-format"),
        (b"\x00\xff\x00", "a.txt", "not-text"),
    ],
)
def test_a_file_of_no_format_is_an_exchange_error(data: bytes, filename: str, code: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        read(data, filename)
    assert caught.value.code == code


def test_our_template_is_known_by_its_heads_and_keeps_its_own_rules() -> None:
    data = xlsx.write_items([make_item(1)])
    assert formats.is_own_table(data, "a.xlsx")
    assert read(data, "a.xlsx").items == (make_item(1),)
    free = table(("题型", "题目", "选项", "答案"), ("单选题", "甲。", "甲|乙", "A"))
    assert not formats.is_own_table(free, "a.xlsx")
    assert len(read(free, "a.xlsx").items) == 1


def test_a_mapping_and_defaults_are_followed() -> None:
    data = table(("一", "二", "三"), ("甲。", "甲|乙", "A"))
    mapping = Mapping("题库", 1, {Field.STEM: 1, Field.OPTIONS: 2, Field.KEY: 3})
    (item,) = read(data, "a.xlsx", mapping=mapping, defaults=Defaults(topic="B.2")).items
    assert item.topic == "B.2"


@pytest.mark.parametrize("form", [Format.CSV, Format.AIKEN])
def test_a_format_that_is_only_read_is_not_written(form: Format) -> None:
    with pytest.raises(ExchangeError) as caught:
        write([make_item(1)], form)
    assert caught.value.code == "format-not-written"


@given(data=st.binary(max_size=200), form=st.sampled_from([None, *Format]))
def test_no_bytes_break_the_readers(data: bytes, form: Format | None) -> None:
    for start in (b"", b"PK\x03\x04", b"<quiz>", b"<?xml version='1.0'?>"):
        try:
            read(start + data, "a.xlsx" if form is Format.XLSX else "a.csv", format=form)
        except BankError:
            continue
