"""The words of training as pages show them (显示用语), and the sentence of each row problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.core.errors import BadInput
from exam_app.core.messages import sentence
from exam_app.training.adapter import RowProblem
from exam_app.training.terms import ClassState, EligibilityState, Mode, PersonnelCategory

CATEGORIES: Mapping[str, LazyString] = {
    PersonnelCategory.DEPUTY_HEAD: _l("分管负责人"),
    PersonnelCategory.SAFETY_MANAGER: _l("专职安全管理人员"),
    PersonnelCategory.TEAM_LEADER: _l("班组长"),
}
MODES: Mapping[str, LazyString] = {
    Mode.ONLINE: _l("线上"),
    Mode.OFFLINE: _l("线下"),
    Mode.PRACTICAL: _l("实训"),
}
CLASS_STATES: Mapping[str, LazyString] = {
    ClassState.PLANNED: _l("已编报"),
    ClassState.APPROVED: _l("已审核"),
    ClassState.LOCKED: _l("名册已锁定"),
    ClassState.SUBMITTED: _l("学时已提交"),
    ClassState.VERIFIED: _l("学时已核验"),
    ClassState.CLOSED: _l("已结业"),
}
ELIGIBILITY: Mapping[str, LazyString] = {
    EligibilityState.ELIGIBLE: _l("准予参考"),
    EligibilityState.NEEDS_REASON: _l("须说明理由"),
    EligibilityState.REFUSED: _l("不予参考"),
}
INDUSTRIES: Mapping[str, LazyString] = {
    "mining": _l("矿山"),
    "machinery": _l("机械制造"),
    "rail-transport": _l("铁路运输"),
    "rail-construction": _l("铁路建设施工"),
    "metallurgy": _l("冶金"),
    "building-materials": _l("建材"),
    "construction": _l("建筑施工"),
    "transport": _l("交通运输"),
    "hazardous-chemicals": _l("危险化学品"),
    "coal": _l("煤矿"),
}
RULES: Mapping[str, LazyString] = {
    "hours.min": _l("总学时不少于 %(limit)s，实为 %(value)s"),
    "hours.max": _l("总学时不超过 %(limit)s，实为 %(value)s"),
    "offline_share.min": _l("线下学时占比不低于 %(limit)s，实为 %(value)s"),
    "practical_share.min": _l("实训学时占比不低于 %(limit)s，实为 %(value)s"),
    "real_name": _l("实名核验"),
    "class_size.max": _l("班次人数不超过 %(limit)s，实为 %(value)s"),
    "class.single_category": _l("一个班次只收一类人员"),
    "plan.lesson_dates": _l("各次课在项目实施期内（期外 %(value)s 次）"),
    "plan.lecturer_once": _l("同一教师同一时间只在一处授课（冲突 %(value)s 次）"),
}


def problem_text(problem: RowProblem) -> str:
    """Return what is wrong with one row, naming the column."""
    reason = sentence(BadInput(problem.code, **problem.facts))
    return f"{problem.column}：{reason}"


def by_row(problems: Iterable[RowProblem]) -> dict[int, str]:
    """Return row number → all that is wrong with it, in the order of the file."""
    rows: dict[int, list[str]] = {}
    for problem in problems:
        rows.setdefault(problem.row, []).append(problem_text(problem))
    return {row: "；".join(texts) for row, texts in sorted(rows.items())}


DOCUMENTS = {
    "000": "吉人社联〔2022〕28号",
    "001": "鲁人社函〔2023〕94号",
    "002": "伊应急函〔2025〕41号",
    "003": "人社厅函〔2023〕102号",
    "004": "淄人社字〔2024〕38号",
}


def _document(found: Mapping[str, object]) -> str:
    """Return the document number of the notice a finding rests on."""
    return DOCUMENTS.get(str(found.get("notice", "")), "")


def finding_rows(findings: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return findings as pages list them: text, whether kept, clause and quoted words."""
    return [
        {
            "ok": found["ok"],
            "text": str(RULES.get(str(found["rule"]), found["rule"])) % _shown(found),
            "clause": f"{_document(found)} {found['clause']}".strip(),
            "quote": found["quote"],
        }
        for found in findings
    ]


def _shown(found: Mapping[str, object]) -> dict[str, object]:
    share = str(found["rule"]).endswith("share.min")
    return {name: _percent(found[name]) if share else found[name] for name in ("value", "limit")}


def _percent(value: object) -> str:
    """Return a share as percent, cut and never rounded up, so that 59.99 % is not 60 %."""
    tenths = int(Fraction(str(value)) * 1000)
    return f"{tenths // 10}.{tenths % 10}%"
