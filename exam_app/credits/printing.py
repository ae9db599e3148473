"""The statement of hours (学时证明) as a page to print."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from exam_app.core import clock
from exam_app.core.fonts import Fonts
from exam_app.core.pdf import Document
from exam_app.credits.labels import KINDS, TARGETS

if TYPE_CHECKING:
    from exam_app.credits.queries import Line, Statement


def statement_pdf(statement: Statement, fonts: Fonts, *, issuer: str) -> bytes:
    """Return a person's statement as PDF: what stands, then every line with its clause."""
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
    page.heading(_("逐笔记录"), 2)
    page.table(
        [_("日期"), _("班次"), _("证书编号"), _("学时"), _("依据")],
        [_row(line) for line in statement.lines],
        [2, 4, 3, 1.2, 6],
        size=8,
    )
    page.gap()
    page.text(_("学时只计一次；更正以冲销方式登记，原记录保留。"), 9)
    page.save()
    return target.getvalue()


def _row(line: Line) -> list[str]:
    entry = line.entry
    basis = entry.clause if entry.reason is None else _("冲销：%(why)s", why=entry.reason)
    return [
        clock.local(entry.granted_at).strftime("%Y-%m-%d"),
        f"{line.training_class.code} {line.training_class.name}",
        line.certificate_number,
        str(line.hours),
        basis,
    ]
