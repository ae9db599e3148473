"""The shape of what comes in on training's pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from exam_app.core.forms import BaseForm

REQUIRED = InputRequired(_l("此项必填"))
MOST_PEOPLE = 10**6


class ProjectForm(BaseForm):
    """A new project (培训项目)."""

    name = StringField(_l("项目名称"), [REQUIRED, Length(max=120)])
    profile_id = SelectField(_l("适用文件"), [REQUIRED])
    industries = SelectMultipleField(_l("行业"), [REQUIRED])
    from_on = DateField(_l("实施起始日"), [REQUIRED])
    until_on = DateField(_l("实施截止日"), [REQUIRED])
    deputy_head = IntegerField(
        _l("应参训分管负责人（人）"), [InputRequired(), NumberRange(0, MOST_PEOPLE)]
    )
    safety_manager = IntegerField(
        _l("应参训专职管理人员（人）"), [InputRequired(), NumberRange(0, MOST_PEOPLE)]
    )
    team_leader = IntegerField(
        _l("应参训班组长（人）"), [InputRequired(), NumberRange(0, MOST_PEOPLE)]
    )
    trained_before = IntegerField(
        _l("以前年度已培训（人）"), [InputRequired(), NumberRange(0, MOST_PEOPLE)]
    )


class ClassForm(BaseForm):
    """A new class with its plan as a file (班次计划)."""

    project_id = SelectField(_l("培训项目"), [REQUIRED], coerce=int)
    code = StringField(_l("班次编号"), [REQUIRED, Length(max=40)])
    name = StringField(_l("班次名称"), [REQUIRED, Length(max=120)])
    category = SelectField(_l("人员类别"), [REQUIRED])
    industry = SelectField(_l("行业"), [REQUIRED])
    size = IntegerField(_l("计划人数"), [REQUIRED, NumberRange(1, 500)])
    size_reason = TextAreaField(
        _l("超过通常人数的理由"),
        [Optional(), Length(max=400)],
        description=_l("分管负责人班超过40人、其他班超过80人时必填"),
    )
    file = FileField(_l("课程计划表"), description=_l("按模板填写的 XLSX 或 CSV 文件"))


class LecturerForm(BaseForm):
    """A lecturer of a provider (授课教师)."""

    name = StringField(_l("姓名"), [REQUIRED, Length(max=60)])
    id_number = StringField(_l("身份证号"), [REQUIRED, Length(max=18)])
    title = StringField(_l("职称或专业能力"), [REQUIRED, Length(max=60)])


class UploadForm(BaseForm):
    """A file to be looked at before anything is taken over."""

    file = FileField(_l("文件"), description=_l("XLSX 或 CSV，不超过 10 MB"))


class TakeForm(BaseForm):
    """The word to take a previewed file over."""

    token = HiddenField(validators=[REQUIRED])
    only_valid = BooleanField(_l("只导入没有错误的行，其余行不导入"))


class ReasonForm(BaseForm):
    """Why somebody is admitted who missed a softer rule."""

    reason = TextAreaField(_l("理由"), [REQUIRED, Length(max=400)])


class EmptyForm(BaseForm):
    """A button with its CSRF token."""
