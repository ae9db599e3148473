"""Rules of sittings on plain values: windows, counts, retakes, ticket numbers."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.core.errors import BadInput, RuleBroken
from exam_app.policy.loader import resolve
from exam_app.sittings import rules
from exam_app.sittings.terms import EntryState, IncidentKind, SittingState

START = dt.datetime(2025, 3, 12, 1, 0, tzinfo=dt.UTC)
SETTINGS = rules.settings_of(resolve("cn-hlj-yichun-2025", None))


def test_settings_carry_their_source() -> None:
    """Each setting of a sitting says where it comes from."""
    assert SETTINGS.duration == 120
    assert SETTINGS.invigilators == 2
    assert "30分钟后停止入场" in SETTINGS.clause("sitting.entry_closes_minutes")
    assert "伊应急函〔2025〕41号" in SETTINGS.clause("exam.retakes")


@pytest.mark.parametrize("early", [61, 600])
def test_nobody_is_let_in_before_the_doors_open(early: int) -> None:
    """A check-in before the window is refused with the setting's source."""
    with pytest.raises(RuleBroken, match="check-in-early") as refused:
        rules.check_entry_time(START - rules.minutes(early), START, SETTINGS)
    assert refused.value.facts["clause"]


def test_nobody_is_let_in_late() -> None:
    """A minute after the doors close a candidate is refused with the setting's source."""
    rules.check_entry_time(START + rules.minutes(30), START, SETTINGS)
    with pytest.raises(RuleBroken, match="check-in-late") as refused:
        rules.check_entry_time(START + dt.timedelta(minutes=30, seconds=1), START, SETTINGS)
    assert "本地设定" in refused.value.facts["clause"]


def test_the_exam_opens_in_its_window_alone() -> None:
    """Opening is refused before the paper may be opened and after the end."""
    opens, ends = START - rules.minutes(30), START + rules.minutes(120)
    rules.check_opening(opens, opens, ends, SETTINGS)
    with pytest.raises(RuleBroken, match="opening-early"):
        rules.check_opening(opens - dt.timedelta(seconds=1), opens, ends, SETTINGS)
    with pytest.raises(RuleBroken, match="opening-late"):
        rules.check_opening(ends, opens, ends, SETTINGS)


def test_the_exam_is_not_cut_short() -> None:
    """While time runs and somebody is in, the exam can't be closed."""
    ends, doors = START + rules.minutes(120), START + rules.minutes(30)
    rules.check_closing(ends, ends, 3, doors)
    rules.check_closing(doors + dt.timedelta(seconds=1), ends, 0, doors)
    with pytest.raises(RuleBroken, match="closing-early"):
        rules.check_closing(ends - dt.timedelta(seconds=1), ends, 3, doors)
    with pytest.raises(RuleBroken, match="closing-early"):
        rules.check_closing(doors, ends, 0, doors)


@pytest.mark.parametrize("state", list(SittingState))
def test_a_wrong_state_is_named(state: SittingState) -> None:
    """The refusal says which state the sitting is in."""
    wanted = [each for each in SittingState if each is not state]
    rules.check_state(state, state)
    with pytest.raises(RuleBroken, match=f"sitting-is-{state.value.replace('_', '-')}"):
        rules.check_state(state, *wanted)


def test_a_start_lies_ahead() -> None:
    """A sitting can't be planned for the past."""
    with pytest.raises(BadInput, match="sitting-starts-past"):
        rules.check_start(START, START)


@pytest.mark.parametrize("typed", ["1234", " 1234 ", "123x", "123X"])
def test_the_tail_is_compared_whatever_its_case(typed: str) -> None:
    """Blanks and the case of X do not matter."""
    rules.check_tail(typed, typed.strip().upper())


@pytest.mark.parametrize("typed", ["", "123", "12345", "12a4", "１２３４", "X123"])
def test_a_tail_has_four_characters(typed: str) -> None:
    """What can't be the end of an ID number is bad input, not a mismatch."""
    with pytest.raises(BadInput, match="id-tail-shape"):
        rules.check_tail(typed, "1234")


def test_another_tail_is_refused() -> None:
    """Another ID number does not get in."""
    with pytest.raises(RuleBroken, match="id-tail-differs"):
        rules.check_tail("1235", "1234")


@pytest.mark.parametrize("state", [EntryState.ABSENT, EntryState.DISQUALIFIED])
def test_who_is_out_stays_out(state: EntryState) -> None:
    """Absent and disqualified candidates are not let in."""
    with pytest.raises(RuleBroken, match=f"entry-is-{state.value}"):
        rules.check_may_enter_room(state)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("wall-w1", "posting-tied"),
        ("wall-w3", "posting-tied"),
        ("duty-not-prov", "posting-tied"),
        ("wall-w4", "posting-taught"),
        ("duty-not-cand", "posting-candidate"),
        ("wall-w9", "posting-entrustment"),
        ("no-duty", "posting-no-duty"),
        ("wall-w5", "posting-refused"),
    ],
)
def test_who_is_walled_off_gets_no_post(reason: str, code: str) -> None:
    """Each wall refuses the person chosen, with the clause."""
    with pytest.raises(RuleBroken, match=code) as refused:
        rules.check_posting(reason, "四（五）", juris=True, field="account_id")
    assert refused.value.facts["clause"] == "四（五）"


def test_who_serves_elsewhere_gets_no_post() -> None:
    """A person of another city is refused."""
    with pytest.raises(RuleBroken, match="posting-elsewhere"):
        rules.check_posting("ok", "", juris=False, field="account_id")


