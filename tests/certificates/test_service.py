"""Numbers taken, records signed by a second person, taken back by two."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select

from exam_app.access.actor import PUBLIC, SYSTEM, Actor
from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.certificates import keys, listing, pages, queries, record, rules, service
from exam_app.certificates.models import Certificate, CertificateSerial
from exam_app.certificates.terms import CertificateState, ChangeKind, Standing, VerdictState
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import BadInput, DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.marking.models import Result
from exam_app.marking.terms import Outcome
from exam_app.people import service as people
from exam_app.people.terms import TieKind
from exam_app.sittings.models import Entry
from exam_app.sittings.terms import EntryState, SittingKind, SittingState
from exam_app.training.models import TrainingClass
from exam_app.training.terms import ClassState, EligibilityState
from tests.conftest import Clock
from tests.factories import finished
from tests.factories.certificates import (
    approver_of,
    make_key,
    make_prepared,
    make_revoked,
    make_signed,
    officer_of,
)
from tests.factories.finished import JILIN, SHANDONG, Finished, make_city, make_finished
from tests.factories.people import (
    actor_of,
    make_actor,
    make_entrustment,
    make_organisation,
    make_person_tie,
    make_staff,
)


def actions(action: Action) -> list[AuditEntry]:
    session().rollback()
    query = select(AuditEntry).where(AuditEntry.action == action.value).order_by(AuditEntry.seq)
    return list(session().scalars(query))


def storied(change: object = None) -> None:
    """Write down what a test set up by hand."""
    trail.record(Action.AUTHORITY_FOUNDED, trail.SYSTEM, ("test", 1))


# ---- preparing 制证


def test_who_passed_is_prepared_and_nobody_else(made: Finished) -> None:
    """One certificate for the one who passed, recorded once, with what will be signed."""
    (row,) = make_prepared(made)
    assert row.enrolment_id == made.enrolments[0].id
    assert (row.state, row.record, row.key_id) == (CertificateState.INTENDED, None, None)
    assert (row.serial, row.year) == (1, 2025)
    assert row.number == rules.certificate_number("230700", 2025, 1, 1)
    (entry,) = actions(Action.CERTIFICATE_ISSUED)
    detail = json.loads(entry.detail)
    assert detail["numbers"] == [row.number]
    assert [each[0] for each in detail["rows"]] == ["certificate"]


def test_what_will_be_signed_is_frozen_when_prepared(made: Finished) -> None:
    """Name, last four places, hours, credit, dates, paper; the pass without its marks."""
    (row,) = make_prepared(made)
    stated = record.from_plain(row.fields)
    person = made.enrolments[0].person
    assert (stated.name, stated.id_tail) == (person.name, person.id_tail)
    assert stated.hours == (Decimal(24), Decimal(18), Decimal(6))
    assert (stated.score, stated.credit) == (None, Decimal(24))
    assert (stated.issued_on, stated.expires_on) == (dt.date(2025, 3, 10), dt.date(2028, 3, 10))
    assert stated.paper.startswith("P-2025-")
    assert stated.status == (row.status_list, row.status_index)
    assert (stated.issuer, stated.category) == (230700, 3)


@pytest.mark.parametrize(("profile", "credit"), [(SHANDONG, "24"), (JILIN, "0")])
def test_credit_is_stated_only_where_the_notice_gives_it(
    app: Flask, profile: str, credit: str
) -> None:
    """Exempted hours in Shandong, none in Jilin."""
    (row,) = make_prepared(make_finished(Outcome.PASS, profile=profile, certified=False))
    assert record.from_plain(row.fields).credit == Decimal(credit)


def test_nobody_left_is_no_change(made: Finished) -> None:
    """Asked again, nothing is made and nothing recorded."""
    make_prepared(made)
    assert make_prepared(made) == []
    assert len(actions(Action.CERTIFICATE_ISSUED)) == 1


def test_each_missing_fact_is_listed_with_its_code(app: Flask) -> None:
    """Failed, absent, disqualified."""
    made = make_finished(
        Outcome.PASS, Outcome.FAIL, Outcome.ABSENT, Outcome.DISQUALIFIED, certified=False
    )
    listed = {each.enrolment.id: each.missing for each in service.missing(made.training_class)}
    _passed, failed, absent, disqualified = (each.id for each in made.enrolments)
    assert listed == {
        failed: ("not-passed",),
        absent: ("not-passed",),
        disqualified: ("disqualified",),
    }


def refused(made: Finished, code: str, place: int = 0) -> RuleBroken:
    actor = actor_of(officer_of(made))
    with pytest.raises(RuleBroken) as caught, transaction():
        service.prepare_one(made.enrolments[place], actor=actor)
    assert caught.value.code == code
    assert caught.value.facts["clause"]
    assert session().scalar(select(func.count(Certificate.id))) == 0
    return caught.value


def test_a_name_that_cannot_be_printed_is_left_out(app: Flask) -> None:
    """The others of the class are prepared; the one is told, and refused alone."""
    made = make_finished(Outcome.PASS, Outcome.PASS, certified=False)
    with transaction():
        made.enrolments[1].person.name = "王\U0003134a"
        storied()
    (one,) = service.missing(made.training_class)
    assert one.missing == ("not-printable",)
    refused(made, "certificate-not-printable", 1)
    (row,) = make_prepared(made)
    assert row.enrolment_id == made.enrolments[0].id


def test_a_fail_is_refused(made: Finished) -> None:
    """No certificate without a pass."""
    refused(made, "certificate-not-passed", 1)


def test_an_unreleased_result_is_refused(app: Flask) -> None:
    """Confirmed is not released."""
    made = make_finished(Outcome.PASS, certified=False, released=False)
    refused(made, "certificate-not-released")


def test_who_was_not_eligible_is_refused(made: Finished) -> None:
    """Hours or real name missing, whatever the result."""
    with transaction():
        decision = queries.training.get_eligibility(made.enrolments[0].id)
        decision.state = EligibilityState.NEEDS_REASON
        storied()
    refused(made, "certificate-not-eligible")


def test_a_sitting_that_is_not_handed_over_is_refused(made: Finished) -> None:
    """The papers of the room must have come back and been counted."""
    with transaction():
        sitting = session().get_one(type(made.sitting), made.sitting.id)
        sitting.state, sitting.handed_over_at = SittingState.CLOSED, None
        storied()
    refused(made, "certificate-materials-open")


def test_a_late_disqualification_is_refused(made: Finished) -> None:
    """A countersigned incident after marking stops the certificate."""
    with transaction():
        session().get_one(Entry, made.results[0].entry_id).state = EntryState.DISQUALIFIED
        storied()
    refused(made, "certificate-disqualified")


def test_an_old_pass_is_refused(made: Finished, clock: Clock) -> None:
    """A pass is good for twelve months."""
    clock.forward(days=366)
    refused(made, "certificate-result-expired")


def test_a_class_whose_hours_are_open_is_refused(made: Finished) -> None:
    """The hours of the class must be verified first."""
    with transaction():
        row = session().get_one(TrainingClass, made.training_class.id)
        row.state = ClassState.SUBMITTED
        row.verified_by_id = row.verified_at = None
    actor = actor_of(officer_of(made))
    with pytest.raises(DutyConflict, match="duty-state"), transaction():
        service.prepare(made.training_class, actor=actor)


def test_a_pass_in_the_retake_counts(app: Flask) -> None:
    """Failed first, passed then: the certificate names the retake's paper."""
    made = make_finished(Outcome.FAIL, certified=False)
    with transaction():
        sitting = finished.make_sitting(made.city, made.training_class, SittingKind.RETAKE)
        paper = finished.make_paper(
            made.city, made.training_class, sitting, kind=finished.PaperKind.RETAKE
        )
        finished.make_result(
            made.city, sitting, paper, made.enrolments[0], Outcome.PASS, 1,
            retake_of=made.results[0].entry,
        )  # fmt: skip
        storied()
        code = paper.code
    (row,) = make_prepared(made)
    assert row.fields["paper"] == code


