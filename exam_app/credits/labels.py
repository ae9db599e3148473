"""The words of credits as pages and prints show them (显示用语)."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.credits.terms import CreditKind, CreditTarget

KINDS: Mapping[str, LazyString] = {
    CreditKind.CREDIT: _l("计入"),
    CreditKind.EXEMPTION: _l("减免"),
}
TARGETS: Mapping[str, LazyString] = {
    CreditTarget.SAFETY: _l("安全生产再培训学时"),
    CreditTarget.OCCUPATIONAL_HEALTH: _l("职业健康再培训学时"),
    CreditTarget.CONTINUING_EDUCATION: _l("继续教育学时"),
}
