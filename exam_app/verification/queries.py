"""Reads of verification: whose organisation, its batches, staff, tokens, address and messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.table import RULES
from exam_app.certificates import listing
from exam_app.certificates.models import Certificate
from exam_app.certificates.terms import Standing
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.core.errors import Missing, NotAllowed
from exam_app.core.jobs import Job
from exam_app.credits import queries as credits
from exam_app.people import queries as people
from exam_app.people.models import Organisation
from exam_app.training.models import Enrolment, TrainingClass
from exam_app.verification import rules
from exam_app.verification.models import (
    ApiToken,
    LookUpUse,
    VerificationBatch,
    VerificationRow,
    Webhook,
    WebhookDelivery,
)
from exam_app.verification.terms import STANDING, Outcome

PAGE_ROWS = 200
LATEST = 50


@dataclass(frozen=True)
class StaffCertificate:
    """A certificate of somebody the enterprise sent, and how it stands today."""

    id: int
    person_id: int
    name: str
    masked_id: str
    number: str
    class_name: str
    category: str
    issued_on: dt.date
    expires_on: dt.date
    outcome: Outcome

    def expires_within(self, days: int, today: dt.date) -> bool:
        """Return whether it is valid today and ends within so many days."""
        return self.outcome is Outcome.VALID and self.expires_on <= today + dt.timedelta(days=days)


@dataclass(frozen=True)
class BatchPage:
    """A part of a batch's rows, and how many there are."""

    rows: Sequence[VerificationRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_ROWS))


# ---- whose 本单位


def organisation_of(actor: Actor, permission: Permission) -> Organisation:
    """Return the organisation for which the actor holds the duty of a permission.

    Raises: NotAllowed: for none.
    """
    rule = RULES[permission]
    for post in people.appointments_of(actor.account_id or 0, clock.now()):
        fits = post.role in rule.roles and post.organisation.kind in rule.kinds
        if fits and post.organisation_id in actor.organisation_ids:
            return post.organisation
    raise NotAllowed("no-duty", permission=str(permission), clause=rule.clause)


# ---- batches 批量查验


def batches_of(organisation_id: int) -> Sequence[tuple[VerificationBatch, Job]]:
    """Return the organisation's latest batches with their jobs, the newest first."""
    query = (
        select(VerificationBatch, Job)
        .join(Job, Job.id == VerificationBatch.job_id)
        .where(VerificationBatch.organisation_id == organisation_id)
        .order_by(VerificationBatch.id.desc())
        .limit(LATEST)
    )
    return [(batch, job) for batch, job in session().execute(query)]


def get_batch(batch_id: int, organisation_id: int) -> tuple[VerificationBatch, Job]:
    """Return a batch of the organisation and its job. Raises: Missing: none, or another's."""
    batch = session().get(VerificationBatch, batch_id)
    if batch is None or batch.organisation_id != organisation_id:
        raise Missing(kind="verification_batch")
    return batch, session().get_one(Job, batch.job_id)


