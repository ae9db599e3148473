"""The exam room: candidates are let in, the exam is opened, its time extended."""

from __future__ import annotations

from typing import Any

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock
from exam_app.core.errors import BadInput
from exam_app.sittings import queries, rules
from exam_app.sittings.adapter import read_photo
from exam_app.sittings.models import Entry, Sitting
from exam_app.sittings.service.posts import check_second, is_staffed_by
from exam_app.sittings.terms import EntryState, InvigilationRole, SittingState

_RUNNING = (SittingState.READY, SittingState.OPEN)


def open_sitting(sitting: Sitting, *, actor: Actor) -> Sitting:
    """Open the exam (宣布开考) and its own stream of the trail; by its chief, in the window.

    Raises: RuleBroken: papers not sealed, too early or late, a room without its invigilators.
    """
    facts = queries.wall_facts(actor, sitting) | {"assigned": _is_chief(sitting, actor)}
    duties.require(Permission.SITTING_OPEN, actor, **facts, window=True, state=True)
    lock(sitting)
    rules.check_state(sitting.state, SittingState.READY)
    settings = queries.settings_of(sitting)
    rules.check_opening(clock.now(), sitting.opens_at, sitting.ends_at, settings)
    _check_staffed(sitting, settings)
    trail.open_stream(sitting.id, actor)
    sitting.state = SittingState.OPEN
    sitting.opened_by_id, sitting.opened_at = actor.account_id, clock.now()
    trail.record(Action.SITTING_OPENED, actor, sitting, **_about(sitting))
    return sitting


def check_in(entry: Entry, *, id_tail: str, photo: bytes | None = None, actor: Actor) -> Entry:
    """Let a candidate in (入场核验): ID card looked at, last four characters compared.

    Doing it again for somebody who is in changes nothing.
    Raises: RuleBroken: outside the window (with its source), absent, disqualified, another ID
        number. DutyConflict: no invigilator of this room. BadInput: the photo.
    """
    sitting = queries.sitting_of_entry(entry)
    facts = queries.wall_facts(actor, sitting) | {"assigned": _serves_room(entry, actor)}
    duties.require(Permission.CHECK_IN, actor, **facts, window=True)
    lock(entry)
    rules.check_may_enter_room(entry.state)
    rules.check_tail(id_tail, entry.enrolment.person.id_tail)
    if entry.state is EntryState.CHECKED_IN:
        return entry
    rules.check_state(sitting.state, *_RUNNING)
    rules.check_entry_time(clock.now(), sitting.starts_at, queries.settings_of(sitting))
    _let_in(entry, photo, actor)
    trail.record(
        Action.CANDIDATE_CHECKED_IN, actor, entry, **_about(sitting), photo=photo is not None
    )
    return entry


def decide_identity(
    entry: Entry,
    *,
    admit: bool,
    reason: str,
    second: Actor,
    photo: bytes | None = None,
    actor: Actor,
) -> Entry:
    """Let in or turn away a candidate whose identity is in doubt (身份存疑放行或拒绝).

    By the chief and a second invigilator. Turned away, the candidate may still come back with
    proof while the doors are open; else the entry counts as absent.
    Raises: DutyConflict; RuleBroken: outside the window, absent, disqualified, let in already.
    """
    sitting = queries.sitting_of_entry(entry)
    facts = queries.wall_facts(actor, sitting) | {"assigned": _is_chief(sitting, actor)}
    two = second.is_apart_from(actor.person_id)
    duties.require(
        Permission.IDENTITY_OVERRIDE, actor, **facts, two=two, reason=bool(reason.strip())
    )
    trail.check_no_id_number("reason", reason)
    check_second(sitting, second)
    lock(entry)
    rules.check_may_enter_room(entry.state)
    if entry.state is EntryState.CHECKED_IN:
        return entry
    rules.check_state(sitting.state, *_RUNNING)
    rules.check_entry_time(clock.now(), sitting.starts_at, queries.settings_of(sitting))
    if admit:
        _let_in(entry, photo, actor)
    action = Action.IDENTITY_OVERRIDDEN if admit else Action.CANDIDATE_REFUSED
    about = _about(sitting) | {"second": second.account_id, "reason": reason.strip()}
    trail.record(action, actor, entry, **about)
    return entry


def extend_sitting(
    sitting: Sitting, *, minutes: int, reason: str, second: Actor, actor: Actor
) -> Sitting:
    """Give the whole exam more time (延长考试时间), by the chief and a second invigilator."""
    facts = queries.wall_facts(actor, sitting) | {"assigned": _is_chief(sitting, actor)}
    two = second.is_apart_from(actor.person_id)
    given = bool(reason.strip())
    duties.require(Permission.SITTING_EXTEND, actor, **facts, two=two, reason=given, state=True)
    check_second(sitting, second)
    lock(sitting)
    rules.check_state(sitting.state, SittingState.OPEN)
    rules.check_extension(minutes, queries.settings_of(sitting))
    if clock.now() > sitting.ends_at:
        raise BadInput("extension-late", field="minutes")
    before = sitting.ends_at
    sitting.ends_at = before + rules.minutes(minutes)
    trail.record(
        Action.SITTING_EXTENDED,
        actor,
        sitting,
        **_about(sitting),
        minutes=minutes,
        reason=reason.strip(),
        second=second.account_id,
        ended_before=before,
    )
    return sitting


def _let_in(entry: Entry, photo: bytes | None, actor: Actor) -> None:
    if photo:
        entry.photo, entry.photo_digest = read_photo(photo)
    entry.state = EntryState.CHECKED_IN
    entry.checked_in_by_id, entry.checked_in_at = actor.account_id, clock.now()


def _about(sitting: Sitting) -> dict[str, Any]:
    return {"sitting_id": sitting.id, "class_id": sitting.class_id}


def _is_chief(sitting: Sitting, actor: Actor) -> bool:
    duty = queries.duty_of(sitting.id, actor.account_id)
    return duty is not None and duty.role is InvigilationRole.CHIEF


def _serves_room(entry: Entry, actor: Actor) -> bool:
    """Return whether the actor supervises the entry's room, or the sitting as its chief."""
    duty = queries.duty_of(entry.sitting_id, actor.account_id)
    return duty is not None and (
        duty.room_id == entry.room_id or duty.role is InvigilationRole.CHIEF
    )


def _check_staffed(sitting: Sitting, settings: rules.Settings) -> None:
    """Refuse a sitting whose rooms lack invigilators who pass the walls now."""
    posted = [each for each in queries.posted_at(sitting.id) if is_staffed_by(sitting, each)]
    entries = queries.entries_of(sitting.id)
    rooms = [each.room.id for each in posted]
    short = rules.short_rooms([entry.room_id for entry in entries], rooms, settings.invigilators)
    names = {entry.room_id: entry.room.name for entry in entries}
    chief = any(each.duty.role is InvigilationRole.CHIEF for each in posted)
    rules.check_staffed([names[room] for room in short], has_chief=chief, settings=settings)
