"""Pages of verification in bulk: a file is handed in, done in the background, taken away."""

from __future__ import annotations

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.errors import Missing
from exam_app.core.web import back_to, carried_out, download, uploaded
from exam_app.verification import adapter, labels, pages, queries, service
from exam_app.verification.forms import BatchForm
from exam_app.verification.views.blueprint import bp

PERMISSION = Permission.CERTIFICATE_VERIFY_BATCH


@bp.get("/verification")
@requires(PERMISSION)
def show_batches() -> str:
    """Show the form for a file and the organisation's latest batches."""
    return _page(BatchForm())


def _page(form: BatchForm) -> str:
    organisation = queries.organisation_of(g.actor, PERMISSION)
    return render_template(
        "verification/batches.html",
        organisation=organisation,
        form=form,
        form_errors=form.summary(),
        batches=queries.batches_of(organisation.id),
    )


@bp.post("/verification")
@requires(PERMISSION)
def ask() -> ResponseReturnValue:
    """Take a file in and begin to verify it."""
    form, made = BatchForm(request.form), []

    def change() -> None:
        data, name = uploaded(request.files.get("file"))
        batch = service.ask_batch(data, name, purpose=form.purpose.data or "", actor=g.actor)
        made.append(batch.id)

    if carried_out(form, change):
        return back_to("verification.show_batch", batch_id=made[0])
    return _page(form), 422


@bp.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say that a file is too large; nothing of it was read."""
    text = _("文件过大，超过 60 MB。")
    return render_template("errors/error.html", status=413, text=text, facts={}), 413


@bp.get("/verification/template")
@requires(PERMISSION)
def template() -> Response:
    """Download the empty table."""
    return download(adapter.template(), f"{_('批量查验模板')}.xlsx")


@bp.get("/verification/batches/<int:batch_id>")
@requires(PERMISSION)
def show_batch(batch_id: int) -> ResponseReturnValue:
    """Show how far a batch is, and what came of its rows; as JSON to the script of the page."""
    organisation = queries.organisation_of(g.actor, PERMISSION)
    batch, job = queries.get_batch(batch_id, organisation.id)
    if request.accept_mimetypes.best == "application/json":
        state = str(labels.JOB_STATES[job.state])
        return {"done": job.done, "total": job.total, "over": job.is_over, "state": state}
    only_bad = request.args.get("rows") == "bad"
    page = request.args.get("page", 1, type=int)
    return render_template(
        "verification/batch.html",
        batch=batch,
        job=job,
        failure=labels.failure(job.state, job.error),
        found=queries.rows_of(batch.id, page=page, only_bad=only_bad),
        only_bad=only_bad,
        rows=request.args.get("rows") if only_bad else None,
    )


@bp.post("/verification/batches/<int:batch_id>/file")
@requires(PERMISSION)
def download_batch(batch_id: int) -> Response:
    """Hand the results of a batch out as XLSX."""
    organisation = queries.organisation_of(g.actor, PERMISSION)
    batch, job = queries.get_batch(batch_id, organisation.id)
    if not job.is_over:
        raise Missing(kind="verification_batch")
    content = pages.batch_file(queries.all_rows(batch_id))
    with transaction():
        service.hand_out(batch, content, actor=g.actor)
    return download(content, f"{_('查验结果')}-{batch_id}.xlsx")
