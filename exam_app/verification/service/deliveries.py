"""Messages to organisations (变更推送): written with the change, sent by a job, tried again."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import listing
from exam_app.certificates.models import Certificate
from exam_app.core import clock
from exam_app.core.crypto import keyring
from exam_app.core.db import end_read, session
from exam_app.core.errors import RuleBroken
from exam_app.core.jobs import Running, enqueue
from exam_app.verification import queries, rules, sending
from exam_app.verification.models import Webhook, WebhookDelivery
from exam_app.verification.terms import EVENTS, PING, DeliveryState

JOB = "webhook-delivery"


def note_change(certificate: Certificate, reason: str, actor: Actor) -> None:
    """Write a message to the organisation whose person holds a certificate that changed.

    In the transaction of the change: both stay or neither. The reason is not sent.
    """
    event = EVENTS.get(certificate.state.value)
    if event is None or not sending.is_allowed():
        return
    webhook = queries.webhook_of(certificate.enrolment.enterprise_id)
    if webhook is not None:
        _write(webhook, event, certificate)


def ping(webhook: Webhook) -> WebhookDelivery:
    """Return a first message to a new address, so that its owner sees that it arrives."""
    return _write(webhook, PING, None)


def resend(delivery: WebhookDelivery, *, actor: Actor) -> WebhookDelivery:
    """Return a message written anew that says what another said (重新发送).

    Raises: RuleBroken: this installation sends nothing, or no address is set. NotAllowed.
    Records: WEBHOOK_RESENT on the new message.
    """
    organisation = queries.organisation_of(actor, Permission.API_TOKEN)
    _, webhook = queries.get_delivery(delivery.id, organisation.id)
    duties.require(Permission.API_TOKEN, actor, own_org=True, purpose=True)
    current = queries.webhook_of(organisation.id)
    if current is None or not sending.is_allowed():
        raise RuleBroken("webhooks-off")
    held = delivery.certificate_id
    certificate = None if held is None else session().get_one(Certificate, held)
    fresh = _write(current, delivery.event, certificate)
    trail.record(Action.WEBHOOK_RESENT, actor, fresh, again=delivery.event_id)
    return fresh


def _write(webhook: Webhook, event: str, certificate: Certificate | None) -> WebhookDelivery:
    event_id, now = uuid.uuid4().hex, clock.now()
    body: dict[str, Any] = {"id": event_id, "type": event, "at": now.isoformat(timespec="seconds")}
    if certificate is not None:
        fallen = listing.told_otherwise([certificate])
        body["certificate"] = {
            "number": certificate.number,
            "state": (fallen.get(certificate.id) or certificate.state).value,
            "status": list(listing.place_of(certificate)),
        }
    delivery = WebhookDelivery(
        webhook_id=webhook.id,
        certificate_id=None if certificate is None else certificate.id,
        event_id=event_id,
        event=event,
        body=json.dumps(body, ensure_ascii=False, sort_keys=True),
        made_at=now,
        next_at=now,
    )
    session().add(delivery)
    session().flush()
    enqueue(JOB, {"delivery": delivery.id}, account_id=webhook.set_by_id)
    return delivery


# ---- long work 后台任务


def run_delivery(running: Running) -> Mapping[str, Any]:
    """Try to send one message; where that fails, write down why and when it is tried again.

    What was sent and not yet written down when a worker died is sent twice: a receiver knows a
    message again by its id.
    """
    delivery = session().get_one(WebhookDelivery, running.arguments["delivery"])
    webhook = session().get_one(Webhook, delivery.webhook_id)
    if delivery.state is not DeliveryState.WAITING:
        return {}
    answer = _send(delivery, webhook)
    with running.step():
        delivery = session().get_one(WebhookDelivery, running.arguments["delivery"])
        _note(delivery, answer, running.account_id)
    return {}


def _send(delivery: WebhookDelivery, webhook: Webhook) -> sending.Answer:
    if webhook.ended_at is not None:
        return sending.Answer(problem="webhook-ended", is_final=True)
    if not sending.is_allowed():
        return sending.Answer(problem="webhooks-off", is_final=True)
    secret = keyring().decrypt_field("webhook", "secret", webhook.id, webhook.secret)
    body = delivery.body.encode()
    headers = {
        "Exam-Event": delivery.event,
        "Exam-Delivery": delivery.event_id,
        "Exam-Signature": rules.signature(secret, clock.now(), body),
    }
    url = webhook.url
    end_read()  # nothing is held open while the other side is waited for
    return sending.post(url, body, headers)


def _note(delivery: WebhookDelivery, answer: sending.Answer, account_id: int) -> None:
    now = clock.now()
    delivery.attempts, delivery.tried_at = delivery.attempts + 1, now
    delivery.status, delivery.problem, delivery.next_at = answer.status, answer.problem, None
    if answer.is_good:
        delivery.state, delivery.finished_at = DeliveryState.DELIVERED, now
        return
    again = None if answer.is_final else rules.next_try(delivery.attempts, now)
    if again is None:
        delivery.state, delivery.finished_at = DeliveryState.FAILED, now
        return
    delivery.next_at = again
    enqueue(JOB, {"delivery": delivery.id}, account_id=account_id, due_at=again)
