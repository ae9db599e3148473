"""Issuing a class as long work (后台制证、签发): prepared, then signed by a second person.

Each chunk commits its certificates with the checkpoint. Nothing is asked of the checkpoint but
how far the work is: a worker that takes over reads from the rows who still lacks a certificate
or a signature, so that nobody gets two and no number is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import queries as audit
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import issuing, queries
from exam_app.certificates.service.issue import hold_results, prepare
from exam_app.certificates.service.signing import sign
from exam_app.core.errors import NotAllowed, RuleBroken
from exam_app.core.jobs import Job, Running, enqueue
from exam_app.core.steps import passed
from exam_app.people import queries as people
from exam_app.training.models import TrainingClass

PREPARE_JOB, SIGN_JOB = issuing.PREPARE_JOB, issuing.SIGN_JOB
CHUNK = 10
PERMISSIONS = {
    PREPARE_JOB: Permission.CERTIFICATE_ISSUE,
    SIGN_JOB: Permission.CERTIFICATE_SIGN,
}


def ask_prepare(training_class: TrainingClass, *, actor: Actor) -> Job:
    """Return the job that prepares the certificates of a class (后台制证).

    Raises: DutyConflict, NotAllowed: the actor.
    Records: CERTIFICATE_ISSUE_QUEUED on the class.
    """
    duties.require(
        Permission.CERTIFICATE_ISSUE,
        actor,
        **queries.wall_facts(actor, training_class),
        state=training_class.state in queries.COMPLETE,
    )
    return _queued(PREPARE_JOB, training_class, {}, actor)


def ask_sign(training_class: TrainingClass, *, actor: Actor) -> Job:
    """Return the job that signs what is prepared in a class now (后台签发).

    Raises: DutyConflict, NotAllowed: the actor, also who prepared one of them. RuleBroken: none
        waits for a signature.
    Records: CERTIFICATE_ISSUE_QUEUED on the class.
    """
    rows = queries.unsigned_of(training_class.id)
    if not rows:
        raise RuleBroken("certificates-none")
    duties.require(
        Permission.CERTIFICATE_SIGN,
        actor,
        **queries.wall_facts(actor, training_class),
        not_author=not any(people.same_person(actor, row.prepared_by_id) for row in rows),
        state=True,
    )
    wanted = {"certificates": [row.id for row in rows]}
    return _queued(SIGN_JOB, training_class, wanted, actor)


def run_prepare(running: Running) -> Mapping[str, Any]:
    """Prepare everybody of a class who lacks nothing, a chunk at a time; the duty is asked anew.

    Raises: as ``prepare``. NotAllowed: nobody asked for this job.
    """
    _check_asked(PREPARE_JOB, running)
    actor, class_id = people.acting(running.account_id), running.arguments["class"]
    while ready := _ready(class_id, actor):
        parts = min(CHUNK, ready)
        with running.step(parts=parts, total=running.done + ready):
            prepare(queries.see_class(class_id, actor), most=CHUNK, actor=actor)
        passed("prepared-committed")
    return {"count": running.done}


def _ready(class_id: int, actor: Actor) -> int:
    candidates = queries.candidates(queries.see_class(class_id, actor))
    return sum(not each.missing for each in candidates)


def run_sign(running: Running) -> Mapping[str, Any]:
    """Sign what the signer was shown, a chunk at a time; the duty is asked anew.

    Raises: as ``sign``. NotAllowed: nobody asked for this job.
    """
    _check_asked(SIGN_JOB, running)
    actor, class_id = people.acting(running.account_id), running.arguments["class"]
    wanted = set(running.arguments["certificates"])
    while waiting := [row.id for row in queries.unsigned_of(class_id) if row.id in wanted]:
        chunk = set(waiting[:CHUNK])
        with running.step(parts=len(chunk), total=len(wanted)):
            hold_results(queries.see_class(class_id, actor))  # another may be signing them
            rows = [row for row in queries.unsigned_of(class_id) if row.id in chunk]
            if rows:
                sign(rows, actor=actor)
        passed("signed-committed")
    return {"count": running.done}


def _queued(
    kind: str, training_class: TrainingClass, wanted: Mapping[str, Any], actor: Actor
) -> Job:
    job = enqueue(
        kind,
        {"class": training_class.id, **wanted},
        account_id=actor.account_id or 0,
        key=issuing.key_of(kind, training_class.id),
    )
    trail.record(
        Action.CERTIFICATE_ISSUE_QUEUED,
        actor,
        training_class,
        class_id=training_class.id,
        kind=kind,
        job=job.id,
        **wanted,
    )
    return job


def _check_asked(kind: str, running: Running) -> None:
    """Pass a job that its account asked for as the trail says; a row alone gives no order."""
    class_id = running.arguments["class"]
    entries = audit.entries_in_order(
        audit.Filter(
            actions=(Action.CERTIFICATE_ISSUE_QUEUED.value,),
            account_id=running.account_id,
            class_id=class_id,
        )
    )
    asked = {"kind": kind, "job": running.job_id, **running.arguments}
    del asked["class"]
    if not any(audit.detail_of(each) == asked for each in entries):
        raise NotAllowed("job-not-asked", permission=str(PERMISSIONS[kind]))
