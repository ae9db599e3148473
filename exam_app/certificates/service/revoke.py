"""Taking back (吊销): asked by one natural person, decided by another."""

from __future__ import annotations

from typing import Any

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import decisions, listing, queries
from exam_app.certificates.models import Certificate, Revocation, TwoPersons
from exam_app.certificates.service.told import tell
from exam_app.certificates.terms import ENDED, CertificateState
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.people import queries as people
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass


def require_revoker(training_class: TrainingClass, actor: Actor, *, two: bool, reason: str) -> None:
    """Pass an actor whose duty taking back is.

    Args: two: whether this is not the person who asked; true while asking.
    Raises: DutyConflict, NotAllowed.
    """
    duties.require(
        Permission.CERTIFICATE_REVOKE,
        actor,
        **queries.wall_facts(actor, training_class),
        two=two,
        reason=bool(reason.strip()),
    )


def decide(asked: TwoPersons, actor: Actor, *, rejected: bool = False) -> None:
    """Write down who decided what another person asked."""
    asked.decided_by_id, asked.decided_at = actor.account_id, clock.now()
    asked.rejected = True if rejected else None


def record_step(
    action: Action, certificate: Certificate, asked: TwoPersons, actor: Actor, **detail: Any
) -> None:
    """Record what was asked of a certificate, or decided, on it with the reason given."""
    trail.record(
        action,
        actor,
        certificate,
        class_id=certificate.enrolment.class_id,
        number=certificate.number,
        reason=asked.reason,
        **detail,
    )


def ask_revocation(certificate: Certificate, *, reason: str, actor: Actor) -> Revocation:
    """Ask that a certificate is taken back (申请吊销); it stands as it was until that is decided.

    One that is not signed yet may be asked back too: its number is then used up (作废).
    Raises: DutyConflict, NotAllowed: the actor, or no reason. RuleBroken: it has ended, or that
        was asked before.
    Locks: the certificate.
    Records: CERTIFICATE_REVOCATION_PROPOSED on the certificate.
    """
    training_class = training.class_of(certificate.enrolment)
    require_revoker(training_class, actor, two=True, reason=reason)
    lock(certificate)
    if certificate.state in ENDED:
        raise RuleBroken("certificate-not-valid", number=certificate.number)
    if decisions.revocation_of(certificate.id) is not None:
        raise RuleBroken("revocation-asked", number=certificate.number)
    asked = Revocation(
        certificate_id=certificate.id,
        reason=reason.strip(),
        asked_by_id=actor.account_id,
        asked_at=clock.now(),
    )
    session().add(asked)
    session().flush()
    record_step(Action.CERTIFICATE_REVOCATION_PROPOSED, certificate, asked, actor)
    return asked


def decide_revocation(revocation: Revocation, *, actor: Actor) -> Certificate:
    """Take a certificate back (吊销), by another natural person than who asked; at once.

    The hours credited on it are taken back in the same transaction, and what was prepared in its
    place and is not signed is cancelled.
    Raises: DutyConflict, NotAllowed: the actor. RuleBroken: it is decided already, or the
        certificate has ended otherwise.
    Locks: the certificate, then the revocation, then what was prepared in its place.
    Records: CERTIFICATE_REVOKED on the certificate, or CERTIFICATE_CANCELLED where it was never
        signed.
    """
    certificate = _held(revocation, actor)
    if certificate.state in ENDED:
        raise RuleBroken("certificate-not-valid", number=certificate.number)
    decide(revocation, actor)
    end(certificate)
    if certificate.state is CertificateState.CANCELLED:
        record_step(Action.CERTIFICATE_CANCELLED, certificate, revocation, actor)
        return certificate
    facts = listing.revoked_facts([certificate])
    record_step(Action.CERTIFICATE_REVOKED, certificate, revocation, actor, **facts)
    tell(certificate, revocation.reason, actor)
    _cancel_replacement(certificate, revocation, actor)
    return certificate


def _cancel_replacement(certificate: Certificate, revocation: Revocation, actor: Actor) -> None:
    prepared = decisions.replacement_of(certificate.id)
    if prepared is None:
        return
    lock(prepared)
    if prepared.state is CertificateState.INTENDED:
        end(prepared)
        record_step(Action.CERTIFICATE_CANCELLED, prepared, revocation, actor)


def reject_revocation(revocation: Revocation, *, actor: Actor) -> Certificate:
    """Leave a certificate as it is (驳回吊销), by another natural person than who asked.

    Raises, Locks: as ``decide_revocation``.
    Records: CERTIFICATE_REVOCATION_REJECTED on the certificate.
    """
    certificate = _held(revocation, actor)
    decide(revocation, actor, rejected=True)
    record_step(Action.CERTIFICATE_REVOCATION_REJECTED, certificate, revocation, actor)
    return certificate


def end(certificate: Certificate) -> None:
    """Let a certificate end by a decision: revoked, or cancelled where it was never signed."""
    unsigned = certificate.state is CertificateState.INTENDED
    certificate.state = CertificateState.CANCELLED if unsigned else CertificateState.REVOKED
    session().flush()


def _held(revocation: Revocation, actor: Actor) -> Certificate:
    """Return the certificate, held, for a second person; refuse whoever may not decide."""
    certificate = session().get_one(Certificate, revocation.certificate_id)
    training_class = training.class_of(certificate.enrolment)
    two = not people.same_person(actor, revocation.asked_by_id)
    require_revoker(training_class, actor, two=two, reason=revocation.reason)
    lock(certificate)
    lock(revocation)
    if not revocation.is_open:
        raise RuleBroken("revocation-decided", number=certificate.number)
    return certificate
