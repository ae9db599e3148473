"""Reads of marking: results of a sitting, a class, a person; the marks behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, select
from sqlalchemy.sql import Select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.attempts import queries as attempts
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.marking import repeats, rules
from exam_app.marking.models import Mark, Regrade, Result
from exam_app.marking.terms import Outcome, RegradeState, ResultState
from exam_app.papers.models import Paper
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Entry, Sitting
from exam_app.sittings.terms import SittingKind
from exam_app.training import queries as training
from exam_app.training.models import Enrolment, TrainingClass


@dataclass(frozen=True)
class OwnResult:
    """One of a person's released results, and until when a retake may begin.

    Args: may_sit_again: it was sat in a void sitting and is repeated.
    """

    result: Result
    sitting: Sitting
    retake_until: dt.datetime | None
    may_sit_again: bool
    clause: str

    @property
    def is_void(self) -> bool:
        """Return whether the whole sitting was declared void."""
        return repeats.is_void(self.sitting.id)

    @property
    def training_class(self) -> TrainingClass:
        """Return the class that was examined."""
        return self.sitting.training_class


@dataclass(frozen=True)
class Crossing:
    """What a changed key does to one candidate's result."""

    effect: rules.Effect
    entry: Entry


@dataclass(frozen=True)
class ResultSheet:
    """The results of one sitting with everything its page says about them (成绩册)."""

    sitting: Sitting
    results: Sequence[Result]
    regrades: Sequence[Regrade]
    counts: dict[Outcome, int]
    marked_by: str
    confirmed_by: str
    released_by: str
    pass_mark: Decimal | None
    full_marks: int | None
    clause: str
    repeaters: int

    @property
    def state(self) -> ResultState | None:
        """Return where the results stand, None before marking."""
        return self.results[0].state if self.results else None


# ---- for the office 考试方


def marking_facts(actor: Actor, sitting: Sitting) -> dict[str, bool]:
    """Return what the walls ask of somebody who marks; the authority's markers are assigned."""
    facts = sittings.wall_facts(actor, sitting)
    return facts | {"assigned": attempts.serves(actor, sitting)}


def see_results(sitting_id: int, actor: Actor) -> Sitting:
    """Return a sitting whose results the actor may see; the walls are asked.

    Raises: Missing; DutyConflict.
    """
    sitting = sittings.get_sitting(sitting_id, actor)
    duties.require(Permission.RESULT_VIEW, actor, **marking_facts(actor, sitting))
    return sitting


def see_result(result_id: int, actor: Actor) -> tuple[Result, Sitting]:
    """Return a result with its sitting; the walls are asked. Raises: Missing; DutyConflict."""
    result = session().get(Result, result_id)
    if result is None:
        raise Missing(kind="result")
    return result, see_results(result.entry.sitting_id, actor)


def result_sheet(sitting: Sitting) -> ResultSheet:
    """Return the results of a sitting as its page shows them, with the clause of the pass mark."""
    results = results_of_sitting(sitting.id)
    first = results[0] if results else None
    sat = next((each for each in results if each.pass_mark is not None), None)
    policy = training.policy_of(sitting.training_class)
    return ResultSheet(
        sitting,
        results,
        regrades_of(sitting.id),
        {each: sum(row.outcome is each for row in results) for each in Outcome},
        name_of(first.marked_by_id if first else None),
        name_of(first.confirmed_by_id if first else None),
        name_of(first.released_by_id if first else None),
        sat.pass_mark if sat else None,
        sat.full_marks if sat else None,
        rules.clause_line(policy.source("exam.pass_mark")),
        len(repeats.repeaters(sitting.class_id)),
    )


def results_of_sitting(sitting_id: int) -> Sequence[Result]:
    """Return the results of a sitting by ticket number, whatever their state."""
    query = _results().where(Entry.sitting_id == sitting_id)
    return session().scalars(query.order_by(Entry.ticket_number)).all()


def results_of(class_id: int) -> Sequence[Result]:
    """Return all results of a class, first attempts before retakes, whatever their state."""
    query = _results().join(Sitting, Sitting.id == Entry.sitting_id)
    query = query.where(Sitting.class_id == class_id)
    return session().scalars(query.order_by(Sitting.id, Entry.ticket_number)).all()


