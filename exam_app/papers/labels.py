"""The words of papers as pages show them (显示用语)."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.papers.models import Paper
from exam_app.papers.terms import MIXED, CustodyKind, PaperKind, PaperState, RemarkKind

KINDS: Mapping[str, LazyString] = {
    PaperKind.FIRST: _l("首考卷"),
    PaperKind.RESERVE: _l("备用卷"),
    PaperKind.RETAKE: _l("补考卷"),
}
STATES: Mapping[str, LazyString] = {
    PaperState.DRAWN: _l("已组卷，待审"),
    PaperState.APPROVED: _l("已审定，待封存"),
    PaperState.SEALED: _l("已封存"),
    PaperState.OPENED: _l("已启封"),
    PaperState.ARCHIVED: _l("已归档"),
}
STATE_KINDS: Mapping[str, str] = {
    PaperState.DRAWN: "warn",
    PaperState.APPROVED: "warn",
    PaperState.SEALED: "good",
    PaperState.OPENED: "good",
    PaperState.ARCHIVED: "secondary",
}
CUSTODY: Mapping[str, LazyString] = {
    CustodyKind.SEALED: _l("封存"),
    CustodyKind.OPENED: _l("启封"),
    CustodyKind.PRINTED: _l("印制"),
    CustodyKind.HANDED_OUT: _l("领取、分发"),
    CustodyKind.RETURNED: _l("回收"),
    CustodyKind.SPOILED: _l("作废"),
    CustodyKind.DESTROYED: _l("销毁"),
}
BY_HAND: Mapping[str, LazyString] = {
    kind: CUSTODY[kind]
    for kind in (CustodyKind.HANDED_OUT, CustodyKind.RETURNED, CustodyKind.SPOILED)
}
REMARKS: Mapping[str, LazyString] = {
    RemarkKind.REMARK: _l("退回意见"),
    RemarkKind.ANSWER: _l("答复"),
    RemarkKind.STRIKE: _l("剔除一题，重新抽题"),
}
SECTIONS: Mapping[str, LazyString] = {
    "single": _l("单项选择题"),
    "multiple": _l("多项选择题"),
    "true_false": _l("判断题"),
    MIXED: _l("案例题"),
}
SCHEMES: Mapping[str, LazyString] = {
    "each": _l("每份试卷题序、选项次序各不相同"),
    "two_forms": _l("A、B 卷，座位相邻者不同"),
    "same": _l("全部相同"),
}
JOB_STATES: Mapping[str, LazyString] = {
    "waiting": _l("等待处理"),
    "running": _l("正在印制"),
    "done": _l("已完成"),
    "failed": _l("未完成"),
}
PRINT_SIZES: Mapping[str, LazyString] = {
    "usual": _l("考场试卷（A4）"),
    "large": _l("大字试卷（A3、24 磅）"),
}
EARLY_CLAUSE = _l("应急启封只限备用卷，须两名授权审批人同意并写明理由，启封仍由两名保管人进行。")


def state_text(paper: Paper) -> str:
    """Return the state of a paper in words; withdrawn, and archived unopened, by themselves."""
    if paper.withdrawn_at is not None:
        return str(_l("已作废"))
    if paper.state is PaperState.ARCHIVED and paper.opened_at is None:
        return str(_l("未启封，已归档"))
    return str(STATES[paper.state])
