"""Issue a class while the system kills each worker one step later than the one before.

Run as a program: every worker is a process of its own that is killed with signal 9 at a step; the
next one takes the work up again. After each death the numbers are looked at.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

from exam_app.application import create_app
from exam_app.certificates import issuing, queries, service
from exam_app.certificates.models import Certificate, CertificateSerial
from exam_app.core import clock, steps
from exam_app.core.db import db, session, transaction
from exam_app.core.jobs import JobState, work_once
from exam_app.people import queries as people
from exam_app.stages import JOBS
from exam_app.training.models import TrainingClass
from tests.stores import config

BEGIN = dt.datetime(2025, 3, 10, 1, 0, tzinfo=dt.UTC)
ASKS = {issuing.PREPARE_JOB: service.ask_prepare, issuing.SIGN_JOB: service.ask_sign}


class Issuing:
    """One class, and how often a worker on it was killed, step by step."""

    def __init__(self, class_id: int, officer_id: int, approver_id: int) -> None:
        self.class_id = class_id
        self.askers = {issuing.PREPARE_JOB: officer_id, issuing.SIGN_JOB: approver_id}
        self.deaths: list[str] = []

    def work(self, kind: str) -> None:
        """Do a job to its end through workers that die, each one step later than the last."""
        at = 1
        while not self._over(kind):
            with later(len(self.deaths)):
                self._ask(kind)
                step = worker(at)
            if step:  # otherwise the job was given up, and is asked for once more
                self.deaths.append(step)
                self.look()
                # Behind a commit the next worker begins a new chunk.
                at = 1 if step.endswith("-committed") else at + 1

    def _over(self, kind: str) -> bool:
        found = {job.kind: job for job in issuing.jobs_of(self.class_id)}
        return kind in found and found[kind].state is JobState.DONE

    def _ask(self, kind: str) -> None:
        """Ask once more where a job was given up: a worker may die five times of one."""
        with transaction():
            training_class = session().get_one(TrainingClass, self.class_id)
            if kind == issuing.PREPARE_JOB or queries.unsigned_of(self.class_id):
                ASKS[kind](training_class, actor=people.acting(self.askers[kind]))

    def look(self) -> None:
        """Pass when the serials run from 1 without a gap, each enrolment once."""
        rows = session().scalars(select(Certificate).order_by(Certificate.serial)).all()
        last = session().scalar(select(func.max(CertificateSerial.last))) or 0
        assert [row.serial for row in rows] == list(range(1, last + 1))
        assert len({row.enrolment_id for row in rows}) == len(rows)
        session().rollback()


@contextmanager
def later(minutes: int) -> Iterator[None]:
    """Stand so much later that the lease of the one killed before is over."""
    with clock.running(lambda: BEGIN + dt.timedelta(minutes=minutes)):
        yield


def worker(at: int) -> str:
    """Let a process of its own work; return the step at which it was killed, empty when it ended.

    Args: at: how many steps it passes before it is killed.
    """
    db.session.remove()
    db.engine.dispose()
    told, telling = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        steps.watchers.append(killer(at, telling))
        work_once(JOBS)
        os._exit(0)
    os.close(telling)
    _, status = os.waitpid(child, 0)
    with os.fdopen(told) as read:
        step = read.read()
    assert (os.WIFSIGNALED(status), os.WEXITSTATUS(status)) == (bool(step), 0)
    return step


def killer(at: int, telling: int) -> steps.Watcher:
    """Return a watcher that kills this process at the step of that number."""
    passed: list[str] = []

    def watch(step: str) -> None:
        passed.append(step)
        if len(passed) == at:
            os.write(telling, step.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    return watch


def main(url: str, folder: str, class_id: int, officer_id: int, approver_id: int) -> None:
    """Issue the class; print the steps at which a worker was killed."""
    with create_app(config(Path(folder), url)).app_context():
        told = Issuing(class_id, officer_id, approver_id)
        for kind in ASKS:
            told.work(kind)
        sys.stdout.write(json.dumps(told.deaths))


if __name__ == "__main__":
    main(*sys.argv[1:3], *(int(number) for number in sys.argv[3:]))
