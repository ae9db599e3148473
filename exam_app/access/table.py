"""The duty table (职责表): who may do what, under which conditions, resting on which clause.

One row a duty: permission, Chinese label, kinds of organisation, roles, conditions, clauses.
A row allows nothing a wall forbids; what has no row is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from exam_app.access.clauses import ClauseCode, clause_text
from exam_app.access.permissions import Permission
from exam_app.access.terms import Condition, OrganisationKind, Role

P = Permission


@dataclass(frozen=True)
class Rule:
    """One duty (职责): the kinds and roles that may, what must be true, and why."""

    permission: Permission
    label: LazyString
    kinds: frozenset[OrganisationKind]
    roles: frozenset[Role]
    conditions: tuple[Condition, ...]
    clauses: tuple[ClauseCode, ...]

    @property
    def clause(self) -> str:
        """Return the clauses of the duty as one readable line."""
        return clause_text(*self.clauses)


def _row(
    permission: Permission, label: LazyString, kinds: str, roles: str, conditions: str, clauses: str
) -> Rule:
    return Rule(
        permission,
        label,
        frozenset(OrganisationKind(kind) for kind in kinds.split()),
        frozenset(Role(role) for role in roles.split()),
        tuple(Condition(condition) for condition in conditions.split()),
        tuple(ClauseCode(clause) for clause in clauses.split()),
    )


CITY = "city_em"
EXAM = "city_em agency"
SITE = "city_em agency county_em"
EVERY_KIND = " ".join(kind for kind in OrganisationKind if kind != OrganisationKind.PUBLIC)
EVERY_ROLE = " ".join(role for role in Role if role != Role.ANYONE)
CLASS_KINDS = "city_em agency county_em hrss owner provider evaluator regulator"
CLASS_ROLES = (
    "overseer exam_admin training_manager instructor clerk acceptance paper_setter paper_approver "
    "custodian chief invigilator marker result_checker result_publisher certificate_officer "
    "certificate_approver duty_approver"
)
ROSTER_KINDS = "city_em agency county_em provider enterprise"
ROSTER_ROLES = "overseer exam_admin training_manager clerk enterprise_contact"
SITTING_ROLES = "exam_admin chief invigilator custodian paper_setter paper_approver overseer"
RESULT_ROLES = "exam_admin marker result_checker result_publisher certificate_officer"
FREE = "not_prov not_taught"
FREE_E = "not_prov not_taught entrusted"
BLIND_E = "not_prov not_taught not_cand entrusted"

# fmt: off
_ROWS = (
    # ---- people 机构与人员：三员分设，系统管理员不见试题、试卷、密钥、得分 ----
    _row(P.HOME_VIEW, _("查看待办"), EVERY_KIND, EVERY_ROLE, "", "L1"),
    _row(P.ACCOUNT_SELF, _("管理本人口令与动态码"), EVERY_KIND, EVERY_ROLE, "own", "L1"),
    _row(P.ORGANISATION_EDIT, _("登记机构及关联关系"), CITY, "exam_admin", "reason", "Q1 Q2"),
    _row(P.PERSON_VIEW, _("查看人员与账号"), "city_em agency platform",
         "exam_admin duty_approver sysadmin secadmin", "masked", "L1 L2"),
    _row(P.PERSON_EDIT, _("登记人员及任职关系"), CITY, "exam_admin", "reason", "Q2 L2"),
    _row(P.RECUSAL_RECORD, _("登记回避"), SITE, "exam_admin overseer", "reason", "Q2"),
    _row(P.ACCOUNT_CREATE, _("建账号、停用账号"), "platform city_em", "sysadmin", "reason", "L1"),
    _row(P.ACCOUNT_RESET, _("重置认证（不得知晓口令）"), "platform city_em",
         "sysadmin", "reason two", "L1"),
    _row(P.DUTY_GRANT, _("授予、撤销业务角色"), CITY,
         "duty_approver", "reason two not_author", "L1 Q1"),
    _row(P.DUTY_ENTRUST, _("登记、撤销考试委托"), CITY, "duty_approver", "reason two", "Q1 Q2"),
    _row(P.POLICY_EDIT, _("修改地方参数"), CITY, "secadmin", "reason two", "L1"),
    _row(P.KEY_CEREMONY, _("密钥生成与轮换"), CITY, "secadmin custodian", "two reason", "L1"),
    _row(P.API_TOKEN, _("签发、吊销本单位接口令牌，设定变更推送"), "enterprise hrss sia",
         "enterprise_contact acceptance payer", "own_org purpose", "Q15 L2"),
    _row(P.BACKUP_RUN, _("备份与恢复演练"), "platform city_em", "sysadmin", "reason", "L1"),
    _row(P.PII_EXPORT, _("批量导出含身份证号数据"), CITY, "exam_admin", "two reason purpose", "L2"),
    # ---- training 培训 ----
    _row(P.PROJECT_PLAN, _("登记培训项目计划"), CITY, "overseer", "juris state", "Q6"),
    _row(P.CLASS_VIEW, _("查看班次"), CLASS_KINDS, CLASS_ROLES, "", "Q6 Q12"),
    _row(P.CLASS_PLAN, _("编报班次和课程计划"), "provider",
         "training_manager", "own_org state", "Q6"),
    _row(P.CLASS_APPROVE, _("审核班次计划和人数上限"), CITY, "overseer", "not_prov juris", "Q6 Q7"),
    _row(P.ROSTER_VIEW, _("查看学员名册"), ROSTER_KINDS, ROSTER_ROLES, "masked", "Q8 L2"),
    _row(P.ROSTER_NOMINATE, _("企业推荐参训人员"), "enterprise",
         "enterprise_contact", "own_org state", "Q9"),
    _row(P.ROSTER_EDIT, _("编制学员名册"), "provider",
         "clerk training_manager", "own_org state", "Q8"),
    _row(P.ROSTER_CONFIRM, _("企业确认本企业参训人员"), "enterprise",
         "enterprise_contact", "own_org state", "Q9"),
    _row(P.ROSTER_LOCK, _("名册核验并锁定"), "city_em county_em",
         "overseer", "not_prov not_taught juris", "Q8 Q9"),
    _row(P.ATTENDANCE_RECORD, _("登记考勤和影像存证"), "provider",
         "clerk instructor training_manager", "own_org state window", "Q8"),
    _row(P.ATTENDANCE_SELF, _("本人签到"), "person", "trainee", "own window", "Q8"),
    _row(P.HOURS_SUBMIT, _("提交学时汇总"), "provider", "training_manager", "own_org state", "Q5"),
    _row(P.HOURS_VERIFY, _("核验学时"), "city_em county_em",
         "overseer", "not_prov not_taught juris", "Q5 Q10"),
    _row(P.HOURS_VIEW_OWN, _("查看本人学时"), "person", "trainee", "own", "Q5"),
    _row(P.SPOTCHECK_RECORD, _("登记随机抽查、培训回访"), "city_em county_em hrss",
         "overseer acceptance", "not_prov not_taught juris", "Q8"),
    _row(P.VIDEO_UPLOAD, _("登记培训影像"), "provider", "clerk training_manager", "own_org", "Q8"),
    _row(P.VIDEO_VIEW, _("查看培训影像"), "city_em county_em hrss evaluator",
         "overseer acceptance", "not_prov juris purpose", "Q8"),
    # ---- sittings 考务 ----
    _row(P.SITE_EDIT, _("登记考点和考场"), EXAM, "exam_admin", "not_prov entrusted", "Q1 Q4"),
    _row(P.SITTING_VIEW, _("查看场次"), SITE, SITTING_ROLES, "not_prov entrusted", "Q1 Q4"),
    _row(P.SITTING_SCHEDULE, _("排考（场次、考点、座位）"), EXAM, "exam_admin",
         FREE_E + " state", "Q1"),
    _row(P.INVIGILATOR_ASSIGN, _("指派主考和监考"), EXAM,
         "exam_admin", "not_prov entrusted state", "Q1 Q4"),
    _row(P.ROOM_RECORD_PRINT, _("打印准考证、座次表、签到表、考场记录"), SITE,
         "exam_admin chief", "not_prov entrusted", "Q1 Q4"),
    _row(P.TICKET_VIEW_OWN, _("查看本人准考证"), "person", "trainee", "own", "Q1"),
    _row(P.CHECK_IN, _("考生入场核验"), SITE,
         "invigilator chief", BLIND_E + " assigned window", "Q4 Q8"),
    _row(P.IDENTITY_OVERRIDE, _("身份存疑放行或拒绝"), SITE,
         "chief", BLIND_E + " assigned two reason", "Q4"),
    _row(P.SITTING_OPEN, _("宣布开考"), SITE, "chief", BLIND_E + " assigned window state", "Q4"),
    _row(P.SITTING_EXTEND, _("延长考试时间"), SITE,
         "chief", BLIND_E + " assigned two reason state", "Q4"),
    _row(P.SITTING_CLOSE, _("收卷封袋、交卷清点"), SITE,
         "chief", FREE_E + " assigned two state", "Q4"),
    _row(P.INCIDENT_RECORD, _("登记违纪和异常"), SITE,
         "invigilator chief", FREE_E + " assigned window", "Q4"),
    # ---- bank 题库 ----
    _row(P.ITEM_WRITE, _("命题"), EXAM, "item_writer", FREE_E, "Q1 Q2"),
    _row(P.ITEM_IMPORT, _("导入试题"), EXAM, "item_writer", FREE_E + " reason", "Q1 Q2"),
    _row(P.ITEM_REVIEW, _("审题"), EXAM, "item_reviewer", FREE_E + " not_author", "Q1 Q2"),
    _row(P.ITEM_VIEW, _("查看试题和答案"), EXAM,
         "item_writer item_reviewer paper_setter", FREE_E + " reason", "Q1 Q2"),
    _row(P.ITEM_RETIRE, _("停用试题"), EXAM, "item_reviewer", FREE_E + " not_author reason", "Q1"),
    _row(P.ITEM_EXPORT, _("导出试题和答案"), EXAM, "item_reviewer", FREE_E + " reason", "Q1 Q2"),
    _row(P.LAWS_IMPORT, _("更新法规条文库"), EXAM, "item_reviewer", FREE_E + " reason", "Q1"),
    _row(P.BLUEPRINT_EDIT, _("编制双向细目表"), EXAM, "paper_setter", FREE_E + " state", "Q1 Q3"),
    _row(P.BLUEPRINT_APPROVE, _("批准双向细目表"), EXAM,
         "paper_approver", FREE_E + " not_author", "Q1 Q2"),
    # ---- papers 试卷 ----
    _row(P.PAPER_COMPOSE, _("按班次单独组卷"), EXAM,
         "paper_setter", BLIND_E + " state", "Q1 Q2 Q3"),
    _row(P.PAPER_VIEW, _("查看未封存的试卷"), EXAM,
         "paper_setter paper_approver", BLIND_E + " state", "Q1 Q2"),
    _row(P.PAPER_APPROVE, _("审卷签发"), EXAM,
         "paper_approver", BLIND_E + " not_author state", "Q1 Q2"),
    _row(P.PAPER_SEAL, _("封存加密"), SITE, "custodian", BLIND_E + " two state", "Q1 Q2"),
    _row(P.PAPER_OPEN, _("启封（双人、到时）"), SITE,
         "custodian", BLIND_E + " assigned two window state", "Q1 Q2 Q4"),
    _row(P.PAPER_OPEN_EARLY, _("应急提前启封备用卷"), CITY,
         "duty_approver", FREE + " not_cand two reason state", "Q1"),
    _row(P.PAPER_PRINT, _("启封后打印、分发试卷"), SITE,
         "chief", BLIND_E + " assigned window state", "Q2 Q4"),
    _row(P.PAPER_DESTROY, _("销毁或归档试卷"), EXAM, "custodian", FREE_E + " two state", "Q1"),
    _row(P.CUSTODY_RECORD, _("登记试卷交接"), SITE,
         "custodian chief", FREE_E + " assigned two", "Q1 Q4"),
    _row(P.CUSTODIAN_KEY_ENROL, _("登记本人保管密钥"), SITE, "custodian", FREE_E + " own", "Q1 Q2"),
    # ---- attempts 应试 ----
    _row(P.RESPONSE_SUBMIT, _("作答、交卷"), "person", "trainee", "own window state", "Q3"),
    _row(P.RESPONSE_KEY_IN, _("录入纸质作答（双人）"), EXAM,
         "exam_admin marker", BLIND_E + " assigned two state", "Q1"),
    _row(P.SHEET_UPLOAD, _("上传答题卡影像"), EXAM,
         "exam_admin marker", BLIND_E + " assigned state", "Q1"),
    _row(P.SHEET_REVIEW, _("复核无法识读的答题卡"), EXAM,
         "exam_admin marker", BLIND_E + " assigned state", "Q1"),
    # ---- marking 阅卷与成绩 ----
    _row(P.KEY_VIEW, _("查看答案和评分标准"), EXAM,
         "marker result_checker", BLIND_E + " assigned state reason", "Q1 Q12"),
    _row(P.MARK_ENTER, _("阅卷评分"), EXAM, "marker", BLIND_E + " assigned state", "Q1"),
    _row(P.MARK_SECOND, _("第二阅卷"), EXAM,
         "marker result_checker", BLIND_E + " not_author assigned state", "Q1"),
    _row(P.MARK_CONFIRM, _("确认得分"), EXAM,
         "result_checker", BLIND_E + " not_author state", "Q1"),
    _row(P.MARK_AMEND, _("更正成绩（提出）"), EXAM,
         "result_checker", BLIND_E + " reason state", "Q1 Q12"),
    _row(P.MARK_AMEND_APPROVE, _("更正成绩（批准）"), CITY,
         "result_publisher", FREE + " not_cand not_author reason state", "Q1 Q12"),
    _row(P.REGRADE_PROPOSE, _("试题改判（提出）"), EXAM,
         "result_checker", BLIND_E + " reason state", "Q1 Q12"),
    _row(P.REGRADE_APPROVE, _("试题改判（批准）"), CITY,
         "result_publisher", FREE + " not_cand not_author reason state", "Q1 Q12"),
    _row(P.RESULT_VIEW, _("查看本场成绩册"), EXAM, RESULT_ROLES, FREE_E, "Q1"),
    _row(P.RESULT_RELEASE, _("发布成绩"), CITY,
         "result_publisher", FREE + " not_cand not_author two state window", "Q1"),
    _row(P.RESULT_VIEW_OWN, _("查看本人成绩"), "person", "trainee", "own", "Q1"),
    _row(P.RESULT_VIEW_CLASS, _("查看本班合格名单"), "provider",
         "training_manager", "own_org state masked", "Q5b"),
    _row(P.RESULT_VIEW_ENTERPRISE, _("查看本企业人员合格情况"), "enterprise",
         "enterprise_contact", "own_org state masked", "Q9"),
    _row(P.RESULT_VIEW_ACCEPTANCE, _("验收、支付查阅成绩"), "hrss sia evaluator owner",
         "acceptance payer", "juris purpose masked state", "Q11 Q13"),
    _row(P.APPEAL_REQUEST, _("申请复核本人成绩"), "person", "trainee", "own window state", "Q12"),
    _row(P.APPEAL_DECIDE, _("裁定成绩复核"), CITY,
         "result_publisher", FREE + " not_cand not_author reason", "Q1"),
    _row(P.RETAKE_GRANT, _("安排补考（仅一次）"), EXAM, "exam_admin", FREE_E + " state", "Q4b"),
    # ---- certificates 证书 ----
    _row(P.CERTIFICATE_VIEW, _("查看、打印本班证书"), EXAM,
         "certificate_officer certificate_approver", "not_prov entrusted", "Q15"),
    _row(P.CERTIFICATE_ISSUE, _("制证"), EXAM,
         "certificate_officer", FREE_E + " not_cand state", "Q15"),
    _row(P.CERTIFICATE_SIGN, _("签发证书"), CITY,
         "certificate_approver", "not_prov not_cand not_author state", "Q15"),
    _row(P.CERTIFICATE_REVOKE, _("吊销证书"), CITY,
         "certificate_approver", "not_prov not_cand two reason", "Q15"),
    _row(P.CERTIFICATE_REPRINT, _("补证、换证"), EXAM,
         "certificate_officer", "not_prov entrusted not_cand reason state", "Q15"),
    _row(P.CERTIFICATE_VIEW_OWN, _("查看、下载本人证书"), "person", "trainee", "own", "Q15"),
    _row(P.CERTIFICATE_VERIFY, _("查验证书"), "public enterprise person hrss sia",
         "anyone enterprise_contact trainee acceptance payer", "masked", "Q15"),
    _row(P.CERTIFICATE_VERIFY_BATCH, _("批量查验证书"), "enterprise hrss sia",
         "enterprise_contact acceptance payer", "purpose masked", "Q15 L2"),
    _row(P.CERTIFICATE_VIEW_ENTERPRISE, _("查看本企业人员证书"), "enterprise",
         "enterprise_contact", "own_org masked", "Q9 Q15"),
    # ---- credits 学时 ----
    _row(P.CREDIT_GRANT, _("学时计入再培训"), CITY, "certificate_officer", FREE + " state", "Q5b"),
    _row(P.CREDIT_REVERSE, _("冲销学时"), CITY,
         "certificate_officer", FREE + " two reason state", "Q5b Q12"),
    _row(P.CREDIT_STATEMENT_OWN, _("查看本人学时证明"), "person", "trainee", "own", "Q5b"),
    _row(P.CREDIT_STATEMENT_ENTERPRISE, _("查看本企业人员学时"), "enterprise",
         "enterprise_contact", "own_org masked", "Q5b Q9"),
    _row(P.CREDIT_OUTSTANDING, _("查看辖区内尚缺学时人员"), "city_em county_em",
         "overseer", "juris masked", "Q5b L2"),
    # ---- reports 统计、档案、验收、支付、审计 ----
    _row(P.STATS_VIEW, _("查看统计（覆盖率、合格率）"), "city_em county_em hrss sia regulator",
         "overseer acceptance payer exam_admin", "juris masked", "Q14"),
    _row(P.REPORT_COVERAGE, _("导出覆盖率、合格率报表"), "city_em county_em hrss sia regulator",
         "overseer acceptance payer", "juris masked", "Q14"),
    _row(P.REPORT_PAYABLE, _("导出应支付名单"), "hrss sia",
         "acceptance payer", "juris purpose state", "Q5b Q13"),
    _row(P.REPORT_CLASS_FILE, _("导出班次档案"), "city_em hrss evaluator",
         "overseer acceptance", "not_prov juris purpose", "Q11 Q12"),
    _row(P.REPORT_ANALYSIS, _("查看试卷质量分析"), EXAM,
         "item_reviewer result_checker", FREE_E + " state", "Q1"),
    _row(P.ACCEPTANCE_REPORT, _("登记评估验收报告"), "hrss evaluator owner",
         "acceptance", "not_prov juris purpose", "Q11"),
    _row(P.PAYMENT_MARK, _("登记支付"), "sia", "payer", "purpose state", "Q11 Q13"),
    _row(P.PROVIDER_BAN, _("登记施教单位退出、禁入"), "hrss city_em",
         "overseer acceptance", "juris reason two", "Q16"),
    _row(P.AUDIT_VIEW, _("查阅、校验痕迹"), "city_em hrss", "auditor", "reason", "L1 Q12"),
    _row(P.AUDIT_EXPORT, _("导出签名痕迹"), "city_em hrss", "auditor", "reason", "Q12"),
)
# fmt: on

RULES: dict[Permission, Rule] = {row.permission: row for row in _ROWS}
if len(RULES) != len(_ROWS):
    raise RuntimeError("a permission has two rows")
