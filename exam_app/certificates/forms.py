"""The shape of what comes in on the pages of certificates."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from exam_app.core.forms import BaseForm

REQUIRED = DataRequired(_l("此项必填"))


class ReasonForm(BaseForm):
    """Why something is done."""

    reason = TextAreaField(_l("理由"), [REQUIRED, Length(max=400)])


class LookUpForm(BaseForm):
    """Number and holder of a certificate to be verified."""

    number = StringField(
        _l("证书编号"), [REQUIRED, Length(max=40)], description=_l("17 位数字，印在证书上")
    )
    name = StringField(_l("持证人姓名"), [REQUIRED, Length(max=60)])


class ScannedForm(BaseForm):
    """The text of a scanned QR code."""

    text = TextAreaField(
        _l("二维码内容"),
        [REQUIRED, Length(max=2000)],
        description=_l("扫码得到的网址或一长串数字，整段粘贴"),
    )
