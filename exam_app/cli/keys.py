"""``exam keys``: the installation's secrets, the root, the signing keys and their registry."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from exam_app.access.actor import SYSTEM
from exam_app.audit import checkpoint
from exam_app.certificates import keys, passphrase, registry, rules, service
from exam_app.certificates.keys import ALGORITHMS, KeySet, PublicKey
from exam_app.certificates.registry import Change
from exam_app.certificates.terms import KeyState
from exam_app.cli import spoken
from exam_app.config import Config, load_config
from exam_app.core import clock
from exam_app.core.crypto import Keyring
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput

STATES = {
    KeyState.ACTIVE: "在用",
    KeyState.RETIRED: "停用",
    KeyState.COMPROMISED: "泄露",
}
KINDS = {
    "added": "新增密钥",
    "dropped": "删去密钥",
    "state": "状态改变",
    "reattested": "重新确认证书",
    "reattested-dropped": "撤回重新确认",
    "issuers": "发证机关改变",
    "class_kinds": "培训类别改变",
    "not_before": "签发起始日改变",
    "not_after": "签发截止日改变",
    "verify_until": "核验截止日改变",
    "issuer_uscc": "机关代码改变",
    "issuer_name": "机关名称改变",
}
DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(dir_okay=False, path_type=Path)
HELD = click.Path(exists=True, dir_okay=False, path_type=Path)
_passphrase_option = click.option(
    "--passphrase-file", "secret", type=HELD, help="口令文件；不给出则提示输入"
)

keys_cli = AppGroup("keys", help="密钥 / keys of this installation.")


@keys_cli.command("init", with_appcontext=False)
def init_keys() -> None:
    """Make the installation's master secret and the key that signs the trail's heads, once."""
    config = load_config()
    ring = Keyring.create(config.keys)
    checkpoint.create_key(config.keys, ring, origin=f"{config.official_host}/audit")
    click.echo(f"已生成：{config.keys}")


# ---- on the machine without a network 离线


@keys_cli.command("root", with_appcontext=False)
@click.option("--out", type=FILE, required=True, help="根密钥文件，离线保存")
@_passphrase_option
def make_root(out: Path, secret: Path | None) -> None:
    """Make the root key (根密钥) on a machine without a network; prints what is to be pinned."""
    made = registry.make_root(out, _asked(secret, "根密钥口令", confirm=True))
    click.echo(f"根密钥已写入 {out}，请离线保存。")
    click.echo(f'根公钥（写入 config.toml 并印在公告上）：\nregistry_root = "{made.to_text()}"')


@keys_cli.command("approve", with_appcontext=False)
@click.argument("request", type=HELD)
@click.option("--root", "root_file", type=HELD, required=True, help="根密钥文件")
@click.option("--previous", type=HELD, help="现行登记册；第一版不需要")
@click.option("--out", type=FILE, required=True, help="签好的登记册")
@click.option("--yes", is_flag=True, help="已看过变化，不再询问")
@_passphrase_option
def approve(
    request: Path, root_file: Path, previous: Path | None, out: Path, yes: bool, secret: Path | None
) -> None:
    """Show what a request changes, ask, and sign it with the root (离线签批登记册)."""
    payload = _json(request)
    wanted = keys.from_registry(payload)
    root = registry.open_root(root_file, _asked(secret, "根密钥口令"))
    held = _previous(previous, registry.Root(root.key.public_key()))
    if payload.get("version") != (held.version + 1 if held else 1):
        raise BadInput("registry-previous")
    before = held.keys if held else KeySet()
    click.echo(f"登记册第 {payload['version']} 版，下次更新不晚于 {wanted.next_update}")
    for line in described(before, wanted):
        click.echo(line)
    registry.check_drops(before, wanted)
    if not yes:
        spoken.confirm("以上变化无误，签名？")
    out.write_text(registry.sign(payload, root) + "\n", encoding="utf-8")
    click.echo(f"已签名：{out}")


def _previous(path: Path | None, root: registry.Root) -> registry.Registry | None:
    return registry.verify(path.read_text(encoding="utf-8"), root) if path else None


def described(before: KeySet, after: KeySet) -> list[str]:
    """Return what a new set of keys changes, one line each, in Chinese."""
    lines = []
    for each in registry.changes(before, after):
        lines.append(_line(each))
        key = after.find(each.subject)
        if each.kind == "added" and key is not None:
            lines.append("  " + _key_line(key))
    return lines or ["没有变化"]


def _line(change: Change) -> str:
    arrow = (
        f"：{change.before or '无'} → {change.after or '无'}"
        if change.after or change.before
        else ""
    )
    return f"{KINDS[change.kind]} {change.subject}{arrow}"


def _key_line(key: PublicKey) -> str:
    issuers = ",".join(f"{issuer:06}" for issuer in sorted(key.issuers)) or "任何机关"
    kinds = ",".join(map(str, sorted(key.class_kinds))) or "全部"
    state = STATES[key.state]
    if key.compromised_from:
        state += f"（自 {key.compromised_from}）"
    last = "长期" if key.verify_until == dt.date.max else key.verify_until.isoformat()
    return (
        f"{key.kid} {key.to_jwk()['alg']} {issuers} {key.issuer_name} 培训类别 {kinds} "
        f"签发 {key.not_before} 至 {key.not_after} 核验至 {last} {state}"
    )


# ---- on the server 服务器


@keys_cli.command("new")
@click.option("--issuer", type=int, required=True, help="发证机关的行政区划代码，如 230700")
@click.option("--years", type=click.IntRange(1, 5), default=1, show_default=True, help="可签发年数")
@click.option(
    "--overlap", type=click.IntRange(0, 90), default=30, show_default=True, help="重叠天数"
)
@click.option("--from", "not_before", type=DAY, help="起始日，默认今天")
@click.option("--verify-until", type=DAY, help="核验截止日，默认长期")
@click.option("--class-kind", "kinds", type=int, multiple=True, help="只可签发的培训类别，默认全部")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), default="ed25519", show_default=True,
              help="签名算法")  # fmt: skip
@_passphrase_option
@with_appcontext
def new_key(
    issuer: int,
    years: int,
    overlap: int,
    not_before: dt.datetime | None,
    verify_until: dt.datetime | None,
    kinds: tuple[int, ...],
    algorithm: str,
    secret: Path | None,
) -> None:
    """Make a signing key of an authority; registered, it signs from its first day."""
    _open_lock(secret)
    first = not_before.date() if not_before else clock.today()
    last = rules.months_after(first, 12 * years) + dt.timedelta(days=overlap)
    with transaction():
        made = service.create_signing_key(
            issuer=issuer,
            not_before=first,
            not_after=last,
            algorithm=algorithm,
            class_kinds=kinds,
            verify_until=verify_until.date() if verify_until else dt.date.max,
            actor=SYSTEM,
        )
    click.echo(f"已生成签名密钥 {made.kid}：{issuer}，{made.not_before} 至 {made.not_after}")


@keys_cli.command("passphrase")
@_passphrase_option
@click.option("--new-passphrase-file", "fresh", type=HELD, help="新口令文件；不给出则提示输入")
@with_appcontext
def change_passphrase(secret: Path | None, fresh: Path | None) -> None:
    """Put the signing keys under another passphrase; older copies keep the older one."""
    told = _told(secret, confirm=False)
    text = _asked(fresh, "新口令", confirm=True)
    with transaction():
        names = service.change_passphrase(told, text, actor=SYSTEM)
    click.echo(
        f"已更换口令，涉及密钥 {len(names)} 个。请更换口令文件后重启服务；旧备份仍用旧口令打开。"
    )


@keys_cli.command("request")
@click.option("--out", type=FILE, required=True, help="待签登记册，带到离线的根密钥处")
@click.option("--fresh-days", type=click.IntRange(1, 4000), default=registry.FRESH_FOR.days,
              show_default=True, help="多少天内须更新")  # fmt: skip
@with_appcontext
def request_registry(out: Path, fresh_days: int) -> None:
    """Write the next registry for the root to sign."""
    with transaction():
        payload = service.request_registry(fresh_for=dt.timedelta(days=fresh_days), actor=SYSTEM)
    out.write_text(json.dumps(payload, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    click.echo(f"已写入 {out}：登记册第 {payload['version']} 版，待根密钥签名")


@keys_cli.command("install")
@click.argument("file", type=HELD)
@with_appcontext
def install_registry(file: Path) -> None:
    """Put a signed registry in force."""
    with transaction():
        made = service.install_registry(file.read_text(encoding="utf-8"), actor=SYSTEM)
    click.echo(f"已启用登记册第 {made.version} 版，共 {len(made.keys.keys)} 个密钥")


@keys_cli.command("retire")
@click.argument("kid")
@with_appcontext
def retire(kid: str) -> None:
    """Let a key sign no more; what it signed stays good."""
    with transaction():
        service.retire_signing_key(kid, actor=SYSTEM)
    click.echo(f"密钥 {kid} 已停用，请更新登记册：exam keys request")


@keys_cli.command("compromise")
@click.argument("kid")
@click.option("--from", "since", type=DAY, required=True, help="自哪一发证日期起不再认可")
@with_appcontext
def compromise(kid: str, since: dt.datetime) -> None:
    """Report that a key got out; it signs no more from this moment on."""
    with transaction():
        service.report_compromise(kid, since=since.date(), actor=SYSTEM)
    click.echo(f"密钥 {kid} 已登记泄露（自 {since.date()}），请立即更新登记册：exam keys request")


@keys_cli.command("reattest")
@click.argument("numbers", nargs=-1, required=True)
@with_appcontext
def reattest(numbers: tuple[str, ...]) -> None:
    """Confirm certificates again that a key signed before it got out."""
    with transaction():
        fresh = service.reattest(numbers, actor=SYSTEM)
    click.echo(f"重新确认证书 {len(fresh)} 份，登记册签名后生效：exam keys request")


@keys_cli.command("show")
@with_appcontext
def show() -> None:
    """Show the keys, their states, and the registry in force."""
    folder = _config().keys
    pin = _config().registry_root
    held = registry.load(folder, registry.root_of(pin)) if pin else None
    if held is None:
        click.echo("没有启用的登记册")
    else:
        click.echo(f"登记册第 {held.version} 版，{held.payload['issued']} 签名，")
        click.echo(f"下次更新不晚于 {held.payload['next_update']}")
    published = keys.load_published(folder, registry.pinned(pin))
    wanted = keys.load_wanted(folder)
    for kid in sorted(wanted.keys):
        waits = "" if kid in published.keys else "（待登记）"
        click.echo(_key_line(wanted.keys[kid]) + waits)


def _open_lock(secret: Path | None) -> None:
    """Open the lock of the signing keys; the first time its passphrase is set."""
    config = _config()
    is_first = not passphrase.is_locked(config.keys)
    text = _told(secret, confirm=is_first)
    if is_first:
        passphrase.lock(config.keys, text, memory_kib=config.argon2_memory_kib)
    passphrase.signing_ring(text)


def _told(secret: Path | None, *, confirm: bool) -> str:
    config = _config()
    if secret is None and config.signing_passphrase_file is not None:
        return passphrase.told(config)
    return _asked(secret, "签名密钥口令", confirm=confirm)


def _config() -> Config:
    config: Config = current_app.extensions["exam"]
    return config


def _asked(file: Path | None, what: str, *, confirm: bool = False) -> str:
    if file is not None:
        return passphrase.read_passphrase(file)
    return spoken.secret(what, again=confirm)


def _json(path: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise BadInput("registry-unreadable", reason=path.name) from problem
    return told
