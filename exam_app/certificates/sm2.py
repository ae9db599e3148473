"""SM2 signatures with SM3 (国密), where the optional extra ``sm2`` (tongsuopy) is installed.

Without it keys of this kind are still read and named, but verify and sign nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from exam_app.core.errors import RuleBroken

try:
    from tongsuopy.crypto import hashes, serialization
    from tongsuopy.crypto.asymciphers import ec
    from tongsuopy.crypto.exceptions import InvalidSignature
except ImportError:
    ec = None

SM2 = -65537  # private use: there is no registered COSE number
PRIME = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_A = PRIME - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_SCALAR = 32


def is_available() -> bool:
    """Return whether SM2 signatures can be made and verified here."""
    return ec is not None


@dataclass(frozen=True)
class Sm2PublicKey:
    """A public key as an uncompressed point, 65 bytes; the point lies on the curve."""

    point: bytes

    def __post_init__(self) -> None:
        if len(self.point) != 1 + 2 * _SCALAR or self.point[0] != 4:
            raise ValueError("no uncompressed point")
        x, y = (int.from_bytes(half, "big") for half in (self.point[1:33], self.point[33:]))
        if max(x, y) >= PRIME or (y * y - (x * x + _A) * x - _B) % PRIME:
            raise ValueError("no point of the SM2 curve")

    @cached_property
    def _key(self) -> Any:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SM2(), self.point)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Return whether r and s, 32 bytes each, are this key's signature of the message.

        Raises: RuleBroken: the extra is not installed (``sm2-missing``).
        """
        _require()
        r, s = (int.from_bytes(half, "big") for half in (signature[:_SCALAR], signature[_SCALAR:]))
        if not (0 < r < ORDER and 0 < s < ORDER):
            return False
        try:
            self._key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SM3()))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Sm2Signer:
    """The optional signer (SM2 with SM3, the identifier of GM/T 0009)."""

    scalar: int
    alg: int = SM2

    @cached_property
    def _key(self) -> Any:
        _require()
        return ec.derive_private_key(self.scalar, ec.SM2())

    @classmethod
    def generate(cls) -> Sm2Signer:
        """Return a signer with a fresh key. Raises: RuleBroken: the extra is not installed."""
        _require()
        return cls(1 + secrets.randbelow(ORDER - 2))

    @property
    def public(self) -> Sm2PublicKey:
        """Return the public half."""
        form = serialization.PublicFormat.UncompressedPoint
        raw = self._key.public_key().public_bytes(serialization.Encoding.X962, form)
        return Sm2PublicKey(raw)

    @cached_property
    def kid(self) -> str:
        """Return the id of the key."""
        return hashlib.sha256(self.public.point).hexdigest()[:16]

    def sign(self, message: bytes) -> bytes:
        """Return r and s, 32 bytes each."""
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SM3())))
        return r.to_bytes(_SCALAR, "big") + s.to_bytes(_SCALAR, "big")


def _require() -> None:
    if ec is None:
        raise RuleBroken("sm2-missing")
