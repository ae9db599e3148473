"""Papers on paper (印制): candidates' copies, packets, key sheets, marking tables, DOCX.

Nothing here reads a row or a file: what is printed comes in, the document goes out as bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from flask import current_app

from exam_app.core.fonts import Fonts, ensure_fonts
from exam_app.papers.keysheet import KeySheet
from exam_app.papers.printing import editable, keys
from exam_app.papers.printing.booklets import Booklets, Copy
from exam_app.papers.printing.packets import Packet, Sitting, add_divider, add_packet
from exam_app.papers.printing.sheets import LARGE, USUAL, Sheet
from exam_app.papers.terms import CandidateView
from question_bank.copies import CopyPaper, Placed, Scheme, order_of

__all__ = [
    "LARGE",
    "USUAL",
    "Booklets",
    "Copy",
    "Packet",
    "Sheet",
    "Sitting",
    "key_sheet_pdf",
    "large_pdf",
    "marking_table_pdf",
    "order_of",
    "paper_docx",
    "paper_pdf",
    "room_pdf",
    "CopyPaper",
]

Pictures = Mapping[str, bytes]
Step = Callable[[int], AbstractContextManager[None]]
STRIDE = 5
"""Copies set between two reports of progress."""


def paper_pdf(view: CandidateView, *, class_name: str, pictures: Pictures | None = None) -> bytes:
    """Return the paper in its own order as its candidates read it, not numbered as a copy.

    Raises: PrintingRefused: a character has no glyph in the fonts.
    """
    document = Booklets(view, class_name=class_name, fonts=_fonts(), pictures=pictures or {})
    order = tuple(
        Placed(each.number, each.number, tuple(range(len(each.options)))) for each in view.questions
    )
    document.add_copy(Copy(0, "", order))
    return document.save()


def room_pdf(
    view: CandidateView,
    packets: Sequence[Packet],
    *,
    class_name: str,
    pictures: Pictures,
    sheet: Sheet = USUAL,
    duplex: bool = False,
    step: Step = lambda count: nullcontext(),
) -> tuple[bytes, int]:
    """Return the copies of a room in the order of the seats, in packets, and the pages.

    Args: step: entered around every few copies with their number, to tell progress.
    Raises: PrintingRefused.
    """
    document = Booklets(
        view,
        class_name=class_name,
        fonts=_fonts(),
        pictures=pictures,
        sheet=sheet,
        duplex=duplex,
    )
    for packet in packets:
        add_packet(document, packet)
        for at in range(0, len(packet.copies), STRIDE):
            part = packet.copies[at : at + STRIDE]
            with step(len(part)):
                for copy in part:
                    document.add_copy(copy)
        add_divider(document, packet)
    return document.save(), document.press.pages


def large_pdf(
    view: CandidateView,
    copies: Iterable[Copy],
    *,
    class_name: str,
    pictures: Pictures,
    step: Step = lambda count: nullcontext(),
) -> tuple[bytes, int]:
    """Return copies for low vision (低视力考生): A3, 24 point; and the pages."""
    document = Booklets(view, class_name=class_name, fonts=_fonts(), pictures=pictures, sheet=LARGE)
    for copy in copies:
        with step(1):
            document.add_copy(copy)
    return document.save(), document.press.pages


def paper_docx(view: CandidateView, *, class_name: str, pictures: Pictures) -> bytes:
    """Return the paper as an editable text document, for printing elsewhere."""
    return editable.paper_docx(view, class_name=class_name, fonts=_fonts(), pictures=pictures)


def key_sheet_pdf(sheet: KeySheet, *, class_name: str) -> bytes:
    """Return the key sheet, for marking alone: numbers, keys and marks."""
    return keys.key_sheet(sheet, class_name=class_name, fonts=_fonts())


def marking_table_pdf(
    sheet: KeySheet, copies: Iterable[tuple[int, str]], *, scheme: Scheme, class_name: str
) -> bytes:
    """Return the keys of each copy as it is printed, for marking alone."""
    return keys.marking_table(sheet, copies, scheme=scheme, class_name=class_name, fonts=_fonts())


def _fonts() -> Fonts:
    return ensure_fonts(Path(current_app.instance_path))
