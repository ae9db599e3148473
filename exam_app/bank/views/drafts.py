"""Versions begun and given up: one's own, and those of others that hold an item out of the pool."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import drafts, queries, service
from exam_app.bank.forms import BulkForm, DiscardForm
from exam_app.bank.views.base import bp
from exam_app.bank.views.items import item_page
from exam_app.core.web import back_to, carried_out


@bp.post("/items/<int:item_id>/discarding")
@requires(Permission.ITEM_WRITE)
def discard_item(item_id: int) -> ResponseReturnValue:
    """Give one's own version up that is not approved, with a reason."""
    row, form = queries.get_item(item_id, g.actor), DiscardForm(request.form)
    reason = form.reason
    if carried_out(form, lambda: service.discard_draft(row, reason=reason.data, actor=g.actor)):
        flash(_("已放弃该版本。"))
        return back_to("bank.list_items")
    return item_page(item_id, discard_form=form), 422


@bp.get("/items/drafts")
@requires(Permission.ITEM_RETIRE)
def list_drafts() -> str:
    """List the drafts of others by code, writer and date; nothing of what they say."""
    return _list(BulkForm())


def _list(form: BulkForm) -> str:
    rows = drafts.drafts_of_others(g.actor)
    return render_template("bank/drafts.html", rows=rows, form=form)


@bp.post("/items/drafts")
@requires(Permission.ITEM_RETIRE)
def discard_drafts() -> ResponseReturnValue:
    """Give the ticked drafts of others up, all or none, with one reason."""
    form = BulkForm(request.form)

    def discard() -> None:
        for row in drafts.get_drafts(form.items.data, g.actor):
            service.discard_draft(row, reason=form.reason.data, actor=g.actor)

    if carried_out(form, discard):
        flash(_("已放弃 %(count)s 份草稿。", count=len(set(form.items.data))))
        return back_to("bank.list_drafts")
    return _list(form), 422
