"""The faces: two true weights, every name character, and a refusal instead of a blank."""

from __future__ import annotations

import importlib.resources
import io
import multiprocessing
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from reportlab.pdfbase import pdfmetrics

from exam_app.core import fonts as fonts_module
from exam_app.core.fonts import (
    Fonts,
    PrintingRefused,
    check_all,
    check_coverage,
    ensure_fonts,
    font_files,
    to_unicode_map,
)
from exam_app.core.pdf import open_canvas

RARE = "㛃䶮𬭎"
NO_GLYPH = "\U000300ff"
SAMPLE = "永一国警㛃䶮𬭎Ag8№①，"


@pytest.fixture
def faces(fonts: Fonts) -> Iterator[dict[str, TTFont]]:
    with ExitStack() as opened:
        yield {
            style: opened.enter_context(TTFont(path))
            for style, path in font_files(fonts.directory.parent).items()
        }


def test_every_character_a_name_or_paper_may_hold_is_there(fonts: Fonts) -> None:
    """All of GB 2312, the basic Chinese block, Extension A, and the signs of forms are drawn."""
    gb2312 = "".join(
        bytes((row, cell)).decode("gb2312", "ignore")
        for row in range(0xB0, 0xF8)
        for cell in range(0xA1, 0xFF)
    )
    blocks = "".join(map(chr, [*range(0x4E00, 0x9FA6), *range(0x3400, 0x4DB6)]))
    signs = "0123456789ABCxyz，。、；：？！（）《》“”‘’…—·№①⑨⑩⑳☐☑→←↑↓％‰℃×÷±≤≥"
    assert fonts.missing(gb2312 + blocks + signs + RARE + "喆玥垚堃昇") == []


def test_character_without_glyph_stops_the_printing_and_is_named(fonts: Fonts) -> None:
    """The refusal names the first character by itself and by code point, and counts the rest."""
    with pytest.raises(PrintingRefused) as refused:
        check_coverage(f"张{NO_GLYPH}\U000300fe{NO_GLYPH}", fonts)
    assert refused.value.facts["character"] == NO_GLYPH
    assert refused.value.facts["codepoint"] == "U+300FF"
    assert refused.value.facts["others"] == 1
    check_all(["张三", RARE], fonts)


@pytest.mark.parametrize("character", ["\n", "\t", "\x00", "\u200b", "\ue863", "\ufe00"])
def test_characters_that_draw_nothing_are_refused(character: str, fonts: Fonts) -> None:
    """Control, invisible and private-use characters have no glyph either."""
    with pytest.raises(PrintingRefused):
        check_coverage(f"张{character}", fonts)


def test_bold_is_another_face_with_its_own_name(fonts: Fonts, faces: dict[str, TTFont]) -> None:
    """Each weight has its own PostScript name and heavier strokes than the one before."""
    names = {style: str(face["name"].getName(6, 3, 1)) for style, face in faces.items()}
    assert names == {"Regular": "NotoSansSC-Regular", "Bold": "NotoSansSC-Bold"}
    stroke = {}
    for style, face in faces.items():
        outline = face["glyf"][face.getBestCmap()[ord("一")]]
        stroke[style] = outline.yMax - outline.yMin
        assert face["OS/2"].usWeightClass == {"Regular": 400, "Bold": 700}[style]
        assert "fvar" not in face
    assert stroke["Bold"] > stroke["Regular"] + 20
    assert fonts.width("A1", 10, bold=True) > fonts.width("A1", 10)


