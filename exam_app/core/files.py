"""Files on their way in: kept encrypted between preview and import, then removed."""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path

from flask import current_app

from exam_app.core.crypto import KeyProblem, keyring
from exam_app.core.errors import Missing

_LIFETIME_SECONDS = 24 * 3600
_DIGEST = re.compile(r"[0-9a-f]{64}")


def _folder() -> Path:
    folder = Path(current_app.instance_path) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep(data: bytes, filename: str, *, owner: str) -> str:
    """Keep an upload for a day and return its token, good for this owner alone."""
    _sweep()
    token = hashlib.sha256(f"{owner}\0{filename}\0".encode() + data).hexdigest()
    content = keyring().wrap(f"upload:{owner}:{token}", filename.encode() + b"\0" + data)
    (_folder() / token).write_bytes(content)
    return token


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


def _sweep() -> None:
    for path in _folder().iterdir():
        if time.time() - path.stat().st_mtime > _LIFETIME_SECONDS:
            path.unlink(missing_ok=True)
