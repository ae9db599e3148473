"""Rules of certificates: the number and its check digit, who is given one, what it states."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exam_app.certificates.terms import CertificateState, ChangeKind
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.policy.profile import Profile

SERIAL_DIGITS = 5
STATUS_LIST_SIZE = 131_072
# A list is left when half of it is taken, so that a random index is soon found.
STATUS_LIST_LIMIT = STATUS_LIST_SIZE // 2
PAPER_LENGTH = 20
# The public look-up: tries of one number, one name, and one network, in one stretch.
LOOK_UPS_PER_NUMBER = 10
LOOK_UPS_PER_NAME = 30
LOOK_UPS_PER_ADDRESS = 100
LOOK_UP_MINUTES = 15
_CREDITED = frozenset({"count", "exempt"})
_DOTS = str.maketrans(dict.fromkeys("\u2022\u2027\u2219\u22c5\u30fb\uff65", "\u00b7"))
_PRIVATE_FIRST, _PRIVATE_LAST = 0xE815, 0xE864


@dataclass(frozen=True)
class Standing:
    """What is known of one enrolment when a certificate is asked for."""

    eligible: bool
    passed: bool
    released: bool
    disqualified: bool
    class_complete: bool
    issued: bool
    given: bool = True
    in_time: bool = True
    voided: bool = False
    handed_over: bool = True
    printable: bool = True


# What is missing → the setting of the profile it rests on.
CLAUSE_KEYS = {
    "not-given": "certificate.issued",
    "not-eligible": "hours.offline_share",
    "class-incomplete": "training.attendance",
    "disqualified": "exam.disqualified_ends",
    "not-passed": "exam.pass_mark",
    "not-released": "certificate.issued",
    "result-expired": "exam.result_valid_months",
    "sitting-voided": "certificate.issued",
    "materials-open": "certificate.issued",
    "not-printable": "certificate.issued",
    "issued-already": "certificate.issued",
}


def check_digit(digits: str) -> str:
    """Return the ISO 7064 MOD 11,10 check digit of a string of digits."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10
        product = (total or 10) * 2 % 11
    return str((11 - product) % 10)


def certificate_number(division_code: str, year: int, class_kind: int, serial: int) -> str:
    """Return a certificate number: division, year, kind, serial, check digit; 17 digits.

    Raises: RuleBroken: the serials of the year are used up.
    """
    if not 1 <= serial < 10**SERIAL_DIGITS:
        raise RuleBroken("serials-used-up", year=year)
    first = f"{division_code}{year:04}{class_kind}{serial:0{SERIAL_DIGITS}}"
    return first + check_digit(first)


def check_number(number: str) -> str:
    """Return a certificate number without blanks.

    Raises: BadInput: it is not one, or its check digit is wrong (录入有误).
    """
    plain = plain_number(number)
    if not (plain.isascii() and plain.isdigit() and len(plain) == 12 + SERIAL_DIGITS):
        raise BadInput("certificate-number", field="number")
    if check_digit(plain[:-1]) != plain[-1]:
        raise BadInput("certificate-number", field="number")
    return plain


def plain_number(number: str) -> str:
    """Return what was typed as a number, in plain characters and without blanks."""
    return "".join(unicodedata.normalize("NFKC", number).split())


def missing(standing: Standing) -> Sequence[str]:
    """Return the codes of what is missing for a certificate, empty when nothing is.

    A result that is not released is told as that alone: nobody learns it here first.
    Source: DOMAIN rule 7; 鲁人社函〔2023〕94号 五(二) "参加培训并考试合格的，颁发合格证书".
    """
    checks = (
        ("not-given", standing.given),
        ("not-eligible", standing.eligible),
        ("class-incomplete", standing.class_complete),
        ("materials-open", standing.handed_over or not standing.released),
        ("disqualified", not standing.disqualified),
        ("not-released", standing.released),
        ("not-passed", standing.passed or standing.disqualified or not standing.released),
        ("result-expired", standing.in_time or not standing.passed),
        ("sitting-voided", not standing.voided),
        ("not-printable", standing.printable),
        ("issued-already", not standing.issued),
    )
    return [code for code, holds in checks if not holds]


