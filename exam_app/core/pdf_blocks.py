"""The blocks a printed page is set from: text, gaps, drawings, rows (版面构件)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from reportlab.pdfgen.canvas import Canvas

from exam_app.core.pdf_text import Line

Align = Literal["left", "center", "right", "justify"]

LEADING = 1.55
STRETCH_LIMIT = 0.4
HAIRLINE = 0.5


class Block(Protocol):
    """Something with a height that can be drawn with its top left corner at a point."""

    @property
    def height(self) -> float:
        """Points from top to bottom."""

    def draw(self, canvas: Canvas, x: float, top: float) -> None:
        """Draw on the canvas; ``top`` is the upper edge."""


@dataclass(frozen=True)
class TextBlock:
    """Lines of one size and weight in a column ``width`` points wide; indents in points."""

    lines: list[Line]
    width: float
    font: str
    size: float
    align: Align = "justify"
    indent: float = 0
    left: float = 0
    leading: float = LEADING

    @property
    def height(self) -> float:
        """Points from top to bottom."""
        return len(self.lines) * self.size * self.leading

    def draw(self, canvas: Canvas, x: float, top: float) -> None:
        """Draw the lines, the full ones stretched to the column's width if asked."""
        step = self.size * self.leading
        base = top - (step + self.size * 0.76) / 2
        starts_paragraph = True
        for number, line in enumerate(self.lines):
            indent = self.indent if starts_paragraph else 0
            room = self.width - self.left - indent
            at = x + self.left + indent + self._offset(line, room)
            canvas.setFont(self.font, self.size)
            canvas.drawString(
                at, base - number * step, line.text, charSpace=self._spread(line, room)
            )
            starts_paragraph = line.is_last

    def _offset(self, line: Line, room: float) -> float:
        if self.align == "center":
            return (room - line.width) / 2
        return room - line.width if self.align == "right" else 0

    def _spread(self, line: Line, room: float) -> float:
        if self.align != "justify" or line.is_last or len(line.text) < 2:
            return 0
        extra = (room - line.width) / (len(line.text) - 1)
        return extra if 0 < extra <= self.size * STRETCH_LIMIT else 0

    def split(self, room: float) -> tuple[TextBlock, TextBlock] | None:
        """Return the lines that fit into ``room`` points and the rest; None if fewer than two."""
        fitting = int(room / (self.size * self.leading))
        if fitting < 2 or fitting >= len(self.lines):
            return None
        rest_indent = self.indent if self.lines[fitting - 1].is_last else 0
        values = {**self.__dict__, "lines": self.lines[:fitting]}
        rest = {**self.__dict__, "lines": self.lines[fitting:], "indent": rest_indent}
        return TextBlock(**values), TextBlock(**rest)


@dataclass(frozen=True)
class Gap:
    """Empty space (points)."""

    height: float

    def draw(self, canvas: Canvas, x: float, top: float) -> None:
        """Draw nothing."""


@dataclass(frozen=True)
class Figure:
    """A drawing of the caller: ``paint(canvas, x, top)``, ``height`` points high."""

    height: float
    paint: Callable[[Canvas, float, float], None]

    def draw(self, canvas: Canvas, x: float, top: float) -> None:
        """Let the caller draw."""
        self.paint(canvas, x, top)


@dataclass(frozen=True)
class Row:
    """Blocks side by side, each in its own column; with a frame around each cell or without."""

    cells: Sequence[TextBlock]
    widths: Sequence[float]
    framed: bool = False
    pad: float = 0
    least: float = 0
    shade: float | None = None

    @property
    def height(self) -> float:
        """Points from top to bottom."""
        return max(self.least, max(cell.height for cell in self.cells) + self.pad)

    def draw(self, canvas: Canvas, x: float, top: float) -> None:
        """Draw the cells, each in the middle of the row's height if framed."""
        height = self.height
        for cell, width in zip(self.cells, self.widths, strict=True):
            if self.framed:
                canvas.setLineWidth(HAIRLINE)
                if self.shade is not None:
                    canvas.setFillGray(self.shade)
                canvas.rect(x, top - height, width, height, fill=int(self.shade is not None))
                canvas.setFillGray(0)
            drop = (height - cell.height) / 2 if self.framed else 0
            cell.draw(canvas, x + self.pad / 2, top - drop)
            x += width


def row_parts(row: Row, room: float) -> list[Row]:
    """Return the row, or pieces of it that each fit into ``room`` points."""
    if row.height <= room:
        return [row]
    cell = row.cells[0]
    count = max(1, int((room - row.pad) / (cell.size * cell.leading)))
    longest = max(len(cell.lines) for cell in row.cells)
    return [
        Row(
            [TextBlock(**{**c.__dict__, "lines": c.lines[at : at + count]}) for c in row.cells],
            row.widths,
            row.framed,
            row.pad,
            row.least,
            row.shade,
        )
        for at in range(0, longest, count)
    ]
