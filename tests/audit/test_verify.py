"""Checking: whatever is done to the trail or to a protected row by SQL is found and named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from exam_app.audit import SYSTEM, Action, close_stream, merkle, open_stream, record
from exam_app.audit.canonical import entry_digest
from exam_app.audit.checkpoint import (
    PublicKey,
    head_key,
    load_public,
    read_note,
    sign_head,
    split_notes,
)
from exam_app.audit.findings import SENTENCES, Finding, describe
from exam_app.audit.ledger import NOTHING
from exam_app.audit.models import AuditCheckpoint, AuditEntry, AuditHead, table_of
from exam_app.audit.verify import verify
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import BadInput
from tests.audit.sample import MARKER, SampleMark, change, drop_triggers
from tests.conftest import Clock

Fill = Callable[..., list[int]]
PROTECTED = [SampleMark, AuditCheckpoint]
ENTRY = table_of(AuditEntry)


@pytest.fixture
def public(app: Flask) -> PublicKey:
    return load_public(Path(app.instance_path) / "keys")


@pytest.fixture
def story(fill: Fill) -> str:
    """Twelve marks, a sitting's stream that was closed and one that is open, a signed head."""
    fill(12)
    for sitting_id in (5, 6):
        with transaction():
            open_stream(sitting_id, MARKER)
        fill(4, sitting_id=sitting_id)
    with transaction():
        close_stream(5, MARKER)
    return sign_head(SYSTEM)


def check(key: PublicKey, *notes: str) -> list[Finding]:
    session().close()
    return verify(db.engine, public_key=key, notes=notes, protected=PROTECTED)


def tamper(*statements: str) -> None:
    """Do what somebody who owns the database can: drop the triggers, then change rows."""
    session().close()
    with db.engine.begin() as connection:
        drop_triggers(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)


def spots(findings: list[Finding]) -> set[tuple[str, str, Any]]:
    return {
        (found.code, found.stream, found.row_id if found.table else found.seq) for found in findings
    }


def test_untouched_trail_is_clean(app: Flask, public: PublicKey, story: str) -> None:
    """Nothing is found where nothing was done, with the head kept inside and outside."""
    assert check(public, story) == []


