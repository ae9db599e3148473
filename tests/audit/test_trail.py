"""Recording: one entry with the change, in its transaction, or nothing of both."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, func, insert, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from exam_app.audit import (
    SYSTEM,
    AccessKind,
    Action,
    UnrecordedChange,
    note_access,
    queries,
    record,
    trail,
)
from exam_app.audit.models import AuditHead
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import BadInput
from tests.audit.sample import MARKER, SampleMark, State, change, clean, entries, rows_of

Fill = Callable[..., list[int]]


GOLDEN = "7935f972aeeacdd8fafacaf36b8deb0752db17ceeb40a45ea17fcd07626b398e"


@transaction()
def change_after_recording(mark_id: int) -> None:
    record(Action.ATTEMPT_MARKED, MARKER, ("mark", mark_id))
    change(mark_id, marks=100)


@transaction()
def mark_once() -> None:
    session().add(SampleMark(candidate="gone", marks=1))
    record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 1))


@transaction()
def mark_and_fail() -> None:
    session().add(SampleMark(candidate="gone", marks=1))
    record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 1))
    raise RuntimeError


def mark_in_savepoints_and_fail() -> None:
    with session().begin_nested():
        session().add(SampleMark(candidate="gone", marks=2))
        record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 2))
        with session().begin_nested():
            record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 3))
        raise RuntimeError


def record_and_break_a_constraint() -> None:
    with session().begin_nested():
        record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 4))
        session().execute(insert(AuditHead).values(stream="x", size=None))


def mark_under(mark_id: int) -> None:
    with session().begin_nested():
        session().add(SampleMark(id=mark_id, candidate="again", marks=1))
        record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 2))


def test_entry_says_who_did_what_to_which_rows(app: Flask) -> None:
    """An entry holds actor, subject, facts and the digest of each protected row."""
    with transaction() as current:
        mark = SampleMark(candidate="甲", marks=Decimal("77.5"))
        current.add(mark)
        record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 4), class_id=3, marks=Decimal("77.50"))
    (entry,) = entries()
    assert (entry.account_id, entry.person_id, entry.organisation_id) == (7, 8, 9)
    assert (entry.side, entry.class_id, entry.seq) == ("examining", 3, 0)
    assert (entry.subject_type, entry.subject_id) == ("attempt", "4")
    assert queries.detail_of(entry) == {"marks": "77.5"}
    ((table, row_id, digest, verb),) = rows_of(entry)
    assert (table, row_id, len(digest), verb) == ("sample_mark", mark.id, 64, "create")
    assert clean()


def test_subject_made_in_this_transaction_has_its_id(app: Flask) -> None:
    """A new row can be the subject: recording gives it its id."""
    with transaction() as current:
        mark = SampleMark(candidate="c", marks=1)
        current.add(mark)
        record(Action.ATTEMPT_MARKED, SYSTEM, mark)
    (entry,) = entries()
    assert (entry.subject_type, entry.subject_id) == ("sample_mark", str(mark.id))
    assert entry.account_id is None


def test_change_without_record_refuses_the_commit(app: Flask, fill: Fill) -> None:
    """A protected row changed with no record() after it is not committed."""
    (mark_id,) = fill(1)
    with pytest.raises(UnrecordedChange, match="sample_mark"), transaction():
        change(mark_id, marks=100)
    with pytest.raises(UnrecordedChange):
        change_after_recording(mark_id)
    with pytest.raises(UnrecordedChange), transaction() as current:
        current.delete(current.get_one(SampleMark, mark_id))
    assert session().get_one(SampleMark, mark_id).marks == 60
    assert len(entries()) == 1
    assert clean()


def test_unprotected_column_needs_no_record(app: Flask, fill: Fill) -> None:
    """A column outside the digest may change without an entry; the others with it may not."""
    (mark_id,) = fill(1)
    with transaction():
        change(mark_id, seen_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    with pytest.raises(UnrecordedChange), transaction():
        change(mark_id, seen_at=None, marks=1)
    assert len(entries()) == 1
    assert clean()


def test_each_record_takes_the_changes_before_it(app: Flask) -> None:
    """Two services in one transaction: each entry lists its own rows."""
    with transaction() as current:
        current.add(SampleMark(candidate="a", marks=1))
        record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 1))
        current.add(SampleMark(candidate="b", marks=2))
        record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 2))
        record(Action.RESULT_CONFIRMED, MARKER, ("result", 2))
    assert [[row[3] for row in rows_of(entry)] for entry in entries()] == [
        ["create"],
        ["create"],
        [],
    ]
    assert clean()


def test_delete_and_every_type_verify(app: Flask, fill: Fill) -> None:
    """A row with every kind of column, changed and deleted, stays vouched for."""
    first, second = fill(2)
    with transaction() as current:
        change(
            first,
            marks=Decimal("59.900"),
            state=State.CONFIRMED,
            at=dt.datetime(2025, 3, 1, 8, 0, 0, 120, tzinfo=dt.UTC),
            day=dt.date(2025, 3, 1),
            is_final=True,
            script=b"\x00\xff",
            facts={"b": [1, 2.5, None, "乙"], "a": {"x": True}},
        )
        current.delete(current.get_one(SampleMark, second))
        record(Action.ATTEMPT_MARKED, MARKER, ("mark", first))
    assert sorted((row[1], row[3]) for row in rows_of(entries()[-1])) == [
        (first, "update"),
        (second, "delete"),
    ]
    assert clean()


def test_digest_is_the_same_on_both_databases(app: Flask) -> None:
    """The canonical form of a row does not depend on the database: a golden digest."""
    with transaction() as current:
        mark = SampleMark(
            id=41,
            candidate="王㛃𬭎",
            marks=Decimal("80.500"),
            at=dt.datetime(2025, 3, 1, 8, 0, tzinfo=dt.UTC),
            day=dt.date(2025, 3, 1),
            script=b"\x01\x02",
            facts={"b": [1, 2.5, None], "a": "乙"},
        )
        current.add(mark)
        record(Action.ATTEMPT_MARKED, MARKER, mark)
    assert rows_of(entries()[0])[0][2] == GOLDEN


def test_rolled_back_savepoint_leaves_nothing(app: Flask) -> None:
    """What a savepoint queued goes with it, also when a flush fails inside."""
    with transaction() as current:
        current.add(SampleMark(candidate="kept", marks=1))
        record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 1))
        with pytest.raises(RuntimeError):
            mark_in_savepoints_and_fail()
        with pytest.raises(IntegrityError):
            record_and_break_a_constraint()
        with current.begin_nested():
            current.add(SampleMark(candidate="also", marks=3))
            record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 5))
    assert [entry.subject_id for entry in entries()] == ["1", "5"]
    assert [len(rows_of(entry)) for entry in entries()] == [1, 1]
    assert clean()


def test_failed_flush_in_a_savepoint_keeps_what_was_before(app: Flask) -> None:
    """A unique key that is taken ends the savepoint, not the entries before it."""
    with transaction() as current:
        current.add(SampleMark(id=1, candidate="kept", marks=1))
        record(Action.ATTEMPT_MARKED, MARKER, ("attempt", 1))
        current.expunge_all()
        with pytest.raises(IntegrityError):
            mark_under(1)
    assert [entry.subject_id for entry in entries()] == ["1"]
    assert clean()


def test_rolled_back_transaction_leaves_nothing(app: Flask, fill: Fill) -> None:
    """An exception in the block: no row, no entry, and the next entry is a clean one."""
    with pytest.raises(RuntimeError):
        mark_and_fail()
    assert entries() == []
    session().close()
    fill(1)
    assert len(entries()) == 1
    assert clean()


def test_process_killed_before_the_commit_leaves_nothing(app: Flask, url: str, fill: Fill) -> None:
    """A process killed between the entry and the commit leaves neither row nor entry."""
    fill(2)
    session().close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.audit.killed", url], check=False, capture_output=True
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"written\n")
    assert session().scalar(select(func.count()).select_from(SampleMark)) == 2
    assert len(entries()) == 2
    assert clean()
    fill(1)
    assert clean()


def test_entry_that_cannot_be_written_takes_the_change_with_it(app: Flask) -> None:
    """If appending fails, the business change fails: the head is in the way here."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO audit_entry (stream, seq, at, action, side, subject_type, subject_id,"
            " detail, previous, digest) SELECT 'global', 0, '', '', '', '', '', '', '', ''"
        )
    with pytest.raises(IntegrityError):
        mark_once()
    assert session().scalar(select(func.count()).select_from(SampleMark)) == 0


