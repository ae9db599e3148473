"""Signing keys (签名密钥): the public keys a verifier pins, the key files of an installation.

A key's algorithm is fixed with it. The private half lies in the installation's key folder,
wrapped under a passphrase that is not kept there; the public halves form a JWK set that anyone
may keep, and a registry signed by an offline root.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from exam_app.certificates import algorithms, jws
from exam_app.certificates.algorithms import (
    ALGORITHMS,
    ED25519,
    EDDSA,
    ES256,
    Ed25519Signer,
    Es256Signer,
    PublicHalf,
    Signer,
    key_id,
)
from exam_app.certificates.terms import KeyState
from exam_app.core.crypto import Keyring, write_private
from exam_app.core.errors import BadInput, RuleBroken

__all__ = [
    "ALGORITHMS", "ED25519", "EDDSA", "ES256", "Ed25519Signer", "Es256Signer", "KeySet",
    "PublicKey", "Signer", "create", "key_id", "load_own", "load_published", "load_signer",
    "publish",
]  # fmt: skip
_FOLDER = "certificate"
_FIRST, _LAST = dt.date.min, dt.date.max


@dataclass(frozen=True)
class PublicKey:
    """One key a verifier knows: what it may sign for, and when.

    Args: issuers, class_kinds: empty stands for all. not_before, not_after: days on which it may
        sign. verify_until: last day on which what it signed is taken. compromised_from: from
        this day of issue on what it signed is refused.
    """

    kid: str
    key: PublicHalf
    issuers: frozenset[int] = frozenset()
    not_before: dt.date = _FIRST
    not_after: dt.date = _LAST
    state: KeyState = KeyState.ACTIVE
    compromised_from: dt.date | None = None
    class_kinds: frozenset[int] = frozenset()
    verify_until: dt.date = _LAST
    issuer_uscc: str = ""
    issuer_name: str = ""

    @property
    def algorithms(self) -> frozenset[int]:
        """Return the COSE numbers of its one algorithm."""
        return algorithms.numbers_of(self.key)

    @property
    def is_available(self) -> bool:
        """Return whether its kind of signature can be verified here."""
        return algorithms.is_available(self.key)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Return whether the signature of the message is this key's."""
        return algorithms.is_signed_by(self.key, signature, message)

    def facts(self) -> dict[str, Any]:
        """Return what the key may sign for, and its state, as JSON values."""
        facts: dict[str, Any] = {
            "issuers": sorted(self.issuers),
            "not_before": self.not_before.isoformat(),
            "not_after": self.not_after.isoformat(),
            "state": self.state.value,
        }
        more = {
            "compromised_from": self.compromised_from and self.compromised_from.isoformat(),
            "class_kinds": sorted(self.class_kinds),
            "verify_until": None if self.verify_until == _LAST else self.verify_until.isoformat(),
            "issuer_uscc": self.issuer_uscc,
            "issuer_name": self.issuer_name,
        }
        return facts | {name: value for name, value in more.items() if value}

    def to_jwk(self) -> dict[str, Any]:
        """Return the key as a JWK with its dates, issuers and state."""
        return {"kid": self.kid, "use": "sig", **algorithms.jwk_of(self.key), **self.facts()}


@dataclass(frozen=True)
class KeySet:
    """The public keys a verifier pins, by id.

    Args: reattested: records that stay good although their key got out (重新确认): SHA-256 →
        number.
        as_of, next_update: when the registry was signed and until when it is fresh; None where
        the keys are pinned without one.
    """

    keys: dict[str, PublicKey] = field(default_factory=dict)
    reattested: Mapping[str, str] = field(default_factory=dict)
    as_of: dt.datetime | None = None
    next_update: dt.datetime | None = None

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
            told = json.loads(text)
            keys = {key.kid: key for key in map(from_jwk, told["keys"])}
            return cls(keys, _reattested(told))
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise BadInput("jwks-unreadable", reason=str(problem)) from problem

    def to_jwks(self) -> str:
        """Return the JWK set, the same text for the same keys."""
        told: dict[str, Any] = {"keys": [self.keys[kid].to_jwk() for kid in sorted(self.keys)]}
        if self.reattested:
            told["reattested"] = self.plain_reattested()
        return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    def plain_reattested(self) -> list[dict[str, str]]:
        """Return number and SHA-256 of the records confirmed again, as JSON values."""
        held = sorted(self.reattested.items(), key=lambda each: (each[1], each[0]))
        return [{"number": number, "record": digest} for digest, number in held]

    def find(self, kid: str) -> PublicKey | None:
        """Return the key of an id, None where it is not known."""
        return self.keys.get(kid)

    def with_key(self, key: PublicKey) -> KeySet:
        """Return the set with a key put in or changed."""
        return replace(self, keys={**self.keys, key.kid: key})

    @cached_property
    def headers(self) -> dict[bytes, PublicKey]:
        """Return the keys that can be used here by the protected headers they sign under."""
        return {
            algorithms.header_of(number, key.kid): key
            for key in self.keys.values()
            for number in key.algorithms
            if key.is_available
        }


