"""Answering at the desk: what is acknowledged stays, what comes late or from elsewhere does not."""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from exam_app.access.terms import Role
from exam_app.attempts import queries, service
from exam_app.attempts.models import Attempt, Response, ResponseEvent
from exam_app.attempts.rules import AnswerUnreadable, QuestionUnknown
from exam_app.attempts.terms import Answer, AttemptState
from exam_app.audit.models import AuditEntry
from exam_app.core import clock as exam_clock
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.people.models import AuthSession
from exam_app.sittings import service as room
from exam_app.sittings.models import Entry
from exam_app.sittings.terms import IncidentKind, SittingMode
from tests.conftest import Clock
from tests.factories.attempts import (
    KEY,
    answer,
    candidate_of,
    close,
    make_running,
    right,
    sit,
    sitting_of,
    start,
)
from tests.factories.people import actor_of, make_actor, make_staff
from tests.factories.sittings import let_in, make_open, make_sitting, make_world


def browser_of(account_id: int) -> int:
    """Return the id of a new signed-in browser of the account."""
    with transaction():
        row = AuthSession(
            account_id=account_id,
            token_hash=str(session().scalar(select(func.count(AuthSession.id)))).encode() * 32,
            created_at=exam_clock.now(),
            seen_at=exam_clock.now(),
            ends_at=exam_clock.now(),
        )
        row.token_hash = row.token_hash[:32]
        session().add(row)
        session().flush()
        return row.id


def test_starting_fixes_the_deadline(app: Flask, clock: Clock) -> None:
    """The server says when the attempt ends; starting again is the same attempt."""
    world = make_running(clock.set)
    attempt = start(world.entries[0])
    assert attempt.deadline_at == sitting_of(world).ends_at
    assert start(world.entries[0]).id == attempt.id
    assert session().scalar(select(func.count(Attempt.id))) == 1


def test_who_may_not_start(app: Flask, clock: Clock) -> None:
    """Nobody starts another's attempt, before check-in, before the start or after the end."""
    world = make_running(clock.set, people=3, present=2)
    first, _, absent = world.entries
    with pytest.raises(DutyConflict) as refused, transaction():
        service.start(first, actor=candidate_of(world.entries[1]))
    assert refused.value.code == "duty-own"
    with pytest.raises(RuleBroken) as kept, transaction():
        service.start(absent, actor=candidate_of(absent))
    assert kept.value.code == "desk-not-checked-in"
    for moment in ("2025-03-12 08:55", "2025-03-12 11:01"):
        clock.set(moment)
        with pytest.raises(DutyConflict) as early, transaction():
            service.start(first, actor=candidate_of(first))
        assert early.value.code == "duty-window"


def test_a_paper_sitting_has_no_desk(app: Flask, clock: Clock) -> None:
    """Who sits on paper answers on paper."""
    world = make_running(clock.set, mode=SittingMode.PAPER)
    with pytest.raises(RuleBroken) as refused, transaction():
        service.start(world.entries[0], actor=candidate_of(world.entries[0]))
    assert refused.value.code == "desk-on-paper"


@pytest.mark.parametrize("role", [Role.CHIEF, Role.MARKER, Role.EXAM_ADMIN, Role.SYSADMIN])
def test_staff_do_not_answer(app: Flask, clock: Clock, role: Role) -> None:
    """No duty lets anybody start, answer or submit for a candidate."""
    world = make_running(clock.set, people=1)
    attempt = start(world.entries[0])
    actor = make_actor(role, organisation=world.authority)
    for act in (
        lambda: service.start(world.entries[0], actor=actor),
        lambda: service.save(attempt, [Answer(1, "A", 1)], actor=actor),
        lambda: service.submit(attempt, actor=actor),
        lambda: service.resume(attempt, actor=actor),
    ):
        with pytest.raises(NotAllowed), transaction():
            act()


def test_an_answer_is_acknowledged_as_it_is_stored(app: Flask, clock: Clock) -> None:
    """The receipt shows what stands in the database, sorted, with the server's clock."""
    world = make_running(clock.set)
    attempt = start(world.entries[0])
    with transaction():
        ack = service.save(attempt, [Answer(5, "ba", 1)], actor=candidate_of(attempt.entry))
    assert ack.stored == (Answer(5, "AB", 1),)
    assert ack.now == clock()
    assert ack.deadline_at == attempt.deadline_at
    assert queries.responses_of(attempt.id) == {5: "AB"}


