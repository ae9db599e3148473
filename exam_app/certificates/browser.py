"""The verifier for the browser (浏览器查验): what the public page hands to it, the page to save.

The page that is saved is one file: style, script, keys and status lists stand in it, and a policy
of its own lets nothing else run and nothing be fetched.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import render_template, url_for
from flask_babel import force_locale

from exam_app.certificates import jws, publishing, registry
from exam_app.certificates.keys import KeySet
from exam_app.certificates.pages import config, known_keys
from exam_app.certificates.registry import Registry, Root
from exam_app.certificates.words import words
from exam_app.core import clock
from exam_app.core.errors import Missing, RuleBroken
from exam_app.paths import PACKAGE

STYLE = PACKAGE / "static" / "offline.css"
SCRIPT = PACKAGE / "static" / "built" / "offline.js"
_LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}


@dataclass(frozen=True)
class OfflinePage:
    """The file to save: its bytes, the policy it states, version of its registry, day of lists."""

    content: bytes
    policy: str
    version: int
    day: dt.date

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the bytes, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def size(self) -> int:
        """Return how many bytes it has."""
        return len(self.content)


def verifier_data() -> dict[str, Any]:
    """Return what the script of the public page is told: addresses, root, day and words."""
    published = known_keys()
    return {
        "official": config().official_host,
        "root": config().registry_root,
        "today": clock.today().isoformat(),
        "here": url_for("certificates.verify"),
        "jwks": url_for("certificates.jwks"),
        "registry": url_for("certificates.key_registry"),
        "status": url_for("certificates.revocation_list", number=0).removesuffix("0"),
        "words": words(_issuers(published)),
    }


def offline_page() -> OfflinePage:
    """Return the page of this installation's registry and lists, the same file all day.

    Every process of the installation signs lists of its own; the first page made of the same
    registry, revocations and day is kept and is the one everybody gets.

    Raises: Missing: no registry was installed. RuleBroken: ``browser-not-built``.
    """
    root = registry.root_of(config().registry_root) if config().registry_root else None
    held = registry.load(config().keys, root) if root else None
    if root is None or held is None:
        raise Missing(kind="registry")
    host = config().official_host
    lists = [each.text for _name, each in sorted(publishing.status_lists().items())]
    made, bare = (page_of(held, root, each, host) for each in (lists, ()))
    marked = [jws.unverified(each)["credentialSubject"] for each in lists]
    same = [
        bare.digest,
        bare.day.isoformat(),
        *(each["id"] + each["encodedList"] for each in marked),
    ]
    content = _kept(config().instance / "offline", "\n".join(same), made.content)
    return replace(made, content=content)


def page_of(held: Registry, root: Root, lists: Sequence[str], host: str) -> OfflinePage:
    """Return the page that verifies with this registry and these signed lists, without a network.

    Args: host: the official one; another in a scanned address is told as foreign.
    Returns: the same bytes for the same arguments.
    Raises: RuleBroken: the script was not put together (``browser-not-built``).
    """
    data: dict[str, Any] = {
        "official": host,
        "root": root.to_text(),
        "registry": held.text,
        "lists": list(lists),
        "words": {},
    }
    for name, locale in _LANGUAGES.items():
        with force_locale(locale):
            data["words"][name] = words(_issuers(held.keys))
    texts = data["words"]["zh"]["texts"]
    with force_locale(_LANGUAGES["zh"]):
        body = render_template("certificates/offline.html", data=data, texts=texts)
    style, script = _text(STYLE), _text(SCRIPT)
    policy = _policy(style, script)
    content = _file(policy, texts["offline_title"], style, body, script)
    return OfflinePage(content.encode(), policy, held.version, clock.today())


def _issuers(known: KeySet) -> set[int]:
    return {issuer for key in known.keys.values() for issuer in key.issuers}


def _kept(folder: Path, same: str, content: bytes) -> bytes:
    """Return what was kept first for the same facts; older files are removed."""
    folder.mkdir(exist_ok=True)
    path = folder / f"verify-{hashlib.sha256(same.encode()).hexdigest()[:32]}.html"
    if not path.exists():
        for older in folder.glob("verify-*.html"):
            older.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".new") as fresh:
            fresh.write(content)
            fresh.flush()
            try:
                os.link(fresh.name, path)
            except FileExistsError:
                return path.read_bytes()
    return path.read_bytes()


def _file(policy: str, title: str, style: str, body: str, script: str) -> str:
    head = (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )
    return f"{head}{body}\n<script>{script}</script>\n</body>\n</html>\n"


def _policy(style: str, script: str) -> str:
    """Return what may run and be loaded: this style, this script, pictures chosen by the reader."""
    return (
        f"default-src 'none'; script-src '{_source(script)}'; style-src '{_source(style)}'; "
        "img-src blob: data:; media-src blob:; base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"


def _text(path: Path) -> str:
    if not path.exists():
        raise RuleBroken("browser-not-built", file=path.name)
    return path.read_text(encoding="utf-8")
