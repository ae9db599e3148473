"""Held up, let go on, issued anew, put right: asked by one, decided by another."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from exam_app.access.actor import Actor
from exam_app.access.terms import Role
from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.audit.verify import verify
from exam_app.certificates import decisions, listing, pages, queries, record, rules, service
from exam_app.certificates.models import Certificate, CertificateChange
from exam_app.certificates.terms import (
    CertificateState,
    ChangeKind,
    Reason,
    Standing,
    VerdictState,
)
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.credits import queries as credit_queries
from exam_app.credits import service as credits_
from exam_app.marking.terms import Outcome
from exam_app.people import service as people
from tests.conftest import Clock
from tests.factories.certificates import (
    approver_of,
    make_key,
    make_prepared,
    make_revoked,
    make_signed,
    officer_of,
)
from tests.factories.finished import Finished, make_finished
from tests.factories.people import actor_of


def asked(row: Certificate, kind: ChangeKind, actor: Actor, reason: str = "遗失") -> int:
    """Return the id of a change that was asked for."""
    with transaction():
        return service.ask_change(row, kind, reason=reason, actor=actor).id


def decided(change_id: int, actor: Actor) -> Certificate:
    """Return the certificate that a second person's decision left."""
    with transaction():
        return service.decide_change(decisions.get_change(change_id), actor=actor)


def replaced(
    made: Finished, row: Certificate, kind: ChangeKind = ChangeKind.REPLACE
) -> Certificate:
    """Return the signed certificate that was issued in another's place."""
    approver = actor_of(approver_of(made))
    fresh = decided(asked(row, kind, actor_of(officer_of(made))), approver)
    with transaction():
        service.sign([fresh], actor=approver)
    return session().get_one(Certificate, fresh.id)


def state_of(row: Certificate) -> CertificateState:
    return session().get_one(Certificate, row.id).state


def trail_is_clean() -> bool:
    session().rollback()
    return verify(db.engine) == []


def test_a_certificate_is_held_up_and_let_go_on(made: Finished) -> None:
    """Two persons each time; the pages say so at once, and nothing is printed meanwhile."""
    (row,) = make_signed(made)
    first, second = (actor_of(approver_of(made)) for _ in range(2))
    change = asked(row, ChangeKind.SUSPEND, first, "核查中")
    assert pages.verdict_of(row).verdict.state is VerdictState.VALID
    with pytest.raises(DutyConflict, match="duty-two"):
        decided(change, first)
    decided(change, second)
    found = pages.verdict_of(row)
    assert (found.verdict.state, found.kind) == (VerdictState.SUSPENDED, "unknown")
    assert Reason.SUSPENDED in found.verdict.reasons
    with pytest.raises(RuleBroken, match="certificate-not-valid"), transaction():
        service.hand_out([row], b"pdf", actor=actor_of(officer_of(made)))
    assert queries.valid_of(made.training_class.id) == []
    decided(asked(row, ChangeKind.LIFT, second, "查无问题"), first)
    assert pages.verdict_of(row).verdict.state is VerdictState.VALID
    told = [Action.CERTIFICATE_SUSPENDED, Action.CERTIFICATE_RESTORED]
    query = select(AuditEntry.action).where(AuditEntry.action.in_([each.value for each in told]))
    assert set(session().scalars(query)) == {each.value for each in told}
    assert trail_is_clean()


def test_a_certificate_issued_anew_replaces_the_old_one(made: Finished) -> None:
    """New number and record, the same words and last day; each leads to the other."""
    (row,) = make_signed(made)
    fresh = replaced(made, row)
    old, new = record.from_plain(row.fields), record.from_plain(fresh.fields)
    assert fresh.number == rules.certificate_number("230700", 2025, 1, 2)
    same = dataclasses.replace(new, number=old.number, status=old.status, issued_on=old.issued_on)
    assert same == old
    assert (state_of(row), state_of(fresh)) == (CertificateState.REPLACED, CertificateState.VALID)
    assert queries.issued_facts(fresh).replaces == row
    assert queries.issued_facts(row).replaced_by == fresh
    assert pages.verdict_of(row).verdict.state is VerdictState.REPLACED
    assert pages.verdict_of(row).verdict.reasons == (Reason.REPLACED,)
    assert pages.verdict_of(fresh).verdict.state is VerdictState.VALID
    assert listing.fallen_places(row.status_list) == {row.status_index: Standing.REPLACED}
    assert service.missing(made.training_class)[0].missing == ("issued-already",)
    assert trail_is_clean()


