"""Printed pages: Chinese line rules, tables over pages, numbered pages, the same bytes twice."""

from __future__ import annotations

import io

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.core.fonts import Fonts, PrintingRefused
from exam_app.core.pdf import Document
from exam_app.core.pdf_blocks import Gap, TextBlock
from exam_app.core.pdf_text import (
    NOT_AT_END,
    NOT_AT_START,
    break_paragraph,
    break_text,
    clusters,
)

WORDS = st.text(alphabet="安全生产责任制，。；：？！、）》”（《“AB12% ", min_size=1, max_size=120)


def wide(text: str) -> float:
    return float(sum(5 if character.isascii() else 10 for character in text))


def pages_of(target: io.BytesIO) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(target).pages]


@given(WORDS, st.integers(90, 300))
def test_no_line_breaks_a_rule_and_no_character_is_lost(text: str, width: int) -> None:
    """A line starts with no closing mark and ends with no opening one, if its words can fit."""
    lines = break_paragraph(text, width, wide)
    assert "".join(line.text for line in lines).replace(" ", "") == text.replace(" ", "")
    assert [line.is_last for line in lines] == [*[False] * (len(lines) - 1), True]
    assert all(line.width == wide(line.text) <= width for line in lines)
    if all(wide(piece) <= width for piece in clusters(text)) and " " not in text:
        assert not any(line.text[0] in NOT_AT_START for line in lines[1:])
        assert not any(line.text[-1] in NOT_AT_END for line in lines[:-1])


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("（甲）", ["（甲）"]),
        ("说：“好。”", ["说：", "“好。”"]),
        ("见《安全生产法》。", ["见", "《安", "全", "生", "产", "法》。"]),
        ("按 GB/T 33000-2016 办", ["按", " ", "GB/T", " ", "33000-2016", " ", "办"]),
        ("等……", ["等……"]),
        ("60%以上", ["60%", "以", "上"]),
    ],
)
def test_pieces_that_stay_together(text: str, pieces: list[str]) -> None:
    """Marks cling to their neighbours; Latin words, standards and numbers stay whole."""
    assert list(clusters(text)) == pieces


def test_word_wider_than_the_line_is_cut() -> None:
    """Nothing runs off the page: an endless word is cut by character."""
    lines = break_text("https" * 20, 100, wide)
    assert [len(line.text) for line in lines] == [20, 20, 20, 20, 20]


def test_indent_shortens_the_first_line_of_each_paragraph() -> None:
    """Two paragraphs, each with a shorter first line."""
    lines = break_text("安" * 15 + "\n" + "全" * 15, 100, wide, indent=20)
    assert [len(line.text) for line in lines] == [8, 7, 8, 7]


def test_pages_are_numbered_with_their_total(fonts: Fonts) -> None:
    """Each page says which it is and how many there are; header and footer stand on all."""
    target = io.BytesIO()
    document = Document(target, "试卷", fonts, header="某某市考试", footer="编号 A-1")
    document.heading("试卷")
    for _ in range(120):
        document.text("安全生产人人有责。")
    total = document.save()
    pages = pages_of(target)
    assert (total > 1, len(pages)) == (True, total)
    for number, page in enumerate(pages, 1):
        assert f"第 {number} 页 共 {total} 页" in page
        assert "某某市考试" in page
        assert "编号 A-1" in page
    assert sum(page.count("安全生产人人有责。") for page in pages) == 120


def test_long_paragraph_runs_on_without_loss(fonts: Fonts) -> None:
    """A paragraph longer than two pages keeps every character, in order."""
    text = "".join(chr(0x4E00 + number) for number in range(4000))
    target = io.BytesIO()
    document = Document(target, "长文", fonts)
    document.text(text, indent=2)
    assert document.save() >= 3
    printed = "".join(
        line for page in pages_of(target) for line in page.split("\n") if not line.startswith("第 ")
    )
    assert printed.replace(" ", "") == text


def test_table_repeats_its_header_and_keeps_every_row(fonts: Fonts) -> None:
    """On each page the header stands above rows; a row higher than a page runs on."""
    target = io.BytesIO()
    document = Document(target, "名册", fonts, landscape=True)
    rows = [[f"№{number:03}", "张䶮"] for number in range(90)]
    rows.insert(40, ["№长", "单位名称" * 1200])
    document.table(["序号", "姓名栏"], rows, [1, 4])
    document.save()
    pages = pages_of(target)
    assert all(page.count("姓名栏") == 1 for page in pages)
    text = "".join(pages)
    assert all(text.count(f"№{number:03}") == 1 for number in range(90))
    assert text.replace("\n", "").count("单位名称") >= 1150


def test_empty_table_still_shows_its_header(fonts: Fonts) -> None:
    """A table without rows is a header, not nothing."""
    target = io.BytesIO()
    document = Document(target, "空", fonts)
    document.table(["序号", "姓名"], [], [1, 1])
    document.save()
    assert "姓名" in pages_of(target)[0]


def test_blocks_kept_together_share_a_page(fonts: Fonts) -> None:
    """A stem and its options move on together where the page ends."""
    target = io.BytesIO()
    document = Document(target, "试卷", fonts)
    for number in range(60):
        stem = document.paragraph(f"题{number:02}始", 12)
        document.keep_together([stem, Gap(30), document.paragraph(f"题{number:02}终", 12)])
    assert document.save() > 1
    for page in pages_of(target):
        assert page.count("始") == page.count("终")


def test_missing_glyph_stops_the_document(fonts: Fonts) -> None:
    """Text, title, header and cells are all asked before anything is drawn."""
    bad = "张\U000300ff"
    document = Document(io.BytesIO(), "试卷", fonts)
    with pytest.raises(PrintingRefused):
        document.text(bad)
    with pytest.raises(PrintingRefused):
        document.table(["姓名"], [[bad]], [1])
    with pytest.raises(PrintingRefused):
        Document(io.BytesIO(), bad, fonts)


def test_same_input_gives_the_same_bytes(fonts: Fonts) -> None:
    """A document depends on what it says alone, not on the time it was printed."""

    def made() -> bytes:
        target = io.BytesIO()
        document = Document(target, "试卷", fonts)
        document.text("安全生产㛃䶮𬭎" * 30, bold=True)
        document.save()
        return target.getvalue()

    assert made() == made()


def test_justified_lines_reach_the_margin(fonts: Fonts) -> None:
    """All lines but a paragraph's last are spread to the column's width, within reason."""
    document = Document(io.BytesIO(), "试卷", fonts)
    block = document.paragraph("安全生产，人人有责。GB/T 33000-2016 " * 12)
    assert isinstance(block, TextBlock)
    *full, last = block.lines
    for line in full:
        spread = block._spread(line, block.width)
        assert line.width + spread * (len(line.text) - 1) == pytest.approx(block.width, abs=0.01)
    assert block._spread(last, block.width) == 0
