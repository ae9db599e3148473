"""The words of attempts as pages show them (显示用语)."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.attempts.terms import AttemptState, KeyingState

ATTEMPT_STATES: Mapping[str, LazyString] = {
    AttemptState.ANSWERING: _l("作答中"),
    AttemptState.SUBMITTED: _l("已交卷"),
}
KEYING_STATES: Mapping[str, LazyString] = {
    KeyingState.OPEN: _l("待录入"),
    KeyingState.FIRST: _l("已录一遍"),
    KeyingState.DIFFERENT: _l("两遍不一致"),
    KeyingState.AGREED: _l("录入完成"),
}
# The paper carries the type as a word; the desk knows no item bank.
QUESTION_TYPES: Mapping[str, LazyString] = {
    "single": _l("单选题"),
    "multiple": _l("多选题"),
    "true_false": _l("判断题"),
}