def test_one_person_may_be_prepared_alone(made: Finished) -> None:
    """And only once."""
    actor = actor_of(officer_of(made))
    with transaction():
        row = service.prepare_one(made.enrolments[0], actor=actor)
        number = row.number
    assert queries.by_number(number).enrolment_id == made.enrolments[0].id
    assert len(queries.certificates_of(made.training_class.id)) == 1
    with pytest.raises(RuleBroken, match="certificate-issued-already"), transaction():
        service.prepare_one(made.enrolments[0], actor=actor)


def test_a_rolled_back_number_is_given_again(made: Finished) -> None:
    """No gap is left by what did not happen."""
    actor = actor_of(officer_of(made))

    def stumble() -> None:
        service.prepare(made.training_class, actor=actor)
        raise RuntimeError

    with pytest.raises(RuntimeError), transaction():
        stumble()
    (row,) = make_prepared(made)
    assert row.serial == 1


def test_years_count_from_one_and_authorities_apart(made: Finished, clock: Clock) -> None:
    """The serial belongs to authority and year."""
    make_prepared(made)
    other = make_finished(Outcome.PASS, city=make_city("370300"), certified=False)
    (elsewhere,) = make_prepared(other)
    clock.set("2026-01-02 09:00")
    (later,) = make_prepared(make_finished(Outcome.PASS, city=made.city, certified=False))
    assert (elsewhere.serial, later.serial, later.year) == (1, 1, 2026)
    assert elsewhere.number.startswith("370300")
    assert session().scalar(select(func.count(CertificateSerial.id))) == 3


