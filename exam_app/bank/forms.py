"""The shape of what comes in on the pages of the bank."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from exam_app.bank.fields import FacilityField
from exam_app.bank.filters import Order
from exam_app.core.forms import BaseForm

REQUIRED = InputRequired(_l("此项必填"))
OPTIONS = "abcdefgh"


class ItemForm(BaseForm):
    """An item (试题)."""

    code = StringField(
        _l("编号"), [Optional(), Length(max=40)], description=_l("可不填，由系统编号")
    )
    item_type = SelectField(_l("题型"), [REQUIRED])
    topic = SelectField(_l("知识点"), [REQUIRED])
    stem = TextAreaField(_l("题干"), [REQUIRED, Length(max=2000)])
    option_a = StringField(_l("选项A"), [Length(max=400)], description=_l("判断题不填选项"))
    option_b = StringField(_l("选项B"), [Length(max=400)])
    option_c = StringField(_l("选项C"), [Length(max=400)])
    option_d = StringField(_l("选项D"), [Length(max=400)])
    option_e = StringField(_l("选项E"), [Length(max=400)])
    option_f = StringField(_l("选项F"), [Length(max=400)])
    option_g = StringField(_l("选项G"), [Length(max=400)])
    option_h = StringField(_l("选项H"), [Length(max=400)])
    key = StringField(
        _l("答案"), [REQUIRED, Length(max=20)], description=_l("如 A、ACD；判断题填“正确”或“错误”")
    )
    rationale = TextAreaField(
        _l("错项理由"), [Length(max=2000)], description=_l("每行一项，如“B：与条文不符”")
    )
    industries = SelectMultipleField(_l("行业"), [REQUIRED])
    categories = SelectMultipleField(_l("人员类别"), [REQUIRED])
    level = SelectField(_l("认知层次"), [REQUIRED])
    facility = FacilityField(
        _l("预估难度"),
        [REQUIRED],
        default=Decimal("0.70"),
        places=None,
        description=_l("预计答对的比例，0 至 1"),
    )
    law = StringField(_l("依据法规"), [REQUIRED, Length(max=80)], description=_l("如 安全生产法"))
    article = StringField(_l("条款"), [REQUIRED, Length(max=40)], description=_l("如 第三条"))
    quote = TextAreaField(
        _l("依据原文"), [REQUIRED, Length(max=2000)], description=_l("逐字摘录，须与条文一致")
    )
    explanation = TextAreaField(_l("说明"), [Length(max=2000)])

    @property
    def options(self) -> list[str]:
        """Return the options filled in, without the empty ones at the end."""
        texts = [self._fields[f"option_{letter}"].data or "" for letter in OPTIONS]
        while texts and not texts[-1]:
            texts.pop()
        return texts


class FilterForm(BaseForm):
    """Which items are listed; comes by the address, so it has no token."""

    class Meta(BaseForm.Meta):
        csrf = False

    text = StringField(_l("题干、选项或编号含有"))
    topic = SelectField(_l("知识点（含下级）"), default="")
    item_type = SelectField(_l("题型"), default="")
    state = SelectField(_l("状态"), default="")
    law = SelectField(_l("依据法规"), default="")
    article = StringField(_l("条款含有"))
    least_uses = IntegerField(_l("使用次数不少于"), [Optional(), NumberRange(0, 10_000)])
    most_uses = IntegerField(
        _l("使用次数不多于"), [Optional(), NumberRange(0, 10_000)], description=_l("0 为从未使用")
    )
    used_before = DateField(_l("最近使用早于"), [Optional()])
    only_cases = BooleanField(_l("只看案例题"))
    order = SelectField(_l("排序"), default=Order.NEWEST.value)


class ReasonForm(BaseForm):
    """Why somebody looks at an item, or takes it out of use."""

    reason = StringField(_l("理由"), [REQUIRED, Length(max=400)])


class BulkForm(BaseForm):
    """Items ticked in a list, and why something is done with them."""

    items = SelectMultipleField(_l("试题"), [REQUIRED], coerce=int, validate_choice=False)
    reason = StringField(_l("理由"), [Length(max=400)])


class RetireForm(BaseForm):
    """Why an item is taken out of use."""

    reason = StringField(_l("停用理由"), [REQUIRED, Length(max=400)], id="retire-reason")


class EnemyForm(BaseForm):
    """An item that must not stand in one paper with another (互斥试题)."""

    other = StringField(_l("互斥试题编号"), [REQUIRED, Length(max=40)])
    reason = StringField(_l("互斥理由"), [REQUIRED, Length(max=400)], id="enemy-reason")


class LiftForm(BaseForm):
    """Which pair of enemies may stand in one paper again, and why."""

    pair = SelectField(_l("解除与哪一题的互斥"), [REQUIRED], coerce=int)
    reason = StringField(_l("解除理由"), [REQUIRED, Length(max=400)], id="lift-reason")


class DiscardForm(BaseForm):
    """Why a version that was begun is given up."""

    reason = StringField(_l("放弃理由"), [REQUIRED, Length(max=400)], id="discard-reason")


class VerdictForm(BaseForm):
    """A reviewer's verdict (审题意见)."""

    verdict = RadioField(_l("结论"), [REQUIRED])
    comment = TextAreaField(_l("意见"), [REQUIRED, Length(max=800)])


class ReviewForm(VerdictForm):
    """A verdict on one item, with the digest of the content that was shown."""

    content_digest = HiddenField()


class ChosenForm(BaseForm):
    """Items ticked in the list of those that wait, to be shown in full."""

    items = SelectMultipleField(_l("试题"), [REQUIRED], coerce=int)


class BatchForm(VerdictForm):
    """One verdict on several items; ``shown`` says of each what content was on the page."""

    items = SelectMultipleField(_l("试题"), [REQUIRED], coerce=int)
    shown = SelectMultipleField(validate_choice=False)

    def digests(self) -> dict[int, str]:
        """Return item id → content digest of what was shown; what makes no sense is left out."""
        pairs = (text.partition(":") for text in self.shown.data or [])
        return {int(key): digest for key, _, digest in pairs if key.isdecimal() and len(key) < 16}
