"""Signing (签发): a second person lets the records be signed; the keys they are signed with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from flask import current_app

from exam_app.access import duties
from exam_app.access.actor import Actor
from exam_app.access.permissions import Permission
from exam_app.audit import trail
from exam_app.audit.actions import Action
from exam_app.certificates import keys, queries, record, rules
from exam_app.certificates.keys import KeySet, PublicKey, Signer
from exam_app.certificates.models import Certificate
from exam_app.certificates.service.issue import hold_results
from exam_app.certificates.terms import CertificateState
from exam_app.config import Config
from exam_app.core import clock
from exam_app.core.crypto import keyring
from exam_app.core.db import lock
from exam_app.core.errors import BadInput, NotAllowed, RuleBroken
from exam_app.people import queries as people
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass


def sign(certificates: Iterable[Certificate], *, actor: Actor) -> list[Certificate]:
    """Sign prepared certificates of one class (签发); what is signed is what was prepared.

    Raises: DutyConflict, NotAllowed: the actor, also who prepared one of them, or one is signed
        already. RuleBroken: none is given, they are of several classes, a person no longer
        passes, or there is no key.
    Locks: the class's sittings, then the certificates.
    Records: CERTIFICATE_SIGNED on the class.
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
        not_prov=facts["not_prov"],
        not_author=not any(people.same_person(actor, row.prepared_by_id) for row in rows),
        state=all(row.state is CertificateState.INTENDED for row in rows),
    )
    _check_facts(training_class, rows)
    published, signers = keys.load_published(_config().keys), _Signers()
    for row in rows:
        _sign(row, signers, published, actor)
    trail.record(
        Action.CERTIFICATE_SIGNED,
        actor,
        training_class,
        class_id=training_class.id,
        numbers=[row.number for row in rows],
        keys=sorted({row.key_id or "" for row in rows}),
    )
    return rows


def create_signing_key(
    *,
    issuer: int,
    not_before: dt.date,
    not_after: dt.date,
    algorithm: str = "ed25519",
    actor: Actor,
) -> PublicKey:
    """Make a signing key of an authority (签名密钥); on the server alone, by the command line.

    Args: issuer: division code of the authority.
    Raises: NotAllowed: a signed-in account asks. BadInput: dates, code or algorithm.
    Records: SIGNING_KEY_CREATED.
    """
    if actor.account_id is not None:
        raise NotAllowed("key-by-command", permission=str(Permission.KEY_CEREMONY))
    if not 110000 <= issuer <= 659999 or not_after <= not_before:
        raise BadInput("signing-key-facts")
    if algorithm not in keys.ALGORITHMS:
        raise BadInput("signing-key-facts")
    made = keys.create(
        _config().keys,
        keyring(),
        issuer=issuer,
        not_before=not_before,
        not_after=not_after,
        algorithm=algorithm,
    )
    trail.record(
        Action.SIGNING_KEY_CREATED,
        actor,
        ("signing_key", made.kid),
        issuer=issuer,
        not_before=not_before,
        not_after=not_after,
        algorithm=algorithm,
    )
    return made


def _config() -> Config:
    config: Config = current_app.extensions["exam"]
    return config


def _one_class(rows: Sequence[Certificate]) -> TrainingClass:
    if not rows:
        raise RuleBroken("certificates-none")
    if len({row.enrolment.class_id for row in rows}) > 1:
        raise RuleBroken("certificates-mixed")
    return training.class_of(rows[0].enrolment)


def _check_facts(training_class: TrainingClass, rows: Sequence[Certificate]) -> None:
    """Pass rows whose three facts still hold: eligible, passed and released, not disqualified."""
    candidates = {each.enrolment.id: each for each in queries.candidates(training_class)}
    for row in rows:
        candidate = candidates[row.enrolment_id]
        same = candidate.result is not None and candidate.result.id == row.result_id
        codes = [code for code in candidate.missing if code != "issued-already"]
        if not same and not codes:
            codes = ["not-passed"]
        if codes:
            policy = training.policy_of(training_class)
            raise RuleBroken(
                f"certificate-{codes[0]}",
                number=row.number,
                clause=rules.clause_of(policy, codes[0]),
            )


class _Signers(dict[tuple[int, dt.date], Signer]):
    """The signer of an issuer and a day, its file opened once."""

    def __missing__(self, wanted: tuple[int, dt.date]) -> Signer:
        issuer, on = wanted
        self[wanted] = keys.load_signer(_config().keys, keyring(), issuer=issuer, on=on)
        return self[wanted]


def _sign(row: Certificate, signers: _Signers, published: KeySet, actor: Actor) -> None:
    stated = record.from_plain(row.fields)
    signer = signers[stated.issuer, stated.issued_on]
    cose = record.sign(record.encode(stated), signer)
    if not record.verify(record.to_digits(cose), published, at=stated.issued_on).is_signed:
        raise RuleBroken("certificate-unverifiable", number=row.number)
    row.record, row.key_id = cose, signer.kid
    row.state = CertificateState.VALID
    row.signed_by_id, row.signed_at = actor.account_id, clock.now()
