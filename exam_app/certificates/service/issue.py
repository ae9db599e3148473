"""Preparing (制证): the number is taken and what will be signed is written down.

The intent is on file, with its number, before anything is signed: a process killed in between
leaves either nothing or a certificate that waits for its signature.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.access.terms import OrganisationKind
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import listing, queries, record, rules
from exam_app.certificates.models import Certificate, CertificateSerial
from exam_app.certificates.queries import Candidate
from exam_app.certificates.record import CertificateRecord
from exam_app.certificates.terms import CATEGORY_CODES, CLASS_KIND
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import Missing, RuleBroken
from exam_app.core.steps import passed
from exam_app.marking.models import Result
from exam_app.people import queries as people
from exam_app.people.models import Organisation
from exam_app.sittings import queries as sittings
from exam_app.training import queries as training
from exam_app.training.models import Enrolment, TrainingClass


def missing(training_class: TrainingClass) -> list[Candidate]:
    """Return the persons of a class who lack something for a certificate, each with the codes."""
    return [each for each in queries.candidates(training_class) if each.missing]


def prepare(
    training_class: TrainingClass, *, most: int | None = None, actor: Actor
) -> list[Certificate]:
    """Prepare the certificates of everybody in a class who lacks nothing (制证).

    Args: most: how many at once, the first of the roster; all where it is left out.
    Returns: the new ones in the order of the roster; empty when nobody is left, and then nothing
        is changed or recorded.
    Raises: DutyConflict, NotAllowed: the actor, also one of the class. RuleBroken: the
        serials are used up.
    Locks: the class's sittings, then the serial of authority and year.
    Records: CERTIFICATE_ISSUED on the class.
    """
    serial = _admit(training_class, actor)
    ready = [each for each in queries.candidates(training_class) if not each.missing]
    made = [_prepared(training_class, each, serial, actor) for each in ready[:most]]
    if made:
        trail.record(
            Action.CERTIFICATE_ISSUED,
            actor,
            training_class,
            class_id=training_class.id,
            numbers=[each.number for each in made],
        )
        passed("prepared-recorded")
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


def prepare_anew(old: Certificate, *, corrects: bool, prepared_by_id: int) -> Certificate:
    """Return what is to stand in another's place, its number taken (补换发、更正).

    The duty and the entry in the trail are the caller's: it carries out what two persons decided.
    Args: corrects: the facts of today are stated; otherwise the old words again.
    Raises: RuleBroken: the old one has expired, or a correction would change nothing.
    Locks: the class's sittings, then the serial of authority and year.
    """
    training_class = training.class_of(old.enrolment)
    hold_results(training_class)
    serial = _serial(training_class.project.authority_id, clock.today().year)
    session().expire_all()  # what was read before the lock may be old
    number, status = _number(training_class, serial), _free_place(serial.authority_id)
    before = record.from_plain(old.fields)
    facts = before
    if corrects:
        candidate = _candidate(training_class, old.enrolment)
        facts = facts_of(training_class, candidate, session().get_one(Result, old.result_id))
        _check_differs(before, facts)
    if clock.today() > before.expires_on:
        raise RuleBroken("certificate-expired", number=old.number)
    stated = replace(
        facts,
        number=number,
        status=status,
        issued_on=clock.today(),
        expires_on=before.expires_on,
    )
    return _add(serial, stated, old.enrolment_id, old.result_id, prepared_by_id, replaces=old)


def _check_differs(before: CertificateRecord, now: CertificateRecord) -> None:
    """Pass a correction that changes something that is signed."""
    same = replace(
        now,
        number=before.number,
        status=before.status,
        issued_on=before.issued_on,
        expires_on=before.expires_on,
    )
    if same == before:
        raise RuleBroken("certificate-same", number=before.number)


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
    stated = replace(
        facts_of(training_class, candidate, result),
        number=_number(training_class, serial),
        status=_free_place(serial.authority_id),
    )
    made = _add(serial, stated, candidate.enrolment.id, result.id, actor.account_id)
    passed("row-written")
    return made


def _add(
    serial: CertificateSerial,
    stated: CertificateRecord,
    enrolment_id: int,
    result_id: int,
    prepared_by_id: int | None,
    *,
    replaces: Certificate | None = None,
) -> Certificate:
    """Return the new row of what will be signed."""
    record.encode(stated)  # what no verifier would read is refused before a number is used up
    row = Certificate(
        enrolment_id=enrolment_id,
        result_id=result_id,
        replaces_id=replaces.id if replaces else None,
        authority_id=serial.authority_id,
        year=serial.year,
        serial=serial.last,
        number=stated.number,
        fields=record.as_plain(stated),
        status_list=stated.status[0],
        status_index=stated.status[1],
        issued_on=stated.issued_on,
        expires_on=stated.expires_on,
        prepared_by_id=prepared_by_id,
        prepared_at=clock.now(),
    )
    session().add(row)
    session().flush()
    return row


def _number(training_class: TrainingClass, serial: CertificateSerial) -> str:
    authority = people.get_organisation(training_class.project.authority_id)
    serial.last += 1
    session().flush()
    passed("number-taken")
    return rules.certificate_number(authority.division_code, serial.year, CLASS_KIND, serial.last)


def facts_of(
    training_class: TrainingClass, candidate: Candidate, result: Result
) -> CertificateRecord:
    """Return what will be signed, still without number and place in the status lists.

    The pass alone is stated, never the marks (decision 0003).
    """
    policy, decision = training.policy_of(training_class), candidate.decision
    if decision is None:
        raise Missing(kind="eligibility")
    person, total = candidate.enrolment.person, training.total_hours(decision)
    issued_on = clock.today()
    return CertificateRecord(
        issuer=int(people.get_organisation(training_class.project.authority_id).division_code),
        number="",
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
        status=(0, 0),
    )


def _free_place(authority_id: int) -> listing.Place:
    """Return a status list of an authority and a random index of it that was never given out."""
    listed = _own_list(authority_id)
    while True:
        place = listed, secrets.randbelow(rules.STATUS_LIST_SIZE)
        if listing.is_free(place):
            return place


def _own_list(authority_id: int) -> int:
    """Return the list that takes an authority's next place; one that it shares is left.

    Locks: where a list is begun, all authorities, so that two do not begin the same.
    """
    query = select(func.max(Certificate.status_list))
    newest = session().scalar(query.where(Certificate.authority_id == authority_id))
    if newest is not None and listing.has_room(newest, authority_id):
        return newest
    authorities = select(Organisation.id).where(Organisation.kind == OrganisationKind.CITY_EM)
    session().scalars(authorities.order_by(Organisation.id).with_for_update(key_share=True)).all()
    return (session().scalar(query) or 0) + 1
