"""The shape of what comes in on the pages of credits."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from exam_app.core.forms import BaseForm

REQUIRED = InputRequired(_l("此项必填"))


class CreditForm(BaseForm):
    """The requirement the hours of a class go to."""

    target = SelectField(
        _l("学时去向"),
        [REQUIRED],
        description=_l("文件列出多种学时的，同一班次的学时只能用于其中一种。"),
    )


class ReversalForm(BaseForm):
    """Why hours are taken back."""

    reason = TextAreaField(_l("冲销理由"), [REQUIRED, Length(max=400)])
