"""The words of marking as pages show them (显示用语)."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.marking.terms import Outcome, RegradeState, ResultState

OUTCOMES: Mapping[str, LazyString] = {
    Outcome.PASS: _l("合格"),
    Outcome.FAIL: _l("不合格"),
    Outcome.ABSENT: _l("缺考"),
    Outcome.DISQUALIFIED: _l("取消成绩"),
}
OUTCOME_BADGES: Mapping[str, str] = {
    Outcome.PASS: "good",
    Outcome.FAIL: "bad",
    Outcome.ABSENT: "warn",
    Outcome.DISQUALIFIED: "bad",
}
RESULT_STATES: Mapping[str, LazyString] = {
    ResultState.MARKED: _l("已评阅，待复核"),
    ResultState.CONFIRMED: _l("已复核，待发布"),
    ResultState.RELEASED: _l("已发布"),
}
REGRADE_STATES: Mapping[str, LazyString] = {
    RegradeState.PROPOSED: _l("待批准"),
    RegradeState.APPLIED: _l("已改判"),
    RegradeState.REJECTED: _l("已驳回"),
}
