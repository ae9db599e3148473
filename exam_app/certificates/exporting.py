"""Exporting (导出): a certificate on file as an Open Badges 3.0 credential, plain or signed."""

from __future__ import annotations

from typing import Any

from flask_babel import force_locale

from exam_app.certificates import keys, open_badge, pages, queries, record, registry, rules
from exam_app.certificates.labels import CATEGORIES, CLASS_KINDS
from exam_app.certificates.models import Certificate
from exam_app.certificates.open_badge import ExportFacts
from exam_app.certificates.passphrase import signing_ring
from exam_app.certificates.record import CertificateRecord
from exam_app.certificates.sm2 import Sm2PublicKey
from exam_app.core import clock
from exam_app.core.errors import RuleBroken
from exam_app.training import labels as training_labels
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass


def credential_file(certificate: Certificate, form: str) -> bytes:
    """Return the credential of a certificate, in Chinese.

    Args: form: ``jwt`` for the signed one, ``json`` for the one people read.
    Raises: Missing: the certificate is not signed. RuleBroken: its record does not verify, or
        there is no key to sign with today.
    """
    stated = _stated(certificate)
    with force_locale("zh_Hans_CN"):
        unsigned = open_badge.credential(stated, _facts(certificate, stated))
    if form == "json":
        return open_badge.readable(unsigned)
    return _signed(unsigned, stated.issuer).encode()


def _signed(unsigned: dict[str, Any], issuer: int) -> str:
    """Return a credential signed by the authority's newest key such credentials can have."""
    folder, today = pages.config().keys, clock.today()
    root = registry.pinned(pages.config().registry_root)
    for key in keys.signing_keys(folder, issuer=issuer, on=today, root=root):
        if not isinstance(key.key, Sm2PublicKey):
            signer = keys.open_signer(folder, signing_ring(), key)
            return open_badge.signed(unsigned, signer, key.key)
    raise RuleBroken("signing-key-missing", issuer=issuer, day=today.isoformat())


def _stated(certificate: Certificate) -> CertificateRecord:
    """Return what was signed, read from the signed record itself."""
    known = pages.known_keys()
    digits = pages.digits_of(certificate)
    stated = record.verify(digits, known, at=certificate.issued_on).record
    if stated is None:
        raise RuleBroken("certificate-unverifiable", number=certificate.number)
    return stated


def _facts(certificate: Certificate, stated: CertificateRecord) -> ExportFacts:
    training_class = training.class_of(certificate.enrolment)
    return ExportFacts(
        host=pages.config().official_host,
        digits=pages.digits_of(certificate),
        authority=queries.authority_name(stated.issuer),
        class_name=training_class.name,
        criteria=_criteria(training_class),
        kind=str(CLASS_KINDS.get(stated.class_kind, stated.class_kind)),
        category=str(CATEGORIES.get(stated.category, stated.category)),
        industry=str(training_labels.INDUSTRIES.get(stated.industry, stated.industry)),
    )


def _criteria(training_class: TrainingClass) -> str:
    """Return what had to be met, each with the clause it rests on."""
    policy = training.policy_of(training_class)
    return (
        f"学时达到要求（{rules.clause_of(policy, 'not-eligible')}）；"
        f"闭卷考试合格（{rules.clause_of(policy, 'not-passed')}）；"
        f"颁发依据：{rules.clause_of(policy, 'not-given')}。"
    )
