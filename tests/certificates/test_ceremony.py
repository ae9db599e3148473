"""``exam keys``: root, key, registry, retirement and compromise, as the people concerned do it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import select

from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.certificates import keys, pages, passphrase, publishing, record, registry
from exam_app.certificates.terms import KeyState, Reason, VerdictState
from exam_app.cli.keys import keys_cli
from exam_app.config import Config, load_config
from exam_app.core import clock
from exam_app.core.crypto import KeyProblem, Keyring, write_private
from exam_app.core.db import session
from exam_app.core.errors import BadInput, ExamError, RuleBroken
from tests.conftest import Clock
from tests.factories.certificates import good, make_key, make_signed, make_signer
from tests.factories.finished import Finished

SECRET = "a long passphrase of the root"


class Office:
    """The server's command line and the offline machine, with the root between them."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.secret = folder / "secret"
        write_private(self.secret, f"{SECRET}\n".encode())
        self.root = folder / "root.key"
        said = self.run("root", "--out", self.root, "--passphrase-file", self.secret)
        self.pin = said.split('"')[1]

    def run(self, *arguments: str | Path, app: Flask | None = None) -> str:
        """Return what a command said. Raises: what it raised."""
        session().rollback()
        asked = [str(each) for each in arguments]
        over = app or self.app
        result = over.test_cli_runner().invoke(
            keys_cli, asked, obj=ScriptInfo(create_app=lambda: over), catch_exceptions=True
        )
        if isinstance(result.exception, ExamError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    def sign(self, *, previous: Path | None = None, name: str = "registry.jws") -> tuple[Path, str]:
        """Carry a request to the root and return the signed registry, and what was shown."""
        request, signed = self.folder / "request.json", self.folder / name
        self.run("request", "--out", request)
        asked = ["approve", request, "--root", self.root, "--out", signed, "--yes"]
        asked += ["--passphrase-file", self.secret]
        asked += ["--previous", previous] if previous else []
        return signed, self.run(*asked)


@pytest.fixture
def office(app: Flask, tmp_path: Path) -> Iterator[Office]:
    made, held = Office(app, tmp_path), app.extensions["exam"]
    app.extensions["exam"] = replace(held, registry_root=made.pin)
    yield made
    app.extensions["exam"] = held


def actions() -> list[str]:
    query = select(AuditEntry.action).where(
        AuditEntry.action.like("certificates:key:%") | AuditEntry.action.like("%registry%")
    )
    return list(session().scalars(query.order_by(AuditEntry.seq)))


def only_key() -> str:
    (kid,) = keys.load_own(pages.config().keys).keys
    return kid


def test_a_key_goes_through_its_life(office: Office, clock: Clock) -> None:
    """Made, registered, followed by the next, retired: each act recorded once."""
    office.run("new", "--issuer", "230700", "--class-kind", "1")
    first = only_key()
    signed, shown = office.sign()
    assert f"新增密钥 {first}" in shown
    assert "签发 2025-03-10 至 2026-04-09" in shown
    assert "第 1 版" in office.run("install", signed)
    clock.set("2026-03-10 09:00")
    office.run("new", "--issuer", "230700", "--algorithm", "es256")
    assert "（待登记）" in office.run("show")
    second, shown = office.sign(previous=signed, name="second.jws")
    assert f"新增密钥 {first}" not in shown
    office.run("install", second)
    office.run("retire", first)
    third, shown = office.sign(previous=second, name="third.jws")
    assert f"状态改变 {first}：active → retired" in shown
    office.run("install", third)
    assert "停用" in office.run("show")
    assert actions() == [
        Action.SIGNING_KEY_CREATED.value,
        Action.KEY_REGISTRY_REQUESTED.value,
        Action.KEY_REGISTRY_INSTALLED.value,
        Action.SIGNING_KEY_CREATED.value,
        Action.KEY_REGISTRY_REQUESTED.value,
        Action.KEY_REGISTRY_INSTALLED.value,
        Action.SIGNING_KEY_RETIRED.value,
        Action.KEY_REGISTRY_REQUESTED.value,
        Action.KEY_REGISTRY_INSTALLED.value,
    ]
    for stale in (signed, second, third):
        with pytest.raises(RuleBroken, match="registry-rollback"):
            office.run("install", stale)
    with pytest.raises(RuleBroken, match="signing-key-inactive"):
        office.run("retire", first)


def test_a_key_that_got_out_is_reported_and_its_certificates_confirmed_again(
    office: Office, app: Flask, made: Finished
) -> None:
    """Nothing more is signed at once; what is on file stays good here, elsewhere once confirmed."""
    kid = make_key().kid
    signed, _ = office.sign()
    office.run("install", signed)
    (row,) = make_signed(made)
    digits, folder = pages.digits_of(row), pages.config().keys
    office.run("compromise", kid, "--from", "2025-03-10")
    with pytest.raises(RuleBroken, match="signing-key-missing"):
        keys.load_signer(folder, Keyring({1: bytes(32)}), issuer=230700, on=clock.today())
    assert pages.verdict_of(row).verdict.reasons == (Reason.KEY_COMPROMISED,)
    office.run("reattest", row.number)
    with pytest.raises(ExamError):
        office.run("reattest", "23070020259999999")
    second, shown = office.sign(previous=signed, name="second.jws")
    assert f"重新确认证书 {row.number}：无 → {record.digest_of(row.record)}" in shown
    assert f"状态改变 {kid}：active → compromised 2025-03-10" in shown
    office.run("install", second)
    read = registry.verify(second.read_text(), registry.root_of(office.pin))
    assert read.keys.keys[kid].state is KeyState.COMPROMISED
    verdict = record.verify(digits, read.keys, at=row.issued_on, status=good)
    assert verdict.state is VerdictState.VALID
    with pytest.raises(BadInput, match="compromise-ahead"):
        office.run("compromise", kid, "--from", "2025-03-11")


def test_the_offline_machine_asks_and_refuses(office: Office) -> None:
    """Without a yes nothing is signed; a wrong passphrase, another root, a gap in the versions."""
    office.run("new", "--issuer", "230700")
    request, out = office.folder / "request.json", office.folder / "out.jws"
    office.run("request", "--out", request)
    asked = ["approve", str(request), "--root", str(office.root), "--out", str(out)]
    runner = CliRunner()
    said = runner.invoke(keys_cli, asked, input=f"{SECRET}\nn\n")
    assert (said.exit_code, out.exists()) == (1, False)
    assert "新增密钥" in said.output
    assert SECRET not in said.output
    said = runner.invoke(keys_cli, asked, input="wrong\n")
    assert isinstance(said.exception, BadInput)
    said = runner.invoke(keys_cli, asked, input=f"{SECRET}\ny\n")
    assert (said.exit_code, out.exists()) == (0, True)
    payload = json.loads(request.read_text())
    for over in ({"version": 2}, {"keys": []}, {"root": "0" * 16}):
        request.write_text(json.dumps({**payload, **over}))
        told = [*asked, "--yes", "--passphrase-file", str(office.secret)]
        told += ["--previous", str(out)] if "keys" in over else []
        assert isinstance(runner.invoke(keys_cli, told).exception, ExamError), over


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer_name", "\x1b[2K\x1b[1A某某市"),
        ("issuer_name", "某某市\n没有变化"),
        ("issuer_name", "某某\u202e市"),
        ("issuer_uscc", "9123\r"),
        ("reattested", [{"number": "\x1b[8m", "record": "00"}]),
    ],
)
def test_the_offline_machine_is_shown_no_false_picture(
    office: Office, name: str, value: object
) -> None:
    """What would rewrite the lines of a terminal is refused before anything of it is shown."""
    office.run("new", "--issuer", "230700")
    request, out = office.folder / "request.json", office.folder / "out.jws"
    office.run("request", "--out", request)
    payload = json.loads(request.read_text())
    if name == "reattested":
        payload[name] = value
    else:
        payload["keys"][0][name] = value
    request.write_text(json.dumps(payload))
    asked = ["approve", str(request), "--root", str(office.root), "--out", str(out), "--yes"]
    said = CliRunner().invoke(keys_cli, [*asked, "--passphrase-file", str(office.secret)])
    assert isinstance(said.exception, BadInput)
    assert (said.exception.code, said.output, out.exists()) == ("registry-unreadable", "", False)


def test_a_key_is_locked_by_a_passphrase_that_lies_elsewhere(
    office: Office, app: Flask, tmp_path: Path
) -> None:
    """A copy of database and instance folder signs nothing; a passphrase inside it is refused."""
    office.run("new", "--issuer", "230700")
    config: Config = app.extensions["exam"]
    copy = tmp_path / "copy"
    shutil.copytree(config.instance, copy)
    held = load_config(copy, testing=True)
    with pytest.raises(KeyProblem, match="signing-passphrase-missing"):
        passphrase.told(held)
    (made,) = keys.load_own(held.keys).keys.values()
    with pytest.raises(KeyProblem, match="file-unreadable"):
        keys.open_signer(held.keys, Keyring.load(held.keys), made)
    for name, mode, code in (
        ("inside", 0o600, "signing-passphrase-inside"),
        ("../open", 0o644, "secret-exposed"),
        ("../gone", None, "passphrase-file-missing"),
    ):
        path = copy / name
        if mode is not None:
            path.write_text("a passphrase of the tests\n")
            path.chmod(mode)
        with pytest.raises(KeyProblem, match=code):
            passphrase.told(load_config(copy, signing_passphrase_file=name))


@pytest.mark.parametrize(
    "arguments", [("--issuer", "x"), ("--issuer", "230700", "--years", "9"), ()]
)
def test_a_wrong_call_makes_no_key(app: Flask, arguments: tuple[str, ...]) -> None:
    """Nothing is written."""
    info = ScriptInfo(create_app=lambda: app)
    assert app.test_cli_runner().invoke(keys_cli, ["new", *arguments], obj=info).exit_code == 2
    assert keys.load_published(pages.config().keys).keys == {}


def test_without_a_registry_of_the_pinned_root_no_key_counts(
    office: Office, made: Finished
) -> None:
    """Nothing is signed, nothing is published; nor with a registry another root signed."""
    office.run("new", "--issuer", "230700")
    with pytest.raises(RuleBroken, match="signing-key-missing"):
        make_signed(made)
    with pytest.raises(RuleBroken, match="signing-key-missing"):
        publishing.status_lists()
    assert publishing.key_set().text == keys.KeySet().to_jwks()
    signed, _told = office.sign()
    office.run("install", signed)
    assert set(pages.known_keys().keys) == set(keys.load_own(pages.config().keys).keys)
    other = registry.Root(make_signer().key.public_key()).to_text()
    office.app.extensions["exam"] = replace(pages.config(), registry_root=other)
    with pytest.raises(BadInput, match="jws-refused"):
        pages.known_keys()


def test_registering_needs_a_root_and_a_key(office: Office, app: Flask) -> None:
    """Neither without a pin, nor with nothing to register, nor by a signed-in account."""
    with pytest.raises(RuleBroken, match="registry-empty"):
        office.run("request", "--out", office.folder / "r.json")
    app.extensions["exam"] = replace(app.extensions["exam"], registry_root="")
    with pytest.raises(BadInput, match="registry-root"):
        office.run("request", "--out", office.folder / "r.json")
    assert "没有启用的登记册" in office.run("show")
