"""The demo city: its figures add up, its files verify, its trail holds and tells of tampering."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from pypdf import PdfReader

from question_bank import load_content
from question_bank.disclosed import FACTS, redraw
from tests.city import City

RARE = ("㛃", "䶮", "𬭎")


def test_the_figures_add_up(city: City) -> None:
    """Nobody is lost between two stages."""
    told = city.summary
    assert told["enrolled"] == 49
    assert told["enrolled"] == told["eligible"] + sum(told["refused"].values())
    assert told["entered"] == told["eligible"]
    assert told["sat"] + told["absent"] == told["entered"]
    assert told["passed"] + told["failed"] == told["entered"]
    assert told["certificates"] == told["passed"]
    assert told["payable"] == told["certificates"] - told["revoked"]
    assert 0 < told["hours_credited"] <= told["hours_trained"]
    assert told["disqualified"] == 1
    assert told["regraded_to_pass"] == 1
    assert told["audit_findings"] == 0


def test_what_was_wrong_in_the_roster_is_named_by_row(city: City) -> None:
    """Five mistakes of the first roster are told by their own row numbers."""
    for row in (2, 3, 4, 6, 30):
        assert f"第 {row} 行" in city.printed


def test_every_refusal_names_its_clause(city: City) -> None:
    """Who may not sit is told the clause and the rule."""
    refused = city.summary["refused"]
    assert {each.split(" 三(")[0] for each in refused} == {
        "伊应急函〔2025〕41号",
        "人社厅函〔2023〕102号",
    }
    words = {each.split("：")[1].split(" ")[0] for each in refused}
    assert words == {"总学时不少于", "实训学时占比不低于", "实名核验"}


def test_each_stage_is_told_as_it_begins(city: City) -> None:
    """Nobody waits before a silent screen: what is at work comes before the summary."""
    before = city.printed.partition("从名册到学时")[0]
    assert [line for line in before.splitlines() if line.endswith("……")][0].startswith("建库")
    assert before.count("考试、阅卷、发布：") == 3


def test_a_second_city_needs_reset(city: City) -> None:
    """The demo never writes over what is there unless it is told to."""
    again = city.run("demo")
    assert again.returncode == 1
    assert "--reset" in again.stderr


def test_each_file_is_there(city: City) -> None:
    """Papers, tickets, records, certificates and reports lie where the command says."""
    assert len(list((city.out / "certificates").glob("*.pdf"))) == city.summary["certificates"]
    assert len(list((city.out / "papers").glob("*.pdf"))) == 5
    assert len(list((city.out / "tickets").glob("*.pdf"))) == 5
    assert len(list((city.out / "reports").iterdir())) >= 8


def test_a_disclosed_paper_is_drawn_again(city: City, tmp_path: Path) -> None:
    """From its folder alone and on the server; another seed is told, not passed over."""
    (folder,) = (city.out / "disclosed").iterdir()
    assert str(folder) in city.printed
    assert redraw(folder).is_equal
    done = city.run("paper", "reproduce", folder.name)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "一致 / equal"), done.stderr
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    facts = json.loads((other / FACTS).read_text("utf-8"))
    (other / FACTS).write_text(json.dumps(facts | {"seed": "00" * 32}), "utf-8")
    assert "seed" in redraw(other).broken


def test_the_first_enterprise_has_people(city: City) -> None:
    """Its contact's account, the first of the enterprises', shows certificates and hours."""
    rows = sqlite3.connect(city.instance / "exam.sqlite")
    first = "SELECT min(id) FROM organisation WHERE kind = 'enterprise'"
    count = f"SELECT count(*) FROM enrolment WHERE enterprise_id = ({first})"
    assert rows.execute(count).fetchone()[0] >= 3
    rows.close()


def test_each_account_has_a_name_of_its_own(city: City) -> None:
    """The list on the sign-in page tells the enterprises' contacts apart."""
    rows = sqlite3.connect(city.instance / "exam.sqlite")
    count = (
        "SELECT count(*), count(DISTINCT name) FROM account JOIN person ON person.id = person_id"
    )
    (found,) = rows.execute(count).fetchall()
    assert found[0] == found[1] > 20
    rows.close()


