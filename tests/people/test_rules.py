"""What an ID number, a credit code, a phone number and a password must be."""

from __future__ import annotations

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.core.errors import BadInput, RuleBroken
from exam_app.people import passwords, rules
from exam_app.people.rules import IdProblem, PasswordProblem
from tests.factories.people import credit_code, id_number

TODAY = dt.date(2025, 3, 10)


@given(
    st.dates(dt.date(1900, 1, 1), TODAY),
    st.integers(0, 999),
    st.sampled_from(sorted(rules.PROVINCES)),
)
def test_a_number_with_its_check_character_stands(born: dt.date, order: int, province: str) -> None:
    """Any region, birth date and order number with the right check character is an ID number."""
    first = f"{province}0702{born:%Y%m%d}{order:03d}"
    number = first + rules.id_check_character(first)
    assert rules.id_problem(number, TODAY) is None
    assert rules.check_id_number(f" {number.lower()} ", on=TODAY) == number
    assert rules.birth_date(number) == born


@given(st.integers(0, 16), st.integers(1, 9), st.integers(0, 999))
def test_one_wrong_digit_is_found(place: int, more: int, order: int) -> None:
    """GB 11643 finds every single wrong digit."""
    number = id_number(order)
    digit = str((int(number[place]) + more) % 10)
    assert rules.id_problem(number[:place] + digit + number[place + 1 :], TODAY) is not None


@given(st.integers(0, 15), st.integers(0, 999))
def test_swapped_neighbours_are_found(place: int, order: int) -> None:
    """GB 11643 finds two neighbours that changed places."""
    number = id_number(order)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or rules.id_problem(swapped, TODAY) is not None


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("", IdProblem.LENGTH),
        ("23070019850312001", IdProblem.LENGTH),
        ("23070019850312X013", IdProblem.CHARACTERS),
        ("2.307001985031e+17", IdProblem.CHARACTERS),
        ("990700198503120012", IdProblem.REGION),
        ("230700198502300011", IdProblem.BIRTH),
        ("230700189912310019", IdProblem.BIRTH),
        ("230700202603110015", IdProblem.BIRTH),
        ("230700198503120011", IdProblem.CHECK),
    ],
)
def test_what_cannot_be_an_id_number_says_why(number: str, problem: IdProblem) -> None:
    """The first thing wrong is named, and the error never carries the number."""
    assert rules.id_problem(number, TODAY) is problem
    with pytest.raises(rules.BadIdNumber) as refused:
        rules.check_id_number(number, on=TODAY)
    assert refused.value.facts["reason"] == problem.value
    assert not number or number not in str(refused.value)


def test_an_id_number_known_from_the_standard_stands() -> None:
    """The two examples of GB 11643-1999 carry their check characters."""
    assert rules.id_check_character("11010519491231002") == "X"
    assert rules.id_check_character("44052418800101001") == "4"
    assert rules.id_problem("44052418800101001" + "4", TODAY) is IdProblem.BIRTH


def test_full_width_digits_and_small_x_are_read() -> None:
    """Digits typed in full width and a small x are the same number."""
    assert (
        rules.check_id_number("１１０１０５１９４９１２３１００２ｘ", on=TODAY)
        == "11010519491231002X"
    )


@given(st.integers(0, 10**9 - 1), st.integers(0, 16), st.sampled_from(rules.CREDIT_ALPHABET))
def test_a_wrong_character_of_a_credit_code_is_found(number: int, place: int, other: str) -> None:
    """GB 32100 finds every single wrong character."""
    code = credit_code(number)
    assert rules.check_credit_code(code.lower()) == code
    changed = code[:place] + other + code[place + 1 :]
    if changed != code:
        with pytest.raises(rules.BadCreditCode):
            rules.check_credit_code(changed)


@pytest.mark.parametrize(
    "code", ["", "91230700000000001", "9123070000000000I0", "91ABCDEF0000000010"]
)
def test_what_cannot_be_a_credit_code_is_refused(code: str) -> None:
    """Length, letters outside the alphabet and a region of letters are refused."""
    with pytest.raises(rules.BadCreditCode):
        rules.check_credit_code(code)


@pytest.mark.parametrize(
    "number", ["13800138000", "+86 138 0013 8000", "0458-3876543", "04583876543"]
)
def test_phone_numbers_stand(number: str) -> None:
    """Mobile numbers and numbers with an area code are read."""
    assert " " not in rules.check_phone(number)


@pytest.mark.parametrize("number", ["", "12345", "23800138000", "138001380001", "abc"])
def test_other_numbers_are_no_phone(number: str) -> None:
    """What is neither is refused."""
    with pytest.raises(BadInput, match="people-bad-phone"):
        rules.check_phone(number)