def from_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """Return the key of a JWK with its facts.

    Raises: KeyError, TypeError, ValueError: it is no key this program knows, or under another id.
    """
    key = algorithms.public_of_jwk(jwk)
    own = algorithms.kid_of(key)
    if jwk["kid"] != own:
        raise ValueError(f"key id {jwk['kid']} is not its key's")
    if not f"{jwk.get('issuer_uscc', '')}{jwk.get('issuer_name', '')}".isprintable():
        raise ValueError(f"key {own}: a name that cannot be shown")
    compromised = jwk.get("compromised_from")
    return PublicKey(
        kid=own,
        key=key,
        issuers=_codes(jwk, "issuers"),
        not_before=_day(jwk, "not_before", _FIRST),
        not_after=_day(jwk, "not_after", _LAST),
        state=KeyState(jwk.get("state", "active")),
        compromised_from=_day(jwk, "compromised_from", _FIRST) if compromised else None,
        class_kinds=_codes(jwk, "class_kinds"),
        verify_until=_day(jwk, "verify_until", _LAST),
        issuer_uscc=str(jwk.get("issuer_uscc", "")),
        issuer_name=str(jwk.get("issuer_name", "")),
    )


def _reattested(told: Mapping[str, Any]) -> dict[str, str]:
    found = {str(each["record"]): str(each["number"]) for each in told.get("reattested", ())}
    if not all(text.isascii() and text.isalnum() for pair in found.items() for text in pair):
        raise ValueError("reattested")
    return found


def _day(jwk: Mapping[str, Any], name: str, default: dt.date) -> dt.date:
    day = dt.date.fromisoformat(jwk[name]) if name in jwk else default
    if name in jwk and day.isoformat() != jwk[name]:  # it has other ways to write a day
        raise ValueError(jwk[name])
    return day


def _codes(jwk: Mapping[str, Any], name: str) -> frozenset[int]:
    codes = list(jwk.get(name, ()))
    if not all(type(each) is int for each in codes):
        raise TypeError(name)
    return frozenset(codes)


# ---- the key folder of an installation 密钥目录


def create(
    folder: Path,
    ring: Keyring,
    *,
    issuer: int,
    not_before: dt.date,
    not_after: dt.date,
    algorithm: str = "ed25519",
    **facts: Any,
) -> PublicKey:
    """Make a signing key of an authority and put its public half into the installation's set.

    Args: ring: what the private half is wrapped under. algorithm: one of ``ALGORITHMS``.
        facts: more of ``PublicKey``.
    Returns: the public key; the private one is written wrapped, readable by its owner alone.
    Raises: RuleBroken: ``sm2-missing``.
    """
    signer = algorithms.generated(algorithm)
    public = PublicKey(
        kid=signer.kid,
        key=algorithms.public_of(signer),
        issuers=frozenset({issuer}),
        not_before=not_before,
        not_after=not_after,
        **facts,
    )
    write_private(_private(folder, signer.kid), ring.wrap(signer.kid, algorithms.scalar_of(signer)))
    publish(folder, load_own(folder).with_key(public))
    return public


def publish(folder: Path, keys: KeySet) -> None:
    """Write the installation's own set of keys, in one step."""
    write_whole(_own(folder), keys.to_jwks())


def write_whole(path: Path, text: str) -> None:
    """Put a file in the place of an older one, in one step."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def load_own(folder: Path) -> KeySet:
    """Return the installation's own set: what it made, as it wants it registered."""
    path = _own(folder)
    return KeySet.from_jwks(path.read_text(encoding="utf-8")) if path.exists() else KeySet()


