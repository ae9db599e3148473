"""What the pages of certificates gather: verdicts with every signed field, files, symbols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import cast

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from exam_app.audit import AccessKind, note_access
from exam_app.certificates import (
    decisions,
    keys,
    listing,
    printing,
    queries,
    record,
    registry,
    rules,
    signed_files,
)
from exam_app.certificates.keys import KeySet
from exam_app.certificates.labels import CATEGORIES, CLASS_KINDS
from exam_app.certificates.models import Certificate, SittingVoiding
from exam_app.certificates.printing import CertificatePage, LeftOut
from exam_app.certificates.queries import Candidate
from exam_app.certificates.record import CertificateRecord, Verdict
from exam_app.certificates.terms import CertificateState, ChangeKind, Reason, VerdictState
from exam_app.config import Config
from exam_app.core import clock
from exam_app.core.errors import ExamError, Missing, RuleBroken
from exam_app.core.fonts import Fonts, ensure_fonts
from exam_app.core.jobs import Job, JobState
from exam_app.core.messages import sentence
from exam_app.core.qr import QUIET_MODULES, qr_matrix
from exam_app.marking import queries as marking
from exam_app.people.tries import TooManyTries, count_tries, forget_tries, network_of
from exam_app.sittings.models import Sitting
from exam_app.training import labels as training_labels
from exam_app.training import queries as training
from exam_app.training.models import TrainingClass

_KINDS = {
    VerdictState.VALID: "valid",
    VerdictState.STATUS_UNKNOWN: "unknown",
    VerdictState.SUSPENDED: "unknown",
}


@dataclass(frozen=True)
class Shown:
    """A verdict as pages show it: how it is framed, and label and value of every signed field."""

    verdict: Verdict
    kind: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Lacking:
    """A person without a certificate: what is missing, each with its clause, and the findings."""

    candidate: Candidate
    reasons: list[tuple[str, str]]
    findings: list[dict[str, object]]


@dataclass(frozen=True)
class CertificateView:
    """One certificate as its page shows it; without verdict and symbol before it is signed."""

    certificate: Certificate
    shown: Shown | None
    qr: Markup | None
    rows: list[tuple[str, str]]
    printable: bool
    replaced_by: Certificate | None = None


def config() -> Config:
    """Return the configuration of this installation."""
    return cast(Config, current_app.extensions["exam"])


def known_keys() -> KeySet:
    """Return the keys that count here: where a root is pinned, those it signed alone."""
    return keys.load_published(config().keys, registry.pinned(config().registry_root))


# ---- verdicts 查验结论


def verdict_of(certificate: Certificate) -> Shown:
    """Return the verdict on a certificate on file; Raises: Missing: it is not signed."""
    return verdict_of_text(digits_of(certificate))


def verdict_of_text(text: str) -> Shown:
    """Return the verdict on a scanned text, an address or digits; its host is never trusted.

    A record that is signed by a known key but is not on file here is never called valid.
    """
    plain = "".join(text.split())
    verdict = record.verify(
        plain,
        known_keys(),
        at=clock.today(),
        status=listing.standing,
        host=config().official_host,
        issued=queries.is_on_file,
        now=clock.now(),
    )
    return shown(verdict)


def shown(verdict: Verdict) -> Shown:
    """Return a verdict as pages show it; one with a foreign address is framed as doubtful."""
    kind = _KINDS.get(verdict.state, "invalid")
    if kind == "valid" and Reason.FOREIGN_ADDRESS in verdict.reasons:
        kind = "unknown"
    rows = signed_rows(verdict.record, verdict.kid or "") if verdict.record else []
    return Shown(verdict, kind, rows)


def signed_rows(stated: CertificateRecord, kid: str) -> list[tuple[str, str]]:
    """Return label and value of every signed field; the holder is name and last four places."""
    total, offline, practical = (plain_number(hours) for hours in stated.hours)
    industry = training_labels.INDUSTRIES.get(stated.industry, stated.industry)
    hours = _(
        "%(total)s 学时（线下 %(offline)s，其中实训 %(practical)s）",
        total=total, offline=offline, practical=practical,
    )  # fmt: skip
    result = (
        _("合格")
        if stated.score is None
        else _("%(score)s 分，合格", score=plain_number(stated.score))
    )
    holder = _("%(name)s（证件号末四位 %(tail)s）", name=stated.name, tail=stated.id_tail)
    listed, index = stated.status
    return [
        (_("证书编号"), stated.number),
        (_("持证人"), holder),
        (_("发证机关"), f"{queries.authority_name(stated.issuer)}（{stated.issuer:06}）"),
        (_("培训类别"), str(CLASS_KINDS.get(stated.class_kind, stated.class_kind))),
        (_("人员类别"), str(CATEGORIES.get(stated.category, stated.category))),
        (_("行业"), str(industry)),
        (_("培训学时"), hours),
        (_("考试结果"), result),
        (_("计入或减免再培训学时"), _("%(hours)s 学时", hours=plain_number(stated.credit))),
        (_("发证日期"), stated.issued_on.isoformat()),
        (_("有效期至"), stated.expires_on.isoformat()),
        (_("试卷编号"), stated.paper),
        (_("状态名单"), _("第 %(listed)s 号名单第 %(index)s 位", listed=listed, index=index)),
        (_("签名密钥"), kid),
    ]


def plain_number(number: Decimal) -> str:
    """Return a number without trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# ---- public look-up 公开查验


