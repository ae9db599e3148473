"""The key registry (密钥登记册): which keys may sign what, signed by an offline root.

Who verifies pins the root's public key alone. A lower version is never taken, a key is never
dropped, and a registry past its next update is told as stale.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from exam_app.certificates import algorithms, jws
from exam_app.certificates.algorithms import Ed25519Signer, b64, unb64
from exam_app.certificates.keys import (
    KeySet,
    PublicKey,
    from_registry,
    load_published,
    registry_path,
    write_whole,
)
from exam_app.certificates.passphrase import Stretch, check_strength
from exam_app.certificates.status import stamp
from exam_app.certificates.terms import KeyState
from exam_app.core.crypto import write_private
from exam_app.core.errors import BadInput, RuleBroken

FRESH_FOR = dt.timedelta(days=185)


@dataclass(frozen=True)
class Root:
    """The root's public key, as it is pinned (根公钥)."""

    key: Ed25519PublicKey

    @property
    def kid(self) -> str:
        """Return its id."""
        return algorithms.kid_of(self.key)

    def find(self, kid: str) -> Root | None:
        """Return itself under its own id, None under another."""
        return self if kid == self.kid else None

    def to_text(self) -> str:
        """Return the pin: 43 characters of base64url."""
        return b64(self.key.public_bytes_raw())


@dataclass(frozen=True)
class Registry:
    """A registry whose signature was checked: its version, its keys and its text."""

    version: int
    keys: KeySet
    payload: Mapping[str, Any]
    text: str


@dataclass(frozen=True)
class Change:
    """One difference between two registries: what happened to which key or record.

    Args: kind: added, dropped, state, facts or reattested. before, after: what is compared.
    """

    kind: str
    subject: str
    before: str = ""
    after: str = ""


def root_of(pin: str) -> Root:
    """Return the root of a pin. Raises: BadInput: it is none (``registry-root``)."""
    try:
        return Root(Ed25519PublicKey.from_public_bytes(unb64(pin.strip())))
    except ValueError as problem:
        raise BadInput("registry-root") from problem


def pinned(pin: str) -> Root | None:
    """Return the root an installation pins, None where it pins none. Raises: BadInput."""
    return root_of(pin) if pin else None


def make_root(path: Path, passphrase: str, *, memory_kib: int = 65536) -> Root:
    """Write a new root key and return its public half.

    The file: a line of costs and salt, then encrypted PKCS#8 under what Argon2id makes of the
    passphrase.
    Raises: BadInput: the passphrase is weak. KeyProblem: the file is there already.
    """
    check_strength(passphrase)
    key, stretch = Ed25519PrivateKey.generate(), Stretch.fresh(memory_kib)
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b64(stretch.key(passphrase)).encode()),
    )
    write_private(path, f"{stretch}\n".encode() + text)
    return Root(key.public_key())


def open_root(path: Path, passphrase: str) -> Ed25519Signer:
    """Return the root that signs. Raises: BadInput: it does not open (``registry-root-locked``)."""
    first, _, pem = path.read_text(encoding="utf-8").partition("\n")
    password = b64(Stretch.parse(first).key(passphrase)).encode()
    try:
        key = serialization.load_pem_private_key(pem.encode(), password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise BadInput("registry-root-locked", file=path.name) from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("registry-root-locked", file=path.name)
    return Ed25519Signer(key)


def payload_of(
    keys: KeySet, *, root: str, version: int, issued: dt.datetime, next_update: dt.datetime
) -> dict[str, Any]:
    """Return what the root signs. Args: root: its key id. version: one more than the last."""
    return {
        "version": version,
        "issued": stamp(issued),
        "next_update": stamp(next_update),
        "root": root,
        "keys": [_entry(keys.keys[kid]) for kid in sorted(keys.keys)],
        "reattested": keys.plain_reattested(),
    }


def _entry(key: PublicKey) -> dict[str, Any]:
    own = algorithms.jwk_of(key.key)
    return {
        "kid": key.kid,
        "alg": own["alg"],
        "jwk": {"kid": key.kid, "use": "sig", **own},
        "class_kinds": sorted(key.class_kinds),
        **key.facts(),
    }


def sign(payload: Mapping[str, Any], root: Ed25519Signer) -> str:
    """Return the signed registry. Raises: BadInput: it names another root, or is no registry."""
    from_registry(payload)
    if payload.get("root") != root.kid or not _is_version(payload.get("version")):
        raise BadInput("registry-unreadable", reason="root or version")
    return jws.sign(payload, root, jws.REGISTRY)


def verify(text: str, root: Root) -> Registry:
    """Return a registry that the pinned root signed.

    Raises: BadInput: it is not signed by this root, or cannot be read.
    """
    payload = jws.verify(text, root, typ=jws.REGISTRY)
    if not _is_version(payload.get("version")):
        raise BadInput("registry-unreadable", reason="version")
    return Registry(payload["version"], from_registry(payload), payload, text.strip())


def _is_version(value: object) -> bool:
    return type(value) is int and value > 0


def load(folder: Path, root: Root) -> Registry | None:
    """Return the registry in force in a key folder, None before the first one."""
    path = registry_path(folder)
    return verify(path.read_text(encoding="utf-8"), root) if path.exists() else None


def install(folder: Path, text: str, root: Root) -> Registry:
    """Put a registry in force.

    Raises: BadInput: not of this root. RuleBroken: its version is not higher
        (``registry-rollback``), or a key in use is missing (``registry-drops``).
    """
    fresh, held = verify(text, root), load(folder, root)
    if held is not None:
        check_newer(held, fresh)
    check_drops(load_published(folder), fresh.keys)
    write_whole(registry_path(folder), fresh.text + "\n")
    return fresh


def check_newer(held: Registry, fresh: Registry) -> None:
    """Pass a registry of a higher version. Raises: RuleBroken (``registry-rollback``)."""
    if fresh.version <= held.version:
        raise RuleBroken("registry-rollback", held=held.version, given=fresh.version)


def check_drops(held: KeySet, fresh: KeySet) -> None:
    """Pass keys that hold all keys there were. Raises: RuleBroken (``registry-drops``)."""
    dropped = sorted(set(held.keys) - set(fresh.keys))
    if dropped:
        raise RuleBroken("registry-drops", keys=", ".join(dropped))


def changes(before: KeySet, after: KeySet) -> list[Change]:
    """Return what differs between two sets of keys, key by key."""
    found = []
    for kid in sorted({*before.keys, *after.keys}):
        old, new = before.find(kid), after.find(kid)
        if old is None or new is None:
            found.append(Change("dropped" if new is None else "added", kid))
            continue
        if (old.state, old.compromised_from) != (new.state, new.compromised_from):
            found.append(Change("state", kid, _state(old), _state(new)))
        for name in sorted({*old.facts(), *new.facts()} - {"state", "compromised_from"}):
            one, other = old.facts().get(name, ""), new.facts().get(name, "")
            if one != other:
                found.append(Change(name, kid, str(one), str(other)))
    old_pairs, new_pairs = set(before.reattested.items()), set(after.reattested.items())
    gone, more = sorted(old_pairs - new_pairs), sorted(new_pairs - old_pairs)
    found += [Change("reattested-dropped", number, digest) for digest, number in gone]
    return found + [Change("reattested", number, "", digest) for digest, number in more]


def _state(key: PublicKey) -> str:
    if key.state is KeyState.COMPROMISED and key.compromised_from:
        return f"{key.state.value} {key.compromised_from.isoformat()}"
    return key.state.value
