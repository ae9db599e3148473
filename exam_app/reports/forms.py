"""The shape of what comes in on the pages of reports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from exam_app.core.forms import BaseForm, FiniteField, choices
from exam_app.reports.labels import CONCLUSIONS

REQUIRED = InputRequired(_l("此项必填"))
MOST_YUAN = 10**10
FORMATS = {"pdf": "PDF", "json": "JSON"}


class ClassFileForm(BaseForm):
    """Why a class file leaves the system, and in which format."""

    purpose = StringField(
        _l("用途"),
        [REQUIRED, Length(max=200)],
        description=_l("如评估验收、监督检查；用途会登记在痕迹中。"),
    )
    format = SelectField(_l("格式"), [REQUIRED], choices=choices(FORMATS))


class PurposeForm(BaseForm):
    """Why a list of persons leaves the system."""

    purpose = StringField(
        _l("用途"), [REQUIRED, Length(max=200)], description=_l("用途会登记在痕迹中。")
    )


class AcceptanceForm(BaseForm):
    """An acceptance report (评估验收报告)."""

    number = StringField(_l("报告编号"), [REQUIRED, Length(max=60)])
    on = DateField(_l("评估验收日期"), [REQUIRED])
    conclusion = SelectField(_l("结论"), [REQUIRED], choices=choices(CONCLUSIONS))
    note = TextAreaField(_l("说明"), [Optional(), Length(max=800)])


class PaymentForm(BaseForm):
    """A payment from the fund (基金支付)."""

    voucher = StringField(_l("支付凭证号"), [REQUIRED, Length(max=60)])
    on = DateField(_l("支付日期"), [REQUIRED])
    yuan = FiniteField(_l("支付金额（元）"), [REQUIRED, NumberRange(0, MOST_YUAN)], places=2)


class ReasonForm(BaseForm):
    """Why somebody looks into the trail."""

    reason = TextAreaField(_l("理由和依据"), [REQUIRED, Length(max=400)])


class TrailForm(BaseForm):
    """Which entries of the trail are wanted."""

    class Meta(BaseForm.Meta):
        csrf = False

    action = SelectField(_l("事项"))
    class_code = StringField(_l("班次编号"), [Optional(), Length(max=40)])
    username = StringField(_l("办理人用户名"), [Optional(), Length(max=60)])