def missing_to_sign(codes: Sequence[str], *, replaces: bool) -> Sequence[str]:
    """Return what keeps a prepared certificate from its signature.

    One issued anew rests on a pass that was good when the first one was given.
    """
    passed_over = {"issued-already", "result-expired"} if replaces else {"issued-already"}
    return [code for code in codes if code not in passed_over]


def clause_of(policy: Profile, code: str) -> str:
    """Return notice, clause and quoted words that a missing fact rests on, or a local source."""
    source = policy.source(CLAUSE_KEYS[code])
    if not source.quote:
        return source.source
    return f"{source.document} {source.clause}「{source.quote}」"


def months_after(on: dt.date, months: int) -> dt.date:
    """Return the same day some months later, the month's last day where there is none.

    Source: 民法典第二百零一条、第二百零二条: the first day is not counted, the same day of the
    last month is the last one.
    """
    month = on.month - 1 + months
    year, month = on.year + month // 12, month % 12 + 1
    return dt.date(year, month, min(on.day, calendar.monthrange(year, month)[1]))


def expires_on(policy: Profile, issued_on: dt.date) -> dt.date:
    """Return the last day a certificate is valid. Source: profile certificate.valid_months."""
    return months_after(issued_on, policy.count("certificate.valid_months"))


def in_time(policy: Profile, *, released_on: dt.date, on: dt.date) -> bool:
    """Return whether a pass is still good for a certificate (profile exam.result_valid_months)."""
    return on <= months_after(released_on, policy.count("exam.result_valid_months"))


def credit_hours(policy: Profile, *, credited: Decimal, trained: Decimal) -> Decimal:
    """Return the hours a certificate brings for re-training (计入或减免), 0 where none are given.

    Never more than the hours trained.
    Source: profile credit.mode and credit.kinds; 伊应急函〔2025〕41号 四(五)
        "可将培训学时计入相应的安全生产再培训学时".
    """
    gives = policy.text("credit.mode") in _CREDITED and set(policy.names("credit.kinds")) - {"none"}
    return min(credited, trained) if gives else Decimal(0)


def signed_name(name: str) -> str:
    """Return a name as it is signed: NFC, one kind of dot, old private characters replaced.

    Old systems kept 䶮 and other characters of GBK where Unicode had none; here they get the code
    they have now.
    """
    plain = "".join(_unicode_of(each) for each in name.translate(_DOTS))
    return unicodedata.normalize("NFC", plain)


def _unicode_of(character: str) -> str:
    place = ord(character) - _PRIVATE_FIRST
    if not 0 <= place <= _PRIVATE_LAST - _PRIVATE_FIRST:
        return character
    trail = 0x50 + place
    return bytes((0xFE, trail + (trail >= 0x7F))).decode("gb18030")


def paper_mark(code: str) -> str:
    """Return a paper's code as the record carries it, at most 20 characters.

    A longer one keeps its first eleven, then ``~`` and eight places of its SHA-256.
    """
    if len(code) <= PAPER_LENGTH:
        return code
    return f"{code[:11]}~{hashlib.sha256(code.encode()).hexdigest()[:8]}"


def check_can_change(kind: ChangeKind, state: CertificateState, *, number: str) -> None:
    """Pass a certificate that can be held up, let go on or issued anew.

    Raises: RuleBroken: it is not in force, or for lifting: not held up.
    """
    wanted = CertificateState.SUSPENDED if kind is ChangeKind.LIFT else CertificateState.VALID
    if state is not wanted:
        code = "certificate-not-suspended" if kind is ChangeKind.LIFT else "certificate-not-valid"
        raise RuleBroken(code, number=number)
