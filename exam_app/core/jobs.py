"""Long work (后台任务): a durable table that outlives a killed worker.

A change enqueues its job in its own transaction. A worker claims a job for a lease, which a
heartbeat renews; each step commits its result and the checkpoint together, fenced by the lease,
so that a job taken over by another worker goes on where the last step ended and does nothing
twice.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask import Flask, current_app
from sqlalchemy import CheckConstraint, String, and_, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Mapped, mapped_column

from exam_app.core import clock
from exam_app.core.db import BigId, Row, db, enum_type, session, transaction
from exam_app.core.errors import ExamError, Missing

LEASE = dt.timedelta(seconds=15)
MAX_ATTEMPTS = 5
log = logging.getLogger("exam_app.jobs")


class JobState(StrEnum):
    """Where a job stands (等待、进行、完成、失败)."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Row):
    """One piece of long work, its progress and what came of it."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint("(state IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="end"),
    )

    kind: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]]
    account_id: Mapped[int] = mapped_column(BigId, index=True, comment="whom it acts for")
    key: Mapped[str | None] = mapped_column(String(80), unique=True, comment="of the same work")
    state: Mapped[JobState] = mapped_column(
        enum_type(JobState), default=JobState.WAITING, index=True
    )
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[dt.datetime | None]
    done: Mapped[int] = mapped_column(default=0, comment="parts finished")
    total: Mapped[int] = mapped_column(default=0, comment="parts in all, 0 while not known")
    checkpoint: Mapped[dict[str, Any] | None]
    outcome: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None] = mapped_column(comment="{code, facts}")
    created_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    due_at: Mapped[dt.datetime | None] = mapped_column(comment="not before; empty: at once")

    @property
    def is_over(self) -> bool:
        """Return whether nothing more will happen."""
        return self.state in {JobState.DONE, JobState.FAILED}


class LeaseLost(RuntimeError):
    """Another worker has taken the job over; what this one did last is rolled back."""


@dataclass
class Running:
    """A job in a worker's hands."""

    job_id: int
    account_id: int
    arguments: Mapping[str, Any]
    worker: str
    done: int
    total: int
    checkpoint: Mapping[str, Any]
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    """Run once the job is done and committed; what a killed worker may leave undone."""

    @contextmanager
    def step(
        self, *, parts: int = 1, total: int | None = None, **checkpoint: Any
    ) -> Iterator[None]:
        """Commit what the block changed together with the checkpoint, or neither.

        Args:
            parts: finished by this step.
            checkpoint: what the next step, maybe of another worker, must know.
        Raises: LeaseLost.
        """
        done = self.done + parts
        in_all = self.total if total is None else total
        kept = {**self.checkpoint, **checkpoint}
        with transaction():
            self._fence(done=done, total=in_all, checkpoint=kept, lease_until=clock.now() + LEASE)
            yield
        self.done, self.total, self.checkpoint = done, in_all, kept

    def _fence(self, **values: Any) -> None:
        if not _change(self.job_id, self.worker, values):
            raise LeaseLost(self.job_id)


Work = Callable[[Running], Mapping[str, Any]]


def enqueue(
    kind: str,
    arguments: Mapping[str, Any],
    *,
    account_id: int,
    key: str | None = None,
    due_at: dt.datetime | None = None,
) -> Job:
    """Return the job to be done once the caller's transaction commits.

    Args:
        arguments: plain values; no secrets and no content of an exam.
        key: names the work; while a job of it waits or runs, asking again gives that job.
        due_at: the job is not begun before this moment.
    """
    if key is not None:
        known = session().scalar(select(Job).where(Job.key == key).with_for_update())
        if known is not None and not known.is_over:
            return known
        if known is not None:
            known.key = None
            session().flush()
    job = Job(
        kind=kind,
        arguments=dict(arguments),
        account_id=account_id,
        key=key,
        state=JobState.WAITING,
        created_at=clock.now(),
        due_at=due_at,
    )
    session().add(job)
    session().flush()
    return job


def get_job(job_id: int, *, kind: str, account_id: int | None) -> Job:
    """Return a job of this account. Raises: Missing: none, or another's."""
    job = session().get(Job, job_id)
    if job is None or job.kind != kind or job.account_id != account_id:
        raise Missing(kind="job")
    return job


