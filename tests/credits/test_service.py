"""The ledger of hours: granted once, reversed by another person, never edited."""

import threading
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.certificates.models import Certificate
from exam_app.certificates.terms import CertificateState
from exam_app.core.db import db, lock, session, transaction
from exam_app.core.errors import DutyConflict, NotAllowed, RuleBroken
from exam_app.credits import queries, service
from exam_app.credits.models import CreditEntry
from exam_app.credits.terms import CreditKind, CreditTarget
from exam_app.marking.terms import Outcome
from exam_app.people.models import Account, PersonTie
from exam_app.people.terms import TieKind
from exam_app.training.models import TrainingClass
from tests.factories.certificates import make_revoked
from tests.factories.finished import JILIN, SHANDONG, Finished, make_finished
from tests.factories.people import LONG_AGO, actor_of, make_actor


def granted(made: Finished, officer: Account, **how: object) -> CreditEntry:
    with transaction():
        return service.credit(made.certificates[0], actor=actor_of(officer), **how)[0]  # type: ignore[arg-type]


@pytest.fixture
def made(app: Flask) -> Finished:
    return make_finished(Outcome.PASS, hours="24")


@pytest.fixture
def officer(made: Finished) -> Account:
    return made.city.officer(Role.CERTIFICATE_OFFICER)


def test_a_certificate_gives_its_hours_with_year_and_clause(
    made: Finished, officer: Account
) -> None:
    """One entry: kind and requirement of the notice, the sitting's year, the words it rests on."""
    entry = granted(made, officer)
    assert (entry.kind, entry.target) == (CreditKind.CREDIT, CreditTarget.SAFETY)
    assert (entry.year, entry.hours) == (2025, 24)
    assert "四(五)" in entry.clause
    actions = session().scalars(select(AuditEntry.action)).all()
    assert actions.count("credits:hours:grant") == 1


def test_hours_are_credited_once(made: Finished, officer: Account) -> None:
    """The second call is refused by name."""
    granted(made, officer)
    with pytest.raises(RuleBroken, match="already-credited"):
        granted(made, officer)
    assert session().scalar(select(func.count(CreditEntry.id))) == 1


def test_an_exemption_is_another_kind(app: Flask) -> None:
    """Under Shandong's notice the hours reduce what is owed, to one requirement by choice."""
    made = make_finished(Outcome.PASS, profile=SHANDONG)
    officer = made.city.officer(Role.CERTIFICATE_OFFICER)
    entry = granted(made, officer, target=CreditTarget.OCCUPATIONAL_HEALTH)
    assert entry.kind is CreditKind.EXEMPTION
    assert entry.target is CreditTarget.OCCUPATIONAL_HEALTH
    with pytest.raises(RuleBroken, match="already-credited"):
        granted(made, officer, target=CreditTarget.SAFETY)


def test_a_notice_without_credit_gives_nothing(app: Flask) -> None:
    """Jilin's notice says nothing: refused."""
    made = make_finished(Outcome.PASS, profile=JILIN)
    officer = made.city.officer(Role.CERTIFICATE_OFFICER)
    with pytest.raises(RuleBroken, match="credit-none"):
        granted(made, officer)


def test_only_a_valid_certificate_gives_hours(made: Finished, officer: Account) -> None:
    """A revoked certificate gives none."""
    revoked(made.certificates[0])
    with pytest.raises(DutyConflict, match="duty-state"):
        granted(made, officer)


def test_somebody_tied_to_the_provider_credits_nothing(made: Finished, officer: Account) -> None:
    """W3: employed by the provider within the recusal period."""
    with transaction():
        session().add(
            PersonTie(
                person_id=officer.person_id,
                organisation_id=made.city.provider.id,
                kind=TieKind.EMPLOYEE,
                from_on=LONG_AGO,
            )
        )
    with pytest.raises(DutyConflict, match="wall-w3"):
        granted(made, officer)


def test_a_provider_credits_nothing(made: Finished) -> None:
    """W1, whatever role the account holds there."""
    with transaction():
        actor = make_actor(Role.CERTIFICATE_OFFICER, organisation=made.city.provider)
    with pytest.raises(DutyConflict, match="wall-w1"), transaction():
        service.credit(made.certificates[0], actor=actor)


def test_another_role_credits_nothing(made: Finished) -> None:
    """A marker holds no such duty."""
    with transaction():
        actor = make_actor(Role.MARKER, organisation=made.city.authority)
    with pytest.raises(NotAllowed, match="no-duty"), transaction():
        service.credit(made.certificates[0], actor=actor)


