"""What is handed out is frozen with its digest, by those who may, for a stated purpose."""

import datetime as dt
import hashlib
import json
import threading
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import DutyConflict, NotAllowed, RuleBroken
from exam_app.marking.terms import Outcome
from exam_app.papers.terms import PaperKind
from exam_app.people.models import Account, Organisation, PersonTie
from exam_app.people.terms import TieKind
from exam_app.reports import queries, service
from exam_app.reports.models import Snapshot
from exam_app.reports.terms import Conclusion
from exam_app.sittings.terms import SittingKind
from exam_app.training.models import TrainingProject
from tests.factories.finished import (
    Finished,
    make_city,
    make_finished,
    make_paper,
    make_result,
    make_sitting,
)
from tests.factories.people import LONG_AGO, actor_of, make_organisation, make_staff

PASS, FAIL, ABSENT, OUT = Outcome.PASS, Outcome.FAIL, Outcome.ABSENT, Outcome.DISQUALIFIED
KINDS = OrganisationKind


@pytest.fixture
def made(app: Flask) -> Finished:
    return make_finished(PASS, PASS, FAIL, ABSENT, OUT)


def somebody(kind: KINDS, role: Role, *, code: str = "230700") -> Actor:
    with transaction():
        body = make_organisation(kind, division_code=code)
        return actor_of(make_staff(role, organisation=body))


def of(organisation: Organisation, role: Role) -> Actor:
    with transaction():
        return actor_of(make_staff(role, organisation=organisation))


def accept(made: Finished, conclusion: Conclusion = Conclusion.ACCEPTED) -> Snapshot:
    with transaction():
        return service.report_acceptance(
            made.project,
            number="YS-2025-01",
            on=dt.date(2025, 3, 10),
            conclusion=conclusion,
            note="",
            actor=somebody(KINDS.HRSS, Role.ACCEPTANCE),
        )


def pay(project: TrainingProject, actor: Actor, yuan: str = "49000.00") -> Snapshot:
    with transaction():
        return service.record_payment(
            project,
            voucher="P-1",
            on=dt.date(2025, 3, 10),
            yuan=Decimal(yuan),
            actor=actor,
        )


def test_figures_count_persons_by_how_it_ended(made: Finished) -> None:
    """Absent people were not examined; disqualified ones were and did not pass."""
    found = queries.coverage(made.project).total
    assert (found.to_train, found.trained_before, found.trained) == (131, 82, 5)
    assert (found.examined, found.passed) == (4, 2)


def test_results_not_released_count_nothing(app: Flask) -> None:
    """Figures rest on what is released alone."""
    made = make_finished(PASS, FAIL, released=False, certified=False)
    assert queries.coverage(made.project).total.examined == 0
    assert queries.payable(made.project).rows == ()
    assert queries.payable(made.project).open_classes == 1


def test_a_retake_passed_counts_once(app: Flask) -> None:
    """Failed, then passed in the retake: one person examined, one passed."""
    made = make_finished(FAIL)
    with transaction():
        again = make_sitting(made.city, made.training_class, SittingKind.RETAKE)
        paper = make_paper(made.city, made.training_class, again, kind=PaperKind.RETAKE)
        first = made.results[0].entry
        make_result(made.city, again, paper, made.enrolments[0], PASS, 1, retake_of=first)
        trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, again)
    found = queries.coverage(made.project).total
    assert (found.examined, found.passed) == (1, 1)
    assert len(queries.payable(made.project).rows) == 1


def test_the_payable_list_names_who_passed(made: Finished) -> None:
    """Participated and passed, masked, with the clause."""
    found = queries.payable(made.project)
    assert len(found.rows) == 2
    assert all(row.masked_id.startswith("*" * 14) for row in found.rows)
    assert "参加培训并考试合格的" in found.quote


def test_a_class_file_is_its_digest(made: Finished) -> None:
    """The JSON handed out has the SHA-256 that the row and the trail hold, on both databases."""
    actor = of(made.city.authority, Role.OVERSEER)
    with transaction():
        frozen = service.export_class_file(made.training_class, purpose="评估验收", actor=actor)
    session().expire_all()
    text = queries.canonical_text(frozen.content)
    assert hashlib.sha256(text.encode()).hexdigest() == frozen.digest
    detail = session().scalar(
        select(AuditEntry.detail).where(AuditEntry.action == "reports:class-file:export")
    )
    assert json.loads(detail or "{}")["digest"] == frozen.digest


