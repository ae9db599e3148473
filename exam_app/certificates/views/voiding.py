"""The page of a sitting's voiding (整场作废): one person asks, another decides."""

from __future__ import annotations

from flask import Response, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.certificates import decisions, pages, queries, service
from exam_app.certificates.forms import ReasonForm
from exam_app.certificates.views.blueprint import bp
from exam_app.core.db import transaction
from exam_app.core.web import back_to, carried_out


@bp.get("/sittings/<int:sitting_id>/voiding")
@requires(Permission.CERTIFICATE_REVOKE)
def voiding(sitting_id: int) -> str:
    """Show what a voiding would take with it, what was asked, and the form to ask."""
    return _page(sitting_id, ReasonForm())


@bp.post("/sittings/<int:sitting_id>/voiding")
@requires(Permission.CERTIFICATE_REVOKE)
def propose_voiding(sitting_id: int) -> ResponseReturnValue:
    """Write down that a sitting is to be declared void, and why."""
    sitting = queries.see_sitting(sitting_id, g.actor)
    form = ReasonForm(request.form)
    done = carried_out(
        form, lambda: service.ask_voiding(sitting, reason=form.reason.data, actor=g.actor)
    )
    if not done:
        return _page(sitting_id, form), 422
    flash(_("已提出整场作废，须由另一名证书签发人决定。"))
    return back_to("certificates.voiding", sitting_id=sitting_id)


@bp.post("/sitting-voidings/<int:voiding_id>/decision")
@requires(Permission.CERTIFICATE_REVOKE)
def decide_voiding(voiding_id: int) -> Response:
    """Declare the sitting void."""
    asked, sitting = queries.see_voiding(voiding_id, g.actor)
    sitting_id = sitting.id
    with transaction():
        count = len(service.decide_voiding(asked, actor=g.actor))
    flash(_("整场作废已生效：%(count)s 份证书作废，已计入的学时一并冲销。", count=count))
    return back_to("certificates.voiding", sitting_id=sitting_id)


@bp.post("/sitting-voidings/<int:voiding_id>/rejection")
@requires(Permission.CERTIFICATE_REVOKE)
def reject_voiding(voiding_id: int) -> Response:
    """Let the sitting stand."""
    asked, sitting = queries.see_voiding(voiding_id, g.actor)
    sitting_id = sitting.id
    with transaction():
        service.reject_voiding(asked, actor=g.actor)
    flash(_("已驳回，场次不变。"))
    return back_to("certificates.voiding", sitting_id=sitting_id)


def _page(sitting_id: int, form: ReasonForm) -> str:
    sitting = queries.see_sitting(sitting_id, g.actor)
    return render_template(
        "certificates/voiding.html",
        sitting=sitting,
        asked=pages.voidings_of(sitting),
        may_ask=decisions.may_ask_voiding(sitting_id),
        certificates=queries.standing_of_sitting(sitting_id),
        form=form,
        form_errors=form.summary(),
    )
