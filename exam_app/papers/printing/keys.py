"""Key sheets and marking tables (标准答案、阅卷对照表): for marking alone, never with the paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from itertools import groupby

from reportlab.lib.units import mm

from exam_app.core.fonts import Fonts
from exam_app.core.pdf import Document
from exam_app.papers.keysheet import KeySheet
from exam_app.papers.printing.sheets import KEY_TITLE, NUMERALS, SECTIONS, number
from question_bank import KeyEntry
from question_bank.copies import Scheme, form_of, key_of_copy, order_of
from question_bank.item import ItemType

TABLE_TITLE = "阅卷对照表"
MARKERS_ONLY = "仅供阅卷使用　不得随试卷流转"
RUN = 5


def key_sheet(sheet: KeySheet, *, class_name: str, fonts: Fonts) -> bytes:
    """Return the key sheet: numbers, keys and marks in the order of the paper itself."""
    target = BytesIO()
    document = _document(target, KEY_TITLE, sheet, class_name, fonts)
    for place, (kind, entries) in enumerate(sheet.sections):
        document.heading(f"{NUMERALS[place]}、{SECTIONS[kind]}", 3)
        rows = [
            [str(each.number), _key_words(each.letters, each.item_type), number(each.marks)]
            for each in entries
        ]
        document.table(["题号", "答案", "分值"] * 3, _in_columns(rows, 3), [1, 2, 1] * 3)
        document.gap(2 * mm)
    document.save()
    return target.getvalue()


def marking_table(
    sheet: KeySheet,
    copies: Iterable[tuple[int, str]],
    *,
    scheme: Scheme,
    class_name: str,
    fonts: Fonts,
) -> bytes:
    """Return the keys of copies as their questions and options stand on them.

    Args: copies: copy number and seat ("" for a spare one), in the order of the seats.
    """
    target = BytesIO()
    document = _document(target, TABLE_TITLE, sheet, class_name, fonts)
    document.text("题号、选项均按各副本上所印的次序；多选题逐题列出，判断题以“对”“错”表示。", 9)
    document.gap(2 * mm)
    paper = sheet.copy_paper(scheme)
    rows = []
    for copy, seat in copies:
        entries = key_of_copy(order_of(paper, copy), sheet.entries)
        rows.append([f"{copy}{form_of(copy, scheme)}", seat or "备用", key_line(entries)])
    document.table(
        ["副本号", "座位号", "答案"], rows, [1, 1, 10], aligns=["center", "center", "left"]
    )
    document.save()
    return target.getvalue()


def key_line(entries: Sequence[KeyEntry]) -> str:
    """Return the keys of a copy: letters in runs of five, multiple ones each with its number."""
    lines = []
    for kind, found in groupby(entries, key=lambda each: each.item_type):
        held = list(found)
        if kind is ItemType.MULTIPLE:
            words = [f"{each.number} {each.letters}" for each in held]
        else:
            runs = [held[at : at + RUN] for at in range(0, len(held), RUN)]
            words = [
                f"{_span(run)} " + "".join(_short(each.letters, kind) for each in run)
                for run in runs
            ]
        lines.append("　".join(words))
    return "\n".join(lines)


def _span(run: Sequence[KeyEntry]) -> str:
    first, last = run[0].number, run[-1].number
    return str(first) if first == last else f"{first}—{last}"


def _document(
    target: BytesIO, title: str, sheet: KeySheet, class_name: str, fonts: Fonts
) -> Document:
    document = Document(
        target,
        f"{title} {sheet.code}",
        fonts,
        header=f"{class_name}　试卷编号 {sheet.code}",
        footer=MARKERS_ONLY,
    )
    document.heading(f"{title}（{sheet.code}）")
    document.text(f"{class_name}　满分 {number(sheet.full_marks)} 分", align="center")
    return document


def _short(letters: str, kind: ItemType) -> str:
    return {"T": "对", "F": "错"}.get(letters, letters) if kind is ItemType.TRUE_FALSE else letters


def _key_words(letters: str, kind: ItemType) -> str:
    words = {"T": "正确", "F": "错误"}
    return words.get(letters, letters) if kind is ItemType.TRUE_FALSE else letters


def _in_columns(rows: list[list[str]], columns: int) -> list[list[str]]:
    """Return the rows folded into so many columns side by side, read downwards."""
    height = -(-len(rows) // columns)
    empty = ["", "", ""]
    folded = []
    for line in range(height):
        cells: list[str] = []
        for column in range(columns):
            place = column * height + line
            cells += rows[place] if place < len(rows) else empty
        folded.append(cells)
    return folded
