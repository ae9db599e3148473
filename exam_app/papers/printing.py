"""Papers and key sheets as PDF: A4, boxes for name, ticket and seat, numbered pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from itertools import groupby
from pathlib import Path

from flask import current_app
from reportlab.lib.units import mm

from exam_app.core.fonts import Fonts, check_all, ensure_fonts
from exam_app.core.pdf import Document
from exam_app.core.pdf_blocks import Block, Gap, Row, TextBlock
from exam_app.papers.keysheet import KeySheet
from exam_app.papers.terms import CandidateQuestion, CandidateView

TITLE = "工伤预防培训考试试卷"
KEY_TITLE = "标准答案"
BOXES = (("姓名", 3), ("准考证号", 5), ("座位号", 2))
NOTES = (
    "考生须知：请先在上方填写姓名、准考证号、座位号，并核对试卷页数。",
    "答案填写在答题卡上，写在试卷上无效；考试结束后试卷与答题卡一并交回，不得带离考场。",
)
SECTIONS = {"single": "单项选择题", "multiple": "多项选择题", "true_false": "判断题"}
HINTS = {
    "single": "每题只有一个正确选项",
    "multiple": "每题有两个或两个以上正确选项",
    "true_false": "正确的选“正确”，错误的选“错误”",
}
NUMERALS = "一二三四五六七八九十"
LETTERS = "ABCDEFGH"
_ANSWER = re.compile(r"（\s*）")
_SIZE = 10.5
_BOX_HEIGHT = 9 * mm


def paper_pdf(view: CandidateView, *, class_name: str) -> bytes:
    """Return the paper as its candidates read it.

    Raises: PrintingRefused: a character has no glyph in the fonts.
    """
    fonts = _fonts()
    check_all([text for each in view.questions for text in (each.stem, *each.options)], fonts)
    target = BytesIO()
    document = Document(
        target,
        f"{TITLE} {view.code}",
        fonts,
        header=f"{class_name}　试卷编号 {view.code}",
        footer="闭卷考试　内部资料　考后收回",
    )
    document.heading(TITLE)
    document.text(f"{class_name}　满分 {_number(view.full_marks)} 分", align="center")
    document.gap(2 * mm)
    _boxes(document)
    document.gap(2 * mm)
    for note in NOTES:
        document.text(note, 9)
    sections = groupby(view.questions, key=lambda question: question.type)
    for place, (kind, found) in enumerate(sections):
        _section(document, NUMERALS[place], kind, list(found))
    document.gap(4 * mm)
    document.text("（试卷结束）", align="center")
    document.save()
    return target.getvalue()


def key_sheet_pdf(sheet: KeySheet, *, class_name: str) -> bytes:
    """Return the key sheet, for marking alone: numbers, keys and marks."""
    target = BytesIO()
    document = Document(
        target,
        f"{KEY_TITLE} {sheet.code}",
        _fonts(),
        header=f"{class_name}　试卷编号 {sheet.code}",
        footer="仅供阅卷使用　不得随试卷流转",
    )
    document.heading(f"{KEY_TITLE}（{sheet.code}）")
    document.text(f"{class_name}　满分 {_number(sheet.full_marks)} 分", align="center")
    for place, (kind, found) in enumerate(groupby(sheet.entries, key=lambda each: each.item_type)):
        document.heading(f"{NUMERALS[place]}、{SECTIONS[kind.value]}", 3)
        rows = [
            [str(each.number), _key_words(each.letters, kind.value), _number(each.marks)]
            for each in found
        ]
        document.table(["题号", "答案", "分值"] * 3, _in_columns(rows, 3), [1, 2, 1] * 3)
        document.gap(2 * mm)
    document.save()
    return target.getvalue()


def _fonts() -> Fonts:
    return ensure_fonts(Path(current_app.instance_path))


def _key_words(letters: str, kind: str) -> str:
    return {"T": "正确", "F": "错误"}.get(letters, letters) if kind == "true_false" else letters


def _in_columns(rows: list[list[str]], columns: int) -> list[list[str]]:
    """Return the rows folded into so many columns side by side, read downwards."""
    height = -(-len(rows) // columns)
    empty = ["", "", ""]
    folded = []
    for line in range(height):
        cells: list[str] = []
        for column in range(columns):
            place = column * height + line
            cells += rows[place] if place < len(rows) else empty
        folded.append(cells)
    return folded


def _section(
    document: Document, numeral: str, kind: str, questions: Sequence[CandidateQuestion]
) -> None:
    document.gap(3 * mm)
    document.heading(_section_heading(numeral, kind, questions), 3)
    document.gap(1 * mm)
    same = len({each.marks for each in questions}) == 1
    for question in questions:
        document.keep_together(_question(document, question, with_marks=not same))


def _section_heading(numeral: str, kind: str, questions: Sequence[CandidateQuestion]) -> str:
    """Return ``一、单项选择题（每题2分，共20题，40分。每题只有一个正确选项）``."""
    marks = {each.marks for each in questions}
    total = _number(sum((each.marks for each in questions), Decimal(0)))
    each = f"每题{_number(next(iter(marks)))}分，" if len(marks) == 1 else ""
    return f"{numeral}、{SECTIONS[kind]}（{each}共{len(questions)}题，{total}分。{HINTS[kind]}）"


def _question(document: Document, question: CandidateQuestion, *, with_marks: bool) -> list[Block]:
    marks = f"（{_number(question.marks)}分）" if with_marks else ""
    number = document.paragraph(f"{question.number}.", _SIZE, width=2 * _SIZE, align="left")
    # The place for the answer stays in one piece: an ideographic blank is never parted.
    words = _ANSWER.sub("（　）", question.stem) + marks
    stem = document.paragraph(words, _SIZE, width=document.width - 2 * _SIZE)
    blocks: list[Block] = [Row([number, stem], [2 * _SIZE, document.width - 2 * _SIZE])]
    lettered = [
        f"{letter}. {text}" for letter, text in zip(LETTERS, question.options, strict=False)
    ]
    blocks += document.option_rows(lettered, _SIZE)
    blocks.append(Gap(1.6 * mm))
    return blocks


def _boxes(document: Document) -> None:
    """Set the boxes a candidate fills in."""
    cells: list[TextBlock] = []
    widths: list[float] = []
    unit = document.width / sum(2 + share * 1.2 for _, share in BOXES)
    for label, share in BOXES:
        for text, width in ((label, 2 * unit), ("", share * 1.2 * unit)):
            cells.append(document.paragraph(text, 10, width=width, align="center"))
            widths.append(width)
    document.add(Row(cells, widths, framed=True, least=_BOX_HEIGHT))


def _number(marks: Decimal) -> str:
    text = format(marks, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
