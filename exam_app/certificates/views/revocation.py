"""Pages of taking a certificate back: one person asks, another decides."""

from __future__ import annotations

from flask import Response, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.certificates import queries, service
from exam_app.certificates.forms import ReasonForm
from exam_app.certificates.views.blueprint import bp
from exam_app.core.db import transaction
from exam_app.core.web import back_to, carried_out


@bp.get("/certificates/<int:certificate_id>/revocation")
@requires(Permission.CERTIFICATE_REVOKE)
def ask_revocation(certificate_id: int) -> str:
    """Ask why a certificate is to be taken back."""
    return _page(certificate_id, ReasonForm())


@bp.post("/certificates/<int:certificate_id>/revocation")
@requires(Permission.CERTIFICATE_REVOKE)
def propose_revocation(certificate_id: int) -> ResponseReturnValue:
    """Write down that a certificate is to be taken back, and why."""
    certificate = queries.see_certificate(certificate_id, g.actor)
    form = ReasonForm(request.form)
    done = carried_out(
        form, lambda: service.ask_revocation(certificate, reason=form.reason.data, actor=g.actor)
    )
    if not done:
        return _page(certificate_id, form), 422
    flash(_("已提出吊销，须由另一名证书签发人决定。"))
    return back_to("certificates.show", certificate_id=certificate_id)


@bp.post("/revocations/<int:revocation_id>/decision")
@requires(Permission.CERTIFICATE_REVOKE)
def decide_revocation(revocation_id: int) -> Response:
    """Take the certificate back."""
    revocation, certificate = queries.see_revocation(revocation_id, g.actor)
    certificate_id = certificate.id
    with transaction():
        service.decide_revocation(revocation, actor=g.actor)
    flash(_("证书已吊销，公开查验即时生效，已计入的再培训学时一并冲销。"))
    return back_to("certificates.show", certificate_id=certificate_id)


@bp.post("/revocations/<int:revocation_id>/rejection")
@requires(Permission.CERTIFICATE_REVOKE)
def reject_revocation(revocation_id: int) -> Response:
    """Leave the certificate as it is."""
    revocation, certificate = queries.see_revocation(revocation_id, g.actor)
    certificate_id = certificate.id
    with transaction():
        service.reject_revocation(revocation, actor=g.actor)
    flash(_("已驳回，证书不变。"))
    return back_to("certificates.show", certificate_id=certificate_id)


def _page(certificate_id: int, form: ReasonForm) -> str:
    certificate = queries.see_certificate(certificate_id, g.actor)
    return render_template(
        "certificates/revocation.html",
        certificate=certificate,
        form=form,
        form_errors=form.summary(),
    )