# ---- signing 签发


def test_a_second_person_signs_what_was_prepared(made: Finished) -> None:
    """The record verifies with the published keys and says what was frozen."""
    (row,) = make_signed(made)
    assert row.state is CertificateState.VALID
    shown = pages.verdict_of(row)
    assert shown.verdict.state is VerdictState.VALID
    assert shown.verdict.record == record.from_plain(row.fields)
    assert shown.verdict.kid == row.key_id
    (entry,) = actions(Action.CERTIFICATE_SIGNED)
    assert json.loads(entry.detail)["numbers"] == [row.number]


def test_the_intent_is_in_the_trail_before_the_signature(made: Finished) -> None:
    """Two transactions: prepared first, signed then."""
    make_signed(made)
    (intended,), (signed,) = (
        actions(Action.CERTIFICATE_ISSUED),
        actions(Action.CERTIFICATE_SIGNED),
    )
    assert intended.seq < signed.seq


def test_who_prepared_does_not_sign(made: Finished) -> None:
    """Four eyes count natural persons, whatever the account's duties."""
    make_key()
    (row,) = make_prepared(made)
    author = queries.people.get_account(row.prepared_by_id)
    actor = dataclasses.replace(
        actor_of(author), roles=frozenset({Role.CERTIFICATE_APPROVER}), posts=frozenset()
    )
    with pytest.raises(DutyConflict, match="duty-not-author"), transaction():
        service.sign([row], actor=actor)
    with pytest.raises(NotAllowed, match="no-duty"), transaction():
        service.sign([row], actor=actor_of(author))


def test_nobody_handles_a_certificate_of_their_own(made: Finished) -> None:
    """Neither prepared nor signed nor taken back by its holder."""
    person_id = made.enrolments[0].person_id
    officer, approver = (
        dataclasses.replace(actor_of(account), person_id=person_id)
        for account in (officer_of(made), approver_of(made))
    )
    with pytest.raises(DutyConflict, match="duty-not-cand"), transaction():
        service.prepare(made.training_class, actor=officer)
    with pytest.raises(DutyConflict, match="duty-not-cand"), transaction():
        service.prepare_one(made.enrolments[0], actor=officer)
    make_key()
    (row,) = make_prepared(made)
    for ask in (service.ask_sign, lambda _, actor: service.sign([row], actor=actor)):
        with pytest.raises(DutyConflict, match="duty-not-cand"), transaction():
            ask(made.training_class, actor=approver)
    with transaction():
        asked = service.ask_revocation(row, reason="有误", actor=actor_of(approver_of(made)))
    with pytest.raises(DutyConflict, match="duty-not-cand"), transaction():
        service.decide_revocation(asked, actor=approver)
    with pytest.raises(DutyConflict, match="duty-not-cand"), transaction():
        service.ask_prepare(made.training_class, actor=officer)


def test_nobody_of_a_class_decides_on_its_sitting_or_a_certificate_anew(made: Finished) -> None:
    """Neither asked nor decided: the voiding of one's own sitting, one's own replacement."""
    (row,) = make_signed(made)
    kind, other = ChangeKind.REPLACE, actor_of(approver_of(made))
    own_officer, own_approver = (
        dataclasses.replace(actor_of(account), person_id=made.enrolments[1].person_id)
        for account in (officer_of(made), approver_of(made))
    )
    with transaction():
        voiding = service.ask_voiding(made.sitting, reason="泄题", actor=other)
        change = service.ask_change(row, kind, reason="遗失", actor=actor_of(officer_of(made)))
    refused: list[Callable[[], object]] = [
        lambda: service.decide_voiding(voiding, actor=own_approver),
        lambda: service.reject_voiding(voiding, actor=own_approver),
        lambda: service.decide_change(change, actor=own_approver),
        lambda: service.ask_change(row, kind, reason="遗失", actor=own_officer),
        lambda: service.ask_voiding(made.sitting, reason="泄题", actor=own_approver),
    ]
    for step in refused:
        with pytest.raises(DutyConflict, match="duty-not-cand"), transaction():
            step()


