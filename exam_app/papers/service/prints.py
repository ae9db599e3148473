"""Printing (印制): the copies of a room made in the background, handed out to the chief alone."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import files, runkeys
from exam_app.core.db import lock
from exam_app.core.errors import BadInput, Missing
from exam_app.core.jobs import Job, Running, enqueue
from exam_app.papers import candidate, printed, printing, queries, rules, vault
from exam_app.papers.models import Paper
from exam_app.papers.printing import Copy, Packet
from exam_app.papers.service.custody import add_entry
from exam_app.papers.terms import CandidateView, CustodyKind, PaperState
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings
from exam_app.sittings import sheets
from exam_app.sittings.models import Sitting
from exam_app.sittings.terms import InvigilationRole
from question_bank.copies import CopyPaper, Scheme, form_of, order_of

JOB = printed.PRINT_JOB


def print_paper(paper: Paper, *, copies: int, actor: Actor) -> bytes:
    """Return the opened paper as PDF for so many copies, and note them in the custody log.

    Raises: DutyConflict: not the chief of this sitting, or outside its window.
        RuleBroken: the paper is not open. BadInput: 1 to 500 copies.
    """
    sitting = _require(paper, actor)
    rules.check_copies(copies)
    view = candidate.candidate_paper(sitting.id)
    document = printing.paper_pdf(
        view, class_name=sitting.training_class.name, pictures=_pictures(view)
    )
    add_entry(paper, CustodyKind.PRINTED, copies, "", actor, agreed_by=None)
    _record(paper, actor, copies=copies)
    return document


def paper_as_text(paper: Paper, *, actor: Actor) -> bytes:
    """Return the opened paper as an editable document (DOCX), for printing elsewhere.

    Raises: as ``print_paper``.
    """
    sitting = _require(paper, actor)
    view = candidate.candidate_paper(sitting.id)
    document = printing.paper_docx(
        view, class_name=sitting.training_class.name, pictures=_pictures(view)
    )
    add_entry(paper, CustodyKind.PRINTED, 1, "DOCX", actor, agreed_by=None)
    _record(paper, actor, copies=1, kind="docx")
    return document


def ask_print(
    paper: Paper,
    *,
    room_id: int,
    scheme: Scheme,
    spares: int = 0,
    duplex: bool = False,
    large: Collection[int] = (),
    actor: Actor,
) -> list[Job]:
    """Return the jobs that make the copies of a room (印制考场试卷): the usual, and the large ones.

    Args: large: seats of candidates with low vision, whose copies are A3 and in 24 point.
    Raises: as ``print_paper``; RuleBroken: copies were printed in another order
        (``print-scheme-differs``). BadInput: a seat is nobody's (``seat-not-in-room``).
    """
    sitting = _require(paper, actor)
    rules.check_spares(spares)
    rules.check_scheme(scheme.value, printed.print_scheme(paper))
    place = printed.room_place(sitting, room_id)
    seats = _seats(sitting, room_id)
    unknown = sorted(set(large) - set(seats))
    if unknown:
        raise BadInput("seat-not-in-room", field="large", seat=unknown[0])
    usual = [seat for seat in seats if seat not in large]
    asked = [("usual", usual, spares), ("large", sorted(large), 0)]
    shared = {"room": room_id, "place": place, "scheme": scheme.value, "duplex": duplex}
    made = [
        _enqueue(paper, shared | {"size": size, "seats": chosen, "spares": more}, actor)
        for size, chosen, more in asked
        if chosen or more
    ]
    if not made:
        raise BadInput("copies-out-of-range", field="spares", most=rules.MOST_COPIES)
    return made


def _enqueue(paper: Paper, wanted: Mapping[str, Any], actor: Actor) -> Job:
    copies = len(wanted["seats"]) + wanted["spares"]
    rules.check_copies(copies)
    key = printed.print_key(paper.sitting_id) + secrets.token_hex(6)
    job = enqueue(JOB, {"paper": paper.id, **wanted}, account_id=actor.account_id or 0, key=key)
    told = {name: wanted[name] for name in ("scheme", "room", "size")}
    _record(paper, actor, step="asked", copies=copies, **told)
    return job


def run_print(running: Running) -> Mapping[str, Any]:
    """Make what a job asks for and leave it encrypted under the sitting's running key.

    A worker that takes over begins anew: until it is whole the document is in memory alone.
    The duty is asked again. Raises: as ``ask_print``; RuleBroken: the sitting was closed.
    """
    given = running.arguments
    actor = people.acting(running.account_id)
    paper = queries.get_paper(given["paper"], actor)
    sitting = _require(paper, actor)
    view = candidate.candidate_paper(sitting.id)
    copies = _copies(paper, sitting, given)
    total, sitting_id, code = len(copies), sitting.id, paper.code
    running.done = 0

    def step(count: int) -> AbstractContextManager[None]:
        return running.step(parts=count, total=total)

    name, pictures = sitting.training_class.name, _pictures(view)
    if given["size"] == "large":
        data, pages = printing.large_pdf(
            view, copies, class_name=name, pictures=pictures, step=step
        )
    else:
        data, pages = printing.room_pdf(
            view,
            _packets(sitting, code, given, copies),
            class_name=name,
            pictures=pictures,
            duplex=given["duplex"],
            step=step,
        )
    box = runkeys.encrypt(candidate.sitting_key(sitting_id), data)
    filename = f"{code}-{given['place']}-{given['size']}.pdf"
    token = files.keep(box, filename, owner=_owner(sitting_id))
    return {"token": token, "pages": pages, "copies": total, "bytes": len(data)}


def take_print(paper: Paper, job: Job, *, actor: Actor) -> tuple[bytes, str]:
    """Return a made document with its name, and note its copies in the custody log as printed.

    Raises: as ``print_paper``; Missing: it is not made yet, or gone.
    """
    sitting = _require(paper, actor)
    outcome = job.outcome or {}
    if "token" not in outcome:
        raise Missing(kind="job")
    box, name = files.kept(outcome["token"], owner=_owner(sitting.id))
    data = runkeys.decrypt(candidate.sitting_key(sitting.id), box)
    room = sittings.room_of(sitting, job.arguments["room"])
    copies = int(outcome["copies"])
    add_entry(paper, CustodyKind.PRINTED, copies, room.name, actor, agreed_by=None)
    _record(
        paper,
        actor,
        step="taken",
        room=room.id,
        size=job.arguments["size"],
        copies=copies,
        pages=outcome["pages"],
    )
    return data, name


def _require(paper: Paper, actor: Actor) -> Sitting:
    """Return the paper's sitting; refuse whoever may not print it now."""
    sitting = queries.sitting_of(paper)
    facts = sittings.wall_facts(actor, sitting)
    post = sittings.duty_of(sitting.id, actor.account_id)
    facts["assigned"] = post is not None and post.role is InvigilationRole.CHIEF
    window = queries.printing_window(paper, sitting)
    duties.require(Permission.PAPER_PRINT, actor, **facts, window=window, state=True)
    lock(paper)
    rules.check_state(paper.state, paper.withdrawn_at is not None, PaperState.OPENED)
    return sitting


