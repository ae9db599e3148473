"""The public look-up of one's own result by name and ticket number (成绩查询)."""

from __future__ import annotations

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from exam_app.access.guard import public
from exam_app.marking import labels
from exam_app.marking.forms import LookUpForm
from exam_app.marking.look_up import LookUpLimited, look_up
from exam_app.marking.views.blueprint import bp


@bp.get("/results/look-up")
@public
def ask_result() -> ResponseReturnValue:
    """Show the form."""
    return _page(LookUpForm())


@bp.post("/results/look-up")
@public
def find_result() -> ResponseReturnValue:
    """Answer with the result of exactly this name and ticket, or with one sentence for all else."""
    form = LookUpForm(request.form)
    if not form.validate():
        return _page(form), 422
    try:
        found = look_up(
            name=form.name.data,
            ticket_number=form.ticket_number.data,
            address=request.remote_addr or "",
            actor=g.actor,
        )
    except LookUpLimited as limited:
        form.refuse(limited)
        return _page(form), limited.status
    return _page(form, asked=True, found=found)


def _page(form: LookUpForm, **more: object) -> str:
    return render_template(
        "marking/look_up.html",
        form=form,
        form_errors=form.summary(),
        outcomes=labels.OUTCOMES,
        badges=labels.OUTCOME_BADGES,
        **more,
    )
