"""Issuing a class as long work: workers killed at every step, two of them on one class."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter

from flask import Flask
from sqlalchemy import select

from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.audit.verify import verify
from exam_app.certificates import issuing, queries, rules, service
from exam_app.certificates.models import Certificate
from exam_app.certificates.service.issuing import CHUNK
from exam_app.certificates.terms import CertificateState
from exam_app.core.db import db, session, transaction
from exam_app.core.jobs import Job, JobState, enqueue, work_once
from exam_app.marking.terms import Outcome
from exam_app.stages import JOBS
from tests.factories.certificates import approver_of, make_key, make_prepared, officer_of
from tests.factories.finished import Finished, make_finished
from tests.factories.people import actor_of

# EXAM_KILLED_CLASS=80 kills at every step of issuing a class of the full size.
SIZE = int(os.environ.get("EXAM_KILLED_CLASS", "2"))


def everybody_has_one(made_class: int, size: int) -> None:
    """Pass when each person of a class has exactly one signed certificate, without a gap."""
    session().rollback()
    rows = queries.certificates_of(made_class)
    assert len({row.enrolment_id for row in rows}) == len(rows) == size
    assert {row.state for row in rows} == {CertificateState.VALID}
    wanted = [rules.certificate_number("230700", 2025, 1, each + 1) for each in range(size)]
    assert [row.number for row in rows] == wanted
    session().rollback()
    assert verify(db.engine) == []


def test_a_worker_killed_at_any_step_loses_and_repeats_nothing(app: Flask) -> None:
    """Killed once between every two steps of preparing and of signing, taken up each time."""
    made = make_finished(*[Outcome.PASS] * SIZE, certified=False)
    make_key()
    class_id = made.training_class.id
    ids = [class_id, officer_of(made).id, approver_of(made).id]
    db.session.remove()
    db.engine.dispose()
    url, folder = app.config["SQLALCHEMY_DATABASE_URI"], app.instance_path
    done = subprocess.run(
        [sys.executable, "-m", "tests.certificates.killed", url, folder, *map(str, ids)],
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()[-4000:]
    chunks = -(-SIZE // CHUNK)
    each, once = SIZE, chunks
    assert Counter(json.loads(done.stdout)) == {
        "number-taken": each,
        "row-written": each,
        "prepared-recorded": once,
        "prepared-committed": once,
        "signed": each,
        "signature-written": each,
        "signed-recorded": once,
        "signed-committed": once,
    }
    everybody_has_one(class_id, SIZE)


def queue_twice(made: Finished, kind: str) -> None:
    """Put two jobs for the same work, as if two had asked before either began."""
    ask = {issuing.PREPARE_JOB: service.ask_prepare, issuing.SIGN_JOB: service.ask_sign}[kind]
    who = officer_of if kind == issuing.PREPARE_JOB else approver_of
    first, second = who(made), who(made)
    with transaction():
        job = ask(made.training_class, actor=actor_of(first))
        assert ask(made.training_class, actor=actor_of(second)).id == job.id
        again = enqueue(kind, job.arguments, account_id=second.id)
        issued = Action.CERTIFICATE_ISSUE_QUEUED
        ids = {name: each for name, each in job.arguments.items() if name != "class"}
        told = {"class_id": made.training_class.id, "kind": kind, "job": again.id, **ids}
        trail.record(issued, actor_of(second), made.training_class, **told)


def two_workers(app: Flask) -> None:
    """Do what waits with two workers at once."""

    def work() -> None:
        with app.app_context():
            while work_once(JOBS):
                pass

    db.session.remove()
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_workers_issue_one_class_once(app: Flask) -> None:
    """Two jobs for one class, two workers: one certificate a person, signed once."""
    size = CHUNK + 2
    made = make_finished(*[Outcome.PASS] * size, certified=False)
    make_key()
    class_id = made.training_class.id
    for kind in (issuing.PREPARE_JOB, issuing.SIGN_JOB):
        queue_twice(made, kind)
        two_workers(app)
        made.training_class = session().get_one(type(made.training_class), class_id)
    everybody_has_one(class_id, size)
    assert all(job.state is JobState.DONE for job in issuing.jobs_of(class_id))


def test_a_job_nobody_asked_for_signs_nothing(app: Flask) -> None:
    """A row in the table of jobs is no order: not in another's name, not for other certificates."""
    made = make_finished(Outcome.PASS, certified=False)
    make_key()
    (row,) = make_prepared(made)
    signer, other = approver_of(made), approver_of(made)
    with transaction():
        asked = service.ask_sign(made.training_class, actor=actor_of(signer))
        asked.arguments = {**asked.arguments, "certificates": [row.id, row.id + 1]}
        for account in (signer, other):
            enqueue(issuing.SIGN_JOB, asked.arguments, account_id=account.id)
    while work_once(JOBS):
        pass
    jobs = session().scalars(select(Job)).all()
    assert [(each.state, (each.error or {})["code"]) for each in jobs] == [
        (JobState.FAILED, "job-not-asked")
    ] * 3
    assert session().scalars(select(Certificate.state)).all() == [CertificateState.INTENDED]


def test_what_may_not_be_signed_stops_the_job_and_is_told(app: Flask) -> None:
    """No key: the job fails by name, what was prepared waits."""
    made = make_finished(Outcome.PASS, certified=False)
    for ask, who in ((service.ask_prepare, officer_of), (service.ask_sign, approver_of)):
        actor = actor_of(who(made))
        with transaction():
            ask(made.training_class, actor=actor)
        while work_once(JOBS):
            pass
        made.training_class = session().get_one(
            type(made.training_class),
            session().scalars(select(Certificate)).one().enrolment.class_id,
        )
    _prepared, signed = issuing.jobs_of(made.training_class.id)
    assert signed.state is JobState.FAILED
    assert (signed.error or {})["code"] == "signing-key-missing"
    (row,) = queries.unsigned_of(made.training_class.id)
    assert row.state is CertificateState.INTENDED