def test_duplicates_and_old_copies_change_nothing(app: Flask, clock: Clock) -> None:
    """A repeated save is harmless; an older one is answered with what stands."""
    world = make_running(clock.set)
    attempt = start(world.entries[0])
    answer(attempt, {1: "A"}, seq=3)
    answer(attempt, {1: "A"}, seq=3)
    with transaction():
        ack = service.save(attempt, [Answer(1, "B", 2)], actor=candidate_of(attempt.entry))
    assert ack.stored == (Answer(1, "A", 3),)
    assert not ack.holds(Answer(1, "B", 2))
    answer(attempt, {1: "C"}, seq=4)
    events = session().scalars(select(ResponseEvent.value).order_by(ResponseEvent.id)).all()
    assert events == ["A", "C"]
    assert queries.responses_of(attempt.id) == {1: "C"}


def test_an_answer_may_be_taken_back(app: Flask, clock: Clock) -> None:
    """A blank is an answer too; the log keeps what was there."""
    world = make_running(clock.set)
    attempt = start(world.entries[0])
    answer(attempt, {1: "A"}, seq=1)
    answer(attempt, {1: ""}, seq=2)
    assert queries.responses_of(attempt.id) == {1: ""}
    assert queries.progress_of(sitting_of(world))[0].answered == 0


def test_saving_enters_no_audit_entry(app: Flask, clock: Clock) -> None:
    """Candidates do not wait for each other in the trail while they answer."""
    world = make_running(clock.set)
    attempt = start(world.entries[0])
    before = session().scalar(select(func.count()).select_from(AuditEntry))
    answer(attempt, {1: "A", 2: "B"})
    assert session().scalar(select(func.count()).select_from(AuditEntry)) == before


def test_bad_answers_are_named(app: Flask, clock: Clock) -> None:
    """A question the paper does not have, or no letters, is refused and nothing is kept of it."""
    world = make_running(clock.set)
    attempt = start(world.entries[0])
    with pytest.raises(QuestionUnknown):
        answer(attempt, {1: "A", 11: "A"})
    with pytest.raises(AnswerUnreadable):
        answer(attempt, {1: "A", 2: "九"})
    assert queries.responses_of(attempt.id) == {}


def test_the_deadline_has_a_minute_of_grace(app: Flask, clock: Clock) -> None:
    """At the deadline plus a minute an answer is kept, a second later it is refused."""
    world = make_running(clock.set)
    attempt = start(world.entries[0])
    clock.at = attempt.deadline_at
    clock.forward(seconds=60)
    answer(attempt, {1: "A"}, seq=1)
    clock.forward(seconds=1)
    with pytest.raises(DutyConflict) as refused:
        answer(attempt, {1: "B"}, seq=2)
    assert refused.value.code == "duty-window"
    with pytest.raises(DutyConflict), transaction():
        service.submit(attempt, actor=candidate_of(attempt.entry))
    assert queries.responses_of(attempt.id) == {1: "A"}


def test_an_extension_carries_the_deadline(app: Flask, clock: Clock) -> None:
    """When the chief gives the room ten minutes more, every open attempt has them."""
    world = make_running(clock.set)
    attempt = start(world.entries[0])
    before = queries.deadline_of(attempt)
    with transaction():
        room.extend_sitting(
            sitting_of(world),
            minutes=10,
            reason="停电十分钟",
            second=world.actor(world.invigilators[0]),
            actor=world.actor(world.chief),
        )
    assert (queries.deadline_of(attempt) - before).total_seconds() == 600
    clock.set("2025-03-12 11:08")
    answer(attempt, {1: "A"})