G = "WHERE stream = 'global' AND"
TAMPERS = {
    "actor": (f"UPDATE audit_entry SET account_id = 1 {G} seq = 5", ("entry-changed", "global", 5)),
    "time": (
        f"UPDATE audit_entry SET at = '2024-01-01T00:00:00.000000Z' {G} seq = 3",
        ("time-backwards", "global", 3),
    ),
    "detail": (
        f"UPDATE audit_entry SET detail = '{{}}' {G} seq = 7",
        ("entry-changed", "global", 7),
    ),
    "not JSON": (
        f"UPDATE audit_entry SET detail = 'x' {G} seq = 7",
        ("entry-unreadable", "global", 7),
    ),
    "sitting's entry": (
        "UPDATE audit_entry SET action = 'x' WHERE stream = 'sitting:5' AND seq = 2",
        ("entry-changed", "sitting:5", 2),
    ),
    "previous": (
        f"UPDATE audit_entry SET previous = (SELECT digest FROM audit_entry {G} seq = 0)"
        f" {G} seq = 4",
        ("chain-broken", "global", 4),
    ),
    "deleted in the middle": (
        f"DELETE FROM audit_entry {G} seq = 5",
        ("entry-missing", "global", 5),
    ),
    "deleted first": (f"DELETE FROM audit_entry {G} seq = 0", ("entry-missing", "global", 0)),
    "deleted last": (f"DELETE FROM audit_entry {G} seq = 15", ("truncated", "global", 15)),
    "cut off": (f"DELETE FROM audit_entry {G} seq >= 9", ("truncated", "global", 9)),
    "sitting's stream cut off": (
        "DELETE FROM audit_entry WHERE stream = 'sitting:6' AND seq = 3",
        ("truncated", "sitting:6", 3),
    ),
    "stream removed": (
        "DELETE FROM audit_entry WHERE stream = 'sitting:5';"
        "DELETE FROM audit_head WHERE stream = 'sitting:5'",
        ("stream-missing", "global", 14),
    ),
    "stream added": (
        "INSERT INTO audit_head (stream, size, last, frontier) SELECT 'sitting:9', size, last,"
        " frontier FROM audit_head WHERE stream = 'sitting:5'",
        ("stream-unknown", "sitting:9", None),
    ),
    "stream opened again": (
        "UPDATE audit_head SET closed_at = NULL WHERE stream = 'sitting:5'",
        ("stream-differs", "global", 14),
    ),
    "swapped": (
        f"UPDATE audit_entry SET seq = 99 {G} seq = 5; UPDATE audit_entry SET seq = 5 {G} seq = 7;"
        f"UPDATE audit_entry SET seq = 7 {G} seq = 99",
        ("entry-moved", "global", 5),
    ),
    "head": (
        "UPDATE audit_head SET size = 15 WHERE stream = 'global'",
        ("head-differs", "global", 16),
    ),
    "head removed": (
        "DELETE FROM audit_head WHERE stream = 'global'",
        ("head-missing", "global", None),
    ),
    "mark changed": (
        "UPDATE sample_mark SET marks = '100.000' WHERE candidate = 'c3' AND id = 4",
        ("row-differs", "global", 4),
    ),
    "mark deleted": ("DELETE FROM sample_mark WHERE id = 4", ("row-missing", "global", 4)),
    "mark added": (
        "INSERT INTO sample_mark (id, candidate, marks, state, is_final)"
        " VALUES (999, 'ghost', '90.000', 'entered', '0')",
        ("row-without-log", "", 999),
    ),
    "checkpoint forged": (
        "UPDATE audit_checkpoint SET note = replace(note, 'exam.example', 'exam.invalid')",
        ("note-forged", "", None),
    ),
    "checkpoint removed": ("DELETE FROM audit_checkpoint", ("row-missing", "global", 1)),
}


@pytest.mark.parametrize("name", TAMPERS)
def test_direct_sql_is_found_and_named(
    app: Flask, public: PublicKey, story: str, name: str
) -> None:
    """Each way of changing the trail or a row by SQL is found, the spot named."""
    statements, spot = TAMPERS[name]
    tamper(*statements.split(";"))
    findings = check(public)
    assert spot in spots(findings)
    for found in findings:
        sentence = describe(found)
        assert "None" not in sentence
        assert found.table in sentence


def test_only_the_spot_is_named(app: Flask, public: PublicKey, story: str) -> None:
    """One changed entry gives one finding, not one for each entry after it."""
    tamper(*TAMPERS["actor"][0].split(";"))
    assert spots(check(public, story)) == {("entry-changed", "global", 5)}


def test_sentence_of_a_changed_mark_names_table_row_and_entry(
    app: Flask, public: PublicKey, story: str
) -> None:
    """The reader learns which row it is and which entry it contradicts."""
    tamper("UPDATE sample_mark SET marks = '100.000' WHERE id = 4")
    (finding,) = check(public)
    assert describe(finding) == (
        "表 sample_mark 第 4 行被直接改动：与痕迹链 global 第 3 号记录不符。"
    )


def test_every_finding_has_its_sentence() -> None:
    """A sentence has only places that a finding can fill."""
    for code in SENTENCES:
        assert describe(Finding(code, "global", 1, "mark", 2, "3", "4"))


def test_garbage_in_a_column_is_a_finding(app: Flask, public: PublicKey, fill: Fill) -> None:
    """A value that cannot be read as its type is named, and does not stop the check."""
    fill(3)
    if db.engine.dialect.name == "sqlite":
        tamper(
            "UPDATE sample_mark SET marks = 'many' WHERE id = 2",
            "UPDATE audit_entry SET digest = 'x' WHERE seq = 1",
            "UPDATE audit_head SET frontier = 'x'",
        )
        assert spots(check(public)) == {
            ("head-unreadable", "global", None),
            ("head-missing", "global", None),
            ("entry-unreadable", "global", 1),
            ("row-differs", "global", 2),
        }
    else:
        tamper("UPDATE sample_mark SET facts = '[]' WHERE id = 2")
        assert spots(check(public)) == {("row-differs", "global", 2)}


