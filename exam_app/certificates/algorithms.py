"""The kinds of signature a certificate may carry (签名算法): signers, public halves, JWK forms.

Ed25519 is the default, ES256 the second, SM2 an optional extra. All three give 64 bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

import cbor2
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

from exam_app.certificates import sm2
from exam_app.certificates.sm2 import SM2, Sm2PublicKey, Sm2Signer

EDDSA, ED25519, ES256 = -8, -19, -7
ALGORITHMS = ("ed25519", "es256", "sm2")
SIGNATURE = 64
_SCALAR = 32
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SHA256 = ec.ECDSA(hashes.SHA256())

PublicHalf = Ed25519PublicKey | ec.EllipticCurvePublicKey | Sm2PublicKey


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

    @cached_property
    def kid(self) -> str:
        """Return the id of the key."""
        return kid_of(self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        """Return the signature."""
        return self.key.sign(message)


@dataclass(frozen=True)
class Es256Signer:
    """The second signer (ECDSA P-256 with SHA-256)."""

    key: ec.EllipticCurvePrivateKey
    alg: int = ES256

    @cached_property
    def kid(self) -> str:
        """Return the id of the key."""
        return kid_of(self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        """Return r and the lower of the two values s may take, 32 bytes each."""
        r, s = decode_dss_signature(self.key.sign(message, _SHA256))
        s = min(s, _ORDER - s)
        return r.to_bytes(_SCALAR, "big") + s.to_bytes(_SCALAR, "big")


OwnSigner = Ed25519Signer | Es256Signer | Sm2Signer


def key_id(public: bytes) -> str:
    """Return the id of a public key: 8 bytes of its SHA-256, as 16 hexadecimal digits."""
    return hashlib.sha256(public).hexdigest()[:16]


def kid_of(key: PublicHalf) -> str:
    """Return the id of a public half."""
    return key_id(_raw(key))


@lru_cache(maxsize=256)
def header_of(alg: int, kid: str) -> bytes:
    """Return the protected header of a key: algorithm (1) and key id (4)."""
    return cbor2.dumps({1: alg, 4: bytes.fromhex(kid)})


def numbers_of(key: PublicHalf) -> frozenset[int]:
    """Return the COSE numbers of a key's one algorithm (Ed25519 has an old and a new one)."""
    if isinstance(key, Ed25519PublicKey):
        return frozenset({EDDSA, ED25519})
    return frozenset({SM2 if isinstance(key, Sm2PublicKey) else ES256})


def is_available(key: PublicHalf) -> bool:
    """Return whether signatures of this kind of key can be verified here."""
    return sm2.is_available() if isinstance(key, Sm2PublicKey) else True


def is_signed_by(key: PublicHalf, signature: bytes, message: bytes) -> bool:
    """Return whether the 64-byte signature of the message is this key's."""
    if len(signature) != SIGNATURE:
        return False
    if isinstance(key, Sm2PublicKey):
        return key.verify(signature, message)
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            if s > _ORDER // 2:  # the other s would sign the same: one form alone is accepted
                return False
            key.verify(encode_dss_signature(r, s), message, _SHA256)
    except InvalidSignature:
        return False
    return True


def generated(algorithm: str) -> OwnSigner:
    """Return a signer with a fresh key. Raises: RuleBroken: ``sm2-missing``."""
    if algorithm == "es256":
        return Es256Signer(ec.generate_private_key(ec.SECP256R1()))
    if algorithm == "sm2":
        return Sm2Signer.generate()
    return Ed25519Signer(Ed25519PrivateKey.generate())


def public_of(signer: OwnSigner) -> PublicHalf:
    """Return the public half of a signer."""
    return signer.public if isinstance(signer, Sm2Signer) else signer.key.public_key()


def scalar_of(signer: OwnSigner) -> bytes:
    """Return the 32 bytes a signer is kept as."""
    if isinstance(signer, Ed25519Signer):
        return signer.key.private_bytes_raw()
    if isinstance(signer, Sm2Signer):
        return signer.scalar.to_bytes(_SCALAR, "big")
    return signer.key.private_numbers().private_value.to_bytes(_SCALAR, "big")


def signer_of(public: PublicHalf, scalar: bytes) -> OwnSigner:
    """Return the signer of a public half from its 32 bytes."""
    if isinstance(public, Ed25519PublicKey):
        return Ed25519Signer(Ed25519PrivateKey.from_private_bytes(scalar))
    number = int.from_bytes(scalar, "big")
    if isinstance(public, Sm2PublicKey):
        return Sm2Signer(number)
    return Es256Signer(ec.derive_private_key(number, ec.SECP256R1()))


def jwk_of(key: PublicHalf) -> dict[str, str]:
    """Return the members of a JWK that are the key itself."""
    if isinstance(key, Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": b64(_raw(key))}
    point = _raw(key)
    curve, name = ("SM2", "SM2") if isinstance(key, Sm2PublicKey) else ("P-256", "ES256")
    return {
        "kty": "EC",
        "crv": curve,
        "alg": name,
        "x": b64(point[1:33]),
        "y": b64(point[33:]),
    }


def public_of_jwk(jwk: Mapping[str, Any]) -> PublicHalf:
    """Return the key of a JWK. Raises: KeyError, ValueError: it is none, or of another kind."""
    x = unb64(jwk["x"])
    kind: tuple[str, str] = (jwk["kty"], jwk["crv"])
    if kind == ("OKP", "Ed25519"):
        return Ed25519PublicKey.from_public_bytes(x)
    if kind[0] != "EC" or kind[1] not in {"P-256", "SM2"}:
        raise ValueError(f"unknown kind of key {kind[0]}/{kind[1]}")
    point = b"\x04" + x + unb64(jwk["y"])
    if kind[1] == "SM2":
        return Sm2PublicKey(point)
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def b64(raw: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Return the bytes of base64url text. Raises: ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _raw(key: PublicHalf) -> bytes:
    if isinstance(key, Ed25519PublicKey):
        return key.public_bytes_raw()
    if isinstance(key, Sm2PublicKey):
        return key.point
    numbers = key.public_numbers()
    return b"\x04" + numbers.x.to_bytes(_SCALAR, "big") + numbers.y.to_bytes(_SCALAR, "big")
