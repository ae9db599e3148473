"""Reads of credits: a person's statement, an enterprise's, what a class may still credit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.certificates.models import Certificate
from exam_app.certificates.terms import CertificateState
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.credits.models import CreditEntry
from exam_app.credits.terms import CreditKind, CreditTarget
from exam_app.marking.models import Result
from exam_app.people import queries as people
from exam_app.people.models import Person
from exam_app.sittings.models import Entry, Sitting
from exam_app.training import queries as training
from exam_app.training.models import Enrolment, TrainingClass


@dataclass(frozen=True)
class Line:
    """One line of a statement; ``reversed`` tells of a later reversing entry."""

    entry: CreditEntry
    person: Person
    masked_id: str
    enterprise_id: int
    training_class: TrainingClass
    certificate_number: str
    reversed: bool

    @property
    def hours(self) -> Decimal:
        """Hours, negative when the entry reverses another."""
        return self.entry.hours


@dataclass(frozen=True)
class Total:
    """Hours that stand for one requirement and year."""

    year: int
    target: CreditTarget
    kind: CreditKind
    hours: Decimal


@dataclass(frozen=True)
class Statement:
    """The hours of one person (学时证明): lines in the order they came, and what stands."""

    person: Person
    masked_id: str
    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    at: dt.datetime


def statement(person_id: int) -> Statement:
    """Return a person's statement. Raises: Missing."""
    person = people.get_person(person_id)
    lines = tuple(_lines(CreditEntry.person_id == person_id))
    return Statement(person, people.masked_id(person), lines, balance(lines), clock.now())


def enterprise_statement(organisation_id: int) -> tuple[Line, ...]:
    """Return the lines of all people an enterprise sent, by person and in their order."""
    lines = _lines(Enrolment.enterprise_id == organisation_id)
    return tuple(sorted(lines, key=lambda line: (line.person.id, line.entry.id)))


def balance(lines: Iterable[Line]) -> tuple[Total, ...]:
    """Return what stands by year and requirement; reversed hours cancel out."""
    sums: dict[tuple[int, CreditTarget, CreditKind], int] = {}
    for line in lines:
        key = (line.entry.year, line.entry.target, line.entry.kind)
        sums[key] = sums.get(key, 0) + line.entry.hours_tenths
    return tuple(
        Total(year, target, kind, Decimal(tenths) / 10)
        for (year, target, kind), tenths in sorted(sums.items())
        if tenths
    )


def lines_of_class(class_id: int) -> tuple[Line, ...]:
    """Return the ledger's lines of one class in the order they came."""
    return tuple(_lines(CreditEntry.class_id == class_id))


def entries_of(person_id: int, class_id: int) -> Sequence[CreditEntry]:
    """Return all entries of a person for a class, reversing ones too."""
    query = select(CreditEntry).where(
        CreditEntry.person_id == person_id, CreditEntry.class_id == class_id
    )
    return session().scalars(query.order_by(CreditEntry.id)).all()


def entries_of_certificate(certificate_id: int) -> Sequence[CreditEntry]:
    """Return all entries that rest on a certificate."""
    query = select(CreditEntry).where(CreditEntry.certificate_id == certificate_id)
    return session().scalars(query.order_by(CreditEntry.id)).all()


def see_class(class_id: int, actor: Actor) -> TrainingClass:
    """Return a class for the pages of its hours; the walls are asked.

    Raises: Missing; DutyConflict.
    """
    training_class = training.get_class(class_id, actor)
    facts = training.wall_facts(actor, training_class)
    walls = {name: facts[name] for name in ("not_prov", "not_taught")}
    duties.require(Permission.CREDIT_GRANT, actor, **walls, state=True)
    return training_class


def get_line(entry_id: int, actor: Actor) -> Line:
    """Return an entry of a class the actor may see. Raises: Missing; DutyConflict."""
    for line in _lines(CreditEntry.id == entry_id):
        see_class(line.training_class.id, actor)
        return line
    raise Missing(what="credit_entry")


def is_reversed(entry_id: int) -> bool:
    """Return whether a later entry reverses this one."""
    query = select(CreditEntry.id).where(CreditEntry.reverses_id == entry_id)
    return session().scalar(query) is not None


def uncredited(class_id: int) -> Sequence[Certificate]:
    """Return the valid certificates of a class whose hours were never credited."""
    credited = select(CreditEntry.id).where(
        CreditEntry.class_id == class_id, CreditEntry.enrolment_id == Enrolment.id
    )
    query = (
        select(Certificate)
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .where(
            Enrolment.class_id == class_id,
            Certificate.state == CertificateState.VALID,
            ~credited.exists(),
        )
    )
    return session().scalars(query.order_by(Certificate.id)).all()


def sitting_year(certificate: Certificate) -> int:
    """Return the local year of the sitting a certificate was passed in."""
    query = (
        select(Sitting.starts_at)
        .join(Entry, Entry.sitting_id == Sitting.id)
        .join(Result, Result.entry_id == Entry.id)
        .where(Result.id == certificate.result_id)
    )
    starts_at = session().scalar(query)
    if starts_at is None:
        raise Missing(what="sitting")
    return clock.local(starts_at).year


def _lines(wanted: ColumnElement[bool]) -> list[Line]:
    query = (
        select(CreditEntry, Enrolment, TrainingClass, Certificate.number)
        .join(Enrolment, Enrolment.id == CreditEntry.enrolment_id)
        .join(TrainingClass, TrainingClass.id == CreditEntry.class_id)
        .join(Certificate, Certificate.id == CreditEntry.certificate_id)
        .where(wanted)
        .order_by(CreditEntry.id)
    )
    rows = session().execute(query).all()
    ids = [entry.id for entry, *_ in rows]
    undone = select(CreditEntry.reverses_id).where(CreditEntry.reverses_id.in_(ids))
    reversed_ids = set(session().scalars(undone))
    return [
        Line(
            entry=entry,
            person=enrolment.person,
            masked_id=people.masked_id(enrolment.person),
            enterprise_id=enrolment.enterprise_id,
            training_class=training_class,
            certificate_number=number,
            reversed=entry.id in reversed_ids,
        )
        for entry, enrolment, training_class, number in rows
    ]