def test_nothing_is_signed_twice_mixed_or_without_key(made: Finished) -> None:
    """Signed already, two classes at once, none at all, no key."""
    (row,) = make_prepared(made)
    actor = actor_of(approver_of(made))
    with pytest.raises(RuleBroken, match="signing-key-missing"), transaction():
        service.sign([row], actor=actor)
    assert session().get_one(Certificate, row.id).state is CertificateState.INTENDED
    make_key()
    other = make_prepared(make_finished(Outcome.PASS, city=made.city, certified=False))
    with pytest.raises(RuleBroken, match="certificates-mixed"), transaction():
        service.sign([row, *other], actor=actor)
    with pytest.raises(RuleBroken, match="certificates-none"), transaction():
        service.sign([], actor=actor)
    with transaction():
        service.sign([row], actor=actor)
    with pytest.raises(DutyConflict, match="duty-state"), transaction():
        service.sign([row], actor=actor)


def test_a_pass_lost_before_the_signature_is_not_signed(made: Finished) -> None:
    """A regrade between preparing and signing stops the signature."""
    make_key()
    (row,) = make_prepared(made)
    with transaction():
        result = session().get_one(Result, row.result_id)
        result.outcome, result.total = Outcome.FAIL, Decimal(79)
        storied()
    with pytest.raises(RuleBroken, match="certificate-not-passed"), transaction():
        service.sign([row], actor=actor_of(approver_of(made)))


@pytest.mark.parametrize(
    "change", [{"name": "冒名者"}, {"hours": ["720"] * 3}, {"expires_on": "2035-03-10"}]
)
def test_what_is_not_what_the_facts_are_is_not_signed(
    made: Finished, change: dict[str, object]
) -> None:
    """A row that was changed after it was prepared."""
    make_key()
    (row,) = make_prepared(made)
    with transaction():
        row.fields = {**row.fields, **change}
        storied()
    with pytest.raises(RuleBroken, match="certificate-facts-changed"), transaction():
        service.sign([row], actor=actor_of(approver_of(made)))


def test_a_key_signs_on_its_days_alone(made: Finished, clock: Clock) -> None:
    """Neither the day of issue nor the day of signing lies outside the days of the key."""
    today = clock.at.date()
    until = today + dt.timedelta(days=30)
    with transaction():
        service.create_signing_key(issuer=230700, not_before=today, not_after=until, actor=SYSTEM)
    (row,) = make_prepared(made)
    approver = actor_of(approver_of(made))
    clock.forward(days=60)
    with pytest.raises(RuleBroken, match="signing-key-missing"), transaction():
        service.sign([row], actor=approver)


def test_a_name_put_right_before_the_signature_is_prepared_anew(made: Finished) -> None:
    """What was prepared under the old name is refused, cancelled, and prepared once more."""
    make_key()
    (row,) = make_prepared(made)
    with transaction():
        clerk = actor_of(made.city.officer(Role.EXAM_ADMIN))
        people.mend_person(made.enrolments[0].person, name="张三丰", reason="有误", actor=clerk)
    approver = actor_of(approver_of(made))
    with pytest.raises(RuleBroken, match="certificate-facts-changed"), transaction():
        service.sign([row], actor=approver)
    make_revoked(row, made)
    (fresh,) = make_prepared(made)
    with transaction():
        service.sign([fresh], actor=approver)
    assert fresh.fields["name"] == "张三丰"


def test_a_changed_row_is_not_printed_as_if_it_were_signed(made: Finished) -> None:
    """What is printed is read out of the signed record, not out of the row."""
    (row,) = make_signed(made)
    with transaction():
        row.fields = {**row.fields, "name": "张三"}
        storied()
    page = pages._page(row, keys.load_published(pages.config().keys))
    assert page.record.name == made.enrolments[0].person.name
    with transaction():
        row.record = bytes(row.record or b"")[:-1] + b"\xff"
        storied()
    with pytest.raises(RuleBroken, match="certificate-unverifiable"):
        pages.certificates_file([row])


# ---- keys 签名密钥


