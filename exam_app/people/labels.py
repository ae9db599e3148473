"""Chinese words of people's terms (用语)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from exam_app.people.terms import TieKind

TIE_LABELS: dict[TieKind, LazyString] = {
    TieKind.EMPLOYEE: _l("在职"),
    TieKind.OWNER: _l("出资或控制"),
    TieKind.LECTURER: _l("授课"),
    TieKind.AFFILIATE: _l("关联"),
}
