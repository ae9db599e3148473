"""Marks to outcome, changed keys, retakes and names, without a database."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.core.errors import BadInput
from exam_app.marking import rules
from exam_app.marking.rules import NoRetake, NotMarkable
from exam_app.marking.terms import Outcome
from exam_app.policy.loader import resolve
from exam_app.policy.profile import ResolvedProfile
from question_bank import ItemType, KeyEntry, PartialCredit

YICHUN = resolve("cn-hlj-yichun-2025")
RELEASED = dt.datetime(2025, 3, 13, 1, 0, tzinfo=dt.UTC)
HALF = PartialCredit.SUBSET_HALF


def entry(kind: ItemType, key: str, marks: int = 2) -> KeyEntry:
    """Return one key entry."""
    return KeyEntry(1, "T-1@1", kind, frozenset(map("ABCDEFGH".index, key)), Decimal(marks))


def with_setting(key: str, value: object) -> ResolvedProfile:
    """Return the Yichun profile with one setting changed."""
    leaf = replace(YICHUN.leaf(key), value=value)
    return replace(YICHUN, leaves={**YICHUN.leaves, key: leaf})


def test_eighty_of_a_hundred_pass() -> None:
    """At the pass mark one passes, a hundredth below one fails."""
    rule = rules.pass_rule(YICHUN, full_marks=100)
    assert rule.pass_mark == 80
    assert rule.outcome(Decimal(80)) is Outcome.PASS
    assert rule.outcome(Decimal("79.99")) is Outcome.FAIL
    assert "80分合格" in rule.clause
    assert rule.partial is PartialCredit.SUBSET_HALF
    strict = with_setting("exam.multiple_choice_credit", "all-or-nothing")
    assert rules.pass_rule(strict, full_marks=100).partial is PartialCredit.ALL_OR_NOTHING


@given(full=st.integers(1, 400), hundredths=st.integers(0, 40000))
def test_a_paper_of_other_full_marks_keeps_the_share(full: int, hundredths: int) -> None:
    """The stored pass mark decides exactly as the share does, whatever the full marks."""
    total = Decimal(hundredths) / 100
    rule = rules.pass_rule(YICHUN, full_marks=full)
    assert (rule.outcome(total) is Outcome.PASS) == (total * 100 >= 80 * full)


@pytest.mark.parametrize(
    ("kind", "answer", "new_key", "earned"),
    [
        (ItemType.SINGLE, "B", "B", 2),
        (ItemType.SINGLE, "A", "B", 0),
        (ItemType.SINGLE, "C", "BC", 2),
        (ItemType.SINGLE, "BC", "BC", 0),
        (ItemType.SINGLE, "", "BC", 0),
        (ItemType.TRUE_FALSE, "B", "B", 2),
        (ItemType.MULTIPLE, "ACD", "ACD", 2),
        (ItemType.MULTIPLE, "AC", "ACD", 1),
        (ItemType.MULTIPLE, "ABC", "ACD", 0),
        (ItemType.MULTIPLE, "", "ALL", 2),
        (ItemType.SINGLE, "D", "ALL", 2),
    ],
)
def test_marks_under_a_changed_key(kind: ItemType, answer: str, new_key: str, earned: int) -> None:
    """One option of several is right alone; a multiple answer is scored as a whole; ALL is all."""
    assert rules.regraded(answer, entry(kind, "A"), new_key, partial=HALF) == earned


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("b", "B"), ("DCA", "ACD"), ("A, C", "AC"), ("all", "ALL"), ("全体得分", "ALL")],
)
def test_a_changed_key_is_read(typed: str, kept: str) -> None:
    """Letters in any order, or everybody."""
    assert rules.read_key(typed) == kept


@pytest.mark.parametrize("typed", ["", "AA", "I", "甲", "A1"])
def test_what_is_no_key_is_refused(typed: str) -> None:
    """A key nobody can read is never guessed."""
    with pytest.raises(BadInput):
        rules.read_key(typed)
    with pytest.raises(BadInput):
        rules.check_question(2, [entry(ItemType.SINGLE, "A")])


def test_everybody_is_accounted_for_before_marking() -> None:
    """Open entries, missing attempts and changed answers each stop the marking, by ticket."""
    whole: dict[str, list[str]] = {"open_entries": [], "without_attempt": [], "changed": []}
    rules.check_all_in(**whole)
    for name, code in (
        ("open_entries", "entries-open"),
        ("without_attempt", "attempts-missing"),
        ("changed", "responses-changed"),
    ):
        with pytest.raises(NotMarkable) as refused:
            rules.check_all_in(**(whole | {name: ["T-2", "T-1"]}))
        assert refused.value.code == code
        assert refused.value.facts["tickets"] == "T-1、T-2"


PASSED, FAILED, ABSENT, BARRED = Outcome.PASS, Outcome.FAIL, Outcome.ABSENT, Outcome.DISQUALIFIED
VOID = True
MILD = with_setting("exam.disqualified_ends", False)


@pytest.mark.parametrize(
    ("history", "wanted"),
    [
        ([(1, FAILED)], (0, False)),
        ([(1, ABSENT)], (0, False)),
        ([(1, PASSED)], None),
        ([(1, BARRED)], None),
        ([(1, None)], None),
        ([(1, FAILED), (2, FAILED)], None),
        ([(1, FAILED), (2, ABSENT)], None),
        ([(1, FAILED), (2, None)], None),
        # the first was void: sat in vain, it is repeated, and then a retake is left
        ([(1, PASSED, VOID)], (0, True)),
        ([(1, FAILED, VOID)], (0, True)),
        ([(1, PASSED, VOID), (1, FAILED)], (1, False)),
        ([(1, PASSED, VOID), (1, FAILED), (2, FAILED)], None),
        ([(1, PASSED, VOID), (1, PASSED, VOID)], (1, True)),
        # absent or barred there: nothing is given back
        ([(1, ABSENT, VOID)], (0, False)),
        ([(1, BARRED, VOID)], None),
        ([(1, BARRED, VOID), (1, PASSED, VOID)], None),
        # the retake was void
        ([(1, FAILED), (2, FAILED, VOID)], (1, True)),
        ([(1, FAILED), (2, PASSED, VOID), (2, FAILED)], None),
        ([(1, FAILED), (2, ABSENT, VOID)], None),
        # the first was declared void after the retake
        ([(1, FAILED, VOID), (2, PASSED)], None),
        ([(1, FAILED, VOID), (2, FAILED)], (0, True)),
        ([(1, FAILED, VOID), (2, FAILED), (1, FAILED)], None),
        # both were
        ([(1, FAILED, VOID), (2, FAILED, VOID)], (0, True)),
        ([(1, FAILED, VOID), (2, FAILED, VOID), (1, FAILED)], (1, True)),
    ],
)
def test_who_may_sit_again(history: list[tuple[Any, ...]], wanted: tuple[int, bool] | None) -> None:
    """One retake for failed and absent ones; what was sat in a void sitting counts as none."""
    taken = [rules.Taken(number, outcome, bool(void)) for number, outcome, *void in history]
    assert rules.next_attempt(taken, YICHUN) == (rules.Next(*wanted) if wanted else None)


def test_barred_ones_may_as_the_profile_says() -> None:
    """Where being disqualified does not end the exam it is an attempt like a failed one."""
    for void in (False, True):
        taken = [rules.Taken(1, BARRED, void)]
        assert rules.next_attempt(taken, MILD) == rules.Next(0, is_repeat=False)


def test_one_retake_after_the_release() -> None:
    """No retake of a retake, no second one, none before the release or for nobody."""
    held = {
        "policy": YICHUN, "is_first": True, "granted": False, "waiting": False, "released": True,
        "repeaters": 1,
    }  # fmt: skip
    rules.check_retake(**held)
    for change, code in (
        ({"is_first": False, "repeaters": 0}, "retake-of-retake"),
        ({"granted": True, "repeaters": 0}, "retake-granted"),
        ({"granted": True, "waiting": True}, "retake-granted"),
        ({"released": False}, "retake-before-release"),
        ({"repeaters": 0}, "retake-nobody"),
    ):
        with pytest.raises(NoRetake) as refused:
            rules.check_retake(**(held | change))
        assert refused.value.code == code


def test_a_late_retake_has_its_reason() -> None:
    """Within sixty days of the release no reason is asked; a day later one is."""
    last = RELEASED + dt.timedelta(days=60)
    rules.check_retake_time(YICHUN, starts_at=last, released_at=RELEASED, reason="")
    late = last + dt.timedelta(days=1)
    with pytest.raises(NoRetake) as refused:
        rules.check_retake_time(YICHUN, starts_at=late, released_at=RELEASED, reason=" ")
    assert refused.value.facts["days"] == 60
    rules.check_retake_time(YICHUN, starts_at=late, released_at=RELEASED, reason="洪水封路")


@pytest.mark.parametrize(
    "typed",
    [
        "230700-250415-0012-0037",
        "230700 250415 0012 0037",
        "２３０７００－２５０４１５－００１２－００３７",
        "23070025041500120037",
    ],
)
def test_a_ticket_is_read_as_people_type_it(typed: str) -> None:
    """Blanks, width and hyphens do not matter; what is no ticket stays what it is."""
    assert rules.normal_ticket(typed) == "230700-250415-0012-0037"
    assert rules.normal_ticket(" 12-3 ") == "12-3"


def test_names_are_compared_without_their_dots() -> None:
    """Blanks, width and the dot of a name do not matter, every sign does."""
    assert rules.same_name("阿卜杜拉·买买提", "阿卜杜拉买买提")
    assert rules.same_name(" 李 梅 ", "李梅")
    assert not rules.same_name("李梅", "李海")
    assert not rules.same_name("李梅", "")


@given(st.decimals(0, 100, places=2), st.decimals(0, 100, places=2), st.sampled_from(list(Outcome)))
def test_an_effect_reads_back(before: Decimal, after: Decimal, outcome: Outcome) -> None:
    """What is stored of an effect is exactly what was computed."""
    effect = rules.Effect(7, before, after, outcome, Outcome.PASS)
    assert rules.Effect.from_dict(effect.as_dict()) == effect
    assert effect.crosses == (outcome is not Outcome.PASS)
