"""Items from files: looked at first, taken over by a second step."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import adapter, labels, queries, service
from exam_app.bank.forms import TakeForm, UploadForm
from exam_app.bank.views.base import bp
from exam_app.core import files
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.web import download, uploaded


def _owner() -> str:
    return f"items:{g.actor.account_id}"


@bp.get("/items/import")
@requires(Permission.ITEM_IMPORT)
def choose_file() -> str:
    """Show the form for a file of items."""
    queries.enter(Permission.ITEM_IMPORT, g.actor)
    return render_template("bank/import.html", form=UploadForm())


@bp.get("/items/import/template")
@requires(Permission.ITEM_IMPORT)
def item_template() -> Response:
    """Download the empty item table."""
    queries.enter(Permission.ITEM_IMPORT, g.actor)
    return download(adapter.template(), f"{_('试题导入模板')}.xlsx")


@bp.post("/items/import")
@requires(Permission.ITEM_IMPORT)
def preview_items() -> ResponseReturnValue:
    """Show what a file holds and what is wrong with it; nothing is taken over yet."""
    queries.enter(Permission.ITEM_IMPORT, g.actor)
    form = UploadForm(request.form)
    if form.validate():
        try:
            data, name = uploaded(request.files.get("file"))
            report = service.check_items(data, name, actor=g.actor)
            token = files.keep(data, name, owner=_owner())
            return _preview(report, TakeForm(data={"token": token}))
        except BadInput as error:
            form.refuse(error)
    return render_template("bank/import.html", form=form), 422


def _preview(report: service.ImportReport, form: TakeForm) -> str:
    return render_template(
        "bank/import_preview.html",
        report=report,
        problems=labels.by_row(report.problems),
        form=form,
    )


@bp.post("/items/import/take")
@requires(Permission.ITEM_IMPORT)
def take_items() -> ResponseReturnValue:
    """Take a previewed file over, all of it or its good rows by explicit choice."""
    form = TakeForm(request.form)
    data, name = files.kept(form.token.data or "", owner=_owner())
    if not form.validate():
        return _preview(service.check_items(data, name, actor=g.actor), form), 422
    with transaction():
        report = service.import_items(
            data,
            name,
            reason=form.reason.data,
            only_valid=form.only_valid.data,
            actor=g.actor,
        )
    if report.problems and not report.accepted:
        raise RuleBroken("rows-with-problems", count=len(labels.by_row(report.problems)))
    files.drop(form.token.data or "")
    flash(_("已导入 %(count)s 题并送审，%(same)s 题题库中已有。", count=report.accepted,
            same=report.unchanged))  # fmt: skip
    return redirect(url_for("bank.list_items"), 303)
