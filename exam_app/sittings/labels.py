"""Chinese labels of the words of sittings (考务用语)."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.sittings.terms import (
    EntryState,
    IncidentKind,
    InvigilationRole,
    SittingKind,
    SittingMode,
    SittingState,
)

KIND_LABELS: dict[SittingKind, LazyString] = {
    SittingKind.FIRST: _l("首次考试"),
    SittingKind.RETAKE: _l("补考"),
}
MODE_LABELS: dict[SittingMode, LazyString] = {
    SittingMode.PAPER: _l("纸笔考试"),
    SittingMode.COMPUTER: _l("计算机考试"),
}
STATE_LABELS: dict[SittingState, LazyString] = {
    SittingState.PLANNED: _l("筹备中"),
    SittingState.READY: _l("已就绪"),
    SittingState.OPEN: _l("考试中"),
    SittingState.CLOSED: _l("已结束"),
    SittingState.HANDED_OVER: _l("已移交"),
}
ENTRY_LABELS: dict[EntryState, LazyString] = {
    EntryState.ENTERED: _l("未入场"),
    EntryState.CHECKED_IN: _l("已入场"),
    EntryState.ABSENT: _l("缺考"),
    EntryState.DISQUALIFIED: _l("取消资格"),
}
ROLE_LABELS: dict[InvigilationRole, LazyString] = {
    InvigilationRole.CHIEF: _l("主考"),
    InvigilationRole.INVIGILATOR: _l("监考"),
}
INCIDENT_LABELS: dict[IncidentKind, LazyString] = {
    IncidentKind.LATE: _l("迟到"),
    IncidentKind.IDENTITY_DOUBT: _l("身份存疑"),
    IncidentKind.PHONE: _l("携带或使用通讯设备"),
    IncidentKind.NOTES: _l("夹带资料"),
    IncidentKind.COPYING: _l("抄袭或互传答案"),
    IncidentKind.IMPERSONATION: _l("代考"),
    IncidentKind.DISTURBANCE: _l("扰乱考场秩序"),
    IncidentKind.POWER_CUT: _l("停电或设备故障"),
    IncidentKind.ILLNESS: _l("突发疾病"),
    IncidentKind.PAPER_DAMAGED: _l("试卷破损或印刷问题"),
    IncidentKind.OTHER: _l("其他"),
}
STATE_BADGES = {
    SittingState.PLANNED: "secondary",
    SittingState.READY: "warn",
    SittingState.OPEN: "good",
    SittingState.CLOSED: "warn",
    SittingState.HANDED_OVER: "secondary",
}
ENTRY_BADGES = {
    EntryState.ENTERED: "secondary",
    EntryState.CHECKED_IN: "good",
    EntryState.ABSENT: "warn",
    EntryState.DISQUALIFIED: "bad",
}
