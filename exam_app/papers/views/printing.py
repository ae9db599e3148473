"""Copies of a room: asked for, made in the background, taken by the chief who asked."""

from __future__ import annotations

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.errors import ExamError
from exam_app.core.forms import choices
from exam_app.core.messages import sentence
from exam_app.core.web import back_to, carried_out, download
from exam_app.papers import labels, printed, queries, service
from exam_app.papers.forms import RoomPrintForm
from exam_app.papers.views.base import bp
from exam_app.sittings import queries as sittings
from question_bank.copies import Scheme


@bp.get("/papers/<int:paper_id>/prints")
@requires(Permission.PAPER_PRINT)
def show_prints(paper_id: int) -> ResponseReturnValue:
    """Show what was asked for of a paper, and the form to ask for a room's copies."""
    return _prints(paper_id, _form(paper_id, RoomPrintForm()))


def _form(paper_id: int, form: RoomPrintForm) -> RoomPrintForm:
    paper = queries.see_paper(paper_id, g.actor)
    sitting = queries.sitting_of(paper)
    used = {entry.room_id for entry in sittings.entries_of(sitting.id)}
    rooms = [room for room in sittings.rooms_of(sitting.site_id) if room.id in used]
    form.room_id.choices = choices((room.id, room.name) for room in rooms)
    form.scheme.choices = choices(labels.SCHEMES)
    return form


def _prints(paper_id: int, form: RoomPrintForm) -> str:
    paper = queries.see_paper(paper_id, g.actor)
    return render_template(
        "papers/prints.html",
        paper=paper,
        form=form,
        jobs=printed.prints_of(paper, g.actor.account_id),
    )


@bp.post("/papers/<int:paper_id>/prints")
@requires(Permission.PAPER_PRINT)
def ask_print(paper_id: int) -> ResponseReturnValue:
    """Ask for the copies of a room."""
    paper = queries.get_paper(paper_id, g.actor)
    form = _form(paper_id, RoomPrintForm(request.form))
    done = carried_out(
        form,
        lambda: service.ask_print(
            paper,
            room_id=form.room_id.data,
            scheme=Scheme(form.scheme.data),
            spares=form.spares.data,
            duplex=form.duplex.data,
            large=form.large_seats,
            actor=g.actor,
        ),
    )
    if not done:
        return _prints(paper_id, form), 422
    return back_to("papers.show_prints", paper_id=paper_id)


@bp.get("/papers/<int:paper_id>/prints/<int:job_id>")
@requires(Permission.PAPER_PRINT)
def show_print(paper_id: int, job_id: int) -> ResponseReturnValue:
    """Show how far a document is; the button to take it once it is made."""
    paper = queries.see_paper(paper_id, g.actor)
    job = printed.get_print(job_id, paper, g.actor)
    if request.accept_mimetypes.best == "application/json":
        return {
            "done": job.done,
            "total": job.total,
            "over": job.is_over,
            "state": str(labels.JOB_STATES[job.state]),
        }
    failure = ""
    if job.is_over and not job.outcome and job.error:
        failure = sentence(ExamError(job.error["code"], **job.error["facts"]))
    return render_template("papers/print_progress.html", paper=paper, job=job, failure=failure)


@bp.post("/papers/<int:paper_id>/prints/<int:job_id>/document")
@requires(Permission.PAPER_PRINT)
def take_print(paper_id: int, job_id: int) -> Response:
    """Download a made document; its copies go into the custody log."""
    paper = queries.get_paper(paper_id, g.actor)
    job = printed.get_print(job_id, paper, g.actor)
    with transaction():
        document, name = service.take_print(paper, job, actor=g.actor)
    return download(document, name)


@bp.post("/papers/<int:paper_id>/text-document")
@requires(Permission.PAPER_PRINT)
def take_text(paper_id: int) -> Response:
    """Download the opened paper as an editable document."""
    paper = queries.get_paper(paper_id, g.actor)
    with transaction():
        document = service.paper_as_text(paper, actor=g.actor)
    return download(document, f"{paper.code}.docx")
