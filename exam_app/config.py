"""The configuration: one frozen value from ``instance/config.toml`` and the environment."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exam_app.core.errors import BadInput


@dataclass(frozen=True)
class Config:
    """What one installation is told; secrets live in ``instance/keys``, never here.

    Args:
        instance: folder of everything that belongs to this installation, never in git.
        database_url: SQLAlchemy URL; the default is ``instance/exam.sqlite``.
        official_host: host printed on certificates and shown as the only right one.
        https: pages are served over https (secure cookies, HSTS).
        totp_required: staff sign in with a second factor.
        demo: a demo city: the sign-in page lists its accounts; refused with real data.
        argon2_memory_kib: cost of a password check; 65536 in production.
        registry_root: public key of the root that signs the key registry (根公钥), 43 characters.
        signing_passphrase_file: file with the passphrase of the signing keys, outside the
            instance folder; without it nothing is signed.
        webhooks: enterprises may have changes of their certificates sent to them; off, nothing
            ever leaves this installation.
        webhook_networks: private networks that may be sent to all the same, and
        webhook_ca: the authority their certificates are of; both set by tests alone.
        footer: lines shown at the foot of each page (主办单位, 备案号 …).
    """

    instance: Path
    database_url: str
    official_host: str = "exam.example.gov.cn"
    https: bool = False
    totp_required: bool = True
    demo: bool = False
    demo_password: str = ""
    argon2_memory_kib: int = 65536
    registry_root: str = ""
    signing_passphrase_file: Path | None = None
    testing: bool = False
    webhooks: bool = False
    webhook_networks: tuple[str, ...] = ()
    webhook_ca: Path | None = None
    footer: tuple[str, ...] = ()

    @property
    def keys(self) -> Path:
        """The folder of keys and secrets."""
        return self.instance / "keys"


_SETTABLE = {
    "database_url",
    "official_host",
    "https",
    "totp_required",
    "demo",
    "demo_password",
    "argon2_memory_kib",
    "registry_root",
    "signing_passphrase_file",
    "webhooks",
    "footer",
}


def load_config(instance: Path | str | None = None, **over: Any) -> Config:
    """Return the configuration of an instance folder.

    Args:
        instance: default: ``EXAM_INSTANCE`` or ``instance`` in the working directory.
        over: values that win over file and environment.
    Raises: BadInput: an unknown key or an unreadable file.
    """
    folder = Path(instance or os.environ.get("EXAM_INSTANCE", "instance")).resolve()
    values: dict[str, Any] = {"database_url": f"sqlite:///{folder / 'exam.sqlite'}"}
    path = folder / "config.toml"
    if path.exists():
        try:
            read = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise BadInput("config-unreadable", file=str(path), reason=str(error)) from error
        unknown = sorted(set(read) - _SETTABLE)
        if unknown:
            raise BadInput("config-unknown-key", file=str(path), keys=", ".join(unknown))
        values.update(read)
    if url := os.environ.get("EXAM_DATABASE_URL"):
        values["database_url"] = url
    if told := os.environ.get("EXAM_SIGNING_PASSPHRASE_FILE"):
        values["signing_passphrase_file"] = told
    values.update(over)
    if values.get("signing_passphrase_file"):
        values["signing_passphrase_file"] = folder / values["signing_passphrase_file"]
    if "footer" in values:
        values["footer"] = tuple(values["footer"])
    known = {field.name for field in dataclasses.fields(Config)}
    return Config(instance=folder, **{key: values[key] for key in values if key in known})
