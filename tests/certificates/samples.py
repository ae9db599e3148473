"""Certificates made of fixed keys and fixed facts, the same in every run."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_app.certificates.keys import Ed25519Signer, Es256Signer, KeySet, PublicKey, Signer
from exam_app.certificates.record import CertificateRecord, encode, sign, signing_input, to_digits

HOST = "exam.example.gov.cn"
ISSUED, EXPIRES = dt.date(2026, 11, 2), dt.date(2029, 11, 1)
ON = dt.date(2027, 1, 5)

ED25519 = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
ES256 = Es256Signer(ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1()))
STRANGER = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))

RECORD = CertificateRecord(
    issuer=230700,
    number="23070020261000177",
    name="欧阳㛃䶮𬭎",
    id_tail="235X",
    class_kind=1,
    category=2,
    industry="E47",
    hours=(Decimal(32), Decimal("19.5"), Decimal(8)),
    score=Decimal("88.5"),
    credit=Decimal(32),
    issued_on=ISSUED,
    expires_on=EXPIRES,
    paper="P-2026-0007",
    status=(0, 4711),
)


def public(signer: Ed25519Signer | Es256Signer, **facts: Any) -> PublicKey:
    """Return the public half, for our issuer and the record's year unless told otherwise."""
    first = PublicKey(
        signer.kid,
        signer.key.public_key(),
        frozenset({230700}),
        dt.date(2026, 1, 1),
        dt.date(2026, 12, 31),
    )
    return replace(first, **facts)


KEYS = KeySet.of([public(ED25519), public(ES256)])


def digits_of(record: CertificateRecord = RECORD, signer: Signer = ED25519) -> str:
    """Return the signed record as digits."""
    return to_digits(sign(encode(record), signer))


def signed_raw(payload: bytes, signer: Signer = ED25519, *, alg: int | None = None) -> str:
    """Return digits of any payload, truly signed; the header's algorithm may be another."""
    number = signer.alg if alg is None else alg
    protected = cbor2.dumps({1: number, 4: bytes.fromhex(signer.kid)}, canonical=True)
    signature = signer.sign(signing_input(protected, payload))
    return to_digits(cbor2.dumps([protected, {}, payload, signature], canonical=True))


def payload_with(**changes: Any) -> bytes:
    """Return the sample's payload with fields changed, ``f3="…"``; None takes one out."""
    values = cbor2.loads(encode(RECORD))
    for name, value in changes.items():
        key = int(name.removeprefix("f").replace("m", "-"))
        values[key] = value
        if value is None:
            del values[key]
    return cbor2.dumps(values, canonical=True)
