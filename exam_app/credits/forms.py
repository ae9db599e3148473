"""The shape of what comes in on the pages of credits."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional

from exam_app.core.forms import BaseForm

REQUIRED = InputRequired(_l("此项必填"))
FORMATS = {"pdf": "pdf", "xlsx": "xlsx", "owed": "xlsx"}


class CreditForm(BaseForm):
    """The requirement the hours of a class go to."""

    target = SelectField(
        _l("学时去向"),
        [REQUIRED],
        description=_l("文件列出多种学时的，同一班次的学时只能用于其中一种。"),
    )


class AgainForm(CreditForm):
    """Why hours that were taken back are credited again."""

    reason = TextAreaField(_l("重新登记理由"), [REQUIRED, Length(max=400)])


class ReversalForm(BaseForm):
    """Why hours are taken back."""

    reason = TextAreaField(_l("冲销理由"), [REQUIRED, Length(max=400)])


class YearForm(BaseForm):
    """Which year is looked at, and in which format it leaves."""

    class Meta(BaseForm.Meta):
        csrf = False

    year = IntegerField(_l("年度"), [Optional(), NumberRange(min=2000, max=2100)])
    format = StringField(_l("格式"), [Optional(), AnyOf(FORMATS)])
