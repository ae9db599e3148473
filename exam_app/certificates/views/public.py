"""Verification for everybody (公开查验): by number and name, or by the text of the QR code."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from exam_app.access.guard import public
from exam_app.certificates import browser, pages
from exam_app.certificates.forms import LookUpForm, ScannedForm
from exam_app.certificates.pages import Shown
from exam_app.certificates.views.blueprint import bp
from exam_app.people.tries import TooManyTries


@bp.get("/v")
@public
def verify() -> str:
    """Show the verification page."""
    return _form_page(LookUpForm(), ScannedForm())


@bp.get("/v/<string(maxlength=1200):digits>")
@public
def verify_digits(digits: str) -> str:
    """Show the verdict on a record that stands in the address itself, above the page's forms."""
    return _form_page(LookUpForm(), ScannedForm(), pages.verdict_of_text(digits))


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
    except TooManyTries as refused:
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
    if request.accept_mimetypes.best == "application/json":
        return {"state": shown.verdict.state, "reasons": shown.verdict.reasons}
    return render_template("certificates/verdict.html", shown=shown)


def _form_page(look_up: LookUpForm, scanned: ScannedForm, shown: Shown | None = None) -> str:
    return render_template(
        "certificates/verify.html",
        look_up=look_up,
        scanned=scanned,
        shown=shown,
        browser=browser.verifier_data(),
        form_errors=look_up.summary() + scanned.summary(),
    )
