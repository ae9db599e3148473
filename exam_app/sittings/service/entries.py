"""Entries (报考): who may sit is frozen, seated by lot and given a ticket number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.people import queries as people
from exam_app.sittings import queries, rules
from exam_app.sittings.models import Entry, Room, Sitting
from exam_app.sittings.seating import Seat, Sitter, free_seats, seat_plan
from exam_app.sittings.terms import EntryState, SittingKind, SittingState
from exam_app.training import queries as training
from exam_app.training.models import Eligibility, Enrolment


@dataclass(frozen=True)
class _Candidate:
    enrolment: Enrolment
    eligibility: dict[str, Any]
    retake_of_id: int | None = None
    repeats_id: int | None = None


def enter_class(sitting: Sitting, *, actor: Actor) -> list[Entry]:
    """Enter everybody eligible for the first exam (编排考生): seats by lot, tickets by seat.

    Raises: RuleBroken: not planned any more, entered already, nobody eligible, seats short.
    """
    _require(sitting, actor)
    lock(sitting.site)
    lock(sitting)
    rules.check_state(sitting.state, SittingState.PLANNED)
    if sitting.kind is not SittingKind.FIRST:
        raise RuleBroken("sitting-is-retake")
    if queries.entries_of(sitting.id):
        raise RuleBroken("entered-already")
    eligible = training.eligible_enrolments(sitting.class_id)
    if not eligible:
        raise RuleBroken("nobody-eligible")
    digest = sitting.training_class.policy_digest
    people_in = [_Candidate(each, _frozen(decision, digest)) for each, decision in eligible]
    return _enter(sitting, people_in, actor)


def enter_retake(
    sitting: Sitting, *, entries: Sequence[Entry], void: Sequence[Entry] = (), actor: Actor
) -> list[Entry]:
    """Enter candidates for the one retake (补考), or to repeat what was void (重考).

    Args: entries: of those who failed; void: of those whose sitting was declared void. The caller
        knows that they failed, and that it was.
    Raises: RuleBroken: another class, no retake left, disqualified where that ends the exam; a
        void attempt that was not sat, or that is repeated already.
    """
    _require(sitting, actor)
    lock(sitting.site)
    lock(sitting)
    rules.check_state(sitting.state, SittingState.PLANNED)
    if sitting.kind is not SittingKind.RETAKE:
        raise RuleBroken("sitting-is-first")
    if not entries and not void:
        raise RuleBroken("nobody-eligible")
    settings = queries.settings_of(sitting)
    people_in = [_retaker(sitting, first, settings) for first in entries]
    people_in += [_repeater(sitting, each) for each in void]
    return _enter(sitting, people_in, actor)


def reschedule(sitting: Sitting, *, starts_at: dt.datetime, reason: str, actor: Actor) -> Sitting:
    """Let a sitting begin at another time (改期), before its papers are sealed.

    Seats stay; tickets get numbers of the new day.
    Raises: RuleBroken: papers sealed, a room or an invigilator taken then. BadInput: the past.
    """
    _require(sitting, actor)
    if not reason.strip():
        raise BadInput("reason-missing", field="reason")
    lock(sitting.site)
    lock(sitting)
    rules.check_state(sitting.state, SittingState.PLANNED)
    rules.check_start(starts_at, clock.now())
    settings, before = queries.settings_of(sitting), sitting.starts_at
    sitting.starts_at = starts_at
    sitting.opens_at = starts_at - rules.minutes(settings.opens_before)
    sitting.ends_at = starts_at + rules.minutes(settings.duration)
    _check_still_free(sitting)
    for serial, entry in enumerate(queries.entries_of(sitting.id), start=1):
        entry.ticket_number = _number(sitting, serial)
    trail.record(
        Action.SITTING_CHANGED, actor, sitting,
        sitting_id=sitting.id, class_id=sitting.class_id,
        before=before, starts_at=starts_at, reason=reason.strip(),
    )  # fmt: skip
    return sitting


def _check_still_free(sitting: Sitting) -> None:
    """Refuse a time at which a room or an invigilator of the sitting is taken."""
    rooms = {entry.room_id for entry in queries.entries_of(sitting.id)}
    if rooms & queries.rooms_taken(sitting):
        raise RuleBroken("rooms-taken", field="starts_at")
    wanted = queries.presence(sitting)
    for posted in queries.posted_at(sitting.id):
        busy = queries.busy_windows(posted.account.id, except_sitting=sitting.id)
        rules.check_free(wanted, busy, field="starts_at")


def _require(sitting: Sitting, actor: Actor) -> None:
    facts = queries.wall_facts(actor, sitting)
    duties.require(Permission.SITTING_SCHEDULE, actor, **facts, state=True)


def _retaker(sitting: Sitting, first: Entry, settings: rules.Settings) -> _Candidate:
    if first.enrolment.class_id != sitting.class_id:
        raise RuleBroken("entry-elsewhere")
    made = len({each.attempt_number for each in queries.entries_of_enrolment(first.enrolment_id)})
    rules.check_retake(first.state, first.attempt_number, made, settings)
    return _Candidate(first.enrolment, first.eligibility, first.id)


def _repeater(sitting: Sitting, void: Entry) -> _Candidate:
    if void.enrolment.class_id != sitting.class_id:
        raise RuleBroken("entry-elsewhere")
    rules.check_repeat(void.state)
    return _Candidate(void.enrolment, void.eligibility, void.retake_of_id, void.id)


def _enter(sitting: Sitting, candidates: Sequence[_Candidate], actor: Actor) -> list[Entry]:
    """Seat the candidates beside those who sit already and give them tickets."""
    seated = {
        Seat(each.room_id, each.seat): each.enrolment.enterprise_id
        for each in queries.entries_of(sitting.id)
    }
    seats = free_seats(_rooms(sitting), seated, len(candidates))
    rules.check_seats(len(seats), len(candidates))
    plan = seat_plan(
        [Sitter(each.enrolment.id, each.enrolment.enterprise_id) for each in candidates],
        seats,
        seed=sitting.id,
        seated=seated,
    )
    ordered = sorted(candidates, key=lambda each: plan[each.enrolment.id])
    made = [
        _entry(sitting, each, plan[each.enrolment.id], serial)
        for serial, each in enumerate(ordered, start=len(seated) + 1)
    ]
    try:
        with session().begin_nested():
            session().add_all(made)
            session().flush()
    except IntegrityError as problem:
        raise RuleBroken("entered-already") from problem
    trail.record(
        Action.CANDIDATE_ENTERED,
        actor,
        sitting,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        entered=len(made),
        rooms=sorted({entry.room_id for entry in made}),
        seat_seed=sitting.id,
    )
    return made


def _rooms(sitting: Sitting) -> list[tuple[int, int]]:
    """Return the free rooms with the seats the profile allows to use."""
    most = queries.settings_of(sitting).room_seats
    taken = queries.rooms_taken(sitting)
    rooms: Sequence[Room] = queries.rooms_of(sitting.site_id)
    return [(room.id, min(room.seats, most)) for room in rooms if room.id not in taken]


def _entry(sitting: Sitting, candidate: _Candidate, seat: Seat, serial: int) -> Entry:
    return Entry(
        sitting_id=sitting.id,
        enrolment_id=candidate.enrolment.id,
        retake_of_id=candidate.retake_of_id,
        repeats_id=candidate.repeats_id,
        attempt_number=1 if candidate.retake_of_id is None else 2,
        room_id=seat.room_id,
        seat=seat.number,
        ticket_number=_number(sitting, serial),
        state=EntryState.ENTERED,
        eligibility=candidate.eligibility,
        created_at=clock.now(),
    )


def _number(sitting: Sitting, serial: int) -> str:
    authority = people.get_organisation(sitting.training_class.project.authority_id)
    on = clock.local(sitting.starts_at).date()
    return rules.ticket_number(authority.division_code, on, sitting.id, serial)


def _frozen(decision: Eligibility, policy_digest: str) -> dict[str, Any]:
    """Return what the right to sit rests on, as it stood when the candidate was entered."""
    return {
        "decided_by": decision.decided_by_id,
        "decided_at": decision.decided_at.isoformat(),
        "hours": {
            "online": str(decision.hours_online),
            "offline": str(decision.hours_offline),
            "practical": str(decision.hours_practical),
            "credited": str(decision.hours_credited),
        },
        "findings": decision.findings,
        "reason": decision.reason,
        "policy_digest": policy_digest,
    }
