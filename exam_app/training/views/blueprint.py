"""The blueprint of training and the two steps of its files: look first, then take over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.core import files
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.web import download, uploaded
from exam_app.training import adapter, labels, pages
from exam_app.training.forms import TakeForm, UploadForm

if TYPE_CHECKING:
    from exam_app.training.models import TrainingClass

bp = Blueprint("training", __name__)


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {"training_labels": labels}


def _owner() -> str:
    return f"account:{g.actor.account_id}"


def preview(training_class: TrainingClass, kind: str) -> ResponseReturnValue:
    """Show what a file holds and what is wrong with it; keep it for the next step."""
    form = UploadForm(request.form)
    if form.validate():
        try:
            data, name = uploaded(request.files.get("file"))
            table = pages.check_file(training_class, kind, data, name)
        except (BadInput, RuleBroken) as error:
            form.refuse(error)
        else:
            token = files.keep(data, name, owner=_owner())
            return preview_page(training_class, kind, table, TakeForm(data={"token": token}))
    page = render_template(
        "training/upload.html",
        training_class=training_class,
        kind=kind,
        form=form,
        form_errors=form.summary(),
    )
    return page, 422


def preview_page(
    training_class: TrainingClass, kind: str, table: adapter.Table, form: TakeForm
) -> str:
    """Return the page of a file that was looked at and not taken over."""
    return render_template(
        "training/preview.html",
        training_class=training_class,
        kind=kind,
        table=table,
        problems=labels.by_row(table.problems),
        good=len(table.good()),
        form=form,
        form_errors=form.summary(),
        token=form.token.data,
    )


def take(training_class: TrainingClass, kind: str) -> ResponseReturnValue:
    """Take a kept file over, all of it or its good rows by explicit choice."""
    form = TakeForm(request.form)
    data, name = files.kept(form.token.data or "", owner=_owner())
    if form.validate():
        try:
            return _taken(training_class, kind, data, name, form)
        except (BadInput, RuleBroken) as error:
            form.refuse(error)
    table = pages.check_file(training_class, kind, data, name)
    return preview_page(training_class, kind, table, form), 422


def _taken(
    training_class: TrainingClass, kind: str, data: bytes, name: str, form: TakeForm
) -> ResponseReturnValue:
    """Take the file over and go on to the page of its kind. Raises: RuleBroken: not taken."""
    with transaction():
        done = pages.take_file(
            training_class, kind, data, name, only_valid=form.only_valid.data, actor=g.actor
        )
    if done.problems and not done.accepted:
        raise RuleBroken("rows-with-problems", count=len(labels.by_row(done.problems)))
    files.drop(form.token.data)
    if done.duplicate:
        flash(_("这个文件此前已经导入，没有任何改动。"), "warning")
    else:
        flash(_("已导入 %(count)s 行。", count=done.accepted))
    return redirect(url_for(f"training.show_{kind}", class_id=training_class.id), 303)


def error_workbook(training_class: TrainingClass, kind: str, token: str) -> Response:
    """Return the rows of a kept file that have a problem, each with its reason."""
    data, name = files.kept(token, owner=_owner())
    table = pages.check_file(training_class, kind, data, name)
    book = adapter.error_workbook(table, pages.columns(kind), labels.by_row(table.problems))
    return download(book, f"{_('错误行')}.xlsx")
