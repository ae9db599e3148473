"""The words of home: steps, states, and each act with its duty and its page (显示用语)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.access.permissions import Permission
from exam_app.home.terms import Act, Step, StepState

STEPS: Mapping[Step, LazyString] = {
    Step.ROSTER: _l("名册"),
    Step.HOURS: _l("学时"),
    Step.SITTING: _l("排考"),
    Step.PAPER: _l("组卷"),
    Step.SEAL: _l("封存"),
    Step.OPEN: _l("启封"),
    Step.EXAM: _l("开考"),
    Step.MARK: _l("阅卷"),
    Step.RELEASE: _l("发布"),
    Step.CERTIFICATE: _l("制证"),
}
STATES: Mapping[StepState, LazyString] = {
    StepState.DONE: _l("已完成"),
    StepState.NOW: _l("办理中"),
    StepState.WAITING: _l("未开始"),
}
BADGES: Mapping[StepState, str] = {
    StepState.DONE: "good",
    StepState.NOW: "warn",
    StepState.WAITING: "secondary",
}
# Who does a step that has not begun.
STEP_DUTIES: Mapping[Step, Permission] = {
    Step.ROSTER: Permission.ROSTER_EDIT,
    Step.HOURS: Permission.HOURS_VERIFY,
    Step.SITTING: Permission.SITTING_SCHEDULE,
    Step.PAPER: Permission.PAPER_COMPOSE,
    Step.SEAL: Permission.PAPER_SEAL,
    Step.OPEN: Permission.PAPER_OPEN,
    Step.EXAM: Permission.SITTING_OPEN,
    Step.MARK: Permission.MARK_ENTER,
    Step.RELEASE: Permission.RESULT_RELEASE,
    Step.CERTIFICATE: Permission.CERTIFICATE_ISSUE,
}


@dataclass(frozen=True)
class Deed:
    """An act: its words, the duty that allows it, the page it is done on."""

    label: LazyString
    permission: Permission
    endpoint: str


ACTS: Mapping[Act, Deed] = {
    Act.APPROVE_CLASS: Deed(_l("审核班次计划"), Permission.CLASS_APPROVE, "training.show_plan"),
    Act.IMPORT_ROSTER: Deed(_l("导入学员名册"), Permission.ROSTER_EDIT, "training.show_roster"),
    Act.CONFIRM_PEOPLE: Deed(
        _l("企业确认参训人员"), Permission.ROSTER_CONFIRM, "training.show_roster"
    ),
    Act.LOCK_ROSTER: Deed(_l("核验并锁定名册"), Permission.ROSTER_LOCK, "training.show_roster"),
    Act.SUBMIT_HOURS: Deed(
        _l("登记考勤并提交学时"), Permission.HOURS_SUBMIT, "training.show_attendance"
    ),
    Act.VERIFY_HOURS: Deed(_l("核验学时"), Permission.HOURS_VERIFY, "training.show_eligibility"),
    Act.GIVE_REASON: Deed(
        _l("决定须说明理由的人员"), Permission.HOURS_VERIFY, "training.show_eligibility"
    ),
    Act.SCHEDULE: Deed(_l("安排场次"), Permission.SITTING_SCHEDULE, "sittings.plan_sitting"),
    Act.ENTER: Deed(_l("编入考生和座位"), Permission.SITTING_SCHEDULE, "sittings.show_sitting"),
    Act.DRAW: Deed(_l("组卷"), Permission.PAPER_COMPOSE, "papers.class_papers"),
    Act.APPROVE_PAPER: Deed(_l("审卷签发"), Permission.PAPER_APPROVE, "papers.class_papers"),
    Act.SEAL: Deed(_l("封存试卷"), Permission.PAPER_SEAL, "papers.class_papers"),
    Act.OPEN_PAPER: Deed(_l("启封试卷"), Permission.PAPER_OPEN, "papers.class_papers"),
    Act.OPEN_SITTING: Deed(_l("宣布开考"), Permission.SITTING_OPEN, "sittings.show_sitting"),
    Act.CLOSE_SITTING: Deed(_l("收卷并宣布考试结束"), Permission.SITTING_CLOSE, "sittings.closing"),
    Act.HAND_OVER: Deed(_l("移交考试材料"), Permission.SITTING_CLOSE, "sittings.handover"),
    Act.MARK: Deed(_l("阅卷"), Permission.MARK_ENTER, "marking.show_results"),
    Act.CONFIRM_RESULTS: Deed(_l("复核成绩"), Permission.MARK_CONFIRM, "marking.show_results"),
    Act.RELEASE: Deed(_l("发布成绩"), Permission.RESULT_RELEASE, "marking.check_release"),
    Act.GRANT_RETAKE: Deed(_l("安排补考"), Permission.RETAKE_GRANT, "marking.new_retake"),
    Act.PREPARE: Deed(_l("制证"), Permission.CERTIFICATE_ISSUE, "certificates.show_class"),
    Act.SIGN: Deed(_l("签发证书"), Permission.CERTIFICATE_SIGN, "certificates.show_class"),
    Act.CREDIT: Deed(_l("登记再培训学时"), Permission.CREDIT_GRANT, "credits.show_class"),
}

# Pages of a class beside the task list: who may open them, where, and their words.
CLASS_LINKS: tuple[tuple[Permission, str, LazyString], ...] = (
    (Permission.CLASS_VIEW, "training.show_plan", _l("班次计划")),
    (Permission.ROSTER_VIEW, "training.show_roster", _l("学员名册")),
    (Permission.ROSTER_VIEW, "training.show_attendance", _l("考勤与学时")),
    (Permission.ROSTER_VIEW, "training.show_eligibility", _l("参考资格")),
    (Permission.SITTING_VIEW, "sittings.show_sitting", _l("场次")),
    (Permission.SITTING_VIEW, "attempts.show_progress", _l("应试进度")),
    (Permission.SITTING_VIEW, "papers.class_papers", _l("试卷")),
    (Permission.RESULT_VIEW, "marking.show_results", _l("成绩册")),
    (Permission.RESULT_VIEW_CLASS, "marking.show_passed", _l("合格名单")),
    (Permission.CERTIFICATE_VIEW, "certificates.show_class", _l("合格证书")),
    (Permission.CREDIT_GRANT, "credits.show_class", _l("再培训学时")),
    (Permission.REPORT_CLASS_FILE, "reports.show_class_file", _l("班次档案")),
)
OTHER_WORK: Mapping[Permission, tuple[LazyString, str]] = {
    Permission.ITEM_REVIEW: (_l("试题待审"), "bank.list_reviews"),
    Permission.DUTY_GRANT: (_l("任职待确认"), "people.appointments"),
    Permission.DUTY_ENTRUST: (_l("委托待确认"), "people.entrustments"),
    Permission.POLICY_EDIT: (_l("地方参数待批准"), "people.settings"),
}
