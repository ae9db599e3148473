"""What the trail costs: the same transactions with and without it, side by side in one run.

Run from the repository's folder: ``python -m benchmarks.audit [--rounds N] [--rows N]``.
Ratios are what to read; the absolute figures are those of the machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import MetaData, String
from sqlalchemy.orm import Mapped, mapped_column

from exam_app.audit import SYSTEM, Action, record, trail
from exam_app.audit.models import AccessEvent, AuditCheckpoint, AuditEntry, AuditHead, table_of
from exam_app.audit.verify import verify
from exam_app.core.db import Row, db, install_sqlite, metadata, transaction
from tests.postgres import fresh_database, start_cluster

OWN = MetaData()


class PlainMark(Row):
    __tablename__ = "bench_plain"
    metadata = OWN
    candidate: Mapped[str] = mapped_column(String(40))
    marks: Mapped[int]


class TrailedMark(Row):
    __tablename__ = "bench_trailed"
    __protected__ = True
    metadata = OWN
    candidate: Mapped[str] = mapped_column(String(40))
    marks: Mapped[int]


def plain(count: int) -> None:
    for number in range(count):
        with transaction() as session:
            session.add(PlainMark(candidate=f"c{number}", marks=number))


def trailed(count: int) -> None:
    for number in range(count):
        with transaction() as session:
            mark = TrailedMark(candidate=f"c{number}", marks=number)
            session.add(mark)
            record(Action.ATTEMPT_MARKED, SYSTEM, ("attempt", number), marks=number)


def plain_bulk(count: int) -> None:
    with transaction() as session:
        session.add_all(PlainMark(candidate=f"c{number}", marks=number) for number in range(count))


def trailed_bulk(count: int) -> None:
    with transaction() as session:
        session.add_all(
            TrailedMark(candidate=f"c{number}", marks=number) for number in range(count)
        )
        record(Action.ROSTER_IMPORTED, SYSTEM, ("class", 1), rows_read=count)


def rate(app: Flask, work: Callable[[int], None], count: int, writers: int) -> float:
    """Return how many of ``count`` a second, shared among the writers."""

    def run() -> None:
        with app.app_context():
            work(count // writers)

    threads = [threading.Thread(target=run) for _ in range(writers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - started)


def measure(name: str, url: str, rounds: int, rows: int) -> None:
    app = Flask("exam_app")
    app.config.update(SQLALCHEMY_DATABASE_URI=url)
    db.init_app(app)
    trail.install()
    with app.app_context():
        if url.startswith("sqlite"):
            install_sqlite(db.engine)
        kinds = (AuditEntry, AuditHead, AuditCheckpoint, AccessEvent)
        metadata.create_all(db.engine, tables=[table_of(kind) for kind in kinds])
        OWN.create_all(db.engine)
        for label, without, with_trail, count, writers in (
            ("1 writer, tx/s", plain, trailed, rows, 1),
            ("4 writers, tx/s", plain, trailed, rows, 4),
            ("rows of one tx, rows/s", plain_bulk, trailed_bulk, 5 * rows, 1),
        ):
            pairs = [
                (rate(app, without, count, writers), rate(app, with_trail, count, writers))
                for _ in range(rounds)
            ]
            before, after = (statistics.median(side) for side in zip(*pairs, strict=True))
            ratio = statistics.median(second / first for first, second in pairs)
            print(f"{name:<11}{label:<24}{before:>10.0f}{after:>10.0f}{ratio:>8.2f}")
        fill(app, 20_000)
        started = time.perf_counter()
        findings = verify(db.engine, protected=[TrailedMark])
        seconds = time.perf_counter() - started
        with db.engine.connect() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM audit_entry").scalar_one()
        print(
            f"{name:<11}verify {count} entries: {count / seconds:.0f}/s, {len(findings)} findings"
        )
        db.engine.dispose()


def fill(app: Flask, count: int) -> None:
    """Add entries, many a transaction."""
    with app.app_context(), transaction():
        for number in range(count):
            record(Action.ATTEMPT_SUBMITTED, SYSTEM, ("attempt", number), digest="ab" * 32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=400)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"load {load:.1f}; median of {given.rounds} rounds\n")
    print(f"{'database':<11}{'':<24}{'without':>10}{'with':>10}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder:
        measure("sqlite", f"sqlite:///{Path(folder) / 'b.sqlite'}", given.rounds, given.rows)
    with start_cluster(durable=True) as server:
        if server is not None:
            with fresh_database(server) as url:
                measure("postgresql", url, given.rounds, given.rows)


if __name__ == "__main__":
    main()
