"""The demo's keys (演示密钥): a root, a signing key and the registry, as a ceremony makes them."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path

from exam_app.access.actor import SYSTEM
from exam_app.certificates import passphrase, publishing, registry, service
from exam_app.core import clock
from exam_app.core.crypto import write_private
from exam_app.core.db import transaction

YEARS = 10  # the demo may be looked at long after the days it tells of
ROOT, ROOT_PASSPHRASE, SIGNING_PASSPHRASE = (
    "root.key",
    "root-passphrase",
    "signing-passphrase",
)


def prepare(folder: Path, keys: Path, *, memory_kib: int) -> str:
    """Write root, passphrases and lock; a real installation keeps the first two elsewhere.

    Returns: the root's public key, to be pinned in the configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {name: secrets.token_hex(16) for name in (ROOT_PASSPHRASE, SIGNING_PASSPHRASE)}
    for name, text in texts.items():
        write_private(folder / name, f"{text}\n".encode())
    passphrase.lock(keys, texts[SIGNING_PASSPHRASE], memory_kib=memory_kib)
    root = registry.make_root(folder / ROOT, texts[ROOT_PASSPHRASE], memory_kib=memory_kib)
    return root.to_text()


def register(folder: Path, *, issuer: int) -> None:
    """Make the signing key, let the root sign the registry, and put it in force."""
    today = clock.today()
    with transaction():
        service.create_signing_key(
            issuer=issuer,
            not_before=today,
            not_after=today.replace(year=today.year + YEARS),
            actor=SYSTEM,
        )
    with transaction():
        payload = service.request_registry(fresh_for=dt.timedelta(days=365 * YEARS), actor=SYSTEM)
    secret = passphrase.read_passphrase(folder / ROOT_PASSPHRASE)
    text = registry.sign(payload, registry.open_root(folder / ROOT, secret))
    with transaction():
        service.install_registry(text, actor=SYSTEM)


def publish(folder: Path) -> None:
    """Write what anybody may keep: the key set, the registry and the status lists."""
    (folder / "jwks.json").write_text(publishing.key_set().text, encoding="utf-8")
    (folder / "registry.jws").write_text(publishing.registry().text, encoding="utf-8")
    (folder / "status").mkdir(exist_ok=True)
    for name, document in publishing.status_lists().items():
        path = folder / "status" / f"{name}.jws"
        path.write_text(document.text + "\n", encoding="utf-8")
