"""Pages at the door: sign-in, first sign-in, the password once more, sign-out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask import session as browser_session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import public, requires
from exam_app.access.permissions import Permission
from exam_app.access.terms import ROLE_LABELS
from exam_app.core import clock
from exam_app.core.errors import BadInput, NotAllowed
from exam_app.core.web import back_to
from exam_app.people import listings
from exam_app.people import sign_in as entrance
from exam_app.people.accounts import settings
from exam_app.people.forms import ActivationForm, PasswordForm, SignInForm
from exam_app.people.views.blueprint import bp, form_page


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Show the sign-in page."""
    return _sign_in_page(SignInForm())


@bp.post("/sign-in")
@public
def enter() -> ResponseReturnValue:
    """Open a session and set its cookie."""
    form = SignInForm(request.form)
    if not form.validate():
        return _sign_in_page(form), 422
    try:
        signed = entrance.sign_in(
            username=form.username.data,
            password=form.password.data,
            code=form.code.data or "",
            address=_address(),
        )
    except NotAllowed as refused:
        form.refuse(refused)
        return _sign_in_page(form), 429 if refused.status == 429 else 422
    browser_session.clear()
    target = url_for("people.my_account") if signed.needs_totp else _next()
    return _with_cookie(redirect(target, 303), signed.token)


@bp.post("/sign-out")
@requires(Permission.ACCOUNT_SELF)
def sign_out() -> ResponseReturnValue:
    """End the session."""
    entrance.sign_out(g.auth_session, g.actor)
    browser_session.clear()
    response = make_response(redirect(url_for("people.sign_in"), 303))
    response.delete_cookie(
        entrance.cookie_name(), path="/", secure=settings().https, httponly=True, samesite="Lax"
    )
    return response


@bp.get("/first-sign-in")
@public
def first_sign_in() -> ResponseReturnValue:
    """Show the page of the one-time code."""
    return form_page(ActivationForm(), _("首次登录或更换口令"), _("设置口令"))


@bp.post("/first-sign-in")
@public
def activate() -> ResponseReturnValue:
    """Set a password with the one-time code or the old password."""
    form = ActivationForm(request.form)
    if form.validate():
        try:
            entrance.activate(
                username=form.username.data,
                proof=form.proof.data,
                by_code=form.means.data == "code",
                new_password=form.new_password.data,
                address=_address(),
            )
        except (BadInput, NotAllowed) as refused:
            form.refuse(refused)
        else:
            flash(_("口令已设置，请登录。"))
            return back_to("people.sign_in")
    return form_page(form, _("首次登录或更换口令"), _("设置口令"))


@bp.get("/step-up")
@requires(Permission.ACCOUNT_SELF)
def step_up() -> ResponseReturnValue:
    """Ask for the password once more."""
    return form_page(PasswordForm(), _("再次验证口令"), _("继续"), lead=_step_up_lead())


@bp.post("/step-up")
@requires(Permission.ACCOUNT_SELF)
def prove() -> ResponseReturnValue:
    """Note that the password was shown again and go back."""
    form = PasswordForm(request.form)
    if form.validate():
        try:
            entrance.step_up(
                g.account, g.auth_session, password=form.password.data, address=_address()
            )
        except NotAllowed as refused:
            form.refuse(refused)
        else:
            return redirect(_next(), 303)
    return form_page(form, _("再次验证口令"), _("继续"), lead=_step_up_lead())


@bp.app_errorhandler(entrance.StepUpNeeded)
def ask_password(error: entrance.StepUpNeeded) -> ResponseReturnValue:
    """Lead to the page of the password and from there back."""
    here = request.full_path if request.method == "GET" else urlsplit(request.referrer or "").path
    return redirect(url_for("people.step_up", next=here.rstrip("?") or "/"), 303)


def _step_up_lead() -> str:
    return str(_("此项操作须在 5 分钟内验证过口令。验证后请重新提交。"))


def _sign_in_page(form: SignInForm) -> str:
    demo = listings.demo_accounts(clock.now()) if settings().demo else []
    return render_template(
        "people/sign_in.html",
        form=form,
        form_errors=form.summary(),
        demo_accounts=demo,
        role_labels=ROLE_LABELS,
    )


def _address() -> str:
    return request.remote_addr or ""


def _next() -> str:
    """Return the page of this site to go on to; another site's address is left out."""
    target = request.args.get("next", "")
    parts = urlsplit(target)
    inside = target.startswith("/") and not target.startswith(("//", "/\\"))
    if not inside or parts.scheme or parts.netloc or "\\" in target or not target.isprintable():
        return url_for("home.index")
    return target


def _with_cookie(response: ResponseReturnValue, token: str) -> Response:
    made = make_response(response)
    made.set_cookie(
        entrance.cookie_name(),
        token,
        httponly=True,
        secure=settings().https,
        samesite="Lax",
        path="/",
    )
    return made
