"""Reads of home: what stands of the classes, and what else waits for somebody."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import case, func, select

from exam_app.access.actor import Actor
from exam_app.bank.models import ItemRow
from exam_app.bank.terms import ItemState
from exam_app.certificates.models import (
    Certificate,
    CertificateChange,
    Revocation,
    SittingVoiding,
)
from exam_app.certificates.queries import in_force
from exam_app.certificates.terms import CertificateState
from exam_app.core import clock
from exam_app.core.db import session
from exam_app.credits.models import CreditEntry
from exam_app.home.rules import ClassFacts, SittingFacts
from exam_app.marking.models import Regrade, Result
from exam_app.marking.rules import Taken, next_attempt
from exam_app.marking.terms import Outcome, RegradeState, ResultState
from exam_app.papers.models import Paper
from exam_app.papers.terms import PaperKind, PaperState
from exam_app.people.models import Appointment, Entrustment, PolicySetting
from exam_app.sittings.models import Entry, InvigilatorDuty, Sitting
from exam_app.sittings.terms import SittingKind
from exam_app.training import queries as training
from exam_app.training.models import Eligibility, Enrolment, TrainingClass
from exam_app.training.terms import EligibilityState

OPENED = (PaperState.OPENED, PaperState.ARCHIVED)
Counts = dict[int, tuple[int, ...]]


def class_facts(classes: Sequence[TrainingClass]) -> dict[int, ClassFacts]:
    """Return class id → what stands of it, read in a handful of queries for all of them."""
    ids = [each.id for each in classes]
    rosters, certificates, uncredited = _rosters(ids), _certificates(ids), _uncredited(ids)
    sittings, outcomes = _sittings(ids), _outcomes(ids)
    found = {}
    for each in classes:
        enrolled, unconfirmed, admitted, without = rosters.get(each.id, (0, 0, 0, 0))
        prepared, signed = certificates.get(each.id, (0, 0))
        first = sittings.get((each.id, SittingKind.FIRST))
        found[each.id] = ClassFacts(
            state=each.state,
            enrolled=enrolled,
            unconfirmed=unconfirmed,
            admitted=admitted,
            without_reason=without,
            sitting=first,
            retake=sittings.get((each.id, SittingKind.RETAKE)),
            retake_wanted=_retakes_wanted(each, outcomes.get(each.id, {})),
            passed=sum(map(_has_passed, outcomes.get(each.id, {}).values())),
            prepared=prepared,
            signed=signed,
            uncredited=uncredited[each.id],
        )
    return found


def _counted(query: Any) -> Counts:
    return {row[0]: tuple(int(value or 0) for value in row[1:]) for row in session().execute(query)}


def _one_if(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _rosters(ids: Iterable[int]) -> Counts:
    return _counted(
        select(
            Enrolment.class_id,
            func.count(Enrolment.id),
            _one_if(Enrolment.confirmed_by_id.is_(None)),
            _one_if(Eligibility.state == EligibilityState.ELIGIBLE),
            _one_if(Eligibility.state == EligibilityState.NEEDS_REASON),
        )
        .outerjoin(Eligibility, Eligibility.enrolment_id == Enrolment.id)
        .where(Enrolment.class_id.in_(list(ids)))
        .group_by(Enrolment.class_id)
    )


def _certificates(ids: Iterable[int]) -> Counts:
    return _counted(
        select(
            Enrolment.class_id,
            func.count(Certificate.id),
            _one_if(Certificate.state != CertificateState.INTENDED),
        )
        .join(Certificate, Certificate.enrolment_id == Enrolment.id)
        .where(
            Enrolment.class_id.in_(list(ids)),
            Certificate.state.not_in([CertificateState.REPLACED, CertificateState.CANCELLED]),
        )
        .group_by(Enrolment.class_id)
    )


def _uncredited(ids: Iterable[int]) -> Counter[int]:
    credited = select(CreditEntry.id).where(CreditEntry.enrolment_id == Enrolment.id)
    waiting = select(Enrolment.id).where(Enrolment.class_id.in_(list(ids)), ~credited.exists())
    held = in_force(Certificate.enrolment_id.in_(waiting))
    return Counter(each.enrolment.class_id for each in held)


def _outcomes(ids: Iterable[int]) -> dict[int, dict[int, list[Taken]]]:
    """Return class → enrolment → the attempts whose results are released, in their order."""
    void = select(SittingVoiding.sitting_id).where(
        SittingVoiding.decided_at.is_not(None), SittingVoiding.rejected.is_(None)
    )
    query = (
        select(
            Enrolment.class_id,
            Enrolment.id,
            Entry.attempt_number,
            Result.outcome,
            Entry.sitting_id.in_(void),
        )
        .join(Entry, Entry.enrolment_id == Enrolment.id)
        .join(Result, Result.entry_id == Entry.id)
        .where(
            Enrolment.class_id.in_(list(ids)),
            Result.state == ResultState.RELEASED,
        )
        .order_by(Entry.id)
    )
    found: dict[int, dict[int, list[Taken]]] = {}
    for class_id, enrolment_id, number, outcome, is_void in session().execute(query):
        attempts = found.setdefault(class_id, {}).setdefault(enrolment_id, [])
        attempts.append(Taken(number, outcome, bool(is_void)))
    return found


def _has_passed(attempts: Sequence[Taken]) -> bool:
    return any(each.outcome is Outcome.PASS and not each.void for each in attempts)


def _retakes_wanted(training_class: TrainingClass, taken: dict[int, list[Taken]]) -> int:
    open_ = [attempts for attempts in taken.values() if not _has_passed(attempts)]
    policy = training.policy_of(training_class) if open_ else None
    return sum(policy is not None and next_attempt(each, policy) is not None for each in open_)


def _sittings(ids: Iterable[int]) -> dict[tuple[int, SittingKind], SittingFacts]:
    query = select(Sitting).where(Sitting.class_id.in_(list(ids))).order_by(Sitting.id)
    rows = session().scalars(query).all()
    sitting_ids = [row.id for row in rows]
    entered, results = _entered(sitting_ids), _results(sitting_ids)
    papers, posts = _papers(sitting_ids), _posts(sitting_ids)
    now = clock.now()
    found = {}
    for row in rows:
        held = papers.get(row.id, [])
        marked, confirmed, released = results.get(row.id, (0, 0, 0))
        found[row.class_id, row.kind] = SittingFacts(
            sitting_id=row.id,
            state=row.state,
            is_retake=row.kind is SittingKind.RETAKE,
            entered=entered.get(row.id, (0,))[0],
            papers=tuple(paper.state for paper in held),
            first_opened=any(paper.state in OPENED for paper in held),
            window=row.opens_at <= now <= row.ends_at,
            marked=marked,
            confirmed=confirmed,
            released=released,
            duty_account_ids=_keepers(row) | posts.get(row.id, frozenset()),
        )
    return found


def _keepers(row: Sitting) -> frozenset[int]:
    held = (row.authority_custodian_id, row.site_custodian_id, row.reserve_custodian_id)
    return frozenset(each for each in held if each is not None)


def _posts(sitting_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    query = select(InvigilatorDuty.sitting_id, InvigilatorDuty.account_id).where(
        InvigilatorDuty.sitting_id.in_(list(sitting_ids))
    )
    found: dict[int, frozenset[int]] = {}
    for sitting_id, account_id in session().execute(query):
        found[sitting_id] = found.get(sitting_id, frozenset()) | {account_id}
    return found


def _entered(sitting_ids: Iterable[int]) -> Counts:
    return _counted(
        select(Entry.sitting_id, func.count(Entry.id))
        .where(Entry.sitting_id.in_(list(sitting_ids)))
        .group_by(Entry.sitting_id)
    )


def _results(sitting_ids: Iterable[int]) -> Counts:
    return _counted(
        select(
            Entry.sitting_id,
            func.count(Result.id),
            _one_if(Result.state != ResultState.MARKED),
            _one_if(Result.state == ResultState.RELEASED),
        )
        .join(Result, Result.entry_id == Entry.id)
        .where(Entry.sitting_id.in_(list(sitting_ids)))
        .group_by(Entry.sitting_id)
    )


def _papers(sitting_ids: Iterable[int]) -> dict[int, list[Paper]]:
    """Return the papers that stand, the first or retake paper before its reserve."""
    query = select(Paper).where(
        Paper.sitting_id.in_(list(sitting_ids)), Paper.withdrawn_at.is_(None)
    )
    found: dict[int, list[Paper]] = {}
    for row in session().scalars(query):
        found.setdefault(row.sitting_id, []).append(row)
    for held in found.values():
        held.sort(key=lambda paper: paper.kind is PaperKind.RESERVE)
    return found


def papers_in_words(sitting_id: int) -> list[tuple[PaperKind, PaperState]]:
    """Return kind and state of a sitting's papers; nothing of what they hold."""
    return [(row.kind, row.state) for row in _papers([sitting_id]).get(sitting_id, [])]


