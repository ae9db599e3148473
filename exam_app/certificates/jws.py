"""One signed form for what is published (签名文件): compact JWS (RFC 7515) of JSON.

Each kind of document has a ``typ`` of its own, so that none can pass for another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from exam_app.certificates.algorithms import Ed25519Signer, Es256Signer, PublicHalf, Signer
from exam_app.certificates.sm2 import Sm2PublicKey
from exam_app.core.errors import BadInput, RuleBroken

REGISTRY = "exam-key-registry+jws"
STATUS_LIST = "vc+jwt"  # as VC-JOSE-COSE names a signed credential
_NAMES = {Ed25519Signer: "EdDSA", Es256Signer: "ES256"}
_JWS = PyJWS(algorithms=list(_NAMES.values()))


class Pinned(Protocol):
    """A public key as a verifier knows it."""

    @property
    def kid(self) -> str:
        """Its id."""

    @property
    def key(self) -> PublicHalf:
        """The public half."""


class Known(Protocol):
    """What finds a public key by its id."""

    def find(self, kid: str) -> Pinned | None:
        """Return the key, None where it is not known."""


def sign(
    payload: Mapping[str, Any], signer: Signer, typ: str, header: Mapping[str, Any] | None = None
) -> str:
    """Return the signed document: header (alg, kid, typ), payload and signature.

    Args: header: members that stand beside or instead of these.
    Raises: RuleBroken: the signer's algorithm has no registered JWS name (``jws-algorithm``).
    """
    if not isinstance(signer, Ed25519Signer | Es256Signer):
        raise RuleBroken("jws-algorithm", kid=signer.kid)
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"typ": typ, "kid": signer.kid, **(header or {})}
    return _JWS.encode(body, signer.key, algorithm=_NAMES[type(signer)], headers=headers)


def verify(text: str, keys: Known, *, typ: str) -> dict[str, Any]:
    """Return the payload of a signed document whose signature by a known key holds.

    Raises: BadInput: no such document, another kind, an unknown key (``jws-refused``).
    """
    key = keys.find(kid_of(text))
    if key is None:
        raise BadInput("jws-refused", reason="unknown key")
    if isinstance(key.key, Sm2PublicKey):
        raise BadInput("jws-refused", reason="key of another kind")
    name = "EdDSA" if isinstance(key.key, Ed25519PublicKey) else "ES256"
    try:
        opened = _JWS.decode_complete(text.strip(), key.key, algorithms=[name])
        payload = json.loads(opened["payload"])
    except (PyJWTError, ValueError, TypeError) as problem:
        raise BadInput("jws-refused", reason=type(problem).__name__) from problem
    if opened["header"].get("typ") != typ or not isinstance(payload, dict):
        raise BadInput("jws-refused", reason="another kind of document")
    return payload


def kid_of(text: str) -> str:
    """Return the key id a signed document names. Raises: BadInput: it is no such document."""
    try:
        return str(_JWS.get_unverified_header(text.strip()).get("kid", ""))
    except (PyJWTError, ValueError) as problem:
        raise BadInput("jws-refused", reason=type(problem).__name__) from problem


def unverified(text: str) -> dict[str, Any]:
    """Return the payload of a document whose signature was checked when it was put in place."""
    try:
        opened = _JWS.decode_complete(text.strip(), options={"verify_signature": False})
        payload: dict[str, Any] = json.loads(opened["payload"])
    except (PyJWTError, ValueError) as problem:
        raise BadInput("jws-refused", reason=type(problem).__name__) from problem
    return payload
