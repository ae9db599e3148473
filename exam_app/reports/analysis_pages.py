"""The item analysis of a class (试卷质量分析): its page and its file; no stem, no key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _
from sqlalchemy import select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit.access_log import AccessKind, note_access
from exam_app.bank import labels as bank_labels
from exam_app.bank import queries as items
from exam_app.bank import statistics as bank
from exam_app.core.db import session
from exam_app.marking import queries as marking
from exam_app.marking import service
from exam_app.reports.tables import DASH
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Sitting
from question_bank.blueprint import exact
from question_bank.item_counts import Flag, shrunk_facilities
from tabular import write_table

RAW_FROM = 20
"""Candidates from whom on a class's own facilities are shown; fewer give the shrunken one alone."""


@dataclass(frozen=True)
class Line:
    """One item in one class: facilities 0..1, discrimination -1..1, efficiency in percent."""

    number: int
    item_type: str
    topic: str
    facility: float | None
    held_facility: float | None
    discrimination: float | None
    efficiency: float | None
    flags: tuple[Flag, ...]
    is_regraded: bool


@dataclass(frozen=True)
class Analysis:
    """The analysis of one sitting as its page shows it; ``numbers`` is None where nobody sat."""

    sitting: Sitting
    sat: service.SittingAnalysis | None
    lines: tuple[Line, ...]

    @property
    def is_small(self) -> bool:
        """Return whether too few sat for the class's own facilities to be shown."""
        return self.sat is not None and self.sat.numbers.candidates < RAW_FROM

    @property
    def bins(self) -> list[tuple[str, int]]:
        """Return the classes of totals, in points, with how many are in each."""
        if self.sat is None:
            return []
        return [
            (f"{exact(each.low)}–{exact(each.high)}", each.candidates)
            for each in self.sat.numbers.bins
        ]


def analysed_sittings(actor: Actor) -> list[Sitting]:
    """Return the released sittings whose analysis the actor may see, the newest first.

    Raises: NotAllowed: a wall stands in the way.
    """
    items.enter(Permission.REPORT_ANALYSIS, actor)
    query = select(Sitting).where(sittings.in_scope(actor)).order_by(Sitting.starts_at.desc())
    return [
        sitting
        for sitting in session().scalars(query)
        if marking.released_at(sitting) is not None and _may(actor, sitting)
    ]


def _may(actor: Actor, sitting: Sitting) -> bool:
    facts = sittings.wall_facts(actor, sitting)
    return duties.allowed(Permission.REPORT_ANALYSIS, actor, **facts, state=True).allowed


def seen_analysis(sitting_id: int, actor: Actor) -> Analysis:
    """Return the analysis of a sitting; that it was looked at is noted in the access log.

    Raises: Missing: out of the actor's scope. DutyConflict: not released, or walled off.
    """
    sitting = sittings.get_sitting(sitting_id, actor)
    sat = service.sitting_analysis(sitting, actor=actor)
    note_access(
        AccessKind.VIEW,
        actor=actor,
        permission=Permission.REPORT_ANALYSIS.value,
        endpoint=request.endpoint or "",
        sitting_id=sitting.id,
        class_id=sitting.class_id,
    )
    return Analysis(sitting, sat, _lines(sitting, sat) if sat else ())


def _lines(sitting: Sitting, sat: service.SittingAnalysis) -> tuple[Line, ...]:
    uids = [each.uid for each in sat.items]
    authority_id = sitting.training_class.project.authority_id
    before = bank.numbers_of(uids, authority_id=authority_id, without=sitting.id)
    now = bank.numbers_of(uids, authority_id=authority_id)
    held = _held_facilities(sat, before)
    return tuple(
        Line(
            number=asked.number,
            item_type=asked.item_type,
            topic=now[asked.uid].row.topic if asked.uid in now else "",
            facility=None if sat.numbers.candidates < RAW_FROM else item.statistics.facility,
            held_facility=held.get(asked.uid),
            discrimination=item.statistics.r_rest,
            efficiency=item.statistics.discriminative_efficiency,
            flags=now[asked.uid].flags if asked.uid in now else (),
            is_regraded=asked.is_regraded,
        )
        for asked, item in zip(sat.items, sat.numbers.items, strict=True)
    )


def _held_facilities(
    sat: service.SittingAnalysis, before: dict[str, bank.Statistics]
) -> dict[str, float]:
    """Return uid → the class's facility held by what the bank knew of the item before."""
    own = {item.uid: item.statistics.facility for item in sat.numbers.items if item.uid in before}
    if not own:
        return {}
    found = shrunk_facilities(
        list(own.values()), [before[uid].facility for uid in own], n=sat.numbers.candidates
    )
    return dict(zip(own, found, strict=True))


def facts(found: Analysis) -> list[tuple[str, str]]:
    """Return what is said of the paper as a whole, in words."""
    if found.sat is None:
        return []
    numbers = found.sat.numbers
    return [
        (_("参加考试人数"), str(numbers.candidates)),
        (_("题数"), str(len(numbers.items))),
        (_("满分"), exact(numbers.full_marks)),
        (_("平均分"), number(numbers.mean, 1)),
        (_("标准差"), number(numbers.sd, 1)),
        (_("信度（α，全为 0/1 计分时即 KR-20）"), number(numbers.alpha, 2)),
        (_("测量标准误（分）"), number(numbers.sem, 1)),
    ]


def table(found: Analysis) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table of items, in words."""
    head = [
        _("题号"),
        _("题型"),
        _("知识点"),
        _("难度（得分率）"),
        _("难度（以题库修正）"),
        _("区分度"),
        _("区分效率"),
        _("需关注"),
    ]
    return head, [_row(line) for line in found.lines]


def _row(line: Line) -> list[str]:
    marks = [str(bank_labels.FLAGS[flag]) for flag in line.flags]
    efficiency = number(line.efficiency, 0)
    return [
        str(line.number),
        str(bank_labels.TYPES[line.item_type]),
        line.topic or DASH,
        number(line.facility, 2),
        number(line.held_facility, 2),
        number(line.discrimination, 2),
        efficiency if efficiency == DASH else f"{efficiency}%",
        "、".join([*marks, *([_("已改判")] if line.is_regraded else [])]) or DASH,
    ]


def number(value: float | None, places: int) -> str:
    """Return a number with so many decimals; a dash where there is none."""
    return DASH if value is None else f"{value:.{places}f}"


def analysis_file(found: Analysis) -> bytes:
    """Return the table of items as XLSX, with what is said of the paper below."""
    head, rows = table(found)
    more: Sequence[Sequence[str]] = [[], *(list(fact) for fact in facts(found))]
    return write_table(head, [*rows, *more], sheet=_("试卷质量分析"))
