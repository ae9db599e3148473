"""The booklets of candidates (试卷册): copies of a paper in one document, each in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics

from exam_app.core.fonts import Fonts
from exam_app.papers.printing import marks
from exam_app.papers.printing.press import Page, Press, Text
from exam_app.papers.printing.questions import Part, PreparedQuestion, prepare
from exam_app.papers.printing.sheets import (
    BLANK,
    END,
    FOOTER,
    NOTES,
    NUMERALS,
    TITLE,
    USUAL,
    Sheet,
    case_words,
    number,
    page_words,
    section_heading,
)
from exam_app.papers.terms import CandidateView
from question_bank.copies import Placed

Fields = Sequence[tuple[str, str, float]]
"""Label, what is filled in (or nothing), and the share of the width."""


@dataclass(frozen=True)
class Copy:
    """One copy (副本) of a paper: its number, form and whose it is; a spare copy is nobody's.

    The number 0 is the paper itself, which bears no mark.
    """

    number: int
    barcode: str
    order: tuple[Placed, ...]
    form: str = ""
    name: str = ""
    ticket: str = ""
    seat: str = ""

    @property
    def boxes(self) -> Fields:
        """Return the boxes at the head of the paper."""
        return (("姓名", self.name, 3), ("准考证号", self.ticket, 5), ("座位号", self.seat, 2))


@dataclass
class _Flow:
    """Pages filled from top to bottom by parts that stay together."""

    sheet: Sheet
    press: Press
    pages: list[Page] = field(default_factory=lambda: [Page()])
    top: float = 0

    def __post_init__(self) -> None:
        self.top = self.sheet.ceiling

    @property
    def room(self) -> float:
        return self.top - self.sheet.floor

    def turn(self) -> None:
        self.pages.append(Page())
        self.top = self.sheet.ceiling

    def keep(self, parts: Sequence[Part], lead: Sequence[Part] = ()) -> None:
        """Set parts on one page with what leads to them, if a page can hold them.

        A lead too long for that runs on by itself; parts too long for a page follow one another.
        """
        whole = self.sheet.ceiling - self.sheet.floor
        total = _height([*lead, *parts])
        if lead and total > whole:
            self.keep(lead)
            self.keep(parts)
            return
        short = self.room < (total if total <= whole else whole / 4)
        if short and self.top < self.sheet.ceiling:
            self.turn()
        for part in [*lead, *parts]:
            self._put(part)

    def _put(self, part: Part) -> None:
        if part.is_gap and (part.height > self.room or self.top == self.sheet.ceiling):
            return
        if part.height > self.room:
            pieces = self.press.split(part.flows, self.room) if part.flows is not None else None
            if pieces is not None:
                self._flow(part, pieces)
                return
            if self.top < self.sheet.ceiling:
                self.turn()
                self._put(part)
                return
        part.put(self.pages[-1], self.sheet.margin, self.top)
        self.top -= part.height

    def _flow(self, part: Part, pieces: tuple[Text, Text]) -> None:
        """Set what fits of a long text, the rest on the next page."""
        x = next(x for text, x in part.texts if text is part.flows)
        others = [(text, at) for text, at in part.texts if text is not part.flows]
        first, rest = pieces
        Part(first.height, [*others, (first, x)]).put(self.pages[-1], self.sheet.margin, self.top)
        self.turn()
        self._put(Part(rest.height, [(rest, x)], flows=rest))


def _height(parts: Sequence[Part]) -> float:
    """Return the height of parts; a gap at their end may fall off the page."""
    trailing = parts[-1].height if parts and parts[-1].is_gap else 0
    return sum(part.height for part in parts) - trailing


class Booklets:
    """A document of copies: what they share is prepared once."""

    def __init__(
        self,
        view: CandidateView,
        *,
        class_name: str,
        fonts: Fonts,
        pictures: Mapping[str, bytes],
        sheet: Sheet = USUAL,
        duplex: bool = False,
    ) -> None:
        self._target = BytesIO()
        self.press = Press(self._target, f"{TITLE} {view.code}", fonts, sheet.pagesize)
        self.view, self.sheet, self.class_name = view, sheet, class_name
        self._duplex = duplex
        self._sections = view.sections
        self._headings = [self._heading(place) for place in range(len(self._sections))]
        self._questions = self._prepared(pictures)
        self._cases = {
            question.case.number: self.press.text(
                question.case.stem, sheet.size, sheet.width, indent=2 * sheet.size
            )
            for question in view.questions
            if question.case is not None
        }
        self._place = {q.number: at for at, (_, held) in enumerate(self._sections) for q in held}
        self._case_of = {q.number: q.case.number if q.case else 0 for q in view.questions}

    def _prepared(self, pictures: Mapping[str, bytes]) -> dict[int, PreparedQuestion]:
        found = {}
        for kind, held in self._sections:
            with_marks = len({each.marks for each in held}) > 1
            for each in held:
                found[each.number] = prepare(
                    self.press, each, self.sheet, pictures, kind, with_marks=with_marks
                )
        return found

    def _heading(self, place: int) -> list[Part]:
        (kind, held), size = self._sections[place], self.sheet.size * 12 / 10.5
        words = section_heading(NUMERALS[place], kind, held)
        text = self.press.text(words, size, self.sheet.width, bold=True, align="left")
        gap = Part(2.5 * mm * self.sheet.scale, is_gap=True)
        return [gap, Part(text.height, [(text, 0)]), Part(1.5 * mm * self.sheet.scale)]

    def add_copy(self, copy: Copy) -> int:
        """Set a copy and return its pages."""
        flow = _Flow(self.sheet, self.press)
        self._head(flow, copy)
        section, case = -1, 0
        for placed in copy.order:
            lead: list[Part] = []
            if self._place[placed.number] != section:
                section, case = self._place[placed.number], 0
                lead = list(self._headings[section])
            if self._case_of[placed.number] != case:
                case = self._case_of[placed.number]
                lead += self._material(case, placed, copy.order) if case else []
            parts = self._questions[placed.number].parts(
                self.press, placed.position, placed.options
            )
            if placed is copy.order[-1]:
                parts = [*parts[:-1], *self._end()]
            flow.keep(parts, lead)
        self._finish(flow.pages, copy)
        return len(flow.pages)

    def _end(self) -> list[Part]:
        """Return the words after the last question, which stay with it."""
        end = self.press.text(END, self.sheet.size, self.sheet.width, align="center")
        return [Part(1.5 * mm), Part(end.height, [(end, 0)])]

    def _material(self, case: int, first: Placed, order: Sequence[Placed]) -> list[Part]:
        """Return the material of a case and what questions it is for."""
        last = first.position
        for placed in order[first.position :]:
            same = self._place[placed.number] == self._place[first.number]
            if not same or self._case_of[placed.number] != case:
                break
            last = placed.position
        words = case_words(first.position, last)
        text = self._cases[case]
        lead = self.press.line(words, self.sheet.size, bold=True)
        gap = Part(1.5 * mm * self.sheet.scale, is_gap=True)
        return [
            Part(lead.height, [(lead, 0)]),
            Part(text.height, [(text, 0)], flows=text),
            gap,
        ]

    def _head(self, flow: _Flow, copy: Copy) -> None:
        """Set title, boxes and notes at the head of the first page."""
        press, sheet, scale = self.press, self.sheet, self.sheet.scale
        centred = [
            press.text(TITLE, 18 * scale, sheet.width, bold=True, align="center"),
            press.text(
                f"{self.class_name}　满分 {number(self.view.full_marks)} 分",
                sheet.size,
                sheet.width,
                align="center",
            ),
        ]
        parts = [Part(text.height, [(text, 0)]) for text in centred]
        flow.keep([*parts, Part(2 * mm)])
        height = 9 * mm * scale
        boxes(press, flow.pages[-1], copy.boxes, sheet, flow.top)
        flow.keep([Part(height + 2 * mm)])
        for note in NOTES:
            text = press.text(note, 9 * scale, sheet.width)
            flow.keep([Part(text.height, [(text, 0)])])

    def _finish(self, pages: Sequence[Page], copy: Copy) -> None:
        """Set the pages of a copy with what stands on each of them."""
        sheet, form = self.sheet, self._marks(copy)
        for place, page in enumerate(pages, start=1):
            page.forms += form
            self._margins(page, page_words(place, len(pages)), copy)
            self.press.put(page)
        if self._duplex and self.press.pages % 2:
            blank = Page(forms=[*form])
            words = self.press.text(BLANK, sheet.size, sheet.width, align="center")
            blank.set(words, sheet.margin, sheet.pagesize[1] / 2)
            self.press.put(blank)

    def even_out(self) -> None:
        """Leave the back of a sheet white where both sides are printed."""
        if self._duplex and self.press.pages % 2:
            self.press.put(Page())

    def _marks(self, copy: Copy) -> list[str]:
        if not copy.number:
            return []
        sheet = self.sheet
        right, top = sheet.pagesize[0] - sheet.margin, sheet.pagesize[1] - 7 * mm
        face = pdfmetrics.getFont(self.press.fonts.bold).face.filename
        code = [
            *marks.watermark(copy.number, face, sheet.pagesize),
            *marks.barcode(copy.barcode, right, top, min(sheet.scale, 1.5)),
        ]
        return [self.press.form(f"copy-{copy.number}", code)]

    def _margins(self, page: Page, words: str, copy: Copy) -> None:
        press, sheet = self.press, self.sheet
        small = 8 * min(sheet.scale, 1.75)
        width, height = sheet.pagesize
        head = press.line(f"{self.class_name}　试卷编号 {self.view.code}", small)
        page.set(head, sheet.margin, height - 8 * mm)
        if copy.number:
            form = f"　{copy.form} 卷" if copy.form else ""
            mark = press.line(f"第 {copy.number} 号{form}", small * 1.25, bold=True)
            page.set(mark, sheet.margin, height - 8 * mm - head.height)
        page.rule(sheet.margin, sheet.ceiling + 1.5 * mm, sheet.width)
        page.set(press.line(FOOTER, small), sheet.margin, sheet.margin - 4 * mm)
        right = press.width(words, small)
        page.set(press.line(words, small), width - sheet.margin - right, sheet.margin - 4 * mm)

    def save(self) -> bytes:
        """Return the document."""
        self.press.save()
        return self._target.getvalue()


def boxes(press: Press, page: Page, fields: Fields, sheet: Sheet, top: float) -> None:
    """Set framed boxes side by side, each label before its own."""
    height, size = 9 * mm * sheet.scale, 10 * sheet.scale
    unit = sheet.width / sum(2 + share * 1.2 for _, _, share in fields)
    x = sheet.margin
    for label, filled, share in fields:
        for words, width in ((label, 2 * unit), (filled, share * 1.2 * unit)):
            page.frame(x, top, width, height)
            fitting = size
            while words and press.width(words, fitting) > width - 4:
                fitting *= 0.9
            text = press.text(words, fitting, width, align="center")
            page.set(text, x, top - (height - text.height) / 2)
            x += width