def test_the_old_one_stays_valid_until_the_new_one_is_signed(made: Finished) -> None:
    """The decision takes the number; without a signature the holder loses nothing."""
    (row,) = make_signed(made)
    approver = actor_of(approver_of(made))
    change = asked(row, ChangeKind.REPLACE, actor_of(officer_of(made)))
    fresh = decided(change, approver)
    assert (state_of(row), state_of(fresh)) == (CertificateState.VALID, CertificateState.INTENDED)
    with pytest.raises(RuleBroken, match="change-decided"):
        decided(change, approver)
    make_revoked(row, made)
    assert state_of(fresh) is CertificateState.CANCELLED
    assert queries.unsigned_of(made.training_class.id) == []
    assert trail_is_clean()


def test_a_correction_says_what_holds_now(made: Finished) -> None:
    """The person is put right first; a correction that changes nothing is refused."""
    (row,) = make_signed(made)
    person, before = made.enrolments[0].person, row.fields["name"]
    officer, approver = actor_of(officer_of(made)), actor_of(approver_of(made))
    change = asked(row, ChangeKind.CORRECT, officer, "姓名有误")
    with pytest.raises(RuleBroken, match="certificate-same"):
        decided(change, approver)
    with transaction():
        clerk = actor_of(made.city.officer(Role.EXAM_ADMIN))
        people.mend_person(person, name="张𬭎", reason="户口簿为证", actor=clerk)
    fresh = decided(change, approver)
    with transaction():
        service.sign([fresh], actor=approver)
    assert (fresh.fields["name"], row.fields["name"]) == ("张𬭎", before)
    assert fresh.expires_on == row.expires_on
    assert queries.find(row.number, before) == row
    assert queries.find(fresh.number, "张𬭎") == fresh
    assert trail_is_clean()


def test_hours_follow_the_new_certificate(made: Finished) -> None:
    """Credited once, told under the new number, and taken back with it."""
    (row,) = make_signed(made)
    officer = actor_of(officer_of(made))
    with transaction():
        credits_.credit(row, actor=officer)
    fresh = replaced(made, row)
    with pytest.raises(RuleBroken, match="already-credited"), transaction():
        credits_.credit(fresh, actor=officer)
    assert credit_queries.uncredited(made.training_class.id) == []
    (line,) = credit_queries.lines_of_class(made.training_class.id)
    assert line.certificate_number == fresh.number
    make_revoked(fresh, made)
    lines = credit_queries.lines_of_class(made.training_class.id)
    assert sum(line.hours for line in lines) == 0
    assert len(lines) == 2
    assert trail_is_clean()


def test_a_replacement_after_the_pass_has_aged_is_still_given(made: Finished, clock: Clock) -> None:
    """The pass was good when the certificate was given; only an expired certificate is not."""
    (row,) = make_signed(made)
    clock.forward(days=500)
    make_key()
    fresh = replaced(made, row)
    assert (fresh.year, fresh.expires_on) == (2026, row.expires_on)
    clock.forward(days=800)
    change = asked(fresh, ChangeKind.REPLACE, actor_of(officer_of(made)))
    with pytest.raises(RuleBroken, match="certificate-expired"):
        decided(change, actor_of(approver_of(made)))


def test_who_asks_does_not_decide_and_may_be_told_no(made: Finished) -> None:
    """One open question at a time; rejected, it leaves everything as it was."""
    (row,) = make_signed(made)
    officer, approver = actor_of(officer_of(made)), actor_of(approver_of(made))
    with pytest.raises(DutyConflict, match="duty-reason"):
        asked(row, ChangeKind.REPLACE, officer, " ")
    with pytest.raises(NotAllowed, match="no-duty"):
        asked(row, ChangeKind.REPLACE, approver)
    with pytest.raises(NotAllowed, match="no-duty"):
        asked(row, ChangeKind.SUSPEND, officer)
    change = asked(row, ChangeKind.REPLACE, officer)
    with pytest.raises(RuleBroken, match="change-asked"):
        asked(row, ChangeKind.SUSPEND, approver)
    both = dataclasses.replace(officer, roles=approver.roles, posts=approver.posts)
    with pytest.raises(DutyConflict, match="duty-not-author"):
        decided(change, both)
    with transaction():
        service.reject_change(decisions.get_change(change), actor=approver)
    assert state_of(row) is CertificateState.VALID
    assert session().scalar(select(func.count(Certificate.id))) == 1
    with pytest.raises(RuleBroken, match="certificate-not-suspended"):
        asked(row, ChangeKind.LIFT, approver)
    with pytest.raises(Missing):
        decisions.get_change(99)
    assert trail_is_clean()