def _record(paper: Paper, actor: Actor, **detail: Any) -> None:
    trail.record(
        Action.PAPER_PRINTED,
        actor,
        paper,
        class_id=paper.class_id,
        sitting_id=paper.sitting_id,
        **detail,
    )


def _owner(sitting_id: int) -> str:
    return f"paper-print:{sitting_id}"


def _seats(sitting: Sitting, room_id: int) -> list[int]:
    return [each.seat for each in sittings.entries_of(sitting.id) if each.room_id == room_id]


def _pictures(view: CandidateView) -> dict[str, bytes]:
    """Return digest → file of every figure. Raises: Missing: a file is gone."""
    shown = {figure.digest for question in view.questions for figure in question.figures}
    return {digest: files.held("figures", digest) for digest in sorted(shown)}


def _copies(paper: Paper, sitting: Sitting, given: Mapping[str, Any]) -> list[Copy]:
    """Return the copies a job is to make, in the order of the seats, spare ones last."""
    ordering = vault.marking_key(paper.id).copy_paper(Scheme(given["scheme"]))
    place, seats = given["place"], set(given["seats"])
    made = [
        _copy(
            paper,
            ordering,
            rules.copy_number(place, entry.seat),
            name=entry.enrolment.person.name,
            ticket=entry.ticket_number,
            seat=f"{entry.seat:02}",
        )
        for entry in sittings.entries_of(sitting.id)
        if entry.room_id == given["room"] and entry.seat in seats
    ]
    spares = range(1, given["spares"] + 1)
    return made + [_copy(paper, ordering, rules.spare_number(place, each)) for each in spares]


def _copy(paper: Paper, ordering: CopyPaper, number: int, **whose: str) -> Copy:
    form = form_of(number, ordering.scheme)
    barcode = f"P{paper.id}-{number}{form}"
    return Copy(number, barcode, order_of(ordering, number), form, **whose)


def _packets(
    sitting: Sitting, code: str, given: Mapping[str, Any], copies: Sequence[Copy]
) -> list[Packet]:
    room = sittings.room_of(sitting, given["room"])
    said = printing.Sitting(
        title=sheets.title_of(sitting),
        site=sitting.site.name,
        room=room.name,
        when=sheets.span(sitting.starts_at, sitting.ends_at),
        code=code,
    )
    most = rules.COPIES_PER_PACKET
    parts = [copies[at : at + most] for at in range(0, len(copies), most)]
    return [
        Packet(said, at, len(parts), tuple(part), f"B{sitting.id}-{given['place']}-{at}")
        for at, part in enumerate(parts, start=1)
    ]
