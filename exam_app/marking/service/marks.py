"""Marks: every submitted attempt of a sitting against the key, everybody else accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.attempts import queries as attempts
from exam_app.attempts.models import Attempt
from exam_app.attempts.terms import AttemptState
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.marking import queries, rules
from exam_app.marking.models import Mark, Result
from exam_app.marking.service.answers import answers_of, ordering_of
from exam_app.marking.service.walls import OVER, require
from exam_app.marking.terms import Outcome
from exam_app.papers import service as papers
from exam_app.papers import vault
from exam_app.papers.keysheet import KeySheet
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Entry, Sitting
from exam_app.sittings.terms import EntryState
from exam_app.training import queries as training
from question_bank import score_paper
from question_bank.copies import CopyPaper

_WITHOUT = {
    EntryState.ABSENT: Outcome.ABSENT,
    EntryState.DISQUALIFIED: Outcome.DISQUALIFIED,
}


def mark_sitting(sitting: Sitting, *, actor: Actor) -> list[Result]:
    """Mark a whole sitting (阅卷): a result for each entry, its marks question by question.

    The papers are archived with it, if nobody has done so: their running key is wiped.
    Raises: DutyConflict: tied to the provider, a candidate, another authority's, sitting not
        over. RuleBroken: marked already. NotMarkable: somebody let in has no submitted attempt,
        or stored answers differ from the digest they were handed in with.
    """
    lock(sitting)
    require(
        Permission.MARK_ENTER,
        actor,
        sitting,
        state=sitting.state in OVER,
    )
    if queries.results_of_sitting(sitting.id):
        raise RuleBroken("marked-already")
    entries = sittings.entries_of(sitting.id)
    sat = _submitted(entries, attempts.attempts_of(sitting.id))
    keys = [vault.marking_key(each) for each in {row.paper_id for row in sat.values()}]
    sheets = {each.paper_id: (each, ordering_of(each)) for each in keys}
    results = [_result(each, sat.get(each.id), sitting, sheets, actor) for each in entries]
    session().add_all(results)
    session().flush()
    trail.record(
        Action.ATTEMPT_MARKED,
        actor,
        sitting,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        **_counts(results),
    )
    papers.close_papers(sitting, actor=actor)
    return results


def _submitted(entries: Sequence[Entry], held: Mapping[int, Attempt]) -> dict[int, Attempt]:
    """Return entry id → attempt of everybody who sat. Raises: NotMarkable."""
    present = [each for each in entries if each.state is EntryState.CHECKED_IN]
    sat = {
        each.id: held[each.id]
        for each in present
        if each.id in held and held[each.id].state is AttemptState.SUBMITTED
    }
    changed = [
        each.ticket_number
        for each in present
        if each.id in sat and attempts.digest_of(sat[each.id]) != sat[each.id].responses_digest
    ]
    rules.check_all_in(
        open_entries=[each.ticket_number for each in entries if each.state is EntryState.ENTERED],
        without_attempt=[each.ticket_number for each in present if each.id not in sat],
        changed=changed,
    )
    return sat


def _result(
    entry: Entry,
    attempt: Attempt | None,
    sitting: Sitting,
    sheets: Mapping[int, tuple[KeySheet, CopyPaper | None]],
    actor: Actor,
) -> Result:
    held = {"entry_id": entry.id, "marked_by_id": actor.account_id, "marked_at": clock.now()}
    if attempt is None:
        return Result(**held, outcome=_WITHOUT[entry.state])
    sheet, ordering = sheets[attempt.paper_id]
    rule = rules.pass_rule(
        training.policy_of(sitting.training_class), full_marks=int(sheet.full_marks)
    )
    answers = {
        question: rules.choice_of(value)
        for question, value in answers_of(attempt, sheet, ordering).items()
    }
    scored = score_paper(answers, sheet.entries, partial=rule.partial)
    for each in scored.item_marks:
        session().add(
            Mark(
                attempt_id=attempt.id,
                question=each.number,
                marks=each.earned,
                full_marks=each.marks,
                marked_at=clock.now(),
            )
        )
    return Result(
        **held,
        attempt_id=attempt.id,
        total=scored.earned,
        full_marks=rule.full_marks,
        pass_mark=rule.pass_mark,
        outcome=rule.outcome(scored.earned),
    )


def _counts(results: Sequence[Result]) -> dict[str, int]:
    return {outcome.value: sum(each.outcome is outcome for each in results) for outcome in Outcome}
