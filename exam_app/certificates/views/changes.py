"""Pages of changes: held up, let go on, issued anew, put right; one asks, another decides."""

from __future__ import annotations

from flask import Response, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.certificates import labels, pages, queries, service
from exam_app.certificates.forms import ReasonForm
from exam_app.certificates.terms import ChangeKind
from exam_app.certificates.views.blueprint import bp
from exam_app.core.db import transaction
from exam_app.core.web import back_to, carried_out


@bp.get("/certificates/<int:certificate_id>/suspension")
@requires(Permission.CERTIFICATE_REVOKE)
def ask_suspension(certificate_id: int) -> str:
    """Ask why a certificate is to be held up, or let go on."""
    return _page(certificate_id, _holding(certificate_id), ReasonForm())


@bp.post("/certificates/<int:certificate_id>/suspension")
@requires(Permission.CERTIFICATE_REVOKE)
def propose_suspension(certificate_id: int) -> ResponseReturnValue:
    """Write down that a certificate is to be held up or let go on, and why."""
    return _proposed(certificate_id, _holding(certificate_id))


@bp.get("/certificates/<int:certificate_id>/replacement")
@requires(Permission.CERTIFICATE_REPRINT)
def ask_replacement(certificate_id: int) -> str:
    """Ask why a certificate is to be issued anew."""
    return _page(certificate_id, ChangeKind.REPLACE, ReasonForm())


@bp.post("/certificates/<int:certificate_id>/replacement")
@requires(Permission.CERTIFICATE_REPRINT)
def propose_replacement(certificate_id: int) -> ResponseReturnValue:
    """Write down that a certificate is to be issued anew, and why."""
    return _proposed(certificate_id, ChangeKind.REPLACE)


@bp.get("/certificates/<int:certificate_id>/correction")
@requires(Permission.CERTIFICATE_REPRINT)
def ask_correction(certificate_id: int) -> str:
    """Ask why a certificate is to be put right."""
    return _page(certificate_id, ChangeKind.CORRECT, ReasonForm())


@bp.post("/certificates/<int:certificate_id>/correction")
@requires(Permission.CERTIFICATE_REPRINT)
def propose_correction(certificate_id: int) -> ResponseReturnValue:
    """Write down that a certificate is to be put right, and why."""
    return _proposed(certificate_id, ChangeKind.CORRECT)


@bp.post("/certificate-changes/<int:change_id>/hold")
@requires(Permission.CERTIFICATE_REVOKE)
def decide_hold(change_id: int) -> Response:
    """Hold the certificate up, or let it go on."""
    change, _certificate = queries.see_change(change_id, g.actor)
    with transaction():
        certificate_id = service.decide_change(change, actor=g.actor).id
    flash(_("已决定，公开查验即时生效。"))
    return back_to("certificates.show", certificate_id=certificate_id)


@bp.post("/certificate-changes/<int:change_id>/issue")
@requires(Permission.CERTIFICATE_SIGN)
def decide_issue(change_id: int) -> Response:
    """Take the new number, then sign what stands under it; the old certificate is replaced."""
    change, _certificate = queries.see_change(change_id, g.actor)
    with transaction():
        certificate_id = service.decide_change(change, actor=g.actor).id
    with transaction():
        service.sign([queries.see_certificate(certificate_id, g.actor)], actor=g.actor)
    flash(_("新证书已签发，原证书显示“已被替换”。"))
    return back_to("certificates.show", certificate_id=certificate_id)


@bp.post("/certificate-changes/<int:change_id>/rejection")
@requires(Permission.CERTIFICATE_SIGN)
def reject_change(change_id: int) -> Response:
    """Leave the certificate as it is."""
    change, _certificate = queries.see_change(change_id, g.actor)
    with transaction():
        certificate_id = service.reject_change(change, actor=g.actor).id
    flash(_("已驳回，证书不变。"))
    return back_to("certificates.show", certificate_id=certificate_id)


def _holding(certificate_id: int) -> ChangeKind:
    return pages.holding_of(queries.see_certificate(certificate_id, g.actor))


def _proposed(certificate_id: int, kind: ChangeKind) -> ResponseReturnValue:
    certificate = queries.see_certificate(certificate_id, g.actor)
    form = ReasonForm(request.form)
    done = carried_out(
        form,
        lambda: service.ask_change(certificate, kind, reason=form.reason.data, actor=g.actor),
    )
    if not done:
        return _page(certificate_id, kind, form), 422
    flash(_("已提出%(change)s，须由另一名证书签发人决定。", change=labels.CHANGES[kind]))
    return back_to("certificates.show", certificate_id=certificate_id)


def _page(certificate_id: int, kind: ChangeKind, form: ReasonForm) -> str:
    certificate = queries.see_certificate(certificate_id, g.actor)
    return render_template(
        "certificates/change.html",
        certificate=certificate,
        kind=kind,
        form=form,
        form_errors=form.summary(),
    )
