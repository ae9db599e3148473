"""Changes of credits: hours credited once, taken back by a reversing entry."""

from __future__ import annotations

import hashlib

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates.models import Certificate
from exam_app.certificates.terms import CertificateState
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.credits import queries, rules
from exam_app.credits.models import CreditEntry
from exam_app.credits.terms import CreditKind, CreditTarget
from exam_app.people import queries as people
from exam_app.training import queries as training
from exam_app.training.models import Enrolment, TrainingClass

ACTIONS = {
    CreditKind.CREDIT: Action.HOURS_CREDITED,
    CreditKind.EXEMPTION: Action.EXEMPTION_GRANTED,
}


def _walls(actor: Actor, training_class: TrainingClass) -> dict[str, bool]:
    facts = training.wall_facts(actor, training_class)
    return {name: facts[name] for name in ("not_prov", "not_taught")}


def credit(
    certificate: Certificate, *, target: CreditTarget | None = None, actor: Actor
) -> list[CreditEntry]:
    """Credit the hours a certificate stands for (学时计入或减免), once for person and class.

    Args: target: the requirement, where the notice names more than one.
    Raises: DutyConflict: a wall, or the certificate is not valid. RuleBroken:
        ``already-credited``, ``credit-none``, ``credit-target``, ``credit-no-hours``.
    Locks: the certificate, so that of two at once one is refused.
    """
    enrolment = training.get_enrolment(certificate.enrolment_id)
    training_class = training.class_of(enrolment)
    lock(certificate)
    duties.require(
        Permission.CREDIT_GRANT,
        actor,
        **_walls(actor, training_class),
        state=certificate.state is CertificateState.VALID,
    )
    made = rules.offer(training.policy_of(training_class))
    goes_to = rules.chosen_target(made, target)
    before = queries.entries_of(enrolment.person_id, training_class.id)
    rules.check_not_credited(
        goes_to,
        used=[each.target for each in before],
        standing_tenths=sum(each.hours_tenths for each in before),
    )
    entry = _add_entry(certificate, enrolment, made, goes_to, actor)
    trail.record(
        ACTIONS[made.kind],
        actor,
        entry,
        class_id=training_class.id,
        certificate=certificate.number,
        target=goes_to.value,
        hours=entry.hours,
        clause=entry.clause,
    )
    return [entry]


def _add_entry(
    certificate: Certificate,
    enrolment: Enrolment,
    made: rules.Offer,
    target: CreditTarget,
    actor: Actor,
) -> CreditEntry:
    decision = training.get_eligibility(enrolment.id)
    entry = CreditEntry(
        person_id=enrolment.person_id,
        enrolment_id=enrolment.id,
        class_id=enrolment.class_id,
        certificate_id=certificate.id,
        kind=made.kind,
        target=target,
        year=queries.sitting_year(certificate),
        hours_tenths=rules.creditable_tenths(
            credited=decision.hours_credited, trained=training.total_hours(decision)
        ),
        clause=made.clause[:200],
        granted_by_id=actor.account_id,
        granted_at=clock.now(),
    )
    session().add(entry)
    session().flush()
    return entry


def credit_class(
    training_class: TrainingClass, *, target: CreditTarget | None = None, actor: Actor
) -> list[CreditEntry]:
    """Credit every valid certificate of a class that was never credited; each is recorded."""
    made: list[CreditEntry] = []
    for certificate in queries.uncredited(training_class.id):
        made.extend(credit(certificate, target=target, actor=actor))
    return made


def _two_agree(entry: CreditEntry, actor: Actor) -> bool:
    """Return whether a second person stands behind a reversal.

    The actor is not who granted the hours, or two persons revoked the certificate they rest on.
    """
    certificate = session().get(Certificate, entry.certificate_id)
    revoked = certificate is not None and certificate.state is CertificateState.REVOKED
    return revoked or not people.same_person(actor, entry.granted_by_id)


def _undo(entry: CreditEntry, reason: str, actor: Actor) -> CreditEntry:
    undone = CreditEntry(
        person_id=entry.person_id,
        enrolment_id=entry.enrolment_id,
        class_id=entry.class_id,
        certificate_id=entry.certificate_id,
        reverses_id=entry.id,
        kind=entry.kind,
        target=entry.target,
        year=entry.year,
        hours_tenths=-entry.hours_tenths,
        clause=entry.clause,
        reason=reason,
        granted_by_id=actor.account_id,
        granted_at=clock.now(),
    )
    session().add(undone)
    session().flush()
    return undone


def reverse(entry: CreditEntry, *, reason: str, actor: Actor) -> CreditEntry:
    """Take hours back by a reversing entry (冲销); the first entry stays as it is.

    Raises: DutyConflict: a wall, the person who granted it, or no reason. RuleBroken: it is
        itself a reversal or was reversed before.
    Locks: the entry.
    """
    enrolment = training.get_enrolment(entry.enrolment_id)
    training_class = training.class_of(enrolment)
    lock(entry)
    duties.require(
        Permission.CREDIT_REVERSE,
        actor,
        **_walls(actor, training_class),
        two=_two_agree(entry, actor),
        reason=bool(reason.strip()),
        state=True,
    )
    rules.check_can_be_reversed(
        is_reversal=entry.reverses_id is not None,
        reversed_before=queries.is_reversed(entry.id),
        reason=reason,
    )
    undone = _undo(entry, reason.strip(), actor)
    trail.record(
        Action.HOURS_REVERSED,
        actor,
        undone,
        class_id=training_class.id,
        reverses=entry.id,
        hours=undone.hours,
        reason=undone.reason,
    )
    return undone


def reverse_for(certificate: Certificate, *, reason: str, actor: Actor) -> list[CreditEntry]:
    """Take back all hours that rest on a certificate, as after its revocation (吊销)."""
    standing = [
        entry
        for entry in queries.entries_of_certificate(certificate.id)
        if entry.reverses_id is None and not queries.is_reversed(entry.id)
    ]
    return [reverse(entry, reason=reason, actor=actor) for entry in standing]


def issue_statement(person_id: int, content: bytes, *, actor: Actor) -> None:
    """Note that a person's statement was handed out as a file, with its SHA-256."""
    duties.require(Permission.CREDIT_STATEMENT_OWN, actor, own=actor.person_id == person_id)
    digest = hashlib.sha256(content).hexdigest()
    trail.record(Action.STATEMENT_ISSUED, actor, ("person", person_id), sha256=digest)


def issue_enterprise_statement(organisation_id: int, content: bytes, *, actor: Actor) -> None:
    """Note that an enterprise's statement was handed out as a file, with its SHA-256."""
    duties.require(
        Permission.CREDIT_STATEMENT_ENTERPRISE,
        actor,
        own_org=actor.belongs_to(organisation_id),
        masked=True,
    )
    digest = hashlib.sha256(content).hexdigest()
    trail.record(Action.STATEMENT_ISSUED, actor, ("organisation", organisation_id), sha256=digest)
