"""The closed list of what can be done (动作清单), kept apart from who may do it."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that can be done, written ``stage:object:verb`` (动作)."""

    # people 机构与人员
    HOME_VIEW = "home:page:view"
    ACCOUNT_SELF = "people:account:self"
    ORGANISATION_EDIT = "people:organisation:edit"
    PERSON_VIEW = "people:person:view"
    PERSON_EDIT = "people:person:edit"
    RECUSAL_RECORD = "people:recusal:record"
    ACCOUNT_CREATE = "people:account:create"
    ACCOUNT_RESET = "people:account:reset"
    DUTY_GRANT = "people:duty:grant"
    DUTY_ENTRUST = "people:entrustment:record"
    POLICY_EDIT = "people:policy:edit"
    KEY_CEREMONY = "people:key:ceremony"
    API_TOKEN = "people:token:issue"  # noqa: S105 - the name of a permission
    BACKUP_RUN = "people:backup:run"
    PII_EXPORT = "people:person:export"
    # training 培训
    PROJECT_PLAN = "training:project:plan"
    CLASS_VIEW = "training:class:view"
    CLASS_PLAN = "training:class:plan"
    CLASS_APPROVE = "training:class:approve"
    ROSTER_VIEW = "training:roster:view"
    ROSTER_NOMINATE = "training:roster:nominate"
    ROSTER_EDIT = "training:roster:edit"
    ROSTER_CONFIRM = "training:roster:confirm"
    ROSTER_LOCK = "training:roster:lock"
    ATTENDANCE_RECORD = "training:attendance:record"
    ATTENDANCE_SELF = "training:attendance:self"
    HOURS_SUBMIT = "training:hours:submit"
    HOURS_VERIFY = "training:hours:verify"
    HOURS_VIEW_OWN = "training:hours:view_own"
    SPOTCHECK_RECORD = "training:spotcheck:record"
    VIDEO_UPLOAD = "training:video:upload"
    VIDEO_VIEW = "training:video:view"
    # sittings 考务
    SITE_EDIT = "sittings:site:edit"
    SITTING_VIEW = "sittings:sitting:view"
    SITTING_SCHEDULE = "sittings:sitting:schedule"
    INVIGILATOR_ASSIGN = "sittings:invigilator:assign"
    ROOM_RECORD_PRINT = "sittings:room_record:print"
    TICKET_VIEW_OWN = "sittings:ticket:view_own"
    CHECK_IN = "sittings:candidate:check_in"
    IDENTITY_OVERRIDE = "sittings:identity:override"
    SITTING_OPEN = "sittings:sitting:open"
    SITTING_EXTEND = "sittings:sitting:extend"
    SITTING_CLOSE = "sittings:sitting:close"
    INCIDENT_RECORD = "sittings:incident:record"
    # bank 题库
    ITEM_WRITE = "bank:item:write"
    ITEM_IMPORT = "bank:item:import"
    ITEM_REVIEW = "bank:item:review"
    ITEM_VIEW = "bank:item:view"
    ITEM_RETIRE = "bank:item:retire"
    ITEM_EXPORT = "bank:item:export"
    LAWS_IMPORT = "bank:laws:import"
    BLUEPRINT_EDIT = "bank:blueprint:edit"
    BLUEPRINT_APPROVE = "bank:blueprint:approve"
    # papers 试卷
    PAPER_COMPOSE = "papers:paper:compose"
    PAPER_VIEW = "papers:paper:view"
    PAPER_APPROVE = "papers:paper:approve"
    PAPER_SEAL = "papers:paper:seal"
    PAPER_OPEN = "papers:paper:open"
    PAPER_OPEN_EARLY = "papers:paper:open_early"
    PAPER_PRINT = "papers:paper:print"
    PAPER_DESTROY = "papers:paper:destroy"
    CUSTODY_RECORD = "papers:custody:record"
    CUSTODIAN_KEY_ENROL = "papers:custodian_key:enrol"
    # attempts 应试
    RESPONSE_SUBMIT = "attempts:response:submit"
    RESPONSE_KEY_IN = "attempts:response:key_in"
    SHEET_UPLOAD = "attempts:sheet:upload"
    SHEET_REVIEW = "attempts:sheet:review"
    # marking 阅卷与成绩
    KEY_VIEW = "marking:key:view"
    MARK_ENTER = "marking:mark:enter"
    MARK_SECOND = "marking:mark:second"
    MARK_CONFIRM = "marking:mark:confirm"
    MARK_AMEND = "marking:mark:amend"
    MARK_AMEND_APPROVE = "marking:mark:amend_approve"
    REGRADE_PROPOSE = "marking:regrade:propose"
    REGRADE_APPROVE = "marking:regrade:approve"
    RESULT_VIEW = "marking:result:view"
    RESULT_RELEASE = "marking:result:release"
    RESULT_VIEW_OWN = "marking:result:view_own"
    RESULT_VIEW_CLASS = "marking:result:view_class"
    RESULT_VIEW_ENTERPRISE = "marking:result:view_enterprise"
    RESULT_VIEW_ACCEPTANCE = "marking:result:view_acceptance"
    APPEAL_REQUEST = "marking:appeal:request"
    APPEAL_DECIDE = "marking:appeal:decide"
    RETAKE_GRANT = "marking:retake:grant"
    # certificates 证书
    CERTIFICATE_VIEW = "certificates:certificate:view"
    CERTIFICATE_ISSUE = "certificates:certificate:issue"
    CERTIFICATE_SIGN = "certificates:certificate:sign"
    CERTIFICATE_REVOKE = "certificates:certificate:revoke"
    CERTIFICATE_REPRINT = "certificates:certificate:reprint"
    CERTIFICATE_VIEW_OWN = "certificates:certificate:view_own"
    CERTIFICATE_VERIFY = "certificates:certificate:verify"
    CERTIFICATE_VERIFY_BATCH = "certificates:certificate:verify_batch"
    CERTIFICATE_VIEW_ENTERPRISE = "certificates:certificate:view_enterprise"
    # credits 学时
    CREDIT_GRANT = "credits:credit:grant"
    CREDIT_REVERSE = "credits:credit:reverse"
    CREDIT_STATEMENT_OWN = "credits:statement:view_own"
    CREDIT_STATEMENT_ENTERPRISE = "credits:statement:view_enterprise"
    CREDIT_OUTSTANDING = "credits:outstanding:view"
    # reports 统计、档案、验收、审计
    STATS_VIEW = "reports:stats:view"
    REPORT_COVERAGE = "reports:coverage:view"
    REPORT_PAYABLE = "reports:payable:view"
    REPORT_CLASS_FILE = "reports:class_file:export"
    REPORT_ANALYSIS = "reports:analysis:view"
    ACCEPTANCE_REPORT = "reports:acceptance:record"
    PAYMENT_MARK = "reports:payment:mark"
    PROVIDER_BAN = "reports:provider:ban"
    AUDIT_VIEW = "reports:audit:view"
    AUDIT_EXPORT = "reports:audit:export"


