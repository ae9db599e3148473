"""The extra ``pades``: whether files can be signed for PDF readers here, and doing it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from flask import current_app

from exam_app.certificates.passphrase import signing_ring
from exam_app.core.errors import RuleBroken


def engine() -> ModuleType:
    """Return the module that signs files. Raises: RuleBroken: the extra is not installed."""
    if find_spec("pyhanko") is None:
        raise RuleBroken("pades-missing")
    return import_module("exam_app.certificates.pades")


def are_offered() -> bool:
    """Return whether downloads can be signed: the extra is installed and a key was set."""
    return find_spec("pyhanko") is not None and bool(engine().is_configured(_keys()))


def signed_file(content: bytes, *, reason: str) -> bytes:
    """Return a PDF signed for readers of PDF (PAdES). Raises: RuleBroken: not offered here."""
    if not are_offered():
        raise RuleBroken("pades-missing")
    signed: bytes = engine().sign_file(content, _keys(), signing_ring(), reason=reason)
    return signed


def _keys() -> Path:
    folder: Path = current_app.extensions["exam"].keys
    return folder
