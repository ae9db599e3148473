"""``exam certificate``: the status lists, files judged with them."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask
from flask.cli import ScriptInfo

from exam_app.certificates import pages
from exam_app.cli.certificate import certificate_cli
from exam_app.core.db import session
from tests.factories.certificates import HOST, make_revoked, make_signed
from tests.factories.finished import Finished


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    session().rollback()
    runner = app.test_cli_runner()
    result = runner.invoke(certificate_cli, arguments, obj=ScriptInfo(create_app=lambda: app))
    return result.exit_code, result.output


def test_status_lists_and_keys_judge_without_the_installation(
    printing: Flask, made: Finished, tmp_path: Path
) -> None:
    """Valid while not on the list; revoked once the new list is at hand; 3 for what is missing."""
    (row,) = make_signed(made)
    pdf, jwks, status = (tmp_path / name for name in ("c.pdf", "jwks.json", "status"))
    pdf.write_bytes(pages.certificates_file([row]))
    jwks.write_text(printing.test_client().get("/.well-known/jwks.json").text, encoding="utf-8")
    asked = ("verify", str(pdf), "--keys", str(jwks), "--host", HOST, "--on", "2025-03-10")
    code, said = run(printing, *asked)
    assert (code, json.loads(said)["state"]) == (3, "status-unknown")
    assert run(printing, "status", "--out", str(status))[0] == 0
    code, said = run(printing, *asked, "--status", str(status))
    assert (code, json.loads(said)["state"]) == (0, "valid")
    assert json.loads(said)["certificate"]["score"] is None
    assert json.loads(said)["status_date"] == "2025-03-10T01:00:00+00:00"
    make_revoked(row, made)
    run(printing, "status", "--out", str(status))
    code, said = run(printing, *asked, "--status", str(status))
    assert (code, json.loads(said)["state"]) == (2, "revoked")
    only = str(status / "1-suspension.jws")
    assert json.loads(run(printing, *asked, "--status", only)[1])["state"] == "status-unknown"
    late = (*asked[:-1], "2025-03-14", "--status", str(status))
    assert json.loads(run(printing, *late)[1])["reasons"] == ["revoked", "status-stale"]
    gone = ("verify", str(tmp_path / "gone.pdf"), "--keys", str(jwks))
    assert run(printing, *gone)[0] == 3
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(printing, "verify", str(empty), "--keys", str(jwks))[0] == 3