def rewrite(connection: Connection, *, drop: int | None = None, size: int | None = None) -> None:
    """Write the whole global stream anew without one entry: all digests fit afterwards."""
    rows = [
        dict(row)
        for row in connection.execute(
            select(ENTRY).where(ENTRY.c.stream == "global").order_by(ENTRY.c.seq)
        ).mappings()
    ]
    kept = [row for row in rows if row["seq"] != drop][:size]
    connection.exec_driver_sql("DELETE FROM audit_entry WHERE stream = 'global'")
    last, frontier = NOTHING, []  # type: tuple[bytes, list[bytes]]
    for seq, row in enumerate(kept):
        row |= {"seq": seq, "previous": last}
        last = row["digest"] = entry_digest(row, last)
        merkle.append(frontier, seq, last)
    connection.execute(insert(ENTRY), kept)
    connection.execute(
        update(table_of(AuditHead))
        .where(table_of(AuditHead).c.stream == "global")
        .values(size=len(kept), last=last, frontier=merkle.pack(frontier))
    )


@pytest.mark.parametrize("cut", [{"drop": 3}, {"drop": 15}, {"size": 9}])
def test_rewritten_trail_is_found_by_a_witness_head(
    app: Flask, public: PublicKey, fill: Fill, cut: dict[str, int]
) -> None:
    """Whoever rewrites everything, the kept heads too, is found by the head outside alone."""
    fill(16)
    note = sign_head(SYSTEM)
    session().close()
    with db.engine.begin() as connection:
        drop_triggers(connection)
        connection.exec_driver_sql("DELETE FROM audit_checkpoint")
        rewrite(connection, **cut)
    assert verify(db.engine, public_key=public, protected=[]) == []
    codes = {
        found.code for found in verify(db.engine, public_key=public, notes=[note], protected=[])
    }
    assert codes in ({"truncated"}, {"head-contradicted"})


def test_wiped_trail_is_found_by_a_witness_head(app: Flask, public: PublicKey, story: str) -> None:
    """An emptied trail is not a clean one."""
    tamper(*(f"DELETE FROM {name}" for name in ("audit_entry", "audit_head", "audit_checkpoint")))
    streams = {found.stream for found in check(public, story) if found.code == "truncated"}
    assert streams == {"global", "sitting:5", "sitting:6"}


def test_clock_that_went_back_is_found(
    app: Flask, public: PublicKey, fill: Fill, clock: Any
) -> None:
    """An entry more than five seconds earlier than the one before is named."""
    fill(1)
    clock.forward(seconds=-5)
    fill(1)
    assert check(public) == []
    clock.forward(seconds=-5.1)
    fill(1)
    assert spots(check(public)) == {("time-backwards", "global", 2)}


def test_note_in_checkpoint_form_reads_back(app: Flask, public: PublicKey, story: str) -> None:
    """A note has origin, size, root, one line per stream and a signature line."""
    lines = story.splitlines()
    assert lines[:2] == ["exam.example/audit", "15"]
    assert [line.split()[1:3] for line in lines[3:6]] == [
        ["global", "15"],
        ["sitting:5", "4"],
        ["sitting:6", "4"],
    ]
    assert lines[6] == ""
    assert lines[7].startswith("— exam.example/audit ")
    note = read_note(story, public)
    assert [(head.stream, head.size) for head in note.streams] == [
        ("global", 15),
        ("sitting:5", 4),
        ("sitting:6", 4),
    ]
    assert list(split_notes(story + story)) == [story, story]
    assert list(split_notes(story + "\n\n" + story)) == [story, story]


def test_any_changed_character_of_a_note_is_refused(
    app: Flask, public: PublicKey, story: str
) -> None:
    """A note with one character changed is not read."""
    for place in range(len(story) - 1):
        changed = story[:place] + ("A" if story[place] != "A" else "B") + story[place + 1 :]
        with pytest.raises(BadInput):
            read_note(changed, public)


