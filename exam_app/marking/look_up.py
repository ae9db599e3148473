"""The public look-up of one's own result (成绩查询): one answer to everybody who guesses.

A wrong name, a wrong number, an unknown person and a result not released answer alike; tries
are counted in the database, per ticket and per address, whatever they found.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import request
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from exam_app.access.actor import Actor
from exam_app.audit import AccessKind, note_access
from exam_app.core import clock
from exam_app.core.crypto import keyring
from exam_app.core.db import end_read, session, transaction
from exam_app.core.errors import NotAllowed
from exam_app.marking import queries, repeats, rules
from exam_app.marking.models import LookUpCounter, Result
from exam_app.marking.terms import Outcome
from exam_app.sittings import queries as sittings

_STRETCH = dt.timedelta(minutes=rules.LOOK_UP_MINUTES)


class LookUpLimited(NotAllowed):
    """Too many look-ups of this ticket or from this address (查询过于频繁)."""

    status = 429
    code = "look-up-limited"


@dataclass(frozen=True)
class Found:
    """What is shown of a released result to who knows name and ticket: no marks, no ID number."""

    class_name: str
    sat_on: dt.date
    outcome: Outcome
    is_retake: bool
    is_void: bool


def look_up(*, name: str, ticket_number: str, address: str, actor: Actor) -> Found | None:
    """Return the released result of a name and ticket, None for everything else, alike.

    Raises: LookUpLimited: too many tries within 15 minutes; whatever they found.
    """
    ticket = rules.normal_ticket(ticket_number)
    try:
        count_look_up(ticket=ticket, address=address)
    except LookUpLimited:
        end_read()
        _note(AccessKind.LIMIT, actor, LookUpLimited.code)
        raise
    result = queries.released_by_ticket(ticket)
    held = result.entry.enrolment.person.name if result is not None else ""
    found = result if rules.same_name(name, held) and result is not None else None
    shown = None if found is None else _shown(found)
    end_read()  # the note is written on a connection of its own
    _note(AccessKind.LOOK_UP, actor, "ok" if shown else "none")
    return shown


def count_look_up(*, ticket: str, address: str) -> None:
    """Count a try before it is looked at, so that no parallel one goes uncounted.

    Raises: LookUpLimited.
    """
    at, ring = clock.now(), keyring()
    subjects = (
        (ring.blind_index(f"look-up:ticket:{ticket}").hex(), rules.LOOK_UPS_PER_TICKET),
        (ring.blind_index(f"look-up:address:{address}").hex(), rules.LOOK_UPS_PER_ADDRESS),
    )
    with transaction():
        for subject, limit in sorted(subjects):
            counter = _counter(subject, at)
            if at - counter.first_at > _STRETCH:
                counter.count, counter.first_at = 0, at
            if counter.count >= limit:
                raise LookUpLimited(minutes=rules.LOOK_UP_MINUTES)
            counter.count += 1


def _counter(subject: str, at: dt.datetime) -> LookUpCounter:
    """Return the subject's counter, held until the transaction ends; old ones go."""
    query = select(LookUpCounter).where(LookUpCounter.subject == subject).with_for_update()
    found = session().scalars(query).first()
    if found is not None:
        return found
    session().execute(delete(LookUpCounter).where(LookUpCounter.first_at < at - 96 * _STRETCH))
    try:
        with session().begin_nested():
            session().add(LookUpCounter(subject=subject, count=0, first_at=at))
            session().flush()
    except IntegrityError:  # a parallel try made it just now
        return session().scalars(query).one()
    return session().scalars(query).one()


def _shown(result: Result) -> Found:
    sitting = sittings.sitting_of_entry(result.entry)
    return Found(
        sitting.training_class.name,
        clock.local(sitting.starts_at).date(),
        result.outcome,
        result.entry.attempt_number == 2,
        repeats.is_void(sitting.id),
    )


def _note(kind: AccessKind, actor: Actor, outcome: str) -> None:
    note_access(kind, actor=actor, outcome=outcome, endpoint=request.endpoint or "")
