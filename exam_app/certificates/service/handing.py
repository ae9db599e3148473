"""Handing out (打印、发放、导出): each file that leaves is recorded with its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import listing, queries
from exam_app.certificates.models import Certificate
from exam_app.certificates.terms import CertificateState
from exam_app.core.errors import RuleBroken
from exam_app.training import queries as training


def hand_out(
    certificates: Sequence[Certificate], content: bytes, *, exported: bool = False, actor: Actor
) -> None:
    """Note that certificates of one class were printed or exported by the office (打印、导出证书).

    Raises: DutyConflict, NotAllowed: the actor. RuleBroken: none, or one is not valid.
    Records: CERTIFICATE_PRINTED or CERTIFICATE_EXPORTED on the class.
    """
    _check_valid(certificates)
    training_class = training.class_of(certificates[0].enrolment)
    facts = queries.wall_facts(actor, training_class)
    duties.require(Permission.CERTIFICATE_VIEW, actor, **facts)
    trail.record(
        Action.CERTIFICATE_EXPORTED if exported else Action.CERTIFICATE_PRINTED,
        actor,
        training_class,
        class_id=training_class.id,
        **_described(certificates, content),
    )


def hand_out_own(
    certificate: Certificate, content: bytes, *, exported: bool = False, actor: Actor
) -> None:
    """Note that somebody took their own certificate as a file (下载、导出本人证书).

    Raises: DutyConflict, NotAllowed: the actor. RuleBroken: it is not valid.
    Records: CERTIFICATE_PRINTED or CERTIFICATE_EXPORTED on the certificate.
    """
    _check_valid([certificate])
    own = certificate.enrolment.person_id == actor.person_id
    duties.require(Permission.CERTIFICATE_VIEW_OWN, actor, own=own)
    trail.record(
        Action.CERTIFICATE_EXPORTED if exported else Action.CERTIFICATE_PRINTED,
        actor,
        certificate,
        class_id=certificate.enrolment.class_id,
        **_described([certificate], content),
    )


def reprint(certificate: Certificate, content: bytes, *, reason: str, actor: Actor) -> None:
    """Note that a certificate was printed once more for a reason (补证); number and record stay.

    Raises: DutyConflict, NotAllowed: the actor, no reason, or it is not valid.
    Records: CERTIFICATE_REPRINTED on the certificate.
    """
    listing.check_not_fallen(certificate)
    training_class = training.class_of(certificate.enrolment)
    facts = queries.wall_facts(actor, training_class)
    duties.require(
        Permission.CERTIFICATE_REPRINT,
        actor,
        **facts,
        reason=bool(reason.strip()),
        state=certificate.state is CertificateState.VALID,
    )
    trail.record(
        Action.CERTIFICATE_REPRINTED,
        actor,
        certificate,
        class_id=training_class.id,
        reason=reason.strip(),
        **_described([certificate], content),
    )


def _check_valid(certificates: Sequence[Certificate]) -> None:
    if not certificates:
        raise RuleBroken("certificates-none")
    for each in certificates:
        listing.check_not_fallen(each)
        if each.state is not CertificateState.VALID:
            raise RuleBroken("certificate-not-valid", number=each.number)


def _described(certificates: Sequence[Certificate], content: bytes) -> dict[str, Any]:
    return {
        "numbers": [each.number for each in certificates],
        "sha256": hashlib.sha256(content).hexdigest(),
    }
