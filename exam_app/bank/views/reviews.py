"""Reviews: what waits, one item beside its article, one verdict on several."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import adapter, labels, queries, service
from exam_app.bank.forms import BatchForm, ReviewForm
from exam_app.bank.terms import ReviewVerdict
from exam_app.bank.views.base import bp
from exam_app.core.db import transaction
from exam_app.core.forms import choices


@bp.get("/items/review")
@requires(Permission.ITEM_REVIEW)
def list_reviews() -> str:
    """List the items that wait for another person's review."""
    rows = queries.waiting_for_review(g.actor)
    return render_template("bank/reviews.html", rows=rows, form=_batch_form(rows))


def _batch_form(rows: object) -> BatchForm:
    form = BatchForm(request.form)
    form.items.choices = [(row.id, row.code) for row in rows]  # type: ignore[attr-defined]
    form.verdict.choices = choices(labels.VERDICTS)
    return form


@bp.post("/items/reviews")
@requires(Permission.ITEM_REVIEW)
def review_items() -> ResponseReturnValue:
    """Give one verdict on the items chosen."""
    rows = queries.waiting_for_review(g.actor)
    form = _batch_form(rows)
    if not form.validate():
        return render_template("bank/reviews.html", rows=rows, form=form), 422
    chosen = [row for row in rows if row.id in form.items.data]
    with transaction():
        count = service.review_items(
            chosen,
            verdict=ReviewVerdict(form.verdict.data),
            comment=form.comment.data,
            actor=g.actor,
        )
    flash(_("已审 %(count)s 题。", count=count))
    return redirect(url_for("bank.list_reviews"), 303)


@bp.post("/items/<int:item_id>/review-sheet")
@requires(Permission.ITEM_REVIEW)
def open_review(item_id: int) -> str:
    """Show an item, its article and the quoted words side by side; written down."""
    return _sheet(item_id, _review_form(blank=True))


def _review_form(*, blank: bool = False) -> ReviewForm:
    form = ReviewForm(None if blank else request.form)
    form.verdict.choices = choices(labels.VERDICTS)
    return form


def _sheet(item_id: int, form: ReviewForm) -> str:
    row = queries.get_item(item_id, g.actor)
    with transaction():
        item = service.view_item(row, reason=_("审题"), actor=g.actor)
    return render_template(
        "bank/review.html",
        row=row,
        item=item,
        article=adapter.article_text(item.law, item.article),
        advice=[labels.problem_text(each.code, dict(each.facts)) for each in adapter.advice(item)],
        form=form,
    )


@bp.post("/items/<int:item_id>/review")
@requires(Permission.ITEM_REVIEW)
def review_item(item_id: int) -> ResponseReturnValue:
    """Approve an item or return it to its author."""
    form = _review_form()
    if not form.validate():
        return _sheet(item_id, form), 422
    with transaction():
        service.review_item(
            queries.get_item(item_id, g.actor),
            verdict=ReviewVerdict(form.verdict.data),
            comment=form.comment.data,
            actor=g.actor,
        )
    return redirect(url_for("bank.list_reviews"), 303)