def test_keys_are_made_on_the_server_alone(made: Finished) -> None:
    """No signed-in account makes one, whatever its duties; each is recorded."""
    key = make_key()
    (entry,) = actions(Action.SIGNING_KEY_CREATED)
    assert entry.subject_id == key.kid
    days = {"not_before": dt.date(2025, 1, 1), "not_after": dt.date(2026, 1, 1)}
    secadmin = actor_of(made.city.officer(Role.SECADMIN))
    with pytest.raises(NotAllowed, match="key-by-command"), transaction():
        service.create_signing_key(issuer=230700, **days, actor=secadmin)
    for wrong in (
        {"issuer": 1, **days},
        {"issuer": 230700, "not_before": days["not_after"], "not_after": days["not_before"]},
        {"issuer": 230700, **days, "algorithm": "rsa"},
    ):
        with pytest.raises(BadInput, match="signing-key-facts"), transaction():
            service.create_signing_key(**wrong, actor=SYSTEM)  # type: ignore[arg-type]


# ---- taking back 吊销


def test_two_persons_take_a_certificate_back_at_once(made: Finished) -> None:
    """Valid until the second person decides; revoked in the same moment; recorded twice."""
    (row,) = make_signed(made)
    first, second = approver_of(made), approver_of(made)
    with transaction():
        asked = service.ask_revocation(row, reason="替考", actor=actor_of(first))
    assert pages.verdict_of(row).verdict.state is VerdictState.VALID
    with pytest.raises(DutyConflict, match="duty-two"), transaction():
        service.decide_revocation(asked, actor=actor_of(first))
    with transaction():
        service.decide_revocation(asked, actor=actor_of(second))
        assert pages.verdict_of(row).verdict.state is VerdictState.REVOKED
    listed = listing.standing(row.status_list, row.status_index)
    assert listed is not None
    assert listed.standing is Standing.REVOKED
    assert listing.fallen_places(row.status_list) == {row.status_index: Standing.REVOKED}
    assert len(actions(Action.CERTIFICATE_REVOCATION_PROPOSED)) == 1
    assert len(actions(Action.CERTIFICATE_REVOKED)) == 1
    with pytest.raises(RuleBroken, match="revocation-decided"), transaction():
        service.decide_revocation(asked, actor=actor_of(second))


def test_two_accounts_of_one_person_are_one(made: Finished) -> None:
    """Persons are compared, not accounts."""
    (row,) = make_signed(made)
    first = actor_of(approver_of(made))
    with transaction():
        asked = service.ask_revocation(row, reason="替考", actor=first)
    again = dataclasses.replace(first, account_id=approver_of(made).id)
    with pytest.raises(DutyConflict, match="duty-two"), transaction():
        service.decide_revocation(asked, actor=again)


def test_a_revocation_needs_reason_and_a_valid_certificate(made: Finished) -> None:
    """No reason, asked before, revoked before."""
    (row,) = make_signed(made)
    actor = actor_of(approver_of(made))
    with pytest.raises(DutyConflict, match="duty-reason"), transaction():
        service.ask_revocation(row, reason="  ", actor=actor)
    with transaction():
        asked = service.ask_revocation(row, reason="替考", actor=actor)
    with pytest.raises(RuleBroken, match="revocation-asked"), transaction():
        service.ask_revocation(row, reason="替考", actor=actor)
    with transaction():
        service.decide_revocation(asked, actor=actor_of(approver_of(made)))
    with pytest.raises(RuleBroken, match="certificate-not-valid"), transaction():
        service.ask_revocation(row, reason="替考", actor=actor)


def test_the_status_of_what_was_never_signed_is_unknown(made: Finished) -> None:
    """No place, or a place that is only prepared, is never called good."""
    (row,) = make_prepared(made)
    assert listing.standing(row.status_list, row.status_index) is None
    assert listing.standing(9, 9) is None


# ---- handing out 打印


def test_each_file_that_leaves_is_recorded(made: Finished) -> None:
    """By the office, by the holder, once more for a reason; with the digest of the file."""
    (row,) = make_signed(made)
    officer = actor_of(officer_of(made))
    holder = actor_of(make_holder(made))
    with transaction():
        service.hand_out([row], b"pdf", actor=officer)
    with transaction():
        service.hand_out_own(row, b"pdf", actor=holder)
    with transaction():
        service.reprint(row, b"pdf", reason="遗失", actor=officer)
    digest = hashlib.sha256(b"pdf").hexdigest()
    printed = [*actions(Action.CERTIFICATE_PRINTED), *actions(Action.CERTIFICATE_REPRINTED)]
    assert [json.loads(entry.detail)["sha256"] for entry in printed] == [digest] * 3
    with pytest.raises(DutyConflict, match="duty-reason"), transaction():
        service.reprint(row, b"pdf", reason=" ", actor=officer)


