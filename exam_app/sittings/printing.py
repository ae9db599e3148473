"""Printed sheets of a sitting: admission tickets, seating and sign-in, door labels, room record.

Official papers are Chinese whatever language the pages are read in.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from exam_app.core.fonts import Fonts, check_all
from exam_app.core.pdf import Document
from exam_app.core.pdf_blocks import Row
from exam_app.core.qr import draw_qr, qr_matrix, side_mm
from exam_app.sittings.seating import SEATS_ACROSS

MARGIN = 15 * mm
TICKET_HEIGHT = A4[1] / 2 - MARGIN
PHOTO = (26 * mm, 35 * mm)
QR_MODULE = 0.7
Paint = Callable[[Canvas, float, float], None]
PRIVACY = "内含个人信息，用后按规定归档或销毁"


@dataclass(frozen=True)
class Ticket:
    """What an admission ticket (准考证) says; the ID number is masked."""

    number: str
    name: str
    masked_id: str
    class_name: str
    kind: str
    site: str
    address: str
    room: str
    seat: int
    when: str
    doors: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Sitter:
    """One line of a sign-in sheet (签到表)."""

    seat: int
    number: str
    name: str
    masked_id: str
    enterprise: str


@dataclass(frozen=True)
class RoomSheet:
    """A room with those who sit in it, in the order of the seats."""

    title: str
    site: str
    room: str
    when: str
    invigilators: tuple[str, ...]
    sitters: tuple[Sitter, ...]


@dataclass(frozen=True)
class Occurrence:
    """One incident as the record prints it."""

    at: str
    kind: str
    candidate: str
    description: str
    reporter: str
    second: str
    outcome: str


@dataclass(frozen=True)
class RoomRecord:
    """What the record of a room (考场记录) says."""

    title: str
    site: str
    room: str
    mode: str
    planned: str
    opened: str
    closed: str
    entered: int
    present: int
    absent: tuple[str, ...]
    disqualified: tuple[str, ...]
    not_in: tuple[str, ...] = ()
    chief: str = ""
    invigilators: tuple[str, ...] = ()
    scripts: str = ""
    handed_over: str = ""
    occurrences: tuple[Occurrence, ...] = field(default=())


def tickets_pdf(tickets: Sequence[Ticket], fonts: Fonts) -> bytes:
    """Return the tickets as A4 pages with two each, a dashed line between them.

    Raises: PrintingRefused: a name has a character without a glyph.
    """
    target = io.BytesIO()
    document = Document(target, "准考证", fonts, margin=MARGIN)
    for place, ticket in enumerate(tickets):
        if place and place % 2 == 0:
            document.page_break()
        check_all((ticket.name, ticket.class_name, ticket.site, ticket.address, ticket.room), fonts)
        document.figure(TICKET_HEIGHT, _painter(document, ticket, cut=place % 2 == 1))
    document.save()
    return target.getvalue()


def _painter(document: Document, ticket: Ticket, *, cut: bool) -> Paint:
    def paint(canvas: Canvas, x: float, top: float) -> None:
        if cut:
            canvas.setDash(3, 3)
            canvas.setLineWidth(0.4)
            canvas.line(0, top, A4[0], top)
            canvas.setDash()
        _draw_ticket(document, ticket, canvas, x, top - 6 * mm)

    return paint


def _draw_ticket(document: Document, ticket: Ticket, canvas: Canvas, x: float, top: float) -> None:
    width = document.width
    title = document.paragraph("准 考 证", 18, bold=True, align="center")
    title.draw(canvas, x, top)
    under = document.paragraph(f"{ticket.class_name}　{ticket.kind}", 10.5, align="center")
    under.draw(canvas, x, top - title.height)
    body_top = top - title.height - under.height - 2 * mm
    side = PHOTO[0] + 4 * mm
    bottom = _draw_facts(document, ticket, canvas, x, body_top, width - side)
    _draw_photo(document, canvas, x + width - PHOTO[0], body_top)
    matrix = qr_matrix(ticket.number, "")
    qr_side = side_mm(matrix, QR_MODULE) * mm
    draw_qr(
        canvas, matrix, x + width - (PHOTO[0] + qr_side) / 2,
        body_top - PHOTO[1] - qr_side - 1 * mm, QR_MODULE,
    )  # fmt: skip
    heading = document.paragraph("考生须知", 9.5, bold=True)
    at = bottom - 3 * mm
    heading.draw(canvas, x, at)
    at -= heading.height
    for number, rule in enumerate(ticket.rules, 1):
        block = document.paragraph(
            f"{number}. {rule}", 9, width=width - side, leading=1.4, align="left"
        )
        block.draw(canvas, x, at)
        at -= block.height


def _draw_facts(
    document: Document, ticket: Ticket, canvas: Canvas, x: float, top: float, width: float
) -> float:
    """Draw the framed facts; return where they end."""
    facts = (
        ("姓　　名", ticket.name),
        ("证件号码", ticket.masked_id),
        ("准考证号", ticket.number),
        ("考试时间", ticket.when),
        ("入场时间", ticket.doors),
        ("考　　点", f"{ticket.site}（{ticket.address}）"),
        ("考场座位", f"{ticket.room}　{ticket.seat} 号座位"),
    )
    columns = (22 * mm, width - 22 * mm)
    for label, value in facts:
        strong = label in ("准考证号", "考场座位")
        cells = [
            document.paragraph(label, 10, width=columns[0] - 4 * mm, align="center", leading=1.4),
            document.paragraph(
                value, 10, bold=strong, width=columns[1] - 4 * mm, align="left", leading=1.4
            ),
        ]
        row = Row(cells, columns, framed=True, pad=4 * mm, least=8 * mm)
        row.draw(canvas, x, top)
        top -= row.height
    return top


def _draw_photo(document: Document, canvas: Canvas, x: float, top: float) -> None:
    canvas.setLineWidth(0.5)
    canvas.rect(x, top - PHOTO[1], *PHOTO)
    for line, text in enumerate(("照片", "（加盖骑缝章）")):
        block = document.paragraph(text, 8, width=PHOTO[0], align="center")
        block.draw(canvas, x, top - PHOTO[1] / 2 + block.height * (1 - line))


def seating_pdf(sheets: Sequence[RoomSheet], fonts: Fonts) -> bytes:
    """Return seating chart (座次表) and sign-in sheet (签到表) of each room, A4 upright."""
    target = io.BytesIO()
    document = Document(target, "座次表和签到表", fonts, margin=MARGIN, footer=PRIVACY)
    for number, sheet in enumerate(sheets):
        if number:
            document.page_break()
        _room_head(document, sheet, "座次表")
        _chart(document, sheet)
        document.page_break()
        _room_head(document, sheet, "签到表")
        document.table(
            ("座号", "准考证号", "姓名", "证件号码", "工作单位", "签名", "备注"),
            [
                (str(each.seat), each.number, each.name, each.masked_id, each.enterprise, "", "")
                for each in sheet.sitters
            ],
            (4, 15, 6, 12, 14, 8, 5),
            size=8,
            least=9 * mm,
            aligns=("center", "left", "left", "left", "left", "left", "left"),
        )
        document.gap()
        line = "_" * 16
        document.text(f"监考人员签名：{line}　{line}　　主考签名：{line}")
    document.save()
    return target.getvalue()


def _room_head(document: Document, sheet: RoomSheet, name: str) -> None:
    document.heading(f"{sheet.title}{name}")
    document.text(f"考点：{sheet.site}　　考场：{sheet.room}", align="left")
    document.text(f"时间：{sheet.when}　　人数：{len(sheet.sitters)}", align="left")
    document.text(f"监考：{'、'.join(sheet.invigilators) or '—'}", align="left")
    document.gap()


def _chart(document: Document, sheet: RoomSheet) -> None:
    """Set the seats as they stand, the desk (讲台) in front."""
    document.add(
        Row(
            [document.paragraph("讲　台", 11, bold=True, align="center")],
            [document.width],
            framed=True,
            pad=4 * mm,
            shade=0.94,
        )
    )
    document.gap(5 * mm)
    column = document.width / SEATS_ACROSS
    by_seat = {each.seat: each for each in sheet.sitters}
    rows = -(-max(by_seat, default=1) // SEATS_ACROSS)
    for row in range(rows):
        seats = range(row * SEATS_ACROSS + 1, (row + 1) * SEATS_ACROSS + 1)
        cells = [
            document.paragraph(
                _place(seat, by_seat), 8.5, width=column - 2 * mm, align="center", leading=1.3
            )
            for seat in seats
        ]
        document.add(Row(cells, [column] * SEATS_ACROSS, framed=True, pad=2 * mm, least=20 * mm))


def _place(seat: int, by_seat: dict[int, Sitter]) -> str:
    sitter = by_seat.get(seat)
    if sitter is None:
        return f"{seat}\n空"
    return f"{seat}　{sitter.name}\n…{sitter.number[-9:]}\n{sitter.enterprise}"


def door_labels_pdf(sheets: Sequence[RoomSheet], fonts: Fonts) -> bytes:
    """Return a label for the door of each room (门贴), A4 across; no names on it."""
    target = io.BytesIO()
    document = Document(target, "考场门贴", fonts, landscape=True, margin=MARGIN)
    for number, sheet in enumerate(sheets):
        if number:
            document.page_break()
        document.gap(20 * mm)
        document.text(sheet.site, 22, align="center")
        document.text(sheet.room, 64, bold=True, align="center")
        document.text(sheet.title, 20, align="center")
        document.gap(6 * mm)
        document.text(sheet.when, 20, align="center")
        numbers = sorted(each.number for each in sheet.sitters)
        if numbers:
            document.text(f"准考证号 {numbers[0]} 至 {numbers[-1]}", 16, align="center")
        seats = [each.seat for each in sheet.sitters]
        if seats:
            span = f"座位 {min(seats)} 至 {max(seats)} 号，共 {len(seats)} 人"
            document.text(span, 16, align="center")
    document.save()
    return target.getvalue()


def room_record_pdf(records: Sequence[RoomRecord], fonts: Fonts) -> bytes:
    """Return the record of each room (考场记录) with lines for the signatures."""
    target = io.BytesIO()
    document = Document(target, "考场记录", fonts, margin=MARGIN, footer=PRIVACY)
    for number, record in enumerate(records):
        if number:
            document.page_break()
        _record(document, record)
    document.save()
    return target.getvalue()


def _record(document: Document, record: RoomRecord) -> None:
    document.heading("考 场 记 录")
    document.text(record.title, 11, align="center")
    document.gap(2 * mm)
    document.table(
        ("项目", "内容", "项目", "内容"),
        (
            ("考点", record.site, "考场", record.room),
            ("考试方式", record.mode, "计划时间", record.planned),
            ("宣布开考", record.opened, "考试结束", record.closed),
            ("应到人数", str(record.entered), "实到人数", str(record.present)),
            ("缺考人数", str(len(record.absent)), "取消资格人数", str(len(record.disqualified))),
            ("主考", record.chief or "—", "监考", "、".join(record.invigilators) or "—"),
            ("收卷清点（全场次）", record.scripts or "—", "移交", record.handed_over or "—"),
        ),
        (3, 6, 3, 6),
        size=9.5,
        least=9 * mm,
    )
    document.gap()
    for label, names in (
        ("缺考考生", record.absent),
        ("取消资格考生", record.disqualified),
        ("尚未入场", record.not_in),
    ):
        if names or label != "尚未入场":
            document.text(f"{label}：{'；'.join(names) or '无'}", 10, align="left")
    document.gap()
    document.heading("违纪与异常情况", 3)
    if record.occurrences:
        _occurrences(document, record.occurrences)
    else:
        document.text("无。", 10, align="left")
    document.gap(8 * mm)
    _signatures(document)


def _occurrences(document: Document, occurrences: Sequence[Occurrence]) -> None:
    document.table(
        ("时间", "情形", "考生", "经过", "报告人", "会签人", "处理"),
        [
            (e.at, e.kind, e.candidate, e.description, e.reporter, e.second, e.outcome)
            for e in occurrences
        ],
        (5, 6, 8, 15, 5, 5, 6),
        size=8.5,
    )


def _signatures(document: Document) -> None:
    line = "____________________"
    rows = (
        f"监考人员（签名）：{line}　　{line}",
        f"主　　考（签名）：{line}　　日期：________年____月____日",
        f"移交人（签名）：{line}　　接收人（签名）：{line}",
    )
    document.keep_together([document.paragraph(row, 10.5, leading=2.4) for row in rows])
