"""A wrong key put right: who crosses the pass mark is shown before anybody decides (改判)."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput
from exam_app.core.web import back_to, carried_out
from exam_app.marking import labels, queries, service
from exam_app.marking.forms import DecisionForm, RegradeForm
from exam_app.marking.views.blueprint import bp


@bp.get("/sittings/<int:sitting_id>/regrades/new")
@requires(Permission.REGRADE_PROPOSE)
def new_regrade(sitting_id: int) -> ResponseReturnValue:
    """Show the form of a changed key."""
    sitting = queries.see_results(sitting_id, g.actor)
    return render_template("marking/regrade_new.html", sitting=sitting, form=RegradeForm())


@bp.post("/sittings/<int:sitting_id>/regrades/new")
@requires(Permission.REGRADE_PROPOSE)
def propose_regrade(sitting_id: int) -> ResponseReturnValue:
    """Propose a changed key and go to what it would do."""
    form, made = RegradeForm(request.form), []
    sitting = queries.see_results(sitting_id, g.actor)
    done = carried_out(
        form,
        lambda: made.append(
            service.propose_regrade(
                queries.paper_of(sitting),
                question=form.question.data,
                new_key=form.new_key.data,
                reason=form.reason.data,
                actor=g.actor,
            )
        ),
    )
    if not done:
        page = render_template(
            "marking/regrade_new.html", sitting=sitting, form=form, form_errors=form.summary()
        )
        return page, 422
    flash(_("已提出改判，尚未生效；须由另一人批准。"))
    return back_to("marking.show_regrade", regrade_id=made[0].id)


@bp.get("/regrades/<int:regrade_id>")
@requires(Permission.RESULT_VIEW)
def show_regrade(regrade_id: int) -> ResponseReturnValue:
    """Show what a changed key does, those who cross the pass mark first."""
    regrade, sitting = queries.see_regrade(regrade_id, g.actor)
    return render_template(
        "marking/regrade.html",
        regrade=regrade,
        sitting=sitting,
        rows=queries.crossings(regrade),
        proposer=queries.name_of(regrade.proposed_by_id),
        decider=queries.name_of(regrade.decided_by_id),
        outcomes=labels.OUTCOMES,
        states=labels.REGRADE_STATES,
    )


@bp.post("/regrades/<int:regrade_id>/decision")
@requires(Permission.REGRADE_APPROVE)
def decide_regrade(regrade_id: int) -> ResponseReturnValue:
    """Apply or reject a changed key as the second person."""
    form = DecisionForm(request.form)
    if not form.validate():
        raise BadInput
    regrade, _sitting = queries.see_regrade(regrade_id, g.actor)
    with transaction():
        service.decide_regrade(regrade, apply=form.apply, actor=g.actor)
    flash(_("已批准改判，成绩已更新。") if form.apply else _("已驳回改判。"))
    return back_to("marking.show_regrade", regrade_id=regrade_id)
