"""``exam certificate`` for the office: what is missing, files, what two persons decide."""

from __future__ import annotations

import zipfile
from pathlib import Path

from flask import Flask

from exam_app.certificates import queries
from exam_app.certificates.models import Certificate
from exam_app.certificates.terms import CertificateState
from exam_app.core.db import session
from exam_app.people.models import Account
from tests.certificates.test_cli import run
from tests.factories.certificates import approver_of, make_signed, officer_of
from tests.factories.finished import Finished
from tests.factories.people import PASSWORD


def by(account: Account) -> tuple[str, ...]:
    return ("--account", account.username, "--password", PASSWORD)


def test_the_office_works_by_command_too(printing: Flask, made: Finished, tmp_path: Path) -> None:
    """Listed, written, held up, issued anew, voided: each as the account that shows itself."""
    code = made.training_class.code
    officer = by(officer_of(made))
    first, second = (by(approver_of(made)) for _ in range(2))
    failed = made.enrolments[1].person.name
    said = run(printing, "missing", code, *officer)[1]
    assert said.count("\n") == 1
    assert failed in said
    assert "没有合格成绩" in said
    (row,) = make_signed(made)
    row_id, number, sitting_id = row.id, row.number, str(made.sitting.id)
    out = tmp_path / "all.zip"
    assert run(printing, "files", code, "--out", str(out), *officer)[0] == 0
    assert len(zipfile.ZipFile(out).namelist()) == 1
    for kind, state in (("suspend", CertificateState.SUSPENDED), ("lift", CertificateState.VALID)):
        assert run(printing, "ask", kind, number, "--reason", "核查", *first)[0] == 0
        assert run(printing, "decide", number, *first)[0] != 0
        assert run(printing, "decide", number, *second)[0] == 0
        assert session().get_one(Certificate, row_id).state is state
    assert run(printing, "ask", "replace", number, "--reason", "遗失", *officer)[0] == 0
    assert "→" in run(printing, "decide", number, *second)[1]
    (fresh,) = queries.valid_of(made.training_class.id)
    told = fresh.number
    assert run(printing, "ask", "revoke", told, "--reason", "替考", *first)[0] == 0
    assert "已驳回" in run(printing, "decide", told, "--reject", *second)[1]
    assert run(printing, "decide", told, *second)[0] != 0
    assert run(printing, "void", sitting_id, "--reason", "泄题", *first)[0] == 0
    assert "1 份" in run(printing, "void", sitting_id, "--decide", "void", *second)[1]
    assert run(printing, "void", sitting_id, "--decide", "void", *second)[0] != 0
    assert queries.valid_of(made.training_class.id) == []
