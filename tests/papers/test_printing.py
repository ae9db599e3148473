"""The printed paper and key sheet, read back from the PDF."""

from __future__ import annotations

import re
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader

from exam_app.core.fonts import PrintingRefused
from exam_app.papers import printing
from exam_app.papers.keysheet import KeySheet, read_key, write_key
from exam_app.papers.terms import CandidateQuestion, CandidateView
from question_bank import KeyEntry, load_content
from question_bank.item import ItemType

CLASS = "伊春市矿山企业安全生产分管负责人第1期"
CODE = "YC2025-DH-01-A"
COUNTS = {ItemType.SINGLE: 30, ItemType.MULTIPLE: 10, ItemType.TRUE_FALSE: 20}


def make_view() -> CandidateView:
    """Return a paper of sixty shipped items in three sections."""
    items = load_content()
    chosen = [
        item
        for kind, count in COUNTS.items()
        for item in [each for each in items if each.type is kind][:count]
    ]
    marks = {ItemType.SINGLE: 2, ItemType.MULTIPLE: 2, ItemType.TRUE_FALSE: 1}
    return CandidateView(
        1,
        CODE,
        tuple(
            CandidateQuestion(
                number, item.type.value, item.stem, item.options, Decimal(marks[item.type])
            )
            for number, item in enumerate(chosen, start=1)
        ),
    )


def text_of(document: bytes) -> list[str]:
    """Return the text of each page, blanks removed."""
    return [re.sub(r"\s", "", page.extract_text()) for page in PdfReader(BytesIO(document)).pages]


def test_the_paper_as_printed(printing_app: Flask) -> None:
    """Header with class and code on each page, x of y, boxes, sections with marks."""
    document = printing.paper_pdf(make_view(), class_name=CLASS)
    pages = text_of(document)
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert f"{CLASS}试卷编号{CODE}" in page
        assert f"第{number}页共{len(pages)}页" in page
    whole = "".join(pages)
    for label in ("姓名", "准考证号", "座位号"):
        assert label in pages[0]
    assert "一、单项选择题（每题2分，共30题，60分。每题只有一个正确选项）" in whole
    assert "二、多项选择题（每题2分，共10题，20分。" in whole
    assert "三、判断题（每题1分，共20题，20分。" in whole
    for question in make_view().questions:
        assert re.sub(r"\s", "", question.stem)[:12] in whole
    size = PdfReader(BytesIO(document)).pages[0].mediabox
    assert (round(size.width), round(size.height)) == (595, 842)


def test_the_paper_is_the_same_bytes_each_time(printing_app: Flask) -> None:
    """What is printed depends on the paper alone."""
    one, other = (printing.paper_pdf(make_view(), class_name=CLASS) for _ in range(2))
    assert one == other


def test_a_character_without_glyph_is_refused(printing_app: Flask) -> None:
    """A box in place of a character never goes to the printer."""
    view = CandidateView(
        1, CODE, (CandidateQuestion(1, "single", "缺字\U0001f9ff", ("甲", "乙"), Decimal(1)),)
    )
    with pytest.raises(PrintingRefused):
        printing.paper_pdf(view, class_name=CLASS)


def test_the_key_sheet(printing_app: Flask) -> None:
    """Numbers, letters and words for true or false; marked as for marking alone."""
    sheet = KeySheet(
        1,
        CODE,
        (
            KeyEntry(1, "A-1@1", ItemType.SINGLE, frozenset({2}), Decimal(2)),
            KeyEntry(2, "A-2@1", ItemType.MULTIPLE, frozenset({0, 3}), Decimal("2.5")),
            KeyEntry(3, "A-3@1", ItemType.TRUE_FALSE, frozenset({1}), Decimal(1)),
        ),
    )
    assert read_key(write_key(sheet)) == sheet
    (page,) = text_of(printing.key_sheet_pdf(sheet, class_name=CLASS))
    for words in ("仅供阅卷使用", "1C2", "2AD2.5", "3错误1", "满分5.5分"):
        assert words in page
    assert "A-1@1" not in page
