"""Copies as printed: text that can be read back, line rules, marks, questions kept whole."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from pypdf import PdfReader
from reportlab.lib.units import mm

from exam_app.core.fonts import PrintingRefused
from exam_app.core.pdf_text import NOT_AT_END, NOT_AT_START
from exam_app.papers import printing
from exam_app.papers.keysheet import KeySheet
from exam_app.papers.printing.booklets import Booklets, Copy
from exam_app.papers.printing.press import Page, Press
from exam_app.papers.printing.sheets import LARGE, USUAL, Sheet
from exam_app.papers.terms import CandidateQuestion, CandidateView, Case, Figure
from question_bank import KeyEntry
from question_bank.copies import CopyPaper, Place, Placed, Scheme, form_of, order_of
from question_bank.item import ItemType
from tests.papers.test_printing import CLASS, CODE, make_view

RARE = "矿井空气中CO₂、SO₄²⁻和𬭎的浓度以㎎/m³计，温度28℃，㛃某测得10⁻⁵～10⁶Bq·m⁻³，应（ ）。"
CASE = Case(1, "某非煤矿山在采空区附近组织作业，" * 12)


def picture(width: int = 900, height: int = 420) -> bytes:
    """Return a PNG."""
    target = BytesIO()
    Image.new("RGB", (width, height), "red").save(target, "PNG")
    return target.getvalue()


def order_for(view: CandidateView, number: int, scheme: Scheme = Scheme.EACH) -> tuple[Placed, ...]:
    """Return the order of a copy under a fixed seed."""
    places = tuple(
        Place(q.number, ItemType(q.type), len(q.options), q.case.number if q.case else 0)
        for q in view.questions
    )
    return order_of(CopyPaper(places, b"s" * 32, scheme), number)


def set_copy(
    view: CandidateView, app: Flask, number: int = 1001, sheet: Sheet = USUAL, **pictures: bytes
) -> tuple[bytes, list[Page]]:
    """Return one copy as printed, and its pages as set."""
    kept: list[Page] = []

    class Watched(Press):
        def put(self, page: Page) -> None:
            kept.append(page)
            super().put(page)

    document = Booklets(
        view, class_name=CLASS, fonts=printing._fonts(), pictures=pictures, sheet=sheet
    )
    document.press.__class__ = Watched
    document.add_copy(
        Copy(number, f"P1-{number}", order_for(view, number), "", "欧阳㛃", "230725010001", "01")
    )
    return document.save(), kept


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_what_is_copied_out_is_what_was_written(printing_app: Flask) -> None:
    """Two readers give back every stem and option, rare characters and signs included."""
    view = make_view()
    first = replace(view.questions[0], stem=RARE)
    view = replace(view, questions=(first, *view.questions[1:]))
    data, _ = set_copy(view, printing_app)
    by_pypdf = bare("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages))
    with pypdfium2.PdfDocument(data) as document:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    by_pdfium = bare("".join(texts))
    for question in view.questions:
        for text in (question.stem, *question.options):
            wanted = bare(text)
            assert wanted in by_pypdf
            assert wanted in by_pdfium


@pytest.mark.parametrize("sheet", [USUAL, LARGE])
def test_no_line_begins_or_ends_with_what_may_not(printing_app: Flask, sheet: Sheet) -> None:
    """避头尾: closing marks never begin a line, opening ones never end it, at either size."""
    view = make_view()
    _, pages = set_copy(view, printing_app, sheet=sheet)
    lines = [line.text for page in pages for text, _, _ in page.texts for line in text.lines]
    assert len(lines) > 200
    for line in lines:
        assert line[:1] not in NOT_AT_START
        assert line[-1:] not in NOT_AT_END


def test_formulas_and_units_are_not_parted(printing_app: Flask) -> None:
    """H₂SO₄, m⁻³ and 28℃ stay whole at whatever width."""
    document = Booklets(make_view(), class_name=CLASS, fonts=printing._fonts(), pictures={})
    for width in range(60, 300, 7):
        lines = [line.text for line in document.press.text(RARE, 10.5, width).lines]
        assert "".join(lines) == RARE.replace(" ", "") or "".join(lines) == RARE
        for whole in ("CO₂", "SO₄²⁻", "28℃", "Bq·m⁻³"[3:], "10⁻⁵"):
            assert sum(whole in line for line in lines) == 1


def test_options_stand_four_two_or_one_to_a_line(printing_app: Flask) -> None:
    """Short options share a line, longer ones a pair, long ones stand alone."""
    for length, rows in ((3, 1), (12, 2), (30, 4)):
        question = CandidateQuestion(
            1, "single", "题干（ ）。", tuple(c * length for c in "甲乙丙丁"), Decimal(2)
        )
        _, pages = set_copy(CandidateView(1, CODE, (question,)), printing_app)
        tops = {round(top) for text, _, top in pages[0].texts if text.lines[0].text in {
            "A.", "B.", "C.", "D."
        }}  # fmt: skip
        assert len(tops) == rows


def test_a_question_is_never_parted_from_its_options(printing_app: Flask) -> None:
    """Between a question's number and its last option no page ends."""
    view = make_view()
    for number in range(1001, 1011):
        _, pages = set_copy(view, printing_app, number)
        found: dict[int, int] = {}
        for place, page in enumerate(pages):
            marks = [text.lines[0].text for text, _, _ in page.texts]
            marks = [words for words in marks if re.fullmatch(r"(\d+|[A-D])\.", words)]
            assert marks[0][:-1].isdigit()
            found |= {int(words[:-1]): place for words in marks if words[:-1].isdigit()}
        assert sorted(found) == list(range(1, 61))


