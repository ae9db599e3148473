"""``exam bank`` and ``exam laws``: reports, exit codes, and an account behind each change."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import func, select

from exam_app.bank import queries
from exam_app.bank.models import ItemRow, LawCollection
from exam_app.cli.bank import bank_cli, laws_cli
from exam_app.core.db import session
from exam_app.people.models import Account
from question_bank.exchange import formats, xlsx
from tests.bank.test_laws import version
from tests.factories.bank import Office, approve_items, make_item
from tests.factories.people import PASSWORD

Run = Callable[..., Result]
CONTENT = """
topic = "A.4.1"
[[item]]
id = "X-1"
type = "true_false"
industries = ["all"]
categories = ["deputy_head"]
level = "know"
facility = 0.8
stem = "安全生产工作坚持中国共产党的领导。"
key = "T"
law = "安全生产法"
article = "第三条"
quote = "安全生产工作坚持某某的领导"
"""


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a command as an account, or as nobody."""

    def run(command: Any, *arguments: str | Path, account: Account | None = None) -> Result:
        given = [str(each) for each in arguments]
        if account is not None:
            given += ["--account", account.username, "--password", PASSWORD]
        info = ScriptInfo(create_app=lambda: app)
        return app.test_cli_runner().invoke(command, given, obj=info)

    return run


def items() -> int:
    """Return the number of items as the database has them now."""
    session().rollback()
    return session().scalar(select(func.count(ItemRow.id))) or 0


def put(folder: Path, name: str, content: bytes) -> Path:
    """Write a file to import."""
    (folder / name).write_bytes(content)
    return folder / name


def test_the_shipped_bank_has_no_error(run: Run) -> None:
    """Counts per type, topic, industry, category and law follow the findings."""
    done = run(bank_cli, "check")
    assert done.exit_code == 0, done.output
    for word in ("题型：", "知识点：", "行业：", "人员类别：", "依据法规：", "错误 0"):
        assert word in done.output


def test_a_file_with_an_error_is_named(run: Run, tmp_path: Path) -> None:
    """Exit 1, the item and what is wrong in words."""
    done = run(bank_cli, "check", put(tmp_path, "x.toml", CONTENT.encode()))
    assert done.exit_code == 1
    assert "错误 X-1：依据原文与《安全生产法》第三条 的条文不一致" in done.output


def test_another_collection_of_laws(run: Run, tmp_path: Path) -> None:
    """The same items against other words are wrong."""
    laws = put(tmp_path, "articles.jsonl", version(changed=""))
    done = run(bank_cli, "check", "--laws", laws)
    assert done.exit_code == 1
    assert "职业病防治法" in done.output


def test_a_dry_run_needs_no_account_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    """The report has its four counts and a message for each problem."""
    file = put(tmp_path, "旧题.gift", "一？{=甲 ~乙}\n\n二？{#5}\n".encode())
    report = tmp_path / "out.json"
    done = run(bank_cli, "import", file, "--dry-run", "--report", report)
    assert done.exit_code == 3, done.output
    told = json.loads(report.read_text(encoding="utf-8"))
    assert (told["read"], told["imported"], told["skipped"]) == (2, 1, 1)
    (problem,) = told["problems"]
    assert (problem["row"], problem["code"]) == (3, "interaction-not-held")
    assert problem["message"]
    assert items() == 0


def test_a_file_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    """Exit 1 and a report that says so."""
    file = put(tmp_path, "题.xlsx", b"no workbook")
    report = tmp_path / "out.json"
    done = run(bank_cli, "import", file, "--dry-run", "--report", report)
    assert done.exit_code == 1
    told = json.loads(report.read_text(encoding="utf-8"))
    assert (told["read"], told["imported"], len(told["problems"])) == (0, 0, 1)


def test_the_good_items_come_in(run: Run, office: Office, tmp_path: Path) -> None:
    """Exit 3 while one did not; 0 when all did; the same file again changes nothing."""
    table = [make_item(1), make_item(2), replace(make_item(1), stem="重复编号的另一题")]
    file = put(tmp_path, "题.xlsx", xlsx.write_items(table))
    strict = run(bank_cli, "import", file, "--strict", account=office.writer)
    assert (strict.exit_code, items()) == (3, 0)
    done = run(bank_cli, "import", file, account=office.writer)
    assert done.exit_code == 3, done.output
    assert items() == 2
    good = put(tmp_path, "好.xlsx", xlsx.write_items(table[:2]))
    again = run(bank_cli, "import", good, account=office.writer)
    assert again.exit_code == 0
    assert "题库中已有 2" in again.output


def test_a_wrong_password_imports_nothing(run: Run, office: Office, tmp_path: Path) -> None:
    """The command line asks for the same proof as the pages."""
    file = put(tmp_path, "题.xlsx", xlsx.write_items([make_item(1)]))
    done = run(bank_cli, "import", file, "--account", office.writer.username, "--password", "wrong")
    assert done.exit_code != 0
    assert items() == 0


def test_an_export_by_command(run: Run, office: Office, tmp_path: Path) -> None:
    """The reviewer takes the pool out with a reason."""
    approve_items(office, [make_item(1), make_item(2)])
    file = tmp_path / "out.gift"
    arguments = ("export", file, "--format", "gift", "--reason", "移交")
    done = run(bank_cli, *arguments, account=office.reviewer)
    assert done.exit_code == 0, done.output
    assert len(formats.read(file.read_bytes(), file.name).items) == 2


def test_a_new_version_of_a_law_by_command(run: Run, office: Office, tmp_path: Path) -> None:
    """First what would change, then the change."""
    approve_items(office, [make_item(1)])
    file = put(tmp_path, "安全生产法.jsonl", version())
    tried = run(laws_cli, "import", file, "--dry-run", account=office.reviewer)
    assert "修改：《安全生产法》第三条" in tried.output
    assert session().scalar(select(func.count(LawCollection.id))) == 0
    session().rollback()
    done = run(laws_cli, "import", file, account=office.reviewer)
    assert done.exit_code == 0, done.output
    assert queries.approved(office.authority.id) == []
