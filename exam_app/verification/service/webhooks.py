"""The address of an organisation that changes are sent to (变更推送): set, changed, ended."""

from __future__ import annotations

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.core import clock
from exam_app.core.crypto import keyring
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.verification import queries, rules, sending
from exam_app.verification.models import Webhook
from exam_app.verification.service.deliveries import ping


def set_webhook(url: str, *, purpose: str, actor: Actor) -> tuple[Webhook, str]:
    """Return the organisation's new address, and the secret its messages are signed with.

    The secret is shown once; the address before it ends. A first message tries the new one.
    Raises: RuleBroken: this installation sends nothing. BadInput: not an address that may be
        sent to, now. NotAllowed.
    Records: WEBHOOK_SET on the address.
    """
    organisation = queries.organisation_of(actor, Permission.API_TOKEN)
    duties.require(Permission.API_TOKEN, actor, own_org=True, purpose=bool(purpose.strip()))
    if not sending.is_allowed():
        raise RuleBroken("webhooks-off")
    sending.check_target(url)
    before = queries.webhook_of(organisation.id)
    if before is not None:
        _end(before, actor)
    webhook = Webhook(
        organisation_id=organisation.id,
        url=url.strip(),
        secret=b"",
        purpose=rules.shown_text(purpose.strip(), 200),
        set_by_id=actor.account_id,
        set_at=clock.now(),
    )
    session().add(webhook)
    session().flush()
    plain = rules.new_secret()
    webhook.secret = keyring().encrypt_field("webhook", "secret", webhook.id, plain)
    ping(webhook)
    trail.record(Action.WEBHOOK_SET, actor, webhook, url=webhook.url)
    return webhook, plain


def end_webhook(webhook: Webhook, *, actor: Actor) -> Webhook:
    """Send nothing more to an address (停止推送); what waits is not sent.

    Raises: RuleBroken: it has ended already. NotAllowed.
    Locks: the address. Records: WEBHOOK_ENDED on the address.
    """
    organisation = queries.organisation_of(actor, Permission.API_TOKEN)
    own = webhook.organisation_id == organisation.id
    duties.require(Permission.API_TOKEN, actor, own_org=own, purpose=True)
    lock(webhook)
    if webhook.ended_at is not None:
        raise RuleBroken("webhook-ended")
    _end(webhook, actor)
    trail.record(Action.WEBHOOK_ENDED, actor, webhook)
    return webhook


def _end(webhook: Webhook, actor: Actor) -> None:
    webhook.ended_by_id, webhook.ended_at = actor.account_id, clock.now()
    session().flush()
