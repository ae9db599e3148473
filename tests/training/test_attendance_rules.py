"""What hours attendance gives, and whether a class plan can stand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.core.clock import SHANGHAI
from exam_app.core.errors import BadInput
from exam_app.policy.loader import resolve
from exam_app.policy.profile import Finding
from exam_app.training import rules
from exam_app.training.terms import (
    Attended,
    ClassPlan,
    CreditedHours,
    CutReason,
    Hours,
    Mode,
    PersonnelCategory,
    PlannedLesson,
)

DEPUTY = PersonnelCategory.DEPUTY_HEAD
LEADER = PersonnelCategory.TEAM_LEADER
YICHUN = "cn-hlj-yichun-2025"
DAY = dt.datetime(2025, 3, 10, tzinfo=SHANGHAI)


def hours(online: str, offline: str, practical: str = "0") -> Hours:
    return Hours(Decimal(online), Decimal(offline), Decimal(practical))


# --- hours from attendance -----------------------------------------------------------------


def at(
    start: str, end: str, minutes: int, mode: Mode = Mode.OFFLINE, *, day: int = 0, ok: bool = True
) -> Attended:
    def moment(text: str) -> dt.datetime:
        hour, minute = map(int, text.split(":"))
        return DAY + dt.timedelta(days=day, hours=hour, minutes=minute)

    return Attended(mode, moment(start), moment(end), minutes, ok)


def credit(*records: Attended, cap: str = "8") -> CreditedHours:
    return rules.hours_from_attendance(records, minutes_per_hour=45, day_cap=Decimal(cap))


def cuts(credited: CreditedHours) -> list[tuple[int, CutReason, Decimal]]:
    return [(cut.record, cut.reason, cut.minutes) for cut in credited.cuts]


def test_minutes_become_credit_hours_by_mode() -> None:
    """45 minutes are one hour; practical lessons are offline ones as well."""
    credited = credit(
        at("8:00", "9:30", 90),
        at("9:30", "11:00", 90, Mode.PRACTICAL),
        at("13:00", "13:45", 45, Mode.ONLINE),
    )
    assert credited.hours == hours("1", "4", "2")
    assert credited.cuts == ()


def test_nobody_is_in_two_lessons_at_once() -> None:
    """Shared time counts once, and the cut says how much was left out."""
    credited = credit(at("8:00", "9:30", 90), at("8:00", "9:30", 90, Mode.ONLINE))
    assert credited.hours.total == 2
    assert cuts(credited) == [(1, CutReason.OVERLAP, Decimal(90))]
    credited = credit(at("8:00", "9:30", 90), at("9:00", "10:30", 90))
    assert credited.hours.total == Decimal("3.33")
    assert cuts(credited) == [(1, CutReason.OVERLAP, Decimal(30))]


def test_leaving_one_lesson_for_another_is_no_overlap() -> None:
    """Half of each of two lessons at the same time fits one person."""
    credited = credit(at("8:00", "9:30", 45), at("8:00", "9:30", 45))
    assert credited.hours.total == 2
    assert credited.cuts == ()


def test_the_day_cap() -> None:
    """Eight hours a day at most, the earlier lessons first; the next day counts anew."""
    credited = credit(
        at("8:00", "12:30", 270), at("13:00", "17:30", 270), at("8:00", "8:45", 45, day=1)
    )
    assert credited.hours.total == 9
    assert cuts(credited) == [(1, CutReason.DAY_CAP, Decimal(180))]


def test_a_lesson_over_midnight_counts_on_both_days() -> None:
    """The cap is of the China day; a night of twelve hours is four and eight."""
    credited = credit(at("21:00", "33:00", 720), cap="8")
    assert credited.hours.total == 12
    assert cuts(credited) == [(0, CutReason.DAY_CAP, Decimal(180))]


def test_utc_and_local_times_are_the_same_moment() -> None:
    """The zone a time is written in changes nothing."""
    local = at("7:00", "12:00", 300)
    utc = Attended(
        local.mode,
        local.starts_at.astimezone(dt.UTC),
        local.ends_at.astimezone(dt.UTC),
        300,
        True,
    )
    assert credit(local, cap="4") == credit(utc, cap="4")
    assert credit(local, utc, cap="9").hours == credit(local, cap="9").hours


def test_identity_and_beyond_the_lesson() -> None:
    """Unchecked time counts nothing; nobody attends longer than the lesson lasts."""
    credited = credit(at("8:00", "9:30", 90, ok=False), at("10:00", "11:30", 200))
    assert credited.hours.total == 2
    assert cuts(credited) == [
        (0, CutReason.IDENTITY, Decimal(90)),
        (1, CutReason.BEYOND_LESSON, Decimal(110)),
    ]


def test_parts_of_an_hour_are_cut_down() -> None:
    """50 minutes are 1.11 hours, never 1.12."""
    assert credit(at("8:00", "9:30", 50)).hours.total == Decimal("1.11")


def test_no_records_no_hours() -> None:
    """Nobody came."""
    assert credit().hours == hours("0", "0")


@pytest.mark.parametrize(("start", "end", "minutes"), [("9:00", "8:00", 5), ("8:00", "9:00", -1)])
def test_impossible_records(start: str, end: str, minutes: int) -> None:
    """A lesson that ends before it starts, minutes below none."""
    with pytest.raises(BadInput):
        credit(at(start, end, minutes))


def test_impossible_settings() -> None:
    """An hour has minutes, a day no negative hours."""
    with pytest.raises(BadInput):
        rules.hours_from_attendance([], minutes_per_hour=0, day_cap=Decimal(8))
    with pytest.raises(BadInput):
        rules.hours_from_attendance([], minutes_per_hour=45, day_cap=Decimal(-8))


@st.composite
def attended(draw: st.DrawFn) -> Attended:
    start = DAY + dt.timedelta(minutes=draw(st.integers(0, 4 * 24 * 60)))
    length = draw(st.integers(1, 20 * 60))
    return Attended(
        draw(st.sampled_from(Mode)),
        start,
        start + dt.timedelta(minutes=length),
        draw(st.integers(0, 24 * 60)),
        draw(st.booleans()),
    )


def union_minutes(records: list[Attended]) -> Fraction:
    covered: set[int] = set()
    for record in records:
        first = int((record.starts_at - DAY).total_seconds()) // 60
        last = int((record.ends_at - DAY).total_seconds()) // 60
        covered |= set(range(first, last))
    return Fraction(len(covered))


@given(
    st.lists(attended(), max_size=7), st.integers(30, 60), st.decimals(min_value=0, max_value=24)
)
def test_no_more_is_credited_than_was_attended(
    records: list[Attended], minutes_per_hour: int, cap: Decimal
) -> None:
    """Σ credited ≤ Σ attended, ≤ the time that passed, ≤ the cap a day; cuts account for it."""
    credited = rules.hours_from_attendance(records, minutes_per_hour=minutes_per_hour, day_cap=cap)
    minutes = Fraction(credited.hours.total) * minutes_per_hour
    present = [record for record in records if record.identity_ok]
    attended_minutes = sum(record.attended_minutes for record in records)
    assert minutes <= attended_minutes
    assert minutes <= union_minutes(present)
    assert minutes <= Fraction(cap) * minutes_per_hour * 6
    left = attended_minutes - sum(Fraction(cut.minutes) for cut in credited.cuts)
    slack = Fraction(2, 100) * minutes_per_hour + Fraction(len(credited.cuts), 100)
    assert abs(left - minutes) <= slack
    assert credited.hours.practical <= credited.hours.offline


@given(st.lists(attended(), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(records: list[Attended], random: object) -> None:
    """The same total whichever way the file is sorted."""
    shuffled = list(records)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    cap = Decimal(24)

    def total(held: list[Attended]) -> Decimal:
        return sum(
            (
                -cut.minutes
                for cut in rules.hours_from_attendance(held, minutes_per_hour=45, day_cap=cap).cuts
            ),
            Decimal(sum(record.attended_minutes for record in held)),
        )

    assert total(records) == total(shuffled)


# --- class plans ---------------------------------------------------------------------------


def lesson(
    day: int, start: int, end: int, mode: Mode = Mode.OFFLINE, lecturer: int | None = 1
) -> PlannedLesson:
    begin = DAY + dt.timedelta(days=day)
    return PlannedLesson(
        mode, begin + dt.timedelta(hours=start), begin + dt.timedelta(hours=end), lecturer
    )


def plan(
    *lessons: PlannedLesson, category: PersonnelCategory = LEADER, size: int = 40
) -> ClassPlan:
    return ClassPlan(category, size, DAY.date(), DAY.date() + dt.timedelta(days=4), lessons)


def check(made: ClassPlan, *busy: PlannedLesson) -> dict[str, Finding]:
    found = rules.check_plan(resolve(YICHUN), made, minutes_per_hour=45, busy=busy)
    return {one.rule: one for one in found}


GOOD = (
    lesson(0, 8, 11),
    lesson(0, 14, 17, Mode.PRACTICAL),
    lesson(1, 8, 11),
    lesson(1, 14, 17),
    lesson(2, 8, 11, Mode.ONLINE),
)


def test_a_good_plan() -> None:
    """15 clock hours are 20 credit hours: 16 offline, 4 of them practical — a fifth is too few."""
    found = check(plan(*GOOD))
    assert found["hours.min"].ok
    assert found["hours.min"].value == 20
    assert found["offline_share.min"].value == Fraction(4, 5)
    assert found["practical_share.min"].refuses
    more = (*GOOD, lesson(3, 8, 11, Mode.PRACTICAL))
    assert all(one.ok for one in check(plan(*more)).values())


def test_lessons_outside_the_project() -> None:
    """Before the first and after the last day of the project is outside."""
    found = check(plan(*GOOD, lesson(-1, 8, 9), lesson(4, 23, 25), lesson(4, 8, 9)))
    assert found["plan.lesson_dates"].value == 2
    assert not found["plan.lesson_dates"].ok
    assert found["plan.lesson_dates"].needs_reason


def test_a_lecturer_is_in_one_place() -> None:
    """Double bookings in the plan and with other classes are counted; back to back is fine."""
    assert check(plan(lesson(0, 8, 10), lesson(0, 10, 12)))["plan.lecturer_once"].ok
    assert check(plan(lesson(0, 10, 12), lesson(0, 8, 10)))["plan.lecturer_once"].ok
    assert not check(plan(lesson(0, 8, 10), lesson(0, 9, 12)))["plan.lecturer_once"].ok
    assert check(plan(lesson(0, 8, 10), lesson(0, 9, 12, lecturer=2)))["plan.lecturer_once"].ok
    assert check(plan(lesson(0, 8, 10), lesson(0, 9, 12, lecturer=None)))["plan.lecturer_once"].ok
    clash = check(plan(lesson(0, 8, 10)), lesson(0, 9, 12), lesson(0, 9, 12, lecturer=2))
    assert clash["plan.lecturer_once"].value == 1


def test_a_plan_that_is_too_short_or_too_large() -> None:
    """The plan is held against the same limits as the persons will be."""
    found = check(plan(lesson(0, 8, 11), category=DEPUTY, size=41))
    assert found["hours.min"].refuses
    assert found["class_size.max"].needs_reason
    assert "practical_share.min" not in found
