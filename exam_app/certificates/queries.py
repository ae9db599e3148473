"""Reads of certificates: who holds one, what others lack, and what is public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, select
from sqlalchemy.sql import Select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind
from exam_app.attempts.models import Attempt
from exam_app.certificates import decisions, listing, rules
from exam_app.certificates.models import (
    Certificate,
    CertificateChange,
    Revocation,
    SittingVoiding,
)
from exam_app.certificates.terms import ENDED, UNSIGNED, CertificateState
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.core.fonts import ensure_fonts
from exam_app.marking import queries as marking
from exam_app.marking.models import Result
from exam_app.marking.terms import Outcome
from exam_app.papers.models import Paper
from exam_app.people import queries as people
from exam_app.policy.profile import ResolvedProfile
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Sitting
from exam_app.sittings.terms import EntryState, SittingState
from exam_app.training import queries as training
from exam_app.training.models import Eligibility, Enrolment, TrainingClass
from exam_app.training.terms import ClassState, EligibilityState

COMPLETE = frozenset({ClassState.VERIFIED, ClassState.CLOSED})
OVER = frozenset({SittingState.CLOSED, SittingState.HANDED_OVER})


@dataclass(frozen=True)
class Candidate:
    """One person of a class, the result that counts, and what a certificate still lacks."""

    enrolment: Enrolment
    decision: Eligibility | None
    result: Result | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Issued:
    """A certificate with who prepared and signed it, and what was decided on it since.

    ``changes`` are told with the names of who asked and who decided; ``replaced_by`` and
    ``replaces`` lead to the certificate it was issued anew as, or in whose place it stands.
    """

    certificate: Certificate
    prepared_by: str
    signed_by: str
    revocation: Revocation | None
    asked_by: str
    changes: tuple[tuple[CertificateChange, str, str], ...]
    replaces: Certificate | None
    replaced_by: Certificate | None

    @property
    def open_change(self) -> CertificateChange | None:
        """Return the change that waits for its second person."""
        return next((change for change, *_ in self.changes if change.is_open), None)


# ---- for the office 考试方


def wall_facts(actor: Actor, training_class: TrainingClass) -> dict[str, bool]:
    """Return what the walls ask of somebody who handles a class's certificates.

    Nobody of the class itself, nor anybody recused from one of it, decides on them (``not_cand``).
    Raises: Missing: the class of another authority.
    """
    training.get_class(training_class.id, actor)
    facts = training.wall_facts(actor, training_class)
    asked = {name: facts[name] for name in ("not_prov", "not_taught", "entrusted")}
    return asked | {"not_cand": sittings.is_no_candidate(actor, training_class.id)}


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
    revocation = decisions.get_revocation(revocation_id)
    return revocation, see_certificate(revocation.certificate_id, actor)


def see_change(change_id: int, actor: Actor) -> tuple[CertificateChange, Certificate]:
    """Return a change that was asked for, with its certificate. Raises: Missing."""
    change = decisions.get_change(change_id)
    return change, see_certificate(change.certificate_id, actor)


def see_sitting(sitting_id: int, actor: Actor) -> Sitting:
    """Return a sitting for the page of its voiding; the walls are asked.

    Raises: Missing; DutyConflict.
    """
    sitting = session().get(Sitting, sitting_id)
    if sitting is None:
        raise Missing(kind="sitting")
    see_class(sitting.class_id, actor)
    return sitting


def see_voiding(voiding_id: int, actor: Actor) -> tuple[SittingVoiding, Sitting]:
    """Return a voiding that was asked for, with its sitting. Raises: Missing."""
    voiding = decisions.get_voiding(voiding_id)
    return voiding, see_sitting(voiding.sitting_id, actor)


def candidates(training_class: TrainingClass) -> list[Candidate]:
    """Return everybody on the roster with what a certificate lacks; empty: it may be prepared."""
    policy = training.policy_of(training_class)
    admitted = training.eligibility_of(training_class.id)
    counting = [*marking.void_results(training_class.id), *marking.final_results(training_class.id)]
    results = {each.entry.enrolment_id: each for each in counting}
    issued = _issued(training_class.id, {each.id for each in results.values()})
    revoked = listing.results_revoked()
    voided = decisions.voided_sittings(training_class.id)
    taken = sittings.sittings_of(training_class.id)
    handed_over = {each.id for each in taken if each.state is SittingState.HANDED_OVER}
    fonts = ensure_fonts(Path(current_app.instance_path))
    found = []
    for enrolment in training.enrolments_of(training_class.id):
        decision, result = admitted.get(enrolment.id), results.get(enrolment.id)
        standing = _standing(training_class, policy, decision, result)
        standing = replace(
            standing,
            issued=enrolment.id in issued or (result is not None and result.id in revoked),
            voided=result is not None and result.entry.sitting_id in voided,
            printable=not fonts.missing(rules.signed_name(enrolment.person.name)),
            handed_over=result is not None and result.entry.sitting_id in handed_over,
        )
        codes = tuple(rules.missing(standing))
        found.append(Candidate(enrolment, decision, result, codes))
    return found


def _issued(class_id: int, result_ids: set[int]) -> set[int]:
    """Return the enrolments that hold a certificate, or had one on the result that counts."""
    return {
        each.enrolment_id
        for each in certificates_of(class_id)
        if each.state not in ENDED
        or (each.state is not CertificateState.CANCELLED and each.result_id in result_ids)
    }


def _standing(
    training_class: TrainingClass,
    policy: ResolvedProfile,
    decision: Eligibility | None,
    result: Result | None,
) -> rules.Standing:
    moment = result.released_at if result else None
    return rules.Standing(
        given=policy.flag("certificate.issued"),
        eligible=decision is not None and decision.state is EligibilityState.ELIGIBLE,
        passed=result is not None and result.outcome is Outcome.PASS,
        released=moment is not None,
        disqualified=result is not None and _is_disqualified(result),
        class_complete=training_class.state in COMPLETE,
        issued=False,
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
    """Return the certificates of a class that are signed and in force."""
    held = certificates_of(class_id)
    fallen = listing.contradicted(held)
    return [each for each in held if each.state is CertificateState.VALID and each not in fallen]


def in_force(*wanted: ColumnElement[bool]) -> list[Certificate]:
    """Return the certificates that are valid and that nothing decided contradicts, by their ids."""
    query = select(Certificate).where(Certificate.state == CertificateState.VALID, *wanted)
    held = session().scalars(query.order_by(Certificate.id)).all()
    fallen = listing.told_otherwise(held)
    return [each for each in held if each.id not in fallen]


def contradicted_of(class_id: int) -> list[Certificate]:
    """Return the certificates of a class whose row says less than what was decided on them."""
    return listing.contradicted(certificates_of(class_id))


def unsigned_of(class_id: int) -> list[Certificate]:
    """Return the certificates of a class that wait for their signature."""
    held = certificates_of(class_id)
    return [each for each in held if each.state is CertificateState.INTENDED]


def standing_of_sitting(sitting_id: int) -> list[Certificate]:
    """Return the certificates that rest on a sitting and have not ended."""
    held = decisions.certificates_of_sitting(sitting_id)
    return [each for each in held if each.state not in ENDED]


def sittings_that_may_be_voided(class_id: int) -> list[Sitting]:
    """Return the sittings of a class that are over, in the order they were held."""
    held = sittings.sittings_of(class_id)
    return sorted((each for each in held if each.state in OVER), key=lambda each: each.starts_at)


def by_number(number: str) -> Certificate:
    """Return the certificate of a number. Raises: Missing."""
    found = session().scalar(select(Certificate).where(Certificate.number == number))
    if found is None:
        raise Missing(kind="certificate")
    return found


def issued_facts(certificate: Certificate) -> Issued:
    """Return a certificate with who acted on it and what was decided."""
    revocation = decisions.revocation_of(certificate.id)
    name_of = marking.name_of
    return Issued(
        certificate,
        name_of(certificate.prepared_by_id),
        name_of(certificate.signed_by_id),
        revocation,
        name_of(revocation.asked_by_id) if revocation else "",
        tuple(
            (change, name_of(change.asked_by_id), name_of(change.decided_by_id))
            for change in decisions.changes_of(certificate.id)
        ),
        session().get(Certificate, certificate.replaces_id) if certificate.replaces_id else None,
        decisions.replacement_of(certificate.id),
    )


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
    """Return the actor's own signed certificates, ended ones too, the newest first."""
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
    return select(Certificate).where(Certificate.state.not_in(UNSIGNED))


def stands_behind(result_id: int) -> bool:
    """Return whether a certificate that has not ended rests on a result."""
    query = select(Certificate.id).where(
        Certificate.result_id == result_id, Certificate.state.not_in(ENDED)
    )
    return session().scalars(query).first() is not None
