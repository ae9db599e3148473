"""Papers of a class: drawn, taken back."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import diagnosis
from exam_app.bank import queries as bank
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.papers import labels, queries, reviews, rules, service
from exam_app.papers.forms import DrawForm, ReasonForm
from exam_app.papers.terms import PaperKind
from exam_app.papers.views.base import bp, carried_out, note_refused, paper_page
from exam_app.sittings import queries as sittings
from question_bank.capacity import NEIGHBOURS


@bp.get("/classes/<int:class_id>/papers")
@requires(Permission.SITTING_VIEW)
def class_papers(class_id: int) -> ResponseReturnValue:
    """Show the papers of a class, redraws counted, and what can be drawn."""
    return _class_page(class_id)


def _class_page(class_id: int, form: DrawForm | None = None) -> ResponseReturnValue:
    training_class = queries.see_class(class_id, g.actor)
    page = render_template(
        "papers/class.html",
        training_class=training_class,
        papers=queries.papers_of(class_id),
        refused=queries.refused_draws(class_id),
        is_returned=reviews.is_returned,
        sittings=[
            (each, form if form and form.sitting_id == each.id else _draw_form(each.id))
            for each in sittings.sittings_of(class_id)
        ],
    )
    return (page, 422) if form else page


def _draw_form(sitting_id: int, *, filled: bool = False) -> DrawForm:
    sitting = sittings.get_sitting(sitting_id, g.actor)
    form = DrawForm(request.form if filled else None)
    form.sitting_id = sitting_id
    held = {each.kind for each in queries.live_papers(sitting_id)}
    kinds = rules.KINDS_OF[sitting.kind]
    form.kind.choices = [(each, labels.KINDS[each]) for each in kinds if each not in held]
    about = sitting.training_class
    found = bank.approved_blueprints(
        about.project.authority_id, industry=about.industry, category=about.category.value
    )
    form.blueprint_id.choices = [(row.id, f"{row.code} {row.title}") for row in found]
    return form


@bp.post("/sittings/<int:sitting_id>/papers")
@requires(Permission.PAPER_COMPOSE)
def draw_paper(sitting_id: int) -> ResponseReturnValue:
    """Draw a paper for a sitting."""
    sitting = sittings.get_sitting(sitting_id, g.actor)
    form = _draw_form(sitting_id, filled=True)
    if form.validate():
        kind, wanted = PaperKind(form.kind.data), form.blueprint_id.data
        try:
            with transaction():
                blueprint = bank.get_blueprint(wanted, g.actor)
                paper = service.draw(sitting, kind=kind, blueprint=blueprint, actor=g.actor)
            return redirect(url_for("papers.show_paper", paper_id=paper.id), 303)
        except (BadInput, RuleBroken) as error:
            form.refuse(error)
            note_refused(error, sitting_id=sitting_id, kind=kind, blueprint_id=wanted)
    return _class_page(sitting.class_id, form)


@bp.get("/papers/<int:paper_id>")
@requires(Permission.SITTING_VIEW)
def show_paper(paper_id: int) -> ResponseReturnValue:
    """Show where a paper stands; its content is not on this page."""
    return paper_page(paper_id)


@bp.post("/papers/<int:paper_id>/withdrawal")
@requires(Permission.PAPER_COMPOSE)
def withdraw_paper(paper_id: int) -> ResponseReturnValue:
    """Take a paper back with a reason, so that another can be drawn."""
    paper, form = queries.get_paper(paper_id, g.actor), ReasonForm(request.form)
    return carried_out(
        paper_id,
        "withdrawal",
        form,
        lambda: service.withdraw(paper, reason=form.reason.data, actor=g.actor),
    )


@bp.get("/blueprints/<int:blueprint_id>/capacity")
@requires(Permission.PAPER_VIEW)
def show_capacity(blueprint_id: int) -> str:
    """Show how many papers the bank still carries for a blueprint, and which rule binds."""
    row = bank.get_blueprint(blueprint_id, g.actor)
    found = service.carried_now(row)
    return render_template(
        "papers/capacity.html",
        row=row,
        found=found,
        lines=diagnosis.carried_words(found),
        neighbours=NEIGHBOURS,
    )
