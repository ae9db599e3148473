"""Pages of one's own account: password, second factor, open sessions."""

from __future__ import annotations

import io

import qrcode
import qrcode.image.svg
from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.access.terms import ROLE_LABELS
from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, NotAllowed
from exam_app.core.web import back_to, carried_out
from exam_app.people import accounts, queries, service, sign_in
from exam_app.people.forms import OwnPasswordForm, TotpForm
from exam_app.people.views.blueprint import bp, form_page


@bp.get("/account")
@requires(Permission.ACCOUNT_SELF)
def my_account() -> ResponseReturnValue:
    """Show one's own account: duties, second factor, sessions."""
    return render_template(
        "people/my_account.html",
        appointments=queries.appointments_of(g.account.id, clock.now()),
        sessions=queries.open_sessions(g.account.id, clock.now()),
        own_session_id=g.actor.session_id,
        has_totp=accounts.has_totp(g.account),
        needs_totp=g.needs_totp,
        role_labels=ROLE_LABELS,
    )


@bp.get("/account/password")
@requires(Permission.ACCOUNT_SELF)
def own_password() -> ResponseReturnValue:
    """Show the page of a new password."""
    return form_page(OwnPasswordForm(), _("修改口令"), _("修改口令"))


@bp.post("/account/password")
@requires(Permission.ACCOUNT_SELF)
def change_password() -> ResponseReturnValue:
    """Set a new password with the old one; other sessions end."""
    form = OwnPasswordForm(request.form)
    if not form.validate():
        return form_page(form, _("修改口令"), _("修改口令"))
    try:
        sign_in.activate(
            username=g.account.username,
            proof=form.old_password.data,
            by_code=False,
            new_password=form.new_password.data,
            address=request.remote_addr or "",
            session_id=g.actor.session_id,
        )
    except (BadInput, NotAllowed) as refused:
        form.refuse(refused)
        return form_page(form, _("修改口令"), _("修改口令"))
    flash(_("口令已修改，其他设备上的登录已结束。"))
    return back_to("people.my_account")


@bp.post("/account/second-factor")
@requires(Permission.ACCOUNT_SELF)
def draw_totp() -> ResponseReturnValue:
    """Draw the second factor's secret and show it, this once, as a QR code."""
    with transaction():
        address = service.enrol_totp(g.account, actor=g.actor)
    return _totp_page(TotpForm(), address)


@bp.post("/account/second-factor/confirmation")
@requires(Permission.ACCOUNT_SELF)
def confirm_totp() -> ResponseReturnValue:
    """Let the second factor count from now on."""
    form = TotpForm(request.form)
    if not carried_out(
        form, lambda: service.confirm_totp(g.account, code=form.code.data, actor=g.actor)
    ):
        if g.account.totp_secret is None or accounts.has_totp(g.account):
            return back_to("people.my_account")
        return _totp_page(form, accounts.totp_address(g.account)), 422
    flash(_("动态口令已启用。"))
    return back_to("people.my_account")


@bp.post("/account/sessions/<int:session_id>/end")
@requires(Permission.ACCOUNT_SELF)
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of one's own sessions."""
    with transaction():
        service.end_session(g.account, session_id, actor=g.actor)
    flash(_("会话已结束。"))
    return back_to("people.my_account")


def _totp_page(form: TotpForm, address: str) -> str:
    return render_template(
        "people/second_factor.html",
        form=form,
        form_errors=form.summary(),
        qr=_qr(address),
        secret=address.partition("secret=")[2].partition("&")[0],
    )


def _qr(text: str) -> Markup:
    """Return the QR code as SVG markup, made of the drawn squares alone."""
    image = qrcode.make(text, image_factory=qrcode.image.svg.SvgPathImage, box_size=12, border=4)
    held = io.BytesIO()
    image.save(held)
    drawn = held.getvalue().decode()
    return Markup(drawn[drawn.index("<svg") :])  # noqa: S704 - drawn by us, no text in it
