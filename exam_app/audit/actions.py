"""The closed list of what the trail can say was done, each with its Chinese label."""

from __future__ import annotations

import enum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class Action(enum.StrEnum):
    """What was done: ``stage:object:verb``."""

    # audit
    STREAM_OPENED = "audit:stream:open"
    STREAM_CLOSED = "audit:stream:close"
    HEAD_SIGNED = "audit:head:sign"
    ACCESS_DIGESTED = "audit:access:digest"
    TRAIL_VIEWED = "audit:trail:view"
    TRAIL_EXPORTED = "audit:trail:export"
    # policy and system
    POLICY_SETTING_PROPOSED = "policy:setting:propose"
    POLICY_SETTING_APPROVED = "policy:setting:approve"
    # people
    ORGANISATION_CREATED = "people:organisation:create"
    ORGANISATION_TIED = "people:organisation:tie"
    PERSON_CREATED = "people:person:create"
    PERSON_MENDED = "people:person:mend"
    PERSON_TIED = "people:person:tie"
    ACCOUNT_CREATED = "people:account:create"
    ACCOUNT_DISABLED = "people:account:disable"
    ACCOUNT_ENABLED = "people:account:enable"
    ACCOUNT_RESET_ASKED = "people:account:ask-reset"
    ACCOUNT_RESET = "people:account:reset"
    PASSWORD_CHANGED = "people:password:change"  # noqa: S105 - an action's name
    SECOND_FACTOR_DRAWN = "people:second-factor:draw"
    SECOND_FACTOR_SET = "people:second-factor:set"
    SESSIONS_ENDED = "people:session:end"
    AUTHORITY_FOUNDED = "people:authority:found"
    DUTY_PROPOSED = "people:duty:propose"
    DUTY_GRANTED = "people:duty:grant"
    DUTY_ENDED = "people:duty:end"
    ENTRUSTMENT_PROPOSED = "people:entrustment:propose"
    EXAMINING_ENTRUSTED = "people:entrustment:grant"
    ENTRUSTMENT_ENDED = "people:entrustment:end"
    RECUSAL_RECORDED = "people:recusal:record"
    RECUSAL_ENDED = "people:recusal:end"
    CUSTODIAN_KEY_ENROLLED = "people:custodian-key:enrol"
    # training
    PROJECT_PLANNED = "training:project:plan"
    LECTURER_REGISTERED = "training:lecturer:register"
    CLASS_PLANNED = "training:class:plan"
    CLASS_APPROVED = "training:class:approve"
    ROSTER_IMPORTED = "training:roster:import"
    ROSTER_CONFIRMED = "training:roster:confirm"
    ROSTER_LOCKED = "training:roster:lock"
    ATTENDANCE_IMPORTED = "training:attendance:import"
    HOURS_SUBMITTED = "training:hours:submit"
    HOURS_VERIFIED = "training:hours:verify"
    ADMISSION_REASONED = "training:admission:reason"
    # sittings
    SITE_CREATED = "sittings:site:create"
    ROOM_CREATED = "sittings:room:create"
    SITTING_PLANNED = "sittings:sitting:plan"
    SITTING_CHANGED = "sittings:sitting:change"
    SITTING_READIED = "sittings:sitting:ready"
    SITTING_OPENED = "sittings:sitting:open"
    SITTING_EXTENDED = "sittings:sitting:extend"
    SITTING_CLOSED = "sittings:sitting:close"
    SITTING_HANDED_OVER = "sittings:sitting:hand-over"
    INVIGILATOR_ASSIGNED = "sittings:invigilator:assign"
    INVIGILATOR_RELEASED = "sittings:invigilator:release"
    CANDIDATE_ENTERED = "sittings:entry:enter"
    CANDIDATE_CHECKED_IN = "sittings:entry:check-in"
    IDENTITY_OVERRIDDEN = "sittings:identity:override"
    CANDIDATE_REFUSED = "sittings:entry:refuse"
    INCIDENT_RECORDED = "sittings:incident:record"
    INCIDENT_COUNTERSIGNED = "sittings:incident:countersign"
    CANDIDATE_DISQUALIFIED = "sittings:entry:disqualify"
    # bank
    ITEM_WRITTEN = "bank:item:write"
    ITEM_REVISED = "bank:item:revise"
    ITEM_IMPORTED = "bank:item:import"
    ITEM_IMPORT_QUEUED = "bank:item:queue-import"
    ITEM_SUBMITTED = "bank:item:submit"
    ITEM_REVIEWED = "bank:item:review"
    ITEM_RETIRED = "bank:item:retire"
    ITEM_DISCARDED = "bank:item:discard"
    ITEM_VIEWED = "bank:item:view"
    ITEM_USE_COUNTED = "bank:item:count-use"
    ITEM_EXPORTED = "bank:item:export"
    ITEM_STATISTICS_RECORDED = "bank:item:record-statistics"
    ENEMIES_NOTED = "bank:enemies:note"
    ENEMIES_LIFTED = "bank:enemies:lift"
    LAWS_IMPORTED = "bank:laws:import"
    BLUEPRINT_CREATED = "bank:blueprint:create"
    BLUEPRINT_EDITED = "bank:blueprint:edit"
    BLUEPRINT_APPROVED = "bank:blueprint:approve"
    # papers
    PAPER_DRAWN = "papers:paper:draw"
    PAPER_DRAW_REFUSED = "papers:paper:refuse-draw"
    PAPER_DISCARDED = "papers:paper:discard"
    PAPER_VIEWED = "papers:paper:view"
    PAPER_APPROVED = "papers:paper:approve"
    PAPER_REMARKED = "papers:paper:remark"
    PAPER_ANSWERED = "papers:paper:answer"
    PAPER_STRUCK = "papers:paper:strike"
    PAPER_SEALING_ASKED = "papers:paper:ask-seal"
    PAPER_SEALED = "papers:paper:seal"
    PAPER_OPENING_ASKED = "papers:paper:ask-open"
    PAPER_OPENED = "papers:paper:open"
    PAPER_OPENED_EARLY = "papers:paper:open-early"
    PAPER_PRINTED = "papers:paper:print"
    PAPER_ARCHIVED = "papers:paper:archive"
    PAPER_DISCLOSURE_ASKED = "papers:paper:ask-disclosure"
    PAPER_DISCLOSED = "papers:paper:disclose"
    PAPER_DESTROYED = "papers:paper:destroy"
    CUSTODY_RECORDED = "papers:custody:record"
    # attempts
    ATTEMPT_STARTED = "attempts:attempt:start"
    ATTEMPT_RESUMED = "attempts:attempt:resume"
    ATTEMPT_SUBMITTED = "attempts:attempt:submit"
    ATTEMPT_ENDED = "attempts:attempt:end"
    RESPONSES_KEYED = "attempts:response:key-in"
    RESPONSES_CONFIRMED = "attempts:response:confirm"
    # marking
    KEY_VIEWED = "marking:key:view"
    ATTEMPT_MARKED = "marking:mark:enter"
    RESULT_CONFIRMED = "marking:result:confirm"
    RESULT_RELEASED = "marking:result:release"
    REGRADE_PROPOSED = "marking:regrade:propose"
    REGRADE_APPROVED = "marking:regrade:approve"
    REGRADE_REJECTED = "marking:regrade:reject"
    RETAKE_GRANTED = "marking:retake:grant"
    # certificates
    SIGNING_KEY_CREATED = "certificates:key:create"
    SIGNING_KEYS_RELOCKED = "certificates:key:relock"
    SIGNING_KEY_RETIRED = "certificates:key:retire"
    SIGNING_KEY_COMPROMISED = "certificates:key:report-compromise"
    CERTIFICATES_REATTESTED = "certificates:certificate:reattest"
    KEY_REGISTRY_REQUESTED = "certificates:registry:request"
    KEY_REGISTRY_INSTALLED = "certificates:registry:install"
    CERTIFICATE_ISSUED = "certificates:certificate:issue"
    CERTIFICATE_SIGNED = "certificates:certificate:sign"
    CERTIFICATE_PRINTED = "certificates:certificate:print"
    CERTIFICATE_EXPORTED = "certificates:certificate:export"
    CERTIFICATE_REPRINTED = "certificates:certificate:reprint"
    CERTIFICATE_REVOCATION_PROPOSED = "certificates:certificate:propose-revoke"
    CERTIFICATE_REVOKED = "certificates:certificate:revoke"
    CERTIFICATE_REVOCATION_REJECTED = "certificates:certificate:reject-revoke"
    CERTIFICATE_CANCELLED = "certificates:certificate:cancel"
    CERTIFICATE_ISSUE_QUEUED = "certificates:class:queue-issue"
    CERTIFICATE_CHANGE_PROPOSED = "certificates:certificate:propose-change"
    CERTIFICATE_CHANGE_REJECTED = "certificates:certificate:reject-change"
    CERTIFICATE_SUSPENDED = "certificates:certificate:suspend"
    CERTIFICATE_RESTORED = "certificates:certificate:restore"
    CERTIFICATE_REPLACEMENT_PREPARED = "certificates:certificate:prepare-replacement"
    CERTIFICATE_REPLACED = "certificates:certificate:replace"
    SITTING_VOIDING_PROPOSED = "certificates:sitting:propose-void"
    SITTING_VOIDED = "certificates:sitting:void"
    SITTING_VOIDING_REJECTED = "certificates:sitting:reject-void"
    # credits
    HOURS_CREDITED = "credits:hours:grant"
    HOURS_REVERSED = "credits:hours:reverse"
    EXEMPTION_GRANTED = "credits:exemption:grant"
    STATEMENT_ISSUED = "credits:statement:issue"
    # verification
    VERIFICATION_ASKED = "verification:batch:ask"
    VERIFICATION_FINISHED = "verification:batch:finish"
    VERIFICATION_HANDED_OUT = "verification:batch:hand-out"
    STAFF_CERTIFICATES_EXPORTED = "verification:staff:export"
    API_TOKEN_ISSUED = "verification:token:issue"  # noqa: S105 - an action's name
    API_TOKEN_REVOKED = "verification:token:revoke"  # noqa: S105 - an action's name
    WEBHOOK_SET = "verification:webhook:set"
    WEBHOOK_ENDED = "verification:webhook:end"
    WEBHOOK_RESENT = "verification:webhook:resend"
    # reports
    CLASS_FILE_EXPORTED = "reports:class-file:export"
    COVERAGE_REPORTED = "reports:coverage:export"
    PAYABLE_LIST_EXPORTED = "reports:payable:export"
    ACCEPTANCE_REPORTED = "reports:acceptance:report"
    PAYMENT_RECORDED = "reports:payment:record"


