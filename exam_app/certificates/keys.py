"""Signing keys (签名密钥): the signer, the public keys a verifier pins, their files.

A key's algorithm is fixed with it. The private half lies in the installation's key folder,
wrapped under its master secret; the public halves form a JWK set that anyone may keep.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from exam_app.certificates.terms import KeyState
from exam_app.core.crypto import Keyring, write_private
from exam_app.core.errors import BadInput, RuleBroken

EDDSA, ED25519, ES256 = -8, -19, -7
ALGORITHMS = ("ed25519", "es256")
_FOLDER = "certificate"
_SCALAR = 32
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Signer(Protocol):
    """What signs: a key id, the COSE number of its algorithm, and the act."""

    @property
    def kid(self) -> str:
        """First 8 bytes of the SHA-256 of the public key, hexadecimal."""

    @property
    def alg(self) -> int:
        """COSE algorithm number."""

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature."""


@dataclass(frozen=True)
class Ed25519Signer:
    """The default signer (Ed25519)."""

    key: Ed25519PrivateKey
    alg: int = EDDSA

    @property
    def kid(self) -> str:
        """Return the id of the key."""
        return key_id(self.key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the signature."""
        return self.key.sign(message)


@dataclass(frozen=True)
class Es256Signer:
    """The second signer (ECDSA P-256 with SHA-256)."""

    key: ec.EllipticCurvePrivateKey
    alg: int = ES256

    @property
    def kid(self) -> str:
        """Return the id of the key."""
        return key_id(_point(self.key.public_key()))

    def sign(self, message: bytes) -> bytes:
        """Return r and the lower of the two values s may take, 32 bytes each."""
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        s = min(s, _ORDER - s)
        return r.to_bytes(_SCALAR, "big") + s.to_bytes(_SCALAR, "big")


def key_id(public: bytes) -> str:
    """Return the id of a public key: 8 bytes of its SHA-256, as 16 hexadecimal digits."""
    return hashlib.sha256(public).hexdigest()[:16]


@dataclass(frozen=True)
class PublicKey:
    """One key a verifier knows: what it may sign for, and when."""

    kid: str
    key: Ed25519PublicKey | ec.EllipticCurvePublicKey
    issuers: frozenset[int] = frozenset()
    not_before: dt.date = dt.date.min
    not_after: dt.date = dt.date.max
    state: KeyState = KeyState.ACTIVE
    compromised_from: dt.date | None = None

    @property
    def algorithms(self) -> frozenset[int]:
        """Return the COSE numbers of its one algorithm (Ed25519 has an old and a new one)."""
        if isinstance(self.key, Ed25519PublicKey):
            return frozenset({EDDSA, ED25519})
        return frozenset({ES256})

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Return whether the signature of the message is this key's."""
        if len(signature) != 2 * _SCALAR:
            return False
        try:
            if isinstance(self.key, Ed25519PublicKey):
                self.key.verify(signature, message)
            else:
                r, s = (int.from_bytes(half, "big") for half in _halves(signature))
                if s > _ORDER // 2:  # the other s would sign the same: one form alone is accepted
                    return False
                self.key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def to_jwk(self) -> dict[str, Any]:
        """Return the key as a JWK with its dates, issuers and state."""
        jwk: dict[str, Any] = {
            "kid": self.kid,
            "use": "sig",
            "issuers": sorted(self.issuers),
            "not_before": self.not_before.isoformat(),
            "not_after": self.not_after.isoformat(),
            "state": self.state.value,
        }
        if self.compromised_from:
            jwk["compromised_from"] = self.compromised_from.isoformat()
        if isinstance(self.key, Ed25519PublicKey):
            return jwk | {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "x": _b64(self.key.public_bytes_raw()),
            }
        numbers = self.key.public_numbers()
        return jwk | {
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "x": _b64(numbers.x.to_bytes(_SCALAR, "big")),
            "y": _b64(numbers.y.to_bytes(_SCALAR, "big")),
        }


@dataclass(frozen=True)
class KeySet:
    """The public keys a verifier pins, by id."""

    keys: dict[str, PublicKey] = field(default_factory=dict)

    @classmethod
    def of(cls, keys: Iterable[PublicKey]) -> KeySet:
        """Return a set of keys."""
        return cls({key.kid: key for key in keys})

    @classmethod
    def from_jwks(cls, text: str) -> KeySet:
        """Return the keys of a JWK set; a key whose id is not its own is refused.

        Raises: BadInput: the text is no JWK set of keys this verifier knows.
        """
        try:
            return cls.of(_from_jwk(each) for each in json.loads(text)["keys"])
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise BadInput("jwks-unreadable", reason=str(problem)) from problem

    def to_jwks(self) -> str:
        """Return the JWK set, the same text for the same keys."""
        keys = [self.keys[kid].to_jwk() for kid in sorted(self.keys)]
        return json.dumps({"keys": keys}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    def find(self, kid: str) -> PublicKey | None:
        """Return the key of an id, None where it is not known."""
        return self.keys.get(kid)


def create(
    folder: Path,
    ring: Keyring,
    *,
    issuer: int,
    not_before: dt.date,
    not_after: dt.date,
    algorithm: str = "ed25519",
) -> PublicKey:
    """Make a signing key of an authority and put its public half into the published set.

    Args: algorithm: one of ``ALGORITHMS``.
    Returns: the public key; the private one is written wrapped, readable by its owner alone.
    """
    signer = _generated(algorithm)
    public = PublicKey(
        kid=signer.kid,
        key=signer.key.public_key(),
        issuers=frozenset({issuer}),
        not_before=not_before,
        not_after=not_after,
    )
    write_private(_private(folder, signer.kid), ring.wrap(signer.kid, _scalar_of(signer)))
    published = load_published(folder)
    publish(folder, KeySet({**published.keys, public.kid: public}))
    return public


def publish(folder: Path, keys: KeySet) -> None:
    """Write the set of keys this installation publishes, in one step."""
    path = _published(folder)
    fresh = path.with_suffix(".new")
    fresh.write_text(keys.to_jwks(), encoding="utf-8")
    fresh.replace(path)


def load_published(folder: Path) -> KeySet:
    """Return the keys this installation publishes, none before the first was made."""
    path = _published(folder)
    return KeySet.from_jwks(path.read_text(encoding="utf-8")) if path.exists() else KeySet()


def load_signer(folder: Path, ring: Keyring, *, issuer: int, on: dt.date) -> Signer:
    """Return the signer an authority signs with on a day: its newest key that holds.

    Raises: RuleBroken: there is none (``signing-key-missing``). KeyProblem: its file is damaged.
    """
    known = load_published(folder).keys.values()
    for key in sorted(known, key=lambda each: (each.not_before, each.kid), reverse=True):
        path = _private(folder, key.kid)
        usable = key.state is KeyState.ACTIVE and key.not_before <= on <= key.not_after
        if usable and issuer in key.issuers and path.exists():
            return _signer_of(key, ring.unwrap(key.kid, path.read_bytes()))
    raise RuleBroken("signing-key-missing", issuer=issuer, day=on.isoformat())


def _generated(algorithm: str) -> Ed25519Signer | Es256Signer:
    if algorithm == "es256":
        return Es256Signer(ec.generate_private_key(ec.SECP256R1()))
    return Ed25519Signer(Ed25519PrivateKey.generate())


def _scalar_of(signer: Ed25519Signer | Es256Signer) -> bytes:
    if isinstance(signer, Ed25519Signer):
        return signer.key.private_bytes_raw()
    return signer.key.private_numbers().private_value.to_bytes(_SCALAR, "big")


def _signer_of(public: PublicKey, scalar: bytes) -> Signer:
    if isinstance(public.key, Ed25519PublicKey):
        return Ed25519Signer(Ed25519PrivateKey.from_private_bytes(scalar))
    return Es256Signer(ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1()))


def _private(folder: Path, kid: str) -> Path:
    return folder / f"{_FOLDER}-{kid}.key"


def _published(folder: Path) -> Path:
    return folder / "certificate-keys.json"


def _from_jwk(jwk: dict[str, Any]) -> PublicKey:
    x = _unb64(jwk["x"])
    key: Ed25519PublicKey | ec.EllipticCurvePublicKey
    if (jwk["kty"], jwk["crv"]) == ("OKP", "Ed25519"):
        key, own = Ed25519PublicKey.from_public_bytes(x), key_id(x)
    elif (jwk["kty"], jwk["crv"]) == ("EC", "P-256"):
        point = b"\x04" + x + _unb64(jwk["y"])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        own = key_id(_point(key))
    else:
        raise ValueError(f"unknown kind of key {jwk['kty']}/{jwk['crv']}")
    if jwk["kid"] != own:
        raise ValueError(f"key id {jwk['kid']} is not its key's")
    compromised = jwk.get("compromised_from")
    return PublicKey(
        kid=own,
        key=key,
        issuers=frozenset(int(each) for each in jwk.get("issuers", ())),
        not_before=dt.date.fromisoformat(jwk.get("not_before", "0001-01-01")),
        not_after=dt.date.fromisoformat(jwk.get("not_after", "9999-12-31")),
        state=KeyState(jwk.get("state", "active")),
        compromised_from=dt.date.fromisoformat(compromised) if compromised else None,
    )


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    numbers = key.public_numbers()
    return b"\x04" + numbers.x.to_bytes(_SCALAR, "big") + numbers.y.to_bytes(_SCALAR, "big")


def _halves(signature: bytes) -> tuple[bytes, bytes]:
    return signature[:_SCALAR], signature[_SCALAR:]


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
