"""Files from outside, encrypted at rest.

An upload is kept between preview and import, then removed; what rows name by its digest (figures,
law collections) is held until it is let go.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from pathlib import Path

from flask import current_app

from exam_app.core.crypto import KeyProblem, keyring
from exam_app.core.errors import Missing

_LIFETIME_SECONDS = 24 * 3600
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST_NAME, _LONGEST_ENDING = 200, 20


def _folder() -> Path:
    folder = Path(current_app.instance_path) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep(data: bytes, filename: str, *, owner: str) -> str:
    """Keep an upload for a day and return its token, good for this owner alone."""
    _sweep()
    filename = tidy_name(filename)
    token = hashlib.sha256(f"{owner}\0{filename}\0".encode() + data).hexdigest()
    content = keyring().wrap(f"upload:{owner}:{token}", filename.encode() + b"\0" + data)
    (_folder() / token).write_bytes(content)
    return token


def tidy_name(filename: str) -> str:
    """Return a file's name with all signs that can be written, its ending kept where it is long."""
    name = _UNWRITABLE.sub("_", filename)
    if len(name) <= _LONGEST_NAME:
        return name
    ending = name[name.rfind(".") :] if "." in name[-_LONGEST_ENDING:] else ""
    return name[: _LONGEST_NAME - len(ending)] + ending


def kept(token: str, *, owner: str) -> tuple[bytes, str]:
    """Return content and name of a kept upload. Raises: Missing: gone, or another's."""
    path = _folder() / token
    if not _DIGEST.fullmatch(token) or not path.exists():
        raise Missing("upload-gone")
    try:
        plain = keyring().unwrap(f"upload:{owner}:{token}", path.read_bytes())
    except KeyProblem as problem:
        raise Missing("upload-gone") from problem
    name, _, data = plain.partition(b"\0")
    return data, name.decode()


def drop(token: str) -> None:
    """Remove a kept upload."""
    if _DIGEST.fullmatch(token):
        (_folder() / token).unlink(missing_ok=True)


def hold(kind: str, data: bytes) -> str:
    """Hold a file and return its SHA-256 in hex; the same content is held once."""
    digest = hashlib.sha256(data).hexdigest()
    place = _held(kind, digest)
    if not place.exists():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = place.with_name(f"{digest}.{secrets.token_hex(4)}.part")
        part.write_bytes(keyring().wrap(f"{kind}:{digest}", data))
        part.replace(place)
    return digest


def held(kind: str, digest: str) -> bytes:
    """Return a file held for good. Raises: Missing: there is none, or it was changed."""
    place = _held(kind, digest)
    if not _DIGEST.fullmatch(digest) or not place.exists():
        raise Missing("file-gone")
    try:
        return keyring().unwrap(f"{kind}:{digest}", place.read_bytes())
    except KeyProblem as problem:
        raise Missing("file-gone") from problem


def let_go(kind: str, digest: str) -> None:
    """Remove a held file; who calls it knows that no row names it any more."""
    if _DIGEST.fullmatch(digest):
        _held(kind, digest).unlink(missing_ok=True)


def _held(kind: str, digest: str) -> Path:
    return Path(current_app.instance_path) / "files" / kind / digest


def _sweep() -> None:
    for path in _folder().iterdir():
        if time.time() - path.stat().st_mtime > _LIFETIME_SECONDS:
            path.unlink(missing_ok=True)