def test_a_question_longer_than_a_page_runs_on(printing_app: Flask) -> None:
    """It may part between options; nothing is lost."""
    question = CandidateQuestion(
        1, "single", "题" * 900 + "（ ）。", tuple(c * 900 for c in "甲乙丙丁"), Decimal(2)
    )
    data, pages = set_copy(CandidateView(1, CODE, (question,)), printing_app)
    assert len(pages) > 1
    whole = bare("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages))
    assert [whole.count(c) for c in "甲乙丙丁"] == [900] * 4
    for page in pages:
        for text, _, top in page.texts:
            assert top - text.height > 10 * mm


def test_a_case_stands_before_its_questions(printing_app: Flask) -> None:
    """Its material stands once, on the page of its first question, naming the copy's numbers."""
    view = make_view()
    questions = tuple(replace(q, case=CASE) if 4 <= q.number <= 6 else q for q in view.questions)
    view = replace(view, questions=questions)
    for number in (1001, 1002, 1003):
        data, _ = set_copy(view, printing_app, number)
        order = order_for(view, number)
        first = min(each.position for each in order if 4 <= each.number <= 6)
        pages = [bare(page.extract_text()) for page in PdfReader(BytesIO(data)).pages]
        lead = f"阅读下列材料，回答第{first}～{first + 2}题。"
        assert sum(page.count(lead) for page in pages) == 1
        page = next(page for page in pages if lead in page)
        shown = next(each for each in order if each.position == first)
        assert bare(view.questions[shown.number - 1].stem) in page
        assert page.count("某非煤矿山在采空区附近组织作业") == 12


def test_a_case_of_several_types_is_one_section(printing_app: Flask) -> None:
    """One heading, its material once, each question naming its type; the key sheet alike."""
    view = make_view()
    ends = [q for q in view.questions if q.number in {1, 2, 31, 32, 41}]
    mixed = [replace(q, case=CASE) for q in ends]
    plain = [q for q in view.questions if q not in ends]
    kept = [*plain, *(mixed[at] for at in (0, 2, 1, 4, 3))]
    numbered = [replace(q, number=at) for at, q in enumerate(kept, start=1)]
    view = replace(view, questions=tuple(numbered))
    assert [kind for kind, _ in view.sections] == ["single", "multiple", "true_false", "case"]
    for number in (1001, 1002):
        data, _ = set_copy(view, printing_app, number)
        whole = bare("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages))
        assert whole.count("、单项选择题（") == whole.count("、多项选择题（") == 1
        assert "四、案例题（共5题，9分。题型见各题之后）" in whole
        assert whole.count("阅读下列材料，回答第56～60题。") == 1
        assert whole.count("（单项选择题，2分）") == 2
        assert whole.count("（判断题，1分）") == 1
    entries = tuple(
        KeyEntry(q.number, f"u{q.number}@1", ItemType(q.type), frozenset({0}), q.marks)
        for q in view.questions
    )
    cases = tuple(q.case.number if q.case else 0 for q in view.questions)
    sheet = KeySheet(1, "X", entries, cases=cases)
    assert [kind for kind, _ in sheet.sections] == ["single", "multiple", "true_false", "case"]


def test_figures_are_held_once_and_missing_ones_refused(printing_app: Flask) -> None:
    """A picture stands between stem and options; eighty copies hold one file of it."""
    view = make_view()
    shown = replace(view.questions[0], figures=(Figure("f1", "图"),))
    view = replace(view, questions=(shown, *view.questions[1:]))
    document = Booklets(view, class_name=CLASS, fonts=printing._fonts(), pictures={"f1": picture()})
    for number in (1001, 1002, 1003):
        document.add_copy(Copy(number, f"P1-{number}", order_for(view, number)))
    reader = PdfReader(BytesIO(document.save()))
    held = {
        image.indirect_reference.idnum
        for page in reader.pages
        for image in page.images
        if image.indirect_reference is not None
    }
    assert len(held) == 1
    with pytest.raises(KeyError):
        Booklets(view, class_name=CLASS, fonts=printing._fonts(), pictures={})


def test_the_number_is_on_every_page_as_bars_and_as_watermark(printing_app: Flask) -> None:
    """A scanner reads the copy's number from each page; the watermark is no text."""
    data, pages = set_copy(make_view(), printing_app, 1017)
    with pypdfium2.PdfDocument(data) as document:
        assert len(document) == len(pages) > 2
        for page in document:
            drawn = page.render(scale=200 / 72, grayscale=True).to_pil()
            (code,) = zxingcpp.read_barcodes(drawn)
            assert (code.text, code.format) == ("P1-1017", zxingcpp.BarcodeFormat.Code128)
            greys = drawn.histogram()
            assert sum(greys[235:247]) > 0.01 * drawn.width * drawn.height
            assert page.get_textpage().get_text_bounded().count("1017") == 1


def test_the_paper_itself_bears_no_mark(printing_app: Flask) -> None:
    """Copy 0 is the paper: no number, no bars."""
    data = printing.paper_pdf(make_view(), class_name=CLASS)
    with pypdfium2.PdfDocument(data) as document:
        drawn = document[0].render(scale=2).to_pil()
        assert zxingcpp.read_barcodes(drawn) == []
        assert "第 0 号" not in document[0].get_textpage().get_text_bounded()


def test_copies_are_the_same_bytes_each_time(printing_app: Flask) -> None:
    """What is printed depends on paper, seed and number alone."""
    assert set_copy(make_view(), printing_app)[0] == set_copy(make_view(), printing_app)[0]


def test_both_sides_each_copy_begins_on_a_new_leaf(printing_app: Flask) -> None:
    """With two-sided printing covers, copies and dividers all begin on odd pages."""
    view = make_view()
    said = printing.Sitting("某期首次考试", "某考点", "第一考场", "2025年3月12日", CODE)
    copies = tuple(
        Copy(n, f"P1-{n}", order_for(view, n), "", "甲", f"2307{n}", f"{n % 100:02}")
        for n in (1001, 1002, 1003, 1901)
    )
    packets = [
        printing.Packet(said, 1, 2, copies[:2], "B1-1-1"),
        printing.Packet(said, 2, 2, (copies[2], replace(copies[3], ticket="")), "B1-1-2"),
    ]
    data, count = printing.room_pdf(view, packets, class_name=CLASS, pictures={}, duplex=True)
    pages = [bare(page.extract_text()) for page in PdfReader(BytesIO(data)).pages]
    assert len(pages) == count
    begun = [
        at for at, page in enumerate(pages)
        if any(words in page for words in ("试卷袋封面", "考生须知", "装袋清单"))
    ]  # fmt: skip
    assert len(begun) == 8
    assert all(at % 2 == 0 for at in begun)
    assert "1003、1901" in next(page for page in pages if "第2袋" in page)
    assert "2份（考生1份，备用1份）" in next(page for page in pages if "第2袋" in page)


def test_large_print_is_a3_in_24_point(printing_app: Flask) -> None:
    """Stems and options of a copy for low vision are 24 point."""
    data, pages = set_copy(make_view(), printing_app, sheet=LARGE)
    box = PdfReader(BytesIO(data)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (842, 1191)
    stem = re.sub(r"（\s*）", "（　）", make_view().questions[0].stem)
    sizes = {
        text.size for page in pages for text, _, _ in page.texts
        if "".join(line.text for line in text.lines).replace(" ", "") == stem.replace(" ", "")
    }  # fmt: skip
    assert sizes == {24}


def test_the_marking_table_tells_each_copys_letters(printing_app: Flask) -> None:
    """A and B copies: the letters stand as the options are printed, in the copy's numbers."""
    entries = (
        KeyEntry(1, "A-1@1", ItemType.SINGLE, frozenset({2}), Decimal(2)),
        KeyEntry(2, "A-2@1", ItemType.MULTIPLE, frozenset({0, 3}), Decimal(2)),
        KeyEntry(3, "A-3@1", ItemType.TRUE_FALSE, frozenset({1}), Decimal(1)),
    )
    orders = (tuple(range(4)), tuple(range(4)), (0, 1))
    sheet = KeySheet(1, CODE, entries, orders, (0, 0, 0), b"s" * 32)
    data = printing.marking_table_pdf(
        sheet, [(1001, "01"), (1901, "")], scheme=Scheme.TWO_FORMS, class_name=CLASS
    )
    page = bare("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages))
    order = order_of(sheet.copy_paper(Scheme.TWO_FORMS), 1001)
    single = "ABCD"[order[0].options.index(2)]
    multiple = "".join(sorted("ABCD"[order[1].options.index(index)] for index in (0, 3)))
    assert f"1001A011{single}2{multiple}3错" in page
    assert form_of(1901, Scheme.TWO_FORMS) == "A"
    assert "1901A备用" in page
    assert "A-1@1" not in page


def test_a_character_without_glyph_stops_every_document(printing_app: Flask) -> None:
    """In options, cases and names as in stems: named, never left out."""
    missing = "\U0001f9ff"
    base = CandidateQuestion(1, "single", "题干（ ）。", ("甲", "乙"), Decimal(1))
    for question in (
        replace(base, stem=missing),
        replace(base, options=("甲", missing)),
        replace(base, case=Case(1, missing)),
    ):
        with pytest.raises(PrintingRefused):
            printing.paper_pdf(CandidateView(1, CODE, (question,)), class_name=CLASS)
    with pytest.raises(PrintingRefused):
        printing.paper_pdf(CandidateView(1, CODE, (base,)), class_name=missing)
