"""Reads of certificates: who holds one, what others lack, and what is public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.sql import Select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind
from exam_app.attempts.models import Attempt
from exam_app.certificates import rules
from exam_app.certificates.models import Certificate, Revocation
from exam_app.certificates.terms import CertificateState
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.marking import queries as marking
from exam_app.marking.models import Result
from exam_app.marking.terms import Outcome
from exam_app.papers.models import Paper
from exam_app.people import queries as people
from exam_app.policy.profile import ResolvedProfile
from exam_app.sittings.terms import EntryState
from exam_app.training import queries as training
from exam_app.training.models import Eligibility, Enrolment, TrainingClass
from exam_app.training.terms import ClassState, EligibilityState

COMPLETE = frozenset({ClassState.VERIFIED, ClassState.CLOSED})


@dataclass(frozen=True)
class Candidate:
    """One person of a class, the result that counts, and what a certificate still lacks."""

    enrolment: Enrolment
    decision: Eligibility | None
    result: Result | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Issued:
    """A certificate with the names of those who prepared and signed it, and its revocation."""

    certificate: Certificate
    prepared_by: str
    signed_by: str
    revocation: Revocation | None
    asked_by: str


# ---- for the office 考试方


def wall_facts(actor: Actor, training_class: TrainingClass) -> dict[str, bool]:
    """Return what the walls ask of somebody who handles a class's certificates.

    Raises: Missing: the class of another authority.
    """
    training.get_class(training_class.id, actor)
    facts = training.wall_facts(actor, training_class)
    return {name: facts[name] for name in ("not_prov", "not_taught", "entrusted")}


def see_class(class_id: int, actor: Actor) -> TrainingClass:
    """Return a class for its certificates' pages; the walls are asked.

    Raises: Missing; DutyConflict.
    """
    training_class = training.get_class(class_id, actor)
    facts = wall_facts(actor, training_class)
    duties.require(Permission.CERTIFICATE_VIEW, actor, **facts)
    return training_class


def see_certificate(certificate_id: int, actor: Actor) -> Certificate:
    """Return a certificate of a class the actor may see; the walls are asked.

    Raises: Missing; DutyConflict.
    """
    certificate = _get(certificate_id)
    see_class(certificate.enrolment.class_id, actor)
    return certificate


def see_revocation(revocation_id: int, actor: Actor) -> tuple[Revocation, Certificate]:
    """Return a revocation that was asked for, with its certificate. Raises: Missing."""
    revocation = session().get(Revocation, revocation_id)
    if revocation is None:
        raise Missing(kind="revocation")
    return revocation, see_certificate(revocation.certificate_id, actor)


def candidates(training_class: TrainingClass) -> list[Candidate]:
    """Return everybody on the roster with what a certificate lacks; empty: it may be prepared."""
    policy = training.policy_of(training_class)
    decisions = training.eligibility_of(training_class.id)
    results = {each.entry.enrolment_id: each for each in marking.final_results(training_class.id)}
    issued = {each.enrolment_id for each in certificates_of(training_class.id)}
    found = []
    for enrolment in training.enrolments_of(training_class.id):
        decision, result = decisions.get(enrolment.id), results.get(enrolment.id)
        standing = _standing(training_class, policy, decision, result, enrolment.id in issued)
        codes = tuple(rules.missing(standing))
        found.append(Candidate(enrolment, decision, result, codes))
    return found


def _standing(
    training_class: TrainingClass,
    policy: ResolvedProfile,
    decision: Eligibility | None,
    result: Result | None,
    issued: bool,
) -> rules.Standing:
    moment = result.released_at if result else None
    return rules.Standing(
        given=policy.flag("certificate.issued"),
        eligible=decision is not None and decision.state is EligibilityState.ELIGIBLE,
        passed=result is not None and result.outcome is Outcome.PASS,
        released=moment is not None,
        disqualified=result is not None and _is_disqualified(result),
        class_complete=training_class.state in COMPLETE,
        issued=issued,
        in_time=moment is not None
        and rules.in_time(policy, released_on=clock.local(moment).date(), on=clock.today()),
    )


def _is_disqualified(result: Result) -> bool:
    return result.outcome is Outcome.DISQUALIFIED or result.entry.state is EntryState.DISQUALIFIED


def certificates_of(class_id: int) -> Sequence[Certificate]:
    """Return the certificates of a class by number, whatever their state."""
    query = select(Certificate).join(Enrolment, Enrolment.id == Certificate.enrolment_id)
    query = query.where(Enrolment.class_id == class_id).order_by(Certificate.number)
    return session().scalars(query).all()


def valid_of(class_id: int) -> list[Certificate]:
    """Return the certificates of a class that are signed and not revoked."""
    held = certificates_of(class_id)
    return [each for each in held if each.state is CertificateState.VALID]


def unsigned_of(class_id: int) -> list[Certificate]:
    """Return the certificates of a class that wait for their signature."""
    held = certificates_of(class_id)
    return [each for each in held if each.state is CertificateState.INTENDED]


def certificate_of(enrolment_id: int) -> Certificate | None:
    """Return the certificate of an enrolment, None before it is prepared."""
    return session().scalar(select(Certificate).where(Certificate.enrolment_id == enrolment_id))


def by_number(number: str) -> Certificate:
    """Return the certificate of a number. Raises: Missing."""
    found = session().scalar(select(Certificate).where(Certificate.number == number))
    if found is None:
        raise Missing(kind="certificate")
    return found


def issued_facts(certificate: Certificate) -> Issued:
    """Return a certificate with who prepared and signed it, and its revocation."""
    revocation = revocation_of(certificate.id)
    return Issued(
        certificate,
        marking.name_of(certificate.prepared_by_id),
        marking.name_of(certificate.signed_by_id),
        revocation,
        marking.name_of(revocation.asked_by_id) if revocation else "",
    )


def revocation_of(certificate_id: int) -> Revocation | None:
    """Return the revocation that was asked for a certificate, None where there is none."""
    return session().scalar(select(Revocation).where(Revocation.certificate_id == certificate_id))


def paper_code_of(result: Result) -> str:
    """Return the code of the paper a result was sat on. Raises: Missing."""
    query = (
        select(Paper.code)
        .join(Attempt, Attempt.paper_id == Paper.id)
        .where(Attempt.id == result.attempt_id)
    )
    code = session().scalar(query)
    if code is None:
        raise Missing(kind="paper")
    return code


def _get(certificate_id: int) -> Certificate:
    found = session().get(Certificate, certificate_id)
    if found is None:
        raise Missing(kind="certificate")
    return found


# ---- for the holder 本人


def own_certificates(actor: Actor) -> Sequence[Certificate]:
    """Return the actor's own signed certificates, revoked ones too, the newest first."""
    query = _signed().join(Enrolment, Enrolment.id == Certificate.enrolment_id)
    query = query.where(Enrolment.person_id == actor.person_id).order_by(Certificate.id.desc())
    return session().scalars(query).all()


