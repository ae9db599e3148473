"""Pages of attendance, hours and who may sit the exam."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.web import download
from exam_app.training import pages, queries, service
from exam_app.training.forms import ReasonForm, UploadForm
from exam_app.training.views.blueprint import bp, error_workbook, preview, take


@bp.get("/classes/<int:class_id>/attendance")
@requires(Permission.ROSTER_VIEW)
def show_attendance(class_id: int) -> str:
    """Show the hours attendance gives so far, computed and never typed."""
    training_class = queries.get_class(class_id, g.actor)
    return render_template(
        "training/attendance.html",
        training_class=training_class,
        rows=pages.hours_rows(training_class, g.actor),
        form=UploadForm(),
    )


@bp.post("/classes/<int:class_id>/attendance")
@requires(Permission.ATTENDANCE_RECORD)
def upload_attendance(class_id: int) -> ResponseReturnValue:
    """Look at an attendance file; nothing is taken over yet."""
    return preview(queries.get_class(class_id, g.actor), "attendance")


@bp.post("/classes/<int:class_id>/attendance/take")
@requires(Permission.ATTENDANCE_RECORD)
def take_attendance(class_id: int) -> ResponseReturnValue:
    """Take a previewed attendance file over."""
    return take(queries.get_class(class_id, g.actor), "attendance")


@bp.get("/classes/<int:class_id>/attendance/errors/<string:token>")
@requires(Permission.ATTENDANCE_RECORD)
def attendance_errors(class_id: int, token: str) -> Response:
    """Download the rows of a file of attendance that have a problem, each with its reason."""
    return error_workbook(queries.get_class(class_id, g.actor), "attendance", token)


@bp.get("/classes/<int:class_id>/attendance/template")
@requires(Permission.ATTENDANCE_RECORD)
def attendance_template(class_id: int) -> Response:
    """Download the attendance template of this class."""
    training_class = queries.get_class(class_id, g.actor)
    return download(pages.attendance_template(training_class), f"{_('考勤模板')}.xlsx")


@bp.post("/classes/<int:class_id>/hours")
@requires(Permission.HOURS_SUBMIT)
def submit_hours(class_id: int) -> ResponseReturnValue:
    """Submit the hours of a class."""
    with transaction():
        service.submit_hours(queries.get_class(class_id, g.actor), actor=g.actor)
    flash(_("学时已提交，等待核验。"))
    return redirect(url_for("training.show_attendance", class_id=class_id), 303)


def _eligibility_page(class_id: int, form: ReasonForm) -> str:
    training_class = queries.get_class(class_id, g.actor)
    return render_template(
        "training/eligibility.html",
        training_class=training_class,
        rows=pages.eligibility_rows(training_class, g.actor),
        form=form,
        form_errors=form.summary(),
    )


@bp.get("/classes/<int:class_id>/eligibility")
@requires(Permission.ROSTER_VIEW)
def show_eligibility(class_id: int) -> str:
    """Show who may sit the exam and the clauses each decision rests on."""
    return _eligibility_page(class_id, ReasonForm())


@bp.post("/classes/<int:class_id>/eligibility")
@requires(Permission.HOURS_VERIFY)
def verify_hours(class_id: int) -> ResponseReturnValue:
    """Decide on everybody of the roster."""
    with transaction():
        service.verify_hours(queries.get_class(class_id, g.actor), actor=g.actor)
    return redirect(url_for("training.show_eligibility", class_id=class_id), 303)


@bp.post("/classes/<int:class_id>/eligibility/<int:enrolment_id>")
@requires(Permission.HOURS_VERIFY)
def accept_reason(class_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Admit somebody who missed only softer rules, for a reason."""
    training_class = queries.get_class(class_id, g.actor)
    decision = pages.decision_in(training_class, enrolment_id)
    form = ReasonForm(request.form)
    if form.validate():
        try:
            with transaction():
                service.accept_reason(decision, reason=form.reason.data, actor=g.actor)
            return redirect(url_for("training.show_eligibility", class_id=class_id), 303)
        except (BadInput, RuleBroken) as error:
            form.refuse(error)
    return _eligibility_page(class_id, form), 422


@bp.get("/my/training")
@requires(Permission.HOURS_VIEW_OWN)
def my_training() -> str:
    """Show a trainee's own classes and hours."""
    return render_template("training/my_training.html", rows=pages.own_hours(g.actor))