def test_a_class_file_tells_who_did_what(made: Finished) -> None:
    """Taught, set, approved, supervised, marked, released; papers by code and digest alone."""
    content = queries.plain(queries.class_file(made.training_class, totals=True))
    duties = {row["duty"]: row["names"] for row in content["duties"]}
    for duty in ("plan", "set_paper", "approve_paper", "chief", "mark", "confirm", "release"):
        assert duties[duty], duty
    assert {row["outcome"] for row in content["results"]} == {
        "pass",
        "fail",
        "absent",
        "disqualified",
    }
    assert content["papers"][0]["content_digest"] == "c" * 64
    assert {row["key"] for row in content["choices"]} >= {"exam.separate_from_teaching"}
    assert content["trail"]


def test_marks_stay_with_the_authority(made: Finished) -> None:
    """The bureau's file says who passed, not with how many marks."""
    actor = somebody(KINDS.HRSS, Role.ACCEPTANCE)
    with transaction():
        frozen = service.export_class_file(made.training_class, purpose="验收", actor=actor)
    assert "total" not in frozen.content["results"][0]
    with transaction():
        own = service.export_class_file(
            made.training_class, purpose="归档", actor=of(made.city.authority, Role.OVERSEER)
        )
    assert own.content["results"][0]["total"] == "86"


def test_a_class_file_needs_a_purpose(made: Finished) -> None:
    """An empty purpose is none."""
    actor = of(made.city.authority, Role.OVERSEER)
    with pytest.raises(DutyConflict, match="duty-purpose"), transaction():
        service.export_class_file(made.training_class, purpose="  ", actor=actor)


def test_somebody_tied_to_the_provider_has_no_class_file(made: Finished) -> None:
    """W3: not even an evaluator hired by the bureau."""
    actor = somebody(KINDS.EVALUATOR, Role.ACCEPTANCE)
    with transaction():
        session().add(
            PersonTie(
                person_id=actor.person_id,
                organisation_id=made.city.provider.id,
                kind=TieKind.OWNER,
                from_on=LONG_AGO,
            )
        )
    with pytest.raises(DutyConflict, match="duty-not-prov"), transaction():
        service.export_class_file(made.training_class, purpose="验收", actor=actor)
    with pytest.raises(DutyConflict, match="duty-not-prov"), transaction():
        service.report_acceptance(
            made.project,
            number="1",
            on=dt.date(2025, 3, 1),
            conclusion=Conclusion.ACCEPTED,
            note="",
            actor=actor,
        )


@pytest.mark.parametrize("code", ["220100", "230100"])
def test_another_region_is_refused(made: Finished, code: str) -> None:
    """Figures, lists and files of another city's bureau stay there."""
    actor = somebody(KINDS.HRSS, Role.ACCEPTANCE, code=code)
    for attempt in (
        lambda: service.export_coverage(made.project, actor=actor),
        lambda: service.export_payable(made.project, purpose="支付", actor=actor),
        lambda: service.export_class_file(made.training_class, purpose="验收", actor=actor),
    ):
        with pytest.raises(DutyConflict, match="duty-juris"), transaction():
            attempt()


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (KINDS.PROVIDER, Role.TRAINING_MANAGER),
        (KINDS.ENTERPRISE, Role.ENTERPRISE_CONTACT),
        (KINDS.PLATFORM, Role.SYSADMIN),
    ],
)
def test_others_have_no_report(made: Finished, kind: KINDS, role: Role) -> None:
    """Provider, enterprise and system administrator hold no such duty."""
    actor = somebody(kind, role)
    for attempt in (
        lambda: service.export_coverage(made.project, actor=actor),
        lambda: service.export_payable(made.project, purpose="支付", actor=actor),
        lambda: service.export_class_file(made.training_class, purpose="验收", actor=actor),
        lambda: pay(made.project, actor),
        lambda: service.open_trail(reason="看看", actor=actor),
        lambda: service.export_trail(reason="看看", entries=1, actor=actor),
    ):
        with pytest.raises(NotAllowed, match="no-duty"), transaction():
            attempt()


