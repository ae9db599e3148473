"""Many at once: numbers without gaps, one certificate a person, one signature, one revocation."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from exam_app.certificates import rules, service
from exam_app.certificates.models import Certificate, Revocation
from exam_app.certificates.terms import CertificateState
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import ExamError
from exam_app.marking.terms import Outcome
from exam_app.people.models import Account
from exam_app.training.models import Enrolment, TrainingClass
from tests.factories.certificates import (
    approver_of,
    make_key,
    make_prepared,
    make_signed,
    officer_of,
)
from tests.factories.finished import make_finished
from tests.factories.people import actor_of


def at_once(app: Flask, works: list[Callable[[], None]]) -> list[ExamError]:
    """Run each work in a thread with a context of its own; return what was refused."""
    ready, refused = threading.Barrier(len(works)), []

    def run(work: Callable[[], None]) -> None:
        with app.app_context():
            ready.wait()
            try:
                work()
            except ExamError as error:
                refused.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    session().rollback()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session().rollback()
    return refused


def numbers() -> list[str]:
    return sorted(session().scalars(select(Certificate.number)))


def prepare_class(class_id: int, officer_id: int) -> None:
    actor = actor_of(session().get_one(Account, officer_id))
    with transaction():
        service.prepare(session().get_one(TrainingClass, class_id), actor=actor)


def prepare_person(enrolment_id: int, officer_id: int) -> None:
    actor = actor_of(session().get_one(Account, officer_id))
    with transaction():
        service.prepare_one(session().get_one(Enrolment, enrolment_id), actor=actor)


def test_eight_classes_at_once_leave_no_gap(app: Flask) -> None:
    """Eight officers prepare eight classes of one authority: 1 to 24, each once."""
    first = make_finished(*[Outcome.PASS] * 3, certified=False)
    classes = [first] + [
        make_finished(*[Outcome.PASS] * 3, city=first.city, certified=False) for _ in range(7)
    ]
    pairs = [(each.training_class.id, officer_of(first).id) for each in classes]
    refused = at_once(
        app,
        [lambda pair=pair: prepare_class(*pair) for pair in pairs],  # type: ignore[misc]
    )
    assert refused == []
    wanted = [rules.certificate_number("230700", 2025, 1, serial) for serial in range(1, 25)]
    assert numbers() == wanted


def test_two_threads_prepare_one_person_once(app: Flask) -> None:
    """Exactly one certificate; the other is told, and takes no number."""
    made = make_finished(Outcome.PASS, Outcome.PASS, certified=False)
    enrolment_id, other_id = (each.id for each in made.enrolments)
    officers = [officer_of(made).id for _ in range(4)]
    refused = at_once(
        app,
        [lambda each=each: prepare_person(enrolment_id, each) for each in officers],  # type: ignore[misc]
    )
    assert [error.code for error in refused] == ["certificate-issued-already"] * 3
    prepare_person(other_id, officers[0])
    serials = sorted(session().scalars(select(Certificate.serial)))
    assert serials == [1, 2]


def test_two_threads_prepare_one_class_once(app: Flask) -> None:
    """Both run through; together they make one certificate for each person."""
    made = make_finished(*[Outcome.PASS] * 5, certified=False)
    class_id, officers = made.training_class.id, [officer_of(made).id for _ in range(2)]
    refused = at_once(
        app,
        [lambda each=each: prepare_class(class_id, each) for each in officers],  # type: ignore[misc]
    )
    assert refused == []
    assert len(numbers()) == len(set(numbers())) == 5


def test_two_approvers_sign_once(app: Flask) -> None:
    """The record of the first stands; the second is refused."""
    made = make_finished(Outcome.PASS, certified=False)
    make_key()
    (row,) = make_prepared(made)
    certificate_id, approvers = row.id, [approver_of(made).id for _ in range(2)]

    def sign(approver_id: int) -> None:
        actor = actor_of(session().get_one(Account, approver_id))
        with transaction():
            service.sign([session().get_one(Certificate, certificate_id)], actor=actor)

    refused = at_once(app, [lambda each=each: sign(each) for each in approvers])  # type: ignore[misc]
    assert [error.code for error in refused] == ["duty-state"]
    assert session().get_one(Certificate, certificate_id).state is CertificateState.VALID


def test_two_approvers_ask_and_decide_once(app: Flask) -> None:
    """One request, one decision."""
    made = make_finished(Outcome.PASS, certified=False)
    (row,) = make_signed(made)
    certificate_id, approvers = row.id, [approver_of(made).id for _ in range(3)]

    def ask(approver_id: int) -> None:
        actor = actor_of(session().get_one(Account, approver_id))
        with transaction():
            certificate = session().get_one(Certificate, certificate_id)
            service.ask_revocation(certificate, reason="替考", actor=actor)

    refused = at_once(app, [lambda each=each: ask(each) for each in approvers[:2]])  # type: ignore[misc]
    assert [error.code for error in refused] == ["revocation-asked"]
    (revocation,) = session().scalars(select(Revocation))
    others = [each for each in approvers if each != revocation.asked_by_id]
    revocation_id = revocation.id

    def decide(approver_id: int) -> None:
        actor = actor_of(session().get_one(Account, approver_id))
        with transaction():
            service.decide_revocation(session().get_one(Revocation, revocation_id), actor=actor)

    refused = at_once(app, [lambda each=each: decide(each) for each in others])  # type: ignore[misc]
    assert [error.code for error in refused] == ["revocation-decided"]
    assert session().get_one(Certificate, certificate_id).state is CertificateState.REVOKED
