"""What the pages of credits gather: offers with their labels, tables for files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _

from exam_app.core import clock
from exam_app.core.errors import RuleBroken
from exam_app.core.fonts import Fonts, ensure_fonts
from exam_app.credits import printing, queries, rules
from exam_app.credits.labels import KINDS, TARGETS
from exam_app.credits.queries import Line, Outstanding
from exam_app.people import queries as people
from exam_app.training import labels as training_labels
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass
from tabular import write_table

YEARS_BACK = 5


@dataclass(frozen=True)
class ClassOffer:
    """What may be credited in a class: choices of requirements, clause, or why nothing."""

    choices: list[tuple[str, str]]
    kind: str
    clause: str


def class_offer(training_class: TrainingClass) -> ClassOffer:
    """Return what the class's rules give, with labels; without choices where they give none."""
    try:
        made = rules.offer(training.policy_of(training_class))
    except RuleBroken as error:
        return ClassOffer([], "", str(error.facts["clause"]))
    choices = [(target.value, str(TARGETS[target])) for target in made.targets]
    return ClassOffer(choices, str(KINDS[made.kind]), made.clause)


def this_year() -> int:
    """Return the local year."""
    return clock.today().year


def years() -> list[int]:
    """Return the years a page offers, the newest first."""
    return [this_year() - back for back in range(YEARS_BACK)]


def statement_file(person_id: int, year: int | None, kind: str) -> bytes:
    """Return a person's statement as PDF or XLSX, or the year's requirements as XLSX.

    Args: year: whose lines are wanted, None: all; requirements are of this year then.
    """
    statement = queries.statement(person_id, year)
    owed = queries.obligations_of(person_id, year or this_year())
    if kind == "pdf":
        return printing.statement_pdf(statement, owed, _fonts(), issuer=_issuer())
    return owed_file(owed) if kind == "owed" else lines_file(statement.lines)


def enterprise_file(organisation_id: int, year: int | None, kind: str) -> bytes:
    """Return an enterprise's statement in the same formats; ID numbers masked."""
    lines = queries.enterprise_statement(organisation_id, year)
    owed = queries.obligations(organisation_id, year or this_year())
    if kind == "pdf":
        about = (enterprise_name(organisation_id), year)
        return printing.enterprise_pdf(about, lines, owed, _fonts(), issuer=_issuer())
    return owed_file(owed) if kind == "owed" else lines_file(lines)


def enterprise_name(organisation_id: int) -> str:
    """Return the name of an enterprise."""
    return people.get_organisation(organisation_id).name


def lines_file(lines: Iterable[Line]) -> bytes:
    """Return the ledger's lines as XLSX, ID numbers masked."""
    head = [
        _("姓名"),
        _("身份证号"),
        _("班次"),
        _("证书编号"),
        _("年度"),
        _("学时种类"),
        _("方式"),
        _("学时"),
        _("依据"),
        _("理由"),
        _("状态"),
    ]
    rows = [
        [
            line.person.name,
            line.masked_id,
            line.training_class.name,
            line.certificate_number,
            line.entry.year,
            TARGETS[line.entry.target],
            KINDS[line.entry.kind] if line.entry.reverses_id is None else _("冲销"),
            line.hours,
            line.entry.clause,
            line.entry.reason or "",
            _("已冲销") if line.reversed else "",
        ]
        for line in lines
    ]
    return write_table(head, rows, sheet=_("学时"))


def owed_file(owed: Iterable[Outstanding]) -> bytes:
    """Return a year's requirements as XLSX: what is owed, what stands, what lacks, and why."""
    head = [
        _("姓名"),
        _("身份证号"),
        _("人员类别"),
        _("行业"),
        _("学时种类"),
        _("应完成"),
        _("计入"),
        _("减免"),
        _("尚缺"),
        _("依据"),
    ]
    rows = [
        [
            each.person.name,
            each.masked_id,
            training_labels.CATEGORIES[each.category],
            training_labels.INDUSTRIES.get(each.industry, each.industry),
            TARGETS[each.target],
            each.required or _("未规定"),
            each.credited,
            each.exempted,
            each.lacking,
            printing.basis(each),
        ]
        for each in owed
    ]
    return write_table(head, rows, sheet=_("年度学时要求"))


def _fonts() -> Fonts:
    return ensure_fonts(Path(current_app.instance_path))


def _issuer() -> str:
    host = current_app.extensions["exam"].official_host
    return str(_("核对网址 %(host)s", host=host))
