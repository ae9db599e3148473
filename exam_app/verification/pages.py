"""What the pages of verification gather: results and own staff as tables, the calendar."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from exam_app.certificates.labels import CATEGORIES as CATEGORIES_BY_CODE
from exam_app.core import clock
from exam_app.people.models import Organisation
from exam_app.training.labels import CATEGORIES
from exam_app.verification import labels, queries, rules
from exam_app.verification.models import VerificationRow
from exam_app.verification.queries import StaffCertificate
from exam_app.verification.terms import Outcome
from tabular import write_table


@dataclass(frozen=True)
class StaffPage:
    """The certificates of the enterprise's own people, and what the coming months bring."""

    organisation: Organisation
    rows: list[StaffCertificate]
    hours: dict[int, Decimal]
    year: int
    counts: dict[Outcome, int]
    soon: list[StaffCertificate]
    months: list[tuple[str, int, list[StaffCertificate]]]


def staff_page(organisation: Organisation) -> StaffPage:
    """Return an enterprise's page of its own people."""
    today = clock.today()
    rows = queries.staff_certificates(organisation.id)
    soon = [each for each in rows if each.expires_within(rules.EXPIRING_DAYS, today)]
    return StaffPage(
        organisation=organisation,
        rows=sorted(rows, key=lambda each: (each.name, each.id)),
        hours=dict(queries.hours_of_staff(organisation.id, today.year)),
        year=today.year,
        counts=dict(Counter(each.outcome for each in rows)),
        soon=sorted(soon, key=lambda each: each.expires_on),
        months=calendar(rows, today),
    )


def calendar(
    rows: Iterable[StaffCertificate], today: dt.date
) -> list[tuple[str, int, list[StaffCertificate]]]:
    """Return month, how many and which valid certificates end in it, for the months that have any.

    In order, from this month on.
    """
    months: dict[str, list[StaffCertificate]] = {}
    for each in sorted(rows, key=lambda row: (row.expires_on, row.name)):
        if each.outcome is Outcome.VALID and each.expires_on >= today:
            months.setdefault(each.expires_on.strftime("%Y-%m"), []).append(each)
    return [(month, len(found), found) for month, found in months.items()]


def staff_file(page: StaffPage) -> bytes:
    """Return the enterprise's own people's certificates as XLSX, ID numbers masked."""
    head = [
        _("姓名"), _("身份证号"), _("证书编号"), _("班次"), _("人员类别"), _("发证日期"),
        _("有效期至"), _("状态"), _("%(year)s 年学时", year=page.year),
    ]  # fmt: skip
    rows = [
        [
            each.name,
            each.masked_id,
            each.number,
            each.class_name,
            CATEGORIES.get(each.category, each.category),
            each.issued_on,
            each.expires_on,
            labels.OUTCOMES[each.outcome],
            page.hours.get(each.person_id, Decimal(0)),
        ]
        for each in page.rows
    ]
    return write_table(head, rows, sheet=_("本企业人员证书"))


def batch_file(rows: Sequence[VerificationRow]) -> bytes:
    """Return the results of a batch as XLSX, one row for each certificate asked."""
    head = [
        _("序号"), _("来源"), _("查验方式"), _("所填证书编号"), _("所填姓名"), _("查验结论"),
        _("说明"), _("证书编号"), _("持证人"), _("人员类别"), _("学时"), _("发证日期"),
        _("有效期至"),
    ]  # fmt: skip
    return write_table(head, [_batch_row(each) for each in rows], sheet=_("查验结果"))


def _batch_row(row: VerificationRow) -> list[object]:
    reasons = "；".join(str(each) for each in labels.reasons(row.reasons))
    asked = [row.place, row.source, labels.WAYS[row.way], row.number, row.name]
    return [*asked, labels.OUTCOMES[row.outcome], reasons, *stated_cells(row.stated)]


def stated_cells(stated: dict[str, Any] | None) -> list[object]:
    """Return number, holder, category, hours, first and last day of what is signed."""
    if stated is None:
        return [""] * 6
    return [
        stated["number"],
        _("%(name)s（证件号末四位 %(tail)s）", name=stated["name"], tail=stated["id_tail"]),
        CATEGORIES_BY_CODE.get(stated["category"], stated["category"]),
        stated["hours"],
        stated["issued_on"],
        stated["expires_on"],
    ]
