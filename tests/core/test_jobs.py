"""Long work: claimed for a lease, resumed at its checkpoint, done by one worker alone."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from exam_app.core.clock import running as told_by
from exam_app.core.db import db, session, transaction
from exam_app.core.errors import Missing, RuleBroken
from exam_app.core.jobs import (
    MAX_ATTEMPTS,
    Job,
    JobState,
    LeaseLost,
    Running,
    enqueue,
    get_job,
    work_once,
)
from exam_app.people.models import Person
from tests.conftest import Clock
from tests.core.parts import KIND, PARTS, done_parts, register_part
from tests.factories.people import make_account


@pytest.fixture
def owner(app: Flask) -> int:
    """Make the account that asks for long work."""
    with transaction():
        return make_account().id


def put(owner: int, **over: Any) -> int:
    """Enqueue a job and return its id."""
    with transaction():
        return enqueue(KIND, {"parts": PARTS}, account_id=owner, **over).id


def state_of(job_id: int) -> Job:
    """Return the job as the database has it now."""
    session().rollback()
    job = session().get(Job, job_id)
    assert job is not None
    return job


def all_parts(running: Running) -> Mapping[str, Any]:
    """Do every part that is not done yet."""
    for number in range(running.done, PARTS):
        with running.step(total=PARTS, last=number):
            register_part(number)
    return {"last": running.checkpoint["last"]}


def test_a_job_waits_until_its_transaction_commits(owner: int) -> None:
    """What was rolled back never runs."""

    def refused() -> None:
        enqueue(KIND, {}, account_id=owner)
        raise RuleBroken("refused")

    with pytest.raises(RuleBroken), transaction():
        refused()
    assert not work_once({KIND: all_parts})


def test_a_job_shows_its_progress_and_outcome(owner: int) -> None:
    """Done of total, then what came of it."""
    job_id = put(owner)
    assert work_once({KIND: all_parts})
    job = state_of(job_id)
    assert (job.state, job.done, job.total) == (JobState.DONE, PARTS, PARTS)
    assert job.outcome == {"last": PARTS - 1}
    assert not work_once({KIND: all_parts})


def test_the_same_key_is_the_same_job(owner: int) -> None:
    """Asking twice for the same work gives one job."""
    assert put(owner, key="once") == put(owner, key="once")


def test_a_job_is_its_owners_alone(owner: int) -> None:
    """Nobody else finds it."""
    job_id = put(owner)
    assert get_job(job_id, kind=KIND, account_id=owner).id == job_id
    for other in ({"account_id": owner + 1}, {"account_id": None}, {"kind": "another"}):
        with pytest.raises(Missing):
            get_job(job_id, **{"kind": KIND, "account_id": owner, **other})


def test_a_refusal_ends_the_job_with_its_code(owner: int) -> None:
    """A refusal is no accident: it is shown and not tried again."""
    job_id = put(owner)

    def refuse(running: Running) -> Mapping[str, Any]:
        raise RuleBroken("rows-with-problems", count=3)

    work_once({KIND: refuse})
    job = state_of(job_id)
    assert job.state is JobState.FAILED
    assert job.error == {"code": "rows-with-problems", "facts": {"count": 3}}


def test_an_accident_is_tried_again_from_the_checkpoint(owner: int) -> None:
    """The parts done stay done; the rest is tried a few times, then given up."""
    job_id = put(owner)

    def stumble(running: Running) -> Mapping[str, Any]:
        if running.done < 2:
            with running.step(total=PARTS):
                register_part(running.done)
        raise OSError("disk")

    for tried in range(1, MAX_ATTEMPTS + 1):
        assert work_once({KIND: stumble})
        job = state_of(job_id)
        assert (job.attempts, job.done) == (tried, min(tried, 2))
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error["code"] == "job-incident"


def test_a_worker_that_lost_its_lease_changes_nothing(owner: int, clock: Clock) -> None:
    """The step of the slow worker is rolled back once another has taken over."""
    job_id = put(owner)

    def slow(running: Running) -> Mapping[str, Any]:
        clock.forward(minutes=5)
        assert work_once({KIND: all_parts})
        with running.step():
            register_part(99)
        raise AssertionError("the step of the slow worker was taken")

    assert work_once({KIND: slow})
    job = state_of(job_id)
    assert (job.state, job.attempts) == (JobState.DONE, 2)
    assert done_parts() == list(range(PARTS))


def test_lease_lost_rolls_the_step_back(owner: int, clock: Clock) -> None:
    """The fence stands before the block."""
    put(owner)
    seen: list[str] = []

    def robbed(running: Running) -> Mapping[str, Any]:
        with transaction():
            job = session().get(Job, running.job_id)
            assert job is not None
            job.worker = "another"
        with pytest.raises(LeaseLost), running.step():
            seen.append("inside")
        return {}

    work_once({KIND: robbed})
    assert seen == []


def test_two_workers_share_the_work(owner: int, app: Flask) -> None:
    """Each job is done once, whoever takes it."""
    count = 8
    for _ in range(count):
        put(owner)
    done: list[int] = []

    def note(running: Running) -> Mapping[str, Any]:
        time.sleep(0.01)
        done.append(running.job_id)
        return {}

    def worker() -> None:
        with app.app_context():
            while work_once({KIND: note}):
                pass

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(set(done)) == count


def test_a_killed_worker_loses_and_repeats_nothing(owner: int, app: Flask) -> None:
    """After kill -9 in the middle the next worker goes on where the last step ended."""
    job_id = put(owner)
    session().rollback()
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    killed = subprocess.run(
        [sys.executable, "-m", "tests.core.parts", url, str(app.instance_path)],
        check=False,
        capture_output=True,
    )
    assert killed.returncode == -9, killed.stderr.decode()
    job = state_of(job_id)
    assert (job.state, job.done) == (JobState.RUNNING, 3)
    lease = job.lease_until
    assert lease is not None
    with told_by(lambda: lease):
        assert not work_once({KIND: all_parts}), "the lease still holds"
    with told_by(lambda: lease.replace(year=lease.year + 1)):
        assert work_once({KIND: all_parts})
    assert state_of(job_id).state is JobState.DONE
    assert done_parts() == list(range(PARTS))
    assert session().scalar(select(func.count(Person.id))) == PARTS + 1
    db.session.remove()


def test_a_job_is_not_begun_before_its_time(owner: int, clock: Clock) -> None:
    """It waits for the moment it is due; work without one goes first."""
    late = put(owner, due_at=clock.at + dt.timedelta(minutes=5))
    soon = put(owner)
    assert work_once({KIND: lambda running: {}})
    assert not work_once({KIND: lambda running: {}})
    assert state_of(late).state is JobState.WAITING
    assert state_of(soon).state is JobState.DONE
    clock.forward(minutes=5)
    assert work_once({KIND: lambda running: {}})
    assert state_of(late).state is JobState.DONE