def test_rare_names_copy_out_of_the_certificates(city: City) -> None:
    """The names old systems lose are printed, and copied, as they are."""
    texts = ""
    for path in (city.out / "certificates").glob("*.pdf"):
        texts += PdfReader(path).pages[0].extract_text()
    for character in RARE:
        assert character in texts


def test_no_paper_carries_a_key(city: City) -> None:
    """What reaches a candidate holds no answer key and no reason why an option is wrong."""
    reasons = {
        "".join(reason.split())
        for item in load_content()
        for reason in item.rationale
        if len(reason) > 12
    }
    assert len(reasons) > 300
    for path in (city.out / "papers").glob("*.pdf"):
        text = "".join("".join(page.extract_text().split()) for page in PdfReader(path).pages)
        assert "单项选择题" in text
        assert "参考答案" not in text
        assert not [reason for reason in reasons if reason in text], path.name


def test_certificates_verify_with_the_published_files_alone(city: City, tmp_path: Path) -> None:
    """Registry, root and lists tell each one; without lists nothing is valid, nor by other keys."""
    asked = ("certificate", "verify", str(city.out / "certificates"), "--on", "2025-04-28")
    lists = ("--status", str(city.out / "status"))
    done = city.run(*asked, "--keys", str(city.out / "registry.jws"), *lists)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2, done.stderr
    assert len(lines) == city.summary["certificates"]
    assert Counter(line["state"] for line in lines) == {"valid": len(lines) - 1, "revoked": 1}
    alone = city.run(*asked, "--keys", str(city.out / "jwks.json"))
    assert alone.returncode == 3
    assert {json.loads(line)["state"] for line in alone.stdout.splitlines()} == {"status-unknown"}
    other = tmp_path / "other.json"
    other.write_text('{"keys": []}')
    assert city.run(*asked, "--keys", str(other)).returncode == 2


def test_the_trail_is_clean(city: City) -> None:
    """An untouched city verifies."""
    done = city.run("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr


TAMPERS = {
    "a mark raised": ("UPDATE mark SET marks = '4.000' WHERE id = 3", "mark"),
    "a result turned": ("UPDATE result SET outcome = 'pass' WHERE outcome = 'fail'", "result"),
    "a certificate revived": (
        "UPDATE certificate SET state = 'valid' WHERE state = 'revoked'",
        "certificate",
    ),
    "the last entry cut off": (
        "DELETE FROM audit_entry WHERE stream = 'global' AND seq = "
        "(SELECT max(seq) FROM audit_entry WHERE stream = 'global')",
        "global",
    ),
    "two entries swapped": (
        "UPDATE audit_entry SET seq = CASE seq WHEN 10 THEN -11 WHEN 11 THEN -10 END "
        "WHERE stream = 'global' AND seq IN (10, 11);"
        "UPDATE audit_entry SET seq = -seq WHERE seq < 0",
        "10",
    ),
}


@pytest.mark.parametrize("name", TAMPERS)
def test_tampering_is_found_and_named(city: City, tmp_path: Path, name: str) -> None:
    """Plain SQL behind the application's back is found, named, and ends with exit code 1."""
    harmed = city.copy(tmp_path / "instance")
    statements, spot = TAMPERS[name]
    rows = sqlite3.connect(harmed.instance / "exam.sqlite")
    triggers = rows.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (trigger,) in triggers:  # who owns the file owns its triggers
        rows.execute(f"DROP TRIGGER {trigger}")
    rows.executescript(statements)
    rows.close()
    done = harmed.run("audit", "verify")
    assert done.returncode == 1, done.stdout + done.stderr
    assert spot in done.stdout


def test_triggers_hold_the_trail(city: City, tmp_path: Path) -> None:
    """Without dropping its triggers the trail cannot be changed at all."""
    harmed = city.copy(tmp_path / "instance")
    rows = sqlite3.connect(harmed.instance / "exam.sqlite")
    for statement in ("DELETE FROM audit_entry", "UPDATE credit_entry SET hours_tenths = 9"):
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            rows.execute(statement)
    rows.close()
