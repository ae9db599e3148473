"""The shape of what comes in on the pages of papers."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from exam_app.core.forms import BaseForm
from exam_app.papers.rules import MOST_COPIES, MOST_SPARES

REQUIRED = InputRequired(_l("此项必填"))
NUMBERS = Regexp(r"[\d\s,，、]*$", message=_l("只填号码，用顿号分隔"))


def numbers_in(text: str | None) -> list[int]:
    """Return the numbers typed in one field, each once, in order."""
    return sorted({int(found) for found in re.findall(r"\d+", text or "")})


class DrawForm(BaseForm):
    """Which paper is drawn, by which blueprint (组卷)."""

    kind = SelectField(_l("试卷"), [REQUIRED])
    blueprint_id = SelectField(_l("双向细目表"), [REQUIRED], coerce=int)


class ApprovalForm(BaseForm):
    """An approver's note (审卷意见)."""

    note = TextAreaField(_l("审卷意见"), [REQUIRED, Length(max=400)])


class StrikeForm(BaseForm):
    """Which question is struck out, and why (剔除试题)."""

    number = IntegerField(_l("题号"), [REQUIRED, NumberRange(1, 500)])
    reason = StringField(_l("剔除理由"), [REQUIRED, Length(max=400)], id="strike-reason")


class RemarkForm(BaseForm):
    """What the setter should look at (退回意见)."""

    text = TextAreaField(_l("退回意见"), [REQUIRED, Length(max=400)], id="remark-text")


class AnswerForm(BaseForm):
    """What the setter says to a remark (答复)."""

    text = TextAreaField(_l("答复"), [REQUIRED, Length(max=400)], id="answer-text")


class DisclosureForm(BaseForm):
    """A custodian's passphrase, to make a paper public."""

    passphrase = PasswordField(
        _l("保管口令"), [REQUIRED, Length(max=200)], id="disclosure-passphrase"
    )


class ReasonForm(BaseForm):
    """Why a paper is taken back, or let out early."""

    reason = TextAreaField(_l("理由"), [REQUIRED, Length(max=400)])


class PassphraseForm(BaseForm):
    """A custodian's passphrase, and why the reserve is opened where it is."""

    passphrase = PasswordField(_l("保管口令"), [REQUIRED, Length(max=200)])
    reason = StringField(
        _l("启用备用卷的理由"), [Optional(), Length(max=400)], description=_l("启封备用卷时必填")
    )


class KeyForm(BaseForm):
    """A new custodian's key under a passphrase of its own."""

    passphrase = PasswordField(
        _l("保管口令"),
        [REQUIRED, Length(min=12, max=200)],
        description=_l("至少12个字符，不要与登录口令相同；遗忘后无法找回"),
    )
    again = PasswordField(_l("再输入一次"), [REQUIRED])

    def validate_again(self, field: PasswordField) -> None:
        """Refuse a second typing that differs."""
        if field.data != self.passphrase.data:
            raise ValidationError(_l("两次输入不一致"))


class PrintForm(BaseForm):
    """How many copies are printed."""

    copies = IntegerField(_l("份数"), [REQUIRED, NumberRange(1, MOST_COPIES)])


class RoomPrintForm(BaseForm):
    """Which room's copies are printed, and how they differ (按考场印制)."""

    room_id = SelectField(_l("考场"), [REQUIRED], coerce=int)
    scheme = SelectField(
        _l("题序"),
        [REQUIRED],
        description=_l("同一份试卷的各副本须用同一种题序；选项次序随题序变化"),
    )
    spares = IntegerField(
        _l("备用卷份数"), [InputRequired(_l("此项必填")), NumberRange(0, MOST_SPARES)], default=2
    )
    large = StringField(
        _l("低视力考生座位号"),
        [
            Optional(),
            Length(max=200),
            NUMBERS,
        ],
        description=_l("这些座位的试卷另印为 A3、24 磅大字，用顿号分隔；没有则不填"),
    )
    duplex = BooleanField(_l("双面印刷：每份试卷从新的一张纸开始"), default=True)

    @property
    def large_seats(self) -> list[int]:
        """Return the seats typed in."""
        return numbers_in(self.large.data)


class CustodyForm(BaseForm):
    """What was done with copies (流转登记)."""

    kind = SelectField(_l("事项"), [REQUIRED])
    copies = IntegerField(_l("份数"), [REQUIRED, NumberRange(1, MOST_COPIES)])
    numbers = StringField(
        _l("副本号"),
        [Optional(), Length(max=190), NUMBERS],
        description=_l("试卷上所印的“第…号”，用顿号分隔；写明作废的副本号后，该副本不能再录入答卷"),
    )
    note = StringField(_l("说明"), [Optional(), Length(max=200)])

    @property
    def copy_numbers(self) -> list[int]:
        """Return the numbers typed in."""
        return numbers_in(self.numbers.data)


class DestructionForm(BaseForm):
    """How many copies are destroyed, and how."""

    copies = IntegerField(_l("份数"), [REQUIRED, NumberRange(1, MOST_COPIES)])
    note = StringField(_l("销毁方式和地点"), [REQUIRED, Length(max=400)])
