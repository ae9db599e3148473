"""Paper scripts keyed in twice by two persons; a third decides where they differ (双人录入)."""

from __future__ import annotations

from collections.abc import Mapping

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.attempts import queries, rules
from exam_app.attempts.models import Attempt, KeyedScript, Response, ResponseEvent
from exam_app.attempts.terms import AttemptState, Difference
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Entry, Sitting
from exam_app.sittings.terms import EntryState, SittingMode, SittingState

_OVER = (SittingState.CLOSED, SittingState.HANDED_OVER)


def key_script(entry: Entry, *, answers: Mapping[int, str], actor: Actor) -> KeyedScript:
    """Keep one reading of a script (录入一遍): the first, or a second person's.

    Where the second agrees with the first, the attempt is made and submitted with it.
    Args: answers: as they stand on the script; ``rules.COPY`` → its copy number, where copies
        have orders of their own.
    Raises: DutyConflict: not the sitting's staff, or the sitting is not over. RuleBroken: this
        person has read it (``keyed-by-you``), or two readings are in (``keyed-twice``).
        BadInput: not letters, no such question, no such copy. Also as ``rules.check_copy``.
    """
    sitting = _require(entry, actor)
    if queries.keyed_by(entry, actor):
        raise RuleBroken("keyed-by-you")
    readings = queries.readings_of(entry.id)
    if len(readings) >= 2 or queries.attempt_of(entry.id) is not None:
        raise RuleBroken("keyed-twice")
    questions, copies = queries.asked_of(queries.released(sitting.id))
    read = rules.readable(answers, questions=questions, copies=copies)
    _check_copy(entry, sitting, read)
    script = _keep(entry, len(readings) + 1, read, actor)
    apart = queries.differences(entry)
    if script.reading == 2 and not apart:
        _submit(entry, sitting, read)
    _record(Action.RESPONSES_KEYED, actor, script, sitting, apart)
    return script


def resolve_script(entry: Entry, *, answers: Mapping[int, str], actor: Actor) -> Attempt:
    """Decide the differing questions as a third person, and submit the attempt (录入核对).

    Args: answers: for exactly the questions that differ.
    Raises: RuleBroken: nothing differs (``keyed-alike``), this person keyed a reading
        (``keyed-by-you``). ReadingRefused: other questions. BadInput: not letters, no
        such copy. Also as ``rules.check_copy``.
    """
    sitting = _require(entry, actor)
    if queries.attempt_of(entry.id) is not None:
        raise RuleBroken("keyed-twice")
    apart = queries.differences(entry)
    if not apart:
        raise RuleBroken("keyed-alike")
    if queries.keyed_by(entry, actor):
        raise RuleBroken("keyed-by-you")
    open_ = [each.question for each in apart]
    rules.check_resolved(answers, open_)
    _, copies = queries.asked_of(queries.released(sitting.id))
    decided = rules.readable(answers, questions=open_, copies=copies)
    _check_copy(entry, sitting, decided)
    first = queries.answers_in(queries.readings_of(entry.id)[1])
    script = _keep(entry, queries.DECIDING, decided, actor)
    attempt = _submit(entry, sitting, first | decided)
    _record(Action.RESPONSES_CONFIRMED, actor, script, sitting, apart)
    return attempt


def _require(entry: Entry, actor: Actor) -> Sitting:
    sitting = sittings.sitting_of_entry(entry)
    lock(sitting)  # two scripts keyed at once shall not both take one copy
    lock(entry)
    duties.require(
        Permission.RESPONSE_KEY_IN,
        actor,
        **queries.keying_facts(actor, sitting),
        state=sitting.state in _OVER,
    )
    if sitting.mode is not SittingMode.PAPER:
        raise RuleBroken("keyed-on-computer")
    if entry.state is not EntryState.CHECKED_IN:
        raise RuleBroken("keyed-without-script")
    return sitting


def _check_copy(entry: Entry, sitting: Sitting, read: Mapping[int, str]) -> None:
    """Refuse the copy a script is said to be written on; see ``rules.check_copy``."""
    if rules.COPY in read:
        rules.check_copy(
            int(read[rules.COPY]),
            spoiled=queries.copies_spoiled(queries.released(sitting.id)),
            keyed=queries.copies_keyed(entry),
        )


def _keep(entry: Entry, reading: int, answers: Mapping[int, str], actor: Actor) -> KeyedScript:
    script = KeyedScript(
        entry_id=entry.id,
        reading=reading,
        answers={str(question): value for question, value in answers.items()},
        keyed_by_id=actor.account_id,
        keyed_at=clock.now(),
    )
    session().add(script)
    session().flush()
    return script


def _submit(entry: Entry, sitting: Sitting, answers: Mapping[int, str]) -> Attempt:
    """Make the attempt of a script as it was agreed on; it is submitted from the start.

    Its answers stay as on the script; marking turns them by the copy's number.
    """
    paper = queries.released(sitting.id)
    attempt = Attempt(
        entry_id=entry.id,
        sitting_id=sitting.id,
        paper_id=paper.paper_id,
        started_at=sitting.starts_at,
        deadline_at=sitting.ends_at,
    )
    session().add(attempt)
    session().flush()
    at = clock.now()
    for question, value in sorted(answers.items()):
        if question == rules.COPY:
            continue
        held = {"attempt_id": attempt.id, "question": question, "value": value, "seq": 1}
        session().add(Response(**held, saved_at=at))
        session().add(ResponseEvent(**held, saved_at=at))
    attempt.responses_digest = queries.digest_of(attempt)
    attempt.state, attempt.submitted_at = AttemptState.SUBMITTED, at
    session().flush()
    return attempt


def _record(
    action: Action,
    actor: Actor,
    script: KeyedScript,
    sitting: Sitting,
    apart: tuple[Difference, ...],
) -> None:
    attempt = queries.attempt_of(script.entry_id)
    trail.record(
        action,
        actor,
        script,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        entry_id=script.entry_id,
        reading=script.reading,
        differing=[each.question for each in apart],
        digest=None if attempt is None else attempt.responses_digest,
    )
