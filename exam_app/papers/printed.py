"""Reads of printing (印制): jobs asked for, how copies differ, what is kept until closing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from exam_app.access.actor import Actor
from exam_app.audit import queries as audit
from exam_app.audit.actions import Action
from exam_app.core.db import session
from exam_app.core.errors import Missing
from exam_app.core.jobs import Job, JobState, get_job
from exam_app.papers import rules
from exam_app.papers.models import Paper
from exam_app.papers.terms import CustodyKind
from exam_app.sittings import queries as sittings
from exam_app.sittings.models import Sitting

PRINT_JOB = "paper-print"
_ALIKE = (None, "same")


def print_scheme(paper: Paper) -> str | None:
    """Return how the copies of a paper differ, as first printed; None before that."""
    schemes = (told.get("scheme") for told in _printings(paper))
    return next((str(scheme) for scheme in schemes if scheme), None)


def numbers_to_key(paper: Paper) -> frozenset[int]:
    """Return the copy numbers a script may bear; none where letters count as on the paper itself.

    So where nothing was printed by rooms, and where all copies are alike. 0 stands for a script
    without number, which may be where the paper itself was printed beside its copies.
    """
    numbers = {number for number, _ in copies_made(paper)}
    if not numbers or print_scheme(paper) in _ALIKE:
        return frozenset()
    return frozenset(numbers | ({0} if _printed_itself(paper) else set()))


def copies_spoiled(paper: Paper) -> frozenset[int]:
    """Return the numbers of copies that two persons noted as spoiled, the latest note counting."""
    spoiled: set[int] = set()
    for told in _told(paper, Action.CUSTODY_RECORDED):
        numbers = set(told.get("numbers", ()))
        if told.get("step") != "first":
            spoiled -= numbers
            spoiled |= numbers if told["kind"] == CustodyKind.SPOILED else set()
    return frozenset(spoiled)


def _printings(paper: Paper) -> list[dict[str, Any]]:
    return _told(paper, Action.PAPER_PRINTED)


def _told(paper: Paper, action: Action) -> list[dict[str, Any]]:
    wanted = audit.Filter(subject_type="paper", subject_id=str(paper.id), actions=(action.value,))
    return [audit.detail_of(entry) for entry in audit.entries_in_order(wanted)]


def _printed_itself(paper: Paper) -> bool:
    """Return whether the paper was printed in its own order, with no copy numbers."""
    return any("step" not in told for told in _printings(paper))


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


def copies_made(paper: Paper) -> list[tuple[int, str]]:
    """Return number and seat ("" for a spare one) of the copies made of a paper, by number."""
    query = select(Job).where(
        Job.kind == PRINT_JOB,
        Job.state == JobState.DONE,
        Job.key.startswith(print_key(paper.sitting_id), autoescape=True),
    )
    made: dict[int, str] = {}
    for job in session().scalars(query):
        given = job.arguments
        if given["paper"] == paper.id:
            place = given["place"]
            made |= {rules.copy_number(place, seat): f"{seat:02}" for seat in given["seats"]}
            made |= {rules.spare_number(place, at + 1): "" for at in range(given["spares"])}
    return sorted(made.items())
