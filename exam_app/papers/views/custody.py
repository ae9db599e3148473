"""Printing by the chief, and the custody log signed by two."""

from __future__ import annotations

from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.forms import choices
from exam_app.core.web import download
from exam_app.papers import labels, queries, service
from exam_app.papers.forms import CustodyForm, DestructionForm, PrintForm
from exam_app.papers.terms import CustodyKind
from exam_app.papers.views.base import bp, carried_out, paper_page


@bp.post("/papers/<int:paper_id>/print")
@requires(Permission.PAPER_PRINT)
def print_paper(paper_id: int) -> ResponseReturnValue | Response:
    """Download the opened paper to print; the copies go into the custody log."""
    paper, form = queries.get_paper(paper_id, g.actor), PrintForm(request.form)
    if not form.validate():
        return paper_page(paper_id, printing=form)
    with transaction():
        document = service.print_paper(paper, copies=form.copies.data, actor=g.actor)
    return download(document, f"{paper.code}.pdf")


@bp.post("/papers/<int:paper_id>/custody")
@requires(Permission.CUSTODY_RECORD)
def note_custody(paper_id: int) -> ResponseReturnValue:
    """Note what was done with copies; a second person signs it."""
    paper, form = queries.get_paper(paper_id, g.actor), CustodyForm(request.form)
    form.kind.choices = choices(labels.BY_HAND)
    return carried_out(
        paper_id,
        "custody",
        form,
        lambda: service.agree_custody(
            paper,
            kind=CustodyKind(form.kind.data),
            copies=form.copies.data,
            note=form.note.data or "",
            numbers=form.copy_numbers,
            actor=g.actor,
        ),
    )


@bp.post("/papers/<int:paper_id>/custody/<int:consent_id>")
@requires(Permission.CUSTODY_RECORD)
def sign_custody(paper_id: int, consent_id: int) -> ResponseReturnValue:
    """Sign, as the second person, what the first has noted."""
    return _sign(paper_id, consent_id)


def _sign(paper_id: int, consent_id: int) -> ResponseReturnValue:
    paper = queries.get_paper(paper_id, g.actor)
    with transaction():
        service.record_custody(queries.get_custody_note(consent_id, paper), actor=g.actor)
    flash(_("流转已登记。"))
    return redirect(url_for("papers.show_paper", paper_id=paper_id), 303)


@bp.post("/papers/<int:paper_id>/destruction")
@requires(Permission.PAPER_DESTROY)
def note_destruction(paper_id: int) -> ResponseReturnValue:
    """Note that copies were destroyed; a second custodian signs it."""
    paper, form = queries.get_paper(paper_id, g.actor), DestructionForm(request.form)
    return carried_out(
        paper_id,
        "destruction",
        form,
        lambda: service.agree_custody(
            paper,
            kind=CustodyKind.DESTROYED,
            copies=form.copies.data,
            note=form.note.data,
            actor=g.actor,
        ),
    )


@bp.post("/papers/<int:paper_id>/destruction/<int:consent_id>")
@requires(Permission.PAPER_DESTROY)
def sign_destruction(paper_id: int, consent_id: int) -> ResponseReturnValue:
    """Sign, as the second custodian, that copies were destroyed."""
    return _sign(paper_id, consent_id)