def test_only_valid_certificates_leave(made: Finished) -> None:
    """Neither unsigned nor revoked ones are printed."""
    officer = actor_of(officer_of(made))
    with pytest.raises(RuleBroken, match="certificates-none"), transaction():
        service.hand_out([], b"", actor=officer)
    (row,) = make_signed(made)
    make_revoked(row, made)
    with pytest.raises(RuleBroken, match="certificate-not-valid"), transaction():
        service.hand_out([row], b"pdf", actor=officer)
    with pytest.raises(DutyConflict, match="duty-state"), transaction():
        service.reprint(row, b"pdf", reason="遗失", actor=officer)


def test_nobody_takes_another_person_s_certificate(made: Finished) -> None:
    """The holder alone downloads it as their own."""
    (row,) = make_signed(made)
    other = actor_of(make_holder(made, place=1))
    with pytest.raises(DutyConflict, match="duty-own"), transaction():
        service.hand_out_own(row, b"pdf", actor=other)
    with pytest.raises(Missing):
        queries.own_certificate(row.id, other)


def make_holder(made: Finished, place: int = 0) -> finished.Account:
    with transaction():
        account = make_staff(person=made.enrolments[place].person)
        storied()
    return account


# ---- who is refused everywhere 回避


def strangers(made: Finished) -> dict[str, Actor]:
    """Return the actors whom every service of the office refuses."""
    city = made.city
    roles = (Role.CERTIFICATE_OFFICER, Role.CERTIFICATE_APPROVER)
    with transaction():
        tied = [make_staff(role, organisation=city.authority) for role in roles]
        for account in tied:
            make_person_tie(account.person, city.provider, TieKind.EMPLOYEE)
        agency = make_organisation(OrganisationKind.AGENCY)
        ended = make_entrustment(city.authority, agency, until_on=dt.date(2025, 3, 1))
        assert ended.id
        found = {
            "tied-officer": actor_of(tied[0]),
            "tied-approver": actor_of(tied[1]),
            "provider": make_actor(Role.TRAINING_MANAGER, organisation=city.provider),
            "provider-officer": make_actor(*roles[:1], organisation=city.provider),
            "sysadmin": make_actor(Role.SYSADMIN, organisation=city.authority),
            "auditor": make_actor(Role.AUDITOR, organisation=city.authority),
            "marker": make_actor(Role.MARKER, organisation=city.authority),
            "agency": make_actor(roles[0], organisation=agency),
            "other-city": make_actor(roles[0], kind=OrganisationKind.CITY_EM),
            "other-approver": make_actor(roles[1], kind=OrganisationKind.CITY_EM),
            "public": PUBLIC,
        }
        storied()
    return found


WHO = (
    "tied-officer", "tied-approver", "provider", "provider-officer", "sysadmin", "auditor",
    "marker", "agency", "other-city", "other-approver", "public",
)  # fmt: skip


def test_everybody_outside_the_duty_is_refused_everywhere(made: Finished) -> None:
    """Provider, tied person, administrator, another city, an ended agency: every service."""
    (row,) = make_signed(made)
    with transaction():
        asked = service.ask_revocation(row, reason="替考", actor=actor_of(approver_of(made)))
    training_class, enrolment = made.training_class, made.enrolments[1]
    everybody = strangers(made)
    assert set(everybody) == set(WHO)
    before = session().scalar(select(func.count(AuditEntry.seq)))
    for actor in everybody.values():
        for attempt in (
            lambda actor=actor: service.prepare(training_class, actor=actor),
            lambda actor=actor: service.prepare_one(enrolment, actor=actor),
            lambda actor=actor: service.sign([row], actor=actor),
            lambda actor=actor: service.ask_revocation(row, reason="替考", actor=actor),
            lambda actor=actor: service.decide_revocation(asked, actor=actor),
            lambda actor=actor: service.hand_out([row], b"pdf", actor=actor),
            lambda actor=actor: service.reprint(row, b"pdf", reason="遗失", actor=actor),
            lambda actor=actor: queries.see_class(training_class.id, actor),
            lambda actor=actor: queries.see_certificate(row.id, actor),
            lambda actor=actor: queries.see_revocation(asked.id, actor),
        ):
            with pytest.raises((NotAllowed, Missing)), transaction():
                attempt()
    session().rollback()
    assert session().scalar(select(func.count(AuditEntry.seq))) == before
    assert session().get_one(Certificate, row.id).state is CertificateState.VALID
    db.session.rollback()
