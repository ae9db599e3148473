"""Signing (签发): a second person lets the records be signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from flask import current_app

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import decisions, keys, listing, queries, record, registry, rules
from exam_app.certificates.keys import KeySet, Signer
from exam_app.certificates.models import Certificate
from exam_app.certificates.passphrase import signing_ring
from exam_app.certificates.queries import Candidate
from exam_app.certificates.record import CertificateRecord
from exam_app.certificates.service.issue import facts_of, hold_results
from exam_app.certificates.service.told import tell
from exam_app.certificates.terms import CertificateState, ChangeKind
from exam_app.config import Config
from exam_app.core import clock
from exam_app.core.db import lock, session
from exam_app.core.errors import RuleBroken
from exam_app.core.steps import passed
from exam_app.marking.models import Result
from exam_app.people import queries as people
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass


def sign(certificates: Iterable[Certificate], *, actor: Actor) -> list[Certificate]:
    """Sign prepared certificates of one class (签发); what is signed is what was prepared.

    The certificate that one is issued in the place of is replaced in the same moment.
    Raises: DutyConflict, NotAllowed: the actor, also who prepared one of them, or one is signed
        already. RuleBroken: none is given, they are of several classes, a person no longer
        passes, its result bore one that was revoked, what was prepared is not what the facts of
        today are, what would be replaced is not in force, or there is no key.
    Locks: the class's sittings, then the certificates.
    Records: CERTIFICATE_SIGNED on the class, CERTIFICATE_REPLACED on what was replaced.
    """
    rows = list(certificates)
    training_class = _one_class(rows)
    facts = queries.wall_facts(actor, training_class)
    hold_results(training_class)
    for row in rows:
        lock(row)
    duties.require(
        Permission.CERTIFICATE_SIGN,
        actor,
        **facts,
        not_author=not any(people.same_person(actor, row.prepared_by_id) for row in rows),
        state=all(row.state is CertificateState.INTENDED for row in rows),
    )
    listing.check_not_fallen(*rows)
    published, signers = _published(), _Signers()
    _check_facts(training_class, rows, published)
    replaced = [(row, _set_aside(row.replaces_id)) for row in rows if row.replaces_id]
    for row in rows:
        _sign(row, signers, published, actor)
    session().flush()
    trail.record(
        Action.CERTIFICATE_SIGNED,
        actor,
        training_class,
        class_id=training_class.id,
        numbers=[row.number for row in rows],
        keys=sorted({row.key_id or "" for row in rows}),
    )
    passed("signed-recorded")
    for row, old in replaced:
        _tell_replaced(old, row, actor)
    return rows


def _set_aside(certificate_id: int) -> Certificate:
    """Return a certificate that has just been replaced, before its successor is in force."""
    old = session().get_one(Certificate, certificate_id)
    lock(old)
    listing.check_not_fallen(old)
    if old.state is not CertificateState.VALID:
        raise RuleBroken("certificate-not-valid", number=old.number)
    old.state = CertificateState.REPLACED
    session().flush()
    return old


def _tell_replaced(old: Certificate, row: Certificate, actor: Actor) -> None:
    change = decisions.change_behind(row)
    reason = change.reason if change else ""
    trail.record(
        Action.CERTIFICATE_REPLACED,
        actor,
        old,
        class_id=old.enrolment.class_id,
        number=old.number,
        replacement=row.number,
        reason=reason,
        places=[listing.place_of(old)],
    )
    tell(old, reason, actor)


def _config() -> Config:
    config: Config = current_app.extensions["exam"]
    return config


def _published() -> KeySet:
    return keys.load_published(_config().keys, registry.pinned(_config().registry_root))


def _one_class(rows: Sequence[Certificate]) -> TrainingClass:
    if not rows:
        raise RuleBroken("certificates-none")
    if len({row.enrolment.class_id for row in rows}) > 1:
        raise RuleBroken("certificates-mixed")
    return training.class_of(rows[0].enrolment)


def _check_facts(
    training_class: TrainingClass, rows: Sequence[Certificate], published: KeySet
) -> None:
    """Pass rows whose three facts still hold, and that state what the facts are now.

    The facts: eligible, passed and released, not disqualified.
    """
    candidates = {each.enrolment.id: each for each in queries.candidates(training_class)}
    for row in rows:
        candidate = candidates[row.enrolment_id]
        same = candidate.result is not None and candidate.result.id == row.result_id
        replaces = row.replaces_id is not None
        codes = list(rules.missing_to_sign(candidate.missing, replaces=replaces))
        if not same and not codes:
            codes = ["not-passed"]
        if codes:
            policy = training.policy_of(training_class)
            raise RuleBroken(
                f"certificate-{codes[0]}",
                number=row.number,
                clause=rules.clause_of(policy, codes[0]),
            )
        if record.from_plain(row.fields) != _expected(training_class, row, candidate, published):
            raise RuleBroken("certificate-facts-changed", number=row.number)


def _expected(
    training_class: TrainingClass, row: Certificate, candidate: Candidate, published: KeySet
) -> CertificateRecord:
    """Return what a row is to state under its number, place and day.

    The facts of now, or where one is issued anew as it was: what the old one's signature covers.
    """
    policy, old, change = training.policy_of(training_class), None, decisions.change_behind(row)
    if row.replaces_id is not None:
        old = _signed_words(session().get_one(Certificate, row.replaces_id), row, published)
    if old is not None and change is not None and change.kind is ChangeKind.REPLACE:
        facts = old
    else:
        facts = facts_of(training_class, candidate, session().get_one(Result, row.result_id))
    return replace(
        facts,
        number=row.number,
        status=(row.status_list, row.status_index),
        issued_on=row.issued_on,
        expires_on=old.expires_on if old else rules.expires_on(policy, row.issued_on),
    )


def _signed_words(old: Certificate, row: Certificate, published: KeySet) -> CertificateRecord:
    """Return what was signed for the same enrolment before, read out of the signed record."""
    digits = record.to_digits(old.record or b"")
    stated = record.verify(digits, published, at=old.issued_on).record
    if stated is None or stated.number != old.number or old.enrolment_id != row.enrolment_id:
        raise RuleBroken("certificate-unverifiable", number=old.number)
    return stated


class _Signers(dict[tuple[int, dt.date], Signer]):
    """The signer of an issuer and a day, its file opened once."""

    def __missing__(self, wanted: tuple[int, dt.date]) -> Signer:
        issuer, on = wanted
        config = _config()
        self[wanted] = keys.load_signer(
            config.keys,
            signing_ring(),
            issuer=issuer,
            on=on,
            today=clock.today(),
            root=registry.pinned(config.registry_root),
        )
        return self[wanted]


def _sign(row: Certificate, signers: _Signers, published: KeySet, actor: Actor) -> None:
    stated = record.from_plain(row.fields)
    signer = signers[stated.issuer, stated.issued_on]
    cose = record.sign(record.encode(stated), signer)
    passed("signed")
    if not record.verify(record.to_digits(cose), published, at=stated.issued_on).is_signed:
        raise RuleBroken("certificate-unverifiable", number=row.number)
    row.record, row.key_id = cose, signer.kid
    row.state = CertificateState.VALID
    row.signed_by_id, row.signed_at = actor.account_id, clock.now()
    session().flush()
    passed("signature-written")
