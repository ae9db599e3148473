"""Pages of the roster: files in, the enterprise's word, the lock."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.web import download
from exam_app.training import adapter, pages, queries, service
from exam_app.training.forms import UploadForm
from exam_app.training.views.blueprint import bp, error_workbook, preview, take


@bp.get("/classes/<int:class_id>/roster")
@requires(Permission.ROSTER_VIEW)
def show_roster(class_id: int) -> str:
    """Show the roster, masked, with what may be done to it."""
    training_class = queries.get_class(class_id, g.actor)
    return render_template(
        "training/roster.html",
        training_class=training_class,
        rows=pages.roster_rows(training_class, g.actor),
        form=UploadForm(),
    )


@bp.post("/classes/<int:class_id>/roster")
@requires(Permission.ROSTER_EDIT)
def upload_roster(class_id: int) -> ResponseReturnValue:
    """Look at a roster file; nothing is taken over yet."""
    return preview(queries.get_class(class_id, g.actor), "roster")


@bp.post("/classes/<int:class_id>/roster/take")
@requires(Permission.ROSTER_EDIT)
def take_roster(class_id: int) -> ResponseReturnValue:
    """Take a previewed roster file over."""
    return take(queries.get_class(class_id, g.actor), "roster")


@bp.get("/templates/roster")
@requires(Permission.ROSTER_EDIT)
def roster_template() -> Response:
    """Download the template of a roster."""
    return download(adapter.roster_template(), f"{_('名册模板')}.xlsx")


@bp.get("/classes/<int:class_id>/roster/errors/<string:token>")
@requires(Permission.ROSTER_EDIT)
def roster_errors(class_id: int, token: str) -> Response:
    """Download the rows of a file of persons that have a problem, each with its reason."""
    return error_workbook(queries.get_class(class_id, g.actor), "roster", token)


@bp.post("/classes/<int:class_id>/roster/confirmation")
@requires(Permission.ROSTER_CONFIRM)
def confirm_people(class_id: int) -> ResponseReturnValue:
    """Confirm the enterprise's own people of the roster."""
    training_class = queries.get_class(class_id, g.actor)
    with transaction():
        own = pages.own_people(training_class, g.actor)
        count = service.confirm_people(training_class, own, actor=g.actor)
    flash(_("已确认本企业 %(count)s 人。", count=count))
    return redirect(url_for("training.show_roster", class_id=class_id), 303)


@bp.post("/classes/<int:class_id>/roster/lock")
@requires(Permission.ROSTER_LOCK)
def lock_roster(class_id: int) -> ResponseReturnValue:
    """Lock the roster."""
    with transaction():
        service.lock_roster(queries.get_class(class_id, g.actor), actor=g.actor)
    flash(_("名册已锁定。"))
    return redirect(url_for("training.show_roster", class_id=class_id), 303)
