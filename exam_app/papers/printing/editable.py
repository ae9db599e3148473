"""The paper as a text document (DOCX), for an authority that sets and prints it elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import groupby

import docx
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph
from PIL import Image

from exam_app.core.fonts import Fonts
from exam_app.papers.printing.sheets import (
    END,
    FOOTER,
    LETTERS,
    NOTES,
    NUMERALS,
    OPTION_ROWS,
    TITLE,
    case_words,
    number,
    section_heading,
    stem_words,
)
from exam_app.papers.terms import CandidateQuestion, CandidateView

FACE, LATIN = "宋体", "Times New Roman"
SIZE = 10.5
COLUMN_MM = 166
BLANK, KEPT_BLANK = "（　）", "（\u00a0\u00a0\u00a0\u00a0）"
"""The place for an answer, and the same of blanks a word processor parts no line at."""
BOXES = (("姓名", 42), ("准考证号", 52), ("座位号", 18))


def paper_docx(
    view: CandidateView, *, class_name: str, fonts: Fonts, pictures: Mapping[str, bytes]
) -> bytes:
    """Return the paper in its own order as DOCX (Word、WPS): styles, not drawn lines.

    Args: pictures: digest → file of each figure.
    """
    document = _blank(view, class_name)
    _line(document, TITLE, size=18, bold=True, centred=True)
    _line(document, f"{class_name}　满分 {number(view.full_marks)} 分", centred=True)
    _boxes(document)
    for place, note in enumerate(NOTES):
        line = _line(document, note, size=9)
        line.paragraph_format.space_before = Pt(0 if place else 4)
    for place, (kind, questions) in enumerate(view.sections):
        heading = _line(
            document, section_heading(NUMERALS[place], kind, questions), size=12, bold=True
        )
        heading.paragraph_format.keep_with_next = True
        heading.paragraph_format.space_before = Pt(9)
        _section(document, kind, questions, fonts, pictures)
    _line(document, END, centred=True)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def _blank(view: CandidateView, class_name: str) -> Document:
    """Return an empty A4 document with its faces, header, footer and page numbers."""
    document = docx.Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(SIZE)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FACE)
    style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing = 1.3
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(22)
    page.top_margin = page.bottom_margin = Mm(22)
    page.header.paragraphs[0].text = f"{class_name}　试卷编号 {view.code}"
    foot = page.footer.paragraphs[0]
    foot.add_run(f"{FOOTER}　　第 ")
    _field(foot, "PAGE")
    foot.add_run(" 页 共 ")
    _field(foot, "NUMPAGES")
    foot.add_run(" 页")
    properties = document.core_properties
    properties.title, properties.author, properties.comments = f"{TITLE} {view.code}", "", ""
    return document


def _section(
    document: Document,
    kind: str,
    questions: Sequence[CandidateQuestion],
    fonts: Fonts,
    pictures: Mapping[str, bytes],
) -> None:
    with_marks = len({each.marks for each in questions}) > 1
    for case, found in groupby(questions, key=lambda each: each.case):
        held = list(found)
        if case is not None:
            lead = _line(document, case_words(held[0].number, held[-1].number), bold=True)
            material = _line(document, case.stem)
            material.paragraph_format.first_line_indent = Pt(2 * SIZE)
            for each in (lead, material):
                each.paragraph_format.keep_with_next = True
        for question in held:
            words = stem_words(question, kind, with_marks=with_marks).replace(BLANK, KEPT_BLANK)
            _question(document, question, words, fonts, pictures)


def _question(
    document: Document,
    question: CandidateQuestion,
    words: str,
    fonts: Fonts,
    pictures: Mapping[str, bytes],
) -> None:
    """Set a question; every paragraph of it but the last stays with the next."""
    hang = Pt(2.2 * SIZE)
    stem = _line(document, f"{question.number}.\t{words}")
    stem.paragraph_format.left_indent, stem.paragraph_format.first_line_indent = hang, -hang
    stem.paragraph_format.tab_stops.add_tab_stop(hang)
    stem.paragraph_format.space_before = Pt(4)
    held = [stem]
    for shown in question.figures:
        place = document.add_paragraph()
        place.paragraph_format.left_indent = hang
        _picture(place, pictures[shown.digest])
        held.append(place)
    lettered = [f"{LETTERS[at]}. {text}" for at, text in enumerate(question.options)]
    room = Mm(COLUMN_MM).pt - hang.pt
    widest = max(fonts.width(each, SIZE) for each in lettered) + SIZE
    per_row = next(n for n in OPTION_ROWS if n == 1 or widest <= room / n)
    for start in range(0, len(lettered), per_row):
        row = _line(document, "\t".join(lettered[start : start + per_row]))
        row.paragraph_format.left_indent = hang
        for place_ in range(1, per_row):
            row.paragraph_format.tab_stops.add_tab_stop(hang + Pt(room / per_row * place_))
        held.append(row)
    for paragraph in held[:-1]:
        paragraph.paragraph_format.keep_with_next = True
    for paragraph in held:
        paragraph.paragraph_format.keep_together = True


def _picture(paragraph: Paragraph, data: bytes) -> None:
    with Image.open(BytesIO(data)) as found:
        plain = BytesIO()
        found.convert("RGBA").save(plain, "PNG")
        width = min(COLUMN_MM * 0.8, found.width * 25.4 / 96)
    paragraph.add_run().add_picture(BytesIO(plain.getvalue()), width=Mm(width))


def _line(
    document: Document,
    text: str,
    *,
    size: float = SIZE,
    bold: bool = False,
    centred: bool = False,
) -> Paragraph:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


def _boxes(document: Document) -> None:
    table = document.add_table(rows=1, cols=2 * len(BOXES))
    table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    for place, (label, width) in enumerate(BOXES):
        name, empty = table.rows[0].cells[2 * place : 2 * place + 2]
        name.text = label
        name.width, empty.width = Mm(18), Mm(width)


def _field(paragraph: Paragraph, code: str) -> None:
    """Add a field that the word processor fills in."""
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
