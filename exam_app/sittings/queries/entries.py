"""Reads of entries and incidents (报考、异常)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select

from exam_app.access.actor import Actor
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.people import queries as people
from exam_app.people.models import Person
from exam_app.sittings.models import Entry, Incident, Sitting
from exam_app.sittings.queries.exams import get_sitting, in_scope
from exam_app.training.models import Enrolment


@dataclass(frozen=True)
class Noted:
    """An incident with the names of those who signed it and the candidate's entry."""

    incident: Incident
    reporter: str
    second: str
    entry: Entry | None


def entries_of(sitting_id: int) -> Sequence[Entry]:
    """Return the entries of a sitting in the order of the seats."""
    query = select(Entry).where(Entry.sitting_id == sitting_id)
    return session().scalars(query.order_by(Entry.room_id, Entry.seat)).all()


def find_entries(sitting_id: int, text: str) -> Sequence[Entry]:
    """Return entries by (part of) name or ticket number; all of them for an empty text."""
    typed = text.strip()
    if not typed:
        return entries_of(sitting_id)
    digits = typed.replace("-", "").replace(" ", "")
    bare = func.replace(Entry.ticket_number, "-", "")
    matches = Person.name.contains(typed, autoescape=True)
    if digits.isdecimal():
        matches = or_(matches, bare.contains(digits, autoescape=True))
    query = (
        select(Entry)
        .join(Enrolment, Enrolment.id == Entry.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Entry.sitting_id == sitting_id, matches)
    )
    return session().scalars(query.order_by(Entry.room_id, Entry.seat)).all()


def get_entry(entry_id: int, actor: Actor) -> Entry:
    """Return an entry of a sitting the actor may see, or the actor's own. Raises: Missing."""
    sittings = select(Sitting.id).where(in_scope(actor))
    query = (
        select(Entry)
        .join(Enrolment, Enrolment.id == Entry.enrolment_id)
        .where(Entry.id == entry_id, or_(Entry.sitting_id.in_(sittings), _own(actor)))
    )
    found = session().scalar(query)
    if found is None:
        raise Missing(kind="entry")
    return found


def entries_of_enrolment(enrolment_id: int) -> Sequence[Entry]:
    """Return the entries of an enrolment in the order they were made."""
    query = select(Entry).where(Entry.enrolment_id == enrolment_id)
    return session().scalars(query.order_by(Entry.id)).all()


def tickets_of(actor: Actor) -> list[tuple[Entry, Sitting]]:
    """Return the actor's own entries with their sittings, the latest first."""
    query = (
        select(Entry, Sitting)
        .join(Sitting, Sitting.id == Entry.sitting_id)
        .join(Enrolment, Enrolment.id == Entry.enrolment_id)
        .where(_own(actor))
        .order_by(Sitting.starts_at.desc())
    )
    return [(entry, sitting) for entry, sitting in session().execute(query)]


def own_ticket(entry_id: int, actor: Actor) -> tuple[Entry, Sitting]:
    """Return one of the actor's own entries with its sitting. Raises: Missing."""
    for entry, sitting in tickets_of(actor):
        if entry.id == entry_id:
            return entry, sitting
    raise Missing(kind="entry")


def present(entries: Sequence[Entry]) -> int:
    """Return how many of the entries were let in, those disqualified later included."""
    return sum(entry.checked_in_at is not None for entry in entries)


def _own(actor: Actor) -> ColumnElement[bool]:
    return and_(Enrolment.person_id == (actor.person_id or 0))


def incidents_of(sitting_id: int) -> list[Noted]:
    """Return the incidents of a sitting as they happened, with names and candidates."""
    query = select(Incident).where(Incident.sitting_id == sitting_id).order_by(Incident.id)
    return [
        Noted(
            incident,
            _name(incident.reported_by_id),
            _name(incident.second_by_id),
            session().get(Entry, incident.entry_id) if incident.entry_id else None,
        )
        for incident in session().scalars(query)
    ]


def get_incident(incident_id: int, actor: Actor) -> tuple[Incident, Sitting]:
    """Return an incident with its sitting. Raises: Missing."""
    found = session().get(Incident, incident_id)
    if found is None:
        raise Missing(kind="incident")
    return found, get_sitting(found.sitting_id, actor)


def account_name(account_id: int | None) -> str:
    """Return the name of the person behind an account, empty for none."""
    return _name(account_id)


def _name(account_id: int | None) -> str:
    return people.get_account(account_id).person.name if account_id else ""
