"""Pages of pushed changes: the organisation's address, its secret shown once, the messages."""

from __future__ import annotations

from flask import Response, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.errors import Missing
from exam_app.core.web import back_to, carried_out
from exam_app.verification import queries, sending, service
from exam_app.verification.forms import WebhookForm
from exam_app.verification.views.blueprint import bp


def _organisation_id() -> int:
    return queries.organisation_of(g.actor, Permission.API_TOKEN).id


def _page(form: WebhookForm) -> str:
    organisation_id = _organisation_id()
    return render_template(
        "verification/webhook.html",
        form=form,
        form_errors=form.summary(),
        webhook=queries.webhook_of(organisation_id),
        deliveries=queries.deliveries_of(organisation_id),
        allowed=sending.is_allowed(),
    )


@bp.get("/webhook")
@requires(Permission.API_TOKEN)
def show_webhook() -> str:
    """Show the address changes are sent to, and how the latest messages went."""
    return _page(WebhookForm())


@bp.post("/webhook")
@requires(Permission.API_TOKEN)
def set_webhook() -> ResponseReturnValue:
    """Set the address and show the secret of its messages, this once."""
    form, made = WebhookForm(request.form), []

    def change() -> None:
        webhook, plain = service.set_webhook(
            form.url.data, purpose=form.purpose.data, actor=g.actor
        )
        made.append((webhook.url, plain))

    if not carried_out(form, change):
        return _page(form), 422
    return render_template("verification/secret.html", url=made[0][0], plain=made[0][1])


@bp.post("/webhook/end")
@requires(Permission.API_TOKEN)
def end_webhook() -> Response:
    """Send nothing more to the organisation's address."""
    webhook = queries.webhook_of(_organisation_id())
    if webhook is None:
        raise Missing(kind="webhook")
    with transaction():
        service.end_webhook(webhook, actor=g.actor)
    flash(_("已停止推送。"))
    return back_to("verification.show_webhook")


@bp.post("/webhook/deliveries/<int:delivery_id>")
@requires(Permission.API_TOKEN)
def resend(delivery_id: int) -> Response:
    """Send once more what a message said."""
    delivery, _webhook = queries.get_delivery(delivery_id, _organisation_id())
    with transaction():
        service.resend(delivery, actor=g.actor)
    flash(_("已安排重新发送。"))
    return back_to("verification.show_webhook")
