"""The file of one class (班次档案): all that was done and decided, and on which words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from exam_app.certificates import listing
from exam_app.certificates.models import Certificate
from exam_app.certificates.terms import CertificateState
from exam_app.core.db import session
from exam_app.credits.queries import lines_of_class
from exam_app.marking.models import Regrade, Result
from exam_app.marking.terms import ResultState
from exam_app.papers.models import Consent, Paper, SealedCopy
from exam_app.papers.terms import ConsentPurpose
from exam_app.people import queries as people
from exam_app.reports.queries.names import Names
from exam_app.reports.queries.traces import duty, traces
from exam_app.sittings.models import Entry, Incident, InvigilatorDuty, Sitting
from exam_app.sittings.terms import EntryState, InvigilationRole
from exam_app.training import queries as training
from exam_app.training.models import Enrolment, TrainingClass

ENTRUSTABLE = ("exam.organiser", "exam.invigilator")


def class_file(training_class: TrainingClass, *, totals: bool) -> dict[str, Any]:
    """Return the file of a class as plain values, in the order it is read.

    Args: totals: whether results carry their marks; outside the authority they never do.
    """
    names = Names()
    papers = (
        session()
        .scalars(select(Paper).where(Paper.class_id == training_class.id).order_by(Paper.id))
        .all()
    )
    sittings = (
        session()
        .scalars(select(Sitting).where(Sitting.class_id == training_class.id).order_by(Sitting.id))
        .all()
    )
    results = _results(training_class.id)
    return {
        "class": _head(training_class),
        "lessons": _lessons(training_class),
        "people": _people(training_class),
        "papers": [_paper(each) for each in papers],
        "sittings": [_sitting(each) for each in sittings],
        "incidents": _incidents(sittings, names),
        "results": [_result(row, entry, totals=totals) for row, entry in results],
        "regrades": _regrades(papers, names),
        "certificates": _certificates(training_class.id),
        "credits": _credits(training_class.id),
        "duties": _duties(training_class, papers, sittings, [row for row, _ in results], names),
        "reasons": _reasons(training_class, papers, names),
        "choices": _choices(training_class),
        "trail": traces(training_class.id, [each.id for each in sittings], names),
    }


def _head(training_class: TrainingClass) -> dict[str, Any]:
    policy = training.policy_of(training_class)
    authority = people.get_organisation(training_class.project.authority_id)
    return {
        "code": training_class.code,
        "name": training_class.name,
        "project": training_class.project.name,
        "authority": authority.name,
        "provider": training_class.provider.name,
        "category": training_class.category,
        "industry": training_class.industry,
        "state": training_class.state,
        "document": policy.document,
        "title": policy.title,
        "policy_digest": training_class.policy_digest,
        "verified_at": training_class.verified_at,
    }


def _lessons(training_class: TrainingClass) -> list[dict[str, Any]]:
    lecturers = {row.id: row for row in training.lecturers_of(training_class.provider_id)}
    return [
        {
            "number": row.number,
            "topic": row.topic,
            "mode": row.mode,
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            "place": row.place,
            "lecturer": lecturers[row.lecturer_id].person.name
            if row.lecturer_id in lecturers
            else "",
        }
        for row in training.lessons_of(training_class.id)
    ]


def _people(training_class: TrainingClass) -> list[dict[str, Any]]:
    decisions = training.eligibility_of(training_class.id)
    documents = training.policy_of(training_class).documents
    rows = []
    for enrolment in training.enrolments_of(training_class.id):
        decision = decisions.get(enrolment.id)
        row = _who(enrolment) | {
            "enterprise": enrolment.enterprise.name,
            "category": enrolment.category,
            "real_name": enrolment.real_name,
            "state": None if decision is None else decision.state,
        }
        if decision is not None:
            row |= {
                "hours": training.total_hours(decision),
                "online": decision.hours_online,
                "offline": decision.hours_offline,
                "practical": decision.hours_practical,
                "credited": decision.hours_credited,
                "findings": [
                    {**each, "notice": documents.get(each["notice"], each["notice"])}
                    for each in decision.findings
                ],
                "reason": decision.reason,
            }
        rows.append(row)
    return rows


def _who(enrolment: Enrolment) -> dict[str, Any]:
    return {"name": enrolment.person.name, "masked_id": people.masked_id(enrolment.person)}


def _paper(paper: Paper) -> dict[str, Any]:
    return {
        "code": paper.code,
        "kind": paper.kind,
        "state": paper.state,
        "questions": paper.questions,
        "full_marks": paper.full_marks,
        "draw_number": paper.draw_number,
        "seed_commitment": paper.seed_commitment,
        "bank_digest": paper.bank_digest,
        "content_digest": paper.content_digest,
        "drawn_at": paper.drawn_at,
        "approved_at": paper.approved_at,
        "sealed_at": paper.sealed_at,
        "opened_at": paper.opened_at,
        "withdrawn_at": paper.withdrawn_at,
        "withdrawn_reason": paper.withdrawn_reason,
    }


def _sitting(sitting: Sitting) -> dict[str, Any]:
    states = session().scalars(select(Entry.state).where(Entry.sitting_id == sitting.id)).all()
    return {
        "kind": sitting.kind,
        "mode": sitting.mode,
        "site": sitting.site.name,
        "state": sitting.state,
        "starts_at": sitting.starts_at,
        "ends_at": sitting.ends_at,
        "opened_at": sitting.opened_at,
        "closed_at": sitting.closed_at,
        "handed_over_at": sitting.handed_over_at,
        "entered": len(states),
        "present": states.count(EntryState.CHECKED_IN),
        "absent": states.count(EntryState.ABSENT),
        "disqualified": states.count(EntryState.DISQUALIFIED),
    }


def _incidents(sittings: Sequence[Sitting], names: Names) -> list[dict[str, Any]]:
    ids = [each.id for each in sittings]
    query = (
        select(Incident, Entry.ticket_number)
        .outerjoin(Entry, Entry.id == Incident.entry_id)
        .where(Incident.sitting_id.in_(ids))
        .order_by(Incident.id)
    )
    return [
        {
            "kind": row.kind,
            "ticket": ticket or "",
            "description": row.description,
            "disqualifies": row.disqualifies,
            "reported_by": names.of(row.reported_by_id),
            "second_by": names.of(row.second_by_id),
            "agreed": row.agreed,
            "at": row.reported_at,
        }
        for row, ticket in session().execute(query)
    ]


def _results(class_id: int) -> list[tuple[Result, Entry]]:
    query = (
        select(Result, Entry)
        .join(Entry, Entry.id == Result.entry_id)
        .join(Enrolment, Enrolment.id == Entry.enrolment_id)
        .where(Enrolment.class_id == class_id, Result.state == ResultState.RELEASED)
        .order_by(Entry.attempt_number, Entry.enrolment_id)
    )
    return [(result, entry) for result, entry in session().execute(query)]


def _result(result: Result, entry: Entry, *, totals: bool) -> dict[str, Any]:
    row = _who(entry.enrolment) | {
        "attempt": entry.attempt_number,
        "outcome": result.outcome,
        "state": result.state,
        "released_at": result.released_at,
    }
    if totals:
        row |= {
            "total": result.total,
            "full_marks": result.full_marks,
            "pass_mark": result.pass_mark,
        }
    return row


def _regrades(papers: Sequence[Paper], names: Names) -> list[dict[str, Any]]:
    codes = {paper.id: paper.code for paper in papers}
    query = select(Regrade).where(Regrade.paper_id.in_(list(codes))).order_by(Regrade.id)
    return [
        {
            "paper": codes[row.paper_id],
            "question": row.question,
            "reason": row.reason,
            "state": row.state,
            "changed": len(row.effect),
            "proposed_by": names.of(row.proposed_by_id),
            "decided_by": names.of(row.decided_by_id),
        }
        for row in session().scalars(query)
    ]


def _certificates(class_id: int) -> list[dict[str, Any]]:
    query = (
        select(Certificate)
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .where(Enrolment.class_id == class_id)
        .order_by(Certificate.number)
    )
    rows = session().scalars(query).all()
    fallen = listing.told_otherwise(rows)
    return [
        _who(row.enrolment)
        | {
            "number": row.number,
            "state": CertificateState(fallen.get(row.id) or row.state),
            "issued_on": row.issued_on,
            "expires_on": row.expires_on,
        }
        for row in rows
    ]


def _credits(class_id: int) -> list[dict[str, Any]]:
    return [
        {
            "name": line.person.name,
            "masked_id": line.masked_id,
            "kind": line.entry.kind,
            "target": line.entry.target,
            "year": line.entry.year,
            "hours": line.hours,
            "clause": line.entry.clause,
            "reason": line.entry.reason,
        }
        for line in lines_of_class(class_id)
    ]


def _issued(class_id: int) -> Sequence[Certificate]:
    query = select(Certificate).join(Enrolment, Enrolment.id == Certificate.enrolment_id)
    return session().scalars(query.where(Enrolment.class_id == class_id)).all()


def _posted(sitting_ids: Sequence[int]) -> Sequence[InvigilatorDuty]:
    query = select(InvigilatorDuty).where(InvigilatorDuty.sitting_id.in_(sitting_ids))
    return session().scalars(query).all()


def _sealed(paper_ids: Sequence[int]) -> Sequence[SealedCopy]:
    return session().scalars(select(SealedCopy).where(SealedCopy.paper_id.in_(paper_ids))).all()


def _duties(
    training_class: TrainingClass,
    papers: Sequence[Paper],
    sittings: Sequence[Sitting],
    results: Sequence[Result],
    names: Names,
) -> list[dict[str, Any]]:
    """Return who taught, set, approved, sealed, supervised, marked, released and certified."""
    lecturers = [row["lecturer"] for row in _lessons(training_class) if row["lecturer"]]
    posted = _posted([each.id for each in sittings])
    sealed = _sealed([each.id for each in papers])
    issued = _issued(training_class.id)
    chiefs = [each.account_id for each in posted if each.role is InvigilationRole.CHIEF]
    others = [each.account_id for each in posted if each.role is not InvigilationRole.CHIEF]
    return [
        {"duty": "plan", "names": [names.of(training_class.planned_by_id)]},
        {"duty": "teach", "names": sorted(set(lecturers))},
        duty("approve_class", [training_class.approved_by_id], names),
        duty("verify_hours", [training_class.verified_by_id], names),
        duty("schedule", [each.scheduled_by_id for each in sittings], names),
        duty("set_paper", [each.author_id for each in papers], names),
        duty("approve_paper", [each.approved_by_id for each in papers], names),
        duty(
            "seal",
            [who for each in sealed for who in (each.first_custodian_id, each.second_custodian_id)],
            names,
        ),
        duty("chief", chiefs, names),
        duty("invigilate", others, names),
        duty("mark", [each.marked_by_id for each in results], names),
        duty("confirm", [each.confirmed_by_id for each in results], names),
        duty("release", [each.released_by_id for each in results], names),
        duty("issue", [each.prepared_by_id for each in issued], names),
        duty("sign", [each.signed_by_id for each in issued], names),
    ]


def _reasons(
    training_class: TrainingClass, papers: Sequence[Paper], names: Names
) -> list[dict[str, Any]]:
    """Return where a softer rule was missed or an emergency act done, and why."""
    found: list[dict[str, Any]] = []
    if training_class.size_reason:
        found.append({"about": "class_size", "who": "", "reason": training_class.size_reason})
    decisions = training.eligibility_of(training_class.id)
    for enrolment in training.enrolments_of(training_class.id):
        decision = decisions.get(enrolment.id)
        if decision is not None and decision.reason:
            who = names.of(decision.decided_by_id)
            about = {"about": "admission", "who": who, "of": enrolment.person.name}
            found.append(about | {"reason": decision.reason})
    query = select(Consent).where(
        Consent.paper_id.in_([each.id for each in papers]),
        Consent.purpose == ConsentPurpose.OPEN_RESERVE_EARLY,
    )
    for consent in session().scalars(query.order_by(Consent.id)):
        who = names.of(consent.account_id)
        found.append({"about": "reserve_early", "who": who, "reason": consent.reason or ""})
    found.extend(
        {"about": "redrawn", "who": names.of(each.author_id), "reason": each.withdrawn_reason or ""}
        for each in papers
        if each.withdrawn_at is not None
    )
    return found


def _choices(training_class: TrainingClass) -> list[dict[str, Any]]:
    """Return what the class's rules say of the wall: who may set, organise and supervise."""
    policy = training.policy_of(training_class)
    keys = ("exam.separate_from_teaching", "exam.provider_may_set_or_invigilate", *ENTRUSTABLE)
    found = []
    for key in keys:
        if policy.has(key):
            source = policy.source(key)
            held = policy.leaf(key).as_dict()
            words = source.quote or source.source
            place = f"{source.document} {source.clause}".strip()
            found.append({"key": key, "value": held["value"], "place": place, "words": words})
    return found
