"""Forms of marking: a changed key, a reason, the retake, the public look-up."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.fields import DateTimeLocalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange

from exam_app.core.forms import BaseForm

NEEDED = InputRequired(_l("请填写此项。"))


def _number(value: Any) -> int | None:
    return int(value) if value not in (None, "", "None") else None


def _reason(label: Any, description: Any, *validators: Any) -> TextAreaField:
    return TextAreaField(label, [*validators, Length(max=400)], description=description)


class KeyForm(BaseForm):
    """Why the key of a sitting is looked at (查看答案)."""

    reason = _reason(_l("查看理由"), _l("查看答案将记入痕迹。"), NEEDED)


class RegradeForm(BaseForm):
    """Another key for one question (提出改判)."""

    question = IntegerField(_l("题号"), [NEEDED, NumberRange(min=1)])
    new_key = StringField(
        _l("新答案"),
        [NEEDED, Length(max=20)],
        description=_l(
            "填试卷上的选项字母，如 B 或 ACD；单选、判断题填多个字母表示任一均可；全体给分填 ALL。"
        ),
    )
    reason = _reason(_l("理由和依据"), _l("写明原答案错在何处、依据哪条规定，将记入痕迹。"), NEEDED)


class DecisionForm(BaseForm):
    """Which of the two buttons was used on a changed key (批准、驳回)."""

    decision = StringField(validators=[AnyOf(["apply", "reject"])])

    @property
    def apply(self) -> bool:
        """Return whether the key is to be applied."""
        return bool(self.decision.data == "apply")


class RetakeForm(BaseForm):
    """Place, time and custodians of the retake (安排补考)."""

    site_id = SelectField(_l("考点"), [NEEDED], coerce=_number)
    starts_at = DateTimeLocalField(_l("开考时间"), [NEEDED])
    authority_custodian = SelectField(_l("主管部门保管员"), [NEEDED], coerce=_number)
    site_custodian = SelectField(_l("考点保管员"), [NEEDED], coerce=_number)
    reserve_custodian = SelectField(_l("备用保管员"), [NEEDED], coerce=_number)
    reason = _reason(_l("逾期理由"), _l("超过补考期限的须写明，未超过的留空。"))


class LookUpForm(BaseForm):
    """Name and ticket number of one's own result (成绩查询)."""

    name = StringField(_l("姓名"), [NEEDED, Length(max=60)], render_kw={"autocomplete": "name"})
    ticket_number = StringField(
        _l("准考证号"),
        [NEEDED, Length(max=40)],
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )
