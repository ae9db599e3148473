"""Numbers with a check digit, who lacks what, what a certificate states."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.certificates import rules
from exam_app.certificates.rules import Standing
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.policy.loader import resolve
from tests.factories.finished import JILIN, SHANDONG, YICHUN

WHOLE = Standing(
    eligible=True,
    passed=True,
    released=True,
    disqualified=False,
    class_complete=True,
    issued=False,
)


def test_the_check_digit_is_the_standard_s() -> None:
    """ISO 7064 MOD 11,10: the standard's own example 0794 has the check digit 5."""
    assert rules.check_digit("0794") == "5"


@given(st.integers(1, 99999), st.integers(2000, 2999))
def test_a_number_passes_and_each_wrong_digit_does_not(serial: int, year: int) -> None:
    """17 digits; any one digit wrong is found."""
    number = rules.certificate_number("230700", year, 1, serial)
    assert len(number) == 17
    assert rules.check_number(f" {number[:6]} {number[6:]} ") == number
    for place, digit in enumerate(number):
        wrong = number[:place] + str((int(digit) + 1 + serial % 9) % 10) + number[place + 1 :]
        if wrong != number:
            with pytest.raises(BadInput):
                rules.check_number(wrong)


@pytest.mark.parametrize("text", ["", "2307002025100001", "23070020251000017a", "x" * 17])
def test_what_is_no_number_is_refused(text: str) -> None:
    """Length and digits."""
    with pytest.raises(BadInput, match="certificate-number"):
        rules.check_number(text)


def test_full_width_digits_are_the_same_number() -> None:
    """A phone's keyboard may write them."""
    number = rules.certificate_number("230700", 2025, 1, 1)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in number)
    assert rules.check_number(wide) == number


@pytest.mark.parametrize("serial", [0, 100_000])
def test_serials_end(serial: int) -> None:
    """There are 99,999 in a year."""
    with pytest.raises(RuleBroken, match="serials-used-up"):
        rules.certificate_number("230700", 2025, 1, serial)


@pytest.mark.parametrize(
    ("over", "codes"),
    [
        ({}, []),
        ({"given": False}, ["not-given"]),
        ({"eligible": False}, ["not-eligible"]),
        ({"class_complete": False}, ["class-incomplete"]),
        ({"disqualified": True}, ["disqualified"]),
        ({"disqualified": True, "passed": False}, ["disqualified"]),
        ({"released": False, "passed": False}, ["not-released"]),
        ({"passed": False}, ["not-passed"]),
        ({"in_time": False}, ["result-expired"]),
        ({"issued": True}, ["issued-already"]),
        ({"eligible": False, "passed": False}, ["not-eligible", "not-passed"]),
    ],
)
def test_each_missing_fact_has_its_code(over: dict[str, bool], codes: list[str]) -> None:
    """Three facts, one certificate; an unreleased result is told as that alone."""
    assert list(rules.missing(dataclasses.replace(WHOLE, **over))) == codes


@pytest.mark.parametrize("profile", [YICHUN, SHANDONG, JILIN])
def test_each_code_rests_on_a_clause(profile: str) -> None:
    """Under each notice every refusal names what it rests on."""
    policy = resolve(profile)
    assert all(rules.clause_of(policy, code) for code in rules.CLAUSE_KEYS)


@pytest.mark.parametrize(
    ("on", "months", "last"),
    [
        ("2025-03-12", 36, "2028-03-12"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-08-31", 6, "2026-02-28"),
        ("2025-12-31", 1, "2026-01-31"),
    ],
)
def test_months_end_on_the_same_day(on: str, months: int, last: str) -> None:
    """The corresponding day, or the month's last where there is none."""
    assert rules.months_after(dt.date.fromisoformat(on), months) == dt.date.fromisoformat(last)


def test_a_pass_is_good_for_its_months() -> None:
    """Twelve months from the release, under the profile."""
    policy, released = resolve(YICHUN), dt.date(2025, 3, 10)
    assert rules.in_time(policy, released_on=released, on=dt.date(2026, 3, 10))
    assert not rules.in_time(policy, released_on=released, on=dt.date(2026, 3, 11))


@pytest.mark.parametrize(
    ("profile", "credited", "stated"),
    [(YICHUN, "24", "24"), (YICHUN, "30", "26"), (SHANDONG, "24", "24"), (JILIN, "24", "0")],
)
def test_credit_hours_follow_the_notice(profile: str, credited: str, stated: str) -> None:
    """Counted or exempted where the notice says so, never above those trained."""
    hours = rules.credit_hours(resolve(profile), credited=Decimal(credited), trained=Decimal(26))
    assert hours == Decimal(stated)


@pytest.mark.parametrize(
    ("name", "signed"),
    [
        ("买买提\u2022阿不都", "买买提·阿不都"),
        ("买买提\u30fb阿不都", "买买提·阿不都"),
        ("王\ue863", "王䶮"),
        ("张\U0002cb4e", "张\U0002cb4e"),
        ("e\u0301", "é"),
    ],
)
def test_names_are_signed_in_one_form(name: str, signed: str) -> None:
    """One dot, NFC, characters of old systems under the code they have now."""
    assert rules.signed_name(name) == signed


def test_a_long_paper_code_is_shortened_to_one_of_its_own() -> None:
    """At most 20 characters; two long codes with one beginning stay apart."""
    assert rules.paper_mark("YC-2025-01-A") == "YC-2025-01-A"
    first, second = (rules.paper_mark(f"YICHUN-2025-TEAM-LEADER-{each}-A") for each in "12")
    assert len(first) == len(second) == 20
    assert first != second
