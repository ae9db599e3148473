"""The trail's pages (痕迹): why one looks, the list, the check, the signed head, the export."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.web import download
from exam_app.reports import audit_pages, queries, service
from exam_app.reports.forms import ReasonForm
from exam_app.reports.views.blueprint import bp


@bp.get("/reports/audit")
@requires(Permission.AUDIT_VIEW)
def ask_trail() -> ResponseReturnValue:
    """Ask why the trail is looked into; go on to the list where that was said."""
    if queries.has_opened_trail(g.actor):
        return redirect(url_for("reports.list_trail"), 303)
    return render_template("reports/audit_reason.html", form=ReasonForm())


@bp.post("/reports/audit")
@requires(Permission.AUDIT_VIEW)
def open_trail() -> ResponseReturnValue:
    """Record the reason and open the list for some hours."""
    form = ReasonForm(request.form)
    if not form.validate():
        return render_template("reports/audit_reason.html", form=form), 422
    with transaction():
        service.open_trail(reason=form.reason.data, actor=g.actor)
    return redirect(url_for("reports.list_trail"), 303)


@bp.get("/reports/audit/entries")
@requires(Permission.AUDIT_VIEW)
def list_trail() -> str:
    """List the trail's entries, newest first, by action, class and account."""
    audit_pages.require_opened(g.actor)
    page = request.args.get("page", 1, type=int)
    listing = audit_pages.listing(request.args, max(1, page))
    return render_template("reports/audit.html", listing=listing, form=ReasonForm(formdata=None))


@bp.post("/reports/audit/check")
@requires(Permission.AUDIT_VIEW)
def check_trail() -> str:
    """Check the whole trail now and name what is wrong."""
    audit_pages.require_opened(g.actor)
    found = audit_pages.check()
    return render_template("reports/audit_check.html", found=found)


@bp.post("/reports/audit/head")
@requires(Permission.AUDIT_EXPORT)
def sign_head() -> ResponseReturnValue:
    """Sign the heads of all streams and hand the note out for the witness."""
    form = ReasonForm(request.form)
    if not form.validate():
        flash(_("请写明理由。"), "warning")
        return redirect(url_for("reports.list_trail"), 303)
    return download(audit_pages.signed_head(form.reason.data, g.actor), f"{_('签名树头')}.txt")


@bp.post("/reports/audit/export")
@requires(Permission.AUDIT_EXPORT)
def export_trail() -> Response | ResponseReturnValue:
    """Hand the whole trail out with a signed head, as ZIP."""
    form = ReasonForm(request.form)
    if not form.validate():
        flash(_("请写明理由。"), "warning")
        return redirect(url_for("reports.list_trail"), 303)
    return download(audit_pages.export(form.reason.data, g.actor), f"{_('痕迹')}.zip")