def test_a_reversal_is_a_new_entry_of_another_person(made: Finished, officer: Account) -> None:
    """The first entry stays; the sum is nothing; a grant after it is a correction."""
    entry = granted(made, officer)
    second = made.city.officer(Role.CERTIFICATE_OFFICER)
    with transaction():
        undone = service.reverse(entry, reason="证书吊销", actor=actor_of(second))
    assert (undone.reverses_id, undone.hours) == (entry.id, -24)
    statement = queries.statement(entry.person_id)
    assert [line.hours for line in statement.lines] == [24, -24]
    assert statement.totals == ()
    with pytest.raises(RuleBroken, match="credit-reversed"), transaction():
        service.reverse(entry, reason="再次", actor=actor_of(second))
    with pytest.raises(RuleBroken, match="credit-is-reversal"), transaction():
        service.reverse(undone, reason="再次", actor=actor_of(officer))
    with pytest.raises(RuleBroken, match="reason-missing"):
        granted(made, officer)
    again = granted(made, officer, reason="误冲销")
    assert (again.follows_id, again.hours, again.reason) == (undone.id, 24, "误冲销")
    assert queries.statement(entry.person_id).totals[0].hours == 24


def test_who_granted_does_not_reverse(made: Finished, officer: Account) -> None:
    """Four eyes, by person."""
    entry = granted(made, officer)
    with pytest.raises(DutyConflict, match="duty-two"), transaction():
        service.reverse(entry, reason="有误", actor=actor_of(officer))


def test_a_reversal_needs_a_reason(made: Finished, officer: Account) -> None:
    """An empty reason is none."""
    entry = granted(made, officer)
    second = made.city.officer(Role.CERTIFICATE_OFFICER)
    with pytest.raises(DutyConflict, match="duty-reason"), transaction():
        service.reverse(entry, reason=" ", actor=actor_of(second))


def revoked(certificate: Certificate) -> Certificate:
    with transaction():
        held = session().get(Certificate, certificate.id)
        assert held is not None
        held.state = CertificateState.REVOKED
        trail.record(Action.CERTIFICATE_REVOKED, trail.SYSTEM, held)
    return held


def test_a_revoked_certificate_takes_its_hours_back(made: Finished, officer: Account) -> None:
    """With the decision itself; asking for it once more finds nothing left."""
    granted(made, officer)
    certificate = made.certificates[0]
    actor = actor_of(made.city.officer(Role.CERTIFICATE_APPROVER))
    with pytest.raises(RuleBroken, match="credit-not-revoked"), transaction():
        service.reverse_for(certificate, reason="吊销", actor=actor)
    make_revoked(certificate, made)
    (line,) = [each for each in queries.lines_of_class(made.training_class.id) if each.reversed]
    assert line.entry.certificate_id == certificate.id
    with transaction():
        assert service.reverse_for(certificate, reason="吊销", actor=actor) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE credit_entry SET hours_tenths = 999", "DELETE FROM credit_entry"]
)
def test_the_database_refuses_to_edit_the_ledger(
    made: Finished, officer: Account, statement: str
) -> None:
    """Append-only by trigger."""
    granted(made, officer)
    with pytest.raises(DatabaseError, match="append-only"), transaction():
        session().execute(text(statement))


def test_of_many_at_once_one_credits(made: Finished, officer: Account, app: Flask) -> None:
    """Six threads ask together: one entry, five refusals by name."""
    certificate_id, officer_id = made.certificates[0].id, officer.id
    db.session.remove()
    outcomes: list[str] = []
    start = threading.Barrier(6)

    def ask() -> None:
        with app.app_context():
            account = session().get(Account, officer_id)
            assert account is not None
            actor = actor_of(account)
            start.wait()
            try:
                with transaction():
                    certificate = session().get(Certificate, certificate_id)
                    assert certificate is not None
                    service.credit(certificate, actor=actor)
                outcomes.append("credited")
            except RuleBroken as error:
                outcomes.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already-credited"] * 5 + ["credited"]
    assert session().scalar(select(func.count(CreditEntry.id))) == 1


