"""What is published for every verifier (公开文件): status lists, registry, key sets.

Lists are computed at each request, so they are right from the moment a change is committed; what
was signed is kept until the bits, the day or the key change. Each list is signed by the authority
whose certificates have their places in it.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import cast

from flask import current_app

from exam_app.certificates import algorithms, jws, keys, listing, status
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
_Place = tuple[int, str, int]  # number, purpose, division code of who signs
_Reason = tuple[bytes, dt.date, str]


@dataclass(frozen=True)
class Document:
    """One published document: its text, its media type and when it was made."""

    text: str
    media_type: str
    made: dt.datetime


@dataclass(frozen=True)
class _Signed:
    """A signed list with what it was signed for."""

    reason: _Reason
    document: Document


def status_list(number: int, purpose: str, issuer: int | None = None) -> Document:
    """Return the signed list of a purpose: ``revocation`` or ``suspension``.

    Args: issuer: division code of the authority whose key signs it, by default the list's own.
    Raises: Missing: no certificate has a place in the list. RuleBroken: no key may sign it.
        KeyProblem: the passphrase of the signing keys is not at hand.
    """
    issuers = listing.issuers_of(number)
    if not issuers or issuer not in (None, *issuers):
        raise Missing(kind="status-list")
    owner = issuers[0] if issuer is None else issuer
    place = (number, purpose, owner)
    held = _kept().get(place)
    if held is None or held.reason != _reason(_places(number), place)[0]:
        with listing.alone():
            held = _kept()[place] = _sign(place)
        listing.note_contradictions(number)
    return held.document


def status_lists() -> dict[str, Document]:
    """Return every list by its name in files; for who verifies without a network.

    A list that holds places of several authorities is there signed by each.
    """
    return {
        f"{number}-{purpose}" + (f"-{issuer:06}" if other else ""): status_list(
            number, purpose, issuer
        )
        for number in listing.numbers()
        for other, issuer in enumerate(listing.issuers_of(number))
        for purpose in status.PURPOSES
    }


def _kept() -> dict[_Place, _Signed]:
    kept: dict[_Place, _Signed] = current_app.extensions.setdefault(_KEPT, {})
    return kept


def _places(number: int) -> Places:
    now = clock.now()
    return Places(number, listing.fallen_places(number), now, now + status.GOOD_FOR)


def _reason(places: Places, place: _Place) -> tuple[_Reason, PublicKey]:
    """Return what a list is signed for, and the key that signs it."""
    _number, purpose, issuer = place
    key = _list_key(issuer, clock.today())
    return (status.bits(places, purpose), clock.today(), key.kid), key


def _sign(place: _Place) -> _Signed:
    """Return a list signed now; one of revocations is kept as a file."""
    number, purpose, issuer = place
    places = _places(number)
    reason, key = _reason(places, place)
    signer = keys.open_signer(_config().keys, signing_ring(), key)
    content = status.credential(places, purpose, _config().official_host)
    text = jws.sign(content, signer, jws.STATUS_LIST)
    if purpose == "revocation":
        listing.keep(number, issuer, text)
    return _Signed(reason, Document(text, "application/vc+jwt", places.made))


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


def _list_key(issuer: int, on: dt.date) -> PublicKey:
    """Return the newest key of an authority that may sign documents on a day."""
    root = registries.pinned(_config().registry_root)
    for key in keys.signing_keys(_config().keys, issuer=issuer, on=on, root=root):
        if not isinstance(key.key, Sm2PublicKey):
            return key
    raise RuleBroken("signing-key-missing", issuer=f"{issuer:06}", day=on.isoformat())


def _written(name: str) -> dt.datetime:
    path = _config().keys / name
    moment = path.stat().st_mtime if path.exists() else 0
    return dt.datetime.fromtimestamp(moment, dt.UTC)


def _config() -> Config:
    return cast(Config, current_app.extensions["exam"])
