"""Law articles (条文库): searched, renewed from a file, and the items a renewal took out."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import lawbook, queries, service
from exam_app.bank.filters import WITHHELD, Filter, Order
from exam_app.bank.forms_exchange import LawsTakeForm, LawsUploadForm, SearchForm
from exam_app.bank.views.base import bp
from exam_app.core import files
from exam_app.core.errors import BadInput
from exam_app.core.web import back_to, carried_out, uploaded


def _owner() -> str:
    return f"laws:{g.actor.account_id}"


@bp.get("/laws")
@requires(Permission.ITEM_VIEW)
def show_laws() -> str:
    """Show the collection in use, the articles searched for, and the items left out."""
    return _laws(LawsUploadForm())


def _laws(form: LawsUploadForm) -> str:
    authority_id = queries.enter(Permission.ITEM_VIEW, g.actor)
    laws, search = queries.laws_of(authority_id), SearchForm(request.args)
    text = search.text.data or ""
    found = lawbook.search(laws, text)
    waiting = Filter(state=WITHHELD, order=Order.CODE)
    return render_template(
        "bank/laws.html",
        laws=laws,
        books=lawbook.books(laws),
        collection=queries.collection_in_use(authority_id),
        search=search,
        text=text,
        found=found,
        most=lawbook.MOST_FOUND,
        withheld=queries.items_for(g.actor, waiting)[: queries.PAGE_SIZE],
        withheld_count=queries.count_items(g.actor, waiting),
        form=form,
    )


@bp.post("/laws")
@requires(Permission.LAWS_IMPORT)
def preview_laws() -> ResponseReturnValue:
    """Show what a new collection changes and which items leave the pool; nothing does yet."""
    form = LawsUploadForm(request.form)
    if form.validate():
        try:
            data, name = uploaded(request.files.get("file"))
            report = service.check_laws(data, name, actor=g.actor)
            if not report.changed:
                raise BadInput("laws-unchanged", field="file")
            token = files.keep(data, name, owner=_owner())
            return _preview(report, LawsTakeForm(data={"token": token}))
        except BadInput as error:
            form.refuse(error)
    return _laws(form), 422


def _preview(report: service.LawsReport, form: LawsTakeForm) -> str:
    return render_template("bank/laws_preview.html", report=report, form=form, most=100)


@bp.post("/laws/renewal")
@requires(Permission.LAWS_IMPORT)
def take_laws() -> ResponseReturnValue:
    """Put a previewed collection into use; items on changed articles leave the pool."""
    form = LawsTakeForm(request.form)
    data, name = files.kept(form.token.data or "", owner=_owner())

    def renew() -> object:
        return service.import_laws(data, name, reason=form.reason.data, actor=g.actor)

    if not carried_out(form, renew):
        return _preview(service.check_laws(data, name, actor=g.actor), form), 422
    files.drop(form.token.data)
    flash(_("条文库已更新。"))
    return back_to("bank.show_laws")