@pytest.mark.parametrize("detail", ["230702198807012357", "身份证230702198807012357。",
                                    "２３０７０２１９８８０７０１２３５Ｘ"])  # fmt: skip
def test_id_number_never_enters_the_trail(app: Flask, detail: str) -> None:
    """An identity number in the detail is refused before anything is queued."""
    with pytest.raises(BadInput) as refusal, transaction():
        record(Action.PERSON_TIED, MARKER, ("person", 1), reason={"text": [detail]})
    assert refusal.value.code == "id-number-in-trail"
    assert refusal.value.facts == {"field": "reason"}


def test_numbers_of_tickets_and_digests_are_no_id_numbers(app: Flask) -> None:
    """A ticket number with this year in it and a hex digest may be recorded."""
    with transaction():
        record(
            Action.CANDIDATE_ENTERED, MARKER, ("entry", 1), no="230700202503100001", of="ab12" * 16
        )
    assert len(entries()) == 1


def test_control_characters_stay_one_line(app: Flask) -> None:
    """Line ends and terminal codes in a fact cannot forge a second line."""
    with transaction():
        record(Action.PERSON_TIED, MARKER, ("person", 1), note="a\r\nb\x1b[2J\x00\ud800")
    (entry,) = entries()
    assert not set(entry.detail) & set("\r\n\x1b\x00")
    assert clean()


