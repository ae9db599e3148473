"""The shape of what comes in on the pages of verification."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from exam_app.core.forms import BaseForm

REQUIRED = DataRequired(_l("此项必填"))


class BatchForm(BaseForm):
    """A file of certificates, and what the answer is needed for."""

    file = FileField(
        _l("文件"),
        description=_l(
            "XLSX、CSV、TXT、PDF、图片，或装有 PDF、图片的 ZIP 包；不超过 60 MB、10000 行"
        ),
    )
    purpose = StringField(
        _l("用途"), [REQUIRED, Length(max=200)], description=_l("如：新进人员持证核验")
    )


class TokenForm(BaseForm):
    """A new token of the interface."""

    label = StringField(_l("名称"), [REQUIRED, Length(max=60)], description=_l("如：人事系统"))
    purpose = StringField(_l("用途"), [REQUIRED, Length(max=200)])
    verify = BooleanField(_l("批量查验证书"), default=True)
    staff = BooleanField(_l("读取本企业人员证书"))
    days = SelectField(_l("有效期"), coerce=int)


class WebhookForm(BaseForm):
    """The address changes are sent to."""

    url = StringField(
        _l("推送地址"), [REQUIRED, Length(max=400)], description=_l("本单位接收系统的 https 网址")
    )
    purpose = StringField(_l("用途"), [REQUIRED, Length(max=200)])