def look_up(number: str, name: str, address: str) -> Shown | None:
    """Return the verdict on the certificate of this number and holder, None alike for neither.

    A mistyped number is not found like any other, after the same work. Counted before it is
    looked at, by number, by name and by network; noted without any of them.
    Raises: TooManyTries.
    """
    plain, holder = rules.plain_number(number), rules.signed_name(name.strip())
    subject = f"certificate:{plain}"
    _count(
        [
            (f"certificate-from:{network_of(address)}", rules.LOOK_UPS_PER_ADDRESS),
            (f"certificate-of:{holder}", rules.LOOK_UPS_PER_NAME),
            (subject, rules.LOOK_UPS_PER_NUMBER),
        ]
    )
    found = queries.find(plain, holder)
    result = verdict_of(found) if found is not None else None
    _note(AccessKind.LOOK_UP, "ok" if result else "not-found")
    if result is not None:
        forget_tries(subject)
    return result


def _count(limits: list[tuple[str, int]]) -> None:
    try:
        count_tries(limits, minutes=rules.LOOK_UP_MINUTES)
    except TooManyTries:
        _note(AccessKind.LIMIT, "too-many-tries")
        raise


def _note(kind: AccessKind, outcome: str) -> None:
    note_access(kind, actor=None, outcome=outcome, endpoint="certificates.check")


# ---- files and symbols 文件与二维码


def digits_of(certificate: Certificate) -> str:
    """Return the signed record as the QR code carries it. Raises: Missing: it is not signed."""
    if certificate.record is None:
        raise Missing(kind="certificate")
    return record.to_digits(certificate.record)


def certificates_file(certificates: Iterable[Certificate]) -> bytes:
    """Return a PDF with one certificate a page, in Chinese; it says what the record says.

    Raises: PrintingRefused: not one can be printed, for want of a glyph. RuleBroken: a stored
        record does not verify.
    """
    return printing.certificate_pdf(_pages(certificates), config().official_host, _fonts())


def signed_certificate(certificate: Certificate) -> bytes:
    """Return one certificate as a PDF that PDF readers can check too (PAdES).

    Raises: as ``certificates_file``; RuleBroken: this is not offered here.
    """
    content = certificates_file([certificate])
    return signed_files.signed_file(content, reason=printing.SUBJECT)


def class_file(
    certificates: Sequence[Certificate], *, packed: bool = False
) -> tuple[bytes, list[Certificate]]:
    """Return one PDF, or a ZIP of one PDF each, and the certificates that are in it.

    One whose name cannot be printed is left out and listed in the file.
    Raises: as ``certificates_file``.
    """
    if not certificates:
        return b"", []
    made, host, fonts = _pages(certificates), config().official_host, _fonts()
    make = printing.certificate_zip if packed else printing.certificate_pdf
    content = make(made, host, fonts)
    missed = {each.number for each in printing.left_out(made, host, fonts)}
    return content, [each for each in certificates if each.number not in missed]


