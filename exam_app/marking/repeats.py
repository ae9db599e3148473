"""Who has an attempt left (补考、重考): after a failed one, or because a sitting was void."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from exam_app.core.db import session
from exam_app.marking import rules
from exam_app.marking.models import Result
from exam_app.marking.terms import ResultState
from exam_app.sittings.models import Entry
from exam_app.training import queries as training
from exam_app.training.models import Enrolment

# Told by certificates: whether a sitting was declared void. Its results stay, and say so.
sitting_is_void: list[Callable[[int], bool]] = []


@dataclass(frozen=True)
class Repeater:
    """Who has an attempt left: after a result that was failed, or void and repeated itself."""

    result: Result
    is_void: bool


def is_void(sitting_id: int) -> bool:
    """Return whether a whole sitting was declared void (整场作废)."""
    return any(void(sitting_id) for void in sitting_is_void)


def repeaters(class_id: int) -> list[Repeater]:
    """Return who of a class has an attempt left, in the order of the roster."""
    return _among(Enrolment.class_id == class_id)


def repeaters_of_enrolment(enrolment_id: int) -> list[Repeater]:
    """Return the one enrolment if it has an attempt left."""
    return _among(Enrolment.id == enrolment_id)


def days_bind(rows: Iterable[Repeater]) -> bool:
    """Return whether the days of a retake bind: somebody sits one, not all repeat what was void."""
    return any(not each.is_void for each in rows)


def _among(scope: ColumnElement[bool]) -> list[Repeater]:
    query = (
        select(Entry, Result)
        .join(Enrolment, Enrolment.id == Entry.enrolment_id)
        .outerjoin(Result, Result.entry_id == Entry.id)
        .where(scope)
        .order_by(Entry.enrolment_id, Entry.id)
    )
    rows = session().execute(query).all()
    if not rows:
        return []
    void = {each: is_void(each) for each in {entry.sitting_id for entry, _ in rows}}
    policy = training.policy_of(training.class_of(rows[0][0].enrolment))
    histories: dict[int, list[tuple[rules.Taken, Result | None]]] = {}
    for entry, result in rows:
        taken = _taken(entry, result, void=void[entry.sitting_id])
        histories.setdefault(entry.enrolment_id, []).append((taken, result))
    found = []
    for history in histories.values():
        due = rules.next_attempt([taken for taken, _ in history], policy)
        after = history[due.place][1] if due else None
        if due is not None and after is not None:
            found.append(Repeater(after, due.is_repeat))
    return found


def _taken(entry: Entry, result: Result | None, *, void: bool) -> rules.Taken:
    released = result is not None and result.state is ResultState.RELEASED
    return rules.Taken(entry.attempt_number, result.outcome if result and released else None, void)
