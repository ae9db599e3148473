"""The words of certificates as pages and the command line show them (显示用语)."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.certificates.issuing import PREPARE_JOB, SIGN_JOB
from exam_app.certificates.terms import CertificateState, ChangeKind, Reason, VerdictState
from exam_app.core.jobs import JobState

STATES: Mapping[VerdictState, LazyString] = {
    VerdictState.VALID: _l("有效"),
    VerdictState.STATUS_UNKNOWN: _l("签名有效，吊销状态未知"),
    VerdictState.EXPIRED: _l("签名有效，已过有效期"),
    VerdictState.NOT_YET_VALID: _l("签名有效，尚未生效"),
    VerdictState.REVOKED: _l("已吊销"),
    VerdictState.SUSPENDED: _l("已暂停"),
    VerdictState.REPLACED: _l("已被替换"),
    VerdictState.REFUSED: _l("不予认可"),
}
REASONS: Mapping[Reason, LazyString] = {
    Reason.NOT_DIGITS: _l("内容不是证书记录"),
    Reason.MALFORMED: _l("记录格式不符"),
    Reason.UNKNOWN_KEY: _l("签名密钥未知，不是本机关签发"),
    Reason.WRONG_ALGORITHM: _l("签名算法与密钥不符"),
    Reason.ALGORITHM_UNAVAILABLE: _l("本机没有安装核验 SM2 签名的组件，无法核验"),
    Reason.BAD_SIGNATURE: _l("签名不符，内容被改动或伪造"),
    Reason.BAD_PAYLOAD: _l("记录内容不完整"),
    Reason.CRITICAL_FIELD: _l("含有本程序不认识的关键字段"),
    Reason.UNKNOWN_FIELD: _l("含有未知字段"),
    Reason.KEY_NOT_FOR_ISSUER: _l("密钥不属于该发证机关"),
    Reason.KEY_NOT_FOR_CLASS: _l("密钥不得签发该类培训的证书"),
    Reason.KEY_NOT_FOR_DATE: _l("发证日期不在密钥有效期内"),
    Reason.KEY_OUT_OF_USE: _l("签名密钥已过核验期"),
    Reason.KEY_COMPROMISED: _l("签名密钥已泄露"),
    Reason.EXPIRED: _l("已过有效期"),
    Reason.NOT_YET_VALID: _l("尚未生效"),
    Reason.REVOKED: _l("证书已吊销"),
    Reason.SUSPENDED: _l("证书已暂停，暂不作为合格凭证"),
    Reason.REPLACED: _l("证书已被新证书替换，请查验新证书"),
    Reason.STATUS_UNKNOWN: _l("无法确认是否已吊销"),
    Reason.STATUS_STALE: _l("吊销名单已过期"),
    Reason.KEYS_STALE: _l("密钥登记册已过更新期"),
    Reason.ISSUE_UNPROVED: _l("签名密钥后来泄露，须联网核对签发登记"),
    Reason.NOT_ON_FILE: _l("签发登记中没有这份记录"),
    Reason.FOREIGN_ADDRESS: _l("二维码中的网址不是官方网址，谨防假冒查验网站"),
}
CATEGORIES: Mapping[int, LazyString] = {
    1: _l("安全生产（职业健康）分管负责人"),
    2: _l("专职安全（职业健康）管理人员"),
    3: _l("班组长"),
}
CLASS_KINDS: Mapping[int, LazyString] = {1: _l("工伤预防能力提升培训")}
CERTIFICATE_STATES: Mapping[CertificateState, LazyString] = {
    CertificateState.INTENDED: _l("待签发"),
    CertificateState.VALID: _l("已签发"),
    CertificateState.SUSPENDED: _l("已暂停"),
    CertificateState.REVOKED: _l("已吊销"),
    CertificateState.REPLACED: _l("已被替换"),
    CertificateState.CANCELLED: _l("未签发即作废"),
}
BADGES: Mapping[CertificateState, str] = {
    CertificateState.INTENDED: "warn",
    CertificateState.VALID: "good",
    CertificateState.SUSPENDED: "warn",
    CertificateState.REVOKED: "bad",
    CertificateState.REPLACED: "secondary",
    CertificateState.CANCELLED: "secondary",
}
CHANGES: Mapping[ChangeKind, LazyString] = {
    ChangeKind.SUSPEND: _l("暂停"),
    ChangeKind.LIFT: _l("恢复"),
    ChangeKind.REPLACE: _l("补换发"),
    ChangeKind.CORRECT: _l("更正"),
}
CHANGE_NOTES: Mapping[ChangeKind, LazyString] = {
    ChangeKind.SUSPEND: _l("决定之后公开查验显示“已暂停”，可以恢复。"),
    ChangeKind.LIFT: _l("决定之后证书重新有效。"),
    ChangeKind.REPLACE: _l("新证书使用新编号、内容不变、有效期不变；签发后原证书显示“已被替换”。"),
    ChangeKind.CORRECT: _l(
        "先更正人员登记；新证书使用新编号，写明更正后的内容，有效期不变；"
        "签发后原证书显示“已被替换”。"
    ),
}
JOBS: Mapping[str, LazyString] = {PREPARE_JOB: _l("后台制证"), SIGN_JOB: _l("后台签发")}
JOB_STATES: Mapping[JobState, LazyString] = {
    JobState.WAITING: _l("等待处理"),
    JobState.RUNNING: _l("正在办理"),
    JobState.DONE: _l("已完成"),
    JobState.FAILED: _l("未完成"),
}
MISSING: Mapping[str, LazyString] = {
    "not-given": _l("本班次适用的文件规定不颁发证书"),
    "not-eligible": _l("学时或实名核验未达要求"),
    "class-incomplete": _l("班次学时尚未核验"),
    "disqualified": _l("已被取消成绩"),
    "not-passed": _l("没有合格成绩"),
    "not-released": _l("成绩尚未发布"),
    "result-expired": _l("合格成绩已过有效期"),
    "issued-already": _l("已经制证"),
    "sitting-voided": _l("该场考试已整场作废"),
    "not-printable": _l("姓名中有字库没有的字，证书无法打印"),
    "materials-open": _l("该场考试的材料尚未移交"),
}
