"""Rules of people: what an ID number, a credit code, a phone number and a password must be."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from exam_app.core.errors import BadInput, RuleBroken
from exam_app.people.passwords import is_common
from exam_app.policy.leaves import Setting
from exam_app.policy.profile import Kind
from exam_app.policy.vocabulary import vocabulary

RECUSAL_MONTHS = 12
ACTIVATION_HOURS = 24
PASSWORD_MIN = 8
PASSWORD_MIN_STAFF = 12
PASSWORD_MAX = 128
LOCK_FAILURES = 5
LOCK_FAILURES_ANYWHERE = 20
LOCK_MINUTES = 15
IDLE_MINUTES = 30
ABSOLUTE_HOURS = 12
FRESH_MINUTES = 5
FOUNDING_APPROVERS = 2

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
# fmt: off
PROVINCES = frozenset(
    str(code)
    for first, last in (
        (11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83),
    )
    for code in range(first, last + 1)
)
# fmt: on
FIRST_BIRTH = dt.date(1900, 1, 1)
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")
_FLAGS = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[0-9]{2,3}-?[0-9]{7,8}")
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")


class IdProblem(StrEnum):
    """What is wrong with an ID number (公民身份号码)."""

    LENGTH = "length"
    CHARACTERS = "characters"
    REGION = "region"
    BIRTH = "birth"
    CHECK = "check"


class PasswordProblem(StrEnum):
    """What is wrong with a password (口令)."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    USERNAME = "username"


class BadIdNumber(BadInput):
    """The ID number cannot be one (身份证号有误)."""

    code = "people-bad-id-number"


class BadCreditCode(BadInput):
    """The unified social credit code cannot be one (统一社会信用代码有误)."""

    code = "people-bad-credit-code"


class BadPassword(BadInput):
    """The password is too weak (口令不合要求)."""

    code = "people-bad-password"


def normal_id_number(text: str) -> str:
    """Return the ID number without spaces, in half-width digits and with an upper-case X."""
    return re.sub(r"\s", "", text).translate(_FULL_WIDTH).upper()


def id_check_character(first: str) -> str:
    """Return the check character of the first 17 digits. Source: GB 11643-1999 附录 A."""
    total = sum(int(digit) * weight for digit, weight in zip(first, ID_WEIGHTS, strict=True))
    return ID_CHECKS[total % 11]


def id_problem(text: str, on: dt.date) -> IdProblem | None:
    """Return the first thing wrong with an ID number, None where it can be one.

    Args: on: the day it is looked at; nobody is born after it.
    Source: GB 11643-1999.
    """
    number = normal_id_number(text)
    if len(number) != 18:
        return IdProblem.LENGTH
    if re.fullmatch(r"[0-9]{17}[0-9X]", number) is None:
        return IdProblem.CHARACTERS
    if number[:2] not in PROVINCES:
        return IdProblem.REGION
    try:
        born = birth_date(number)
    except ValueError:
        return IdProblem.BIRTH
    if not FIRST_BIRTH <= born <= on:
        return IdProblem.BIRTH
    return None if id_check_character(number[:17]) == number[17] else IdProblem.CHECK


def check_id_number(text: str, *, on: dt.date, field: str = "id_number") -> str:
    """Return the normal form of an ID number.

    Raises: BadIdNumber: with the reason, never with the number.
    """
    problem = id_problem(text, on)
    if problem is not None:
        raise BadIdNumber(f"people-id-{problem.value}", reason=problem.value, field=field)
    return normal_id_number(text)


def birth_date(id_number: str) -> dt.date:
    """Return the birth date an ID number carries; ValueError where it is no date."""
    year, month, day = int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14])
    return dt.date(year, month, day)


def credit_check_character(first: str) -> str:
    """Return the check character of the first 17. Source: GB 32100-2015, modulus 31."""
    total = sum(
        CREDIT_ALPHABET.index(character) * weight
        for character, weight in zip(first, CREDIT_WEIGHTS, strict=True)
    )
    return CREDIT_ALPHABET[-total % 31]


def check_credit_code(text: str, *, field: str = "credit_code") -> str:
    """Return the normal form of a unified social credit code (统一社会信用代码).

    Raises: BadCreditCode: length, a letter outside the alphabet, or the check character.
    """
    code = re.sub(r"\s", "", text).upper()
    if len(code) != 18:
        raise BadCreditCode("people-credit-length", field=field)
    if any(character not in CREDIT_ALPHABET for character in code):
        raise BadCreditCode("people-credit-characters", field=field)
    if re.fullmatch(r"[0-9]{6}", code[2:8]) is None:
        raise BadCreditCode("people-credit-region", field=field)
    if credit_check_character(code[:17]) != code[17]:
        raise BadCreditCode("people-credit-check", field=field)
    return code


