"""Who may sit the exam (参考资格), what hours count (学时), and whether a class plan can stand."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from exam_app.core.clock import SHANGHAI
from exam_app.core.errors import BadInput
from exam_app.policy.profile import Finding, Force, Leaf, Profile, finding
from exam_app.training.terms import (
    Attended,
    ClassPlan,
    CreditedHours,
    CutReason,
    Hours,
    HoursCut,
    Mode,
    PersonnelCategory,
    PlannedLesson,
)

HUNDREDTH = Decimal("0.01")
Segment = tuple[dt.datetime, dt.datetime]
Granted = tuple[dt.datetime, int, int]


def eligibility(
    profile: Profile,
    *,
    category: PersonnelCategory,
    hours: Hours,
    real_name: bool,
    class_size: int,
) -> list[Finding]:
    """Return what each admission rule found on one person, the rules that are kept included.

    A rule the profile is silent on is left out. Nothing is rounded.
    """
    return [
        *_hours_findings(profile, category, hours),
        *_share_findings(profile, category, hours),
        *_real_name_findings(profile, real_name),
        size_finding(profile, category, class_size),
    ]


def eligible(findings: Iterable[Finding]) -> bool:
    """Return whether no rule that must be kept is missed."""
    return not any(found.refuses for found in findings)


def needs_reason(findings: Sequence[Finding]) -> bool:
    """Return whether only softer rules are missed, so that a recorded reason is asked for."""
    return eligible(findings) and any(found.needs_reason for found in findings)


def creditable_hours(profile: Profile, category: PersonnelCategory, hours: Hours) -> Decimal:
    """Return the hours that may be credited: the hours trained, capped at the maximum."""
    most = hours_leaf(profile, category).max
    return hours.total if most is None else min(hours.total, Decimal(most))


def hours_leaf(profile: Profile, category: PersonnelCategory) -> Leaf:
    """Return the leaf with least and most hours of a category."""
    return profile.leaf(f"hours.{category.value}")


def size_finding(profile: Profile, category: PersonnelCategory, size: int) -> Finding:
    """Return whether a class of this category is small enough.

    Raises: BadInput: nobody is in the class.
    """
    if size < 1:
        raise BadInput("class-size", field="class_size", value=size)
    deputy = category is PersonnelCategory.DEPUTY_HEAD
    leaf = profile.leaf("class_size.deputy_head" if deputy else "class_size.others")
    most = Decimal(leaf.bound())  # type: ignore[arg-type]
    return finding("class_size.max", leaf, ok=size <= most, value=size, limit=most)


def class_findings(
    profile: Profile, categories: Collection[PersonnelCategory], size: int
) -> list[Finding]:
    """Return what the rules on the class itself found: one category (不得大合堂), its size.

    Args: categories: those on the roster, at least one; the smallest limit among them counts.
    """
    found = []
    distinct = sorted(set(categories))
    if profile.has("class.single_category"):
        leaf = profile.leaf("class.single_category")
        ok = len(distinct) <= 1 or leaf.value is not True
        count = len(distinct)
        found.append(finding("class.single_category", leaf, ok=ok, value=count, limit=1))
    sizes = [size_finding(profile, category, size) for category in distinct]
    return [*found, *sorted(sizes, key=_limit)[:1]]


def hours_from_attendance(
    records: Sequence[Attended], *, minutes_per_hour: int, day_cap: Decimal
) -> CreditedHours:
    """Return the credit hours attendance gives, and each cut with its reason.

    A moment two lessons share counts once; no more than ``day_cap`` hours count on one day
    (China time), the earlier lessons first; a lesson without identity check counts nothing.
    Hours of each mode are cut down to hundredths; they never exceed the time attended.

    Raises: BadInput: a record ends before it starts or has negative minutes.
    """
    if minutes_per_hour < 1 or day_cap < 0:
        raise BadInput("minutes-per-hour", minutes_per_hour=minutes_per_hour)
    present, cuts = _presence(records)
    once = list(_count_once(records, present))
    cuts += _short(present, _sum_by_record(once), CutReason.OVERLAP)
    capped = list(_cap_days(once, int(day_cap * minutes_per_hour * 60)))
    credited = _sum_by_record(capped)
    cuts += _short(_sum_by_record(once), credited, CutReason.DAY_CAP)
    per_hour = minutes_per_hour * 60
    seconds: dict[Mode, int] = defaultdict(int)
    for index, held in credited.items():
        seconds[records[index].mode] += held
    practical = seconds[Mode.PRACTICAL]
    hours = Hours(
        online=_floor(Fraction(seconds[Mode.ONLINE], per_hour)),
        offline=_floor(Fraction(seconds[Mode.OFFLINE] + practical, per_hour)),
        practical=_floor(Fraction(practical, per_hour)),
    )
    return CreditedHours(hours, tuple(sorted(cuts, key=lambda cut: (cut.record, cut.reason))))


def check_plan(
    profile: Profile,
    plan: ClassPlan,
    *,
    minutes_per_hour: int,
    busy: Iterable[PlannedLesson] = (),
) -> list[Finding]:
    """Return what the rules found on a class plan: dates, lecturers, hours, shares, size.

    Args: busy: lessons of other classes by the same lecturers.
    """
    planned = planned_hours(plan.lessons, minutes_per_hour=minutes_per_hour)
    outside = [one for one in plan.lessons if not _within(one, plan)]
    clashes = _clashes(plan.lessons, busy)
    found = []
    for rule, key, count in (
        ("plan.lesson_dates", "plan.lessons_within_project", len(outside)),
        ("plan.lecturer_once", "plan.lecturer_once", clashes),
    ):
        if profile.has(key):
            found.append(finding(rule, profile.leaf(key), ok=count == 0, value=count, limit=0))
    return [
        *found,
        *_hours_findings(profile, plan.category, planned),
        *_share_findings(profile, plan.category, planned),
        size_finding(profile, plan.category, plan.size),
    ]


def planned_hours(lessons: Iterable[PlannedLesson], *, minutes_per_hour: int) -> Hours:
    """Return the credit hours a plan gives to who attends every lesson, cut to hundredths."""
    records = []
    for lesson in lessons:
        length = int((lesson.ends_at - lesson.starts_at).total_seconds() // 60)
        records.append(Attended(lesson.mode, lesson.starts_at, lesson.ends_at, length, True))
    return hours_from_attendance(
        records, minutes_per_hour=minutes_per_hour, day_cap=Decimal(24 * 60)
    ).hours


def _hours_findings(
    profile: Profile, category: PersonnelCategory, hours: Hours
) -> Iterator[Finding]:
    """Yield least and most hours; above the most is to be looked at (虚增培训时长), no refusal."""
    leaf = hours_leaf(profile, category)
    total = hours.total
    if leaf.min is not None:
        yield finding("hours.min", leaf, ok=total >= leaf.min, value=total, limit=leaf.min)
    if leaf.max is not None:
        kept = total <= leaf.max
        yield finding("hours.max", leaf, ok=kept, value=total, limit=leaf.max, force=Force.MAY)


def _share_findings(
    profile: Profile, category: PersonnelCategory, hours: Hours
) -> Iterator[Finding]:
    rules = (
        ("offline_share.min", "hours.offline_share", hours.offline),
        ("practical_share.min", "hours.practical_share", hours.practical),
    )
    total = Fraction(hours.total)
    for rule, key, part in rules:
        if not profile.has(key) or not profile.leaf(key).applies(category.value):
            continue
        leaf = profile.leaf(key)
        if leaf.min is None:
            continue
        share = Fraction(part) / total if total else Fraction(0)
        yield finding(rule, leaf, ok=share >= Fraction(leaf.min), value=share, limit=leaf.min)


def _real_name_findings(profile: Profile, real_name: bool) -> Iterator[Finding]:
    if profile.has("roster.real_name") and profile.flag("roster.real_name"):
        leaf = profile.leaf("roster.real_name")
        yield finding("real_name", leaf, ok=real_name, value=real_name, limit=True)


def _limit(found: Finding) -> Decimal:
    return found.limit if isinstance(found.limit, Decimal) else Decimal(0)


def _presence(records: Sequence[Attended]) -> tuple[dict[int, int], list[HoursCut]]:
    """Return the seconds each record may count, and the cuts that left them."""
    present: dict[int, int] = {}
    cuts = []
    for index, record in enumerate(records):
        length = int((record.ends_at - record.starts_at).total_seconds())
        if length <= 0 or record.attended_minutes < 0:
            raise BadInput("attendance-bad", record=index, minutes=record.attended_minutes)
        attended = record.attended_minutes * 60
        if not record.identity_ok:
            if attended:
                cuts.append(_cut(index, CutReason.IDENTITY, attended))
            continue
        if attended > length:
            cuts.append(_cut(index, CutReason.BEYOND_LESSON, attended - length))
        present[index] = min(attended, length)
    return present, cuts


def _count_once(records: Sequence[Attended], present: dict[int, int]) -> Iterator[Granted]:
    """Yield (start, record, seconds): each moment granted to one record at most.

    Of the lessons running, the one that ends first is served first: so the most is credited that
    one person in one place at a time can have attended.
    """
    left = dict(present)
    for start, end in _segments([records[index] for index in present]):
        room = int((end - start).total_seconds())
        running = [
            index
            for index in left
            if records[index].starts_at <= start and end <= records[index].ends_at
        ]
        for index in sorted(running, key=lambda index: (records[index].ends_at, index)):
            granted = min(room, left[index])
            if granted:
                yield start, index, granted
            left[index] -= granted
            room -= granted


def _segments(records: Sequence[Attended]) -> list[Segment]:
    """Return the stretches between all starts, ends and midnights (China time), in order."""
    edges = {edge for record in records for edge in (record.starts_at, record.ends_at)}
    for record in records:
        midnight = _next_midnight(record.starts_at)
        while midnight < record.ends_at:
            edges.add(midnight)
            midnight = _next_midnight(midnight)
    ordered = sorted(edges)
    return list(zip(ordered, ordered[1:], strict=False))


def _next_midnight(at: dt.datetime) -> dt.datetime:
    tomorrow = at.astimezone(SHANGHAI).date() + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), SHANGHAI)


def _cap_days(granted: Iterable[Granted], cap_seconds: int) -> Iterator[Granted]:
    used: dict[dt.date, int] = defaultdict(int)
    for start, index, seconds in granted:
        day = start.astimezone(SHANGHAI).date()
        counted = min(seconds, cap_seconds - used[day])
        used[day] += counted
        yield start, index, counted


def _sum_by_record(granted: Iterable[Granted]) -> dict[int, int]:
    total: dict[int, int] = defaultdict(int)
    for _start, index, seconds in granted:
        total[index] += seconds
    return total


def _short(wanted: dict[int, int], got: dict[int, int], reason: CutReason) -> list[HoursCut]:
    return [
        _cut(index, reason, seconds - got.get(index, 0))
        for index, seconds in wanted.items()
        if seconds > got.get(index, 0)
    ]


def _cut(record: int, reason: CutReason, seconds: int) -> HoursCut:
    return HoursCut(record, reason, (Decimal(seconds) / 60).quantize(HUNDREDTH))


def _floor(hours: Fraction) -> Decimal:
    return Decimal(hours * 100 // 1) * HUNDREDTH


def _within(lesson: PlannedLesson, plan: ClassPlan) -> bool:
    first = lesson.starts_at.astimezone(SHANGHAI).date()
    last = lesson.ends_at.astimezone(SHANGHAI).date()
    return plan.from_on <= first and last <= plan.until_on


def _clashes(lessons: Sequence[PlannedLesson], busy: Iterable[PlannedLesson]) -> int:
    """Return how many lessons of the plan find their lecturer teaching elsewhere."""
    elsewhere = list(busy)
    return sum(
        any(
            other is not lesson
            and other.lecturer == lesson.lecturer
            and other.starts_at < lesson.ends_at
            and lesson.starts_at < other.ends_at
            for other in (*lessons[:place], *elsewhere)
        )
        for place, lesson in enumerate(lessons)
        if lesson.lecturer is not None
    )
