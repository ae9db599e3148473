"""A wrong key put right (改判): the effect is computed and shown first, then decided."""

from __future__ import annotations

from collections.abc import Callable

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.attempts import queries as attempts
from exam_app.attempts.models import Attempt
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.marking import queries, rules
from exam_app.marking.models import Mark, Regrade, Result
from exam_app.marking.service.answers import answers_of, ordering_of
from exam_app.marking.service.statistics import record_item_statistics
from exam_app.marking.service.walls import require
from exam_app.marking.terms import Outcome, RegradeState
from exam_app.papers import vault
from exam_app.papers.models import Paper
from exam_app.people import queries as people
from exam_app.sittings.models import Sitting
from exam_app.training import queries as training


def propose_regrade(
    paper: Paper, *, question: int, new_key: str, reason: str, actor: Actor
) -> Regrade:
    """Propose another key for one question (提出改判); nothing is applied yet.

    Args: new_key: letters as on the paper, or ``ALL``: everybody gets the full marks.
    Returns: the proposal, with what it does to each result that changes.
    Raises: DutyConflict: no reason, or kept out by a wall. RuleBroken: not marked yet, or another
        proposal waits. BadInput: no such question, unreadable key.
    """
    sitting = queries.sitting_of_paper(paper)
    require(
        Permission.REGRADE_PROPOSE,
        actor,
        sitting,
        reason=bool(reason.strip()),
        state=True,
    )
    lock(sitting)
    if not queries.results_of_sitting(sitting.id):
        raise RuleBroken("not-marked")
    if queries.open_regrade(sitting.id) is not None:
        raise RuleBroken("regrade-open")
    letters = rules.read_key(new_key)
    effects = _effects(paper, sitting, question, letters)
    regrade = Regrade(
        paper_id=paper.id,
        question=question,
        new_key=letters,
        reason=reason.strip(),
        effect=[each.as_dict() for each in effects],
        proposed_by_id=actor.account_id,
        proposed_at=clock.now(),
    )
    session().add(regrade)
    session().flush()
    _record(Action.REGRADE_PROPOSED, actor, regrade, sitting, effects)
    return regrade


def decide_regrade(regrade: Regrade, *, apply: bool, actor: Actor) -> Regrade:
    """Apply a proposed key or reject it (批准或驳回改判), as another person than its author.

    Applied, each mark that changes gets a new version, the old one stays readable, and totals and
    outcomes follow; so too after release, when the numbers of the items follow as well.
    Raises: DutyConflict: the proposer, or kept out by a wall. RuleBroken: decided already.
    """
    paper = queries.paper_of_regrade(regrade)
    sitting = queries.sitting_of_paper(paper)
    lock(sitting)
    lock(regrade)
    require(
        Permission.REGRADE_APPROVE,
        actor,
        sitting,
        not_author=not people.same_person(actor, regrade.proposed_by_id),
        reason=bool(regrade.reason),
        state=True,
    )
    if regrade.state is not RegradeState.PROPOSED:
        raise RuleBroken("regrade-decided")
    effects = _effects(paper, sitting, regrade.question, regrade.new_key)
    if apply:
        if [each.as_dict() for each in effects] != regrade.effect:
            raise RuleBroken("regrade-outdated")
        _check_no_certificate(effects)
        _apply(regrade, effects)
    regrade.state = RegradeState.APPLIED if apply else RegradeState.REJECTED
    regrade.decided_by_id, regrade.decided_at = actor.account_id, clock.now()
    action = Action.REGRADE_APPROVED if apply else Action.REGRADE_REJECTED
    _record(action, actor, regrade, sitting, effects)
    session().flush()
    if apply and queries.released_at(sitting) is not None:
        record_item_statistics(sitting, actor=actor)
    return regrade


# Told by certificates: whether a result stands behind one; a pass is not taken from under it.
holds_certificate: list[Callable[[int], bool]] = []


def _check_no_certificate(effects: list[rules.Effect]) -> None:
    """Refuse to take a pass while its certificate stands: that is revoked first, by two."""
    for effect in effects:
        lost = effect.outcome_before is Outcome.PASS and effect.outcome_after is not Outcome.PASS
        if lost and any(holds(effect.result_id) for holds in holds_certificate):
            raise RuleBroken("regrade-certified", result=effect.result_id)


def _effects(paper: Paper, sitting: Sitting, question: int, new_key: str) -> list[rules.Effect]:
    """Return what a key does to each result that changes, in the order of the tickets."""
    sheet = vault.marking_key(paper.id)
    entry = rules.check_question(question, sheet.entries)
    rule = rules.pass_rule(
        training.policy_of(sitting.training_class), full_marks=int(sheet.full_marks)
    )
    ordering, found = ordering_of(sheet), []
    for result in queries.results_of_sitting(sitting.id):
        attempt_id = result.attempt_id
        if attempt_id is None:
            continue
        marks = queries.current_marks([attempt_id])[attempt_id]
        answers = answers_of(_unchanged(attempt_id), sheet, ordering)
        answer = answers.get(question, "")
        after = rules.regraded(answer, entry, new_key, partial=rule.partial)
        if after == marks[question].marks:
            continue
        before = queries.total_of(marks.values())
        total = before - marks[question].marks + after
        found.append(rules.Effect(result.id, before, total, result.outcome, rule.outcome(total)))
    return found


def _unchanged(attempt_id: int) -> Attempt:
    attempt = session().get_one(Attempt, attempt_id)
    if attempts.digest_of(attempt) != attempt.responses_digest:
        raise RuleBroken("responses-changed", attempt=attempt_id)
    return attempt


def _apply(regrade: Regrade, effects: list[rules.Effect]) -> None:
    for effect in effects:
        result = session().get_one(Result, effect.result_id)
        if result.attempt_id is None:
            raise RuleBroken("regrade-outdated")
        old = queries.current_marks([result.attempt_id])[result.attempt_id][regrade.question]
        session().add(
            Mark(
                attempt_id=result.attempt_id,
                regrade_id=regrade.id,
                question=regrade.question,
                version=old.version + 1,
                marks=old.marks + effect.after - effect.before,
                full_marks=old.full_marks,
                marked_at=clock.now(),
            )
        )
        result.total, result.outcome = effect.after, effect.outcome_after
    session().flush()


def _record(
    action: Action, actor: Actor, regrade: Regrade, sitting: Sitting, effects: list[rules.Effect]
) -> None:
    trail.record(
        action,
        actor,
        regrade,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        question=regrade.question,
        reason=regrade.reason,
        changed=len(effects),
        gained=sum(each.crosses and each.outcome_after is Outcome.PASS for each in effects),
        lost=sum(each.crosses and each.outcome_before is Outcome.PASS for each in effects),
    )
