"""Preparing (制证): the number is taken and what will be signed is written down."""

from __future__ import annotations

import secrets

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import queries, record, rules
from exam_app.certificates.models import Certificate, CertificateSerial
from exam_app.certificates.queries import Candidate
from exam_app.certificates.record import CertificateRecord
from exam_app.certificates.terms import CATEGORY_CODES, CLASS_KIND
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import Missing, RuleBroken
from exam_app.marking.models import Result
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings
from exam_app.training import queries as training
from exam_app.training.models import Enrolment, TrainingClass


def missing(training_class: TrainingClass) -> list[Candidate]:
    """Return the persons of a class who lack something for a certificate, each with the codes."""
    return [each for each in queries.candidates(training_class) if each.missing]


def prepare(training_class: TrainingClass, *, actor: Actor) -> list[Certificate]:
    """Prepare the certificates of everybody in a class who lacks nothing (制证).

    Returns: the new ones in the order of the roster; empty when nobody is left, and then nothing
        is changed or recorded.
    Raises: DutyConflict, NotAllowed: the actor. RuleBroken: the serials are used up.
    Locks: the class's sittings, then the serial of authority and year.
    Records: CERTIFICATE_ISSUED on the class.
    """
    serial = _admit(training_class, actor)
    made = [
        _prepared(training_class, each, serial, actor)
        for each in queries.candidates(training_class)
        if not each.missing
    ]
    if made:
        trail.record(
            Action.CERTIFICATE_ISSUED,
            actor,
            training_class,
            class_id=training_class.id,
            numbers=[each.number for each in made],
        )
    return made


def prepare_one(enrolment: Enrolment, *, actor: Actor) -> Certificate:
    """Prepare the certificate of one person (制证).

    Raises: DutyConflict, NotAllowed: the actor. RuleBroken: what is missing, with its clause.
    Locks: as ``prepare``.
    Records: CERTIFICATE_ISSUED on the certificate.
    """
    training_class = training.class_of(enrolment)
    serial = _admit(training_class, actor)
    candidate = _candidate(training_class, enrolment)
    if candidate.missing:
        code = candidate.missing[0]
        clause = rules.clause_of(training.policy_of(training_class), code)
        raise RuleBroken(f"certificate-{code}", clause=clause)
    made = _prepared(training_class, candidate, serial, actor)
    trail.record(
        Action.CERTIFICATE_ISSUED,
        actor,
        made,
        class_id=training_class.id,
        numbers=[made.number],
    )
    return made


def hold_results(training_class: TrainingClass) -> None:
    """Hold the sittings of a class, so that no result is changed meanwhile."""
    for sitting in sittings.sittings_of(training_class.id):
        lock(sitting)


def _admit(training_class: TrainingClass, actor: Actor) -> CertificateSerial:
    """Return the serial, held, for an actor whose duty it is."""
    duties.require(
        Permission.CERTIFICATE_ISSUE,
        actor,
        **queries.wall_facts(actor, training_class),
        state=training_class.state in queries.COMPLETE,
    )
    hold_results(training_class)
    serial = _serial(training_class.project.authority_id, clock.today().year)
    session().expire_all()  # what was read before the lock may be old
    return serial


def _serial(authority_id: int, year: int) -> CertificateSerial:
    """Return the serial of an authority and year, held until the transaction ends."""
    query = (
        select(CertificateSerial)
        .where(CertificateSerial.authority_id == authority_id, CertificateSerial.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session().scalars(query).first()
    if found is not None:
        return found
    try:
        with session().begin_nested():
            session().add(CertificateSerial(authority_id=authority_id, year=year, last=0))
            session().flush()
    except IntegrityError:  # the first two of a year came at once
        return session().scalars(query).one()
    return session().scalars(query).one()


def _candidate(training_class: TrainingClass, enrolment: Enrolment) -> Candidate:
    for each in queries.candidates(training_class):
        if each.enrolment.id == enrolment.id:
            return each
    raise Missing(kind="enrolment")


def _prepared(
    training_class: TrainingClass,
    candidate: Candidate,
    serial: CertificateSerial,
    actor: Actor,
) -> Certificate:
    """Return the new row of a person who lacks nothing, its number taken."""
    result = candidate.result
    if result is None:
        raise Missing(kind="result")
    number, status = _number(training_class, serial), _free_place()
    signed = _record(training_class, candidate, result, number, status)
    record.encode(signed)  # what no verifier would read is refused before a number is used up
    row = Certificate(
        enrolment_id=candidate.enrolment.id,
        result_id=result.id,
        authority_id=serial.authority_id,
        year=serial.year,
        serial=serial.last,
        number=number,
        fields=record.as_plain(signed),
        status_list=status[0],
        status_index=status[1],
        issued_on=signed.issued_on,
        expires_on=signed.expires_on,
        prepared_by_id=actor.account_id,
        prepared_at=clock.now(),
    )
    session().add(row)
    session().flush()
    return row


def _number(training_class: TrainingClass, serial: CertificateSerial) -> str:
    authority = people.get_organisation(training_class.project.authority_id)
    serial.last += 1
    return rules.certificate_number(authority.division_code, serial.year, CLASS_KIND, serial.last)


def _record(
    training_class: TrainingClass,
    candidate: Candidate,
    result: Result,
    number: str,
    status: tuple[int, int],
) -> CertificateRecord:
    """Return what will be signed; the pass alone is stated, never the marks (decision 0003)."""
    policy, decision = training.policy_of(training_class), candidate.decision
    if decision is None:
        raise Missing(kind="eligibility")
    person, total = candidate.enrolment.person, training.total_hours(decision)
    issued_on = clock.today()
    return CertificateRecord(
        issuer=int(people.get_organisation(training_class.project.authority_id).division_code),
        number=number,
        name=rules.signed_name(person.name),
        id_tail=person.id_tail,
        class_kind=CLASS_KIND,
        category=CATEGORY_CODES[candidate.enrolment.category.value],
        industry=training_class.industry,
        hours=(total, decision.hours_offline, decision.hours_practical),
        score=None,
        credit=rules.credit_hours(policy, credited=decision.hours_credited, trained=total),
        issued_on=issued_on,
        expires_on=rules.expires_on(policy, issued_on),
        paper=rules.paper_mark(queries.paper_code_of(result)),
        status=status,
    )


def _free_place() -> tuple[int, int]:
    """Return a status list and a random index of it that was never given out."""
    taken = session().scalar(select(func.count(Certificate.id))) or 0
    listed = taken // rules.STATUS_LIST_LIMIT + 1
    while True:
        index = secrets.randbelow(rules.STATUS_LIST_SIZE)
        query = select(Certificate.id).where(
            Certificate.status_list == listed, Certificate.status_index == index
        )
        if session().scalar(query) is None:
            return listed, index
