"""Verification for everybody (公开查验): by number and name, or by the text of the QR code."""

from __future__ import annotations

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from exam_app.access.guard import public
from exam_app.certificates import keys, pages
from exam_app.certificates.forms import LookUpForm, ScannedForm
from exam_app.certificates.views.blueprint import bp
from exam_app.core.errors import BadInput
from exam_app.people.tries import TooManyTries

JWKS_SECONDS = 3600


@bp.get("/v")
@public
def verify() -> str:
    """Show the verification page."""
    return _form_page(LookUpForm(), ScannedForm())


@bp.post("/v")
@public
def check() -> ResponseReturnValue:
    """Answer what is asked: a verdict, or that nothing was found under number and name."""
    if "text" in request.form:
        return _check_scanned()
    form = LookUpForm(request.form)
    if not form.validate():
        return _form_page(form, ScannedForm()), 422
    try:
        shown = pages.look_up(form.number.data, form.name.data, request.remote_addr or "")
    except (BadInput, TooManyTries) as refused:
        form.refuse(refused)
        return _form_page(form, ScannedForm()), refused.status
    if shown is None:
        return render_template("certificates/not_found.html"), 404
    return render_template("certificates/verdict.html", shown=shown)


def _check_scanned() -> ResponseReturnValue:
    form = ScannedForm(request.form)
    if not form.validate():
        return _form_page(LookUpForm(), form), 422
    shown = pages.verdict_of_text(form.text.data)
    return render_template("certificates/verdict.html", shown=shown)


def _form_page(look_up: LookUpForm, scanned: ScannedForm) -> str:
    return render_template(
        "certificates/verify.html",
        look_up=look_up,
        scanned=scanned,
        form_errors=look_up.summary() + scanned.summary(),
    )


@bp.get("/.well-known/jwks.json")
@public
def jwks() -> Response:
    """Return the public keys, for anybody to keep and verify with."""
    published = keys.load_published(pages.config().keys)
    response = Response(published.to_jwks(), mimetype="application/jwk-set+json")
    response.headers["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]
