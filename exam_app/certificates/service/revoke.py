"""Taking back (吊销): asked by one natural person, decided by another."""

from __future__ import annotations

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import queries
from exam_app.certificates.models import Certificate, Revocation
from exam_app.certificates.terms import CertificateState
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import Missing, RuleBroken
from exam_app.people import queries as people
from exam_app.training import queries as training


def ask_revocation(certificate: Certificate, *, reason: str, actor: Actor) -> Revocation:
    """Ask that a certificate is taken back (申请吊销); it stays valid until that is decided.

    Raises: DutyConflict, NotAllowed: the actor, or no reason. RuleBroken: it is not valid, or
        that was asked before.
    Locks: the certificate.
    Records: CERTIFICATE_REVOCATION_PROPOSED on the certificate.
    """
    training_class = training.class_of(certificate.enrolment)
    duties.require(
        Permission.CERTIFICATE_REVOKE,
        actor,
        not_prov=queries.wall_facts(actor, training_class)["not_prov"],
        two=True,  # the second person comes with the decision
        reason=bool(reason.strip()),
    )
    lock(certificate)
    if certificate.state is not CertificateState.VALID:
        raise RuleBroken("certificate-not-valid", number=certificate.number)
    if queries.revocation_of(certificate.id) is not None:
        raise RuleBroken("revocation-asked", number=certificate.number)
    asked = Revocation(
        certificate_id=certificate.id,
        reason=reason.strip(),
        asked_by_id=actor.account_id,
        asked_at=clock.now(),
    )
    session().add(asked)
    session().flush()
    trail.record(
        Action.CERTIFICATE_REVOCATION_PROPOSED,
        actor,
        certificate,
        class_id=training_class.id,
        number=certificate.number,
        reason=asked.reason,
    )
    return asked


def decide_revocation(revocation: Revocation, *, actor: Actor) -> Certificate:
    """Take a certificate back (吊销), by another natural person than who asked; at once.

    The hours credited on it are reversed by the stage of credits.
    Raises: DutyConflict, NotAllowed: the actor. RuleBroken: it is decided already.
    Locks: the certificate, then the revocation.
    Records: CERTIFICATE_REVOKED on the certificate.
    """
    certificate = session().get(Certificate, revocation.certificate_id)
    if certificate is None:
        raise Missing(kind="certificate")
    training_class = training.class_of(certificate.enrolment)
    duties.require(
        Permission.CERTIFICATE_REVOKE,
        actor,
        not_prov=queries.wall_facts(actor, training_class)["not_prov"],
        two=not people.same_person(actor, revocation.asked_by_id),
        reason=True,
    )
    lock(certificate)
    lock(revocation)
    if revocation.decided_at is not None:
        raise RuleBroken("revocation-decided", number=certificate.number)
    revocation.decided_by_id, revocation.decided_at = actor.account_id, clock.now()
    certificate.state = CertificateState.REVOKED
    session().flush()
    trail.record(
        Action.CERTIFICATE_REVOKED,
        actor,
        certificate,
        class_id=training_class.id,
        number=certificate.number,
        reason=revocation.reason,
    )
    return certificate
