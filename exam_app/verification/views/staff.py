"""Pages of the enterprise's own people: certificates, how they stand, what ends when."""

from __future__ import annotations

from flask import Response, g, render_template
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.web import download
from exam_app.verification import pages, queries, service
from exam_app.verification.views.blueprint import bp

PERMISSION = Permission.CERTIFICATE_VIEW_ENTERPRISE


@bp.get("/staff/certificates")
@requires(PERMISSION)
def show_staff() -> str:
    """Show the certificates and hours of the enterprise's own people."""
    organisation = queries.organisation_of(g.actor, PERMISSION)
    return render_template("verification/staff.html", page=pages.staff_page(organisation))


@bp.post("/staff/certificates")
@requires(PERMISSION)
def download_staff() -> Response:
    """Hand the list of the enterprise's own people's certificates out as XLSX."""
    organisation = queries.organisation_of(g.actor, PERMISSION)
    content = pages.staff_file(pages.staff_page(organisation))
    with transaction():
        service.export_staff(organisation, content, actor=g.actor)
    return download(content, f"{_('本企业人员证书')}.xlsx")
