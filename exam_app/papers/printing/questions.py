"""Questions prepared for printing: stem, figures, options four, two or one to a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reportlab.lib.units import mm

from exam_app.papers.printing.press import Page, Picture, Press, Text
from exam_app.papers.printing.sheets import LETTERS, OPTION_ROWS, Sheet, stem_words
from exam_app.papers.terms import CandidateQuestion

FIGURE_HIGH = 55 * mm


@dataclass(slots=True)
class Part:
    """What stays on one line of the page's build: texts and pictures from the left margin.

    ``flows``: its only long text may run on to the next page.
    """

    height: float
    texts: list[tuple[Text, float]] = field(default_factory=list)
    pictures: list[tuple[Picture, float]] = field(default_factory=list)
    flows: Text | None = None
    is_gap: bool = False

    def put(self, page: Page, left: float, top: float) -> None:
        """Set the part on a page."""
        page.texts += [(text, left + x, top) for text, x in self.texts]
        page.pictures += [(picture, left + x, top) for picture, x in self.pictures]


@dataclass(frozen=True)
class PreparedQuestion:
    """A question ready for every copy: only its number and the order of its options differ."""

    stem: Text
    pictures: tuple[Picture, ...]
    options: tuple[Text, ...]
    per_row: int
    sheet: Sheet

    def parts(self, press: Press, position: int, order: Sequence[int]) -> list[Part]:
        """Return the parts of the question at its place on a copy, options in an order."""
        size = self.sheet.size
        number = press.line(f"{position}.", size)
        hang = 2.2 * size
        found = [Part(self.stem.height, [(number, 0), (self.stem, hang)], flows=self.stem)]
        found += [
            Part(picture.height + 1.5 * mm, pictures=[(picture, hang)]) for picture in self.pictures
        ]
        column = (self.sheet.width - hang) / self.per_row
        for start in range(0, len(order), self.per_row):
            texts: list[tuple[Text, float]] = []
            for place, shown in enumerate(range(start, min(start + self.per_row, len(order)))):
                x = hang + place * column
                texts.append((press.line(f"{LETTERS[shown]}.", size), x))
                texts.append((self.options[order[shown]], x + letter_width(size)))
            height = max(text.height for text, _ in texts)
            found.append(Part(height, texts))
        found.append(Part(1.8 * mm * self.sheet.scale, is_gap=True))
        return found


def letter_width(size: float) -> float:
    """Return the room an option's letter takes."""
    return 1.35 * size


def prepare(
    press: Press,
    question: CandidateQuestion,
    sheet: Sheet,
    pictures: Mapping[str, bytes],
    kind: str,
    *,
    with_marks: bool,
) -> PreparedQuestion:
    """Return a question laid out once for all copies.

    Args: pictures: digest → file of each figure; kind: of the section.
    Raises: PrintingRefused: a character has no glyph.
    """
    size, width = sheet.size, sheet.width - 2.2 * sheet.size
    widest = max(press.width(option, size) for option in question.options)
    needed = widest + letter_width(size) + size
    per_row = next(n for n in OPTION_ROWS if n == 1 or needed <= width / n)
    per_row = min(per_row, len(question.options)) if per_row > 1 else 1
    each = width / per_row - letter_width(size)
    return PreparedQuestion(
        stem=press.text(stem_words(question, kind, with_marks=with_marks), size, width),
        pictures=tuple(
            press.picture(shown.digest, pictures[shown.digest], width, FIGURE_HIGH * sheet.scale)
            for shown in question.figures
        ),
        options=tuple(press.text(option, size, each) for option in question.options),
        per_row=per_row,
        sheet=sheet,
    )