def test_a_revocation_and_a_grant_at_once(made: Finished, officer: Account, app: Flask) -> None:
    """Whichever comes first: no hours stand on a revoked certificate."""
    certificate_id, officer_id = made.certificates[0].id, officer.id
    person_id = made.enrolments[0].person_id
    db.session.remove()
    start = threading.Barrier(2)

    def work(change: Callable[[Certificate, Actor], object]) -> None:
        with app.app_context():
            actor = actor_of(session().get_one(Account, officer_id))
            session().rollback()
            start.wait()
            with suppress(DutyConflict), transaction():
                change(session().get_one(Certificate, certificate_id), actor)
            db.session.remove()

    def grant(certificate: Certificate, actor: Actor) -> None:
        service.credit(certificate, actor=actor)

    def revoke(certificate: Certificate, actor: Actor) -> None:
        lock(certificate)
        certificate.state = CertificateState.REVOKED
        trail.record(Action.CERTIFICATE_REVOKED, trail.SYSTEM, certificate)
        service.reverse_for(certificate, reason="吊销", actor=actor)

    threads = [threading.Thread(target=work, args=[each]) for each in (grant, revoke)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = session().get_one(Certificate, certificate_id)
    assert held.state is CertificateState.REVOKED
    assert queries.statement(person_id).totals == ()


def test_of_many_at_once_one_reverses(made: Finished, officer: Account, app: Flask) -> None:
    """Four threads take the same hours back: one does."""
    entry_id = granted(made, officer).id
    second_id = made.city.officer(Role.CERTIFICATE_OFFICER).id
    db.session.remove()
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def ask() -> None:
        with app.app_context():
            account = session().get(Account, second_id)
            assert account is not None
            actor = actor_of(account)
            start.wait()
            try:
                with transaction():
                    entry = session().get(CreditEntry, entry_id)
                    assert entry is not None
                    service.reverse(entry, reason="吊销", actor=actor)
                outcomes.append("reversed")
            except RuleBroken as error:
                outcomes.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["credit-reversed"] * 3 + ["reversed"]


def test_two_officers_credit_one_class(app: Flask) -> None:
    """Both press the button: each certificate once, one of them finds nothing left."""
    made = make_finished(Outcome.PASS, Outcome.PASS)
    officers = [made.city.officer(Role.CERTIFICATE_OFFICER).id for _ in range(2)]
    class_id = made.training_class.id
    db.session.remove()
    counts: list[int] = []
    start = threading.Barrier(2)

    def ask(account_id: int) -> None:
        with app.app_context():
            account = session().get(Account, account_id)
            assert account is not None
            actor = actor_of(account)
            session().rollback()
            start.wait()
            with transaction():
                training_class = session().get(TrainingClass, class_id)
                assert training_class is not None
                counts.append(len(service.credit_class(training_class, actor=actor)))
            db.session.remove()

    threads = [threading.Thread(target=ask, args=[each]) for each in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 2]
    assert session().scalar(select(func.count(CreditEntry.id))) == 2


def test_whatever_is_tried_the_ledger_stands(app: Flask) -> None:
    """Thirty grants, reversals and corrections by two officers: once, never more than trained."""
    made = make_finished(Outcome.PASS, Outcome.PASS, profile=SHANDONG, hours="15.5")
    officers = [actor_of(made.city.officer(Role.CERTIFICATE_OFFICER)) for _ in range(2)]
    random = Random(7)
    done = 0
    for step in range(30):
        actor, target = random.choice(officers), random.choice([*CreditTarget])
        try:
            with transaction():
                if step % 2:
                    held = queries.lines_of_class(made.training_class.id)
                    entry = random.choice([each for each in held if not each.reversed]).entry
                    service.reverse(entry, reason="更正", actor=actor)
                else:
                    certificate = random.choice(made.certificates)
                    service.credit(certificate, target=target, reason="更正", actor=actor)
            done += 1
        except (RuleBroken, DutyConflict):
            pass
        for enrolment in made.enrolments:
            sums = [each.hours for each in queries.statement(enrolment.person_id).totals]
            assert sums in ([], [Decimal("15.5")])
    assert done > 8


def test_a_class_is_credited_in_one_go(app: Flask) -> None:
    """Every valid certificate once; those who failed have none."""
    made = make_finished(Outcome.PASS, Outcome.FAIL, Outcome.PASS)
    actor = actor_of(made.city.officer(Role.CERTIFICATE_OFFICER))
    with transaction():
        assert len(service.credit_class(made.training_class, actor=actor)) == 2
    with transaction():
        assert service.credit_class(made.training_class, actor=actor) == []
    lines = queries.enterprise_statement(made.city.enterprise.id)
    assert [line.hours for line in lines] == [24, 24]
    assert all(line.masked_id.startswith("*" * 14) for line in lines)


def test_statements_are_handed_to_their_owners_alone(made: Finished) -> None:
    """Another person's or another enterprise's is refused."""
    with transaction():
        stranger = make_actor(Role.ENTERPRISE_CONTACT, kind=OrganisationKind.ENTERPRISE)
    with pytest.raises(DutyConflict, match="duty-own-org"), transaction():
        service.issue_enterprise_statement(made.city.enterprise.id, b"x", actor=stranger)
    with pytest.raises(NotAllowed), transaction():
        service.issue_statement(made.enrolments[0].person_id, b"x", actor=stranger)
