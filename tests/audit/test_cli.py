"""``exam audit``: exit codes, the file of heads, the export."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from exam_app.audit.actions import LABELS, Action
from exam_app.cli.audit import audit_cli
from exam_app.core.db import db, session

Fill = Callable[..., list[int]]
Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    def invoke(*arguments: str | Path) -> Result:
        session().close()
        return app.test_cli_runner().invoke(audit_cli, [str(argument) for argument in arguments])

    return invoke


def test_clean_trail_exits_0(run: Run, fill: Fill) -> None:
    """Nothing found: exit code 0."""
    fill(3)
    result = run("verify")
    assert (result.exit_code, result.output) == (0, "痕迹完整，未发现改动。\n")


def test_finding_exits_1_and_names_the_spot(run: Run, fill: Fill, tmp_path: Path) -> None:
    """A head kept outside finds what was cut off: exit code 1."""
    heads = tmp_path / "heads.txt"
    fill(3)
    assert run("head", "--out", heads).exit_code == 0
    fill(2)
    assert run("head", "--out", heads).exit_code == 0
    assert heads.read_text(encoding="utf-8").count("— exam.example/audit") == 2
    assert run("verify", "--heads", heads).exit_code == 0
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM sample_mark")
        connection.exec_driver_sql("UPDATE audit_head SET size = 2")
    result = run("verify", "--heads", heads)
    assert result.exit_code == 1
    assert "head-differs\t痕迹链 global 的链尾登记（2 条）与实有的 7 条记录不符。" in result.output
    assert "共发现 1 处问题。" in result.output


def test_altered_heads_file_is_a_finding(run: Run, fill: Fill, tmp_path: Path) -> None:
    """A head somebody edited is named by its number in the file."""
    fill(1)
    heads = tmp_path / "heads.txt"
    note = run("head").output
    heads.write_text(note + note.replace("\n1\n", "\n0\n"), encoding="utf-8")
    result = run("verify", "--heads", heads)
    assert result.exit_code == 1
    assert "note-forged\t签名树头（heads 2）的签名不符。" in result.output


def test_unusable_input_exits_2(app: Flask, run: Run, fill: Fill, tmp_path: Path) -> None:
    """No heads file, an empty one, no key: exit code 2, said in a sentence."""
    empty = tmp_path / "empty.txt"
    empty.write_text("", encoding="utf-8")
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"\xff\xfe\x00")
    for heads in (tmp_path / "none.txt", empty, binary):
        result = run("verify", "--heads", heads)
        assert result.exit_code == 2
        assert heads.name in result.output
    keys = Path(app.instance_path) / "keys"
    (keys / "audit.key").unlink()
    assert run("verify").exit_code == 0
    assert run("head").exit_code == 2
    (keys / "audit.pub").unlink()
    result = run("verify")
    assert (result.exit_code, "audit.pub" in result.output) == (2, True)


def test_database_without_tables_exits_2(run: Run) -> None:
    """A database that holds no trail cannot be checked."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE audit_head")
    assert run("verify").exit_code == 2


def test_export_holds_every_entry_and_a_head(run: Run, fill: Fill, tmp_path: Path) -> None:
    """The export is one JSON line an entry, with a head beside it that verifies."""
    fill(3)
    out = tmp_path / "trail.jsonl"
    assert run("export", out).exit_code == 0
    entries = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [entry["seq"] for entry in entries] == [0, 1, 2, 3]
    assert entries[1]["previous"] == entries[0]["digest"]
    assert entries[3]["action"] == Action.HEAD_SIGNED
    assert run("verify", "--heads", tmp_path / "trail.jsonl.heads").exit_code == 0


def test_every_action_has_a_label_and_three_parts() -> None:
    """The list is closed: each action reads stage:object:verb and has its Chinese label."""
    assert set(LABELS) == set(Action)
    assert len({str(label) for label in LABELS.values()}) == len(Action)
    assert all(action.count(":") == 2 for action in Action)
