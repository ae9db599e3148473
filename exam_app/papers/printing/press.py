"""The press (排版引擎): text prepared once as page operators and set many times.

Lines are broken, measured and cut into the font's subsets once for a document; a page that shows
them again only says where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics

from exam_app.core.fonts import Fonts, check_coverage
from exam_app.core.pdf import open_canvas
from exam_app.core.pdf_blocks import LEADING, STRETCH_LIMIT, Align
from exam_app.core.pdf_text import Line, break_text

ASCENT = 0.76
PRINTED_DPI = 200


@dataclass(frozen=True, slots=True)
class SetLine:
    """One line of a block: its text, where it begins, its letterspacing, its operators.

    The operators begin and end at the line's start, one step above the next.
    """

    text: str
    x: float
    spread: float
    operators: str


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of one size and weight, ready to be set; `height` in points."""

    lines: tuple[SetLine, ...]
    bold: bool
    size: float
    step: float
    operators: str

    @property
    def height(self) -> float:
        """Points from top to bottom."""
        return len(self.lines) * self.step


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture the document holds once, ready to be set at a size in points."""

    name: str
    operator: str
    width: float
    height: float


@dataclass(slots=True)
class Page:
    """A page in the making: texts and pictures with their top left corners, and other drawing."""

    texts: list[tuple[Text, float, float]] = field(default_factory=list)
    pictures: list[tuple[Picture, float, float]] = field(default_factory=list)
    drawing: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)

    def set(self, text: Text, x: float, top: float) -> None:
        """Set a text with its upper left corner at a point."""
        self.texts.append((text, x, top))

    def frame(self, x: float, top: float, width: float, height: float, line: float = 0.5) -> None:
        """Draw a frame."""
        self.drawing.append(f"{line} w {x:.2f} {top - height:.2f} {width:.2f} {height:.2f} re S")

    def rule(self, x: float, y: float, width: float, line: float = 0.5) -> None:
        """Draw a level line."""
        self.drawing.append(f"{line} w {x:.2f} {y:.2f} m {x + width:.2f} {y:.2f} l S")


class Press:
    """Prepares texts for one document and sets its pages."""

    def __init__(
        self, target: BytesIO, title: str, fonts: Fonts, pagesize: tuple[float, float]
    ) -> None:
        check_coverage(title, fonts)
        self.fonts, self.pagesize = fonts, pagesize
        self.pages = 0
        self._canvas = open_canvas(target, title, pagesize)
        self._lines: dict[tuple[str, float, bool], Text] = {}
        self._pictures: dict[tuple[str, float, float], Picture] = {}
        self._forms: set[str] = set()

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Return the width of a text in points."""
        return self.fonts.width(text, size, bold=bold)

    def line(self, text: str, size: float, *, bold: bool = False) -> Text:
        """Return one line, prepared once however often it is asked for."""
        asked = (text, size, bold)
        if asked not in self._lines:
            self._lines[asked] = self.text(text, size, 10**6, bold=bold, align="left")
        return self._lines[asked]

    def text(
        self,
        words: str,
        size: float,
        width: float,
        *,
        bold: bool = False,
        align: Align = "justify",
        indent: float = 0,
        leading: float = LEADING,
    ) -> Text:
        """Return a text broken into lines of a width; ``indent`` of first lines in points.

        Raises: PrintingRefused: a character has no glyph.
        """
        check_coverage(words.replace("\n", ""), self.fonts)
        broken = break_text(
            words, width, lambda piece: self.fonts.width(piece, size, bold=bold), indent
        )
        step = size * leading
        lines: list[SetLine] = []
        starts = True
        for line in broken:
            at = indent if starts else 0
            room = width - at
            spread = _spread(line, room, size) if align == "justify" else 0
            x = at + _offset(line, room, align)
            code = self._operators(line.text, size, bold, x, spread, step)
            lines.append(SetLine(line.text, x, spread, code))
            starts = line.is_last
        return _joined(tuple(lines), bold, size, step)

    def split(self, text: Text, room: float) -> tuple[Text, Text] | None:
        """Return the lines that fit into so many points and the rest; None if fewer than two."""
        fitting = int(room / text.step)
        if fitting < 2 or fitting >= len(text.lines):
            return None
        first, rest = text.lines[:fitting], text.lines[fitting:]
        return (
            _joined(first, text.bold, text.size, text.step),
            _joined(rest, text.bold, text.size, text.step),
        )

    def _operators(
        self, text: str, size: float, bold: bool, x: float, spread: float, step: float
    ) -> str:
        font = pdfmetrics.getFont(self.fonts.name(bold=bold))
        document = self._canvas._doc
        runs = [
            f"{font.getSubsetInternalName(subset, document)} {size:g} Tf <{codes.hex()}> Tj"
            for subset, codes in font.splitString(text, document)
        ]
        wide = [f"{spread:.3f} Tc", "0 Tc"] if spread else ["", ""]
        return f"{x:.2f} 0 Td {wide[0]} {' '.join(runs)} {wide[1]} {-x:.2f} {-step:.2f} Td\n"

    def picture(self, digest: str, data: bytes, most_wide: float, most_high: float) -> Picture:
        """Return a picture that fits into so many points; the document holds it once."""
        asked = (digest, most_wide, most_high)
        if asked not in self._pictures:
            self._pictures[asked] = self._picture(data, most_wide, most_high)
        return self._pictures[asked]

    def _picture(self, data: bytes, most_wide: float, most_high: float) -> Picture:
        with Image.open(BytesIO(data)) as found:
            flat = Image.new("RGB", found.size, "white")
            drawn = found.convert("RGBA")
            flat.paste(drawn, mask=drawn.getchannel("A"))
        scale = min(most_wide / flat.width, most_high / flat.height, 72 / 96)
        width, height = flat.width * scale, flat.height * scale
        dots = (round(width / 72 * PRINTED_DPI), round(height / 72 * PRINTED_DPI))
        if dots[0] < flat.width:
            flat = flat.resize((max(1, dots[0]), max(1, dots[1])), Image.Resampling.LANCZOS)
        canvas = self._canvas
        before = len(canvas._code)
        canvas.drawImage(ImageReader(flat), 0, 0, width, height)
        del canvas._code[before:]
        name = canvas._formsinuse.pop()
        return Picture(name, canvas._doc.getXObjectName(name), width, height)

    def form(self, name: str, operators: Sequence[str]) -> str:
        """Keep a drawing that pages show again and again; return its name."""
        if name not in self._forms:
            self._forms.add(name)
            self._canvas.beginForm(name)
            self._canvas._code.extend(operators)
            self._canvas.endForm()
        return name

    def put(self, page: Page) -> None:
        """Set a page: forms below, then drawing and pictures, then text."""
        canvas = self._canvas
        code, used = canvas._code, canvas._formsinuse
        for name in page.forms:
            code.append(f"/{canvas._doc.getXObjectName(name)} Do")
            used.append(name)
        if page.drawing:
            code.append("q 0 G\n" + "\n".join(page.drawing) + "\nQ")
        for picture, x, top in page.pictures:
            code.append(
                f"q {picture.width:.2f} 0 0 {picture.height:.2f} {x:.2f} "
                f"{top - picture.height:.2f} cm /{picture.operator} Do Q"
            )
            used.append(picture.name)
        set_ = "".join(
            f"1 0 0 1 {x:.2f} {top:.2f} Tm\n{text.operators}" for text, x, top in page.texts
        )
        code.append(f"BT\n{set_}ET")
        canvas.showPage()
        self.pages += 1

    def save(self) -> None:
        """Write the document."""
        self._canvas.save()


def _offset(line: Line, room: float, align: Align) -> float:
    if align == "center":
        return (room - line.width) / 2
    return room - line.width if align == "right" else 0


def _spread(line: Line, room: float, size: float) -> float:
    if line.is_last or len(line.text) < 2:
        return 0
    extra = (room - line.width) / (len(line.text) - 1)
    return extra if 0 < extra <= size * STRETCH_LIMIT else 0


def _joined(lines: tuple[SetLine, ...], bold: bool, size: float, step: float) -> Text:
    base = (step + size * ASCENT) / 2
    code = f"0 {-base:.2f} Td\n" + "".join(line.operators for line in lines)
    return Text(lines, bold, size, step, code)
