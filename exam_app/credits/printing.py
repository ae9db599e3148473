"""The statements of hours (学时证明、学时表) as pages to print."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from exam_app.core import clock
from exam_app.core.fonts import Fonts
from exam_app.core.pdf import Document
from exam_app.credits.labels import KINDS, TARGETS
from exam_app.training.labels import CATEGORIES

if TYPE_CHECKING:
    from exam_app.credits.queries import Line, Outstanding, Statement


def statement_pdf(
    statement: Statement, owed: Sequence[Outstanding], fonts: Fonts, *, issuer: str
) -> bytes:
    """Return a person's statement as PDF: what stands, what the year asks, then every line."""
    target = io.BytesIO()
    title = _("再培训学时证明")
    page = Document(target, title, fonts, footer=issuer)
    page.heading(title)
    page.text(
        _(
            "姓名：%(name)s　身份证号：%(number)s　出具时间：%(at)s",
            name=statement.person.name,
            number=statement.masked_id,
            at=clock.local(statement.at).strftime("%Y-%m-%d %H:%M"),
        )
    )
    page.text(_period(statement.year))
    page.gap()
    page.heading(_("现有学时"), 2)
    page.table(
        [_("年度"), _("学时种类"), _("方式"), _("学时")],
        [
            [str(each.year), str(TARGETS[each.target]), str(KINDS[each.kind]), str(each.hours)]
            for each in statement.totals
        ]
        or [["—", _("暂无"), "—", "0"]],
        [1, 3, 1, 1],
    )
    page.gap()
    _owed_table(page, owed, statement.year, named=False)
    _ledger_table(page, statement.lines, named=False)
    _closing(page)
    return target.getvalue()


def enterprise_pdf(
    about: tuple[str, int | None],
    lines: Sequence[Line],
    owed: Sequence[Outstanding],
    fonts: Fonts,
    *,
    issuer: str,
) -> bytes:
    """Return an enterprise's statement as PDF, landscape.

    Args: about: the enterprise's name and the year of the lines, None: all.
    """
    target = io.BytesIO()
    title = _("企业人员再培训学时表")
    page = Document(target, title, fonts, footer=issuer, landscape=True)
    page.heading(title)
    at = clock.local(clock.now()).strftime("%Y-%m-%d %H:%M")
    page.text(_("单位：%(name)s　出具时间：%(at)s", name=about[0], at=at))
    page.text(_period(about[1]))
    page.gap()
    _owed_table(page, owed, about[1], named=True)
    _ledger_table(page, lines, named=True)
    _closing(page)
    return target.getvalue()


def basis(each: Outstanding) -> str:
    """Return where a requirement comes from, and whether that is to be verified."""
    if not each.source:
        return str(_("没有可引的年度学时规定"))
    unmarked = each.verify and "待核" not in each.source
    marks = [_("本地设定")] * each.set_locally + [_("待核")] * unmarked
    return each.source + (f"（{'、'.join(marks)}）" if marks else "")


def _period(year: int | None) -> str:
    return str(_("年度：%(year)s", year=year or _("全部")))


def _owed_table(
    page: Document, owed: Sequence[Outstanding], year: int | None, *, named: bool
) -> None:
    """Set what is owed, each source once under the table, told by its number."""
    page.heading(_("%(year)s 年度学时要求", year=year or clock.today().year), 2)
    sources = list(dict.fromkeys(basis(each) for each in owed))
    head = [_("学时种类"), _("应完成"), _("计入"), _("减免"), _("尚缺"), _("依据")]
    widths: list[float] = [3, 1, 1, 1, 1, 1]
    rows = [
        [
            str(TARGETS[each.target]),
            str(each.required or _("未规定")),
            str(each.credited),
            str(each.exempted),
            str(each.lacking),
            f"[{sources.index(basis(each)) + 1}]",
        ]
        for each in owed
    ]
    if named:
        head, widths = [_("姓名"), _("人员类别"), *head], [2, 2, *widths]
        rows = [
            [f"{each.person.name}\n{each.masked_id}", str(CATEGORIES[each.category]), *row]
            for each, row in zip(owed, rows, strict=True)
        ]
    page.table(head, rows or [[_("暂无"), *["—"] * (len(head) - 1)]], widths, size=8)
    for number, source in enumerate(sources, start=1):
        page.text(f"[{number}] {source}", 8)
    page.gap()


def _ledger_table(page: Document, lines: Sequence[Line], *, named: bool) -> None:
    page.heading(_("逐笔记录"), 2)
    head = [_("日期"), _("班次"), _("证书编号"), _("学时种类"), _("学时"), _("依据")]
    widths: list[float] = [2, 3, 3.4, 2.4, 1.2, 5.6]
    rows = [_row(line) for line in lines]
    if named:
        head, widths = [_("姓名"), *head], [2.4, *widths]
        names = [f"{line.person.name}\n{line.masked_id}" for line in lines]
        rows = [[name, *row] for name, row in zip(names, rows, strict=True)]
    page.table(head, rows or [[_("暂无"), *["—"] * (len(head) - 1)]], widths, size=8)
    page.gap()


def _row(line: Line) -> list[str]:
    entry = line.entry
    basis = entry.clause if entry.reverses_id is None else _("冲销：%(why)s", why=entry.reason)
    if entry.follows_id is not None and entry.reason:
        basis = _("重新登记：%(why)s", why=entry.reason) + f"；{basis}"
    return [
        clock.local(entry.granted_at).strftime("%Y-%m-%d"),
        f"{line.training_class.code} {line.training_class.name}",
        line.certificate_number,
        f"{TARGETS[entry.target]}（{KINDS[entry.kind]}）",
        str(line.hours),
        basis,
    ]


def _closing(page: Document) -> None:
    page.text(_("学时只计一次；更正以冲销方式登记，原记录保留。"), 9)
    page.text(_("所列为本系统登记的学时，不含在其他机构参加培训取得的学时。"), 9)
    page.save()
