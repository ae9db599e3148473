"""Pages to print: blocks set one under another, Chinese line rules, numbered pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.pagesizes import landscape as turned
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from exam_app.core.fonts import Fonts, check_coverage
from exam_app.core.pdf_blocks import (
    LEADING,
    Align,
    Block,
    Figure,
    Gap,
    Row,
    TextBlock,
    row_parts,
)
from exam_app.core.pdf_text import break_text

Draw = Callable[[Canvas], None]

BODY_SIZE = 10.5
CELL_PAD = 2 * mm
HEADING_SIZES = {1: 18.0, 2: 14.0, 3: 12.0}


def page_label(page: int, pages: int) -> str:
    """Return the words at the foot of a page."""
    return f"第 {page} 页 共 {pages} 页"


def open_canvas(target: Path | BinaryIO, title: str, pagesize: tuple[float, float]) -> Canvas:
    """Return a canvas whose file depends on nothing but what is drawn: same input, same bytes."""
    to = str(target) if isinstance(target, Path) else target
    canvas = Canvas(to, pagesize=pagesize, invariant=1, pageCompression=1, lang="zh-CN")
    canvas.setTitle(title)
    canvas.setAuthor("")
    canvas.setCreator("exam")
    return canvas


@dataclass
class _Page:
    drawings: list[Draw] = field(default_factory=list)


class Document:
    """A printed document in the making: pages are kept until ``save`` knows their number."""

    def __init__(
        self,
        target: Path | BinaryIO,
        title: str,
        fonts: Fonts,
        *,
        landscape: bool = False,
        margin: float = 20 * mm,
        header: str = "",
        footer: str = "",
        pagesize: tuple[float, float] = A4,
    ) -> None:
        self.fonts = fonts
        self.pagesize = turned(pagesize) if landscape else pagesize
        self.margin = margin
        self.header, self.footer = header, footer
        for text in (title, header, footer):
            check_coverage(text, fonts)
        self._canvas = open_canvas(target, title, self.pagesize)
        self._pages = [_Page()]
        self._top = self._ceiling

    @property
    def width(self) -> float:
        """Points between the margins."""
        return self.pagesize[0] - 2 * self.margin

    @property
    def room(self) -> float:
        """Points left on the page."""
        return self._top - self._floor

    @property
    def page_number(self) -> int:
        """The page that is being filled, from 1."""
        return len(self._pages)

    @property
    def _ceiling(self) -> float:
        return self.pagesize[1] - self.margin - (6 * mm if self.header else 0)

    @property
    def _floor(self) -> float:
        return self.margin

    def paragraph(
        self,
        text: str,
        size: float = BODY_SIZE,
        *,
        bold: bool = False,
        align: Align = "justify",
        indent: float = 0,
        left: float = 0,
        width: float | None = None,
        leading: float = LEADING,
    ) -> TextBlock:
        """Return a block of text; ``indent`` (first lines) and ``left`` in characters.

        Raises: PrintingRefused: a character has no glyph.
        """
        check_coverage(text.replace("\n", ""), self.fonts)
        column = self.width if width is None else width
        lines = break_text(
            text,
            column - left * size,
            lambda piece: self.fonts.width(piece, size, bold=bold),
            indent * size,
        )
        font = self.fonts.name(bold=bold)
        return TextBlock(lines, column, font, size, align, indent * size, left * size, leading)

    def add(self, *blocks: Block) -> None:
        """Set blocks under what is there; text longer than the page runs on."""
        for block in blocks:
            self._add(block)

    def _add(self, block: Block) -> None:
        if block.height > self.room:
            parts = block.split(self.room) if isinstance(block, TextBlock) else None
            if parts is not None:
                self._put(parts[0])
                self.page_break()
                self._add(parts[1])
                return
            if self._top < self._ceiling:
                self.page_break()
                if isinstance(block, Gap):
                    return
                self._add(block)
                return
        self._put(block)

    def _put(self, block: Block) -> None:
        x, top = self.margin, self._top
        self._pages[-1].drawings.append(lambda canvas: block.draw(canvas, x, top))
        self._top -= block.height

    def heading(self, text: str, level: int = 1, align: Align | None = None) -> None:
        """Set a heading, never the last line of a page; level 1 is centred."""
        size = HEADING_SIZES[level]
        side: Align = align or ("center" if level == 1 else "left")
        block = self.paragraph(text, size, bold=True, align=side)
        if self.room < block.height + 3 * BODY_SIZE * LEADING:
            self.page_break()
        self.add(block, Gap(size * 0.4))

    def text(self, text: str, size: float = BODY_SIZE, **how: Any) -> None:
        """Set a paragraph; ``how`` as in :meth:`paragraph`."""
        self.add(self.paragraph(text, size, **how))

    def gap(self, height: float = 4 * mm) -> None:
        """Leave space (points)."""
        self.add(Gap(height))

    def figure(self, height: float, paint: Callable[[Canvas, float, float], None]) -> None:
        """Set a drawing ``height`` points high: ``paint(canvas, x, top)``."""
        self.add(Figure(height, paint))

    def keep_together(self, blocks: Sequence[Block]) -> None:
        """Set blocks on one page if a page can hold them at all."""
        total = sum(block.height for block in blocks)
        if self.room < total <= self._ceiling - self._floor and self._top < self._ceiling:
            self.page_break()
        self.add(*blocks)

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        *,
        size: float = 9,
        aligns: Sequence[Align] | None = None,
        least: float = 0,
    ) -> None:
        """Set a framed table; ``widths`` are shares of the page's width.

        The header stands again on each page; a row higher than a page runs on.
        """
        total = sum(widths)
        columns = [self.width * share / total for share in widths]
        sides: Sequence[Align] = aligns or ["left"] * len(columns)

        def row(cells: Sequence[str], *, bold: bool, shade: float | None) -> Row:
            blocks = [
                self.paragraph(
                    cell,
                    size,
                    bold=bold,
                    width=width - 2 * CELL_PAD,
                    leading=1.35,
                    align="center" if bold else side,
                )
                for cell, width, side in zip(cells, columns, sides, strict=True)
            ]
            return Row(blocks, columns, framed=True, pad=2 * CELL_PAD, least=least, shade=shade)

        head = row(header, bold=True, shade=0.92)
        self._add_rows(head, (row(cells, bold=False, shade=None) for cells in rows))

    def _add_rows(self, head: Row, rows: Iterable[Row]) -> None:
        body_room = self._ceiling - self._floor - head.height
        need_head = True
        for part in (part for row in rows for part in row_parts(row, body_room)):
            if self.room < part.height + (head.height if need_head else 0):
                self.page_break()
                need_head = True
            if need_head:
                self.add(head)
                need_head = False
            self.add(part)
        if need_head:
            self.add(head)

    def page_break(self) -> None:
        """Start a new page."""
        self._pages.append(_Page())
        self._top = self._ceiling

    def save(self) -> int:
        """Write the file; return the number of pages."""
        for number, page in enumerate(self._pages, 1):
            for draw in page.drawings:
                draw(self._canvas)
            self._draw_margins(number)
            self._canvas.showPage()
        self._canvas.save()
        return len(self._pages)

    def _draw_margins(self, number: int) -> None:
        canvas, (width, height) = self._canvas, self.pagesize
        canvas.setFont(self.fonts.regular, 8)
        if self.header:
            canvas.drawCentredString(width / 2, height - self.margin, self.header)
        foot = self.margin - 8 * mm
        canvas.drawString(self.margin, foot, self.footer)
        label = page_label(number, len(self._pages))
        canvas.drawRightString(width - self.margin, foot, label)
