"""Reads of the ledger: a person's statement, an enterprise's, what a class may still credit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.certificates.models import Certificate
from exam_app.certificates.queries import in_force
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.credits.models import CreditEntry
from exam_app.credits.rules import Past
from exam_app.credits.terms import CreditKind, CreditTarget
from exam_app.marking.models import Result
from exam_app.people import queries as people
from exam_app.people.models import Person
from exam_app.sittings.models import Entry, Sitting
from exam_app.training import queries as training
from exam_app.training.models import Enrolment, TrainingClass


@dataclass(frozen=True)
class Line:
    """One line of a statement.

    ``reversed`` tells of a later reversing entry; ``open`` of a reversing entry after which the
    hours may be credited again: nothing follows it and a certificate is valid.
    """

    entry: CreditEntry
    person: Person
    masked_id: str
    enterprise_id: int
    training_class: TrainingClass
    certificate_number: str
    reversed: bool
    open: bool

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
    year: int | None
    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    at: dt.datetime


def statement(person_id: int, year: int | None = None) -> Statement:
    """Return a person's statement, of one year where given. Raises: Missing."""
    person = people.get_person(person_id)
    lines = tuple(_lines(CreditEntry.person_id == person_id, _of(year)))
    totals = balance(line.entry for line in lines)
    return Statement(person, people.masked_id(person), year, lines, totals, clock.now())


def enterprise_statement(organisation_id: int, year: int | None = None) -> tuple[Line, ...]:
    """Return the lines of all people an enterprise sent, by person and in their order."""
    lines = _lines(Enrolment.enterprise_id == organisation_id, _of(year))
    return tuple(sorted(lines, key=lambda line: (line.person.id, line.entry.id)))


def balance(entries: Iterable[CreditEntry]) -> tuple[Total, ...]:
    """Return what stands by year and requirement; reversed hours cancel out."""
    sums: dict[tuple[int, CreditTarget, CreditKind], int] = {}
    for entry in entries:
        key = (entry.year, entry.target, entry.kind)
        sums[key] = sums.get(key, 0) + entry.hours_tenths
    return tuple(
        Total(year, target, kind, Decimal(tenths) / 10)
        for (year, target, kind), tenths in sorted(sums.items())
        if tenths
    )


def lines_of_class(class_id: int) -> tuple[Line, ...]:
    """Return the ledger's lines of one class in the order they came."""
    return tuple(_lines(CreditEntry.class_id == class_id))


def chain_of(enrolment_id: int) -> list[Past]:
    """Return all entries of an enrolment, reversing ones too, in the order they came."""
    query = (
        select(CreditEntry.id, Certificate.result_id, CreditEntry.hours_tenths)
        .join(Certificate, Certificate.id == CreditEntry.certificate_id)
        .where(CreditEntry.enrolment_id == enrolment_id)
        .order_by(CreditEntry.id)
    )
    return [Past(*row) for row in session().execute(query)]


def left_without(certificate: Certificate) -> Sequence[CreditEntry]:
    """Return the standing entries that no certificate carries once this one is revoked.

    Those of the whole enrolment, whichever of its certificates they were granted on; none
    where another certificate of the enrolment is valid.
    """
    others = in_force(Certificate.enrolment_id == certificate.enrolment_id)
    if any(each.id != certificate.id for each in others):
        return []
    later = aliased(CreditEntry)
    undone = select(later.id).where(later.reverses_id == CreditEntry.id)
    query = select(CreditEntry).where(
        CreditEntry.enrolment_id == certificate.enrolment_id,
        CreditEntry.reverses_id.is_(None),
        ~undone.exists(),
    )
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


def uncredited(class_id: int) -> list[Certificate]:
    """Return the valid certificates of a class whose hours wait to be credited.

    Nothing was credited for their result and nothing stands for the class: a certificate issued
    in place of another gives none again, one passed anew after all was taken back does.
    """
    carrier = aliased(Certificate)
    credited = (
        select(CreditEntry.id)
        .join(carrier, carrier.id == CreditEntry.certificate_id)
        .where(carrier.result_id == Certificate.result_id)
    )
    standing = (
        select(func.coalesce(func.sum(CreditEntry.hours_tenths), 0))
        .where(CreditEntry.enrolment_id == Certificate.enrolment_id)
        .scalar_subquery()
    )
    enrolled = select(Enrolment.id).where(Enrolment.class_id == class_id)
    return in_force(Certificate.enrolment_id.in_(enrolled), ~credited.exists(), standing <= 0)


def valid_certificate(enrolment_id: int) -> Certificate:
    """Return the enrolment's certificate that is valid. Raises: Missing."""
    for found in in_force(Certificate.enrolment_id == enrolment_id):
        return found
    raise Missing(what="certificate")


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


def _of(year: int | None) -> ColumnElement[bool]:
    return true() if year is None else CreditEntry.year == year


def _lines(*wanted: ColumnElement[bool]) -> list[Line]:
    """Return lines of the ledger, each with the number of the certificate that carries it now.

    That is the last one signed for the same result: one issued anew carries the hours of the
    one before.
    """
    carrier = aliased(Certificate)
    number = (
        select(carrier.number)
        .where(carrier.result_id == Certificate.result_id, carrier.record.is_not(None))
        .order_by(carrier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(CreditEntry, Enrolment, TrainingClass, number)
        .join(Enrolment, Enrolment.id == CreditEntry.enrolment_id)
        .join(TrainingClass, TrainingClass.id == CreditEntry.class_id)
        .join(Certificate, Certificate.id == CreditEntry.certificate_id)
        .where(*wanted)
        .order_by(CreditEntry.id)
    )
    rows = session().execute(query).all()
    ids = [entry.id for entry, *_ in rows]
    reversed_ids = _pointed_at(CreditEntry.reverses_id, ids)
    followed_ids = _pointed_at(CreditEntry.follows_id, ids)
    undone = [entry.enrolment_id for entry, *_ in rows if entry.reverses_id is not None]
    valid = {each.enrolment_id for each in in_force(Certificate.enrolment_id.in_(undone))}
    return [
        Line(
            entry=entry,
            person=enrolment.person,
            masked_id=people.masked_id(enrolment.person),
            enterprise_id=enrolment.enterprise_id,
            training_class=training_class,
            certificate_number=number,
            reversed=entry.id in reversed_ids,
            open=entry.reverses_id is not None
            and entry.id not in followed_ids
            and enrolment.id in valid,
        )
        for entry, enrolment, training_class, number in rows
    ]


def _pointed_at(
    column: InstrumentedAttribute[int | None], ids: Sequence[int]
) -> Collection[int | None]:
    return set(session().scalars(select(column).where(column.in_(ids))))
