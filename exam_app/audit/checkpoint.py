"""Signed heads (签名树头): what a witness keeps, so that a rewritten trail is found."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from flask import current_app
from sqlalchemy import select
from sqlalchemy.engine import Connection

from exam_app.audit import merkle
from exam_app.audit.actions import Action
from exam_app.audit.models import GLOBAL, AuditCheckpoint, AuditHead, table_of
from exam_app.audit.trail import Acting, record
from exam_app.core import clock
from exam_app.core.crypto import KeyProblem, Keyring, keyring, write_private
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput

KEY_FILE = "audit.key"
PUBLIC_FILE = "audit.pub"
_ED25519 = b"\x01"
_SIGNED_BY = "— "
_EXTENSION = "audit_head_key"


@dataclass(frozen=True)
class PublicKey:
    """Who signs heads: the origin's name and its Ed25519 key, as a C2SP verifier key."""

    origin: str
    raw: bytes

    @property
    def hint(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        named = self.origin.encode() + b"\n" + _ED25519 + self.raw
        return hashlib.sha256(named).digest()[:4]

    def __str__(self) -> str:
        return f"{self.origin}+{self.hint.hex()}+{_b64(_ED25519 + self.raw)}"

    @classmethod
    def parse(cls, written: str) -> PublicKey:
        """Return the key that ``str`` wrote. Raises: BadInput: ``head-key-unusable``."""
        try:
            origin, hint, encoded = written.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as problem:
            raise BadInput("head-key-unusable", file=PUBLIC_FILE) from problem
        key = cls(origin, raw[1:])
        if raw[:1] != _ED25519 or len(raw) != 33 or key.hint.hex() != hint:
            raise BadInput("head-key-unusable", file=PUBLIC_FILE)
        return key


@dataclass(frozen=True)
class HeadKey:
    """The key that signs heads, with its public part."""

    private: Ed25519PrivateKey
    public: PublicKey


@dataclass(frozen=True)
class StreamHead:
    """One stream as a head names it: size, Merkle root, digest of the last entry."""

    stream: str
    size: int
    root: bytes
    last: bytes


@dataclass(frozen=True)
class Note:
    """A signed head that was read and whose signature is right."""

    origin: str
    streams: tuple[StreamHead, ...]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def create_key(directory: Path, ring: Keyring, *, origin: str) -> HeadKey:
    """Write ``audit.key`` (encrypted) and ``audit.pub`` into the directory and return the key.

    Args:
        origin: the name heads are signed under, like ``exam.example.gov.cn/audit``.
    Raises: KeyProblem: there is a key already; BadInput: the name holds a blank or a plus.
    """
    if not origin or "+" in origin or any(mark.isspace() for mark in origin):
        raise BadInput(field="origin")
    private = Ed25519PrivateKey.generate()
    public = PublicKey(origin, private.public_key().public_bytes_raw())
    write_private(directory / KEY_FILE, ring.wrap(KEY_FILE, private.private_bytes_raw()))
    (directory / PUBLIC_FILE).write_text(f"{public}\n", encoding="utf-8")
    return HeadKey(private, public)


def load_public(directory: Path) -> PublicKey:
    """Return the public key of the directory.

    Raises: KeyProblem: it is missing (``head-key-missing``); BadInput: it cannot be read.
    """
    path = directory / PUBLIC_FILE
    if not path.is_file():
        raise KeyProblem("head-key-missing", file=PUBLIC_FILE)
    return PublicKey.parse(path.read_text(encoding="utf-8"))


def load_key(directory: Path, ring: Keyring) -> HeadKey:
    """Return the signing key of the directory.

    Raises: KeyProblem: it is missing, unreadable or does not fit its public part.
    """
    public = load_public(directory)
    path = directory / KEY_FILE
    if not path.is_file():
        raise KeyProblem("head-key-missing", file=KEY_FILE)
    private = Ed25519PrivateKey.from_private_bytes(ring.unwrap(KEY_FILE, path.read_bytes()))
    if private.public_key().public_bytes_raw() != public.raw:
        raise KeyProblem("head-key-unusable", file=KEY_FILE)
    return HeadKey(private, public)


def head_key() -> HeadKey:
    """Return the running application's key, read from its instance folder once.

    Raises: KeyProblem: it is missing or cannot be used.
    """
    if _EXTENSION not in current_app.extensions:
        directory = Path(current_app.instance_path) / "keys"
        current_app.extensions[_EXTENSION] = load_key(directory, keyring())
    return cast(HeadKey, current_app.extensions[_EXTENSION])


def heads(connection: Connection) -> list[StreamHead]:
    """Return the head of every stream, the global one first, then by name."""
    table = table_of(AuditHead)
    found = [
        StreamHead(
            row.stream, row.size, merkle.root(merkle.unpack(bytes(row.frontier))), bytes(row.last)
        )
        for row in connection.execute(select(table).order_by(table.c.stream))
    ]
    return sorted(found, key=lambda head: (head.stream != GLOBAL, head.stream))


def write_note(streams: list[StreamHead], key: HeadKey) -> str:
    """Return the signed head over these streams, the global one first, in checkpoint form."""
    first = streams[0]
    lines = [key.public.origin, str(first.size), _b64(first.root)]
    lines += [
        f"stream {head.stream} {head.size} {_b64(head.root)} {_b64(head.last)}" for head in streams
    ]
    body = "\n".join(lines) + "\n"
    signature = key.public.hint + key.private.sign(body.encode())
    return f"{body}\n{_SIGNED_BY}{key.public.origin} {_b64(signature)}\n"


def read_note(text: str, key: PublicKey) -> Note:
    """Return what a signed head says.

    Raises: BadInput: it is not a head (``note-unreadable``) or not signed by this key
        (``note-forged``).
    """
    body, blank, signatures = text.partition("\n\n")
    body += "\n"
    if not blank:
        raise BadInput("note-unreadable", reason="no signature")
    if not any(_is_signed(body, line, key) for line in signatures.splitlines()):
        raise BadInput("note-forged")
    try:
        return _parse_body(body)
    except (ValueError, binascii.Error) as problem:
        raise BadInput("note-unreadable", reason=str(problem)) from problem


def _is_signed(body: str, line: str, key: PublicKey) -> bool:
    prefix = f"{_SIGNED_BY}{key.origin} "
    encoded = line.removeprefix(prefix)
    try:
        blob = base64.b64decode(encoded, validate=True)
        Ed25519PublicKey.from_public_bytes(key.raw).verify(blob[4:], body.encode())
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return line == prefix + _b64(key.hint + blob[4:])


def _parse_body(body: str) -> Note:
    origin, size, root, *rest = body.splitlines()
    streams = []
    for line in rest:
        mark, stream, length, top, last = line.split(" ")
        if mark != "stream":
            raise ValueError(mark)
        streams.append(
            StreamHead(stream, int(length), base64.b64decode(top), base64.b64decode(last))
        )
    first = streams[0] if streams else None
    if first is None or (first.stream, first.size) != (GLOBAL, int(size)):
        raise ValueError("global")
    if first.root != base64.b64decode(root):
        raise ValueError("root")
    return Note(origin, tuple(streams))


def split_notes(text: str) -> Iterator[str]:
    """Return the notes of a file one by one; what is left over at the end comes out as it is."""
    held: list[str] = []
    signed = False
    for line in text.splitlines():
        if signed and not line.startswith(_SIGNED_BY):
            yield "\n".join(held) + "\n"
            held, signed = [], False
        if line or held:
            held.append(line)
        signed = signed or line.startswith(_SIGNED_BY)
    if any(line.strip() for line in held):
        yield "\n".join(held) + "\n"


def sign_head(actor: Acting, key: HeadKey | None = None) -> str:
    """Sign the heads of all streams as they are committed, keep the note and return it.

    Entries that wait in an outer transaction are not covered: call it after the commit.
    """
    signing = key or head_key()
    with transaction() as current:
        streams = heads(current.connection())
        if not streams:
            streams = [StreamHead(GLOBAL, 0, merkle.EMPTY, bytes(merkle.SIZE))]
        note = write_note(streams, signing)
        covers = [[head.stream, head.size] for head in streams]
        row = AuditCheckpoint(at=clock.now(), note=note, covers=covers)
        current.add(row)
        current.flush()
        record(Action.HEAD_SIGNED, actor, row, size=streams[0].size)
    return note
