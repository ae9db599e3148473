"""Packets of copies (试卷袋): the cover with its counts, seals and signatures, and the divider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm

from exam_app.papers.printing import marks
from exam_app.papers.printing.booklets import Booklets, Copy
from exam_app.papers.printing.press import Page, Press
from exam_app.papers.printing.sheets import FOOTER, Sheet

COVER_TITLE = "试卷袋封面"
DIVIDER_TITLE = "装袋清单（分隔页）"
STAGES = ("印制封装", "领取", "考场启封", "考后回封", "交回保管")
COUNTS = ("应到", "实到", "缺考", "作废", "收回试卷", "未用备用卷")
SEALS = ("封条编号", "封装时间", "启封时间", "回封时间")
COLUMNS = 2


@dataclass(frozen=True)
class Sitting:
    """What packets say of their exam: all of it words."""

    title: str
    site: str
    room: str
    when: str
    code: str


@dataclass(frozen=True)
class Packet:
    """Copies of one room that lie in one bag, in the order of the seats."""

    sitting: Sitting
    number: int
    packets: int
    copies: tuple[Copy, ...]
    barcode: str

    @property
    def spares(self) -> int:
        """Return how many copies are nobody's."""
        return sum(not copy.ticket for copy in self.copies)

    @property
    def span(self) -> str:
        """Return the copy numbers from and to, runs parted."""
        runs: list[list[int]] = []
        for copy in self.copies:
            if runs and copy.number == runs[-1][-1] + 1:
                runs[-1].append(copy.number)
            else:
                runs.append([copy.number])
        return "、".join(str(run[0]) if len(run) == 1 else f"{run[0]}—{run[-1]}" for run in runs)


def add_packet(document: Booklets, packet: Packet) -> None:
    """Set a packet's cover; its copies and its divider follow."""
    press, sheet = document.press, document.sheet
    page, top = _titled(press, sheet, COVER_TITLE)
    forms = _forms(packet.copies)
    facts = (
        ("考试", packet.sitting.title),
        ("时间", packet.sitting.when),
        ("考点", packet.sitting.site),
        ("考场", packet.sitting.room),
        ("试卷编号", packet.sitting.code),
        ("袋号", f"第 {packet.number} 袋　共 {packet.packets} 袋"),
        ("副本号", packet.span),
        (
            "份数",
            f"{len(packet.copies)} 份（考生 {len(packet.copies) - packet.spares} 份，"
            f"备用 {packet.spares} 份{forms}）",
        ),
    )
    top = _table(press, page, sheet, top, facts, [1, 4.5], bold_first=True)
    top -= 6 * mm * sheet.scale
    counts = [*zip(COUNTS[:3], [""] * 3, COUNTS[3:], [""] * 3, strict=True)]
    top = _table(press, page, sheet, top, counts, [1, 1.75, 1, 1.75])
    top -= 6 * mm * sheet.scale
    seals = [*zip(SEALS[:2], [""] * 2, SEALS[2:], [""] * 2, strict=True)]
    top = _table(press, page, sheet, top, seals, [1, 1.75, 1, 1.75])
    top -= 6 * mm * sheet.scale
    head = ("环节", "份数", "经手人签名", "监督人签名", "时间")
    rows = [head, *((stage, "", "", "", "") for stage in STAGES)]
    _table(press, page, sheet, top, rows, [1, 0.8, 1.5, 1.5, 1.2], high=11 * mm)
    right, edge = sheet.pagesize[0] - sheet.margin, sheet.pagesize[1] - 8 * mm
    page.drawing += marks.barcode(packet.barcode, right, edge)
    press.put(page)
    document.even_out()


def add_divider(document: Booklets, packet: Packet) -> None:
    """Set the page after a packet's copies: what lies in it, to be counted and ticked."""
    press, sheet = document.press, document.sheet
    page, top = _titled(press, sheet, DIVIDER_TITLE)
    words = (
        f"{packet.sitting.room}　第 {packet.number} 袋　共 {packet.packets} 袋　"
        f"副本号 {packet.span}　合计 {len(packet.copies)} 份"
    )
    line = press.text(words, sheet.size, sheet.width, align="center")
    page.set(line, sheet.margin, top)
    top -= line.height + 3 * mm
    each = ("座位号", "副本号", "准考证号", "清点")
    cells = [
        (copy.seat or "备用", f"{copy.number}{copy.form}", copy.ticket, "")
        for copy in packet.copies
    ]
    half = -(-len(cells) // COLUMNS)
    cells += [("", "", "", "")] * (half * COLUMNS - len(cells))
    rows = [each * COLUMNS]
    rows += [
        sum((cells[at + half * column] for column in range(COLUMNS)), ()) for at in range(half)
    ]
    high = min(8 * mm * sheet.scale, (top - sheet.floor) / len(rows))
    _table(press, page, sheet, top, rows, [1, 1, 2.4, 0.8] * COLUMNS, high=high, size=9)
    press.put(page)
    document.even_out()


def _forms(copies: Sequence[Copy]) -> str:
    counted = {
        form: sum(copy.form == form for copy in copies) for form in ("A", "B") if copies[0].form
    }
    return "".join(f"；{form} 卷 {count} 份" for form, count in counted.items())


def _titled(press: Press, sheet: Sheet, title: str) -> tuple[Page, float]:
    page, top = Page(), sheet.ceiling
    text = press.text(title, 20 * sheet.scale, sheet.width, bold=True, align="center")
    page.set(text, sheet.margin, top)
    page.set(press.line(FOOTER, 8), sheet.margin, sheet.margin - 4 * mm)
    return page, top - text.height - 4 * mm


def _table(
    press: Press,
    page: Page,
    sheet: Sheet,
    top: float,
    rows: Sequence[Sequence[str]],
    shares: Sequence[float],
    *,
    high: float = 9 * mm,
    size: float = 10.5,
    bold_first: bool = False,
) -> float:
    """Set framed rows; return the lower edge."""
    widths = [sheet.width * share / sum(shares) for share in shares]
    for row in rows:
        texts = [
            press.text(
                words, size, width - 3 * mm, align="center", bold=bold_first and not place,
                leading=1.35,
            )
            for place, (words, width) in enumerate(zip(row, widths, strict=True))
        ]  # fmt: skip
        height = max(high, max(text.height for text in texts) + 2 * mm * (high > 8 * mm))
        x = sheet.margin
        for text, width in zip(texts, widths, strict=True):
            page.frame(x, top, width, height)
            page.set(text, x + 1.5 * mm, top - (height - text.height) / 2)
            x += width
        top -= height
    return top
