"""The words of reports as pages and prints show them (显示用语)."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.certificates.terms import CertificateState
from exam_app.papers.terms import PaperKind, PaperState
from exam_app.reports.terms import Conclusion, SnapshotKind

TOTAL = _l("合计")
PAPER_KINDS: Mapping[str, LazyString] = {
    PaperKind.FIRST: _l("首考卷"),
    PaperKind.RESERVE: _l("备用卷"),
    PaperKind.RETAKE: _l("补考卷"),
}
PAPER_STATES: Mapping[str, LazyString] = {
    PaperState.DRAWN: _l("已组卷"),
    PaperState.APPROVED: _l("已审定"),
    PaperState.SEALED: _l("已封存"),
    PaperState.OPENED: _l("已启封"),
    PaperState.ARCHIVED: _l("已归档"),
}
CERTIFICATE_STATES: Mapping[str, LazyString] = {
    CertificateState.INTENDED: _l("待签发"),
    CertificateState.VALID: _l("有效"),
    CertificateState.SUSPENDED: _l("已暂停"),
    CertificateState.REVOKED: _l("已吊销"),
    CertificateState.REPLACED: _l("已被替换"),
    CertificateState.CANCELLED: _l("未签发即作废"),
}
DUTIES: Mapping[str, LazyString] = {
    "plan": _l("编报班次"),
    "teach": _l("授课"),
    "approve_class": _l("审核班次"),
    "verify_hours": _l("核验学时"),
    "schedule": _l("排考"),
    "set_paper": _l("组卷"),
    "approve_paper": _l("审卷签发"),
    "seal": _l("封存保管"),
    "chief": _l("主考"),
    "invigilate": _l("监考"),
    "mark": _l("阅卷"),
    "confirm": _l("成绩复核"),
    "release": _l("成绩发布"),
    "issue": _l("制证"),
    "sign": _l("签发证书"),
}
REASONS: Mapping[str, LazyString] = {
    "class_size": _l("班次人数超过通常上限"),
    "admission": _l("未达“原则上、一般”要求而准予参考"),
    "reserve_early": _l("应急提前启封备用卷"),
    "redrawn": _l("试卷作废重组"),
}
CHOICES: Mapping[str, LazyString] = {
    "exam.separate_from_teaching": _l("培考分离"),
    "exam.provider_may_set_or_invigilate": _l("施教单位可否出卷监考"),
    "exam.organiser": _l("考试组织者"),
    "exam.invigilator": _l("监考者"),
}
CHOICE_VALUES: Mapping[object, LazyString] = {
    True: _l("是"),
    False: _l("否"),
    "authority": _l("市级应急管理部门或其委托的机构"),
    "joint": _l("人力资源社会保障部门和应急管理部门联合"),
    "city-authority": _l("市级应急管理部门"),
    "county-authority": _l("县级应急管理部门"),
    "implementing-unit": _l("项目实施单位"),
}
TARGETS: Mapping[str, LazyString] = {
    "milestone.share": _l("阶段培训完成比例"),
    "milestone.coverage": _l("三类人员培训覆盖率"),
    "exam.coverage": _l("培训考试覆盖率"),
    "exam.pass_rate": _l("考试合格率"),
}
SNAPSHOTS: Mapping[str, LazyString] = {
    SnapshotKind.CLASS_FILE: _l("班次档案"),
    SnapshotKind.COVERAGE: _l("覆盖率、合格率报表"),
    SnapshotKind.PAYABLE: _l("应支付名单"),
    SnapshotKind.ACCEPTANCE: _l("评估验收报告"),
    SnapshotKind.PAYMENT: _l("支付登记"),
}
CONCLUSIONS: Mapping[str, LazyString] = {
    Conclusion.ACCEPTED: _l("验收合格"),
    Conclusion.REJECTED: _l("验收不合格"),
}
