"""The shape of what comes in where files of items and of law articles come and go."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    FileField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from exam_app.bank.fields import FacilityField
from exam_app.bank.forms import REQUIRED
from exam_app.core.forms import BaseForm


class UploadForm(BaseForm):
    """A file of items to be looked at before anything is taken over."""

    file = FileField(_l("文件"), description=_l("不超过 10 MB"))
    format = SelectField(_l("格式"), default="", description=_l("一般由系统识别；识别有误时再选"))


class DefaultsForm(BaseForm):
    """What items are given where their file says nothing of it."""

    token = HiddenField(validators=[REQUIRED])
    format = HiddenField()
    topic = SelectField(
        _l("知识点"), [Optional()], default="", description=_l("文件没有写知识点的试题都归入此处")
    )
    industries = SelectMultipleField(_l("行业"), [REQUIRED])
    categories = SelectMultipleField(_l("人员类别"), [REQUIRED])
    level = SelectField(_l("认知层次"), [REQUIRED])
    facility = FacilityField(
        _l("预估难度"),
        [InputRequired(_l("此项必填"))],
        default=Decimal("0.70"),
        places=None,
        description=_l("预计答对的比例，0 至 1"),
    )

    def defaults(self) -> list[Field]:
        """Return the fields of the defaults, in order."""
        names = ("topic", "industries", "categories", "level", "facility")
        return [self[name] for name in names]


class MappingForm(DefaultsForm):
    """The columns of a free-form table; the selects are added by ``mapping_form``."""

    sheet = SelectField(_l("工作表"), [Optional()], default="")
    header_row = IntegerField(
        _l("表头所在行"),
        [InputRequired(_l("此项必填")), NumberRange(0, 10_000)],
        description=_l("没有表头填 0；其下各行为试题"),
    )

    def column_names(self) -> list[str]:
        """Return the names of the selects of the columns."""
        return [name for name in self._fields if name.startswith("column_")]

    def chosen(self) -> dict[int, str]:
        """Return column number → field chosen for it."""
        return {int(name.removeprefix("column_")): self[name].data for name in self.column_names()}


def mapping_form(columns: Iterable[int]) -> type[MappingForm]:
    """Return a form with a select for each column."""
    fields: dict[str, Any] = {
        f"column_{number}": SelectField(_l("第%(number)s列的内容", number=number))
        for number in columns
    }
    return type("FilledMappingForm", (MappingForm,), fields)


class TakeForm(BaseForm):
    """The word to take a previewed file over; ``bad`` is how many places were found wrong."""

    token = HiddenField(validators=[REQUIRED])
    reading = HiddenField()
    bad = HiddenField()
    reason = StringField(_l("导入依据"), [REQUIRED, Length(max=400)])
    only_valid = BooleanField(_l("只导入没有错误的行，其余行不导入"))


class ExportForm(BaseForm):
    """Which items go out, in which format, and why."""

    format = SelectField(_l("格式"), [REQUIRED])
    topic = SelectField(_l("知识点（含下级）"), [Optional()], default="")
    codes = HiddenField()
    reason = StringField(_l("导出理由"), [REQUIRED, Length(max=400)])


class TokenForm(BaseForm):
    """A kept file by its token."""

    token = HiddenField(validators=[REQUIRED])


class LawsUploadForm(BaseForm):
    """A collection of law articles to be looked at first."""

    file = FileField(
        _l("条文库文件"),
        description=_l("JSON Lines，每行一条：doc、title、version、label、no、sub、text、status"),
    )


class LawsTakeForm(BaseForm):
    """The word to put a new collection into use."""

    token = HiddenField(validators=[REQUIRED])
    reason = StringField(_l("更新依据"), [REQUIRED, Length(max=400)])


class SearchForm(BaseForm):
    """Words looked for in the articles; come by the address, so there is no token."""

    class Meta(BaseForm.Meta):
        csrf = False

    text = StringField(_l("法规、条款或条文含有"))
