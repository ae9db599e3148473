"""Papers of a class: drawn, looked at, approved, taken back."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import queries as bank
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.papers import candidate, labels, queries, rules, service
from exam_app.papers.forms import ApprovalForm, DrawForm, ReasonForm
from exam_app.papers.terms import PaperKind, PaperState
from exam_app.papers.views.base import bp, carried_out, paper_page
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings


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
        try:
            with transaction():
                blueprint = bank.get_blueprint(form.blueprint_id.data, g.actor)
                kind = PaperKind(form.kind.data)
                paper = service.draw(sitting, kind=kind, blueprint=blueprint, actor=g.actor)
            return redirect(url_for("papers.show_paper", paper_id=paper.id), 303)
        except (BadInput, RuleBroken) as error:
            form.refuse(error)
    return _class_page(sitting.class_id, form)


@bp.get("/papers/<int:paper_id>")
@requires(Permission.SITTING_VIEW)
def show_paper(paper_id: int) -> ResponseReturnValue:
    """Show where a paper stands; its content is not on this page."""
    return paper_page(paper_id)


def _content_page(paper_id: int, form: ApprovalForm) -> str:
    paper = queries.get_paper(paper_id, g.actor)
    with transaction():
        view = service.view_paper(paper, actor=g.actor)
    return render_template(
        "papers/content.html",
        paper=paper,
        view=view,
        pictures=candidate.shown_pictures,
        blueprint=bank.to_blueprint(bank.get_blueprint(paper.blueprint_id, g.actor)),
        own=people.same_person(g.actor, paper.author_id),
        drawn=paper.state is PaperState.DRAWN,
        form=form,
    )


@bp.post("/papers/<int:paper_id>/content")
@requires(Permission.PAPER_VIEW)
def show_content(paper_id: int) -> str:
    """Show an unsealed paper as its candidates will read it; written down."""
    return _content_page(paper_id, ApprovalForm(None))


@bp.post("/papers/<int:paper_id>/approval")
@requires(Permission.PAPER_APPROVE)
def approve_paper(paper_id: int) -> ResponseReturnValue:
    """Approve another person's paper."""
    form = ApprovalForm(request.form)
    if not form.validate():
        return _content_page(paper_id, form), 422
    with transaction():
        paper = queries.get_paper(paper_id, g.actor)
        service.approve(paper, note=form.note.data, actor=g.actor)
    flash(_("试卷已审定，可以封存。"))
    return redirect(url_for("papers.show_paper", paper_id=paper_id), 303)


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
