"""Streams: one global, one per sitting while it is open, appended to by many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask

from exam_app.audit import Action, close_stream, open_stream, queries, record
from exam_app.audit.verify import verify
from exam_app.core.db import db, transaction
from exam_app.core.errors import RuleBroken
from tests.audit.sample import MARKER, SampleMark, change, clean, entries

Fill = Callable[..., list[int]]


def test_sitting_has_its_own_stream_while_open(app: Flask, fill: Fill) -> None:
    """Entries of a sitting go to its stream between opening and closing, else to the global."""
    fill(1, sitting_id=5)
    with transaction():
        open_stream(5, MARKER)
        record(Action.SITTING_OPENED, MARKER, ("sitting", 5), sitting_id=5)
    fill(3, sitting_id=5)
    fill(1)
    with transaction():
        record(Action.SITTING_CLOSED, MARKER, ("sitting", 5), sitting_id=5)
        close_stream(5, MARKER)
        record(Action.SITTING_HANDED_OVER, MARKER, ("sitting", 5), sitting_id=5)
    fill(1, sitting_id=5)
    assert [entry.action for entry in entries()] == [
        Action.ATTEMPT_MARKED,
        Action.STREAM_OPENED,
        Action.ATTEMPT_MARKED,
        Action.STREAM_CLOSED,
        Action.SITTING_HANDED_OVER,
        Action.ATTEMPT_MARKED,
    ]
    assert len(entries("sitting:5")) == 5
    assert queries.detail_of(entries()[3])["size"] == 5
    found = queries.entries_in_order(queries.Filter(sitting_id=5))
    assert len(found) == 10
    assert clean()


def test_stream_opens_once_and_closes_once(app: Flask) -> None:
    """A sitting's stream cannot be opened again, nor closed when it is not open."""
    with pytest.raises(RuleBroken, match="stream-not-open"), transaction():
        close_stream(5, MARKER)
    with transaction():
        open_stream(5, MARKER)
    with pytest.raises(RuleBroken, match="stream-exists"), transaction():
        open_stream(5, MARKER)
    with transaction():
        close_stream(5, MARKER)
    for again in (open_stream, close_stream):
        with pytest.raises(RuleBroken), transaction():
            again(5, MARKER)
    assert clean()


def test_row_moving_between_streams_keeps_its_last_state(app: Flask, fill: Fill) -> None:
    """A row changed in the sitting's stream and then in the global one is held to the last."""
    with transaction():
        open_stream(5, MARKER)
    (mark_id,) = fill(1, sitting_id=5)
    for marks, sitting_id in ((70, None), (71, 5), (72, None)):
        with transaction():
            change(mark_id, marks=marks)
            record(Action.ATTEMPT_MARKED, MARKER, ("mark", mark_id), sitting_id=sitting_id)
    assert clean()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sample_mark SET marks = '71.000'")
    (finding,) = verify(db.engine, protected=[SampleMark])
    assert (finding.code, finding.stream, finding.seq) == ("row-differs", "global", 2)


def test_threads_append_one_after_the_other(app: Flask) -> None:
    """Four threads, two streams: no gap, no fork, no entry lost."""
    with transaction():
        open_stream(1, MARKER)
    problems: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            with app.app_context():
                for number in range(10):
                    with transaction() as current:
                        mark = SampleMark(candidate=f"{thread}-{number}", marks=number)
                        current.add(mark)
                        chosen = 1 if number % 2 else None
                        record(Action.ATTEMPT_MARKED, MARKER, mark, sitting_id=chosen)
                        if number % 3 == 0:
                            record(Action.RESULT_CONFIRMED, MARKER, mark, sitting_id=1)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(entries()) == 1 + 20
    assert len(entries("sitting:1")) == 4 * (5 + 4)
    assert clean()