def test_nobody_passed_is_no_list(app: Flask) -> None:
    """A payable list of nobody is not handed out."""
    made = make_finished(FAIL)
    actor = somebody(KINDS.SIA, Role.PAYER)
    with pytest.raises(DutyConflict, match="duty-state"), transaction():
        service.export_payable(made.project, purpose="支付", actor=actor)


def test_payment_follows_acceptance_and_list(made: Finished) -> None:
    """002 五, in order: acceptance, list, one payment."""
    payer = somebody(KINDS.SIA, Role.PAYER)
    with pytest.raises(RuleBroken, match="acceptance-missing"):
        pay(made.project, payer)
    accept(made, Conclusion.REJECTED)
    with pytest.raises(RuleBroken, match="acceptance-rejected"):
        pay(made.project, payer)
    accept(made)
    with pytest.raises(RuleBroken, match="payable-missing"):
        pay(made.project, payer)
    with transaction():
        service.export_payable(made.project, purpose="支付", actor=payer)
    with pytest.raises(RuleBroken, match="payment-amount"):
        pay(made.project, payer, "0")
    assert pay(made.project, payer).content["yuan"] == "49000"
    with pytest.raises(RuleBroken, match="payment-recorded"):
        pay(made.project, payer)


def test_an_acceptance_is_not_dated_ahead(made: Finished) -> None:
    """Tomorrow's report does not exist."""
    actor = somebody(KINDS.HRSS, Role.ACCEPTANCE)
    with pytest.raises(RuleBroken, match="acceptance-ahead"), transaction():
        service.report_acceptance(
            made.project,
            number="1",
            on=dt.date(2025, 3, 11),
            conclusion=Conclusion.ACCEPTED,
            note="",
            actor=actor,
        )


def test_of_many_at_once_one_pays(made: Finished, app: Flask) -> None:
    """Four threads register the same payment: one row."""
    payer = somebody(KINDS.SIA, Role.PAYER)
    accept(made)
    with transaction():
        service.export_payable(made.project, purpose="支付", actor=payer)
    project_id = made.project.id
    db.session.remove()
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def ask() -> None:
        with app.app_context():
            start.wait()
            try:
                project = session().get(TrainingProject, project_id)
                assert project is not None
                pay(project, payer)
                outcomes.append("paid")
            except RuleBroken as error:
                outcomes.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["paid"] + ["payment-recorded"] * 3
    paid = select(func.count(Snapshot.id)).where(Snapshot.kind == "payment")
    assert session().scalar(paid) == 1


def test_the_trail_opens_for_a_reason(app: Flask) -> None:
    """An auditor without a reason sees nothing; the reason is an entry of its own."""
    city = make_city()
    auditor = of(city.authority, Role.AUDITOR)
    with pytest.raises(DutyConflict, match="duty-reason"), transaction():
        service.open_trail(reason=" ", actor=auditor)
    assert queries.opened_reason(auditor) == ""
    with transaction():
        service.open_trail(reason="季度审计", actor=auditor)
    assert queries.opened_reason(auditor) == "季度审计"
    other = session().get(Account, city.staff["marker"].id)
    assert other is not None
    assert queries.opened_reason(actor_of(other)) == ""


def test_the_owner_may_accept_what_others_taught(made: Finished) -> None:
    """002 五: the unit that proposed the project organises the acceptance; another one does not."""
    with transaction():
        owner = make_organisation(KINDS.OWNER)
        project = session().get(TrainingProject, made.project.id)
        assert project is not None
        project.implementing_unit_id = owner.id
    mine, other = of(owner, Role.ACCEPTANCE), somebody(KINDS.OWNER, Role.ACCEPTANCE)
    given = {
        "number": "1",
        "on": dt.date(2025, 3, 1),
        "conclusion": Conclusion.ACCEPTED,
        "note": "",
    }
    with transaction():
        assert service.report_acceptance(made.project, **given, actor=mine).digest
    with pytest.raises(DutyConflict, match="duty-juris"), transaction():
        service.report_acceptance(made.project, **given, actor=other)
