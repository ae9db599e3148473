"""What marks a copy on every page: its number as a faint watermark and as a barcode."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm

FAINT = 0.945
BAR_WIDTH = 0.33 * mm
BAR_HEIGHT = 6.5 * mm
_QUIET = 10


class _Outline(BasePen):  # type: ignore[misc]
    """Writes a glyph as page operators, in font units."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.code: list[str] = []

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - the name fontTools calls
        self.code.append(f"{point[0]:.0f} {point[1]:.0f} m")

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self.code.append(f"{point[0]:.0f} {point[1]:.0f} l")

    def _curveToOne(  # noqa: N802
        self, one: tuple[float, float], two: tuple[float, float], end: tuple[float, float]
    ) -> None:
        points = (*one, *two, *end)
        self.code.append(" ".join(f"{value:.0f}" for value in points) + " c")

    def _closePath(self) -> None:  # noqa: N802
        self.code.append("h")


@lru_cache(maxsize=4)
def _digits(path: str) -> tuple[dict[str, tuple[str, int]], int]:
    """Return character → outline and advance, and the units of an em."""
    with TTFont(path, lazy=True) as face:
        glyphs, names = face.getGlyphSet(), face.getBestCmap()
        found = {}
        for character in "0123456789":
            pen = _Outline(glyphs)
            glyph = glyphs[names[ord(character)]]
            glyph.draw(pen)
            found[character] = ("\n".join(pen.code), int(glyph.width))
        return found, int(face["head"].unitsPerEm)


def watermark(copy_number: int, path: str, pagesize: tuple[float, float]) -> list[str]:
    """Return the operators of a copy's number, faint and slanting, three times down a page.

    Outlines, not text: what is copied out of the page is the paper's words alone.

    Args: path: the face the digits are taken from.
    """
    outlines, units = _digits(path)
    width, height = pagesize
    size = height / 7.5
    digits = [outlines[digit] for digit in str(copy_number)]
    long = sum(advance for _, advance in digits) / units * size
    if long > width * 0.8:
        size *= width * 0.8 / long
        long = width * 0.8
    turn = math.radians(30)
    cos, sin = math.cos(turn), math.sin(turn)
    code = [f"q {FAINT} g"]
    for share in (0.2, 0.5, 0.8):
        x = width / 2 - long / 2 * cos
        y = height * share - long / 2 * sin - size * 0.35 * cos
        code.append(f"q {cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {x:.2f} {y:.2f} cm")
        code.append(f"{size / units:.5f} 0 0 {size / units:.5f} 0 0 cm")
        for outline, advance in digits:
            code += [outline, "f", f"1 0 0 1 {advance} 0 cm"]
        code.append("Q")
    return [*code, "Q"]


def barcode(text: str, right: float, top: float, scale: float = 1) -> list[str]:
    """Return the operators of a Code 128 (条形码) whose quiet zone ends at ``right``."""
    bar = BAR_WIDTH * scale
    x = right - (sum(_widths(text)) + _QUIET) * bar
    code = ["q 0 g"]
    for place, width in enumerate(_widths(text)):
        if place % 2 == 0:
            code.append(
                f"{x:.3f} {top - BAR_HEIGHT * scale:.2f} {width * bar:.3f} "
                f"{BAR_HEIGHT * scale:.2f} re"
            )
        x += width * bar
    return [*code, "f Q"]


@lru_cache(maxsize=2000)
def _widths(text: str) -> tuple[int, ...]:
    """Return the widths of bars and gaps in turn, in modules."""
    symbol = Code128(text, quiet=False)
    symbol.validate()
    symbol.encode()
    symbol.decompose()
    return tuple("ABCDEFG".index(letter.upper()) + 1 for letter in symbol.decomposed)
