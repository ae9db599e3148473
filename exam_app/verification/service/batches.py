"""Files verified in the background (批量查验): held encrypted, done in steps, removed in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock, files
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, Missing, NotAllowed, RuleBroken
from exam_app.core.jobs import Running, enqueue
from exam_app.people import queries as people
from exam_app.verification import adapter, queries, rules
from exam_app.verification.checking import Checked
from exam_app.verification.models import VerificationBatch, VerificationRow
from exam_app.verification.service import looking

JOB, CLEARING = "verification", "verification-clearing"


def ask_batch(data: bytes, filename: str, *, purpose: str, actor: Actor) -> VerificationBatch:
    """Take a file in to be verified for the actor's organisation (提交批量查验).

    It is read once to see that it can be; the rows are done by a job.
    Raises: BadInput: no purpose, or the file as a whole cannot be read. RuleBroken: too many
        batches within a day. NotAllowed.
    Records: VERIFICATION_ASKED on the batch.
    """
    organisation = queries.organisation_of(actor, Permission.CERTIFICATE_VERIFY_BATCH)
    _require(actor, purpose)
    if len(data) > rules.MAX_FILE_BYTES:
        raise BadInput("table-file-too-large", file=filename, field="file")
    adapter.lots(data, filename)
    if queries.batches_today(organisation.id) >= rules.BATCHES_A_DAY:
        raise RuleBroken("batches-over", limit=rules.BATCHES_A_DAY)
    job = enqueue(JOB, {}, account_id=actor.account_id or 0)
    batch = VerificationBatch(
        organisation_id=organisation.id,
        asked_by_id=actor.account_id,
        job_id=job.id,
        asked_at=clock.now(),
        purpose=rules.shown_text(purpose.strip(), 200),
        filename=rules.shown_text(filename, 200),
        sha256=files.hold(_kind(organisation.id), data),
    )
    session().add(batch)
    session().flush()
    for days in (rules.FILE_DAYS, rules.ROW_DAYS):
        due = clock.now() + dt.timedelta(days=days)
        enqueue(CLEARING, {"batch": batch.id}, account_id=actor.account_id or 0, due_at=due)
    trail.record(Action.VERIFICATION_ASKED, actor, batch, sha256=batch.sha256, job=job.id)
    return batch


def hand_out(batch: VerificationBatch, content: bytes, *, actor: Actor) -> None:
    """Note that the results of a batch were taken away as a file.

    Raises: Missing: another organisation's, or the rows are gone. NotAllowed.
    Records: VERIFICATION_HANDED_OUT on the batch.
    """
    organisation = queries.organisation_of(actor, Permission.CERTIFICATE_VERIFY_BATCH)
    _require(actor, batch.purpose)
    if batch.organisation_id != organisation.id or batch.rows_removed_at is not None:
        raise Missing(kind="verification_batch")
    trail.record(Action.VERIFICATION_HANDED_OUT, actor, batch, bytes=len(content))


def _require(actor: Actor, purpose: str) -> None:
    stated = bool(purpose.strip())
    duties.require(Permission.CERTIFICATE_VERIFY_BATCH, actor, purpose=stated, masked=True)


def _kind(organisation_id: int) -> str:
    """Return the folder an organisation's files are held in: no two share a file."""
    return f"verification-{organisation_id}"


# ---- long work 后台任务


def run_batch(running: Running) -> Mapping[str, Any]:
    """Verify the file of a batch in steps and return how many rows came to what.

    The account's duty is asked anew. Raises: BadInput, NotAllowed, Missing: the file is gone.
    """
    batch = _batch_of(running.job_id)
    actor = people.acting(running.account_id)
    _require(actor, batch.purpose)
    batch_id, organisation_id = batch.id, batch.organisation_id
    if queries.organisation_of(actor, Permission.CERTIFICATE_VERIFY_BATCH).id != organisation_id:
        raise NotAllowed("no-duty")
    data = files.held(_kind(organisation_id), batch.sha256)
    lots = adapter.lots(data, batch.filename)
    total = sum(lot.parts for lot in lots)
    place = int(running.checkpoint.get("place", 0))
    for number, lot in enumerate(lots, start=1):
        if number <= int(running.checkpoint.get("lot", 0)):
            continue
        checked = looking.checked(lot.read(), organisation_id)
        if place + len(checked) > rules.MAX_ROWS:
            raise BadInput("table-too-many-rows", limit=rules.MAX_ROWS)
        with running.step(parts=lot.parts, total=total, lot=number, place=place + len(checked)):
            session().add_all(
                _row(batch_id, at, each) for at, each in enumerate(checked, start=place + 1)
            )
        place += len(checked)
    return _finish(batch_id, actor)


def _batch_of(job_id: int) -> VerificationBatch:
    found = session().scalar(select(VerificationBatch).where(VerificationBatch.job_id == job_id))
    if found is None:
        raise Missing(kind="verification_batch")
    return found


def _row(batch_id: int, place: int, checked: Checked) -> VerificationRow:
    asked = checked.asked
    return VerificationRow(
        batch_id=batch_id,
        place=place,
        source=rules.shown_text(asked.source, 300),
        way=asked.way,
        number=rules.shown_text(asked.number, 40),
        name=rules.shown_text(asked.name, 60),
        outcome=checked.outcome,
        reasons=list(checked.reasons),
        stated=checked.stated,
    )


def _finish(batch_id: int, actor: Actor) -> dict[str, Any]:
    """Note the end of a batch once; a worker that took it over finds it done."""
    counts = queries.counts_of(batch_id)
    with transaction():
        batch = session().get_one(VerificationBatch, batch_id)
        if batch.finished_at is None:
            batch.counts, batch.finished_at = counts, clock.now()
            trail.record(Action.VERIFICATION_FINISHED, actor, batch, counts=counts)
    return {"counts": counts}


def run_clearing(running: Running) -> Mapping[str, Any]:
    """Remove a batch's file, and its rows, as soon as their time is over."""
    now = clock.now()
    organisation_id, sha256 = 0, ""
    with running.step():
        batch = session().get_one(VerificationBatch, running.arguments["batch"])
        if now >= batch.asked_at + dt.timedelta(days=rules.FILE_DAYS):
            batch.file_removed_at = batch.file_removed_at or now
            organisation_id, sha256 = batch.organisation_id, batch.sha256
        if now >= batch.asked_at + dt.timedelta(days=rules.ROW_DAYS):
            session().execute(delete(VerificationRow).where(VerificationRow.batch_id == batch.id))
            batch.rows_removed_at = batch.rows_removed_at or now
    if sha256 and not queries.names_file(organisation_id, sha256):
        files.let_go(_kind(organisation_id), sha256)
    return {}
