"""Rules of certificates: the number and its check digit, who may be given one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exam_app.core.errors import BadInput, RuleBroken

SERIAL_DIGITS = 5


@dataclass(frozen=True)
class Standing:
    """What is known of one enrolment when a certificate is asked for."""

    eligible: bool
    passed: bool
    released: bool
    disqualified: bool
    class_complete: bool
    issued: bool


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
    plain = "".join(number.split())
    if not (plain.isascii() and plain.isdigit() and len(plain) == 12 + SERIAL_DIGITS):
        raise BadInput("certificate-number", field="number")
    if check_digit(plain[:-1]) != plain[-1]:
        raise BadInput("certificate-number", field="number")
    return plain


def missing(standing: Standing) -> Sequence[str]:
    """Return the codes of what is missing for a certificate, empty when nothing is.

    Source: DOMAIN rule 7; 鲁人社函〔2023〕94号 五(二) "参加培训并考试合格的，颁发合格证书".
    """
    checks = (
        ("not-eligible", standing.eligible),
        ("class-incomplete", standing.class_complete),
        ("disqualified", not standing.disqualified),
        ("not-passed", standing.passed),
        ("not-released", standing.released),
        ("issued-already", not standing.issued),
    )
    return [code for code, holds in checks if not holds]
