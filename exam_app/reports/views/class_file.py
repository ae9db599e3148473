"""The class file (班次档案): page, PDF and JSON."""

from __future__ import annotations

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.web import download
from exam_app.reports import pages, queries, service
from exam_app.reports.forms import ClassFileForm
from exam_app.reports.views.blueprint import bp
from exam_app.training import queries as training


@bp.get("/classes/<int:class_id>/file")
@requires(Permission.REPORT_CLASS_FILE)
def show_class_file(class_id: int) -> str:
    """Show the file of a class; looking is noted."""
    return _page(class_id, ClassFileForm())


@bp.post("/classes/<int:class_id>/file")
@requires(Permission.REPORT_CLASS_FILE)
def export_class_file(class_id: int) -> ResponseReturnValue:
    """Freeze the file of a class and hand it out as PDF or JSON."""
    form = ClassFileForm(request.form)
    if not form.validate():
        return _page(class_id, form), 422
    training_class = training.get_class(class_id, g.actor)
    with transaction():
        frozen = service.export_class_file(training_class, purpose=form.purpose.data, actor=g.actor)
    name = f"{_('班次档案')}-{frozen.content['class']['code']}.{form.format.data}"
    return download(pages.class_file_as(form.format.data, frozen), name)


def _page(class_id: int, form: ClassFileForm) -> str:
    training_class = training.get_class(class_id, g.actor)
    facts, tables = pages.seen_class_file(training_class, g.actor)
    return render_template(
        "reports/class_file.html",
        training_class=training_class,
        facts=facts,
        tables=tables,
        form=form,
        handed_out=queries.snapshots_of_class(class_id),
    )
