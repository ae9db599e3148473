"""What a sitting's answers say of its items (试题分析): for the bank, and for the class's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.attempts.models import Attempt
from exam_app.bank import service as bank
from exam_app.core.db import session
from exam_app.marking import queries, rules
from exam_app.marking.service.answers import answers_of, ordering_of
from exam_app.marking.service.walls import require
from exam_app.marking.terms import RegradeState
from exam_app.papers import vault
from exam_app.papers.keysheet import KeySheet
from exam_app.sittings.models import Sitting
from exam_app.training import queries as training
from question_bank import PartialCredit, score
from question_bank.analysis import AskedItem, ClassAnalysis, Responses, analyse
from question_bank.copies import CopyPaper
from question_bank.item_counts import ItemCounts


@dataclass(frozen=True)
class Asked:
    """Which item stood at which place of a paper; nothing of its key."""

    number: int
    uid: str
    item_type: str
    is_regraded: bool


@dataclass(frozen=True)
class SittingAnalysis:
    """The numbers of one sitting, the items in the order of its paper."""

    items: tuple[Asked, ...]
    numbers: ClassAnalysis


@dataclass(frozen=True)
class _Taken:
    """Everybody's choices, in the order of the bank, and marks as they stand, in points."""

    sheet: KeySheet
    asked: tuple[AskedItem, ...]
    responses: Responses
    earned: list[list[Decimal]]
    regraded: frozenset[int]
    partial: PartialCredit


def sitting_analysis(sitting: Sitting, *, actor: Actor) -> SittingAnalysis | None:
    """Return the numbers of a sitting whose results are released; None where nobody sat.

    No stem, no option and no key are in it.
    Raises: DutyConflict: not released yet, or kept out by a wall. Missing: another authority's.
    """
    released = queries.released_at(sitting) is not None
    require(Permission.REPORT_ANALYSIS, actor, sitting, state=released)
    taken = _taken(sitting)
    if taken is None:
        return None
    return SittingAnalysis(
        tuple(
            Asked(each.number, each.uid, each.item_type.value, each.number in taken.regraded)
            for each in taken.sheet.entries
        ),
        analyse(taken.responses, taken.asked, earned=taken.earned),
    )


def record_item_statistics(sitting: Sitting, *, actor: Actor) -> int:
    """Give the bank what a sitting's answers say of its items; return of how many.

    Marks are those that stand. An item whose key was changed is judged by the key the bank
    holds, against totals under the changed one: what is wrong with it stays to be seen.
    """
    taken = _taken(sitting)
    if taken is None or not taken.sheet.orders:
        return 0
    return bank.record_statistics(
        _counts(taken),
        sitting_id=sitting.id,
        authority_id=sitting.training_class.project.authority_id,
        actor=actor,
    )


def _taken(sitting: Sitting) -> _Taken | None:
    sat = [
        each.attempt_id
        for each in queries.results_of_sitting(sitting.id)
        if each.attempt_id is not None
    ]
    if not sat:
        return None
    sheet = vault.marking_key(queries.paper_of(sitting).id)
    ordering = ordering_of(sheet)
    marks = queries.current_marks(sat)
    numbers = [entry.number for entry in sheet.entries]
    rule = rules.pass_rule(
        training.policy_of(sitting.training_class), full_marks=int(sheet.full_marks)
    )
    return _Taken(
        sheet=sheet,
        asked=_asked(sheet),
        responses=[_chosen(attempt_id, sheet, ordering) for attempt_id in sat],
        earned=[[marks[attempt_id][number].marks for number in numbers] for attempt_id in sat],
        regraded=frozenset(
            each.question
            for each in queries.regrades_of(sitting.id)
            if each.state is RegradeState.APPLIED
        ),
        partial=rule.partial,
    )


def _orders(sheet: KeySheet) -> Sequence[tuple[int, ...]]:
    """Return each entry's options as shown → in the bank; as shown where that was not kept."""
    return sheet.orders or (tuple(range(len(rules.LETTERS))),) * len(sheet.entries)


def _asked(sheet: KeySheet) -> tuple[AskedItem, ...]:
    return tuple(
        AskedItem(
            entry.uid, frozenset(order[shown] for shown in entry.key), len(order), entry.marks
        )
        for entry, order in zip(sheet.entries, _orders(sheet), strict=True)
    )


def _chosen(attempt_id: int, sheet: KeySheet, ordering: CopyPaper | None) -> list[frozenset[int]]:
    """Return what was chosen of each entry, as in the bank; what is no option of it is left out."""
    answers = answers_of(session().get_one(Attempt, attempt_id), sheet, ordering)
    return [
        frozenset(
            order[shown]
            for shown in rules.choice_of(answers.get(entry.number, ""))
            if shown < len(order)
        )
        for entry, order in zip(sheet.entries, _orders(sheet), strict=True)
    ]


def _counts(taken: _Taken) -> dict[str, ItemCounts]:
    numbers = analyse(taken.responses, taken.asked, earned=taken.earned)
    found = {each.uid: each.counts for each in numbers.items}
    for place, entry in enumerate(taken.sheet.entries):
        if entry.number in taken.regraded:
            held = _under_own_key(taken, place)
            again = analyse(held.responses, held.asked, earned=held.earned)
            found[entry.uid] = again.items[place].counts
    return found


def _under_own_key(taken: _Taken, place: int) -> _Taken:
    """Return the same with one item marked by the key the paper was printed with."""
    entry, item = taken.sheet.entries[place], taken.asked[place]
    earned = [list(row) for row in taken.earned]
    for row, answers in zip(earned, taken.responses, strict=True):
        row[place] = score(
            answers[place],
            item.key,
            item_type=entry.item_type,
            marks=entry.marks,
            partial=taken.partial,
        )
    return replace(taken, earned=earned)
