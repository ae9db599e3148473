"""Deadline, letters, readings and the digest, without a database."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.attempts import rules
from exam_app.attempts.rules import AnswerUnreadable, QuestionUnknown, ReadingRefused
from exam_app.attempts.terms import Answer, Difference

NINE = dt.datetime(2025, 3, 12, 1, 0, tzinfo=dt.UTC)
LETTERS = st.sets(st.sampled_from("ABCDEFGH")).map(lambda found: "".join(sorted(found)))
ANSWERS = st.dictionaries(st.integers(1, 50), LETTERS)


def test_an_attempt_never_outlasts_its_sitting() -> None:
    """Who starts late has less time: the deadline is the duration or the end, what comes first."""
    end = NINE + dt.timedelta(hours=2)
    assert rules.deadline(NINE, end, duration_minutes=120) == end
    assert rules.deadline(NINE, end, duration_minutes=90) == NINE + dt.timedelta(minutes=90)
    late = NINE + dt.timedelta(minutes=20)
    assert rules.deadline(late, end, duration_minutes=120) == end


def test_sixty_seconds_of_grace() -> None:
    """An answer that arrives within a minute of the deadline counts, a second later it does not."""
    assert rules.is_in_time(NINE + dt.timedelta(seconds=60), NINE)
    assert not rules.is_in_time(NINE + dt.timedelta(seconds=61), NINE)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("  ", ""),
        ("c", "C"),
        ("ca", "AC"),
        ("Ａ，Ｃ", "AC"),
        ("A C D", "ACD"),
        ("√", "A"),
        ("×", "B"),
        ("t", "A"),
        ("H", "H"),
    ],
)
def test_letters_are_read_as_people_write_them(typed: str, kept: str) -> None:
    """Full-width and small letters, blanks, commas and the signs of true and false are letters."""
    assert rules.letters(typed, question=1) == kept


@pytest.mark.parametrize("typed", ["I", "1", "AA", "A√", "甲", "A-B", "?"])
def test_what_is_no_letter_is_refused(typed: str) -> None:
    """Anything but A to H, each once, is refused with its question, never guessed."""
    with pytest.raises(AnswerUnreadable) as refused:
        rules.letters(typed, question=7)
    assert refused.value.facts["question"] == 7


@given(LETTERS)
def test_normal_letters_stay(letters: str) -> None:
    """A normal answer reads as itself."""
    assert rules.letters(letters, question=1) == letters


def test_a_question_left_out_is_a_blank() -> None:
    """Every question of the paper has an answer; one nobody keyed is blank."""
    assert rules.readable({2: "b"}, questions=[1, 2, 3]) == {1: "", 2: "B", 3: ""}
    with pytest.raises(QuestionUnknown):
        rules.readable({4: "A"}, questions=[1, 2, 3])


@given(ANSWERS, ANSWERS)
def test_differences_are_where_the_readings_differ(
    first: dict[int, str], second: dict[int, str]
) -> None:
    """Two readings differ on exactly the questions whose letters are not the same."""
    found = rules.differences(first, second)
    questions = {each.question for each in found}
    for question in set(first) | set(second):
        same = first.get(question, "") == second.get(question, "")
        assert same == (question not in questions)
    assert rules.differences(first, first) == ()


def test_the_third_reading_is_about_the_differences_alone() -> None:
    """A third person decides all differing questions and no other."""
    rules.check_resolved({3: "A", 5: ""}, [3, 5])
    for answers in ({3: "A"}, {3: "A", 5: "", 6: "B"}, {}):
        with pytest.raises(ReadingRefused):
            rules.check_resolved(answers, [3, 5])


@given(st.lists(st.builds(Answer, st.integers(1, 50), LETTERS, st.integers(1, 9)), max_size=9))
def test_the_digest_knows_no_order_but_every_change(responses: list[Answer]) -> None:
    """The digest is the same in any order, and another one when anything of it differs."""

    def digest(rows: list[Answer], events: int = 3) -> str:
        return rules.responses_digest(entry_id=1, paper_id=2, responses=rows, events=events)

    assert digest(responses) == digest(responses[::-1])
    assert digest(responses) != digest(responses, events=4)
    assert digest(responses) != digest([*responses, Answer(51, "A", 1)])


def test_a_difference_names_both_readings() -> None:
    """What the third person sees is the question and both readings."""
    assert rules.differences({1: "A"}, {1: "AB", 2: ""}) == (Difference(1, "A", "AB"),)
