"""A whole sitting declared void: certificates, hours and what may still be prepared."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select

from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.audit.verify import verify
from exam_app.certificates import decisions, pages, queries, service
from exam_app.certificates.models import Certificate, SittingVoiding
from exam_app.certificates.service import certificate_changed
from exam_app.certificates.terms import CertificateState, VerdictState
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import DutyConflict, RuleBroken
from exam_app.credits import queries as credit_queries
from exam_app.credits import service as credits_
from exam_app.marking import queries as marking
from exam_app.marking.terms import Outcome
from exam_app.sittings.models import Sitting
from exam_app.sittings.terms import SittingState
from tests.factories.certificates import approver_of, make_revoked, make_signed, officer_of
from tests.factories.finished import Finished, make_finished
from tests.factories.people import actor_of


@pytest.fixture
def class_of_four(app: Flask) -> Finished:
    """Return a class of which four passed, signed; the hours of three are credited."""
    made = make_finished(*[Outcome.PASS] * 4, certified=False)
    rows = make_signed(made)
    officer = actor_of(officer_of(made))
    for row in rows[:3]:
        with transaction():
            credits_.credit(row, actor=officer)
    return made


def asked(made: Finished) -> SittingVoiding:
    with transaction():
        return service.ask_voiding(
            made.sitting, reason="整场泄题", actor=actor_of(approver_of(made))
        )


def states(made: Finished) -> list[CertificateState]:
    session().rollback()
    return [row.state for row in queries.certificates_of(made.training_class.id)]


def standing_hours(made: Finished) -> int:
    return int(sum(line.hours for line in credit_queries.lines_of_class(made.training_class.id)))


def test_two_persons_void_a_sitting_in_one_transaction(class_of_four: Finished) -> None:
    """All certificates revoked, all hours back, one entry for the sitting, results as they were."""
    made = class_of_four
    rows = queries.certificates_of(made.training_class.id)
    before = [(each.outcome, each.total) for each in marking.results_of(made.training_class.id)]
    make_revoked(rows[0], made)
    voiding = asked(made)
    assert states(made) == [CertificateState.REVOKED, *[CertificateState.VALID] * 3]
    first = queries.people.get_account(voiding.asked_by_id)
    with pytest.raises(DutyConflict, match="duty-two"), transaction():
        service.decide_voiding(voiding, actor=actor_of(first))
    with transaction():
        numbers = service.decide_voiding(voiding, actor=actor_of(approver_of(made)))
    assert numbers == [row.number for row in rows[1:]]
    assert states(made) == [CertificateState.REVOKED] * 4
    assert standing_hours(made) == 0
    for row in queries.certificates_of(made.training_class.id):
        assert pages.verdict_of(row).verdict.state is VerdictState.REVOKED
    after = [(each.outcome, each.total) for each in marking.results_of(made.training_class.id)]
    assert after == before
    (entry,) = session().scalars(
        select(AuditEntry).where(AuditEntry.action == Action.SITTING_VOIDED.value)
    )
    assert json.loads(entry.detail)["numbers"] == numbers
    session().rollback()
    assert verify(db.engine) == []


def test_nothing_of_a_voiding_stays_when_one_step_fails(class_of_four: Finished) -> None:
    """The last certificate's hours cannot be taken back: no certificate ends, no hour goes."""
    made, voiding, seen = class_of_four, asked(class_of_four), []

    def stumble(row: Certificate, reason: str, actor: object) -> None:
        seen.append(row.number)
        if len(seen) == 3:
            raise RuntimeError(reason)

    certificate_changed.append(stumble)
    try:
        with pytest.raises(RuntimeError, match="整场泄题"), transaction():
            service.decide_voiding(voiding, actor=actor_of(approver_of(made)))
    finally:
        certificate_changed.remove(stumble)
    assert states(made) == [CertificateState.VALID] * 4
    assert standing_hours(made) == 72
    assert session().get_one(SittingVoiding, voiding.id).is_open


def test_on_a_void_sitting_nothing_is_prepared_or_signed(app: Flask) -> None:
    """What waited for its signature is cancelled; the persons are told what is missing."""
    made = make_finished(Outcome.PASS, Outcome.PASS, certified=False)
    officer = actor_of(officer_of(made))
    with transaction():
        service.prepare_one(made.enrolments[0], actor=officer)
    voiding = asked(made)
    with transaction():
        service.decide_voiding(voiding, actor=actor_of(approver_of(made)))
    assert states(made) == [CertificateState.CANCELLED]
    with transaction():
        assert service.prepare(made.training_class, actor=officer) == []
    assert {each.missing for each in service.missing(made.training_class)} == {("sitting-voided",)}
    with pytest.raises(RuleBroken, match="certificate-sitting-voided") as caught, transaction():
        service.prepare_one(made.enrolments[1], actor=officer)
    assert caught.value.facts["clause"]


def test_a_voiding_is_asked_once_decided_once_and_may_be_rejected(made: Finished) -> None:
    """Only of a sitting that is over, with a reason; rejected it may be asked again."""
    approver, second = (actor_of(approver_of(made)) for _ in range(2))
    with transaction():
        row = session().get_one(Sitting, made.sitting.id)
        row.state = SittingState.OPEN
        with pytest.raises(RuleBroken, match="voiding-not-over"):
            service.ask_voiding(row, reason="泄题", actor=approver)
        row.state = SittingState.HANDED_OVER
        trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, ("test", 1))
    with pytest.raises(DutyConflict, match="duty-reason"), transaction():
        service.ask_voiding(made.sitting, reason=" ", actor=approver)
    voiding = asked(made)
    with pytest.raises(RuleBroken, match="voiding-asked"):
        asked(made)
    with transaction():
        service.reject_voiding(voiding, actor=second)
    with pytest.raises(RuleBroken, match="voiding-decided"), transaction():
        service.decide_voiding(voiding, actor=second)
    assert decisions.voided_sittings(made.training_class.id) == set()
    again = asked(made)
    with transaction():
        service.decide_voiding(again, actor=second)
    assert decisions.voided_sittings(made.training_class.id) == {made.sitting.id}
    assert [each.rejected for each in decisions.voidings_of(made.sitting.id)] == [True, None]