def work_once(handlers: Mapping[str, Work]) -> bool:
    """Do the next job of these kinds to its end; return False when none waits."""
    running = _claim(list(handlers))
    if running is None:
        return False
    beat = threading.Event()
    heart = threading.Thread(
        target=_beat,
        args=(current_app._get_current_object(), running, beat),  # type: ignore[attr-defined]
        daemon=True,
    )
    heart.start()
    try:
        outcome = handlers[_kind_of(running)](running)
        _finish(running, JobState.DONE, outcome=dict(outcome))
        for tidy in running.afterwards:
            tidy()
    except LeaseLost:
        log.warning("job %s was taken over", running.job_id)
    except ExamError as error:
        _finish(running, JobState.FAILED, error={"code": error.code, "facts": _plain(error.facts)})
    except Exception:
        incident = secrets.token_hex(4)
        log.exception("incident %s in job %s", incident, running.job_id)
        _stumble(running, incident)
    finally:
        beat.set()
        heart.join()
        db.session.remove()
    return True


def work(handlers: Mapping[str, Work], *, stop: threading.Event, pause: float = 0.5) -> None:
    """Do jobs as they come until told to stop."""
    while not stop.is_set():
        try:
            busy = work_once(handlers)
        except Exception:
            log.exception("the worker could not reach the database")
            db.session.remove()
            busy = False
        if not busy:
            stop.wait(pause)


def _kind_of(running: Running) -> str:
    kind = session().scalar(select(Job.kind).where(Job.id == running.job_id))
    if kind is None:
        raise LeaseLost(running.job_id)
    return kind


def _claim(kinds: list[str]) -> Running | None:
    now = clock.now()
    with transaction() as current:
        overdue = and_(Job.state == JobState.RUNNING, Job.lease_until < now)
        due = and_(Job.state == JobState.WAITING, or_(Job.due_at.is_(None), Job.due_at <= now))
        query = (
            select(Job)
            .where(Job.kind.in_(kinds), or_(due, overdue))
            .order_by(Job.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        job = current.scalar(query)
        if job is None:
            return None
        if job.attempts >= MAX_ATTEMPTS:
            _end(job, JobState.FAILED, {"code": "job-attempts", "facts": {}})
            return None
        job.state, job.attempts = JobState.RUNNING, job.attempts + 1
        job.worker, job.lease_until = f"{os.getpid()}-{secrets.token_hex(6)}", now + LEASE
        return Running(
            job.id, job.account_id, job.arguments, job.worker, job.done, job.total,
            job.checkpoint or {},
        )  # fmt: skip


def _end(job: Job, state: JobState, error: dict[str, Any] | None) -> None:
    job.state, job.error, job.lease_until, job.finished_at = state, error, None, clock.now()


def _finish(running: Running, state: JobState, **values: Any) -> None:
    ended = {"state": state, "lease_until": None, "finished_at": clock.now(), **values}
    with transaction():
        _change(running.job_id, running.worker, ended)


def _stumble(running: Running, incident: str) -> None:
    """Put the job back for another try; its checkpoint stays."""
    error = {"code": "job-incident", "facts": {"number": incident}}
    attempts = session().scalar(select(Job.attempts).where(Job.id == running.job_id)) or 0
    if attempts >= MAX_ATTEMPTS:
        _finish(running, JobState.FAILED, error=error)
        return
    with transaction():
        waiting = {"state": JobState.WAITING, "lease_until": None, "error": error}
        _change(running.job_id, running.worker, waiting)


def _change(job_id: int, worker: str, values: Mapping[str, Any]) -> bool:
    """Change a job that is still this worker's; return whether it was."""
    mine = (Job.id == job_id, Job.worker == worker, Job.state == JobState.RUNNING)
    statement = update(Job).where(*mine).values(**values)
    result = session().execute(statement.execution_options(synchronize_session=False))
    return isinstance(result, CursorResult) and result.rowcount == 1


def _beat(app: Flask, running: Running, over: threading.Event) -> None:
    with app.app_context():
        while not over.wait(LEASE.total_seconds() / 3):
            try:
                with transaction():
                    _change(running.job_id, running.worker, {"lease_until": clock.now() + LEASE})
            except Exception:
                log.exception("no heartbeat of job %s", running.job_id)


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, (str, int, bool)) else str(value)
        for name, value in facts.items()
    }