def test_value_without_canonical_form_is_refused(app: Flask) -> None:
    """What JSON cannot say exactly does not enter the trail."""
    for value in (object(), Decimal("NaN"), float("inf"), dt.datetime(2025, 1, 1)):  # noqa: DTZ001
        with pytest.raises((TypeError, ValueError)), transaction():
            record(Action.PERSON_TIED, MARKER, ("person", 1), value=value)
    with pytest.raises(TypeError), transaction():
        record(Action.PERSON_TIED, MARKER, ("person", 1), rows=[])


def test_bulk_statements_on_protected_rows_are_refused(app: Flask, fill: Fill) -> None:
    """UPDATE, DELETE and INSERT statements would pass the trail by: the session refuses them."""
    fill(1)
    table = SampleMark.__table__
    for statement in (
        update(SampleMark).values(marks=100),
        update(table).values(marks=100),  # type: ignore[arg-type]
        insert(SampleMark).values(candidate="x", marks=1),
        delete(SampleMark).where(SampleMark.id == 1),
        select(SampleMark).from_statement(
            insert(SampleMark).values(candidate="x", marks=1).returning(SampleMark)
        ),
    ):
        with pytest.raises(trail.BulkChange), transaction() as current:
            current.execute(statement)
    assert clean()


def test_install_twice_is_install_once(app: Flask, fill: Fill) -> None:
    """Installing again does not write entries twice."""
    trail.install()
    fill(2)
    assert len(entries()) == 2
    assert event.contains(Session, "before_commit", trail._write)


def test_trail_tables_refuse_change_and_deletion(app: Flask, fill: Fill) -> None:
    """The database itself refuses to change or delete an entry."""
    fill(1)
    for statement in (
        "UPDATE audit_entry SET action = 'x'",
        "DELETE FROM audit_entry",
        "UPDATE access_event SET kind = 'x'",
        "DELETE FROM access_event",
        "DELETE FROM audit_head",
    ):
        if "access" in statement:
            note_access(AccessKind.SIGN_IN, actor=MARKER)
        with pytest.raises(DatabaseError, match="append-only"), db.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_newest_entries_come_page_by_page(app: Flask, fill: Fill, clock: Any) -> None:
    """A page is the newest entries that fit the filter, and one more when others follow."""
    for _ in range(3):
        clock.forward(minutes=1)
        fill(2)
    page = queries.newest_entries(queries.Filter(account_id=7), page_size=4)
    assert [entry.seq for entry in page] == [5, 4, 3, 2, 1]
    rest = queries.newest_entries(queries.Filter(account_id=7), page=2, page_size=4)
    assert [entry.seq for entry in rest] == [1, 0]
    nothing = queries.Filter(actions=[Action.PAPER_SEALED])
    assert queries.newest_entries(nothing) == []
