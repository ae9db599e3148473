"""Who is paid for (应支付名单): persons who took part and passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from exam_app.certificates import listing
from exam_app.certificates.models import Certificate
from exam_app.certificates.terms import LAST_WORD, CertificateState
from exam_app.core.db import session
from exam_app.marking.terms import Outcome
from exam_app.people import queries as people
from exam_app.reports import rules
from exam_app.reports.queries.figures import outcomes, project_policy
from exam_app.training.models import Eligibility, Enrolment, TrainingClass, TrainingProject
from exam_app.training.queries import total_hours
from exam_app.training.terms import EligibilityState


@dataclass(frozen=True)
class PayableRow:
    """One person who took part and passed; ``certificate`` is empty where none is valid."""

    name: str
    masked_id: str
    enterprise: str
    class_code: str
    class_name: str
    category: str
    hours: Decimal
    certificate: str


@dataclass(frozen=True)
class Payable:
    """The list of one project with the clause it rests on; ``open_classes`` are not done yet."""

    project: TrainingProject
    document: str
    clause: str
    quote: str
    rows: tuple[PayableRow, ...]
    open_classes: int


def payable(project: TrainingProject) -> Payable:
    """Return who took part and passed, each person once.

    Source: 伊应急函〔2025〕41号 四(五) "参加培训并考试合格的，按规定支付工伤预防费".
    """
    document, clause, quote = rules.payment_clause(project_policy(project))
    query = (
        select(Enrolment, TrainingClass, Eligibility, Certificate)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(Eligibility, Eligibility.enrolment_id == Enrolment.id)
        .outerjoin(
            Certificate,
            (Certificate.enrolment_id == Enrolment.id) & Certificate.state.in_(LAST_WORD),
        )
        .where(
            TrainingClass.project_id == project.id,
            Eligibility.state == EligibilityState.ELIGIBLE,
        )
        .order_by(TrainingClass.id, Enrolment.id)
    )
    found = session().execute(query).all()
    ended = outcomes({enrolment.class_id for enrolment, *_ in found})
    lost = _lost([certificate for *_, certificate in found if certificate is not None])
    gone = set(listing.results_revoked().values())  # enrolments whose row may be taken away
    rows: dict[int, PayableRow] = {}
    for enrolment, training_class, decision, certificate in found:
        taken_back = enrolment.id in gone if certificate is None else certificate.id in lost
        if ended.get(enrolment.id) is Outcome.PASS and not taken_back:
            row = _row(enrolment, training_class, decision, certificate)
            rows.setdefault(enrolment.person_id, row)
    return Payable(
        project, document, clause, quote, tuple(rows.values()), _open_classes(project.id)
    )


def _lost(certificates: Sequence[Certificate]) -> set[int]:
    """Return the ids of those that were revoked, also where SQL made their rows say otherwise."""
    revoked = {each.id for each in certificates if each.state is CertificateState.REVOKED}
    return revoked | listing.told_otherwise(certificates).keys()


def _row(
    enrolment: Enrolment,
    training_class: TrainingClass,
    decision: Eligibility,
    certificate: Certificate | None,
) -> PayableRow:
    valid = certificate is not None and certificate.state is CertificateState.VALID
    return PayableRow(
        name=enrolment.person.name,
        masked_id=people.masked_id(enrolment.person),
        enterprise=enrolment.enterprise.name,
        class_code=training_class.code,
        class_name=training_class.name,
        category=enrolment.category.value,
        hours=total_hours(decision),
        certificate=certificate.number if certificate is not None and valid else "",
    )


def _open_classes(project_id: int) -> int:
    """Return how many classes of the project have no released result yet."""
    query = select(TrainingClass.id).where(TrainingClass.project_id == project_id)
    class_ids = set(session().scalars(query))
    ended = outcomes(class_ids)
    done = select(Enrolment.class_id).where(Enrolment.id.in_(list(ended)))
    return len(class_ids - set(session().scalars(done)))