def test_submission_freezes_the_answers(app: Flask, clock: Clock) -> None:
    """A second submission changes nothing, and after the first no answer is taken."""
    world = make_running(clock.set)
    attempt = sit(world.entries[0], {1: "A", 5: "AB"})
    at, digest = attempt.submitted_at, attempt.responses_digest
    assert digest == queries.digest_of(attempt)
    clock.forward(minutes=1)
    with transaction():
        again = service.submit(attempt, actor=candidate_of(attempt.entry))
    assert (again.submitted_at, again.responses_digest) == (at, digest)
    with pytest.raises(DutyConflict) as refused:
        answer(attempt, {1: "B"}, seq=9)
    assert refused.value.code == "duty-state"
    with pytest.raises(NotAllowed), transaction():
        service.submit(attempt, actor=candidate_of(world.entries[1]))


def test_the_digest_enters_the_trail(app: Flask, clock: Clock) -> None:
    """The digest over the answers stands in the trail, so a later change can be seen."""
    world = make_running(clock.set)
    attempt = sit(world.entries[0], {1: "A"})
    entry = (
        session()
        .scalars(select(AuditEntry).where(AuditEntry.action == "attempts:attempt:submit"))
        .one()
    )
    assert attempt.responses_digest in str(entry.detail)
    row = session().get_one(Response, (attempt.id, 1))
    with transaction():
        row.value = "B"
    assert queries.digest_of(attempt) != attempt.responses_digest


def test_the_log_of_answers_is_append_only(app: Flask, clock: Clock) -> None:
    """No saved change can be rewritten or removed."""
    world = make_running(clock.set)
    answer(start(world.entries[0]), {1: "A"})
    for statement in ("UPDATE response_event SET value = 'B'", "DELETE FROM response_event"):
        with pytest.raises(DBAPIError), transaction():
            session().connection().exec_driver_sql(statement)


def test_another_seat_takes_over(app: Flask, clock: Clock) -> None:
    """After a change of seats the answers are there, and the first seat writes no more."""
    world = make_running(clock.set)
    entry = world.entries[0]
    who = candidate_of(entry)
    assert who.account_id is not None
    here = replace(who, session_id=browser_of(who.account_id))
    there = replace(who, session_id=browser_of(who.account_id))
    with transaction():
        attempt = service.start(entry, actor=here)
        service.save(attempt, [Answer(5, "AB", 1)], actor=here)
    for act in (
        lambda: service.start(entry, actor=there),
        lambda: service.save(attempt, [Answer(5, "A", 2)], actor=there),
        lambda: service.submit(attempt, actor=there),
    ):
        with pytest.raises(RuleBroken) as refused, transaction():
            act()
        assert refused.value.code == "desk-elsewhere"
    with transaction():
        service.resume(attempt, actor=there)
    assert attempt.epoch == 2
    with pytest.raises(RuleBroken), transaction():
        service.save(attempt, [Answer(5, "C", 9)], actor=here)
    with transaction():
        service.save(attempt, [Answer(6, "A", 2)], actor=there)
        service.resume(attempt, actor=there)
    assert attempt.epoch == 2
    assert queries.responses_of(attempt.id) == {5: "AB", 6: "A"}


def test_disqualified_answers_no_more(app: Flask, clock: Clock) -> None:
    """Whose exam two invigilators ended can't go on at the desk."""
    world = make_running(clock.set)
    attempt = start(world.entries[0])
    with transaction():
        incident = room.report_incident(
            sitting_of(world),
            kind=IncidentKind.PHONE,
            description="使用手机",
            entry=world.entries[0],
            actor=world.actor(world.chief),
        )
    with transaction():
        room.countersign_incident(incident, actor=world.actor(world.invigilators[0]))
    with pytest.raises(DutyConflict) as refused:
        answer(attempt, {1: "A"})
    assert refused.value.code == "duty-state"


def test_the_close_collects_what_was_saved(app: Flask, clock: Clock) -> None:
    """Nobody needs a last click: the saved answers of an open attempt are collected."""
    world = make_running(clock.set)
    attempt = start(world.entries[0])
    answer(attempt, {1: "A", 2: "B"})
    submitted = sit(world.entries[1], right(3))
    close(world, clock.set)
    assert attempt.state is AttemptState.SUBMITTED
    assert attempt.responses_digest == queries.digest_of(attempt)
    assert queries.responses_of(attempt.id) == {1: "A", 2: "B"}
    assert submitted.submitted_at is not None
    assert submitted.submitted_at < sitting_of(world).ends_at
    with transaction():
        again = service.close_attempts(sitting_of(world), actor=world.actor(world.chief))
    assert again == []


