"""The rules of a paper once some of them give way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from question_bank.program.elastic import Relaxation, Relaxed
from question_bank.program.plan import MARK, MEAN, UNIT, Bounds, Plan

_PARTS = {"paper.facility": MEAN, "paper.info_min": UNIT, "paper.marks": MARK}


def loosened(plan: Plan, relaxed: Sequence[Relaxation]) -> Plan:
    """Return the plan whose rules give way by some amounts; types change the length with them."""
    for each in relaxed:
        plan = _one(plan, each)
    return plan


def _one(plan: Plan, given: Relaxation) -> Plan:
    by = int(given.by * _PARTS.get(given.rule, 1))
    table, _, key = given.rule.partition(".")
    move = -by if given.downwards else by
    if table == "types":
        types = {**plan.types, key: plan.types.get(key, 0) + move}
        return replace(plan, types=types, length=sum(types.values()))
    if table == "cells":
        cells = tuple(
            each._replace(wanted=each.wanted + move) if each.rule == given.rule else each
            for each in plan.cells
        )
        return replace(plan, cells=cells)
    if table in ("topics", "levels"):
        name = key.rpartition(".")[0]
        every = dict(plan.topics if table == "topics" else plan.levels)
        every[name] = _moved(every[name], given.downwards, by)
        return replace(plan, topics=every) if table == "topics" else replace(plan, levels=every)
    if given.rule == "exposure.max_uses":
        return replace(plan, max_uses=(plan.max_uses or 0) + by)
    if given.rule == "overlap.disjoint":
        return replace(plan, disjoint=False)
    if given.rule == "overlap.max":
        return replace(plan, overlap=(plan.overlap or 0) + by)
    return _of_paper(plan, key, given.downwards, by)


def _of_paper(plan: Plan, key: str, downwards: bool, by: int) -> Plan:
    move = -by if downwards else by
    if key == "length":
        return replace(plan, length=plan.length + move)
    if key == "marks":
        return replace(plan, marks=None if plan.marks is None else plan.marks + move)
    if key == "info_min":
        return replace(plan, info_min=max(0, (plan.info_min or 0) - by))
    if key == "seconds":
        return replace(plan, seconds=_moved(plan.seconds, downwards, by))
    if key == "facility":
        return replace(plan, facility=_moved(plan.facility, downwards, by))
    return replace(plan, sets=_moved(plan.sets, downwards, by))


def _moved(bounds: Bounds, downwards: bool, by: int) -> Bounds:
    least, most = bounds
    if downwards:
        return Bounds(None if least is None else max(0, least - by), most)
    return Bounds(least, None if most is None else most + by)


def together(first: Relaxed, then: Relaxed) -> Relaxed:
    """Return what gives way when some rules do after others have."""
    amounts = {(each.rule, each.downwards): each.by for each in first}
    for each in then:
        amounts[each.rule, each.downwards] = amounts.get((each.rule, each.downwards), 0) + each.by
    return tuple(Relaxation(rule, by, end) for (rule, end), by in sorted(amounts.items()))
