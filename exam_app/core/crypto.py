"""Secrets at rest: one master secret, derived keys, encrypted fields and key files."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import unicodedata
from pathlib import Path
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app

from exam_app.core.errors import ExamError

SECRET_NAME = "secret"  # noqa: S105 - the name of a file
SECRET_SIZE = 32
_VERSION = 1
_NONCE = 12
_FILE_MARK = b"EXAMFILE"
_EXTENSION = "exam_keyring"


class KeyProblem(ExamError):
    """A key or what it protects cannot be used (密钥不可用); at start this stops the start."""

    status = 500
    code = "key-problem"


class Keyring:
    """The master secrets by number and the keys derived from them.

    What was written under an older secret stays readable; new values use the newest.
    """

    def __init__(self, masters: dict[int, bytes]) -> None:
        if not masters or any(len(master) != SECRET_SIZE for master in masters.values()):
            raise KeyProblem("secret-unusable")
        self.active = max(masters)
        self._masters = masters
        self._derived: dict[tuple[int, str], bytes] = {}

    def __repr__(self) -> str:
        return f"Keyring({sorted(self._masters)})"

    @classmethod
    def create(cls, directory: Path) -> Keyring:
        """Write the first master secret (32 random bytes, mode 0600) and return its keyring.

        Raises: KeyProblem: ``secret-exists``; a secret is never overwritten.
        """
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(directory / SECRET_NAME, secrets.token_bytes(SECRET_SIZE))
        return cls.load(directory)

    @classmethod
    def load(cls, directory: Path) -> Keyring:
        """Return the keyring of ``secret`` (number 1) and of ``secret-2`` and on, if there.

        Raises: KeyProblem: the secret is missing (``secret-missing``), of the wrong length
            (``secret-unusable``) or readable by others (``secret-exposed``).
        """
        masters: dict[int, bytes] = {}
        number, path = 1, directory / SECRET_NAME
        while path.is_file():
            if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise KeyProblem("secret-exposed", file=path.name)
            masters[number] = path.read_bytes()
            number += 1
            path = directory / f"{SECRET_NAME}-{number}"
        if not masters:
            raise KeyProblem("secret-missing", file=SECRET_NAME)
        return cls(masters)

    def derive(self, purpose: str, *, number: int | None = None) -> bytes:
        """Return the 32-byte key of a purpose; distinct purposes give unrelated keys."""
        number = self.active if number is None else number
        if number not in self._masters:
            raise KeyProblem("key-unknown", number=number)
        if (number, purpose) not in self._derived:
            info = f"exam/{purpose}/{number}".encode()
            expand = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
            self._derived[number, purpose] = expand.derive(self._masters[number])
        return self._derived[number, purpose]

    def encrypt_field(self, table: str, column: str, row_key: int | str, value: str) -> bytes:
        """Return the value encrypted for one place: it opens nowhere else.

        Form: version (1 byte), key number (1), nonce (12), AES-256-GCM text with tag.
        """
        nonce = secrets.token_bytes(_NONCE)
        place = _place(table, column, row_key, self.active)
        sealed = AESGCM(self.derive("field")).encrypt(nonce, value.encode(), place)
        return bytes((_VERSION, self.active)) + nonce + sealed

    def decrypt_field(self, table: str, column: str, row_key: int | str, sealed: bytes) -> str:
        """Return what ``encrypt_field`` was given for the same place.

        Raises: KeyProblem: ``field-unreadable`` (changed, or from another place),
            ``key-unknown``.
        """
        version, number, nonce, ciphertext = _split(bytes(sealed))
        if version != _VERSION:
            raise KeyProblem("field-unreadable", table=table, column=column)
        key = self.derive("field", number=number)
        try:
            opened = AESGCM(key).decrypt(nonce, ciphertext, _place(table, column, row_key, number))
        except InvalidTag as problem:
            raise KeyProblem("field-unreadable", table=table, column=column) from problem
        return opened.decode()

    def blind_index(self, value: str, *, number: int | None = None) -> bytes:
        """Return 16 bytes that are equal for equal values, and say nothing without the key.

        Width, letter case and blanks at the ends do not matter.
        """
        plain = unicodedata.normalize("NFKC", value).strip().upper()
        key = self.derive("blind-index", number=number)
        return hmac.new(key, plain.encode(), hashlib.sha256).digest()[:16]

    def wrap(self, name: str, data: bytes) -> bytes:
        """Return a file's content encrypted under its name (密钥文件加密)."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self.derive("file")).encrypt(nonce, data, _FILE_MARK + name.encode())
        return _FILE_MARK + bytes((_VERSION, self.active)) + nonce + sealed

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """Return what ``wrap`` was given for this name. Raises: KeyProblem: not so."""
        version, number, nonce, ciphertext = _split(wrapped[len(_FILE_MARK) :])
        if not wrapped.startswith(_FILE_MARK) or version != _VERSION:
            raise KeyProblem("file-unreadable", file=name)
        key = self.derive("file", number=number)
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, _FILE_MARK + name.encode())
        except InvalidTag as problem:
            raise KeyProblem("file-unreadable", file=name) from problem


def _place(table: str, column: str, row_key: int | str, number: int) -> bytes:
    return f"{table}:{column}:{row_key}:{number}".encode()


def _split(sealed: bytes) -> tuple[int, int, bytes, bytes]:
    if len(sealed) < 2 + _NONCE + 16:
        return 0, 0, b"", b""
    return sealed[0], sealed[1], sealed[2 : 2 + _NONCE], sealed[2 + _NONCE :]


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that its owner alone can read.

    Raises: KeyProblem: the file is there already (``secret-exists``).
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as problem:
        raise KeyProblem("secret-exists", file=path.name) from problem
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_private(path: Path, data: bytes) -> None:
    """Put a file that its owner alone can read in the place of an older one, in one step."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    write_private(fresh, data)
    fresh.replace(path)


def mask_id(number: str) -> str:
    """Return the identity number as pages show it: stars, then the last four places."""
    if len(number) <= 4:
        return "*" * len(number)
    return "*" * (len(number) - 4) + number[-4:]


def install(app: Flask, ring: Keyring) -> None:
    """Give the application its keyring."""
    app.extensions[_EXTENSION] = ring


def keyring() -> Keyring:
    """Return the keyring of the application that is running.

    Raises: KeyProblem: it was given none (``secret-missing``).
    """
    if _EXTENSION not in current_app.extensions:
        raise KeyProblem("secret-missing", file=SECRET_NAME)
    return cast(Keyring, current_app.extensions[_EXTENSION])