def test_note_of_another_key_is_forged(app: Flask, story: str) -> None:
    """A head signed by a key of the same name is not ours."""
    other = PublicKey("exam.example/audit", bytes(32))
    with pytest.raises(BadInput, match="note-forged"):
        read_note(story, other)
    assert PublicKey.parse(str(head_key().public)) == head_key().public
    for broken in ("", "a+b", f"{other}x", "a+00000000+AQ=="):
        with pytest.raises(BadInput, match="head-key-unusable"):
            PublicKey.parse(broken)


def test_signing_a_head_is_itself_recorded(app: Flask, fill: Fill) -> None:
    """The note covers what was there before; the signing is the next entry."""
    fill(2)
    with transaction():
        record(Action.PAPER_SEALED, MARKER, ("paper", 1))
    sign_head(SYSTEM)
    row = session().scalars(select(AuditCheckpoint)).one()
    assert row.covers == [["global", 3]]
    entry = session().scalars(select(AuditEntry).where(AuditEntry.seq == 3)).one()
    assert entry.action == Action.HEAD_SIGNED
    assert row.at - dt.datetime.fromisoformat(entry.at) < dt.timedelta(seconds=5)


def test_verifying_sees_one_state_while_others_write(
    app: Flask, public: PublicKey, fill: Fill
) -> None:
    """A check that runs beside a change does not take the half for the whole."""
    fill(2)
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            connection.execute(select(ENTRY)).all()
            fill(2)
            assert verify(connection, public_key=public, protected=PROTECTED) == []
    assert check(public) == []


def test_an_honest_change_does_not_wash_a_dishonest_one(
    app: Flask, public: PublicKey, fill: Fill
) -> None:
    """What a row was before each change is in the trail: tampering is told even afterwards."""
    fill(3)
    tamper("UPDATE sample_mark SET marks = '100.000' WHERE id = 2")
    with transaction():
        change(2, candidate="c2 mended")
        record(Action.ATTEMPT_MARKED, MARKER, ("sample_mark", 2))
    (found,) = check(public)
    assert (found.code, found.table, found.row_id) == ("row-changed-before", "sample_mark", 2)


def test_a_row_put_in_by_sql_is_told_after_it_was_changed(
    app: Flask, public: PublicKey, fill: Fill
) -> None:
    """It has no beginning in the trail."""
    fill(1)
    tamper(
        "INSERT INTO sample_mark (id, candidate, marks, state, is_final)"
        " SELECT 9, candidate, marks, state, is_final FROM sample_mark"
    )
    with transaction():
        change(9, candidate="c9")
        record(Action.ATTEMPT_MARKED, MARKER, ("sample_mark", 9))
    (found,) = check(public)
    assert (found.code, found.table, found.row_id) == ("row-changed-before", "sample_mark", 9)


def test_streams_side_by_side_leave_no_doubt(app: Flask, public: PublicKey, fill: Fill) -> None:
    """A row changed in a sitting's stream and then in the global one is as it was logged."""
    fill(2)
    with transaction():
        open_stream(7, MARKER)
    for sitting_id in (7, None, 7):
        with transaction():
            change(1, candidate=f"c{sitting_id}")
            record(Action.ATTEMPT_MARKED, MARKER, ("sample_mark", 1), sitting_id=sitting_id)
    assert check(public) == []


def test_a_row_that_left_its_stream_at_once_leaves_no_doubt(
    app: Flask, public: PublicKey, fill: Fill, clock: Clock
) -> None:
    """Opened in one, closed hours later and handed over the next second in the other."""
    fill(1)
    with transaction():
        open_stream(7, MARKER)
    for minutes, sitting_id in ((0, 7), (120, 7), (0, None)):
        clock.at += dt.timedelta(minutes=minutes, seconds=1)
        with transaction():
            change(1, candidate=f"c{minutes}{sitting_id}")
            record(Action.ATTEMPT_MARKED, MARKER, ("sample_mark", 1), sitting_id=sitting_id)
    assert check(public) == []
