"""``exam certificate``: verify without a network or database, write the status lists."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import with_appcontext

from exam_app.certificates import browser, publishing, registry
from exam_app.certificates import status as lists
from exam_app.certificates.keys import KeySet, registry_path
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
HIDDEN = {"Thumbs.db", "desktop.ini", ".DS_Store"}
ANY = click.Path(path_type=Path)
VERIFY = """TARGET 为 PDF、图片、文本文件、含有这些文件的目录，或扫得的二维码内容。

每份证书输出一行 JSON。退出码：0 全部有效；2 有一份不予认可、已吊销、已过期等；3 没有这种情况，
但有一份无法判定（文件无法读取，没有状态名单，名单过期或未签名，网址不是官方网址）；64 命令有误。

TARGET: a PDF, a picture, a text file, a folder of them, or a scanned text; one line of JSON for
each certificate. Exit: 0 all valid, 2 one is not valid, 3 none of that and one cannot be told
(unreadable, its revocation is unknown, its address is not the official one), 64 mistyped. The
official host is that of this installation unless told; a list nobody signed calls nothing valid
unless trusted.
"""


@click.group("certificate")
def certificate_cli() -> None:
    """合格证书 / certificates."""


for _command in COMMANDS:
    certificate_cli.add_command(_command)


def _given(context: click.Context, argument: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("it is empty", context, argument)
    return value


@certificate_cli.command("verify", help=VERIFY)
@click.argument("target", callback=_given)
@click.option("--keys", "keys_file", type=ANY, help="登记册或公钥文件；默认为本系统的登记册")
@click.option("--status", "status_file", type=ANY, help="签名的状态名单：文件或目录")
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
    """Print a verdict on each certificate of the target and exit with the code of the worst."""
    at = on.date() if on else clock.today()
    now = clock.at_local(f"{at} 00:00") if on else clock.now()
    trust = trust_unsigned_status
    try:
        host = host or _own_host()
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
    config = load_config()
    path = path or registry_path(config.keys)
    if not path.is_file():
        raise BadInput("jwks-missing", file=str(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput("jwks-unreadable", reason=path.name) from problem
    if text.lstrip().startswith("{"):
        return KeySet.from_jwks(text)
    return registry.verify(text, registry.root_of(pin or config.registry_root)).keys


def _found(target: str) -> Iterator[tuple[str, str | None]]:
    """Yield (name, scanned text) of the target; None where a file cannot be read."""
    path = Path(target)
    if not _exists(path) and (target.strip().isdigit() or "://" in target):
        yield "text", target
        return
    files = _files(path)
    if not files:
        click.echo(str(sentence(BadInput("folder-unreadable", file=path.name))), err=True)
    for file in files:
        try:
            texts = _texts(file, is_told=file == path)
        except ExamError as error:
            click.echo(f"{file.name}：{sentence(error)}", err=True)
            yield file.name, None
            continue
        for number, text in enumerate(texts, 1):
            if not text:
                nowhere = BadInput("no-code-found", file=f"{file.name} #{number}")
                click.echo(str(sentence(nowhere)), err=True)
            yield file.name, text or None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a long or odd scanned text is no file name
        return False


def _texts(file: Path, *, is_told: bool) -> list[str]:
    """Return the QR texts of a file. Raises: BadInput: there is none, or it cannot be read.

    Args: is_told: it was named itself, so it may have any ending.
    """
    if not is_told and (file.name.startswith(".") or not file.is_file()):
        raise BadInput("not-a-plain-file")
    if not is_told and file.suffix.lower() not in READABLE:
        raise BadInput("kind-unreadable")
    try:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # of odd pictures
            return texts_of(file)
    except (OSError, ValueError) as problem:
        raise BadInput("target-missing", file=file.name) from problem


def _files(path: Path) -> list[Path]:
    """Return the file, or all of a folder but those the system hides there."""
    if not _exists(path) or not path.is_dir():
        return [path]
    closed: list[OSError] = []
    found = []
    for folder, folders, names in os.walk(path, onerror=closed.append):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        found += [Path(folder) / name for name in [*links, *names] if name not in HIDDEN]
    return sorted([*found, *(Path(each.filename) for each in closed)])


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
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="写入的目录")  # fmt: skip
@with_appcontext
def write_status(out: Path) -> None:
    """Write the signed status lists into a folder, for ``verify --status``."""
    out.mkdir(parents=True, exist_ok=True)
    made = publishing.status_lists()
    for name, document in made.items():
        (out / f"{name}.jws").write_text(document.text + "\n", encoding="utf-8")
    click.echo(f"已写入 {out}：状态名单 {len(made)} 份")


@certificate_cli.command("offline-page")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="写入的文件")  # fmt: skip
@with_appcontext
def write_offline_page(out: Path) -> None:
    """Write the page that verifies without a network, the same bytes as the site's."""
    page = browser.offline_page()
    out.write_bytes(page.content)
    click.echo(f"已写入 {out}：{page.size} 字节，SHA-256 {page.digest}")
