"""``exam certificate``: verify without a network or database, write the status lists."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import with_appcontext

from exam_app.certificates import browser, publishing, registry
from exam_app.certificates import status as lists
from exam_app.certificates.keys import KeySet
from exam_app.certificates.labels import REASONS, STATES
from exam_app.certificates.printing import CATEGORIES
from exam_app.certificates.reading import PICTURES, texts_of
from exam_app.certificates.record import Verdict, as_plain, verify
from exam_app.certificates.terms import Reason, VerdictState
from exam_app.cli.certificate_office import COMMANDS
from exam_app.config import load_config
from exam_app.core import clock
from exam_app.core.errors import BadInput, ExamError
from exam_app.core.messages import sentence

VALID, NOT_VALID, CANNOT_TELL = 0, 2, 3
READABLE = PICTURES | {".pdf", ".txt"}


@click.group("certificate")
def certificate_cli() -> None:
    """合格证书 / certificates."""


for _command in COMMANDS:
    certificate_cli.add_command(_command)


@certificate_cli.command("verify")
@click.argument("target")
@click.option("--keys", "keys_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--status", "status_file", type=click.Path(exists=True, path_type=Path))
@click.option("--root", envvar="EXAM_REGISTRY_ROOT", help="根公钥；默认取自 config.toml")
@click.option("--host", help="官方网址的主机名；二维码中的网址不同则提示")
@click.option("--trust-unsigned-status", is_flag=True, help="信任未签名的状态名单，可据以判为有效")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="按哪一天判断有效期，默认今天")
def verify_certificate(
    target: str,
    keys_file: Path | None,
    status_file: Path | None,
    root: str | None,
    host: str | None,
    trust_unsigned_status: bool,
    on: dt.datetime | None,
) -> None:
    """Verify a PDF, a picture, a text file, a folder of them, or a scanned text, offline.

    KEYS is a JWK set or the signed key registry; STATUS a signed list, a folder of them, or a
    plain JSON list. Exit: 0 all valid, 2 one is not valid, 3 none of that and one cannot be told
    (unreadable, its revocation is unknown, or its address is not the official one). The official
    host is that of this installation unless told; an unsigned list calls nothing valid unless
    trusted.
    """
    at = on.date() if on else clock.today()
    now = clock.at_local(f"{at} 00:00") if on else clock.now()
    host = host or _own_host()
    trust = trust_unsigned_status
    try:
        keys = _keys(keys_file, root)
        status = None
        if status_file:
            status = lists.load(status_file, keys, now=now, host=host, trust_unsigned=trust)
    except ExamError as error:
        click.echo(str(sentence(error)), err=True)
        sys.exit(CANNOT_TELL)
    codes = set()
    for name, text in _found(target):
        verdict = None
        if text is not None:
            verdict = verify(text, keys, at=at, status=status, host=host, now=now)
            click.echo(json.dumps(shown(name, verdict), ensure_ascii=False))
        codes.add(_exit(verdict))
    sys.exit(_whole(codes))


def _own_host() -> str | None:
    """Return the official host of the installation here, None outside of any."""
    config = load_config()
    return config.official_host if (config.instance / "config.toml").exists() else None


def _exit(verdict: Verdict | None) -> int:
    if verdict is None or verdict.state is VerdictState.STATUS_UNKNOWN:
        return CANNOT_TELL
    if Reason.ALGORITHM_UNAVAILABLE in verdict.reasons:
        return CANNOT_TELL
    if verdict.state is VerdictState.VALID and Reason.FOREIGN_ADDRESS in verdict.reasons:
        return CANNOT_TELL
    return VALID if verdict.state is VerdictState.VALID else NOT_VALID


def _whole(codes: set[int]) -> int:
    """Return the exit code of all: one that is not valid outweighs what cannot be told."""
    for code in (NOT_VALID, CANNOT_TELL):
        if code in codes:
            return code
    return VALID if codes else CANNOT_TELL


def _keys(path: Path | None, pin: str | None) -> KeySet:
    """Return the keys of a JWK set, or of a registry that the pinned root signed."""
    path = path or Path("instance/demo/registry.jws")
    if not path.exists():
        raise BadInput("jwks-unreadable", reason=str(path))
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("{"):
        return KeySet.from_jwks(text)
    return registry.verify(text, registry.root_of(pin or load_config().registry_root)).keys


def _found(target: str) -> Iterator[tuple[str, str | None]]:
    """Yield (name, scanned text) of the target; None where a file cannot be read."""
    path = Path(target)
    try:
        exists = path.exists()
    except OSError:  # a long scanned text is no file name
        exists = False
    if not exists and (target.strip().isdigit() or "://" in target):
        yield "text", target
        return
    for file in _files(path):
        try:
            texts = _texts(file)
        except ExamError as error:
            click.echo(f"{file.name}：{sentence(error)}", err=True)
            yield file.name, None
            continue
        for number, text in enumerate(texts, 1):
            if not text:
                nowhere = BadInput("no-code-found", file=f"{file.name} #{number}")
                click.echo(str(sentence(nowhere)), err=True)
            yield file.name, text or None


def _texts(file: Path) -> list[str]:
    """Return the QR texts of a file. Raises: BadInput: there is none, or it cannot be read."""
    try:
        return texts_of(file)
    except OSError as problem:
        raise BadInput("target-missing", file=file.name) from problem


def _files(path: Path) -> list[Path]:
    """Return the file, or the readable ones of a folder."""
    if not path.is_dir():
        return [path]
    found = (each for each in path.rglob("*") if each.suffix.lower() in READABLE)
    return sorted(each for each in found if each.is_file())


def shown(name: str, verdict: Verdict) -> dict[str, object]:
    """Return a verdict as one line of JSON: state, reasons and every signed field."""
    line: dict[str, object] = {
        "file": name,
        "state": verdict.state.value,
        "text": str(STATES[verdict.state]),
        "reasons": [reason.value for reason in verdict.reasons],
        "why": [str(REASONS[reason]) for reason in verdict.reasons],
        "host": verdict.host,
        "kid": verdict.kid,
        "status_date": verdict.status_as_of.isoformat() if verdict.status_as_of else None,
    }
    record = verdict.record
    if record is not None:
        category = CATEGORIES.get(record.category, record.category)
        line["certificate"] = as_plain(record) | {"category": category}
    return line


@certificate_cli.command("status")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@with_appcontext
def write_status(out: Path) -> None:
    """Write the signed status lists into a folder, for ``verify --status``."""
    out.mkdir(parents=True, exist_ok=True)
    made = publishing.status_lists()
    for name, document in made.items():
        (out / f"{name}.jws").write_text(document.text + "\n", encoding="utf-8")
    click.echo(f"已写入 {out}：状态名单 {len(made)} 份")


@certificate_cli.command("offline-page")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@with_appcontext
def write_offline_page(out: Path) -> None:
    """Write the page that verifies without a network, the same bytes as the site's."""
    page = browser.offline_page()
    out.write_bytes(page.content)
    click.echo(f"已写入 {out}：{page.size} 字节，SHA-256 {page.digest}")
