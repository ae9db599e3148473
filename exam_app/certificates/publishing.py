"""What is published for every verifier (公开文件): status lists, registry, key sets.

Lists are computed from the rows at each request, so they are right from the moment a change is
committed; what was signed is kept until the bits, the day or the key change.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import cast

from flask import current_app

from exam_app.certificates import algorithms, jws, keys, queries, status
from exam_app.certificates import registry as registries
from exam_app.certificates.keys import KeySet, PublicKey
from exam_app.certificates.passphrase import signing_ring
from exam_app.certificates.sm2 import Sm2PublicKey
from exam_app.certificates.status import Places
from exam_app.certificates.terms import KeyState
from exam_app.config import Config
from exam_app.core import clock
from exam_app.core.errors import Missing, RuleBroken

_KEPT = "exam_published_lists"


@dataclass(frozen=True)
class Document:
    """One published document: its text, its media type and when it was made."""

    text: str
    media_type: str
    made: dt.datetime


@dataclass(frozen=True)
class _Signed:
    """A signed list with what it was signed for."""

    reason: tuple[bytes, dt.date, str]
    document: Document


def status_list(number: int, purpose: str) -> Document:
    """Return the signed list of a purpose: ``revocation`` or ``suspension``.

    Raises: Missing: no certificate has a place in the list. RuleBroken: no key may sign it.
        KeyProblem: the passphrase of the signing keys is not at hand.
    """
    if number not in queries.status_lists():
        raise Missing(kind="status-list")
    now = clock.now()
    places = Places(number, queries.fallen_places(number), now, now + status.GOOD_FOR)
    key = _list_key(clock.today())
    reason = (status.bits(places, purpose), clock.today(), key.kid)
    kept: dict[tuple[int, str], _Signed] = current_app.extensions.setdefault(_KEPT, {})
    held = kept.get((number, purpose))
    if held is None or held.reason != reason:
        signer = keys.open_signer(_config().keys, signing_ring(), key)
        content = status.credential(places, purpose, _config().official_host)
        text = jws.sign(content, signer, jws.STATUS_LIST)
        held = _Signed(reason, Document(text, "application/vc+jwt", now))
        kept[number, purpose] = held
    return held.document


def status_lists() -> dict[tuple[int, str], Document]:
    """Return every list, by number and purpose; for who verifies without a network."""
    return {
        (number, purpose): status_list(number, purpose)
        for number in queries.status_lists()
        for purpose in status.PURPOSES
    }


def registry() -> Document:
    """Return the registry in force. Raises: Missing: none was installed."""
    path = keys.registry_path(_config().keys)
    if not path.exists():
        raise Missing(kind="registry")
    return Document(path.read_text(encoding="utf-8"), "application/jose", _written("registry.jws"))


def key_set() -> Document:
    """Return the public keys as a JWK set (RFC 7517)."""
    text = _known().to_jwks()
    made = max(_written("certificate-keys.json"), _written("registry.jws"))
    return Document(text, "application/jwk-set+json", made)


def did() -> Document:
    """Return the did:web document of the official host: the keys that sign documents."""
    known = _known()
    name = status.did_of(_config().official_host)
    usable = [key for key in known.keys.values() if not isinstance(key.key, Sm2PublicKey)]
    usable.sort(key=lambda key: key.kid)
    content = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": name,
        "verificationMethod": [
            {
                "id": f"{name}#{key.kid}",
                "type": "JsonWebKey",
                "controller": name,
                "publicKeyJwk": {"kid": key.kid, **algorithms.jwk_of(key.key)},
            }
            for key in usable
        ],
        "assertionMethod": [
            f"{name}#{key.kid}" for key in usable if key.state is not KeyState.COMPROMISED
        ],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    return Document(text, "application/did+json", key_set().made)


def _known() -> KeySet:
    return keys.load_published(_config().keys, registries.pinned(_config().registry_root))


def _list_key(on: dt.date) -> PublicKey:
    """Return the newest key that may sign documents on a day."""
    root = registries.pinned(_config().registry_root)
    for key in keys.signing_keys(_config().keys, issuer=None, on=on, root=root):
        if not isinstance(key.key, Sm2PublicKey):
            return key
    raise RuleBroken("signing-key-missing", issuer="", day=on.isoformat())


def _written(name: str) -> dt.datetime:
    path = _config().keys / name
    moment = path.stat().st_mtime if path.exists() else 0
    return dt.datetime.fromtimestamp(moment, dt.UTC)


def _config() -> Config:
    return cast(Config, current_app.extensions["exam"])