def own_certificate(certificate_id: int, actor: Actor) -> Certificate:
    """Return one of the actor's own signed certificates. Raises: Missing: it is not theirs."""
    for each in own_certificates(actor):
        if each.id == certificate_id:
            return each
    raise Missing(kind="certificate")


# ---- for everybody 公众查验


def find(number: str, name: str) -> Certificate | None:
    """Return the signed certificate of this number and holder, None alike where one is wrong.

    One statement compares both, so that a wrong name costs what an unknown number costs.
    """
    query = _signed().where(
        Certificate.number == number,
        Certificate.fields["name"].as_string() == rules.signed_name(name.strip()),
    )
    found: Certificate | None = session().scalar(query)
    return found


def revoked(status_list: int, index: int) -> bool | None:
    """Return whether the certificate at this place of the status lists is revoked.

    Returns: None where nothing was signed for the place: then the status is not known.
    """
    query = select(Certificate.state).where(
        Certificate.status_list == status_list, Certificate.status_index == index
    )
    state = session().scalar(query)
    if state is None or state is CertificateState.INTENDED:
        return None
    return state is CertificateState.REVOKED


def revoked_places() -> list[tuple[int, int]]:
    """Return list and index of every revoked certificate, for verifiers without a network."""
    query = select(Certificate.status_list, Certificate.status_index)
    query = query.where(Certificate.state == CertificateState.REVOKED)
    return sorted((listed, index) for listed, index in session().execute(query))


def is_on_file(number: str, cose: bytes) -> bool:
    """Return whether exactly this record was signed here under the number."""
    query = select(Certificate.id).where(Certificate.number == number, Certificate.record == cose)
    return session().scalar(query) is not None


def authority_name(issuer: int) -> str:
    """Return the name of the authority of a division code, the code where none is registered."""
    code = f"{issuer:06}"
    for each in people.organisations(OrganisationKind.CITY_EM, active=False):
        if each.division_code == code:
            return each.name
    return code


def _signed() -> Select[Any]:
    return select(Certificate).where(Certificate.state != CertificateState.INTENDED)


def stands_behind(result_id: int) -> bool:
    """Return whether a certificate that was not revoked rests on a result."""
    query = select(Certificate.id).where(
        Certificate.result_id == result_id, Certificate.state != CertificateState.REVOKED
    )
    return session().scalar(query) is not None
