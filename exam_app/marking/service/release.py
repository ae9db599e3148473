"""Results are confirmed by a second person and released by a third (复核、发布)."""

from __future__ import annotations

from collections.abc import Sequence

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.marking import queries
from exam_app.marking.models import Result
from exam_app.marking.service.statistics import record_item_statistics
from exam_app.marking.service.walls import require
from exam_app.marking.terms import Outcome, ResultState
from exam_app.people import queries as people
from exam_app.sittings.models import Sitting


def confirm_results(sitting: Sitting, *, actor: Actor) -> list[Result]:
    """Confirm the results of a sitting (复核成绩), as another person than the marker.

    Raises: DutyConflict: the marker, or kept out by a wall. RuleBroken: nothing to confirm.
    """
    lock(sitting)
    results = list(queries.results_of_sitting(sitting.id))
    require(
        Permission.MARK_CONFIRM,
        actor,
        sitting,
        not_author=_apart(actor, [each.marked_by_id for each in results]),
        state=True,
    )
    _require_state(results, ResultState.MARKED, "nothing-to-confirm")
    for result in results:
        result.state = ResultState.CONFIRMED
        result.confirmed_by_id, result.confirmed_at = actor.account_id, clock.now()
    _record(Action.RESULT_CONFIRMED, actor, sitting, results)
    return results


def release_results(sitting: Sitting, *, actor: Actor) -> list[Result]:
    """Release the results of a sitting (发布成绩), as a third person.

    The bank is given what the answers say of its items.
    Raises: DutyConflict: marker or confirmer, nobody confirmed, or kept out by a wall.
        RuleBroken: released already, or a changed key waits for its decision.
    """
    lock(sitting)
    results = list(queries.results_of_sitting(sitting.id))
    authors = [each.marked_by_id for each in results] + [
        each.confirmed_by_id for each in results if each.confirmed_by_id is not None
    ]
    require(
        Permission.RESULT_RELEASE,
        actor,
        sitting,
        not_author=_apart(actor, authors),
        two=bool(results) and all(each.confirmed_by_id is not None for each in results),
        window=sitting.closed_at is not None and clock.now() >= sitting.closed_at,
        state=True,
    )
    _require_state(results, ResultState.CONFIRMED, "nothing-to-release")
    if queries.open_regrade(sitting.id) is not None:
        raise RuleBroken("regrade-open")
    for result in results:
        result.state = ResultState.RELEASED
        result.released_by_id, result.released_at = actor.account_id, clock.now()
    _record(Action.RESULT_RELEASED, actor, sitting, results)
    session().flush()
    record_item_statistics(sitting, actor=actor)
    return results


def _apart(actor: Actor, account_ids: Sequence[int]) -> bool:
    """Return whether the actor is another natural person than all of them; none is not apart."""
    return bool(account_ids) and not any(
        people.same_person(actor, each) for each in set(account_ids)
    )


def _require_state(results: Sequence[Result], wanted: ResultState, code: str) -> None:
    if not results or any(each.state is not wanted for each in results):
        raise RuleBroken(code)


def _record(action: Action, actor: Actor, sitting: Sitting, results: Sequence[Result]) -> None:
    trail.record(
        action,
        actor,
        sitting,
        sitting_id=sitting.id,
        class_id=sitting.class_id,
        results=len(results),
        passed=sum(each.outcome is Outcome.PASS for each in results),
    )
