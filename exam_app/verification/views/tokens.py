"""Pages of the interface's tokens: issued, shown once, revoked."""

from __future__ import annotations

from flask import Response, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.core.forms import choices
from exam_app.core.web import back_to, carried_out
from exam_app.verification import queries, rules, service
from exam_app.verification.forms import TokenForm
from exam_app.verification.terms import Scope
from exam_app.verification.views.blueprint import bp


def _form() -> TokenForm:
    form = TokenForm(request.form or None)
    form.days.choices = choices((days, _("%(days)s 天", days=days)) for days in rules.TOKEN_DAYS)
    return form


def _page(form: TokenForm) -> str:
    organisation = queries.organisation_of(g.actor, Permission.API_TOKEN)
    return render_template(
        "verification/tokens.html",
        organisation=organisation,
        form=form,
        form_errors=form.summary(),
        tokens=queries.tokens_of(organisation.id),
        at=clock.now(),
    )


@bp.get("/api-access")
@requires(Permission.API_TOKEN)
def show_tokens() -> str:
    """Show the organisation's tokens and the form for a new one."""
    return _page(_form())


@bp.post("/api-access")
@requires(Permission.API_TOKEN)
def issue_token() -> ResponseReturnValue:
    """Issue a token and show it, this once."""
    form, made = _form(), []

    def change() -> None:
        wanted = {Scope.VERIFY: form.verify.data, Scope.STAFF: form.staff.data}
        scopes = [scope for scope, chosen in wanted.items() if chosen]
        facts = {"purpose": form.purpose.data, "scopes": scopes, "days": form.days.data}
        token, plain = service.issue_token(form.label.data, **facts, actor=g.actor)
        made.append((token.label, token.expires_at, plain))

    if not carried_out(form, change):
        return _page(form), 422
    label, until, plain = made[0]
    return render_template("verification/token.html", label=label, until=until, plain=plain)


@bp.post("/api-access/<int:token_id>/revocation")
@requires(Permission.API_TOKEN)
def revoke_token(token_id: int) -> Response:
    """Revoke a token; the next call with it is refused."""
    organisation = queries.organisation_of(g.actor, Permission.API_TOKEN)
    with transaction():
        service.revoke_token(queries.get_token(token_id, organisation.id), actor=g.actor)
    flash(_("令牌已吊销。"))
    return back_to("verification.show_tokens")
