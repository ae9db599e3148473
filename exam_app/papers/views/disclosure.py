"""Making a paper public after the retake window, by two custodians."""

from __future__ import annotations

from flask import g, request
from flask.typing import ResponseReturnValue

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.papers import queries, service
from exam_app.papers.forms import DisclosureForm
from exam_app.papers.views.base import bp, carried_out


@bp.post("/papers/<int:paper_id>/disclosure-consent")
@requires(Permission.PAPER_OPEN)
def consent_to_disclose(paper_id: int) -> ResponseReturnValue:
    """Consent to make a paper public as the first custodian, with the passphrase."""
    paper, form = queries.get_paper(paper_id, g.actor), DisclosureForm(request.form)
    return carried_out(
        paper_id,
        "disclosure",
        form,
        lambda: service.consent_to_disclose(paper, passphrase=form.passphrase.data, actor=g.actor),
    )


@bp.post("/papers/<int:paper_id>/disclosure")
@requires(Permission.PAPER_OPEN)
def disclose_paper(paper_id: int) -> ResponseReturnValue:
    """Make a paper public as the second custodian, with the passphrase."""
    paper, form = queries.get_paper(paper_id, g.actor), DisclosureForm(request.form)
    return carried_out(
        paper_id,
        "disclosure",
        form,
        lambda: service.disclose(paper, passphrase=form.passphrase.data, actor=g.actor),
    )
