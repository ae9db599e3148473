"""The certificate on paper (证书版式): A4 across, one a page, the signed record in its QR code."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from reportlab.lib.colors import Color, black
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from exam_app.certificates.record import CertificateRecord, address_head
from exam_app.core.fonts import Fonts, check_all
from exam_app.core.pdf import open_canvas
from exam_app.core.pdf_archival import describe
from exam_app.core.qr import draw_qr, qr_matrix, side_mm

PAGE = landscape(A4)
RED = Color(0.62, 0.07, 0.1)
GREY = Color(0.3, 0.33, 0.37)
MODULE_MM = 0.5
SUBJECT = "工伤预防能力提升培训考试合格证书"
NOT_PRINTED = "下列证书的姓名等含有字库没有的字，未打印："
LIST_FILE, LISTED = "未打印.txt", 20
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
MOST_OF_NAME = 40  # characters of four bytes at most: a file's name holds 255 bytes
CATEGORIES = {1: "安全生产（职业健康）分管负责人", 2: "专职安全（职业健康）管理人员", 3: "班组长"}


@dataclass(frozen=True)
class CertificatePage:
    """What one page shows: the signed record, its digits, and the names signed by code."""

    record: CertificateRecord
    digits: str
    authority: str
    class_name: str
    industry: str


@dataclass(frozen=True)
class LeftOut:
    """A certificate that cannot be printed: the characters no face has a glyph for."""

    number: str
    name: str
    characters: tuple[str, ...]

    def __str__(self) -> str:
        name = "".join("〓" if each in self.characters else each for each in self.name)
        return f"{self.number}　{name}　缺字 {self.codepoints}"

    @property
    def codepoints(self) -> str:
        """Return the characters as code points."""
        return " ".join(f"U+{ord(each):04X}" for each in self.characters)


def left_out(pages: Iterable[CertificatePage], host: str, fonts: Fonts) -> list[LeftOut]:
    """Return the certificates that cannot be printed, as the files of a class list them."""
    missing = ((page.record, fonts.missing("".join(_texts(page, host)))) for page in pages)
    return [LeftOut(record.number, record.name, tuple(each)) for record, each in missing if each]


def certificate_pdf(pages: Iterable[CertificatePage], host: str, fonts: Fonts) -> bytes:
    """Return a PDF with one certificate a page; what cannot be printed is listed on the last one.

    Raises: PrintingRefused: not one of them can be printed, for want of a glyph.
    """
    pages, missed = _printable(list(pages), host, fonts)
    target = io.BytesIO()
    title = f"合格证书 {pages[0].record.number}" if len(pages) == 1 else f"合格证书 {len(pages)} 份"
    canvas = open_canvas(target, title, PAGE)
    authorities = "、".join(dict.fromkeys(page.authority for page in pages))
    describe(canvas, title=title, author=authorities, subject=SUBJECT)
    for page in pages:
        _draw(canvas, page, host, fonts)
        canvas.showPage()
    for start in range(0, len(missed), LISTED):
        _draw_list(canvas, missed[start : start + LISTED], fonts)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def certificate_zip(pages: Iterable[CertificatePage], host: str, fonts: Fonts) -> bytes:
    """Return a ZIP with one PDF for each certificate; the same certificates give the same bytes.

    What cannot be printed is listed in a text file.
    Raises: PrintingRefused: not one of them can be printed, for want of a glyph.
    """
    pages, missed = _printable(list(pages), host, fonts)
    files = {file_name(page.record): certificate_pdf([page], host, fonts) for page in pages}
    if missed:
        files[LIST_FILE] = "\n".join([NOT_PRINTED, *map(str, missed), ""]).encode("utf-8-sig")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            about = zipfile.ZipInfo(name, ZIP_EPOCH)
            about.external_attr = 0o644 << 16
            archive.writestr(about, content)
    return target.getvalue()


def _printable(
    pages: list[CertificatePage], host: str, fonts: Fonts
) -> tuple[list[CertificatePage], list[LeftOut]]:
    """Return the pages that can be printed and the certificates that cannot."""
    missed = left_out(pages, host, fonts)
    numbers = {each.number for each in missed}
    printed = [page for page in pages if page.record.number not in numbers]
    if not printed:
        for page in pages:
            check_all(_texts(page, host), fonts)
    return printed, missed


def file_name(record: CertificateRecord) -> str:
    """Return a file's name of number and holder, safe on all file systems.

    Letters, digits and the dot between names stay; whatever else a name holds becomes ``_``.
    """
    safe = "".join(c if c.isalnum() or c == "\u00b7" else "_" for c in record.name)
    return f"{record.number}-{safe[:MOST_OF_NAME]}.pdf"


def _texts(page: CertificatePage, host: str) -> list[str]:
    values = [value for _, value in _rows(page.record, page)]
    return [page.record.name, page.authority, _statement(page), host, *values]


def day(date: dt.date) -> str:
    """Return a date as certificates write it."""
    return f"{date.year}年{date.month}月{date.day}日"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _statement(page: CertificatePage) -> str:
    record = page.record
    return (
        f"参加“{page.class_name}”培训，经闭卷考试成绩合格，特发此证。"
        if record.score is None
        else f"参加“{page.class_name}”培训，经闭卷考试，成绩 {_plain(record.score)} 分，"
        "合格，特发此证。"
    )


def _rows(record: CertificateRecord, page: CertificatePage) -> list[tuple[str, str]]:
    total, offline, practical = (_plain(hours) for hours in record.hours)
    return [
        ("身份证号", f"**************{record.id_tail}"),
        ("人员类别", CATEGORIES.get(record.category, str(record.category))),
        ("行　　业", page.industry),
        ("培训学时", f"{total} 学时（线下 {offline}，其中实训 {practical}）"),
        ("计入再培训", f"{_plain(record.credit)} 学时"),
        ("试卷编号", record.paper),
        ("证书编号", record.number),
        ("有 效 期", f"{day(record.issued_on)} 至 {day(record.expires_on)}"),
    ]


def _draw(canvas: Canvas, page: CertificatePage, host: str, fonts: Fonts) -> None:
    _frame(canvas)
    width, height = PAGE
    canvas.setFillColor(RED)
    canvas.setFont(fonts.bold, 34)
    canvas.drawCentredString(width / 2, height - 44 * mm, "合　格　证　书", charSpace=2)
    canvas.setFillColor(GREY)
    canvas.setFont(fonts.regular, 11)
    canvas.drawCentredString(width / 2, height - 52 * mm, "工伤预防能力提升培训考试")
    _holder(canvas, page, fonts)
    _facts(canvas, page, fonts)
    _code(canvas, page, host, fonts)
    _issuer(canvas, page, fonts)


def _draw_list(canvas: Canvas, missed: Iterable[LeftOut], fonts: Fonts) -> None:
    x, y = 32 * mm, PAGE[1] - 32 * mm
    canvas.setFillColor(black)
    canvas.setFont(fonts.bold, 14)
    canvas.drawString(x, y, NOT_PRINTED)
    canvas.setFont(fonts.regular, 11)
    for place, each in enumerate(missed, 1):
        canvas.drawString(x, y - (4 + 7 * place) * mm, str(each))


def _frame(canvas: Canvas) -> None:
    width, height = PAGE
    canvas.setStrokeColor(RED)
    for inset, line in ((10, 2.2), (12.2, 0.7)):
        canvas.setLineWidth(line)
        canvas.rect(inset * mm, inset * mm, width - 2 * inset * mm, height - 2 * inset * mm)
    canvas.setLineWidth(0.7)
    for x in (16 * mm, width - 16 * mm):
        for y in (16 * mm, height - 16 * mm):
            canvas.circle(x, y, 1.3 * mm)


def _holder(canvas: Canvas, page: CertificatePage, fonts: Fonts) -> None:
    x, y = 32 * mm, PAGE[1] - 72 * mm
    canvas.setFillColor(black)
    canvas.setFont(fonts.bold, 24)
    canvas.drawString(x, y, page.record.name)
    after = x + fonts.width(page.record.name, 24, bold=True) + 4 * mm
    canvas.setFont(fonts.regular, 14)
    canvas.drawString(after, y, "同志：")
    statement = _statement(page)
    size = 14.0
    while fonts.width(statement, size) + 2 * size > PAGE[0] - 2 * x:
        size -= 0.25
    canvas.setFont(fonts.regular, size)
    canvas.drawString(x + 2 * size, y - 12 * mm, statement)


def _facts(canvas: Canvas, page: CertificatePage, fonts: Fonts) -> None:
    x, y = 32 * mm, PAGE[1] - 99 * mm
    for label, value in _rows(page.record, page):
        canvas.setFillColor(GREY)
        canvas.setFont(fonts.regular, 11)
        canvas.drawString(x, y, label)
        canvas.setFillColor(black)
        canvas.setFont(fonts.regular, 12)
        canvas.drawString(x + 27 * mm, y, value)
        y -= 8.2 * mm


def _code(canvas: Canvas, page: CertificatePage, host: str, fonts: Fonts) -> None:
    matrix = qr_matrix(address_head(host), page.digits)
    side = side_mm(matrix, MODULE_MM) * mm
    x, y = PAGE[0] - 30 * mm - side, PAGE[1] - 96 * mm - side
    draw_qr(canvas, matrix, x, y, MODULE_MM)
    middle = x + side / 2
    canvas.setFillColor(black)
    canvas.setFont(fonts.bold, 9)
    canvas.drawCentredString(middle, y - 4 * mm, f"https://{host}/v")
    canvas.setFillColor(GREY)
    lines = ("请手工输入以上官方网址，或用保存的", "官方查验页扫码；不要相信扫码跳转的页面。")
    for number, line in enumerate((*lines, "Verify only at the address above.")):
        canvas.setFont(fonts.regular, 7.5)
        canvas.drawCentredString(middle, y - (8.4 + 3.6 * number) * mm, line)


def _issuer(canvas: Canvas, page: CertificatePage, fonts: Fonts) -> None:
    right, y = PAGE[0] - 34 * mm, 33 * mm
    canvas.setFillColor(black)
    canvas.setFont(fonts.bold, 15)
    canvas.drawRightString(right, y, page.authority)
    canvas.setFont(fonts.regular, 12)
    canvas.drawRightString(right, y - 8 * mm, day(page.record.issued_on))
    canvas.setFillColor(GREY)
    canvas.setFont(fonts.regular, 7.5)
    note = "本证书经数字签名，任何改动均可查出；施教单位不出卷、不监考、不阅卷（培考分离）。"
    canvas.drawString(32 * mm, 20 * mm, note)