def load_published(folder: Path, root: jws.Known | None = None) -> KeySet:
    """Return the keys this installation publishes, none before the first was made.

    Those of the installed registry, or its own before there is one. A key that was retired or
    reported as compromised here counts as such before the root has signed it.
    Args: root: the pinned root; with it only keys of a registry it signed count.
    Raises: BadInput: the registry is not signed by this root.
    """
    own, path = load_own(folder), registry_path(folder)
    if not path.exists():
        return own if root is None else KeySet()
    text = path.read_text(encoding="utf-8")
    signed = from_registry(
        jws.unverified(text) if root is None else jws.verify(text, root, typ=jws.REGISTRY)
    )
    graver = {kid: _graver(key, own.find(kid)) for kid, key in signed.keys.items()}
    return replace(signed, keys=graver)


def load_wanted(folder: Path) -> KeySet:
    """Return what the next registry is to say: what is published, and what is new here."""
    own, published = load_own(folder), load_published(folder)
    return replace(
        published,
        keys={**own.keys, **published.keys},
        reattested={**own.reattested, **published.reattested},
    )


def load_signer(
    folder: Path,
    ring: Keyring,
    *,
    issuer: int,
    on: dt.date,
    today: dt.date | None = None,
    root: jws.Known | None = None,
) -> Signer:
    """Return the signer an authority signs with on a day: its newest key that holds.

    Args: on: the day of issue. today: the day it signs on, default the same. root: as
        ``load_published``.
    Raises: RuleBroken: there is none (``signing-key-missing``). KeyProblem: its file is damaged.
    """
    for key in signing_keys(folder, issuer=issuer, on=on, root=root):
        if key.not_before <= (today or on) <= key.not_after:
            return open_signer(folder, ring, key)
    raise RuleBroken("signing-key-missing", issuer=issuer, day=on.isoformat())


def open_signer(folder: Path, ring: Keyring, key: PublicKey) -> Signer:
    """Return the signer of a key of this installation. Raises: KeyProblem: its file is damaged."""
    wrapped = _private(folder, key.kid).read_bytes()
    return algorithms.signer_of(key.key, ring.unwrap(key.kid, wrapped))


def signing_keys(
    folder: Path, *, issuer: int | None, on: dt.date, root: jws.Known | None = None
) -> list[PublicKey]:
    """Return the keys that may sign on a day, the newest first; of any authority for None."""
    known = load_published(folder, root).keys.values()
    return [
        key
        for key in sorted(known, key=lambda each: (each.not_before, each.kid), reverse=True)
        if key.state is KeyState.ACTIVE
        and key.not_before <= on <= key.not_after
        and (issuer is None or issuer in key.issuers)
        and _private(folder, key.kid).exists()
    ]


def from_registry(payload: Mapping[str, Any]) -> KeySet:
    """Return the keys of a registry's payload, with how fresh it is.

    Raises: BadInput: it is no registry this program can read.
    """
    try:
        keys = [from_jwk({**each["jwk"], **each}) for each in payload["keys"]]
        return KeySet(
            {key.kid: key for key in keys},
            _reattested(payload),
            moment_of(payload["issued"]),
            moment_of(payload["next_update"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise BadInput("registry-unreadable", reason=str(problem)) from problem


def moment_of(text: str) -> dt.datetime:
    """Return the moment a document states. Raises: ValueError: it names no time zone."""
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def registry_path(folder: Path) -> Path:
    """Return where the registry that is in force lies."""
    return folder / "registry.jws"


def _graver(signed: PublicKey, own: PublicKey | None) -> PublicKey:
    """Return a key with the graver of the two states it is given."""
    if own is None or own.state is KeyState.ACTIVE:
        return signed
    if own.state is KeyState.RETIRED:
        return replace(signed, state=own.state) if signed.state is KeyState.ACTIVE else signed
    days = [each for each in (signed.compromised_from, own.compromised_from) if each]
    return replace(signed, state=own.state, compromised_from=min(days, default=None))


def _private(folder: Path, kid: str) -> Path:
    return folder / f"{_FOLDER}-{kid}.key"


def _own(folder: Path) -> Path:
    return folder / "certificate-keys.json"
