"""``exam certificate``: keys made on the server, the status list, files judged with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import select

from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.certificates import keys, pages
from exam_app.cli.certificate import certificate_cli
from exam_app.core.db import session
from tests.factories.certificates import HOST, make_revoked, make_signed
from tests.factories.finished import Finished


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    session().rollback()
    runner = app.test_cli_runner()
    result = runner.invoke(certificate_cli, arguments, obj=ScriptInfo(create_app=lambda: app))
    return result.exit_code, result.output


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_a_key_is_made_published_and_recorded(app: Flask, algorithm: str) -> None:
    """One command; from then on the authority can sign for a year."""
    code, said = run(app, "key", "--issuer", "230700", "--years", "1", "--algorithm", algorithm)
    assert code == 0
    (key,) = keys.load_published(pages.config().keys).keys.values()
    assert key.kid in said
    assert (key.not_before.isoformat(), key.not_after.isoformat()) == ("2025-03-10", "2026-03-10")
    query = select(AuditEntry.action)
    assert Action.SIGNING_KEY_CREATED.value in session().scalars(query).all()


@pytest.mark.parametrize(
    "arguments", [("--issuer", "x"), ("--issuer", "230700", "--years", "9"), ()]
)
def test_a_wrong_call_makes_no_key(app: Flask, arguments: tuple[str, ...]) -> None:
    """Nothing is written."""
    assert run(app, "key", *arguments)[0] == 2
    assert keys.load_published(pages.config().keys).keys == {}


def test_status_list_and_keys_judge_without_the_installation(
    printing: Flask, made: Finished, tmp_path: Path
) -> None:
    """Valid while not on the list; revoked once the new list is at hand; 3 for what is missing."""
    (row,) = make_signed(made)
    pdf, jwks, status = (tmp_path / name for name in ("c.pdf", "jwks.json", "status.json"))
    pdf.write_bytes(pages.certificates_file([row]))
    jwks.write_text(printing.test_client().get("/.well-known/jwks.json").text, encoding="utf-8")
    asked = ("verify", str(pdf), "--keys", str(jwks), "--host", HOST, "--on", "2025-03-10")
    code, said = run(printing, *asked)
    assert (code, json.loads(said)["state"]) == (0, "status-unknown")
    assert run(printing, "status", "--out", str(status))[0] == 0
    code, said = run(printing, *asked, "--status", str(status))
    assert (code, json.loads(said)["state"]) == (0, "valid")
    assert json.loads(said)["certificate"]["score"] is None
    make_revoked(row, made)
    run(printing, "status", "--out", str(status))
    code, said = run(printing, *asked, "--status", str(status))
    assert (code, json.loads(said)["state"]) == (2, "revoked")
    gone = ("verify", str(tmp_path / "gone.pdf"), "--keys", str(jwks))
    assert run(printing, *gone)[0] == 3
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(printing, "verify", str(empty), "--keys", str(jwks))[0] == 3
