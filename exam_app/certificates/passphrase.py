"""What keys are locked with (口令): the passphrase of the signing keys is never beside them.

The server is told a file with the passphrase, outside the instance folder; whoever has a copy
of the database and of that folder alone cannot sign.
"""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from flask import current_app

from exam_app.certificates.algorithms import b64, unb64
from exam_app.config import Config
from exam_app.core import steps
from exam_app.core.alone import alone
from exam_app.core.crypto import KeyProblem, Keyring, replace_private, write_private
from exam_app.core.errors import BadInput

LEAST = 12
FILE_KEY = "pades"  # the key of files, locked as the signing keys are
_ITERATIONS = 3
_LOCK = "signing.lock"
_PROOF = "signing-lock"
_EXTENSION = "exam_signing_ring"


@dataclass(frozen=True)
class Stretch:
    """How a passphrase becomes a key: Argon2id with these costs and this salt."""

    memory_kib: int
    salt: bytes
    iterations: int = _ITERATIONS

    @classmethod
    def fresh(cls, memory_kib: int) -> Stretch:
        """Return one with a salt of its own."""
        return cls(memory_kib, secrets.token_bytes(16))

    @classmethod
    def parse(cls, line: str) -> Stretch:
        """Return what ``str`` gave. Raises: BadInput."""
        try:
            name, memory, iterations, salt = line.split()
            if name != "argon2id":
                raise ValueError(name)
            return cls(int(memory), unb64(salt), int(iterations))
        except ValueError as problem:
            raise BadInput("lock-unreadable") from problem

    def __str__(self) -> str:
        return f"argon2id {self.memory_kib} {self.iterations} {b64(self.salt)}"

    def key(self, passphrase: str) -> bytes:
        """Return 32 bytes."""
        kdf = Argon2id(
            salt=self.salt,
            length=32,
            iterations=self.iterations,
            lanes=1,
            memory_cost=self.memory_kib,
        )
        return kdf.derive(passphrase.encode())


def check_strength(passphrase: str) -> None:
    """Pass a passphrase that is long and not of few characters. Raises: BadInput."""
    if len(passphrase) < LEAST or len(set(passphrase)) < 5:
        raise BadInput("passphrase-weak", least=LEAST)


def read_passphrase(path: Path) -> str:
    """Return the passphrase a file holds.

    Raises: KeyProblem: it is missing (``passphrase-file-missing``) or others may read it.
    """
    if not path.is_file():
        raise KeyProblem("passphrase-file-missing", file=str(path))
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyProblem("secret-exposed", file=path.name)
    return path.read_text(encoding="utf-8").strip("\r\n")


def lock(folder: Path, passphrase: str, *, memory_kib: int) -> Keyring:
    """Set the passphrase of a key folder's signing keys, once, and return what they lie under.

    Raises: BadInput: too weak. KeyProblem: it is set already.
    """
    ring, text = _fresh(passphrase, memory_kib)
    write_private(folder / _LOCK, text.encode())
    return ring


def _fresh(passphrase: str, memory_kib: int) -> tuple[Keyring, str]:
    check_strength(passphrase)
    stretch = Stretch.fresh(memory_kib)
    ring = Keyring({1: stretch.key(passphrase)})
    return ring, f"{stretch}\n{b64(ring.wrap(_PROOF, b''))}\n"


@dataclass(frozen=True)
class Change:
    """Another passphrase, ready to take effect; ``keys`` lie under it then, by name.

    Args: text: the lock: costs, proof, and every key as it is wrapped under the new passphrase.
    """

    folder: Path
    ring: Keyring
    keys: tuple[str, ...]
    text: str

    def take_effect(self) -> None:
        """Put the new lock in the place of the old one, in one step, then the key files.

        Until all are in place the lock carries the keys: whoever opens it next puts in place
        what a killed process left.
        """
        with alone(self.folder):
            replace_private(self.folder / _LOCK, self.text.encode())
            steps.passed("lock-replaced")
            _settle(self.folder, self.ring, self.text)


