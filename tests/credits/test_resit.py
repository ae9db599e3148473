"""A sitting declared void and held again: hours go with the first result, come with the second."""

from flask import Flask

from exam_app.access.terms import Role
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import service as certificates
from exam_app.core.db import session, transaction
from exam_app.credits import queries, service
from exam_app.marking.terms import Outcome
from exam_app.papers.terms import PaperKind
from exam_app.sittings.models import Entry
from exam_app.sittings.terms import SittingKind
from tests.factories.certificates import make_signed
from tests.factories.finished import (
    make_finished,
    make_paper,
    make_result,
    make_sitting,
)
from tests.factories.people import actor_of


def test_a_result_passed_anew_gives_its_hours(app: Flask) -> None:
    """Once at any time; the old certificate's revocation does not touch the new hours."""
    made = make_finished(Outcome.PASS, certified=False)
    (first_certificate,) = make_signed(made)
    officer = actor_of(made.city.officer(Role.CERTIFICATE_OFFICER))
    first, second = (actor_of(made.city.officer(Role.CERTIFICATE_APPROVER)) for _ in range(2))
    with transaction():
        (old,) = service.credit_class(made.training_class, actor=officer)
    with transaction():
        voiding = certificates.ask_voiding(made.sitting, reason="整场泄题", actor=first)
    with transaction():
        certificates.decide_voiding(voiding, actor=second)
    assert queries.statement(old.person_id).totals == ()
    with transaction():
        sitting = make_sitting(made.city, made.training_class, SittingKind.RETAKE)
        paper = make_paper(made.city, made.training_class, sitting, kind=PaperKind.RETAKE)
        entry = session().query(Entry).filter_by(enrolment_id=made.enrolments[0].id).one()
        make_result(made.city, sitting, paper, made.enrolments[0], Outcome.PASS, 1, retake_of=entry)
        trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, sitting, class_id=sitting.class_id)
    (fresh,) = make_signed(made)
    with transaction():
        assert [each.id for each in queries.uncredited(made.training_class.id)] == [fresh.id]
        (again,) = service.credit_class(made.training_class, actor=officer)
        assert service.reverse_for(first_certificate, reason="吊销", actor=first) == []
    assert again.follows_id is not None
    assert [each.hours for each in queries.statement(old.person_id).totals] == [24]
    assert queries.uncredited(made.training_class.id) == []
