"""What the pages of credits gather: offers with their labels, tables for files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _

from exam_app.core.errors import RuleBroken
from exam_app.core.fonts import ensure_fonts
from exam_app.credits import printing, queries, rules
from exam_app.credits.labels import KINDS, TARGETS
from exam_app.credits.queries import Line
from exam_app.people import queries as people
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass
from tabular import write_table


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


def statement_file(person_id: int) -> bytes:
    """Return a person's statement as PDF."""
    statement = queries.statement(person_id)
    fonts = ensure_fonts(Path(current_app.instance_path))
    host = current_app.extensions["exam"].official_host
    return printing.statement_pdf(statement, fonts, issuer=_("核对网址 %(host)s", host=host))


def enterprise_name(organisation_id: int) -> str:
    """Return the name of an enterprise."""
    return people.get_organisation(organisation_id).name


def enterprise_file(lines: Iterable[Line]) -> bytes:
    """Return an enterprise's statement as XLSX, ID numbers masked."""
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
        ]
        for line in lines
    ]
    return write_table(head, rows, sheet=_("学时"))
