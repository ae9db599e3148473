"""Reads of what two persons decided on certificates: revocations, changes, voided sittings."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from exam_app.certificates.models import (
    Certificate,
    CertificateChange,
    Revocation,
    SittingVoiding,
)
from exam_app.certificates.terms import CertificateState
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.marking.models import Result
from exam_app.sittings.models import Entry, Sitting


def revocation_of(certificate_id: int) -> Revocation | None:
    """Return the revocation of a certificate that waits or was decided, None where none does."""
    query = select(Revocation).where(
        Revocation.certificate_id == certificate_id, Revocation.rejected.is_(None)
    )
    return session().scalar(query)


def get_revocation(revocation_id: int) -> Revocation:
    """Return a revocation. Raises: Missing."""
    found = session().get(Revocation, revocation_id)
    if found is None:
        raise Missing(kind="revocation")
    return found


def changes_of(certificate_id: int) -> Sequence[CertificateChange]:
    """Return what was asked of a certificate, carried out or not, in its order."""
    query = select(CertificateChange).where(CertificateChange.certificate_id == certificate_id)
    return session().scalars(query.order_by(CertificateChange.id)).all()


def change_behind(certificate: Certificate) -> CertificateChange | None:
    """Return the change a certificate was issued anew by, None for a first one."""
    query = select(CertificateChange).where(CertificateChange.replacement_id == certificate.id)
    return session().scalar(query)


def get_change(change_id: int) -> CertificateChange:
    """Return a change that was asked for. Raises: Missing."""
    found = session().get(CertificateChange, change_id)
    if found is None:
        raise Missing(kind="certificate_change")
    return found


def replacement_of(certificate_id: int) -> Certificate | None:
    """Return the certificate that is issued in another's place, None where none is."""
    query = select(Certificate).where(
        Certificate.replaces_id == certificate_id,
        Certificate.state != CertificateState.CANCELLED,
    )
    return session().scalar(query)


def line_of(certificate: Certificate) -> list[int]:
    """Return the ids of a certificate and of all it was issued in the place of, newest first."""
    found = [certificate.id]
    before = certificate.replaces_id
    while before is not None:
        found.append(before)
        before = session().get_one(Certificate, before).replaces_id
    return found


def voidings_of(sitting_id: int) -> Sequence[SittingVoiding]:
    """Return what was asked and decided on the voiding of a sitting, in its order."""
    query = select(SittingVoiding).where(SittingVoiding.sitting_id == sitting_id)
    return session().scalars(query.order_by(SittingVoiding.id)).all()


def get_voiding(voiding_id: int) -> SittingVoiding:
    """Return a voiding that was asked for. Raises: Missing."""
    found = session().get(SittingVoiding, voiding_id)
    if found is None:
        raise Missing(kind="sitting_voiding")
    return found


def voided_sittings(class_id: int) -> set[int]:
    """Return the ids of a class's sittings that were declared void."""
    query = (
        select(SittingVoiding.sitting_id)
        .join(Sitting, Sitting.id == SittingVoiding.sitting_id)
        .where(
            Sitting.class_id == class_id,
            SittingVoiding.decided_at.is_not(None),
            SittingVoiding.rejected.is_(None),
        )
    )
    return set(session().scalars(query))


def may_ask_voiding(sitting_id: int) -> bool:
    """Return whether all that was asked before was rejected: nothing waits, nothing is void."""
    return all(each.rejected for each in voidings_of(sitting_id))


def is_void(sitting_id: int) -> bool:
    """Return whether a sitting was declared void."""
    return any(not each.is_open and not each.rejected for each in voidings_of(sitting_id))


def certificates_of_sitting(sitting_id: int) -> Sequence[Certificate]:
    """Return the certificates that rest on a sitting's results, by number."""
    query = (
        select(Certificate)
        .join(Result, Result.id == Certificate.result_id)
        .join(Entry, Entry.id == Result.entry_id)
        .where(Entry.sitting_id == sitting_id)
    )
    return session().scalars(query.order_by(Certificate.number)).all()