def items_in_review(actor: Actor, authority_ids: Iterable[int]) -> int:
    """Return how many items of these authorities wait for a review by somebody else."""
    query = select(func.count(ItemRow.id)).where(
        ItemRow.state == ItemState.IN_REVIEW,
        ItemRow.authority_id.in_(list(authority_ids)),
        ItemRow.author_id != actor.account_id,
    )
    return session().scalar(query) or 0


def appointments_to_confirm(actor: Actor) -> int:
    """Return how many appointments somebody else granted and nobody confirmed."""
    query = select(func.count(Appointment.id)).where(
        Appointment.confirmed_at.is_(None),
        Appointment.ended_at.is_(None),
        Appointment.granted_by_id.is_not(None),
        Appointment.granted_by_id != actor.account_id,
        Appointment.account_id != actor.account_id,
    )
    return session().scalar(query) or 0


def entrustments_to_confirm(actor: Actor) -> int:
    """Return how many entrustments somebody else drew up and nobody confirmed."""
    query = select(func.count(Entrustment.id)).where(
        Entrustment.confirmed_by_id.is_(None),
        Entrustment.ended_at.is_(None),
        Entrustment.granted_by_id != actor.account_id,
    )
    return session().scalar(query) or 0


def settings_to_approve(actor: Actor) -> int:
    """Return how many local settings somebody else proposed and nobody approved."""
    query = select(func.count(PolicySetting.id)).where(
        PolicySetting.approved_at.is_(None),
        PolicySetting.authority_id.in_(actor.organisation_ids or {0}),
        PolicySetting.proposed_by_id != actor.account_id,
    )
    return session().scalar(query) or 0