def test_who_collects_and_when(app: Flask, clock: Clock) -> None:
    """The chief of the closed sitting collects, once no answer sent in time can arrive."""
    world = make_running(clock.set)
    sitting = sitting_of(world)
    start(world.entries[0])
    with pytest.raises(DutyConflict), transaction():
        service.close_attempts(sitting, actor=world.actor(world.chief))
    clock.set("2025-03-12 11:00")
    with transaction():
        room.close_sitting(
            sitting,
            scripts=3,
            second=world.actor(world.invigilators[0]),
            actor=world.actor(world.chief),
        )
    with pytest.raises(RuleBroken) as refused, transaction():
        service.close_attempts(sitting, actor=world.actor(world.chief))
    assert refused.value.code == "collecting-early"
    clock.forward(seconds=61)
    with transaction():
        marker = make_staff(Role.MARKER, organisation=world.authority)
    with pytest.raises(NotAllowed), transaction():
        service.close_attempts(sitting, actor=actor_of(marker))
    with transaction():
        assert len(service.close_attempts(sitting, actor=world.actor(world.chief))) == 1


def test_another_candidates_attempt_is_not_there(app: Flask, clock: Clock) -> None:
    """One's own attempt alone can be found, and only computer sittings have a desk."""
    world = make_running(clock.set)
    attempt = start(world.entries[0])
    own = candidate_of(world.entries[0])
    assert queries.get_attempt(attempt.id, own).id == attempt.id
    with pytest.raises(Missing):
        queries.get_attempt(attempt.id, candidate_of(world.entries[1]))
    rows = queries.desk_entries(own)
    assert [row.entry.id for row in rows] == [world.entries[0].id]
    assert rows[0].attempt is not None


def test_two_clicks_make_one_attempt(app: Flask, clock: Clock) -> None:
    """Starting twice at the same moment gives one attempt to both."""
    world = make_running(clock.set, people=1)
    entry_id, actor = world.entries[0].id, candidate_of(world.entries[0])
    db.session.remove()
    gate, made, failed = threading.Barrier(2), [], []

    def begin() -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    entry = session().get_one(Entry, entry_id)
                    made.append(service.start(entry, actor=actor).id)
            except Exception as problem:
                failed.append(problem)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(set(made)) == 1


def test_two_saves_at_once_keep_the_newer(app: Flask, clock: Clock) -> None:
    """Of two copies of an answer that arrive together the newer one stands, whichever is first."""
    world = make_running(clock.set, people=1)
    attempt_id, actor = start(world.entries[0]).id, candidate_of(world.entries[0])
    db.session.remove()
    gate, failed = threading.Barrier(2), []

    def write(letter: str, seq: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    attempt = session().get_one(Attempt, attempt_id)
                    service.save(attempt, [Answer(1, letter, seq)], actor=actor)
            except Exception as problem:
                failed.append(problem)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=write, args=pair) for pair in (("A", 1), ("B", 2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert queries.responses_of(attempt_id) == {1: "B"}


def test_the_desk_never_holds_a_key(app: Flask, clock: Clock) -> None:
    """What the desk can read of the paper is number, type, stem, options, marks, case, figures."""
    world = make_running(clock.set)
    desk = queries.desk_of(start(world.entries[0]))
    fields = {field.name for field in dataclasses.fields(desk.paper.questions[0])}
    assert fields == {"number", "type", "stem", "options", "marks", "case", "figures"}
    assert len(desk.paper.questions) == len(KEY)
    assert queries.question_of(desk, 5).type == "multiple"
    with pytest.raises(Missing):
        queries.question_of(desk, 11)


def test_nobody_starts_without_an_opened_paper(app: Flask, clock: Clock) -> None:
    """A sitting without an opened paper has nothing to answer."""
    world = make_world(1)
    make_sitting(world, mode=SittingMode.COMPUTER)
    make_open(world, clock.set)
    let_in(world, *world.entries)
    clock.set("2025-03-12 09:05")
    with pytest.raises(Missing) as refused, transaction():
        service.start(world.entries[0], actor=candidate_of(world.entries[0]))
    assert refused.value.code == "paper-not-open"
