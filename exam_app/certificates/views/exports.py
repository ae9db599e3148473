"""Pages of exporting: a certificate as a verifiable credential, for its holder and the office."""

from __future__ import annotations

from flask import Response, g, render_template, url_for

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.certificates import exporting, queries, service
from exam_app.certificates.views.blueprint import bp
from exam_app.core.db import transaction
from exam_app.core.web import download


@bp.get("/my/certificate/<int:certificate_id>/export")
@requires(Permission.CERTIFICATE_VIEW_OWN)
def export_own(certificate_id: int) -> str:
    """Show in which forms one's own certificate can be taken along."""
    return render_template(
        "certificates/export.html",
        certificate=queries.own_certificate(certificate_id, g.actor),
        taken="certificates.take_own",
        back=url_for("certificates.my_certificates"),
    )


@bp.post("/my/certificate/<int:certificate_id>/export/<any(jwt,json):form>")
@requires(Permission.CERTIFICATE_VIEW_OWN)
def take_own(certificate_id: int, form: str) -> Response:
    """Hand out one's own certificate as a credential."""
    certificate = queries.own_certificate(certificate_id, g.actor)
    content = exporting.credential_file(certificate, form)
    with transaction():
        service.hand_out_own(certificate, content, exported=True, actor=g.actor)
    return download(content, f"{certificate.number}.{form}")


@bp.get("/certificates/<int:certificate_id>/export")
@requires(Permission.CERTIFICATE_VIEW)
def export(certificate_id: int) -> str:
    """Show in which forms a certificate can be exported."""
    return render_template(
        "certificates/export.html",
        certificate=queries.see_certificate(certificate_id, g.actor),
        taken="certificates.take",
        back=url_for("certificates.show", certificate_id=certificate_id),
    )


@bp.post("/certificates/<int:certificate_id>/export/<any(jwt,json):form>")
@requires(Permission.CERTIFICATE_VIEW)
def take(certificate_id: int, form: str) -> Response:
    """Hand out a certificate as a credential."""
    certificate = queries.see_certificate(certificate_id, g.actor)
    content = exporting.credential_file(certificate, form)
    with transaction():
        service.hand_out([certificate], content, exported=True, actor=g.actor)
    return download(content, f"{certificate.number}.{form}")
