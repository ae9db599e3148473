"""Forms of sittings: the shape of what comes in; choices are handed over by the view."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.fields import (
    DateTimeLocalField,
    FileField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from exam_app.core.forms import BaseForm, choices
from exam_app.sittings.labels import INCIDENT_LABELS, MODE_LABELS, ROLE_LABELS
from exam_app.sittings.terms import IncidentKind, InvigilationRole, SittingMode

NEEDED = InputRequired(_l("请填写此项。"))
_MOMENT = "%Y-%m-%dT%H:%M"


def _number(value: Any) -> int | None:
    return int(value) if value not in (None, "", "None") else None


def _picked(label: Any, **more: Any) -> Any:
    return SelectField(label, [NEEDED], coerce=_number, **more)


def _reason(label: Any, hint: Any = "") -> Any:
    return TextAreaField(label, [NEEDED, Length(max=400)], description=hint)


def _photo() -> Any:
    return FileField(
        _l("现场照片（可选）"),
        [Optional()],
        description=_l("用平板或手机拍摄，JPEG 格式；缩小后保存，仅用于核对考生身份。"),
        render_kw={"accept": "image/jpeg", "capture": "environment"},
    )


class SiteForm(BaseForm):
    """A new site (登记考点)."""

    organisation_id = _picked(_l("管理单位"))
    name = StringField(_l("考点名称"), [NEEDED, Length(max=120)])
    address = StringField(_l("地址"), [NEEDED, Length(max=200)])


class RoomForm(BaseForm):
    """A new room (登记考场)."""

    name = StringField(_l("考场名称"), [NEEDED, Length(max=60)], description=_l("如：第1考场。"))
    seats = IntegerField(
        _l("座位数"),
        [NEEDED, NumberRange(1, 500)],
        description=_l("使用时不超过政策参数规定的每考场人数。"),
    )


class ScheduleForm(BaseForm):
    """The sitting of a class (排考)."""

    site_id = _picked(_l("考点"))
    mode = RadioField(
        _l("考试方式"),
        [NEEDED],
        coerce=SittingMode,
        choices=choices((mode.value, label) for mode, label in MODE_LABELS.items()),
        default=SittingMode.PAPER.value,
    )
    starts_at = DateTimeLocalField(_l("开考时间"), [NEEDED], format=_MOMENT)
    authority_custodian = _picked(_l("主管部门保管员"))
    site_custodian = _picked(_l("考点保管员"), description=_l("来自考点管理单位。"))
    reserve_custodian = _picked(_l("备用保管员"), description=_l("来自第三个机构。"))

    def offer(self, sites: list[tuple[int, str]], custodians: list[tuple[int, str]]) -> None:
        """Set the choices."""
        self.site_id.choices = choices(sites)
        for item in (self.authority_custodian, self.site_custodian, self.reserve_custodian):
            item.choices = choices(custodians)


class StartForm(BaseForm):
    """A new start and why (改期)."""

    starts_at = DateTimeLocalField(_l("新的开考时间"), [NEEDED], format=_MOMENT)
    reason = _reason(_l("理由"))


class PostForm(BaseForm):
    """An invigilator of a room (指派监考)."""

    account_id = _picked(_l("监考人员"), description=_l("仅列出不受回避限制的人员。"))
    room_id = _picked(_l("考场"))
    role = RadioField(
        _l("职责"),
        [NEEDED],
        coerce=InvigilationRole,
        choices=choices((role.value, label) for role, label in ROLE_LABELS.items()),
        default=InvigilationRole.INVIGILATOR.value,
    )

    def offer(self, people: list[tuple[int, str]], rooms: list[tuple[int, str]]) -> None:
        """Set the choices."""
        self.account_id.choices = choices(people)
        self.room_id.choices = choices(rooms)


class SearchForm(BaseForm):
    """A candidate by ticket number or name (查找考生)."""

    text = StringField(_l("准考证号或姓名"), [Optional(), Length(max=60)])


class CheckInForm(BaseForm):
    """The end of the ID number and a photo (入场核验)."""

    id_tail = StringField(
        _l("证件号码后四位"),
        [NEEDED, Length(max=8)],
        description=_l("查看身份证原件后，由监考人员输入证件上的后四位。"),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "maxlength": "4"},
    )
    photo = _photo()


class SecondForm(BaseForm):
    """The second person signs with username and password (第二人签字)."""

    username = StringField(
        _l("第二人用户名"), [NEEDED, Length(max=60)], render_kw={"autocomplete": "off"}
    )
    password = PasswordField(
        _l("第二人口令"), [NEEDED, Length(max=128)], render_kw={"autocomplete": "off"}
    )
    code = StringField(
        _l("第二人动态口令"),
        [Optional(), Length(max=12)],
        description=_l("已启用动态口令的账号填写。"),
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("username", "password", "code"):  # the signature stands last
            self._fields[name] = self._fields.pop(name)


class IdentityForm(SecondForm):
    """What is decided where identity is in doubt (身份存疑处理)."""

    decision = RadioField(
        _l("处理"),
        [NEEDED],
        choices=choices([("admit", _l("放行入场")), ("refuse", _l("拒绝入场"))]),
    )
    reason = _reason(_l("理由和依据"), _l("如临时身份证、公安机关证明；不要写身份证号。"))
    photo = _photo()


class ExtensionForm(SecondForm):
    """How much more time, and why (延长时间)."""

    minutes = IntegerField(_l("延长分钟数"), [NEEDED, NumberRange(1, 600)])
    reason = _reason(_l("理由"))


class ScriptsForm(SecondForm):
    """How many scripts were counted (清点)."""

    scripts = IntegerField(
        _l("清点份数"),
        [InputRequired(_l("请填写此项。")), NumberRange(0, 1000)],
        description=_l("纸笔考试为收回的答卷份数，计算机考试为实到人数。"),
    )


class IncidentForm(BaseForm):
    """What happened, and to whom (登记异常)."""

    kind = SelectField(
        _l("情形"),
        [NEEDED],
        coerce=IncidentKind,
        choices=choices((kind.value, label) for kind, label in INCIDENT_LABELS.items()),
    )
    entry_id = SelectField(_l("考生"), [Optional()], coerce=_number)
    description = TextAreaField(
        _l("经过"), [NEEDED, Length(max=800)], description=_l("写明时间和情况；不要写身份证号。")
    )

    def offer(self, candidates: list[tuple[int, str]]) -> None:
        """Set the choices."""
        self.entry_id.choices = choices([("", _l("不涉及具体考生")), *candidates])
