"""Reads of printing (印制): jobs asked for, how copies differ, what is kept until closing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from exam_app.access.actor import Actor
from exam_app.audit import queries as audit
from exam_app.audit.actions import Action
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.core.jobs import Job, get_job
from exam_app.papers.models import Paper
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Sitting

PRINT_JOB = "paper-print"


def print_scheme(paper: Paper) -> str | None:
    """Return how the copies of a paper differ, as first printed; None before that."""
    wanted = audit.Filter(
        subject_type="paper", subject_id=str(paper.id), actions=(Action.PAPER_PRINTED.value,)
    )
    told = (audit.detail_of(entry).get("scheme") for entry in audit.entries_in_order(wanted))
    return next((str(scheme) for scheme in told if scheme), None)


def print_key(sitting_id: int) -> str:
    """Return how the keys of a sitting's printing jobs begin."""
    return f"{PRINT_JOB}:{sitting_id}:"


def prints_of(paper: Paper, account_id: int | None) -> Sequence[Job]:
    """Return the printing jobs of a paper that an account has asked for, newest first."""
    query = select(Job).where(
        Job.kind == PRINT_JOB,
        Job.account_id == (account_id or 0),
        Job.key.startswith(print_key(paper.sitting_id), autoescape=True),
    )
    found = session().scalars(query.order_by(Job.id.desc()))
    return [job for job in found if job.arguments["paper"] == paper.id]


def get_print(job_id: int, paper: Paper, actor: Actor) -> Job:
    """Return a printing job of a paper that the actor has asked for. Raises: Missing."""
    job = get_job(job_id, kind=PRINT_JOB, account_id=actor.account_id)
    if job.arguments["paper"] != paper.id:
        raise Missing(kind="job")
    return job


def prints_kept(sitting_id: int) -> list[str]:
    """Return the tokens of the files that printing for a sitting has left."""
    query = select(Job).where(Job.key.startswith(print_key(sitting_id), autoescape=True))
    outcomes = [job.outcome or {} for job in session().scalars(query)]
    return [str(each["token"]) for each in outcomes if "token" in each]


def room_place(sitting: Sitting, room_id: int) -> int:
    """Return the place of a room among the rooms of its site, from 1. Raises: Missing."""
    rooms = [room.id for room in sittings.rooms_of(sitting.site_id)]
    if room_id not in rooms:
        raise Missing(kind="room")
    return rooms.index(room_id) + 1
