"""Changes of a signed certificate: held up, let go on, issued anew, put right (暂停、补换发、更正).

One person asks with a reason, another decides. What is issued anew is first prepared under a
number of its own; the old one is replaced when the new one is signed.
"""

from __future__ import annotations

from typing import Any

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit.actions import Action
from exam_app.certificates import decisions, listing, queries, rules
from exam_app.certificates.models import Certificate, CertificateChange
from exam_app.certificates.service.issue import prepare_anew
from exam_app.certificates.service.revoke import decide, record_step, require_revoker
from exam_app.certificates.service.told import tell
from exam_app.certificates.terms import CertificateState, ChangeKind
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.people import queries as people
from exam_app.training import queries as training

HOLDS = frozenset({ChangeKind.SUSPEND, ChangeKind.LIFT})
STATES = {
    ChangeKind.SUSPEND: (CertificateState.SUSPENDED, Action.CERTIFICATE_SUSPENDED),
    ChangeKind.LIFT: (CertificateState.VALID, Action.CERTIFICATE_RESTORED),
}


def ask_change(
    certificate: Certificate, kind: ChangeKind, *, reason: str, actor: Actor
) -> CertificateChange:
    """Ask that a certificate is held up, let go on or issued anew; nothing is changed yet.

    Raises: DutyConflict, NotAllowed: the actor, or no reason. RuleBroken: it does not stand so
        that this could be done, or something asked before still waits.
    Locks: the certificate.
    Records: CERTIFICATE_CHANGE_PROPOSED on the certificate.
    """
    training_class = training.class_of(certificate.enrolment)
    lock(certificate)
    if kind in HOLDS:
        require_revoker(training_class, actor, two=True, reason=reason)
    else:
        facts = queries.wall_facts(actor, training_class)
        stated = bool(reason.strip())
        duties.require(Permission.CERTIFICATE_REPRINT, actor, **facts, reason=stated, state=True)
    listing.check_not_fallen(certificate)
    rules.check_can_change(kind, certificate.state, number=certificate.number)
    if any(each.is_open for each in decisions.changes_of(certificate.id)):
        raise RuleBroken("change-asked", number=certificate.number)
    asked = CertificateChange(
        certificate_id=certificate.id,
        kind=kind,
        reason=reason.strip(),
        asked_by_id=actor.account_id,
        asked_at=clock.now(),
    )
    session().add(asked)
    session().flush()
    _record(Action.CERTIFICATE_CHANGE_PROPOSED, certificate, asked, actor)
    return asked


def decide_change(change: CertificateChange, *, actor: Actor) -> Certificate:
    """Carry out what another natural person asked; return the certificate it left.

    Returns: the certificate itself, or the one prepared in its place, still to be signed.
    Raises: DutyConflict, NotAllowed: the actor. RuleBroken: it is decided already, the
        certificate no longer stands so, it has expired, or a correction would change nothing.
    Locks: the certificate, then the change; for a new number its serial.
    Records: CERTIFICATE_SUSPENDED, CERTIFICATE_RESTORED or CERTIFICATE_REPLACEMENT_PREPARED.
    """
    certificate = _held(change, actor)
    listing.check_not_fallen(certificate)
    rules.check_can_change(change.kind, certificate.state, number=certificate.number)
    decide(change, actor)
    if change.kind in HOLDS:
        certificate.state, action = STATES[change.kind]
        session().flush()
        _record(action, certificate, change, actor)
        tell(certificate, change.reason, actor)
        return certificate
    corrects = change.kind is ChangeKind.CORRECT
    made = prepare_anew(certificate, corrects=corrects, prepared_by_id=change.asked_by_id)
    change.replacement_id = made.id
    session().flush()
    action = Action.CERTIFICATE_REPLACEMENT_PREPARED
    _record(action, certificate, change, actor, replacement=made.number)
    return made


def reject_change(change: CertificateChange, *, actor: Actor) -> Certificate:
    """Leave a certificate as it is, by another natural person than who asked.

    Raises: DutyConflict, NotAllowed: the actor. RuleBroken: it is decided already.
    Locks: the certificate, then the change.
    Records: CERTIFICATE_CHANGE_REJECTED on the certificate.
    """
    certificate = _held(change, actor)
    decide(change, actor, rejected=True)
    _record(Action.CERTIFICATE_CHANGE_REJECTED, certificate, change, actor)
    return certificate


def _held(change: CertificateChange, actor: Actor) -> Certificate:
    """Return the certificate, held, for a second person; refuse whoever may not decide."""
    certificate = session().get_one(Certificate, change.certificate_id)
    training_class = training.class_of(certificate.enrolment)
    other = not people.same_person(actor, change.asked_by_id)
    if change.kind in HOLDS:
        require_revoker(training_class, actor, two=other, reason=change.reason)
    else:
        facts = queries.wall_facts(actor, training_class)
        duties.require(Permission.CERTIFICATE_SIGN, actor, **facts, not_author=other, state=True)
    lock(certificate)
    lock(change)
    if not change.is_open:
        raise RuleBroken("change-decided", number=certificate.number)
    return certificate


def _record(
    action: Action, certificate: Certificate, change: CertificateChange, actor: Actor, **detail: Any
) -> None:
    record_step(action, certificate, change, actor, kind=change.kind, **detail)