def regrades_to_decide(actor: Actor, class_ids: Iterable[int]) -> list[tuple[int, str, int]]:
    """Return (id, paper code, question) of regrades that wait for a second person."""
    query = (
        select(Regrade.id, Paper.code, Regrade.question)
        .join(Paper, Paper.id == Regrade.paper_id)
        .where(
            Regrade.state == RegradeState.PROPOSED,
            Regrade.proposed_by_id != actor.account_id,
            Paper.class_id.in_(list(class_ids)),
        )
        .order_by(Regrade.id)
    )
    return [(number, code, question) for number, code, question in session().execute(query)]


def certificates_to_decide(actor: Actor, authority_ids: Iterable[int]) -> list[tuple[int, str]]:
    """Return (certificate id, number) where somebody else asked for something, undecided."""
    served = list(authority_ids)
    queries = (
        select(Certificate.id, Certificate.number)
        .join(kind, kind.certificate_id == Certificate.id)
        .where(
            kind.decided_at.is_(None),
            kind.asked_by_id != actor.account_id,
            Certificate.authority_id.in_(served),
        )
        .order_by(kind.id)
        for kind in (Revocation, CertificateChange)
    )
    return [(each, number) for query in queries for each, number in session().execute(query)]


def voidings_to_decide(actor: Actor, class_ids: Iterable[int]) -> list[tuple[int, str]]:
    """Return (sitting id, class name) where somebody else asked to void a sitting, undecided."""
    query = (
        select(Sitting.id, TrainingClass.name)
        .join(SittingVoiding, SittingVoiding.sitting_id == Sitting.id)
        .join(TrainingClass, TrainingClass.id == Sitting.class_id)
        .where(
            SittingVoiding.decided_at.is_(None),
            SittingVoiding.asked_by_id != actor.account_id,
            Sitting.class_id.in_(list(class_ids)),
        )
        .order_by(SittingVoiding.id)
    )
    return [(sitting_id, name) for sitting_id, name in session().execute(query)]


def own_sittings(actor: Actor, since: dt.datetime) -> Sequence[Sitting]:
    """Return the sittings that somebody supervises or keeps papers for and that are not past."""
    posted = select(InvigilatorDuty.sitting_id).where(
        InvigilatorDuty.account_id == actor.account_id
    )
    mine = actor.account_id or 0
    query = select(Sitting).where(
        Sitting.ends_at >= since,
        Sitting.id.in_(posted)
        | (Sitting.authority_custodian_id == mine)
        | (Sitting.site_custodian_id == mine)
        | (Sitting.reserve_custodian_id == mine),
    )
    return session().scalars(query.order_by(Sitting.starts_at)).all()
