"""A wrong key put right: the effect first, a second person then, the old mark stays."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from exam_app.access.terms import Role
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, DutyConflict, RuleBroken
from exam_app.marking import queries, service
from exam_app.marking.models import Mark, Regrade
from exam_app.marking.terms import Outcome, RegradeState
from tests.conftest import Clock
from tests.factories.attempts import KEY, close, make_running, right, sit, sitting_of
from tests.factories.marking import Office, make_office, make_over, mark, release
from tests.factories.people import actor_of, make_appointment
from tests.factories.sittings import World


def propose(
    world: World, office: Office, question: int, new_key: str, reason: str = "依据已修订"
) -> Regrade:
    """Propose another key for the world's paper."""
    paper = queries.paper_of(sitting_of(world))
    with transaction():
        return service.propose_regrade(
            paper, question=question, new_key=new_key, reason=reason, actor=office.checker
        )


def decide(regrade: Regrade, office: Office, *, apply: bool = True) -> Regrade:
    """Decide a proposal as the publisher."""
    with transaction():
        return service.decide_regrade(regrade, apply=apply, actor=office.publisher)


def totals(world: World) -> list[tuple[object, Outcome]]:
    """Return total and outcome in the order of the seats."""
    found = [queries.result_of_entry(entry.id) for entry in world.entries]
    return [(result.total, result.outcome) for result in found if result is not None]


def test_the_effect_is_shown_and_nothing_applied(app: Flask, clock: Clock) -> None:
    """A proposal says who gains, who loses and who crosses; results stay as they are."""
    world = make_over(clock.set, (8, 7, None))
    office = make_office(world)
    mark(world, office)
    before = totals(world)
    regrade = propose(world, office, 8, "B")
    assert totals(world) == before
    (row,) = queries.crossings(regrade)
    assert (row.entry.id, row.effect.before, row.effect.after) == (world.entries[0].id, 80, 70)
    assert (row.effect.outcome_before, row.effect.outcome_after) == (Outcome.PASS, Outcome.FAIL)


def test_everybody_gets_the_marks(app: Flask, clock: Clock) -> None:
    """With ALL each gets the full marks of the question, and one crosses the pass mark upwards."""
    world = make_over(clock.set, (9, 7, 3, None))
    office = make_office(world)
    release(world, office)
    regrade = propose(world, office, 10, "all")
    effects = [row.effect for row in queries.crossings(regrade)]
    assert [effect.crosses for effect in effects] == [True, False, False]
    decide(regrade, office)
    assert totals(world) == [
        (100, Outcome.PASS),
        (80, Outcome.PASS),
        (40, Outcome.FAIL),
        (None, Outcome.ABSENT),
    ]


def test_both_directions_at_once(app: Flask, clock: Clock) -> None:
    """Another key takes marks from those who had the old one and gives them to the others."""
    world = make_running(clock.set, people=2)
    sit(world.entries[0], right(8))
    sit(world.entries[1], right(7) | {8: "B"})
    close(world, clock.set)
    office = make_office(world)
    mark(world, office)
    decide(propose(world, office, 8, "B"), office)
    assert totals(world) == [(70, Outcome.FAIL), (80, Outcome.PASS)]


def test_the_old_mark_stays_readable(app: Flask, clock: Clock) -> None:
    """A changed mark is a new version tied to its regrade; the first one is still there."""
    world = make_over(clock.set, (8,))
    office = make_office(world)
    (result,) = mark(world, office)
    assert result.attempt_id is not None
    first = decide(propose(world, office, 8, "B"), office)
    second = decide(propose(world, office, 8, "AB"), office)
    marks = [each for each in queries.marks_of(result.attempt_id) if each.question == 8]
    assert [(each.version, each.marks, each.regrade_id) for each in marks] == [
        (1, 10, None),
        (2, 0, first.id),
        (3, 10, second.id),
    ]
    assert totals(world) == [(80, Outcome.PASS)]