def change(folder: Path, held: Keyring, passphrase: str, *, memory_kib: int) -> Change:
    """Return what gives a key folder another passphrase (更换口令); nothing is written yet.

    Args: held: what its keys lie under now.
    Raises: BadInput: too weak. KeyProblem: a key does not open, so that it would be lost.
    """
    ring, text = _fresh(passphrase, memory_kib)
    paths = {_name_of(path): path for path in sorted(folder.glob("*.key")) if _name_of(path)}
    for name, path in paths.items():
        wrapped = ring.wrap(name, held.unwrap(name, path.read_bytes()))
        text += f"{path.name} {b64(wrapped)}\n"
    return Change(folder, ring, tuple(paths), text)


def _name_of(path: Path) -> str:
    """Return the name a key file is locked under, empty where it is under no passphrase."""
    name = path.stem.removeprefix("certificate-")
    return name if name != path.stem or name == FILE_KEY else ""


def _settle(folder: Path, ring: Keyring, text: str) -> None:
    """Put the keys a lock carries in their places, where those do not open; it carries none then.

    A key whose file is gone was destroyed, and stays so.
    """
    first, proof, *carried = text.splitlines()
    for line in carried:
        name, wrapped = line.split()
        path = folder / name
        try:
            ring.unwrap(_name_of(path), path.read_bytes())
        except FileNotFoundError:
            continue
        except KeyProblem:
            replace_private(path, unb64(wrapped))
            steps.passed("key-replaced")
    replace_private(folder / _LOCK, f"{first}\n{proof}\n".encode())
    steps.passed("lock-emptied")


def unlock(folder: Path, passphrase: str) -> Keyring:
    """Return what the signing keys of a key folder lie under.

    Raises: KeyProblem: no passphrase was set (``signing-unlocked``) or it is another one
        (``signing-passphrase-wrong``).
    """
    path = folder / _LOCK
    if not path.exists():
        raise KeyProblem("signing-unlocked")
    text = path.read_text(encoding="utf-8")
    first, proof, *carried = text.splitlines()
    ring = Keyring({1: Stretch.parse(first).key(passphrase)})
    try:
        ring.unwrap(_PROOF, unb64(proof))
    except KeyProblem as problem:
        raise KeyProblem("signing-passphrase-wrong") from problem
    if carried:
        with alone(folder):
            if path.read_text(encoding="utf-8") == text:
                _settle(folder, ring, text)
    return ring


def is_locked(folder: Path) -> bool:
    """Return whether the signing keys of a key folder have their passphrase."""
    return (folder / _LOCK).exists()


def told(config: Config) -> str:
    """Return the passphrase this installation was told.

    Raises: KeyProblem: none was told (``signing-passphrase-missing``), its file is missing, or
        lies in the instance folder, where every copy of it would go along.
    """
    path = config.signing_passphrase_file
    if path is None:
        raise KeyProblem("signing-passphrase-missing")
    if path.resolve().is_relative_to(config.instance) and not config.demo:
        raise KeyProblem("signing-passphrase-inside", file=path.name)
    return read_passphrase(path)


def signing_ring(passphrase: str | None = None) -> Keyring:
    """Return what the running application's signing keys lie under, opened once for a passphrase.

    Args: passphrase: where it was asked for; default: as the installation was told.
    Raises: KeyProblem: see ``told`` and ``unlock``.
    """
    config = cast(Config, current_app.extensions["exam"])
    held, state = current_app.extensions.get(_EXTENSION), _state(config.keys)
    if held is None or held[0] != state:
        opened = unlock(config.keys, told(config) if passphrase is None else passphrase)
        held = current_app.extensions[_EXTENSION] = (state, opened)
    return cast(Keyring, held[1])


def _state(folder: Path) -> tuple[int, int] | None:
    """Return what is another once the lock was replaced."""
    if not is_locked(folder):
        return None
    found = (folder / _LOCK).stat()
    return found.st_ino, found.st_mtime_ns
