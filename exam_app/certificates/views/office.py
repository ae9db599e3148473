"""Pages of the office: a class's certificates prepared, signed, printed; one certificate."""

from __future__ import annotations

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.certificates import issuing, labels, pages, queries, service, signed_files
from exam_app.certificates.forms import ReasonForm
from exam_app.certificates.views.blueprint import bp
from exam_app.core.db import transaction
from exam_app.core.web import back_to, download


@bp.get("/classes/<int:class_id>/certificates")
@requires(Permission.CERTIFICATE_VIEW)
def show_class(class_id: int) -> str:
    """Show the certificates of a class, who may be given one and who lacks what."""
    training_class = queries.see_class(class_id, g.actor)
    candidates, valid = queries.candidates(training_class), queries.valid_of(class_id)
    return render_template(
        "certificates/class.html",
        training_class=training_class,
        ready=[each for each in candidates if not each.missing],
        lacking=pages.lacking(training_class, candidates),
        issued=[queries.issued_facts(each) for each in queries.certificates_of(class_id)],
        contradicted=queries.contradicted_of(class_id),
        unsigned=queries.unsigned_of(class_id),
        valid=valid,
        unprintable=pages.unprintable(valid),
        clause=pages.issue_clause(training_class),
        jobs=[job for job in issuing.jobs_of(class_id) if not job.is_over],
        sittings=queries.sittings_that_may_be_voided(class_id),
    )


@bp.post("/classes/<int:class_id>/certificates")
@requires(Permission.CERTIFICATE_ISSUE)
def prepare(class_id: int) -> Response:
    """Let the certificates of everybody who lacks nothing be prepared."""
    training_class = queries.see_class(class_id, g.actor)
    with transaction():
        job_id = service.ask_prepare(training_class, actor=g.actor).id
    return back_to("certificates.show_issuing", class_id=class_id, job_id=job_id)


@bp.post("/classes/<int:class_id>/certificates/signatures")
@requires(Permission.CERTIFICATE_SIGN)
def sign(class_id: int) -> Response:
    """Let every prepared certificate of a class be signed."""
    training_class = queries.see_class(class_id, g.actor)
    with transaction():
        job_id = service.ask_sign(training_class, actor=g.actor).id
    return back_to("certificates.show_issuing", class_id=class_id, job_id=job_id)


@bp.get("/classes/<int:class_id>/certificates/jobs/<int:job_id>")
@requires(Permission.CERTIFICATE_VIEW)
def show_issuing(class_id: int, job_id: int) -> ResponseReturnValue:
    """Show how far preparing or signing is; what came of it once it is over."""
    training_class = queries.see_class(class_id, g.actor)
    job = issuing.get_job(class_id, job_id)
    if request.accept_mimetypes.best == "application/json":
        state = str(labels.JOB_STATES[job.state])
        return {"done": job.done, "total": job.total, "over": job.is_over, "state": state}
    return render_template(
        "certificates/issuing.html",
        training_class=training_class,
        job=job,
        failure=pages.failure_of(job),
    )


@bp.post("/classes/<int:class_id>/certificates/print")
@requires(Permission.CERTIFICATE_VIEW)
def print_class(class_id: int) -> Response:
    """Hand out all valid certificates of a class in one PDF."""
    return _class_file(class_id)


@bp.post("/classes/<int:class_id>/certificates/files")
@requires(Permission.CERTIFICATE_VIEW)
def pack_class(class_id: int) -> Response:
    """Hand out all valid certificates of a class, one PDF each, in a ZIP."""
    return _class_file(class_id, packed=True)


def _class_file(class_id: int, *, packed: bool = False) -> Response:
    training_class = queries.see_class(class_id, g.actor)
    content, printed = pages.class_file(queries.valid_of(class_id), packed=packed)
    with transaction():
        service.hand_out(printed, content, actor=g.actor)
    return download(content, f"{training_class.code}-{_('合格证书')}.{'zip' if packed else 'pdf'}")


@bp.get("/certificates/<int:certificate_id>")
@requires(Permission.CERTIFICATE_VIEW)
def show(certificate_id: int) -> str:
    """Show one certificate: what was signed, by whom, and how it stands."""
    certificate = queries.see_certificate(certificate_id, g.actor)
    return render_template(
        "certificates/show.html",
        issued=queries.issued_facts(certificate),
        shown=pages.view_of(certificate),
        class_id=certificate.enrolment.class_id,
        signs=signed_files.are_offered(),
    )


@bp.post("/certificates/<int:certificate_id>/print")
@requires(Permission.CERTIFICATE_VIEW)
def print_one(certificate_id: int) -> Response:
    """Hand out one certificate as PDF."""
    certificate = queries.see_certificate(certificate_id, g.actor)
    content = pages.certificates_file([certificate])
    with transaction():
        service.hand_out([certificate], content, actor=g.actor)
    return download(content, f"{certificate.number}.pdf")


@bp.post("/certificates/<int:certificate_id>/signed-file")
@requires(Permission.CERTIFICATE_VIEW)
def sign_file(certificate_id: int) -> Response:
    """Hand out one certificate as PDF with a signature for PDF readers."""
    certificate = queries.see_certificate(certificate_id, g.actor)
    content = pages.signed_certificate(certificate)
    with transaction():
        service.hand_out([certificate], content, actor=g.actor)
    return download(content, f"{certificate.number}.pdf")


@bp.get("/certificates/<int:certificate_id>/reprint")
@requires(Permission.CERTIFICATE_REPRINT)
def ask_reprint(certificate_id: int) -> str:
    """Ask why a certificate is printed once more."""
    return _reprint_page(certificate_id, ReasonForm())


@bp.post("/certificates/<int:certificate_id>/reprint")
@requires(Permission.CERTIFICATE_REPRINT)
def reprint(certificate_id: int) -> ResponseReturnValue:
    """Hand a certificate out once more, for a reason."""
    certificate = queries.see_certificate(certificate_id, g.actor)
    form = ReasonForm(request.form)
    if not form.validate():
        return _reprint_page(certificate_id, form), 422
    content = pages.certificates_file([certificate])
    with transaction():
        service.reprint(certificate, content, reason=form.reason.data, actor=g.actor)
    return download(content, f"{certificate.number}.pdf")


def _reprint_page(certificate_id: int, form: ReasonForm) -> str:
    certificate = queries.see_certificate(certificate_id, g.actor)
    return render_template(
        "certificates/reprint.html",
        certificate=certificate,
        form=form,
        form_errors=form.summary(),
    )