def test_a_later_version_needs_its_regrade(app: Flask, clock: Clock) -> None:
    """The database takes no second version of a mark without a reason."""
    world = make_over(clock.set, (8,))
    (result,) = mark(world, make_office(world))
    held = {"question": 1, "version": 2, "marks": 0, "full_marks": 10, "marked_at": clock()}
    session().add(Mark(attempt_id=result.attempt_id, **held))
    with pytest.raises(IntegrityError):
        session().flush()


def test_a_multiple_key_scores_parts(app: Flask, clock: Clock) -> None:
    """Under another key of a multiple question half marks are given as the profile says."""
    world = make_over(clock.set, (10,))
    office = make_office(world)
    mark(world, office)
    decide(propose(world, office, 5, "ABC"), office)
    assert KEY[5] == "AB"
    assert totals(world) == [(95, Outcome.PASS)]


def test_a_rejected_key_changes_nothing(app: Flask, clock: Clock) -> None:
    """Rejected, the proposal stays in the books and the results as they were."""
    world = make_over(clock.set, (8,))
    office = make_office(world)
    mark(world, office)
    regrade = decide(propose(world, office, 8, "B"), office, apply=False)
    assert regrade.state is RegradeState.REJECTED
    assert totals(world) == [(80, Outcome.PASS)]
    with pytest.raises(RuleBroken) as refused:
        decide(regrade, office)
    assert refused.value.code == "regrade-decided"


def test_the_proposer_does_not_decide(app: Flask, clock: Clock) -> None:
    """A second natural person decides."""
    world = make_over(clock.set, (8,))
    office = make_office(world)
    mark(world, office)
    regrade = propose(world, office, 8, "B")
    with transaction():
        account = session().get_one(type(world.chief), office.checker.account_id)
        make_appointment(account, world.authority, Role.RESULT_PUBLISHER)
    with pytest.raises(DutyConflict) as refused, transaction():
        service.decide_regrade(regrade, apply=True, actor=actor_of(account))
    assert refused.value.code == "duty-not-author"


def test_one_proposal_at_a_time(app: Flask, clock: Clock) -> None:
    """While one waits there is no second, and no release."""
    world = make_over(clock.set, (8,))
    office = make_office(world)
    mark(world, office)
    with transaction():
        service.confirm_results(sitting_of(world), actor=office.checker)
    regrade = propose(world, office, 8, "B")
    with pytest.raises(RuleBroken) as twice:
        propose(world, office, 9, "A")
    assert twice.value.code == "regrade-open"
    with pytest.raises(RuleBroken) as held, transaction():
        service.release_results(sitting_of(world), actor=office.publisher)
    assert held.value.code == "regrade-open"
    decide(regrade, office)
    with transaction():
        service.release_results(sitting_of(world), actor=office.publisher)


def test_what_can_not_be_proposed(app: Flask, clock: Clock) -> None:
    """No reason, no such question, an unreadable key, nothing marked yet: refused."""
    world = make_over(clock.set, (8,))
    office = make_office(world)
    with pytest.raises(RuleBroken) as early:
        propose(world, office, 1, "B")
    assert early.value.code == "not-marked"
    mark(world, office)
    with pytest.raises(DutyConflict):
        propose(world, office, 1, "B", reason=" ")
    for question, key in ((11, "A"), (1, "甲")):
        with pytest.raises(BadInput):
            propose(world, office, question, key)
    assert queries.regrades_of(sitting_of(world).id) == []


def test_an_outdated_effect_is_not_applied(app: Flask, clock: Clock) -> None:
    """If the stored effect is no longer what would happen, the proposal is refused."""
    world = make_over(clock.set, (8,))
    office = make_office(world)
    mark(world, office)
    regrade = propose(world, office, 8, "B")
    effect = [dict(each, after="1") for each in regrade.effect]
    table = Regrade.metadata.tables["regrade"]
    with transaction():
        session().connection().execute(table.update().values(effect=effect))
    with pytest.raises(RuleBroken) as refused:
        decide(regrade, office)
    assert refused.value.code == "regrade-outdated"
