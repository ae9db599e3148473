"""Reviews: what waits, items in full beside their articles, a verdict on one or on several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import labels, queries, readings, relations, service
from exam_app.bank.forms import BatchForm, ChosenForm, ReviewForm
from exam_app.bank.terms import ReviewVerdict
from exam_app.bank.views.base import beside, bp
from exam_app.core.db import transaction
from exam_app.core.forms import BaseForm, choices
from exam_app.core.web import back_to, carried_out


@bp.get("/items/review")
@requires(Permission.ITEM_REVIEW)
def list_reviews() -> str:
    """List the items that wait for another person's review, and which were read."""
    return _list(ChosenForm())


def _list(form: BaseForm) -> str:
    rows = queries.waiting_for_review(g.actor)
    last = max(-(-len(rows) // queries.PAGE_SIZE), 1)
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    shown = rows[(page - 1) * queries.PAGE_SIZE : page * queries.PAGE_SIZE]
    return render_template(
        "bank/reviews.html",
        rows=shown,
        read=readings.read_by(shown, g.actor),
        waiting=len(rows),
        page=page,
        last=last,
        form=form,
    )


@bp.post("/items/review-sheets")
@requires(Permission.ITEM_REVIEW)
def open_reviews() -> ResponseReturnValue:
    """Show the chosen items in full on one page; each look is written down."""
    rows = queries.waiting_for_review(g.actor)
    form = ChosenForm(request.form)
    form.items.choices = [(row.id, row.code) for row in rows]
    sheets: list[dict[str, Any]] = []

    def look() -> None:
        sheets.extend(_looked_at([row for row in rows if row.id in form.items.data]))

    if not carried_out(form, look):
        return _list(form), 422
    blank = _batch_form(rows, blank=True)
    blank.items.data = [sheet["row"].id for sheet in sheets]
    return _sheets(sheets, blank)


def _looked_at(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Return row, item and digest of each, read in the transaction that writes the look down."""
    items = service.view_items(rows, reason=_("批量审阅页面显示全部内容"), actor=g.actor)
    return [
        {"row": row, "item": item, "digest": row.content_digest}
        for row, item in zip(rows, items, strict=True)
    ]


def _sheets(sheets: Sequence[dict[str, Any]], form: BatchForm) -> str:
    shown = [sheet | beside(sheet["row"].authority_id, sheet["item"]) for sheet in sheets]
    return render_template("bank/review_sheets.html", sheets=shown, form=form)


def _batch_form(rows: Sequence[Any], *, blank: bool = False) -> BatchForm:
    form = BatchForm(None if blank else request.form)
    form.items.choices = [(row.id, row.code) for row in rows]
    form.verdict.choices = choices(labels.VERDICTS)
    return form


@bp.post("/items/reviews")
@requires(Permission.ITEM_REVIEW)
def review_items() -> ResponseReturnValue:
    """Give one verdict on the items chosen among those shown in full."""
    rows = queries.waiting_for_review(g.actor)
    form = _batch_form(rows)
    digests, counts = form.digests(), []

    def judge() -> None:
        counts.append(
            service.review_items(
                [row for row in rows if row.id in form.items.data],
                verdict=ReviewVerdict(form.verdict.data),
                comment=form.comment.data,
                digests=digests,
                actor=g.actor,
            )
        )

    if carried_out(form, judge):
        flash(_("已审 %(count)s 题。", count=counts[0]))
        return back_to("bank.list_reviews")
    again = [row for row in rows if row.id in digests]
    if not again:
        return _list(form), 422
    with transaction():
        sheets = _looked_at(again)
    return _sheets(sheets, form), 422


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
        form.content_digest.data = row.content_digest
    waiting = [each.id for each in queries.waiting_for_review(g.actor)]
    return render_template(
        "bank/review.html",
        row=row,
        item=item,
        **beside(row.authority_id, item),
        reviews=relations.verdicts_before(row),
        members=[each for each in relations.members_of(row) if each.code != row.code],
        before=max((each for each in waiting if each < item_id), default=None),
        after=min((each for each in waiting if each > item_id), default=None),
        waiting=len(waiting),
        form=form,
    )


@bp.post("/items/<int:item_id>/review")
@requires(Permission.ITEM_REVIEW)
def review_item(item_id: int) -> ResponseReturnValue:
    """Approve an item or return it to its author, and go on to the next that waits."""
    row, form = queries.get_item(item_id, g.actor), _review_form()

    def judge() -> object:
        return service.review_item(
            row,
            verdict=ReviewVerdict(form.verdict.data),
            comment=form.comment.data,
            digest=form.content_digest.data or "",
            actor=g.actor,
        )

    if not carried_out(form, judge):
        return _sheet(item_id, form), 422
    flash(f"{row.code}：{labels.VERDICTS[form.verdict.data]}")
    waiting = [each.id for each in queries.waiting_for_review(g.actor)]
    if not waiting:
        return back_to("bank.list_reviews")
    following = min((each for each in waiting if each > item_id), default=waiting[0])
    return redirect(url_for("bank.open_review", item_id=following), 307)