@pytest.mark.parametrize(("style", "weight"), [("Regular", 400), ("Bold", 700)])
def test_outlines_are_those_fonttools_would_make(
    style: str, weight: int, faces: dict[str, TTFont]
) -> None:
    """Our quick instancer and the one of fontTools agree within one unit of a thousand."""
    source = importlib.resources.files(fonts_module.PACKAGE).joinpath(*fonts_module.FACE)
    with (
        importlib.resources.as_file(source / fonts_module.SOURCE) as path,
        TTFont(path) as face,
    ):
        options = subset.Options(layout_features=[], hinting=False)
        options.drop_tables += ["GSUB", "GPOS", "GDEF", "vhea", "vmtx", "BASE"]
        chooser = subset.Subsetter(options)
        chooser.populate(text=SAMPLE + " ")
        chooser.subset(face)
        theirs = instancer.instantiateVariableFont(face, {"wght": weight}, optimize=False)
    ours = faces[style]
    for code in map(ord, SAMPLE + " "):
        own, other = (each.getBestCmap()[code] for each in (ours, theirs))
        assert abs(ours["hmtx"][own][0] - theirs["hmtx"][other][0]) <= 1
        pair = ours["glyf"][own], theirs["glyf"][other]
        if pair[0].numberOfContours == pair[1].numberOfContours == 0:
            continue
        assert list(pair[0].endPtsOfContours) == list(pair[1].endPtsOfContours)
        for (x, y), (u, v) in zip(pair[0].coordinates, pair[1].coordinates, strict=True):
            assert max(abs(x - u), abs(y - v)) <= 1


def test_checked_box_is_box_and_mark(faces: dict[str, TTFont]) -> None:
    """☑, which the face lacks, is made of its □ and ✓; ☐ is its □."""
    face = faces["Regular"]
    cmap, glyphs = face.getBestCmap(), face["glyf"]
    assert cmap[ord("☐")] == cmap[ord("□")]
    contours = glyphs[cmap[ord("☑")]].numberOfContours
    assert contours == sum(glyphs[cmap[ord(c)]].numberOfContours for c in "□✓")


def test_faces_are_made_once(fonts: Fonts) -> None:
    """A second call finds the files; the licence lies beside them, and nothing half made."""
    home = fonts.directory.parent
    before = {p.name: p.stat().st_mtime_ns for p in fonts.directory.glob("*.ttf")}
    assert ensure_fonts(home) == fonts
    assert {p.name: p.stat().st_mtime_ns for p in fonts.directory.glob("*.ttf")} == before
    assert sorted(p.name for p in fonts.directory.iterdir() if p.suffix != ".ttf") == [
        ".lock",
        "OFL.txt",
    ]


@pytest.mark.slow
def test_two_processes_at_once_make_one_pair(tmp_path: Path) -> None:
    """Both get the faces; the one that waited made nothing."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        made = pool.map(ensure_fonts, [tmp_path, tmp_path], chunksize=1)
    assert made[0] == made[1]
    assert len(list((tmp_path / "fonts").iterdir())) == 4
    for path in font_files(tmp_path).values():
        with TTFont(path) as face:
            assert face["maxp"].numGlyphs > 30_000


def test_map_to_unicode_uses_surrogates_and_short_blocks() -> None:
    """A character beyond U+FFFF stands as two UTF-16 units; no block has over 100 pairs."""
    text = to_unicode_map("AAAAAA+X", [0, *range(0x4E00, 0x4E00 + 150), 0x2CB4E])
    assert "<97> <D872DF4E>" in text
    assert [int(n) for n in re.findall(r"(\d+) beginbfchar", text)] == [100, 51]
    assert "<00> <0000>" not in text


@pytest.mark.parametrize("bold", [False, True])
def test_copied_text_is_the_printed_text(bold: bool, fonts: Fonts) -> None:
    """Rare names come out of the page as they went in, by two readers, also past 256 glyphs."""
    lines = ["".join(map(chr, range(start, start + 40))) for start in range(0x4E00, 0x5000, 40)]
    lines.insert(3, f"欧阳{RARE} A1")
    target = io.BytesIO()
    canvas = open_canvas(target, "t", (595, 842))
    for number, line in enumerate(lines):
        canvas.setFont(fonts.name(bold=bold), 10)
        canvas.drawString(40, 800 - 20 * number, line)
    canvas.save()
    page = pypdfium2.PdfDocument(target.getvalue())[0]
    assert page.get_textpage().get_text_range().split() == "\n".join(lines).split()
    theirs = pypdf.PdfReader(target).pages[0].extract_text()
    assert theirs.split() == "\n".join(lines).split()


def test_faces_are_registered_under_their_names(fonts: Fonts) -> None:
    """ReportLab tells the weights apart."""
    names = {pdfmetrics.getFont(name).face.name for name in (fonts.regular, fonts.bold)}
    assert names == {b"NotoSansSC-Regular", b"NotoSansSC-Bold"}
