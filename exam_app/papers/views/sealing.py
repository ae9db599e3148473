"""Custodians' keys, and sealing by two of them."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput
from exam_app.papers import queries, service
from exam_app.papers.forms import KeyForm
from exam_app.papers.views.base import bp


@bp.get("/custodian-key")
@requires(Permission.CUSTODIAN_KEY_ENROL)
def my_key() -> str:
    """Show whether the custodian has a key, with the form of a new one."""
    queries.require_keeper(g.actor)
    key = queries.custodian_key(g.actor.account_id)
    return render_template("papers/custodian_key.html", key=key, form=KeyForm())


@bp.post("/custodian-key")
@requires(Permission.CUSTODIAN_KEY_ENROL)
def enrol_key() -> ResponseReturnValue:
    """Enrol a new key under a passphrase."""
    form = KeyForm(request.form)
    if form.validate():
        try:
            with transaction():
                service.enrol_custodian_key(form.passphrase.data, actor=g.actor)
            flash(_("保管密钥已登记。请牢记口令：遗忘后无法找回。"))
            return redirect(url_for("papers.my_key"), 303)
        except BadInput as error:
            form.refuse(error)
    key = queries.custodian_key(g.actor.account_id)
    return render_template("papers/custodian_key.html", key=key, form=form), 422


@bp.post("/papers/<int:paper_id>/seal-consent")
@requires(Permission.PAPER_SEAL)
def consent_to_seal(paper_id: int) -> ResponseReturnValue:
    """Consent to seal as the first custodian."""
    with transaction():
        service.consent_to_seal(queries.get_paper(paper_id, g.actor), actor=g.actor)
    flash(_("已同意封存，等待另一单位的保管人封存。"))
    return redirect(url_for("papers.show_paper", paper_id=paper_id), 303)


@bp.post("/papers/<int:paper_id>/seal")
@requires(Permission.PAPER_SEAL)
def seal_paper(paper_id: int) -> ResponseReturnValue:
    """Seal as the second custodian."""
    with transaction():
        service.seal(queries.get_paper(paper_id, g.actor), actor=g.actor)
    flash(_("试卷已封存。"))
    return redirect(url_for("papers.show_paper", paper_id=paper_id), 303)
