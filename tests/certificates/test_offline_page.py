"""The page that is saved: one file under its own policy, the same for all, its digest published."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import json
import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.cli import ScriptInfo
from flask.testing import FlaskClient

from exam_app.certificates import browser, keys, pages, registry
from exam_app.certificates.models import Certificate
from exam_app.cli.certificate import certificate_cli
from exam_app.core import clock
from exam_app.core.db import session
from tests.conftest import Clock
from tests.factories.certificates import make_revoked, make_signed, make_signer
from tests.factories.finished import Finished

ROOT = make_signer(bytes(31) + b"\x07")


@pytest.fixture
def row(app: Flask, made: Finished, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """Return a signed certificate of an installation with a registry under a pinned root."""
    (signed,) = make_signed(made)
    root = registry.Root(ROOT.key.public_key())
    pinned = dataclasses.replace(pages.config(), registry_root=root.to_text())
    monkeypatch.setitem(app.extensions, "exam", pinned)
    folder, now = pages.config().keys, clock.now()
    payload = registry.payload_of(
        keys.load_own(folder),
        root=root.kid,
        version=3,
        issued=now,
        next_update=now + dt.timedelta(days=90),
    )
    registry.install(folder, registry.sign(payload, ROOT), root)
    return signed


def source(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_page_runs_nothing_but_its_own_script(client: FlaskClient, row: Certificate) -> None:
    """Its policy names script and style by their digests; nothing is fetched from anywhere."""
    answer = client.get("/offline/verify.html")
    assert answer.status_code == 200
    (script,) = re.findall(r"<script>(.*?)</script>", answer.text, re.S)
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.S)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', answer.text)
    assert f"script-src '{source(script)}'; style-src '{source(style)}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert answer.headers["Content-Security-Policy"] == f"{policy}; frame-ancestors 'none'"
    assert not re.findall(
        r"\s(?:src|href|action|style|on[a-z]+)=", answer.text.split("<script>")[0]
    )


def test_root_registry_and_lists_stand_in_it(client: FlaskClient, row: Certificate) -> None:
    """Both lists of each number, the registry as signed, both languages; no person."""
    text = client.get("/offline/verify.html").text
    data = json.loads(unescape(re.search(r"data-page='([^']+)'", text)[1]))  # type: ignore[index]
    assert data["root"] == registry.Root(ROOT.key.public_key()).to_text()
    assert data["registry"] == client.get("/keys/registry").text.strip()
    listed = [client.get(f"/status/{row.status_list}{end}").text for end in ("", "/suspension")]
    assert sorted(data["lists"]) == sorted(listed)
    assert data["words"]["zh"]["states"]["valid"] == "有效"
    assert data["words"]["en"]["states"]["valid"] != "有效"
    assert data["words"]["zh"]["texts"].keys() == data["words"]["en"]["texts"].keys()
    assert row.enrolment.person.name not in text


def test_digest_site_and_command_name_the_same_bytes(
    app: Flask, client: FlaskClient, row: Certificate, tmp_path: Path
) -> None:
    """What the site hands out, what its page tells the digest of, what the command writes."""
    answer = client.get("/offline/verify.html")
    digest = hashlib.sha256(answer.data).hexdigest()
    assert f"<code>{digest}</code>" in client.get("/offline").text
    out = tmp_path / "verify.html"
    session().rollback()
    info, asked = ScriptInfo(create_app=lambda: app), ["offline-page", "--out", str(out)]
    done = app.test_cli_runner().invoke(certificate_cli, asked, obj=info)
    assert digest in done.output
    assert out.read_bytes() == answer.data
    etag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/offline/verify.html", headers=etag).status_code == 304


def test_all_processes_hand_out_one_file_until_something_changes(
    app: Flask, client: FlaskClient, row: Certificate, made: Finished, clock: Clock
) -> None:
    """Lists signed again by another process change nothing; a revocation and a new day do."""
    clock.set("2025-06-02 09:00")
    first = client.get("/offline/verify.html").data
    clock.forward(minutes=5)
    app.extensions.pop("exam_published_lists")
    assert client.get("/offline/verify.html").data == first
    make_revoked(row, made)
    second = client.get("/offline/verify.html").data
    clock.forward(days=1)
    third = client.get("/offline/verify.html").data
    assert len({first, second, third}) == 3
    assert len(list((pages.config().instance / "offline").iterdir())) == 1


def test_without_a_registry_there_is_no_page(client: FlaskClient) -> None:
    """Nothing pins the keys: the page is missing, and the public page does not name it."""
    assert client.get("/offline").status_code == 404
    assert client.get("/offline/verify.html").status_code == 404
    assert "/offline" not in client.get("/v").text


def test_a_page_without_its_script_is_refused(
    client: FlaskClient, row: Certificate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where nothing was built, the answer says what to do."""
    monkeypatch.setattr(browser, "SCRIPT", tmp_path / "offline.js")
    answer = client.get("/offline/verify.html")
    assert answer.status_code == 409
    assert "make setup" in answer.text
