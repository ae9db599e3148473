"""The holder's page: one's own certificates, on a phone."""

from __future__ import annotations

from flask import Response, g, render_template

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.certificates import pages, queries, service, signed_files
from exam_app.certificates.views.blueprint import bp
from exam_app.core.db import transaction
from exam_app.core.web import download


@bp.get("/my/certificate")
@requires(Permission.CERTIFICATE_VIEW_OWN)
def my_certificates() -> str:
    """Show one's own certificates with their QR codes."""
    held = [pages.view_of(each) for each in queries.own_certificates(g.actor)]
    signs = signed_files.are_offered()
    return render_template("certificates/my_certificate.html", held=held, signs=signs)


@bp.post("/my/certificate/<int:certificate_id>/print")
@requires(Permission.CERTIFICATE_VIEW_OWN)
def print_own(certificate_id: int) -> Response:
    """Hand out one's own certificate as PDF."""
    certificate = queries.own_certificate(certificate_id, g.actor)
    content = pages.certificates_file([certificate])
    with transaction():
        service.hand_out_own(certificate, content, actor=g.actor)
    return download(content, f"{certificate.number}.pdf")


@bp.post("/my/certificate/<int:certificate_id>/signed-file")
@requires(Permission.CERTIFICATE_VIEW_OWN)
def sign_own_file(certificate_id: int) -> Response:
    """Hand out one's own certificate as PDF with a signature for PDF readers."""
    certificate = queries.own_certificate(certificate_id, g.actor)
    content = pages.signed_certificate(certificate)
    with transaction():
        service.hand_out_own(certificate, content, actor=g.actor)
    return download(content, f"{certificate.number}.pdf")