def unprintable(certificates: Iterable[Certificate]) -> list[LeftOut]:
    """Return the certificates whose holder's name cannot be printed."""
    fonts = _fonts()
    named = ((each.number, each.fields["name"]) for each in certificates)
    missing = ((number, name, fonts.missing(name)) for number, name in named)
    return [LeftOut(number, name, tuple(each)) for number, name, each in missing if each]


def _fonts() -> Fonts:
    return ensure_fonts(Path(current_app.instance_path))


def _pages(certificates: Iterable[Certificate]) -> list[CertificatePage]:
    known = known_keys()
    with force_locale("zh_Hans_CN"):
        return [_page(each, known) for each in certificates]


def _page(certificate: Certificate, known: KeySet) -> CertificatePage:
    digits = digits_of(certificate)
    stated = record.verify(digits, known, at=certificate.issued_on).record
    if stated is None:
        raise RuleBroken("certificate-unverifiable", number=certificate.number)
    training_class = training.class_of(certificate.enrolment)
    industry = training_labels.INDUSTRIES.get(stated.industry, stated.industry)
    return CertificatePage(
        record=stated,
        digits=digits,
        authority=queries.authority_name(stated.issuer),
        class_name=training_class.name,
        industry=str(industry),
    )


def qr_of(certificate: Certificate) -> Markup:
    """Return the QR code as SVG markup, made of the drawn squares alone."""
    matrix = qr_matrix(record.address_head(config().official_host), digits_of(certificate))
    side = len(matrix) + 2 * QUIET_MODULES
    squares = "".join(
        f"M{x + QUIET_MODULES} {y + QUIET_MODULES}h1v1h-1z"
        for y, row in enumerate(matrix)
        for x, dark in enumerate(row)
        if dark
    )
    return Markup(  # noqa: S704 - numbers alone
        f'<svg class="qr" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" role="img" '
        f'aria-label="{_("证书二维码")}">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{squares}"/></svg>'
    )


# ---- the class 班次


def lacking(training_class: TrainingClass, candidates: Iterable[Candidate]) -> list[Lacking]:
    """Return who has no certificate and cannot be given one, with each reason and its clause."""
    policy = training.policy_of(training_class)
    found = []
    for each in candidates:
        if not each.missing or "issued-already" in each.missing:
            continue
        reasons = [(code, rules.clause_of(policy, code)) for code in each.missing]
        missed = [] if each.decision is None else each.decision.findings
        findings = training_labels.finding_rows(one for one in missed if not one["ok"])
        found.append(Lacking(each, reasons, findings))
    return found


def issue_clause(training_class: TrainingClass) -> str:
    """Return what the certificates of a class rest on."""
    return rules.clause_of(training.policy_of(training_class), "not-given")


def view_of(certificate: Certificate) -> CertificateView:
    """Return a certificate with its verdict of this moment and its QR code."""
    if certificate.record is None:
        rows = signed_rows(record.from_plain(certificate.fields), "—")
        return CertificateView(certificate, None, None, rows, printable=False)
    found = verdict_of(certificate)
    fallen = bool(listing.contradicted([certificate]))
    printable = certificate.state is CertificateState.VALID and not fallen
    qr = qr_of(certificate) if printable else None
    after = decisions.replacement_of(certificate.id)
    shown_after = after if after and after.record is not None else None
    return CertificateView(certificate, found, qr, found.rows, printable, shown_after)


# ---- what is asked and decided 申请与决定


def holding_of(certificate: Certificate) -> ChangeKind:
    """Return what can be asked of a certificate's holding up: to begin or to end."""
    suspended = certificate.state is CertificateState.SUSPENDED
    return ChangeKind.LIFT if suspended else ChangeKind.SUSPEND


def voidings_of(sitting: Sitting) -> list[tuple[SittingVoiding, str, str]]:
    """Return what was asked on the voiding of a sitting, with who asked and who decided."""
    name_of = marking.name_of
    return [
        (each, name_of(each.asked_by_id), name_of(each.decided_by_id))
        for each in decisions.voidings_of(sitting.id)
    ]


def failure_of(job: Job) -> str:
    """Return why a job ended without its work done, empty where it did not."""
    if job.state is not JobState.FAILED or not job.error:
        return ""
    return str(sentence(ExamError(job.error["code"], **job.error["facts"])))
