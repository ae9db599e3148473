"""Keys that live only while a sitting runs: held beside the server, wiped at close.

They are files of the running installation (``instance/run``, mode 0600, best on a memory
file system), so that all workers of one server share them; they are in no database and in
no backup.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from exam_app.core.crypto import write_private
from exam_app.core.errors import RuleBroken

KEY_BYTES = 32
_KEY, _PART, _GONE = ".key", ".part", ".gone"


def _folder() -> Path:
    folder = Path(current_app.instance_path) / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _path(name: str) -> Path:
    return _folder() / f"{name}{_KEY}"


def make(name: str) -> None:
    """Make the key of a name, once; an existing one stays.

    It is there whole or not at all, however the server ends.
    """
    path = _path(name)
    if path.exists():
        path.touch()
        return
    part = path.with_suffix(f".{secrets.token_hex(4)}{_PART}")
    write_private(part, secrets.token_bytes(KEY_BYTES))
    with suppress(FileExistsError):
        os.link(part, path)
    part.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def wipe(name: str) -> None:
    """Overwrite and remove the key; what it encrypted is unreadable from here on."""
    gone = _path(name).with_suffix(f".{secrets.token_hex(4)}{_GONE}")
    with suppress(FileNotFoundError):
        _path(name).rename(gone)
        _erase(gone)


def _erase(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def tidy(wanted: Container[str], *, older: int) -> list[str]:
    """Wipe keys nothing wants any more, and what an interrupted making or wiping left.

    Args: older: seconds a key is left alone for: the change it was made for may be under way.
    Returns: the names of the keys wiped.
    """
    wiped = []
    for path in sorted(_folder().iterdir()):
        if time.time() - path.stat().st_mtime < older:
            continue
        if path.suffix in {_PART, _GONE}:
            _erase(path)
        elif path.suffix == _KEY and path.stem not in wanted:
            wipe(path.stem)
            wiped.append(path.stem)
    return wiped


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
