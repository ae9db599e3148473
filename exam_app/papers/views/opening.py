"""Opening by two custodians; the reserve early by two approvers."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.papers import queries, service
from exam_app.papers.forms import PassphraseForm, ReasonForm
from exam_app.papers.views.base import bp, carried_out


@bp.post("/papers/<int:paper_id>/opening-consent")
@requires(Permission.PAPER_OPEN)
def consent_to_open(paper_id: int) -> ResponseReturnValue:
    """Consent to open as the first custodian, with the passphrase."""
    paper, form = queries.get_paper(paper_id, g.actor), PassphraseForm(request.form)
    return carried_out(
        paper_id,
        "opening",
        form,
        lambda: service.consent_to_open(
            paper, passphrase=form.passphrase.data, reason=form.reason.data, actor=g.actor
        ),
    )


@bp.post("/papers/<int:paper_id>/opening")
@requires(Permission.PAPER_OPEN)
def open_paper(paper_id: int) -> ResponseReturnValue:
    """Open as the second custodian, with the passphrase."""
    paper, form = queries.get_paper(paper_id, g.actor), PassphraseForm(request.form)
    return carried_out(
        paper_id,
        "opening",
        form,
        lambda: service.open_paper(
            paper, passphrase=form.passphrase.data, reason=form.reason.data, actor=g.actor
        ),
    )


@bp.get("/reserve-papers")
@requires(Permission.PAPER_OPEN_EARLY)
def list_reserves() -> str:
    """List the sealed reserve papers that two approvers may let out early."""
    rows = [
        (paper, queries.sitting_of(paper), queries.early_asked(paper, g.actor))
        for paper in queries.reserves_for(g.actor)
    ]
    return render_template("papers/reserves.html", rows=rows, form=ReasonForm())


@bp.post("/papers/<int:paper_id>/early-consent")
@requires(Permission.PAPER_OPEN_EARLY)
def consent_early(paper_id: int) -> ResponseReturnValue:
    """Ask, as the first approver, that the reserve be opened before its window."""
    form = ReasonForm(request.form)
    form.validate()
    with transaction():
        service.consent_to_open_reserve_early(
            queries.get_paper(paper_id, g.actor), reason=form.reason.data or "", actor=g.actor
        )
    flash(_("已提出应急启封，等待另一名授权审批人同意。"))
    return redirect(url_for("papers.list_reserves"), 303)


@bp.post("/papers/<int:paper_id>/early-opening")
@requires(Permission.PAPER_OPEN_EARLY)
def open_early(paper_id: int) -> ResponseReturnValue:
    """Agree, as the second approver; the custodians may open for two hours."""
    form = ReasonForm(request.form)
    form.validate()
    with transaction():
        service.open_reserve_early(
            queries.get_paper(paper_id, g.actor), reason=form.reason.data or "", actor=g.actor
        )
    flash(_("已同意应急启封：两小时内可由两名保管人启封备用卷。"))
    return redirect(url_for("papers.list_reserves"), 303)