LABELS: dict[Action, LazyString] = {
    Action.STREAM_OPENED: _l("开设场次痕迹链"),
    Action.STREAM_CLOSED: _l("封存场次痕迹链"),
    Action.HEAD_SIGNED: _l("签发痕迹树头"),
    Action.ACCESS_DIGESTED: _l("登记当日访问记录摘要"),
    Action.TRAIL_VIEWED: _l("查阅痕迹"),
    Action.TRAIL_EXPORTED: _l("导出痕迹"),
    Action.POLICY_SETTING_PROPOSED: _l("提出本地参数"),
    Action.POLICY_SETTING_APPROVED: _l("批准本地参数"),
    Action.ORGANISATION_CREATED: _l("登记单位"),
    Action.ORGANISATION_TIED: _l("登记单位关联关系"),
    Action.PERSON_CREATED: _l("登记人员"),
    Action.PERSON_MENDED: _l("更正人员登记"),
    Action.PERSON_TIED: _l("登记人员任职关系"),
    Action.ACCOUNT_CREATED: _l("新建账号"),
    Action.ACCOUNT_DISABLED: _l("停用账号"),
    Action.ACCOUNT_ENABLED: _l("启用账号"),
    Action.ACCOUNT_RESET_ASKED: _l("申请重置认证"),
    Action.ACCOUNT_RESET: _l("重置账号认证"),
    Action.PASSWORD_CHANGED: _l("修改口令"),
    Action.SECOND_FACTOR_DRAWN: _l("生成动态码密钥"),
    Action.SECOND_FACTOR_SET: _l("设置动态口令"),
    Action.SESSIONS_ENDED: _l("结束登录会话"),
    Action.AUTHORITY_FOUNDED: _l("初始授权"),
    Action.DUTY_PROPOSED: _l("提出岗位授权"),
    Action.DUTY_GRANTED: _l("批准岗位授权"),
    Action.DUTY_ENDED: _l("终止岗位授权"),
    Action.ENTRUSTMENT_PROPOSED: _l("拟定考试委托"),
    Action.EXAMINING_ENTRUSTED: _l("登记考试委托"),
    Action.ENTRUSTMENT_ENDED: _l("终止考试委托"),
    Action.RECUSAL_RECORDED: _l("登记回避"),
    Action.RECUSAL_ENDED: _l("解除回避"),
    Action.CUSTODIAN_KEY_ENROLLED: _l("登记试卷保管密钥"),
    Action.PROJECT_PLANNED: _l("登记培训项目"),
    Action.LECTURER_REGISTERED: _l("登记授课教师"),
    Action.CLASS_PLANNED: _l("编报班次"),
    Action.CLASS_APPROVED: _l("审核通过班次"),
    Action.ROSTER_IMPORTED: _l("导入学员名册"),
    Action.ROSTER_CONFIRMED: _l("企业确认名册"),
    Action.ROSTER_LOCKED: _l("锁定学员名册"),
    Action.ATTENDANCE_IMPORTED: _l("导入考勤"),
    Action.HOURS_SUBMITTED: _l("提交学时"),
    Action.HOURS_VERIFIED: _l("核验学时"),
    Action.ADMISSION_REASONED: _l("记录理由准予参考"),
    Action.SITE_CREATED: _l("登记考点"),
    Action.ROOM_CREATED: _l("登记考场"),
    Action.SITTING_PLANNED: _l("安排场次"),
    Action.SITTING_CHANGED: _l("调整场次"),
    Action.SITTING_READIED: _l("场次准备就绪"),
    Action.SITTING_OPENED: _l("宣布开考"),
    Action.SITTING_EXTENDED: _l("延长考试时间"),
    Action.SITTING_CLOSED: _l("宣布考试结束"),
    Action.SITTING_HANDED_OVER: _l("移交考试材料"),
    Action.INVIGILATOR_ASSIGNED: _l("指派监考"),
    Action.INVIGILATOR_RELEASED: _l("解除监考指派"),
    Action.CANDIDATE_ENTERED: _l("编入考生"),
    Action.CANDIDATE_CHECKED_IN: _l("考生入场核验"),
    Action.IDENTITY_OVERRIDDEN: _l("身份存疑放行"),
    Action.CANDIDATE_REFUSED: _l("拒绝考生入场"),
    Action.INCIDENT_RECORDED: _l("登记异常情况"),
    Action.INCIDENT_COUNTERSIGNED: _l("会签异常情况"),
    Action.CANDIDATE_DISQUALIFIED: _l("取消考试资格"),
    Action.ITEM_WRITTEN: _l("命题"),
    Action.ITEM_REVISED: _l("修改试题"),
    Action.ITEM_IMPORTED: _l("导入试题"),
    Action.ITEM_IMPORT_QUEUED: _l("安排后台导入试题"),
    Action.ITEM_SUBMITTED: _l("试题送审"),
    Action.ITEM_REVIEWED: _l("审题"),
    Action.ITEM_RETIRED: _l("停用试题"),
    Action.ITEM_DISCARDED: _l("放弃试题草稿"),
    Action.ITEM_VIEWED: _l("查看试题"),
    Action.ITEM_USE_COUNTED: _l("登记试题使用"),
    Action.ITEM_EXPORTED: _l("导出试题"),
    Action.ITEM_STATISTICS_RECORDED: _l("登记试题统计"),
    Action.ENEMIES_NOTED: _l("登记互斥试题"),
    Action.ENEMIES_LIFTED: _l("解除互斥试题"),
    Action.LAWS_IMPORTED: _l("更新法规条文库"),
    Action.BLUEPRINT_CREATED: _l("新建双向细目表"),
    Action.BLUEPRINT_EDITED: _l("修改双向细目表"),
    Action.BLUEPRINT_APPROVED: _l("批准双向细目表"),
    Action.PAPER_DRAWN: _l("组卷"),
    Action.PAPER_DRAW_REFUSED: _l("组卷未成（题库不足）"),
    Action.PAPER_DISCARDED: _l("作废草拟试卷"),
    Action.PAPER_VIEWED: _l("查看试卷"),
    Action.PAPER_APPROVED: _l("审定试卷"),
    Action.PAPER_REMARKED: _l("退回试卷并提出审卷意见"),
    Action.PAPER_ANSWERED: _l("答复审卷意见"),
    Action.PAPER_STRUCK: _l("剔除试题并重抽"),
    Action.PAPER_SEALING_ASKED: _l("同意封存试卷"),
    Action.PAPER_SEALED: _l("封存试卷"),
    Action.PAPER_OPENING_ASKED: _l("申请启封试卷"),
    Action.PAPER_OPENED: _l("启封试卷"),
    Action.PAPER_OPENED_EARLY: _l("应急提前启封备用卷"),
    Action.PAPER_PRINTED: _l("印制试卷"),
    Action.PAPER_ARCHIVED: _l("归档试卷"),
    Action.PAPER_DISCLOSURE_ASKED: _l("申请公开试卷种子"),
    Action.PAPER_DISCLOSED: _l("公开试卷种子"),
    Action.PAPER_DESTROYED: _l("销毁试卷"),
    Action.CUSTODY_RECORDED: _l("登记试卷交接"),
    Action.ATTEMPT_STARTED: _l("开始应试"),
    Action.ATTEMPT_RESUMED: _l("换机续答"),
    Action.ATTEMPT_SUBMITTED: _l("交卷"),
    Action.ATTEMPT_ENDED: _l("到时收卷"),
    Action.RESPONSES_KEYED: _l("录入纸质作答"),
    Action.RESPONSES_CONFIRMED: _l("核对录入作答"),
    Action.KEY_VIEWED: _l("查看答案"),
    Action.ATTEMPT_MARKED: _l("阅卷评分"),
    Action.RESULT_CONFIRMED: _l("复核成绩"),
    Action.RESULT_RELEASED: _l("发布成绩"),
    Action.REGRADE_PROPOSED: _l("提出重新评分"),
    Action.REGRADE_APPROVED: _l("批准重新评分"),
    Action.REGRADE_REJECTED: _l("驳回重新评分"),
    Action.RETAKE_GRANTED: _l("准予补考"),
    Action.SIGNING_KEY_CREATED: _l("生成证书签名密钥"),
    Action.SIGNING_KEYS_RELOCKED: _l("更换签名密钥口令"),
    Action.SIGNING_KEY_RETIRED: _l("停用证书签名密钥"),
    Action.SIGNING_KEY_COMPROMISED: _l("登记签名密钥泄露"),
    Action.CERTIFICATES_REATTESTED: _l("重新确认证书"),
    Action.KEY_REGISTRY_REQUESTED: _l("生成待签密钥登记册"),
    Action.KEY_REGISTRY_INSTALLED: _l("启用密钥登记册"),
    Action.CERTIFICATE_ISSUED: _l("制证"),
    Action.CERTIFICATE_SIGNED: _l("签发证书"),
    Action.CERTIFICATE_PRINTED: _l("打印证书"),
    Action.CERTIFICATE_EXPORTED: _l("导出证书"),
    Action.CERTIFICATE_REPRINTED: _l("补发证书"),
    Action.CERTIFICATE_REVOCATION_PROPOSED: _l("提出吊销证书"),
    Action.CERTIFICATE_REVOKED: _l("吊销证书"),
    Action.CERTIFICATE_REVOCATION_REJECTED: _l("驳回吊销证书"),
    Action.CERTIFICATE_CANCELLED: _l("作废未签发的证书"),
    Action.CERTIFICATE_ISSUE_QUEUED: _l("安排后台制证、签发"),
    Action.CERTIFICATE_CHANGE_PROPOSED: _l("提出证书变更"),
    Action.CERTIFICATE_CHANGE_REJECTED: _l("驳回证书变更"),
    Action.CERTIFICATE_SUSPENDED: _l("暂停证书"),
    Action.CERTIFICATE_RESTORED: _l("恢复证书"),
    Action.CERTIFICATE_REPLACEMENT_PREPARED: _l("决定补换发证书"),
    Action.CERTIFICATE_REPLACED: _l("证书被替换"),
    Action.SITTING_VOIDING_PROPOSED: _l("提出整场作废"),
    Action.SITTING_VOIDED: _l("整场作废"),
    Action.SITTING_VOIDING_REJECTED: _l("驳回整场作废"),
    Action.HOURS_CREDITED: _l("计入再培训学时"),
    Action.HOURS_REVERSED: _l("冲销再培训学时"),
    Action.EXEMPTION_GRANTED: _l("登记学时减免"),
    Action.STATEMENT_ISSUED: _l("出具学时证明"),
    Action.VERIFICATION_ASKED: _l("提交批量查验"),
    Action.VERIFICATION_FINISHED: _l("完成批量查验"),
    Action.VERIFICATION_HANDED_OUT: _l("下载批量查验结果"),
    Action.STAFF_CERTIFICATES_EXPORTED: _l("导出本企业人员证书"),
    Action.API_TOKEN_ISSUED: _l("签发接口令牌"),
    Action.API_TOKEN_REVOKED: _l("吊销接口令牌"),
    Action.WEBHOOK_SET: _l("设定证书变更推送"),
    Action.WEBHOOK_ENDED: _l("停止证书变更推送"),
    Action.WEBHOOK_RESENT: _l("重新发送证书变更"),
    Action.CLASS_FILE_EXPORTED: _l("导出班次档案"),
    Action.COVERAGE_REPORTED: _l("导出覆盖率合格率"),
    Action.PAYABLE_LIST_EXPORTED: _l("导出支付名单"),
    Action.ACCEPTANCE_REPORTED: _l("登记评估验收报告"),
    Action.PAYMENT_RECORDED: _l("登记基金支付"),
}
