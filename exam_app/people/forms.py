"""Forms of people: the shape of what comes in; choices are handed over by the view."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.fields import (
    DateField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import EqualTo, InputRequired, Length, Optional

from exam_app.access.terms import KIND_LABELS, ROLE_LABELS, OrganisationKind, Role
from exam_app.core.forms import BaseForm
from exam_app.people.labels import TIE_LABELS
from exam_app.people.rules import PASSWORD_MAX
from exam_app.people.terms import TieKind

NEEDED = InputRequired(_l("请填写此项。"))
REASON_HINT = _l("写明理由和依据（文号、任命文件等），将记入痕迹。")


def _number(value: Any) -> int | None:
    return int(value) if value not in (None, "", "None") else None


def _reason() -> Any:
    return TextAreaField(_l("理由和依据"), [NEEDED, Length(max=400)], description=REASON_HINT)


def _password(label: Any, *validators: Any, is_new: bool = False, **more: Any) -> Any:
    return PasswordField(
        label,
        [NEEDED, Length(max=PASSWORD_MAX), *validators],
        render_kw={"autocomplete": "new-password" if is_new else "current-password"},
        **more,
    )


def _new_password() -> Any:
    hint = _l("学员至少 8 位，工作人员至少 12 位；不得含用户名，不得使用常见口令。")
    return _password(_l("新口令"), is_new=True, description=hint)


def _repeat() -> Any:
    same = EqualTo("new_password", _l("两次输入的口令不一致。"))
    return _password(_l("再输入一次新口令"), same, is_new=True)


def _code(label: Any, *validators: Any, **more: Any) -> Any:
    hints = {"autocomplete": "one-time-code", "inputmode": "numeric"}
    return StringField(label, [*validators, Length(max=12)], render_kw=hints, **more)


class SignInForm(BaseForm):
    """Username, password and the code of the second factor (登录)."""

    username = StringField(
        _l("用户名"), [NEEDED, Length(max=60)], render_kw={"autocomplete": "username"}
    )
    password = _password(_l("口令"))
    code = _code(_l("动态口令"), description=_l("已启用动态口令的账号填写手机上的 6 位数字。"))


class ActivationForm(BaseForm):
    """A first password with the one-time code, or a new one with the old (首次登录)."""

    username = StringField(
        _l("用户名"), [NEEDED, Length(max=60)], render_kw={"autocomplete": "username"}
    )
    means = RadioField(
        _l("凭什么设置"),
        [NEEDED],
        choices=[
            SelectChoice("code", _l("一次性激活码")),
            SelectChoice("password", _l("原口令")),
        ],
        default="code",
    )
    proof = _password(_l("激活码或原口令"))
    new_password = _new_password()
    repeat = _repeat()


class OwnPasswordForm(BaseForm):
    """A new password with the old one (修改口令)."""

    old_password = _password(_l("原口令"))
    new_password = _new_password()
    repeat = _repeat()


class PasswordForm(BaseForm):
    """The password once more (再次验证)."""

    password = _password(_l("口令"))


class TotpForm(BaseForm):
    """The first code of a second factor (动态口令)."""

    code = _code(_l("动态口令"), NEEDED)


class ReasonForm(BaseForm):
    """Why something is done (理由)."""

    reason = _reason()


class PeriodForm(BaseForm):
    """From which day to which (起止日期)."""

    from_on = DateField(_l("开始日期"), [NEEDED])
    until_on = DateField(_l("截止日期"), [Optional()], description=_l("长期有效的不填。"))


class OrganisationForm(BaseForm):
    """A new organisation (登记机构)."""

    name = StringField(_l("机构名称"), [NEEDED, Length(max=120)])
    kind = SelectField(_l("机构类别"), [NEEDED], coerce=OrganisationKind)
    credit_code = StringField(
        _l("统一社会信用代码"), [NEEDED, Length(max=24)], description=_l("18 位。")
    )
    division_code = StringField(
        _l("行政区划代码"), [NEEDED, Length(max=6)], description=_l("6 位，如伊春市 230700。")
    )
    parent_id = SelectField(_l("上级机构"), [Optional()], coerce=_number)

    def offer(self, organisations: list[tuple[int, str]]) -> None:
        """Set the choices."""
        private = (OrganisationKind.PERSON, OrganisationKind.PUBLIC)
        self.kind.choices = _choices(
            (kind.value, label) for kind, label in KIND_LABELS.items() if kind not in private
        )
        self.parent_id.choices = _with_none(organisations)


class OrganisationTieForm(PeriodForm):
    """A tie of two organisations (关联关系)."""

    other_id = SelectField(_l("关联单位"), [NEEDED], coerce=_number)
    kind = SelectField(_l("关系"), [NEEDED])

    def offer(self, organisations: list[tuple[int, str]]) -> None:
        """Set the choices."""
        self.other_id.choices = _choices(organisations)
        between = (TieKind.OWNER, TieKind.AFFILIATE)
        self.kind.choices = _choices((kind.value, TIE_LABELS[kind]) for kind in between)


class PersonForm(BaseForm):
    """A new person (登记人员)."""

    name = StringField(_l("姓名"), [NEEDED, Length(max=60)])
    id_number = StringField(
        _l("身份证号"), [NEEDED, Length(max=24)], render_kw={"autocomplete": "off"}
    )
    phone = StringField(_l("电话"), [Length(max=20)])


class MendPersonForm(BaseForm):
    """What was registered wrongly of a person (更正人员登记)."""

    name = StringField(_l("姓名"), [NEEDED, Length(max=60)])
    id_number = StringField(
        _l("身份证号"),
        [Length(max=24)],
        description=_l("号码无误的不填。"),
        render_kw={"autocomplete": "off"},
    )
    reason = _reason()


class FindPersonForm(BaseForm):
    """A person looked up by the whole ID number (按身份证号查找)."""

    id_number = StringField(
        _l("身份证号"), [NEEDED, Length(max=24)], render_kw={"autocomplete": "off"}
    )


class PersonTieForm(PeriodForm):
    """A tie of a person to an organisation (任职关系)."""

    organisation_id = SelectField(_l("单位"), [NEEDED], coerce=_number)
    kind = SelectField(_l("关系"), [NEEDED])

    def offer(self, organisations: list[tuple[int, str]]) -> None:
        """Set the choices."""
        self.organisation_id.choices = _choices(organisations)
        self.kind.choices = _choices((kind.value, label) for kind, label in TIE_LABELS.items())


class AccountForm(BaseForm):
    """A new account and the person it is for (新建账号)."""

    name = StringField(_l("姓名"), [NEEDED, Length(max=60)])
    id_number = StringField(
        _l("身份证号"), [NEEDED, Length(max=24)], render_kw={"autocomplete": "off"}
    )
    username = StringField(
        _l("用户名"),
        [NEEDED, Length(max=32)],
        description=_l("3 至 32 位小写字母、数字、点、横线，以字母开头。"),
        render_kw={"autocomplete": "off"},
    )
    reason = _reason()


class AppointmentForm(PeriodForm):
    """A duty to be granted (授予角色)."""

    account_id = SelectField(_l("账号"), [NEEDED], coerce=_number)
    organisation_id = SelectField(_l("任职机构"), [NEEDED], coerce=_number)
    role = SelectField(_l("角色"), [NEEDED], coerce=Role)
    reason = _reason()

    def offer(self, accounts: list[tuple[int, str]], organisations: list[tuple[int, str]]) -> None:
        """Set the choices."""
        self.account_id.choices = _choices(accounts)
        self.organisation_id.choices = _choices(organisations)
        self.role.choices = _choices(
            (role.value, label) for role, label in ROLE_LABELS.items() if role is not Role.ANYONE
        )


class EntrustmentForm(PeriodForm):
    """An agency to be entrusted (考试委托)."""

    authority_id = SelectField(_l("委托部门"), [NEEDED], coerce=_number)
    agency_id = SelectField(_l("受托机构"), [NEEDED], coerce=_number)
    reason = _reason()

    def offer(self, authorities: list[tuple[int, str]], agencies: list[tuple[int, str]]) -> None:
        """Set the choices."""
        self.authority_id.choices = _choices(authorities)
        self.agency_id.choices = _choices(agencies)


class RecusalForm(PeriodForm):
    """Whom a person is kept away from (回避)."""

    id_number = StringField(
        _l("回避人身份证号"), [NEEDED, Length(max=24)], render_kw={"autocomplete": "off"}
    )
    other_id_number = StringField(
        _l("须回避的人的身份证号"),
        [Length(max=24)],
        description=_l("与下面的单位二者填一项。"),
        render_kw={"autocomplete": "off"},
    )
    organisation_id = SelectField(_l("须回避的单位"), [Optional()], coerce=_number)
    reason = _reason()

    def offer(self, organisations: list[tuple[int, str]]) -> None:
        """Set the choices."""
        self.organisation_id.choices = _with_none(organisations)


class SettingForm(BaseForm):
    """A local setting over a profile (地方参数)."""

    authority_id = SelectField(_l("适用部门"), [NEEDED], coerce=_number)
    profile_id = SelectField(_l("政策文件"), [NEEDED])
    key = SelectField(_l("参数"), [NEEDED])
    value = StringField(_l("数值"), [NEEDED, Length(max=80)])
    from_on = DateField(_l("生效日期"), [NEEDED])
    reason = _reason()

    def offer(
        self,
        authorities: list[tuple[int, str]],
        profiles: list[tuple[str, str]],
        keys: list[tuple[str, str]],
    ) -> None:
        """Set the choices."""
        self.authority_id.choices = _choices(authorities)
        self.profile_id.choices = _choices(profiles)
        self.key.choices = _choices(keys)


def _choices(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


def _with_none(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    return [SelectChoice("", _l("无")), *_choices(pairs)]