def final_results(class_id: int) -> list[Result]:
    """Return what counts for each person of a class: one released result for each enrolment.

    A pass in either attempt counts, else the last one; in the order of the roster. Who has no
    released result is left out; those of a sitting declared void do not count.
    """
    return _final(_released_of(class_id))


def void_results(class_id: int) -> list[Result]:
    """Return the released results of a class's sittings that were declared void."""
    released = _released_of(class_id)
    void = _void_among(released)
    return [each for each in released if each.entry.sitting_id in void]


def _released_of(class_id: int) -> list[Result]:
    return [each for each in results_of(class_id) if each.state is ResultState.RELEASED]


def _void_among(results: Iterable[Result]) -> set[int]:
    return {each for each in {row.entry.sitting_id for row in results} if repeats.is_void(each)}


def _final(results: Iterable[Result]) -> list[Result]:
    rows = sorted(results, key=lambda each: each.entry_id)
    void = _void_among(rows)
    chosen: dict[int, Result] = {}
    for result in rows:
        if result.entry.sitting_id in void:
            continue
        before = chosen.get(result.entry.enrolment_id)
        if before is None or before.outcome is not Outcome.PASS:
            chosen[result.entry.enrolment_id] = result
    return [chosen[enrolment_id] for enrolment_id in sorted(chosen)]


def result_of_entry(entry_id: int) -> Result | None:
    """Return the result of an entry, None before marking."""
    return session().scalar(select(Result).where(Result.entry_id == entry_id))


def current_marks(attempt_ids: Iterable[int]) -> dict[int, dict[int, Mark]]:
    """Return attempt id → question → the mark that stands, the newest version."""
    query = (
        select(Mark)
        .where(Mark.attempt_id.in_(list(attempt_ids)))
        .order_by(Mark.attempt_id, Mark.question, Mark.version)
    )
    found: dict[int, dict[int, Mark]] = {}
    for mark in session().scalars(query):
        found.setdefault(mark.attempt_id, {})[mark.question] = mark
    return found


def marks_of(attempt_id: int) -> Sequence[Mark]:
    """Return every mark of an attempt, old versions too, question by question."""
    query = select(Mark).where(Mark.attempt_id == attempt_id)
    return session().scalars(query.order_by(Mark.question, Mark.version)).all()


def paper_of(sitting: Sitting) -> Paper:
    """Return the paper that was opened for a sitting. Raises: Missing."""
    found = session().get(Paper, attempts.released(sitting.id).paper_id)
    if found is None:
        raise Missing(kind="paper")
    return found


def sitting_of_paper(paper: Paper) -> Sitting:
    """Return the sitting a paper was drawn for, for a service that checks the walls itself."""
    found = session().get(Sitting, paper.sitting_id)
    if found is None:
        raise Missing(kind="sitting")
    return found


# ---- changed keys 改判


def regrades_of(sitting_id: int) -> Sequence[Regrade]:
    """Return the regrades of a sitting's papers, the newest first."""
    query = (
        select(Regrade)
        .join(Paper, Paper.id == Regrade.paper_id)
        .where(Paper.sitting_id == sitting_id)
    )
    return session().scalars(query.order_by(Regrade.id.desc())).all()


def open_regrade(sitting_id: int) -> Regrade | None:
    """Return the regrade of a sitting that waits for its decision, None where none does."""
    waiting = (each for each in regrades_of(sitting_id) if each.state is RegradeState.PROPOSED)
    return next(waiting, None)


def see_regrade(regrade_id: int, actor: Actor) -> tuple[Regrade, Sitting]:
    """Return a regrade with its sitting; the walls are asked. Raises: Missing; DutyConflict."""
    regrade = session().get(Regrade, regrade_id)
    if regrade is None:
        raise Missing(kind="regrade")
    return regrade, see_results(_paper(regrade).sitting_id, actor)


def _paper(regrade: Regrade) -> Paper:
    return session().get_one(Paper, regrade.paper_id)


def paper_of_regrade(regrade: Regrade) -> Paper:
    """Return the paper a regrade is about."""
    return _paper(regrade)


