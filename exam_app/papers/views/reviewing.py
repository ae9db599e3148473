"""A drawn paper under review: looked at, remarked on, items struck out, approved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.forms import BaseForm
from exam_app.papers import candidate, queries, reviews, service
from exam_app.papers.forms import AnswerForm, ApprovalForm, RemarkForm, StrikeForm
from exam_app.papers.terms import PaperState
from exam_app.papers.views.base import bp, carried_out, note_refused
from exam_app.people import queries as people


def _content_page(paper_id: int, **forms: BaseForm) -> str:
    paper = queries.get_paper(paper_id, g.actor)
    with transaction():
        view = service.view_paper(paper, actor=g.actor)
    blank = {"approval": ApprovalForm(None), "strike": StrikeForm(None), "remark": RemarkForm(None)}
    return render_template(
        "papers/content.html",
        paper=paper,
        view=view,
        report=service.report(paper, actor=g.actor),
        refused=queries.refused_draws(paper.class_id),
        pictures=candidate.shown_pictures,
        own=people.same_person(g.actor, paper.author_id),
        drawn=paper.state is PaperState.DRAWN,
        returned=reviews.is_returned(paper_id),
        **(blank | forms),
    )


def _reviewed(
    paper_id: int, name: str, form: BaseForm, change: Callable[[], Any]
) -> ResponseReturnValue | None:
    """Carry a form of the page out; return the page with the form where it is refused."""
    if form.validate():
        try:
            with transaction():
                change()
            return None
        except (BadInput, RuleBroken) as error:
            form.refuse(error)
            paper = queries.get_paper(paper_id, g.actor)
            about = {"sitting_id": paper.sitting_id, "blueprint_id": paper.blueprint_id}
            note_refused(error, kind=paper.kind, **about)
    return _content_page(paper_id, **{name: form}), 422


@bp.post("/papers/<int:paper_id>/content")
@requires(Permission.PAPER_VIEW)
def show_content(paper_id: int) -> str:
    """Show an unsealed paper as its candidates will read it; written down."""
    return _content_page(paper_id)


@bp.post("/papers/<int:paper_id>/approval")
@requires(Permission.PAPER_APPROVE)
def approve_paper(paper_id: int) -> ResponseReturnValue:
    """Approve another person's paper."""
    paper, form = queries.get_paper(paper_id, g.actor), ApprovalForm(request.form)
    page = _reviewed(
        paper_id,
        "approval",
        form,
        lambda: service.approve(paper, note=form.note.data, actor=g.actor),
    )
    if page is None:
        flash(_("试卷已审定，可以封存。"))
    return page or redirect(url_for("papers.show_paper", paper_id=paper_id), 303)


@bp.post("/papers/<int:paper_id>/strikes")
@requires(Permission.PAPER_APPROVE)
def strike_item(paper_id: int) -> ResponseReturnValue:
    """Strike an item out of a paper, which is drawn again without it."""
    paper, form = queries.get_paper(paper_id, g.actor), StrikeForm(request.form)
    page = _reviewed(
        paper_id,
        "strike",
        form,
        lambda: service.strike(
            paper, number=form.number.data, reason=form.reason.data, actor=g.actor
        ),
    )
    if page is None:
        flash(_("已剔除该题，并按同一细目表、同一种子重新抽题；次数和理由已登记。"))
    return page or _content_page(paper_id)


@bp.post("/papers/<int:paper_id>/remarks")
@requires(Permission.PAPER_APPROVE)
def return_paper(paper_id: int) -> ResponseReturnValue:
    """Send a paper back to its setter with a remark."""
    paper, form = queries.get_paper(paper_id, g.actor), RemarkForm(request.form)
    page = _reviewed(
        paper_id,
        "remark",
        form,
        lambda: service.remark(paper, text=form.text.data, actor=g.actor),
    )
    return page or redirect(url_for("papers.show_paper", paper_id=paper_id), 303)


@bp.post("/papers/<int:paper_id>/answers")
@requires(Permission.PAPER_COMPOSE)
def answer_remark(paper_id: int) -> ResponseReturnValue:
    """Answer the approver's remark as the setter."""
    paper, form = queries.get_paper(paper_id, g.actor), AnswerForm(request.form)
    return carried_out(
        paper_id,
        "answer",
        form,
        lambda: service.answer(paper, text=form.text.data, actor=g.actor),
    )
