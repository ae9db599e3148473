"""Changes of credits: hours credited once, taken back by a reversing entry."""

from __future__ import annotations

import hashlib
from typing import Any

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import listing
from exam_app.certificates.models import Certificate
from exam_app.certificates.service import certificate_changed
from exam_app.certificates.terms import CertificateState
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.credits import queries, rules
from exam_app.credits.models import CreditEntry
from exam_app.credits.terms import CreditKind, CreditTarget
from exam_app.people import queries as people
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass

ACTIONS = {
    CreditKind.CREDIT: Action.HOURS_CREDITED,
    CreditKind.EXEMPTION: Action.EXEMPTION_GRANTED,
}


def _walls(actor: Actor, training_class: TrainingClass) -> dict[str, bool]:
    facts = training.wall_facts(actor, training_class)
    return {name: facts[name] for name in ("not_prov", "not_taught")}


def credit(
    certificate: Certificate,
    *,
    target: CreditTarget | None = None,
    reason: str = "",
    actor: Actor,
) -> list[CreditEntry]:
    """Credit the hours a certificate stands for (学时计入或减免), once for person and class.

    Args: target: the requirement, where the notice names more than one. reason: why hours that
        were taken back are credited again.
    Raises: DutyConflict: a wall, or the certificate is not valid. RuleBroken:
        ``already-credited``, ``certificate-fallen``, ``credit-none``, ``credit-target``,
        ``credit-no-hours``, ``reason-missing``.
    Locks: the certificate, as its revocation does, then the enrolment, so that of two at once
        one is refused.
    """
    enrolment = training.get_enrolment(certificate.enrolment_id)
    training_class = training.class_of(enrolment)
    reason = reason.strip()
    lock(certificate)
    lock(enrolment)
    duties.require(
        Permission.CREDIT_GRANT,
        actor,
        **_walls(actor, training_class),
        state=certificate.state is CertificateState.VALID,
    )
    listing.check_not_fallen(certificate)
    made = rules.offer(training.policy_of(training_class))
    goes_to = rules.chosen_target(made, target)
    follows_id = rules.place_in_chain(
        queries.chain_of(enrolment.id), result_id=certificate.result_id, reason=reason
    )
    entry = _add_entry(
        certificate, made, actor, target=goes_to, follows_id=follows_id, reason=reason or None
    )
    trail.record(
        ACTIONS[made.kind],
        actor,
        entry,
        class_id=training_class.id,
        certificate=certificate.number,
        target=goes_to.value,
        hours=entry.hours,
        clause=entry.clause,
        reason=entry.reason,
    )
    return [entry]


def _add_entry(
    certificate: Certificate, made: rules.Offer, actor: Actor, **chosen: Any
) -> CreditEntry:
    enrolment = certificate.enrolment
    decision = training.get_eligibility(enrolment.id)
    entry = CreditEntry(
        person_id=enrolment.person_id,
        enrolment_id=enrolment.id,
        class_id=enrolment.class_id,
        certificate_id=certificate.id,
        kind=made.kind,
        year=queries.sitting_year(certificate),
        hours_tenths=rules.creditable_tenths(
            credited=decision.hours_credited, trained=training.total_hours(decision)
        ),
        clause=made.clause[:200],
        granted_by_id=actor.account_id,
        granted_at=clock.now(),
        **chosen,
    )
    session().add(entry)
    session().flush()
    return entry


def credit_class(
    training_class: TrainingClass, *, target: CreditTarget | None = None, actor: Actor
) -> list[CreditEntry]:
    """Credit every valid certificate of a class that waits for it; each is recorded.

    Locks: the class, so that of two officers at once one finds nothing left.
    """
    lock(training_class)
    made: list[CreditEntry] = []
    for certificate in queries.uncredited(training_class.id):
        made.extend(credit(certificate, target=target, actor=actor))
    return made


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
    Locks: the enrolment.
    """
    training_class = training.class_of(training.get_enrolment(entry.enrolment_id))
    duties.require(
        Permission.CREDIT_REVERSE,
        actor,
        **_walls(actor, training_class),
        two=not people.same_person(actor, entry.granted_by_id),
        reason=bool(reason.strip()),
        state=True,
    )
    return _reversed(entry, reason, actor)


def _reversed(entry: CreditEntry, reason: str, actor: Actor) -> CreditEntry:
    lock(training.get_enrolment(entry.enrolment_id))
    rules.check_can_be_reversed(
        is_reversal=entry.reverses_id is not None,
        reversed_before=queries.is_reversed(entry.id),
        reason=reason,
    )
    return _reverse(entry, reason.strip(), actor)


def _reverse(entry: CreditEntry, reason: str, actor: Actor) -> CreditEntry:
    """Return the recorded reversal of an entry that stands."""
    undone = _undo(entry, reason, actor)
    trail.record(
        Action.HOURS_REVERSED,
        actor,
        undone,
        class_id=entry.class_id,
        reverses=entry.id,
        hours=undone.hours,
        reason=reason,
    )
    return undone


def reverse_for(certificate: Certificate, *, reason: str, actor: Actor) -> list[CreditEntry]:
    """Take back the hours of a revoked certificate (吊销), in the transaction that revokes it.

    The two persons who revoked it decided this too: no further duty is asked. Hours credited on
    a certificate that this one replaced go with it; where another certificate of the same
    enrolment is valid they stay.
    Raises: RuleBroken: the certificate is not revoked (``credit-not-revoked``).
    Locks: the enrolment; the caller holds the certificate.
    """
    lock(training.get_enrolment(certificate.enrolment_id))
    rules.check_revoked(is_revoked=certificate.state is CertificateState.REVOKED)
    return [_reversed(entry, reason, actor) for entry in queries.left_without(certificate)]


def _follow(certificate: Certificate, reason: str, actor: Actor) -> None:
    if certificate.state is CertificateState.REVOKED:
        reverse_for(certificate, reason=reason, actor=actor)


certificate_changed.append(_follow)


def correct(
    entry: CreditEntry, *, target: CreditTarget | None = None, reason: str, actor: Actor
) -> list[CreditEntry]:
    """Credit the hours of an entry that was taken back again, for a reason (更正后重新登记).

    On the enrolment's valid certificate, which may have replaced the entry's own.
    Raises: as ``credit``; Missing: no certificate of the enrolment is valid.
    """
    certificate = queries.valid_certificate(entry.enrolment_id)
    return credit(certificate, target=target, reason=reason, actor=actor)


def issue_statement(
    person_id: int, content: bytes, *, year: int | None = None, actor: Actor
) -> None:
    """Note that a person's statement was handed out as a file, with its SHA-256."""
    duties.require(Permission.CREDIT_STATEMENT_OWN, actor, own=actor.person_id == person_id)
    _note(("person", person_id), content, year, actor)


def issue_enterprise_statement(
    organisation_id: int, content: bytes, *, year: int | None = None, actor: Actor
) -> None:
    """Note that an enterprise's statement was handed out as a file, with its SHA-256."""
    duties.require(
        Permission.CREDIT_STATEMENT_ENTERPRISE,
        actor,
        own_org=actor.belongs_to(organisation_id),
        masked=True,
    )
    _note(("organisation", organisation_id), content, year, actor)


def _note(whose: tuple[str, int], content: bytes, year: int | None, actor: Actor) -> None:
    digest = hashlib.sha256(content).hexdigest()
    trail.record(Action.STATEMENT_ISSUED, actor, whose, sha256=digest, year=year)
