"""The seal (封存): a paper's key split between pairs of custodians; pure cryptography.

The content is encrypted once under a random key. For each pair of custodians of different
organisations that key is the XOR of two random halves, each encrypted by HPKE to its holder.
No half says anything alone, and no pair inside one organisation has halves at all.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import secrets
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from exam_app.core.errors import BadInput, NotAllowed, RuleBroken

Context = Mapping[str, str | int]

KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16
ITERATIONS = 3
LEAST_PASSPHRASE = 12
_FORMAT = 1
_COST = struct.Struct(">BIB")
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class PassphraseWrong(NotAllowed):
    """The passphrase does not open this custodian's key (口令不符)."""

    code = "passphrase-wrong"


class SealBroken(RuleBroken):
    """What was sealed does not open: changed, of another context, or of other halves."""

    code = "seal-broken"


@dataclass(frozen=True)
class KeyPair:
    """A custodian's key pair as it is stored: the private half under the passphrase."""

    public_key: bytes
    private_key: bytes
    salt: bytes


@dataclass(frozen=True)
class Holder:
    """A custodian while sealing: account, organisation, public key."""

    account_id: int
    organisation_id: int
    public_key: bytes


@dataclass(frozen=True)
class Share:
    """One custodian's half for one partner, readable by its holder alone."""

    holder_id: int
    partner_id: int
    blob: bytes


@dataclass(frozen=True)
class Sealed:
    """A sealed content: ciphertext, nonce, the halves, and the SHA-256 of the content."""

    ciphertext: bytes
    nonce: bytes
    shares: tuple[Share, ...]
    digest: str


def new_key_pair(passphrase: str, *, account_id: int, memory_kib: int) -> KeyPair:
    """Return a fresh X25519 key pair, its private half under Argon2id of the passphrase.

    Raises: BadInput: fewer than 12 characters, or all alike.
    """
    if len(passphrase) < LEAST_PASSPHRASE or len(set(passphrase)) < 5:
        raise BadInput("passphrase-weak", field="passphrase", least=LEAST_PASSPHRASE)
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    cost = _COST.pack(_FORMAT, memory_kib, ITERATIONS)
    key = _stretch(passphrase, salt, memory_kib, ITERATIONS)
    sealed = AESGCM(key).encrypt(nonce, private.private_bytes_raw(), _owner(account_id, public))
    return KeyPair(public, cost + nonce + sealed, salt)


def unlock(pair: KeyPair, passphrase: str, *, account_id: int) -> X25519PrivateKey:
    """Return the private key. Raises: PassphraseWrong."""
    version, memory_kib, iterations = _COST.unpack_from(pair.private_key)
    if version != _FORMAT:
        raise PassphraseWrong(field="passphrase")
    rest = pair.private_key[_COST.size :]
    key = _stretch(passphrase, pair.salt, memory_kib, iterations)
    owner = _owner(account_id, pair.public_key)
    try:
        raw = AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], owner)
    except InvalidTag as problem:
        raise PassphraseWrong(field="passphrase") from problem
    return X25519PrivateKey.from_private_bytes(raw)


def _stretch(passphrase: str, salt: bytes, memory_kib: int, iterations: int) -> bytes:
    kdf = Argon2id(
        salt=salt, length=KEY_BYTES, iterations=iterations, lanes=1, memory_cost=memory_kib
    )
    return kdf.derive(passphrase.encode())


def _owner(account_id: int, public: bytes) -> bytes:
    return f"custodian:{account_id}:".encode() + public


def pairs(holders: Iterable[Holder]) -> list[tuple[Holder, Holder]]:
    """Return the pairs of custodians of different organisations, in the order of accounts."""
    ordered = sorted(holders, key=lambda holder: holder.account_id)
    return [
        (one, other)
        for one, other in itertools.combinations(ordered, 2)
        if one.organisation_id != other.organisation_id and one.account_id != other.account_id
    ]


def seal(content: bytes, context: Context, holders: Iterable[Holder]) -> Sealed:
    """Return the content sealed for every pair of custodians of different organisations.

    Args: context: bound to ciphertext and halves; opening needs the very same.
    Raises: RuleBroken: no two custodians of different organisations (``no-custodian-pair``).
    """
    found = pairs(holders)
    if not found:
        raise RuleBroken("no-custodian-pair")
    key, nonce, bound = (
        secrets.token_bytes(KEY_BYTES),
        secrets.token_bytes(NONCE_BYTES),
        _bound(context),
    )
    shares: list[Share] = []
    for one, other in found:
        half = secrets.token_bytes(KEY_BYTES)
        shares.append(_share(one, other, half, bound))
        shares.append(_share(other, one, _xor(key, half), bound))
    ciphertext = AESGCM(key).encrypt(nonce, content, bound)
    return Sealed(ciphertext, nonce, tuple(shares), hashlib.sha256(content).hexdigest())


def _share(holder: Holder, partner: Holder, half: bytes, bound: bytes) -> Share:
    public = X25519PublicKey.from_public_bytes(holder.public_key)
    info = _info(bound, holder.account_id, partner.account_id)
    blob = _SUITE.encrypt(half, public, info=info)
    return Share(holder.account_id, partner.account_id, blob)


def open_half(share: Share, key: X25519PrivateKey, context: Context) -> bytes:
    """Return the holder's half. Raises: SealBroken: changed, another's, another context."""
    info = _info(_bound(context), share.holder_id, share.partner_id)
    try:
        return _SUITE.decrypt(share.blob, key, info=info)
    except (InvalidTag, ValueError) as problem:
        raise SealBroken from problem


def open_sealed(
    ciphertext: bytes, nonce: bytes, context: Context, halves: tuple[bytes, bytes], digest: str
) -> bytes:
    """Return the content that two halves of one pair open.

    Raises: SealBroken: a flipped bit, another context, halves of other pairs, another content.
    """
    try:
        content = AESGCM(_xor(*halves)).decrypt(nonce, ciphertext, _bound(context))
    except (InvalidTag, ValueError) as problem:
        raise SealBroken from problem
    if hashlib.sha256(content).hexdigest() != digest:
        raise SealBroken
    return content


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _bound(context: Context) -> bytes:
    return json.dumps(dict(context), sort_keys=True, separators=(",", ":")).encode()


def _info(bound: bytes, holder_id: int, partner_id: int) -> bytes:
    return bound + f"|{holder_id}|{partner_id}".encode()
