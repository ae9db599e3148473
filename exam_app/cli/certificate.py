"""``exam certificate``: verify without a network, make signing keys, write the status list."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import with_appcontext

from exam_app.access.actor import SYSTEM
from exam_app.certificates import queries, rules, service
from exam_app.certificates.keys import ALGORITHMS, KeySet
from exam_app.certificates.labels import REASONS, STATES
from exam_app.certificates.printing import CATEGORIES
from exam_app.certificates.reading import PICTURES, texts_of
from exam_app.certificates.record import StatusLookup, Verdict, as_plain, verify
from exam_app.certificates.terms import VerdictState
from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, ExamError
from exam_app.core.messages import sentence

VALID, NOT_VALID, CANNOT_TELL = 0, 2, 3
READABLE = PICTURES | {".pdf", ".txt"}


@click.group("certificate")
def certificate_cli() -> None:
    """合格证书 / certificates."""


@certificate_cli.command("verify")
@click.argument("target")
@click.option("--keys", "keys_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--status", "status_file", type=click.Path(exists=True, path_type=Path))
@click.option("--host", help="官方网址的主机名；二维码中的网址不同则提示")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="按哪一天判断有效期，默认今天")
def verify_certificate(
    target: str,
    keys_file: Path | None,
    status_file: Path | None,
    host: str | None,
    on: dt.datetime | None,
) -> None:
    """Verify a PDF, a picture, a text file, a folder of them, or a scanned text.

    Exit: 0 all valid (signature, dates), 2 one is not valid, 3 one cannot be told or read.
    """
    try:
        keys = _keys(keys_file)
        status = _status(status_file)
    except ExamError as error:
        click.echo(str(sentence(error)), err=True)
        sys.exit(CANNOT_TELL)
    codes = set()
    for name, text in _found(target):
        verdict = None
        if text is not None:
            at = on.date() if on else clock.today()
            verdict = verify(text, keys, at=at, status=status, host=host)
            click.echo(json.dumps(shown(name, verdict), ensure_ascii=False))
        codes.add(_exit(verdict))
    sys.exit(max(codes, default=CANNOT_TELL))


def _exit(verdict: Verdict | None) -> int:
    if verdict is None:
        return CANNOT_TELL
    accepted = {VerdictState.VALID, VerdictState.STATUS_UNKNOWN}
    return VALID if verdict.state in accepted else NOT_VALID


def _keys(path: Path | None) -> KeySet:
    path = path or Path("instance/demo/jwks.json")
    if not path.exists():
        raise BadInput("jwks-unreadable", reason=str(path))
    return KeySet.from_jwks(path.read_text(encoding="utf-8"))


def _status(path: Path | None) -> StatusLookup | None:
    """Return the look-up of a status file: JSON ``{"revoked": [[list, index], …]}``."""
    if path is None:
        return None
    try:
        revoked = {(int(a), int(b)) for a, b in json.loads(path.read_text())["revoked"]}
    except (ValueError, KeyError, TypeError) as problem:
        raise BadInput("status-unreadable", file=path.name) from problem
    return lambda number, index: (number, index) in revoked


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
    }
    record = verdict.record
    if record is not None:
        category = CATEGORIES.get(record.category, record.category)
        line["certificate"] = as_plain(record) | {"category": category}
    return line


@certificate_cli.command("key")
@click.option("--issuer", type=int, required=True, help="发证机关的行政区划代码，如 230700")
@click.option("--years", type=click.IntRange(1, 5), default=1, show_default=True, help="可签发年数")
@click.option("--from", "not_before", type=click.DateTime(["%Y-%m-%d"]), help="起始日，默认今天")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), default="ed25519", show_default=True)
@with_appcontext
def make_key(issuer: int, years: int, not_before: dt.datetime | None, algorithm: str) -> None:
    """Make a signing key of an authority and publish its public half."""
    first = not_before.date() if not_before else clock.today()
    with transaction():
        made = service.create_signing_key(
            issuer=issuer,
            not_before=first,
            not_after=rules.months_after(first, 12 * years),
            algorithm=algorithm,
            actor=SYSTEM,
        )
    click.echo(f"已生成签名密钥 {made.kid}：{issuer}，{made.not_before} 至 {made.not_after}")


@certificate_cli.command("status")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@with_appcontext
def write_status(out: Path) -> None:
    """Write the list of revoked certificates, for ``verify --status``."""
    revoked = queries.revoked_places()
    listed = {"issued": clock.now().isoformat(), "revoked": revoked}
    out.write_text(json.dumps(listed) + "\n", encoding="utf-8")
    click.echo(f"已写入 {out}：吊销 {len(revoked)} 份")