def check_division_code(text: str, *, field: str = "division_code") -> str:
    """Return a division code (行政区划代码) of six digits with a known province."""
    code = text.strip()
    if re.fullmatch(r"[0-9]{6}", code) is None or code[:2] not in PROVINCES:
        raise BadInput("people-bad-division-code", field=field)
    return code


def check_phone(text: str, *, field: str = "phone") -> str:
    """Return a mainland phone number, mobile or with area code, without spaces."""
    number = re.sub(r"[\s]", "", text).removeprefix("+86")
    if _MOBILE.fullmatch(number) is None and _LANDLINE.fullmatch(number) is None:
        raise BadInput("people-bad-phone", field=field)
    return number


def check_name(text: str, *, field: str = "name") -> str:
    """Return a name without spaces at its ends; none, or a control character, is refused."""
    name = text.strip()
    if not name or not name.isprintable():
        raise BadInput("people-bad-name", field=field)
    return name


def check_username(text: str, *, field: str = "username") -> str:
    """Return a username: 3 to 32 of a–z, 0–9, dot, dash and underscore, a letter first."""
    name = normal_username(text)
    if _USERNAME.fullmatch(name) is None:
        raise BadInput("people-bad-username", field=field)
    return name


def normal_username(text: str) -> str:
    """Return the username as it is looked up."""
    return text.strip().lower()


def check_reason(text: str, *, field: str = "reason") -> str:
    """Return the reason of a change; an empty one is refused."""
    reason = text.strip()
    if not reason:
        raise BadInput("people-reason-missing", field=field)
    return reason


def check_period(from_on: dt.date, until_on: dt.date | None, *, field: str = "until_on") -> None:
    """Refuse a period that ends before it begins."""
    if until_on is not None and until_on < from_on:
        raise BadInput("people-bad-period", field=field)


def password_problem(password: str, *, username: str, staff: bool) -> PasswordProblem | None:
    """Return what is wrong with a password, None where it may stand.

    Source: GB/T 22239-2019 身份鉴别 a; ASVS 5.0 6.2.1, 6.2.4, 6.2.9.
    """
    least = PASSWORD_MIN_STAFF if staff else PASSWORD_MIN
    if len(password) < least:
        return PasswordProblem.SHORT
    if len(password) > PASSWORD_MAX:
        return PasswordProblem.LONG
    if username and username.lower() in password.lower():
        return PasswordProblem.USERNAME
    return PasswordProblem.COMMON if is_common(password) else None


def check_password(
    password: str, *, username: str, staff: bool, field: str = "new_password"
) -> None:
    """Refuse a password that is too short, too long, common, or holds the username.

    Raises: BadPassword: with the reason and the least length.
    """
    problem = password_problem(password, username=username, staff=staff)
    if problem is not None:
        least = PASSWORD_MIN_STAFF if staff else PASSWORD_MIN
        raise BadPassword(
            f"people-password-{problem.value}", least=least, most=PASSWORD_MAX, field=field
        )


def months_before(on: dt.date, months: int) -> dt.date:
    """Return the day so many months earlier, the month's last day where it has no such day."""
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    day = on.day
    while True:
        try:
            return dt.date(year, month + 1, day)
        except ValueError:
            day -= 1


def check_same_name(known: str, given: str) -> None:
    """Refuse a known ID number that comes with another name (人证不符)."""
    if known != given:
        raise RuleBroken("people-name-mismatch", field="name")


def setting_value(key: str, text: str) -> Setting:
    """Return a local setting's words in the type of its key (数、是否、文字).

    Args: key: as in the vocabulary, or with ``.min``, ``.max`` behind it.
    Raises: BadInput: an unknown key, or words that are no such value.
    """
    spec = vocabulary().get(key) or vocabulary().get(key.rpartition(".")[0])
    if spec is None:
        raise BadInput("people-setting-unknown", key=key, field="key")
    words = text.strip()
    if spec.kind is Kind.FLAG:
        if words.lower() not in _FLAGS:
            raise BadInput("people-setting-value", key=key, field="value")
        return _FLAGS[words.lower()]
    if spec.kind in (Kind.COUNT, Kind.NUMBER):
        try:
            return Decimal(words)
        except InvalidOperation:
            raise BadInput("people-setting-value", key=key, field="value") from None
    return words


def check_two_persons(first_id: int | None, second_id: int | None) -> None:
    """Refuse a second step taken by the person of the first (四眼原则)."""
    if first_id is None or second_id is None or first_id == second_id:
        raise RuleBroken("people-two-persons")


def check_founding_open(approver_ids: Iterable[int]) -> None:
    """Refuse a founding appointment once two persons can appoint and confirm."""
    if len(set(approver_ids)) >= FOUNDING_APPROVERS:
        raise RuleBroken("people-founding-over")
