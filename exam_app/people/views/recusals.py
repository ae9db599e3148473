"""Pages of recusals (回避)."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core import clock
from exam_app.core.web import back_to, carried_out
from exam_app.people import listings, queries, service
from exam_app.people.forms import ReasonForm, RecusalForm
from exam_app.people.views.blueprint import bp, form_page, pairs


@bp.get("/recusals")
@requires(Permission.RECUSAL_RECORD)
def recusals() -> ResponseReturnValue:
    """List recusals, newest first."""
    return render_template("people/recusals.html", rows=listings.recusals(), today=clock.today())


@bp.get("/recusals/new")
@requires(Permission.RECUSAL_RECORD)
def new_recusal() -> ResponseReturnValue:
    """Show the form of a new recusal."""
    return form_page(_form(), _("登记回避"), _("登记"))


@bp.post("/recusals/new")
@requires(Permission.RECUSAL_RECORD)
def create_recusal() -> ResponseReturnValue:
    """Record a recusal."""
    form = _form()
    if not carried_out(form, lambda: _record(form)):
        return form_page(form, _("登记回避"), _("登记"))
    flash(_("回避已登记。"))
    return back_to("people.recusals")


@bp.get("/recusals/<int:recusal_id>/ending")
@requires(Permission.RECUSAL_RECORD)
def ask_end_recusal(recusal_id: int) -> ResponseReturnValue:
    """Ask why a recusal ends."""
    queries.get_recusal(recusal_id)
    return form_page(ReasonForm(), _("解除回避"), _("解除"))


@bp.post("/recusals/<int:recusal_id>/ending")
@requires(Permission.RECUSAL_RECORD)
def end_recusal(recusal_id: int) -> ResponseReturnValue:
    """Let a recusal end."""
    form, row = ReasonForm(request.form), queries.get_recusal(recusal_id)
    if not carried_out(
        form, lambda: service.end_recusal(row, reason=form.reason.data, actor=g.actor)
    ):
        return form_page(form, _("解除回避"), _("解除"))
    flash(_("回避已解除。"))
    return back_to("people.recusals")


def _form() -> RecusalForm:
    form = RecusalForm(request.form)
    form.offer(pairs(queries.organisations()))
    return form


def _record(form: RecusalForm) -> None:
    other = form.other_id_number.data
    place_id = form.organisation_id.data
    service.record_recusal(
        queries.require_person(form.id_number.data, field="id_number"),
        other_person=queries.require_person(other, field="other_id_number") if other else None,
        organisation=None if place_id is None else queries.get_organisation(place_id),
        reason=form.reason.data,
        from_on=form.from_on.data,
        until_on=form.until_on.data,
        actor=g.actor,
    )
