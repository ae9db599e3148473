"""A class file's content as tables in words: the page and the print show the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from exam_app.audit import canonical
from exam_app.audit.actions import LABELS as ACTION_LABELS
from exam_app.core import clock
from exam_app.credits import labels as credit_labels
from exam_app.marking import labels as marking_labels
from exam_app.reports import labels
from exam_app.sittings import labels as sitting_labels
from exam_app.training import labels as training_labels

Content = Mapping[str, Any]
DASH = "—"


@dataclass(frozen=True)
class Table:
    """One table: caption, heads, rows of text; ``widths`` are shares of a page."""

    caption: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    widths: tuple[float, ...]


def moment(written: str | None) -> str:
    """Return a moment of a class file as local time, a dash for none."""
    if not written:
        return DASH
    return clock.local(canonical.read_moment(written)).strftime("%Y-%m-%d %H:%M")


def word(labels_of: Mapping[Any, Any], value: Any) -> str:
    """Return the label of a code, the code itself where there is none."""
    return str(labels_of.get(value, value))


def head_facts(content: Content) -> list[tuple[str, str]]:
    """Return the facts at the head of a class file."""
    head = content["class"]
    return [
        (_("班次编号"), head["code"]),
        (_("班次名称"), head["name"]),
        (_("培训项目"), head["project"]),
        (_("考试主管部门"), head["authority"]),
        (_("施教单位"), head["provider"]),
        (_("人员类别"), word(training_labels.CATEGORIES, head["category"])),
        (_("行业"), word(training_labels.INDUSTRIES, head["industry"])),
        (_("状态"), word(training_labels.CLASS_STATES, head["state"])),
        (_("适用文件"), head["document"]),
        (_("规则摘要值"), head["policy_digest"]),
    ]


def file_tables(content: Content) -> list[Table]:
    """Return the tables of a class file in the order an exam goes."""
    return [make(content) for make in _MAKERS]


def _duties(content: Content) -> Table:
    rows = [
        (word(labels.DUTIES, row["duty"]), "、".join(row["names"]) or DASH)
        for row in content["duties"]
    ]
    return Table(_("各环节办理人"), (_("环节"), _("办理人")), rows, (2, 8))


def _choices(content: Content) -> Table:
    rows = [
        (
            word(labels.CHOICES, row["key"]),
            word(labels.CHOICE_VALUES, row["value"]),
            f"{row['place']}「{row['words']}」".strip(),
        )
        for row in content["choices"]
    ]
    return Table(_("培考分离的规定"), (_("事项"), _("规定"), _("依据")), rows, (2, 3, 6))


def _reasons(content: Content) -> Table:
    rows = [
        (
            word(labels.REASONS, row["about"]),
            row.get("of", "") or DASH,
            row["reason"],
            row["who"] or DASH,
        )
        for row in content["reasons"]
    ]
    head = (_("事项"), _("涉及人员"), _("理由"), _("办理人"))
    return Table(_("放宽与应急处置"), head, rows, (3, 2, 5, 3))


def _lessons(content: Content) -> Table:
    rows = [
        (
            str(row["number"]),
            row["topic"],
            word(training_labels.MODES, row["mode"]),
            f"{moment(row['starts_at'])} — {moment(row['ends_at'])[-5:]}",
            row["place"],
            row["lecturer"] or DASH,
        )
        for row in content["lessons"]
    ]
    head = (_("课次"), _("课程"), _("方式"), _("时间"), _("地点"), _("授课教师"))
    return Table(_("课程"), head, rows, (1, 4, 1.2, 4, 2.5, 2))


def _people(content: Content) -> Table:
    head = (_("姓名"), _("身份证号"), _("企业"), _("实名"), _("学时"), _("资格"), _("依据"))
    return Table(
        _("学员、学时与参考资格"),
        head,
        [_person(row) for row in content["people"]],
        (1.6, 3.2, 3, 1, 3, 1.6, 6),
    )


def _person(row: Content) -> tuple[str, ...]:
    hours = DASH
    if "hours" in row:
        hours = _(
            "总 %(total)s，线下 %(offline)s，实训 %(practical)s",
            total=row["hours"],
            offline=row["offline"],
            practical=row["practical"],
        )
    found = training_labels.finding_rows(row.get("findings", ()))
    basis = [
        "{} {} {}「{}」".format(
            _("符合") if each["ok"] else _("未达"), each["text"], each["clause"], each["quote"]
        )
        for each in found
    ]
    if row.get("reason"):
        basis.append(_("理由：%(why)s", why=row["reason"]))
    return (
        row["name"],
        row["masked_id"],
        row["enterprise"],
        _("是") if row["real_name"] else _("否"),
        hours,
        word(training_labels.ELIGIBILITY, row["state"]) if row["state"] else _("未核验"),
        "；".join(basis) or DASH,
    )


def _papers(content: Content) -> Table:
    rows = [
        (
            row["code"],
            word(labels.PAPER_KINDS, row["kind"]),
            _("已作废") if row["withdrawn_at"] else word(labels.PAPER_STATES, row["state"]),
            f"{row['questions']} / {row['full_marks']}",
            moment(row["sealed_at"]),
            moment(row["opened_at"]),
            row["content_digest"] or DASH,
        )
        for row in content["papers"]
    ]
    head = (
        _("试卷编号"),
        _("卷别"),
        _("状态"),
        _("题数/满分"),
        _("封存"),
        _("启封"),
        _("内容摘要值"),
    )
    return Table(_("试卷"), head, rows, (2.6, 1.4, 1.4, 1.6, 2.4, 2.4, 5))


def _sittings(content: Content) -> Table:
    rows = [
        (
            word(sitting_labels.KIND_LABELS, row["kind"]),
            word(sitting_labels.MODE_LABELS, row["mode"]),
            row["site"],
            f"{moment(row['starts_at'])} — {moment(row['ends_at'])[-5:]}",
            word(sitting_labels.STATE_LABELS, row["state"]),
            _(
                "应到 %(entered)s，实到 %(present)s，缺考 %(absent)s，取消 %(out)s",
                entered=row["entered"],
                present=row["present"],
                absent=row["absent"],
                out=row["disqualified"],
            ),
        )
        for row in content["sittings"]
    ]
    head = (_("场次"), _("方式"), _("考点"), _("时间"), _("状态"), _("人数"))
    return Table(_("场次"), head, rows, (1.6, 2, 2.4, 3.6, 1.4, 3))


def _incidents(content: Content) -> Table:
    rows = [
        (
            moment(row["at"]),
            word(sitting_labels.INCIDENT_LABELS, row["kind"]),
            row["ticket"] or DASH,
            row["description"],
            _("取消成绩") if row["disqualifies"] and row["agreed"] else DASH,
            f"{row['reported_by']}；{row['second_by'] or DASH}",
        )
        for row in content["incidents"]
    ]
    head = (_("时间"), _("类别"), _("准考证号"), _("情况"), _("处理"), _("两人签认"))
    return Table(_("考场异常"), head, rows, (2.4, 2, 2.4, 4, 1.5, 4))


def _results(content: Content) -> Table:
    rows = [
        (
            row["name"],
            row["masked_id"],
            _("补考") if row["attempt"] == 2 else _("首考"),
            word(marking_labels.OUTCOMES, row["outcome"]),
            _marks(row),
            word(marking_labels.RESULT_STATES, row["state"]),
            moment(row["released_at"]),
        )
        for row in content["results"]
    ]
    head = (
        _("姓名"),
        _("身份证号"),
        _("次别"),
        _("结果"),
        _("成绩"),
        _("状态"),
        _("发布时间"),
    )
    return Table(_("成绩"), head, rows, (1.6, 3, 1.2, 1.4, 2.4, 2, 2.6))


def _marks(row: Content) -> str:
    if row.get("total") is None:
        return DASH
    text: str = _(
        "%(total)s（合格线 %(line)s/%(full)s）",
        total=row["total"],
        line=row["pass_mark"],
        full=row["full_marks"],
    )
    return text


def _regrades(content: Content) -> Table:
    rows = [
        (
            row["paper"],
            str(row["question"]),
            row["reason"],
            word(marking_labels.REGRADE_STATES, row["state"]),
            str(row["changed"]),
            f"{row['proposed_by']}；{row['decided_by'] or DASH}",
        )
        for row in content["regrades"]
    ]
    head = (_("试卷"), _("题号"), _("理由"), _("结论"), _("影响人数"), _("提出；批准"))
    return Table(_("改判"), head, rows, (2, 1, 5, 1.6, 1.4, 4))


def _certificates(content: Content) -> Table:
    rows = [
        (
            row["number"],
            row["name"],
            row["masked_id"],
            word(labels.CERTIFICATE_STATES, row["state"]),
            row["issued_on"],
            row["expires_on"],
        )
        for row in content["certificates"]
    ]
    head = (_("证书编号"), _("姓名"), _("身份证号"), _("状态"), _("签发日期"), _("有效期至"))
    return Table(_("合格证书"), head, rows, (3, 1.6, 3, 1.4, 2, 2))


def _credits(content: Content) -> Table:
    rows = [
        (
            row["name"],
            str(row["year"]),
            word(credit_labels.TARGETS, row["target"]),
            word(credit_labels.KINDS, row["kind"]),
            str(row["hours"]),
            row["reason"] or row["clause"],
        )
        for row in content["credits"]
    ]
    head = (_("姓名"), _("年度"), _("学时种类"), _("方式"), _("学时"), _("依据或理由"))
    return Table(_("再培训学时"), head, rows, (1.6, 1, 2.6, 1, 1, 6))


def _trail(content: Content) -> Table:
    rows = [
        (
            moment(row["at"]),
            word(ACTION_LABELS, row["action"]),
            row["who"] or _("系统"),
            f"{row['stream']} #{row['seq']}",
            row["digest"][:16],
        )
        for row in content["trail"]
    ]
    head = (_("时间"), _("事项"), _("办理人"), _("痕迹编号"), _("摘要值（前16位）"))
    return Table(_("痕迹"), head, rows, (2.4, 3, 4, 2, 2.6))


_MAKERS: Sequence[Callable[[Content], Table]] = (
    _duties,
    _choices,
    _reasons,
    _lessons,
    _people,
    _papers,
    _sittings,
    _incidents,
    _results,
    _regrades,
    _certificates,
    _credits,
    _trail,
)