def test_a_rejected_revocation_may_be_asked_again(made: Finished) -> None:
    """Rejected by another person; then the same may be asked once more."""
    (row,) = make_signed(made)
    first, second = (actor_of(approver_of(made)) for _ in range(2))
    for _ in range(2):
        with transaction():
            revocation = service.ask_revocation(row, reason="替考", actor=first)
        with pytest.raises(DutyConflict, match="duty-two"), transaction():
            service.reject_revocation(revocation, actor=first)
        with transaction():
            service.reject_revocation(revocation, actor=second)
        assert decisions.revocation_of(row.id) is None
    assert state_of(row) is CertificateState.VALID


def test_a_number_that_was_never_signed_is_used_up_for_good(made: Finished) -> None:
    """Cancelled by two; the person gets the next number, nobody the old one."""
    (row,) = make_prepared(made)
    make_revoked(row, made)
    assert state_of(row) is CertificateState.CANCELLED
    assert queries.find(row.number, row.fields["name"]) is None
    assert listing.standing(row.status_list, row.status_index) is None
    assert listing.fallen_places(row.status_list) == {}
    (again,) = make_signed(made)
    assert [row.serial, again.serial] == [1, 2]
    told = session().scalar(
        select(AuditEntry.detail).where(AuditEntry.action == Action.CERTIFICATE_CANCELLED.value)
    )
    assert json.loads(told or "{}")["number"] == row.number
    assert trail_is_clean()


def test_the_database_holds_one_standing_certificate_a_person(made: Finished) -> None:
    """A second valid row of the same enrolment is refused by an index, whoever writes it."""
    (row,) = make_signed(made)
    fresh = replaced(made, row)
    row.state = CertificateState.SUSPENDED
    with pytest.raises(IntegrityError):
        session().flush()
    session().rollback()
    assert state_of(fresh) is CertificateState.VALID


def test_outsiders_are_refused(app: Flask) -> None:
    """Another city's approver sees none of it; a tied one decides none of it."""
    made = make_finished(Outcome.PASS, certified=False)
    (row,) = make_signed(made)
    other = make_finished(Outcome.PASS, certified=False)
    stranger = actor_of(approver_of(other))
    change = asked(row, ChangeKind.SUSPEND, actor_of(approver_of(made)))
    for attempt in (
        lambda: decided(change, stranger),
        lambda: queries.see_change(change, stranger),
        lambda: queries.see_sitting(made.sitting.id, stranger),
    ):
        with pytest.raises((Missing, NotAllowed)):
            attempt()
    assert session().get_one(CertificateChange, change).is_open


def test_a_person_is_put_right_for_a_reason(made: Finished) -> None:
    """Nothing to mend, somebody else's number, no reason: each refused by name."""
    clerk = actor_of(made.city.officer(Role.EXAM_ADMIN))
    one, two = (each.person for each in made.enrolments)
    taken = queries.people.id_number_of(two)
    for over, code in (
        ({"name": one.name}, "people-nothing-mended"),
        ({"name": one.name, "id_number": taken}, "people-number-taken"),
    ):
        with pytest.raises(RuleBroken, match=code), transaction():
            people.mend_person(one, **over, reason="有误", actor=clerk)
    fresh = "230702199003070018"
    with transaction():
        people.mend_person(one, name=one.name, id_number=fresh, reason="有误", actor=clerk)
    assert queries.people.id_number_of(one) == fresh
    assert queries.people.find_person(fresh) == one
    assert one.id_tail == fresh[-4:]
    entry = session().scalar(
        select(AuditEntry).where(AuditEntry.action == Action.PERSON_MENDED.value)
    )
    assert entry is not None
    assert json.loads(entry.detail)["changed"] == ["id_number"]
    assert dt.date(1990, 3, 7).strftime("%Y%m%d") not in entry.detail
