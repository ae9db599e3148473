"""Released results for the provider, the enterprise and the trainee: each their own, no more."""

from __future__ import annotations

from flask import g, render_template
from flask.typing import ResponseReturnValue

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.marking import labels, queries
from exam_app.marking.views.blueprint import bp


@bp.get("/classes/<int:class_id>/passed")
@requires(Permission.RESULT_VIEW_CLASS)
def show_passed(class_id: int) -> ResponseReturnValue:
    """List who of the provider's own class passed; no marks, nobody who failed."""
    training_class, results = queries.passed_of(class_id, g.actor)
    return render_template("marking/passed.html", training_class=training_class, results=results)


@bp.get("/results/enterprise")
@requires(Permission.RESULT_VIEW_ENTERPRISE)
def show_enterprise() -> ResponseReturnValue:
    """List how the enterprise's own people did; no marks."""
    return render_template(
        "marking/enterprise.html",
        rows=queries.results_for_enterprise(g.actor),
        outcomes=labels.OUTCOMES,
        badges=labels.OUTCOME_BADGES,
    )


@bp.get("/my/results")
@requires(Permission.RESULT_VIEW_OWN)
def show_own() -> ResponseReturnValue:
    """Show the trainee's own released results."""
    return render_template(
        "marking/own.html",
        rows=queries.results_for_person(g.actor.person_id),
        outcomes=labels.OUTCOMES,
        badges=labels.OUTCOME_BADGES,
    )