# What somebody outside the examining side may do in an examining stage: each named by hand.
LOOKUPS = frozenset(
    {
        Permission.TICKET_VIEW_OWN,
        Permission.RESPONSE_SUBMIT,
        Permission.RESULT_VIEW_OWN,
        Permission.RESULT_VIEW_CLASS,
        Permission.RESULT_VIEW_ENTERPRISE,
        Permission.RESULT_VIEW_ACCEPTANCE,
        Permission.APPEAL_REQUEST,
        Permission.CERTIFICATE_VIEW_OWN,
        Permission.CERTIFICATE_VERIFY,
        Permission.CERTIFICATE_VERIFY_BATCH,
        Permission.CERTIFICATE_VIEW_ENTERPRISE,
        Permission.CREDIT_STATEMENT_OWN,
        Permission.CREDIT_STATEMENT_ENTERPRISE,
        Permission.CREDIT_OUTSTANDING,
    }
)
_EXAMINING_STAGES = frozenset(
    {"sittings", "bank", "papers", "attempts", "marking", "certificates", "credits"}
)
# A new permission of an examining stage stands behind the walls unless named above.
EXAMINING = frozenset(
    permission
    for permission in Permission
    if permission.split(":")[0] in _EXAMINING_STAGES and permission not in LOOKUPS
) | {Permission.REPORT_ANALYSIS}
# Content of the exam or the exam room: whoever taught the class stays away from these.
HANDS_ON = frozenset(
    permission
    for permission in EXAMINING
    if permission.split(":")[0] in {"bank", "papers", "attempts", "marking", "reports"}
) | {
    Permission.CHECK_IN,
    Permission.IDENTITY_OVERRIDE,
    Permission.SITTING_OPEN,
    Permission.SITTING_EXTEND,
    Permission.SITTING_CLOSE,
    Permission.INCIDENT_RECORD,
}
# Items, papers, keys, responses and marks: no administrator and no teaching role sees them.
CONTENT = frozenset(
    permission
    for permission in EXAMINING
    if permission.split(":")[0] in {"bank", "papers", "attempts", "marking", "reports"}
)
TEACHING = frozenset(
    {
        Permission.CLASS_PLAN,
        Permission.ROSTER_EDIT,
        Permission.ATTENDANCE_RECORD,
        Permission.HOURS_SUBMIT,
        Permission.VIDEO_UPLOAD,
    }
)


def stage_of(permission: Permission) -> str:
    """Return the stage (环节) a permission belongs to."""
    return permission.split(":")[0]
