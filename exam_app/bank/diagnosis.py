"""Why no paper fits (组卷诊断), in sentences: shortages, contradictions, the least relaxation."""

from __future__ import annotations

from flask_babel import gettext as _

from exam_app.bank.labels import LEVELS, TYPES, topic_text
from exam_app.core.errors import RuleBroken
from question_bank import PaperRules
from question_bank.capacity import Carried
from question_bank.program.counts import Short
from question_bank.program.diagnosis import Diagnosis
from question_bank.program.elastic import Relaxation


def refusal(found: Diagnosis) -> RuleBroken:
    """Return the refusal of a draw that nothing fits."""
    return RuleBroken(
        "bank-short",
        why="".join(sentences(found)),
        short=[(each.rule, each.needed, each.available) for each in found.short],
        relax=[(each.rule, str(each.by)) for each in found.relax],
        conflict=list(found.conflict),
    )


def sentences(found: Diagnosis) -> list[str]:
    """Return the sentences of a diagnosis: shortages, the contradiction, the least relaxation."""
    said = [short_words(each) for each in found.short]
    if found.conflict:
        rules = "、".join(rule_words(rule) for rule in found.conflict)
        said.append(_("以下要求不能同时满足，放宽其中任何一项即可：%(rules)s。", rules=rules))
    if found.relax:
        ways = "，".join(relaxed_words(each) for each in found.relax)
        said.append(_("最少须放宽：%(ways)s。", ways=ways))
    return said or [_("没有一份试卷能同时满足全部要求。")]


def carried_words(found: Carried) -> list[str]:
    """Return for how many classes a bank gives papers, and what is scarcest or short."""
    if found.diagnosis is not None:
        return [_("题库一份试卷也供不出。"), *sentences(found.diagnosis)]
    said = [
        _(
            "题库可供 %(classes)s 个班次（含备用卷、补考卷），共 %(papers)s 份试卷。",
            classes=found.classes,
            papers=found.papers,
        )
    ]
    if found.binding:
        rules = "、".join(rule_words(rule) for rule in found.binding)
        said.append(_("最紧的是：%(rules)s。", rules=rules))
    return said


def short_words(short: Short) -> str:
    """Return what a rule needs, what there is and where the rest went."""
    said = _(
        "%(rule)s：需要 %(needed)s，可用 %(available)s，缺 %(missing)s",
        rule=rule_words(short.rule),
        needed=short.needed,
        available=short.available,
        missing=short.needed - short.available,
    )
    lost = [
        words
        for count, words in (
            (short.worn, _("年内已用满 %(count)s", count=short.worn)),
            (short.shared, _("相邻试卷已用 %(count)s", count=short.shared)),
            (short.partial, _("案例不完整 %(count)s", count=short.partial)),
        )
        if count
    ]
    if lost:
        said += _("（题库共 %(held)s：%(lost)s）", held=short.held, lost="，".join(lost))
    return f"{said}。"


def relaxed_words(each: Relaxation) -> str:
    """Return by how much a rule would have to give way."""
    words = _("%(rule)s降低 %(by)s") if each.downwards else _("%(rule)s提高 %(by)s")
    return str(words) % {"rule": rule_words(each.rule), "by": each.by}


def rule_words(rule: str) -> str:
    """Return the words of a rule, which is named by the path of its key."""
    table, _dot, rest = rule.partition(".")
    inner, _last, end = rest.rpartition(".")
    if table == "cells":
        return f"{topic_text(inner)} {TYPES[end]}"
    if table == "types":
        return str(TYPES[rest])
    if table == "topics":
        words = _("知识点 %(topic)s", topic=topic_text(inner))
    elif table == "levels":
        words = str(LEVELS[inner])
    else:
        return _whole()[rule]
    side = _("下限") if end == "min" else _("上限")
    return f"{words}{side}"


def _whole() -> dict[str, str]:
    return {
        "paper.length": _("题数"),
        "paper.sets": _("案例数"),
        "paper.facility": _("平均难度"),
        "paper.seconds": _("答题时间（秒）"),
        "paper.info_min": _("信息量"),
        "paper.marks": _("满分"),
        "overlap.max": _("与相邻试卷相同试题上限"),
        "overlap.disjoint": _("同批试卷互不重题"),
        "exposure.max_uses": _("一年内使用次数上限"),
        "enemies": _("互斥试题"),
    }


def rules_in_words(rules: PaperRules) -> list[tuple[str, str]]:
    """Return the rules of a blueprint beside its cells: what, and its least and most."""
    rows = [
        (_("知识点 %(topic)s", topic=topic_text(topic)), _range(*ends))
        for topic, ends in rules.topics.items()
    ]
    rows += [(str(LEVELS[level]), _range(*ends)) for level, ends in rules.levels.items()]
    for name, window in (
        (_("平均难度"), rules.facility),
        (_("答题时间（秒）"), rules.seconds),
        (_("案例数"), rules.sets),
    ):
        if window is not None:
            rows.append((name, _range(*window)))
    if rules.max_uses is not None:
        rows.append((_("一年内使用次数上限"), str(rules.max_uses)))
    return rows


def _range(low: object, high: object) -> str:
    return f"{'' if low is None else low}—{'' if high is None else high}"
