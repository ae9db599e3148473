"""``exam certificate verify``: files and texts against the published keys, without a network."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from exam_app.certificates.keys import KeySet
from exam_app.certificates.printing import CATEGORIES
from exam_app.certificates.reading import texts_of
from exam_app.certificates.record import StatusLookup, Verdict, verify
from exam_app.certificates.terms import Reason, VerdictState
from exam_app.core import clock
from exam_app.core.errors import BadInput, ExamError
from exam_app.core.messages import sentence

VALID, NOT_VALID, CANNOT_TELL = 0, 2, 3
STATES = {
    VerdictState.VALID: "有效",
    VerdictState.STATUS_UNKNOWN: "签名有效，吊销状态未知",
    VerdictState.EXPIRED: "签名有效，已过有效期",
    VerdictState.NOT_YET_VALID: "签名有效，尚未生效",
    VerdictState.REVOKED: "已吊销",
    VerdictState.REFUSED: "不予认可",
}
REASONS = {
    Reason.NOT_DIGITS: "二维码内容不是证书记录",
    Reason.MALFORMED: "记录格式不符",
    Reason.UNKNOWN_KEY: "签名密钥未知",
    Reason.WRONG_ALGORITHM: "签名算法与密钥不符",
    Reason.BAD_SIGNATURE: "签名不符，内容被改动或伪造",
    Reason.BAD_PAYLOAD: "记录内容不完整",
    Reason.CRITICAL_FIELD: "含有本程序不认识的关键字段",
    Reason.UNKNOWN_FIELD: "含有未知字段",
    Reason.KEY_NOT_FOR_ISSUER: "密钥不属于该发证机关",
    Reason.KEY_NOT_FOR_DATE: "发证日期不在密钥有效期内",
    Reason.KEY_COMPROMISED: "签名密钥已泄露",
    Reason.EXPIRED: "已过有效期",
    Reason.NOT_YET_VALID: "尚未生效",
    Reason.REVOKED: "证书已吊销",
    Reason.STATUS_UNKNOWN: "没有吊销名单，无法确认是否已吊销",
    Reason.FOREIGN_ADDRESS: "二维码中的网址不是官方网址",
}


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

    Exit: 0 all valid (signature, dates), 2 one is not valid, 3 one cannot be told.
    """
    try:
        keys = _keys(keys_file)
        status = _status(status_file)
    except ExamError as error:
        click.echo(str(sentence(error)), err=True)
        sys.exit(CANNOT_TELL)
    worst = VALID
    for name, text in _found(target):
        verdict = None
        if text is not None:
            at = on.date() if on else clock.today()
            verdict = verify(text, keys, at=at, status=status, host=host)
            click.echo(json.dumps(shown(name, verdict), ensure_ascii=False))
        worst = max(worst, _exit(verdict))
    sys.exit(worst)


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
    if not exists:
        yield "text", target
        return
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    for file in files:
        try:
            texts = texts_of(file)
        except ExamError as error:
            click.echo(f"{file.name}：{sentence(error)}", err=True)
            yield file.name, None
            continue
        for text in texts:
            yield file.name, text


def shown(name: str, verdict: Verdict) -> dict[str, object]:
    """Return a verdict as one line of JSON: state, reasons and every signed field."""
    line: dict[str, object] = {
        "file": name,
        "state": verdict.state.value,
        "text": STATES[verdict.state],
        "reasons": [reason.value for reason in verdict.reasons],
        "why": [REASONS[reason] for reason in verdict.reasons],
        "host": verdict.host,
        "kid": verdict.kid,
    }
    record = verdict.record
    if record is not None:
        line["certificate"] = {
            "issuer": record.issuer,
            "number": record.number,
            "name": record.name,
            "id_tail": record.id_tail,
            "class_kind": record.class_kind,
            "category": CATEGORIES.get(record.category, record.category),
            "industry": record.industry,
            "hours": [str(hours) for hours in record.hours],
            "score": None if record.score is None else str(record.score),
            "credit": str(record.credit),
            "issued_on": record.issued_on.isoformat(),
            "expires_on": record.expires_on.isoformat(),
            "paper": record.paper,
            "status": list(record.status),
        }
    return line
