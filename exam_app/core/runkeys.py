"""Keys that live only while a sitting runs: held beside the server, wiped at close.

They are files of the running installation (``instance/run``, mode 0600, best on a memory
file system), so that all workers of one server share them; they are in no database and in
no backup.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from exam_app.core.crypto import write_private
from exam_app.core.errors import RuleBroken


def _path(name: str) -> Path:
    folder = Path(current_app.instance_path) / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{name}.key"


def make(name: str) -> None:
    """Make the key of a name, once; an existing one stays."""
    if not _path(name).exists():
        write_private(_path(name), secrets.token_bytes(32))


def wipe(name: str) -> None:
    """Overwrite and remove the key; what it encrypted is unreadable from here on."""
    path = _path(name)
    if path.exists():
        with path.open("r+b") as file:
            file.write(bytes(32))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()


def encrypt(name: str, plain: bytes) -> bytes:
    """Return nonce and AES-256-GCM text under the key of the name."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(_key(name)).encrypt(nonce, plain, name.encode())


def decrypt(name: str, sealed: bytes) -> bytes:
    """Return what ``encrypt`` was given.

    Raises: RuleBroken: the key has been wiped (``run-key-gone``) or the text was changed.
    """
    try:
        return AESGCM(_key(name)).decrypt(sealed[:12], sealed[12:], name.encode())
    except InvalidTag as problem:
        raise RuleBroken("run-key-gone", name=name) from problem


def _key(name: str) -> bytes:
    path = _path(name)
    if not path.exists():
        raise RuleBroken("run-key-gone", name=name)
    return path.read_bytes()
