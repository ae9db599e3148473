"""Signing keys, records and certificates that went through the services."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_app.access.actor import SYSTEM
from exam_app.access.terms import Role
from exam_app.certificates import keys, record, service
from exam_app.certificates.keys import Ed25519Signer, KeySet, PublicKey, Signer
from exam_app.certificates.models import Certificate
from exam_app.certificates.record import CertificateRecord, Listed
from exam_app.certificates.terms import Standing
from exam_app.core import clock
from exam_app.core.db import session, transaction
from exam_app.people.models import Account
from tests.factories.finished import Finished
from tests.factories.people import actor_of

HOST = "exam.yichun.example"
SEED = bytes(range(32))
RARE = "张\U0002cb4e㛃"
ON = dt.date(2025, 4, 1)


def good(*place: int) -> Listed:
    """Say of every place of the status lists that it is good."""
    return Listed(Standing.GOOD, dt.datetime(2025, 4, 1, tzinfo=dt.UTC))


def make_signer(seed: bytes = SEED) -> Ed25519Signer:
    """Return the signer of a fixed seed."""
    return Ed25519Signer(Ed25519PrivateKey.from_private_bytes(seed))


def make_keys(signer: Signer, **over: object) -> KeySet:
    """Return a set with the signer's public key, good for issuer 230700 and the year 2025."""
    values: dict[str, object] = {
        "kid": signer.kid,
        "key": signer.key.public_key(),  # type: ignore[attr-defined]
        "issuers": frozenset({230700}),
        "not_before": dt.date(2025, 1, 1),
        "not_after": dt.date(2026, 1, 31),
    }
    return KeySet.of([PublicKey(**{**values, **over})])  # type: ignore[arg-type]


def make_record(**over: object) -> CertificateRecord:
    """Return a record with a name beyond U+FFFF."""
    values: dict[str, object] = {
        "issuer": 230700,
        "number": "23070020251000016",
        "name": RARE,
        "id_tail": "123X",
        "class_kind": 1,
        "category": 3,
        "industry": "mining",
        "hours": (Decimal("24"), Decimal("16.5"), Decimal("8")),
        "score": None,
        "credit": Decimal("24"),
        "issued_on": ON,
        "expires_on": dt.date(2028, 4, 1),
        "paper": "YC-2025-01-A",
        "status": (1, 4711),
    }
    return CertificateRecord(**{**values, **over})  # type: ignore[arg-type]


def make_digits(signer: Signer | None = None, **over: object) -> str:
    """Return the digits of a signed record."""
    cose = record.sign(record.encode(make_record(**over)), signer or make_signer())
    return record.to_digits(cose)


def make_key(issuer: int = 230700) -> PublicKey:
    """Return the public half of a new signing key of the installation."""
    with transaction():
        return service.create_signing_key(
            issuer=issuer,
            not_before=clock.today(),
            not_after=clock.today() + dt.timedelta(days=365),
            actor=SYSTEM,
        )


def officer_of(made: Finished) -> Account:
    """Return a new certificate officer of the city."""
    return made.city.officer(Role.CERTIFICATE_OFFICER)


def approver_of(made: Finished) -> Account:
    """Return a new certificate approver of the city."""
    return made.city.officer(Role.CERTIFICATE_APPROVER)


def make_prepared(made: Finished) -> list[Certificate]:
    """Return the prepared certificates of a class."""
    actor = actor_of(officer_of(made))
    with transaction():
        return service.prepare(made.training_class, actor=actor)


def make_signed(made: Finished) -> list[Certificate]:
    """Return the signed certificates of a class, with a key made for them if there is none."""
    from flask import current_app

    if not keys.load_published(current_app.extensions["exam"].keys).keys:
        make_key(int(made.city.authority.division_code))
    rows = make_prepared(made)
    actor = actor_of(approver_of(made))
    with transaction():
        return service.sign(rows, actor=actor)


def make_revoked(certificate: Certificate, made: Finished) -> Certificate:
    """Return a certificate that one person asked to take back and another took back."""
    first, second = approver_of(made), approver_of(made)
    with transaction():
        asked = service.ask_revocation(certificate, reason="替考", actor=actor_of(first))
    with transaction():
        service.decide_revocation(asked, actor=actor_of(second))
    return session().get_one(Certificate, certificate.id)