@pytest.mark.parametrize("code", ["2307", "23070a", "990700", "２３０７００"])
def test_division_codes_have_six_digits_of_a_province(code: str) -> None:
    """A division code is six plain digits of a known province."""
    assert rules.check_division_code(" 230700 ") == "230700"
    with pytest.raises(BadInput, match="people-bad-division-code"):
        rules.check_division_code(code)


@pytest.mark.parametrize(
    ("password", "staff", "problem"),
    [
        ("short1", False, PasswordProblem.SHORT),
        ("eleven-chrs", True, PasswordProblem.SHORT),
        ("x7" * 80, False, PasswordProblem.LONG),
        ("Password123!", True, PasswordProblem.COMMON),
        ("P@ssw0rd2025", True, PasswordProblem.COMMON),
        ("123456789012", True, PasswordProblem.COMMON),
        ("qwertyuiop[]", False, PasswordProblem.COMMON),
        ("1qaz2wsx3edc", True, PasswordProblem.COMMON),
        ("aaaabbbbcccc", True, PasswordProblem.COMMON),
        ("abcabcabcabc", True, PasswordProblem.COMMON),
        ("woaini5201314", True, PasswordProblem.COMMON),
        ("19850312", False, PasswordProblem.COMMON),
        ("anquanshengchan2025", True, PasswordProblem.COMMON),
        ("yichunkaoshi88", True, PasswordProblem.COMMON),
        ("Lantern-zhang.wei-71", True, PasswordProblem.USERNAME),
        ("Lantern-Orchard-71", True, None),
        ("松花江畔的老榆树开花了", False, None),
        ("k" + "9mQ-t" * 15, True, None),
    ],
)
def test_weak_passwords_are_named(
    password: str, staff: bool, problem: PasswordProblem | None
) -> None:
    """Length by duty, common words and runs, and the username are refused; 64 and more stand."""
    assert rules.password_problem(password, username="zhang.wei", staff=staff) is problem


@given(st.text(string.ascii_letters + string.digits, min_size=16, max_size=40))
def test_the_password_check_always_ends(password: str) -> None:
    """Whatever is typed, the check gives an answer, the same one each time."""
    first = rules.password_problem(password, username="u", staff=True)
    assert rules.password_problem(password, username="u", staff=True) is first


def test_a_hash_fits_its_password_alone() -> None:
    """Argon2id with its own salt; nobody's hash costs the same and never fits."""
    phc = passwords.hash_password("Lantern-Orchard-71", memory_kib=64)
    assert phc.startswith("$argon2id$v=19$m=64,t=3,p=4$")
    assert phc != passwords.hash_password("Lantern-Orchard-71", memory_kib=64)
    assert passwords.verify_password("Lantern-Orchard-71", phc, memory_kib=64)
    assert not passwords.verify_password("Lantern-Orchard-72", phc, memory_kib=64)
    assert not passwords.verify_password("", None, memory_kib=64)
    assert passwords.is_below_floor(phc, memory_kib=128)
    assert not passwords.is_below_floor(phc, memory_kib=64)


def test_a_one_time_code_is_read_as_people_type_it() -> None:
    """Twenty characters; small letters, blanks and O for 0 are read."""
    code = passwords.make_code()
    assert len(code) == 24
    assert passwords.normal_code(f" {code.lower()} ") == code.replace("-", "")
    assert passwords.normal_code("OIL0") == "0110"
    assert len({passwords.make_code() for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("on", "months", "before"),
    [
        (dt.date(2025, 3, 10), 12, dt.date(2024, 3, 10)),
        (dt.date(2025, 2, 28), 12, dt.date(2024, 2, 28)),
        (dt.date(2024, 2, 29), 12, dt.date(2023, 2, 28)),
        (dt.date(2025, 1, 31), 2, dt.date(2024, 11, 30)),
        (dt.date(2025, 3, 10), 0, dt.date(2025, 3, 10)),
    ],
)
def test_months_are_counted_back_by_the_calendar(on: dt.date, months: int, before: dt.date) -> None:
    """Twelve months back is the same day; a day the month lacks becomes its last."""
    assert rules.months_before(on, months) == before


def test_a_name_must_be_the_known_one() -> None:
    """The same ID number with another name is refused."""
    rules.check_same_name("李梅", "李梅")
    with pytest.raises(RuleBroken, match="people-name-mismatch"):
        rules.check_same_name("李梅", "李海")


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [("exam.pass_mark", "85", 85), ("class.single_category", "是", True)],
)
def test_settings_are_read_in_their_type(key: str, text: str, value: object) -> None:
    """A number is a Decimal, yes and no a truth value; other words are refused."""
    assert rules.setting_value(key, text) == value
    with pytest.raises(BadInput, match="people-setting-value"):
        rules.setting_value(key, "也许")


def test_an_unknown_setting_is_refused() -> None:
    """A key outside the vocabulary is refused."""
    with pytest.raises(BadInput, match="people-setting-unknown"):
        rules.setting_value("exam.no_such_key", "1")