@pytest.mark.parametrize(
    "held", [[{1}, {2}, {1}], [{1}, {1}, {2}], [{1, 3}, {2}, {3}], [{1}, set(), {2}]]
)
def test_custodians_of_one_organisation_are_refused(held: list[set[int]]) -> None:
    """Three custodians come from pairwise different organisations."""
    rules.check_custodians([frozenset({1}), frozenset({2}), frozenset({3})], "")
    with pytest.raises(RuleBroken, match="custodians-together"):
        rules.check_custodians([frozenset(each) for each in held], "")


def test_nobody_is_in_two_rooms_at_once() -> None:
    """Overlapping spans are refused; spans that touch are not."""
    wanted = rules.Window(START, START + rules.minutes(120))
    after = rules.Window(wanted.until_at, wanted.until_at + rules.minutes(60))
    rules.check_free(wanted, [after])
    with pytest.raises(RuleBroken, match="invigilator-busy"):
        rules.check_free(wanted, [rules.Window(START + rules.minutes(119), after.until_at)])


def test_each_room_in_use_has_two() -> None:
    """Rooms with fewer invigilators than the profile asks for are found; empty rooms are not."""
    assert rules.short_rooms([1, 1, 2], [1, 1, 2, 3], 2) == [2]
    with pytest.raises(RuleBroken, match="rooms-short") as refused:
        rules.check_staffed(["第2考场"], has_chief=True, settings=SETTINGS)
    assert refused.value.facts["rooms"] == "第2考场"
    with pytest.raises(RuleBroken, match="chief-missing"):
        rules.check_staffed([], has_chief=False, settings=SETTINGS)


def test_missing_seats_are_counted() -> None:
    """A site that is too small says how many seats are short."""
    rules.check_seats(6, 6)
    with pytest.raises(RuleBroken, match="seats-short") as refused:
        rules.check_seats(4, 6)
    assert refused.value.facts["short"] == 2


@pytest.mark.parametrize(
    ("state", "number", "made", "code"),
    [
        (EntryState.CHECKED_IN, 2, 2, "no-retake-left"),
        (EntryState.CHECKED_IN, 1, 2, "no-retake-left"),
        (EntryState.DISQUALIFIED, 1, 1, "disqualified-ends"),
        (EntryState.ENTERED, 1, 1, "first-not-over"),
    ],
)
def test_there_is_one_retake(state: EntryState, number: int, made: int, code: str) -> None:
    """A second retake, one after disqualification and one before the end are refused."""
    with pytest.raises(RuleBroken, match=code):
        rules.check_retake(state, number, made, SETTINGS)


@pytest.mark.parametrize("state", [EntryState.CHECKED_IN, EntryState.ABSENT])
def test_who_failed_or_was_absent_may_retake(state: EntryState) -> None:
    """The one retake is open to who sat and who stayed away."""
    rules.check_retake(state, 1, 1, SETTINGS)


def test_scripts_equal_heads() -> None:
    """One script too few or too many is refused."""
    rules.check_scripts(4, 4)
    for wrong in (3, 5, -1):
        with pytest.raises(RuleBroken, match="scripts-differ"):
            rules.check_scripts(wrong, 4)


@pytest.mark.parametrize("minutes", [0, -5, 121])
def test_extensions_are_bounded(minutes: int) -> None:
    """An extension is at least a minute and no longer than the exam."""
    with pytest.raises(BadInput, match="extension-size"):
        rules.check_extension(minutes, SETTINGS)


@pytest.mark.parametrize("kind", list(IncidentKind))
def test_what_disqualifies_names_its_candidate(kind: IncidentKind) -> None:
    """Disqualifying kinds need a candidate; the others do not."""
    rules.check_incident(kind, has_entry=True)
    if rules.disqualifies(kind):
        with pytest.raises(BadInput, match="incident-needs-entry"):
            rules.check_incident(kind, has_entry=False)
    else:
        rules.check_incident(kind, has_entry=False)


def test_a_ticket_number_reads_as_groups() -> None:
    """Division, day, sitting, serial and check digit."""
    number = rules.ticket_number("230700", dt.date(2025, 3, 12), 12, 3)
    assert number[:-1] == "230700-250312-0012-003"
    assert rules.ticket_is_valid(number)
    assert rules.ticket_is_valid(number.replace("-", ""))


@given(
    st.integers(1, 99_999),
    st.integers(1, 999),
    st.dates(dt.date(2025, 1, 1), dt.date(2060, 1, 1)),
    st.integers(0, 30),
    st.integers(1, 9),
)
def test_a_mistyped_ticket_is_seen(
    sitting: int, serial: int, on: dt.date, place: int, off: int
) -> None:
    """One wrong digit anywhere breaks the check digit; the number never has 18 digits."""
    number = rules.ticket_number("230700", on, sitting, serial)
    digits = number.replace("-", "")
    assert len(digits) != 18
    assert rules.ticket_is_valid(number)
    place %= len(digits)
    wrong = digits[:place] + str((int(digits[place]) + off) % 10) + digits[place + 1 :]
    assert not rules.ticket_is_valid(wrong)


@pytest.mark.parametrize("typed", ["", "张三", "1234", "230700-250312-0012-00ab"])
def test_what_is_no_ticket_is_not_one(typed: str) -> None:
    """Names and fragments are no ticket numbers."""
    assert not rules.ticket_is_valid(typed)