def rows_of(batch_id: int, *, page: int = 1, only_bad: bool = False) -> BatchPage:
    """Return a page of a batch's rows in the order of the file."""
    wanted = VerificationRow.batch_id == batch_id
    if only_bad:
        wanted &= VerificationRow.outcome != Outcome.VALID
    total = session().scalar(select(func.count()).where(wanted)) or 0
    page = max(1, min(page, -(-total // PAGE_ROWS) or 1))
    query = select(VerificationRow).where(wanted).order_by(VerificationRow.place)
    query = query.offset((page - 1) * PAGE_ROWS).limit(PAGE_ROWS)
    return BatchPage(session().scalars(query).all(), total, page)


def all_rows(batch_id: int) -> Sequence[VerificationRow]:
    """Return all rows of a batch in the order of the file."""
    query = select(VerificationRow).where(VerificationRow.batch_id == batch_id)
    return session().scalars(query.order_by(VerificationRow.place)).all()


def counts_of(batch_id: int) -> dict[str, int]:
    """Return how many rows of a batch came to each outcome."""
    query = select(VerificationRow.outcome, func.count()).group_by(VerificationRow.outcome)
    query = query.where(VerificationRow.batch_id == batch_id)
    return {outcome.value: count for outcome, count in session().execute(query)}


def batches_today(organisation_id: int) -> int:
    """Return how many batches the organisation had begun within the last day."""
    since = clock.now() - dt.timedelta(days=1)
    query = select(func.count()).where(
        VerificationBatch.organisation_id == organisation_id, VerificationBatch.asked_at > since
    )
    return session().scalar(query) or 0


def misses_left(organisation_id: int) -> int:
    """Return how many more rows may match nothing today."""
    query = select(LookUpUse.missed).where(
        LookUpUse.organisation_id == organisation_id, LookUpUse.on_day == clock.today()
    )
    return max(0, rules.MISSES_A_DAY - (session().scalar(query) or 0))


def names_file(organisation_id: int, sha256: str) -> bool:
    """Return whether a batch still names the organisation's held file."""
    query = select(VerificationBatch.id).where(
        VerificationBatch.organisation_id == organisation_id,
        VerificationBatch.sha256 == sha256,
        VerificationBatch.file_removed_at.is_(None),
    )
    return session().scalars(query).first() is not None


# ---- own staff 本企业人员


def staff_certificates(
    organisation_id: int, *, after: int = 0, limit: int | None = None
) -> list[StaffCertificate]:
    """Return the signed certificates of the people an enterprise sent, in the order issued."""
    query = (
        select(Certificate, TrainingClass.name)
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            Enrolment.enterprise_id == organisation_id,
            Certificate.record.is_not(None),
            Certificate.id > after,
        )
        .order_by(Certificate.id)
        .limit(limit)
    )
    today, rows = clock.today(), session().execute(query).all()
    fallen = listing.told_otherwise(row for row, _ in rows)
    return [_staff(row, class_name, _outcome(row, today, fallen)) for row, class_name in rows]


def _staff(row: Certificate, class_name: str, outcome: Outcome) -> StaffCertificate:
    person = row.enrolment.person
    return StaffCertificate(
        id=row.id,
        person_id=person.id,
        name=str(row.fields.get("name") or person.name),
        masked_id=people.masked_id(person),
        number=row.number,
        class_name=class_name,
        category=row.enrolment.category.value,
        issued_on=row.issued_on,
        expires_on=row.expires_on,
        outcome=outcome,
    )


def _outcome(row: Certificate, today: dt.date, fallen: Mapping[int, Standing | None]) -> Outcome:
    """Return how a certificate stands; unknown where its row is not what was signed."""
    if row.id in fallen:
        return Outcome(fallen[row.id] or Outcome.STATUS_UNKNOWN)
    state = row.state.value
    if state in STANDING:
        return Outcome(state)
    if today > row.expires_on:
        return Outcome.EXPIRED
    return Outcome.VALID if today >= row.issued_on else Outcome.NOT_YET_VALID


def hours_of_staff(organisation_id: int, year: int) -> Mapping[int, Decimal]:
    """Return person → hours that stand for a year, of the people an enterprise sent."""
    sums: dict[int, Decimal] = {}
    for line in credits.enterprise_statement(organisation_id):
        if line.entry.year == year:
            sums[line.person.id] = sums.get(line.person.id, Decimal(0)) + line.hours
    return sums


# ---- tokens 接口令牌


def tokens_of(organisation_id: int) -> Sequence[ApiToken]:
    """Return the organisation's tokens, the newest first."""
    query = select(ApiToken).where(ApiToken.organisation_id == organisation_id)
    return session().scalars(query.order_by(ApiToken.id.desc())).all()


def get_token(token_id: int, organisation_id: int) -> ApiToken:
    """Return a token of the organisation. Raises: Missing: none, or another's."""
    found = session().get(ApiToken, token_id)
    if found is None or found.organisation_id != organisation_id:
        raise Missing(kind="api_token")
    return found


def find_token(token: str, at: dt.datetime) -> ApiToken | None:
    """Return the token that this is, None where there is none, or it is over or revoked."""
    query = select(ApiToken).where(ApiToken.token_hash == rules.token_hash(token))
    found = session().scalar(query)
    if found is None or found.revoked_at is not None or at >= found.expires_at:
        return None
    return found


# ---- pushed changes 变更推送


def webhook_of(organisation_id: int) -> Webhook | None:
    """Return the address changes are sent to now, None where none is set."""
    query = select(Webhook).where(
        Webhook.organisation_id == organisation_id, Webhook.ended_at.is_(None)
    )
    return session().scalar(query)


def deliveries_of(organisation_id: int) -> Sequence[WebhookDelivery]:
    """Return the latest messages to the organisation's addresses, the newest first."""
    query = (
        select(WebhookDelivery)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(Webhook.organisation_id == organisation_id)
        .order_by(WebhookDelivery.id.desc())
        .limit(LATEST)
    )
    return session().scalars(query).all()


def get_delivery(delivery_id: int, organisation_id: int) -> tuple[WebhookDelivery, Webhook]:
    """Return a message of the organisation and its address. Raises: Missing."""
    found = session().get(WebhookDelivery, delivery_id)
    webhook = None if found is None else session().get(Webhook, found.webhook_id)
    if found is None or webhook is None or webhook.organisation_id != organisation_id:
        raise Missing(kind="webhook_delivery")
    return found, webhook