def crossings(regrade: Regrade) -> list[Crossing]:
    """Return what a regrade does to each candidate, those who cross the pass mark first."""
    effects = [rules.Effect.from_dict(each) for each in regrade.effect]
    rows = [
        Crossing(effect, session().get_one(Result, effect.result_id).entry) for effect in effects
    ]
    return sorted(rows, key=lambda row: (not row.effect.crosses, row.entry.ticket_number))


# ---- retakes 补考


def released_at(sitting: Sitting) -> dt.datetime | None:
    """Return when the sitting's results were released, None while one is not."""
    moments = [each.released_at for each in results_of_sitting(sitting.id)]
    found = [moment for moment in moments if moment is not None]
    return max(found) if found and len(found) == len(moments) else None


def retake_limit(sitting: Sitting) -> dt.datetime | None:
    """Return when the retake should have begun at the latest.

    None before the release, and where no days bind.
    """
    at = released_at(sitting)
    if at is None or not repeats.days_bind(repeats.repeaters(sitting.class_id)):
        return None
    return rules.retake_until(training.policy_of(sitting.training_class), at)


def retake_of(sitting: Sitting) -> Sitting | None:
    """Return the last retake sitting of the class, None where none is scheduled."""
    return sittings.sitting_of(sitting.class_id, SittingKind.RETAKE)


# ---- for everybody else: released results alone


def passed_of(class_id: int, actor: Actor) -> tuple[TrainingClass, list[Result]]:
    """Return a provider's own class with who passed; no marks, nobody who failed.

    Raises: Missing: another provider's class.
    Source: 伊应急函〔2025〕41号 四（五） "参加培训并考试合格的".
    """
    training_class = training.get_class(class_id, actor)
    if not actor.belongs_to(training_class.provider_id):
        raise Missing(kind="training_class")
    duties.require(Permission.RESULT_VIEW_CLASS, actor, own_org=True, state=True, masked=True)
    passed = [each for each in final_results(class_id) if each.outcome is Outcome.PASS]
    return training_class, passed


def results_for_enterprise(actor: Actor) -> list[tuple[Result, TrainingClass]]:
    """Return how the actor's own enterprise's people did, the newest class first; no marks."""
    duties.require(Permission.RESULT_VIEW_ENTERPRISE, actor, own_org=True, state=True, masked=True)
    own = Enrolment.enterprise_id.in_(actor.organisation_ids or {0})
    final = _final(session().scalars(_released(own)))
    rows = [(each, training.class_of(each.entry.enrolment)) for each in final]
    return sorted(rows, key=lambda row: (-row[1].id, row[0].entry.enrolment_id))


def results_for_person(person_id: int) -> list[OwnResult]:
    """Return a person's released results, the newest first."""
    rows = session().scalars(_released(Enrolment.person_id == person_id))
    own = [_own_result(result) for result in rows]
    return sorted(own, key=lambda row: row.sitting.starts_at, reverse=True)


def _own_result(result: Result) -> OwnResult:
    sitting = sittings.sitting_of_entry(result.entry)
    policy = training.policy_of(sitting.training_class)
    due = repeats.repeaters_of_enrolment(result.entry.enrolment_id)
    own = next((each for each in due if each.result.id == result.id), None)
    key = "exam.retakes" if own else "exam.pass_mark"
    until = rules.retake_until(policy, result.released_at) if result.released_at else None
    return OwnResult(
        result,
        sitting,
        until if own and not own.is_void else None,
        own is not None and own.is_void,
        rules.clause_line(policy.source(key)),
    )


def released_by_ticket(ticket_number: str) -> Result | None:
    """Return the released result of a ticket, None where there is none."""
    return session().scalar(_released(Entry.ticket_number == ticket_number))


def name_of(account_id: int | None) -> str:
    """Return the name of the person behind an account, empty for none."""
    return people.get_account(account_id).person.name if account_id else ""


def total_of(marks: Iterable[Mark]) -> Decimal:
    """Return the sum of marks, in points."""
    return sum((mark.marks for mark in marks), Decimal(0))


def _results() -> Select[Result]:
    return select(Result).join(Entry, Entry.id == Result.entry_id)


def _released(scope: ColumnElement[bool]) -> Select[Result]:
    query = _results().join(Enrolment, Enrolment.id == Entry.enrolment_id)
    return query.where(Result.state == ResultState.RELEASED, scope)
