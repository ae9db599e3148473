"""The class file (班次档案) as a document to print and sign."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from exam_app.core.fonts import Fonts
from exam_app.core.pdf import Document

if TYPE_CHECKING:
    from exam_app.reports.tables import Table


def class_file_pdf(
    facts: Iterable[tuple[str, str]],
    tables: Sequence[Table],
    fonts: Fonts,
    *,
    taken: str,
    digest: str,
) -> bytes:
    """Return a class file as PDF, landscape; the digest of its JSON stands on every page."""
    target = io.BytesIO()
    title = _("班次档案")
    footer = _("SHA-256 %(digest)s", digest=digest)
    page = Document(target, title, fonts, landscape=True, footer=footer)
    page.heading(title)
    page.text(taken, 9, align="center")
    page.gap()
    page.table([_("事项"), _("内容")], [list(row) for row in facts], [2, 8])
    for table in tables:
        page.gap()
        page.heading(table.caption, 2)
        if table.rows:
            page.table(list(table.head), [list(row) for row in table.rows], table.widths, size=8)
        else:
            page.text(_("无"), 9)
    page.gap()
    page.text(
        _("本档案与 JSON 文件内容一致；JSON 文件的 SHA-256 即页脚摘要值，已登记在痕迹中。"), 9
    )
    page.save()
    return target.getvalue()
