"""The words of access (权限用语): kinds of organisations, roles, sides and conditions."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _


class OrganisationKind(StrEnum):
    """What an organisation is to an exam (机构类别)."""

    CITY_EM = "city_em"
    AGENCY = "agency"
    COUNTY_EM = "county_em"
    HRSS = "hrss"
    SIA = "sia"
    EVALUATOR = "evaluator"
    PROVIDER = "provider"
    OWNER = "owner"
    ENTERPRISE = "enterprise"
    PLATFORM = "platform"
    PERSON = "person"
    PUBLIC = "public"
    REGULATOR = "regulator"


class Role(StrEnum):
    """What a person is appointed to do (角色)."""

    EXAM_ADMIN = "exam_admin"
    ITEM_WRITER = "item_writer"
    ITEM_REVIEWER = "item_reviewer"
    PAPER_SETTER = "paper_setter"
    PAPER_APPROVER = "paper_approver"
    CUSTODIAN = "custodian"
    CHIEF = "chief"
    INVIGILATOR = "invigilator"
    MARKER = "marker"
    RESULT_CHECKER = "result_checker"
    RESULT_PUBLISHER = "result_publisher"
    CERTIFICATE_OFFICER = "certificate_officer"
    CERTIFICATE_APPROVER = "certificate_approver"
    DUTY_APPROVER = "duty_approver"
    OVERSEER = "overseer"
    TRAINING_MANAGER = "training_manager"
    INSTRUCTOR = "instructor"
    CLERK = "clerk"
    ACCEPTANCE = "acceptance"
    PAYER = "payer"
    ENTERPRISE_CONTACT = "enterprise_contact"
    TRAINEE = "trainee"
    SYSADMIN = "sysadmin"
    SECADMIN = "secadmin"
    AUDITOR = "auditor"
    ANYONE = "anyone"


class Side(StrEnum):
    """The side of the wall somebody or a stage stands on (培考分离的一侧)."""

    TEACHING = "teaching"
    EXAMINING = "examining"
    OVERSIGHT = "oversight"
    CANDIDATE = "candidate"
    PUBLIC = "public"


class Condition(StrEnum):
    """A fact that must be true before a duty may be done (条件)."""

    NOT_PROV = "not_prov"
    NOT_TAUGHT = "not_taught"
    NOT_CAND = "not_cand"
    NOT_AUTHOR = "not_author"
    TWO = "two"
    ASSIGNED = "assigned"
    ENTRUSTED = "entrusted"
    WINDOW = "window"
    STATE = "state"
    OWN_ORG = "own_org"
    OWN = "own"
    JURIS = "juris"
    REASON = "reason"
    PURPOSE = "purpose"
    MASKED = "masked"


TEACHING_ROLES = frozenset({Role.TRAINING_MANAGER, Role.INSTRUCTOR, Role.CLERK})
ADMINISTRATORS = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR})
# Everybody who touches an exam or decides who does; candidates are not among them.
EXAMINING_ROLES = frozenset(
    {
        Role.EXAM_ADMIN,
        Role.ITEM_WRITER,
        Role.ITEM_REVIEWER,
        Role.PAPER_SETTER,
        Role.PAPER_APPROVER,
        Role.CUSTODIAN,
        Role.CHIEF,
        Role.INVIGILATOR,
        Role.MARKER,
        Role.RESULT_CHECKER,
        Role.RESULT_PUBLISHER,
        Role.CERTIFICATE_OFFICER,
        Role.CERTIFICATE_APPROVER,
        Role.DUTY_APPROVER,
        Role.OVERSEER,
    }
)
EXAMINING_KINDS = frozenset(
    {OrganisationKind.CITY_EM, OrganisationKind.AGENCY, OrganisationKind.COUNTY_EM}
)

KIND_LABELS: dict[OrganisationKind, LazyString] = {
    OrganisationKind.CITY_EM: _("市级应急管理部门"),
    OrganisationKind.AGENCY: _("受委托考试机构"),
    OrganisationKind.COUNTY_EM: _("县级应急管理部门"),
    OrganisationKind.HRSS: _("人力资源社会保障部门"),
    OrganisationKind.SIA: _("社会保险经办机构"),
    OrganisationKind.EVALUATOR: _("第三方评估机构"),
    OrganisationKind.PROVIDER: _("施教单位"),
    OrganisationKind.OWNER: _("项目实施单位"),
    OrganisationKind.ENTERPRISE: _("参训企业"),
    OrganisationKind.PLATFORM: _("系统运维单位"),
    OrganisationKind.PERSON: _("学员个人"),
    OrganisationKind.PUBLIC: _("社会公众"),
    OrganisationKind.REGULATOR: _("行业主管部门"),
}

ROLE_LABELS: dict[Role, LazyString] = {
    Role.EXAM_ADMIN: _("考务管理员"),
    Role.ITEM_WRITER: _("命题员"),
    Role.ITEM_REVIEWER: _("审题员"),
    Role.PAPER_SETTER: _("组卷员"),
    Role.PAPER_APPROVER: _("审卷签发人"),
    Role.CUSTODIAN: _("试卷保管员"),
    Role.CHIEF: _("主考"),
    Role.INVIGILATOR: _("监考员"),
    Role.MARKER: _("阅卷员"),
    Role.RESULT_CHECKER: _("成绩复核员"),
    Role.RESULT_PUBLISHER: _("成绩签发人"),
    Role.CERTIFICATE_OFFICER: _("证书经办人"),
    Role.CERTIFICATE_APPROVER: _("证书签发人"),
    Role.DUTY_APPROVER: _("授权审批人"),
    Role.OVERSEER: _("监督检查员"),
    Role.TRAINING_MANAGER: _("培训管理员"),
    Role.INSTRUCTOR: _("授课教师"),
    Role.CLERK: _("台账员"),
    Role.ACCEPTANCE: _("评估验收员"),
    Role.PAYER: _("支付经办"),
    Role.ENTERPRISE_CONTACT: _("企业联系人"),
    Role.TRAINEE: _("学员"),
    Role.SYSADMIN: _("系统管理员"),
    Role.SECADMIN: _("安全管理员"),
    Role.AUDITOR: _("审计员"),
    Role.ANYONE: _("公众查验人"),
}

SIDE_LABELS: dict[Side, LazyString] = {
    Side.TEACHING: _("培训方"),
    Side.EXAMINING: _("考试方"),
    Side.OVERSIGHT: _("监管方"),
    Side.CANDIDATE: _("考生"),
    Side.PUBLIC: _("公众"),
}

CONDITION_LABELS: dict[Condition, LazyString] = {
    Condition.NOT_PROV: _("本人及所在单位（含上下级、关联单位、回避期内任职）不是本班次施教单位"),
    Condition.NOT_TAUGHT: _("本人未给本班次授课、未经办本班次台账"),
    Condition.NOT_CAND: _("本人不是本场考生，与考生无回避关系"),
    Condition.NOT_AUTHOR: _("复核人与经办人不是同一自然人"),
    Condition.TWO: _("第二人独立确认（不同自然人、不同会话；启封须跨单位）"),
    Condition.ASSIGNED: _("已被指派到本场次、考点或科目"),
    Condition.ENTRUSTED: _("委托在有效期内，且受托单位不是同项目施教单位"),
    Condition.WINDOW: _("在规定的时间窗内"),
    Condition.STATE: _("对象处于允许的状态"),
    Condition.OWN_ORG: _("对象属于本单位"),
    Condition.OWN: _("对象属于本人"),
    Condition.JURIS: _("对象在本行政区域内"),
    Condition.REASON: _("填写理由并附依据"),
    Condition.PURPOSE: _("用途限定并记录查看"),
    Condition.MASKED: _("仅返回脱敏的最少字段"),
}
