"""The desk: an attempt is started, answered, submitted, or closed with the sitting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.attempts import queries, rules
from exam_app.attempts.models import Attempt, Response, ResponseEvent
from exam_app.attempts.terms import Ack, Answer, AttemptState
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Entry, Sitting
from exam_app.sittings.terms import EntryState, SittingMode, SittingState
from exam_app.training import queries as training

_OVER = (SittingState.CLOSED, SittingState.HANDED_OVER)


def start(entry: Entry, *, actor: Actor) -> Attempt:
    """Start the candidate's attempt (开始答题), or return the one already begun here.

    Raises: RuleBroken: not let in, not on a computer, or begun at another seat
        (``desk-elsewhere``). DutyConflict: the sitting is not open.
    """
    sitting = sittings.sitting_of_entry(entry)
    lock(entry)
    duties.require(
        Permission.RESPONSE_SUBMIT,
        actor,
        own=queries.is_own(entry, actor),
        window=sitting.starts_at <= clock.now() <= sitting.ends_at,
        state=sitting.state is SittingState.OPEN,
    )
    if sitting.mode is not SittingMode.COMPUTER:
        raise RuleBroken("desk-on-paper")
    if entry.state is not EntryState.CHECKED_IN:
        raise RuleBroken("desk-not-checked-in")
    begun = queries.attempt_of(entry.id)
    if begun is not None:
        if begun.state is AttemptState.ANSWERING:
            _require_here(begun, actor)
        return begun
    return _begin(entry, sitting, actor)


def _begin(entry: Entry, sitting: Sitting, actor: Actor) -> Attempt:
    policy = training.policy_of(sitting.training_class)
    attempt = Attempt(
        entry_id=entry.id,
        sitting_id=sitting.id,
        paper_id=queries.released(sitting.id).paper_id,
        auth_session_id=actor.session_id,
        started_at=clock.now(),
        deadline_at=rules.deadline(
            clock.now(),
            sitting.ends_at,
            duration_minutes=policy.count("exam.duration_minutes"),
        ),
        seen_at=clock.now(),
    )
    session().add(attempt)
    session().flush()
    trail.record(
        Action.ATTEMPT_STARTED,
        actor,
        attempt,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        entry_id=entry.id,
        deadline=attempt.deadline_at,
    )
    return attempt


def resume(attempt: Attempt, *, actor: Actor) -> Attempt:
    """Go on with an attempt at this seat (换机续答); the seat before can't write any more."""
    sitting = _lock_for(attempt, actor)
    if attempt.auth_session_id == actor.session_id:
        return attempt
    before, attempt.auth_session_id = attempt.auth_session_id, actor.session_id
    attempt.epoch += 1
    trail.record(
        Action.ATTEMPT_RESUMED,
        actor,
        attempt,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        epoch=attempt.epoch,
        session_before=before,
    )
    return attempt


def save(attempt: Attempt, answers: Sequence[Answer], *, actor: Actor) -> Ack:
    """Save answers (保存作答) and return what stands: an older or repeated copy changes nothing.

    It writes no audit entry: the log of the attempt itself is append-only, and its digest enters
    the trail at submission.
    Raises: DutyConflict: not one's own, submitted, or past deadline and grace. RuleBroken: the
        attempt goes on at another seat (``desk-elsewhere``). BadInput: not letters, no question.
    """
    sitting = _lock_for(attempt, actor)
    _require_here(attempt, actor)
    questions = queries.released(sitting.id).questions
    for answer in answers:
        if not 1 <= answer.question <= questions:
            raise rules.QuestionUnknown(question=answer.question)
        _store(attempt, answer.question, rules.letters(answer.value, question=answer.question),
               answer.seq)  # fmt: skip
    attempt.seen_at = clock.now()
    session().flush()
    stored = queries.saved_answers(attempt.id)
    asked = tuple(stored[each.question] for each in answers)
    return Ack(asked, clock.now(), queries.deadline_of(attempt))


def _store(attempt: Attempt, question: int, value: str, seq: int) -> None:
    """Put the answer in its row and the log, unless a newer one stands there."""
    row = session().get(Response, (attempt.id, question))
    if row is not None and seq <= row.seq:
        return
    if row is None:
        row = Response(attempt_id=attempt.id, question=question)
        session().add(row)
    row.value, row.seq, row.saved_at = value, seq, clock.now()
    session().add(
        ResponseEvent(
            attempt_id=attempt.id, question=question, value=value, seq=seq, saved_at=clock.now()
        )
    )


def submit(attempt: Attempt, *, actor: Actor) -> Attempt:
    """Hand the attempt in (交卷); a second time changes nothing.

    Raises: DutyConflict: past deadline and grace, when the sitting's close collects it.
    """
    lock(attempt)
    if attempt.state is AttemptState.SUBMITTED and queries.is_own(attempt.entry, actor):
        return attempt
    _require_answering(attempt, actor)
    _require_here(attempt, actor)
    _finish(attempt, Action.ATTEMPT_SUBMITTED, actor)
    return attempt


def close_attempts(sitting: Sitting, *, actor: Actor) -> list[Attempt]:
    """Collect what nobody handed in (到时收卷): every open attempt of a closed sitting.

    What was saved stands; there is nothing to collect the second time.
    Raises: DutyConflict: not the sitting's chief, or the sitting is not closed. RuleBroken: an
        answer sent in time may still arrive (``collecting-early``).
    """
    lock(sitting)
    duties.require(
        Permission.SITTING_CLOSE,
        actor,
        **sittings.wall_facts(actor, sitting),
        two=sitting.closed_by_id is not None,
        state=sitting.state in _OVER,
    )
    collected = list(queries.open_attempts(sitting.id))
    if any(rules.is_in_time(clock.now(), queries.deadline_of(each)) for each in collected):
        raise RuleBroken("collecting-early", seconds=int(rules.GRACE.total_seconds()))
    for attempt in collected:
        lock(attempt)
        _close(attempt, clock.now())
    session().flush()
    if collected:
        trail.record(
            Action.ATTEMPT_ENDED,
            actor,
            sitting,
            sitting_id=sitting.id,
            class_id=sitting.class_id,
            digests={str(each.entry_id): each.responses_digest for each in collected},
        )
    return collected


def _lock_for(attempt: Attempt, actor: Actor) -> Sitting:
    lock(attempt)
    return _require_answering(attempt, actor)


def _require_answering(attempt: Attempt, actor: Actor) -> Sitting:
    sitting = sittings.sitting_of_entry(attempt.entry)
    duties.require(
        Permission.RESPONSE_SUBMIT,
        actor,
        own=queries.is_own(attempt.entry, actor),
        window=rules.is_in_time(clock.now(), queries.deadline_of(attempt)),
        state=attempt.state is AttemptState.ANSWERING
        and attempt.entry.state is EntryState.CHECKED_IN
        and sitting.state in (SittingState.OPEN, SittingState.CLOSED),
    )
    return sitting


def _require_here(attempt: Attempt, actor: Actor) -> None:
    if attempt.auth_session_id != actor.session_id:
        raise RuleBroken("desk-elsewhere")


def _finish(attempt: Attempt, action: Action, actor: Actor) -> None:
    _close(attempt, clock.now())
    sitting = sittings.sitting_of_entry(attempt.entry)
    trail.record(
        action,
        actor,
        attempt,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        entry_id=attempt.entry_id,
        digest=attempt.responses_digest,
    )


def _close(attempt: Attempt, at: dt.datetime) -> None:
    attempt.responses_digest = queries.digest_of(attempt)
    attempt.state, attempt.submitted_at = AttemptState.SUBMITTED, at
