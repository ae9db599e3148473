"""The teaching side of the demo: three classes from plan to the decision who may sit."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.demo.city import LECTURERS, City
from exam_app.demo.clockwork import Calendar
from exam_app.demo.people import RARE_NAMES, Somebody, crew, id_number
from exam_app.people import service as people_service
from exam_app.training import queries, service
from exam_app.training.adapter import ATTENDANCE_COLUMNS, ROSTER_COLUMNS
from exam_app.training.labels import by_row, finding_rows
from exam_app.training.models import Enrolment, Lecturer, TrainingClass, TrainingProject
from exam_app.training.terms import EligibilityState, Mode, PersonnelCategory
from tabular import write_table

PROFILE = "cn-hlj-yichun-2025"
CATEGORY_TITLES = {
    PersonnelCategory.DEPUTY_HEAD: "分管负责人",
    PersonnelCategory.SAFETY_MANAGER: "专职安全管理人员",
    PersonnelCategory.TEAM_LEADER: "班组长",
}
# code, name, category, people, first day, lessons in order of the days, two a day
CLASSES = (
    ("YC2025-DH-01", "2025年矿山分管负责人第1期", PersonnelCategory.DEPUTY_HEAD, 5,
     dt.date(2025, 2, 10), (Mode.ONLINE, Mode.OFFLINE, Mode.OFFLINE, Mode.OFFLINE)),
    ("YC2025-SM-01", "2025年矿山专职安全管理人员第1期", PersonnelCategory.SAFETY_MANAGER, 16,
     dt.date(2025, 2, 17), (Mode.ONLINE, Mode.ONLINE, Mode.OFFLINE, Mode.OFFLINE, Mode.OFFLINE)),
    ("YC2025-TL-01", "2025年矿山班组长第1期", PersonnelCategory.TEAM_LEADER, 28,
     dt.date(2025, 2, 24), (Mode.ONLINE, Mode.ONLINE, Mode.OFFLINE, Mode.OFFLINE,
                            Mode.PRACTICAL, Mode.PRACTICAL)),
)  # fmt: skip
TOPICS = {
    Mode.ONLINE: ("安全生产系列电视专题片", "安全生产法律法规"),
    Mode.OFFLINE: ("矿山安全风险管控", "职业病防治与工伤保险", "事故应急与报告"),
    Mode.PRACTICAL: ("现场应急处置实训", "自救互救与初起火灾扑救实训"),
}
SLOTS = (("08:30", "11:30"), ("13:30", "16:30"))
# class → person (by place on the roster) → lessons missed; what follows is refused or reasoned
MISSED = {
    "YC2025-SM-01": {3: (3, 4, 5), 5: (5,)},
    "YC2025-TL-01": {7: (3, 4, 5), 9: (6,)},
}
UNCONFIRMED = {"YC2025-TL-01": 11}


@dataclass
class Taught:
    """What the teaching side handed on."""

    project: TrainingProject
    classes: list[TrainingClass] = field(default_factory=list)
    people: dict[str, list[Somebody]] = field(default_factory=dict)
    bad_rows: dict[str, dict[int, str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    enrolled: int = 0
    eligible: int = 0
    hours: dict[int, Decimal] = field(default_factory=dict)


def teach(city: City, calendar: Calendar, out: Path) -> Taught:
    """Run the three classes from plan to eligibility and return what came of it."""
    calendar.go("2025-01-20 09:00")
    taught = Taught(project=_project(city))
    lecturers = _lecturers(city)
    for start, (code, name, category, count, first_day, modes) in enumerate(CLASSES):
        planned = _plan(
            city, taught, lecturers[start], code, name, category, count, first_day, modes
        )
        taught.classes.append(planned)
        rare = RARE_NAMES[start * 2 : start * 2 + 2]
        taught.people[code] = crew(city.rng, count, start=100 + start * 100, rare=rare)
    for training_class in taught.classes:
        _enrol(city, taught, training_class, out)
    for training_class in taught.classes:
        _attend(city, calendar, taught, training_class, out)
    calendar.go("2025-03-03 09:00")
    for training_class in taught.classes:
        _decide(city, taught, training_class)
    return taught


def _project(city: City) -> TrainingProject:
    with transaction():
        return service.plan_project(
            authority=city.bodies["authority"],
            name="伊春市2025年度矿山和机械制造企业工伤预防能力提升培训工程",
            profile_id=PROFILE,
            industries=["mining", "machinery"],
            from_on=dt.date(2025, 1, 1),
            until_on=dt.date(2025, 4, 30),
            to_train={"deputy_head": 15, "safety_manager": 52, "team_leader": 64},
            trained_before=82,
            actor=city.actor("jiandu"),
        )


def _lecturers(city: City) -> list[Lecturer]:
    made = []
    for serial, (name, title) in enumerate(LECTURERS, start=90):
        with transaction():
            actor = city.actor("peixun")
            person = people_service.register_person(
                name=name, id_number=id_number(city.rng, serial), actor=actor
            )
            made.append(
                service.register_lecturer(city.bodies["provider"], person, title=title, actor=actor)
            )
    return made


def _plan(
    city: City,
    taught: Taught,
    lecturer: Lecturer,
    code: str,
    name: str,
    category: PersonnelCategory,
    size: int,
    first_day: dt.date,
    modes: tuple[Mode, ...],
) -> TrainingClass:
    lessons = []
    for place, mode in enumerate(modes):
        day = first_day + dt.timedelta(days=place // 2)
        begin, end = SLOTS[place % 2]
        topics = TOPICS[mode]
        lessons.append(
            service.Lesson(
                topic=topics[modes[:place].count(mode) % len(topics)],
                mode=mode,
                starts_at=clock.at_local(f"{day} {begin}"),
                ends_at=clock.at_local(f"{day} {end}"),
                place="云平台" if mode is Mode.ONLINE else "林城培训中心",
                lecturer=None if mode is Mode.ONLINE else lecturer,
            )
        )
    with transaction():
        planned = service.plan_class(
            taught.project,
            provider=city.bodies["provider"],
            code=code,
            name=name,
            category=category,
            industry="mining",
            lessons=lessons,
            size=size,
            actor=city.actor("peixun"),
        )
    with transaction():
        return service.approve_class(planned, actor=city.actor("jiandu"))


def _roster_row(city: City, training_class: TrainingClass, person: Somebody) -> list[str]:
    enterprise = city.enterprises[person.enterprise]
    title = CATEGORY_TITLES[training_class.category]
    return [
        person.name, person.id_number, enterprise.credit_code, enterprise.name, title, person.phone
    ]  # fmt: skip


def _with_mistakes(rows: list[list[str]]) -> bytes:
    """Return the first try of a roster: what people do get wrong, one kind a row."""
    wrong = [list(row) for row in rows]
    wrong[0][1] = wrong[0][1][:17] + ("0" if wrong[0][1][17] != "0" else "1")
    wrong[1][2] = "91230700MADEMG0000"
    wrong[2][4] = "安全员"
    wrong.append(list(rows[3]))
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    sheet = book.add_worksheet("名册")
    sheet.write_row(0, 0, ROSTER_COLUMNS)
    for number, row in enumerate(wrong, start=1):
        sheet.write_row(number, 0, row)
    sheet.write_number(5, 1, 230718198001010000)  # an ID number typed as a number: digits are lost
    book.close()
    return held.getvalue()


def _enrol(city: City, taught: Taught, training_class: TrainingClass, out: Path) -> None:
    """Bring the roster in: first with mistakes, refused by row, then put right."""
    rows = [_roster_row(city, training_class, each) for each in taught.people[training_class.code]]
    folder = out / "rosters"
    folder.mkdir(parents=True, exist_ok=True)
    if training_class.category is PersonnelCategory.TEAM_LEADER:
        data = _with_mistakes(rows)
        name = f"{training_class.code}-初稿.xlsx"
        (folder / name).write_bytes(data)
        with transaction():
            first = service.import_roster(training_class, data, name, actor=city.actor("taizhang"))
        taught.bad_rows[training_class.code] = by_row(first.problems)
    data = write_table(ROSTER_COLUMNS, rows, sheet="名册")
    name = f"{training_class.code}.xlsx"
    (folder / name).write_bytes(data)
    for _again in range(2):  # the same file twice changes nothing
        with transaction():
            service.import_roster(training_class, data, name, actor=city.actor("taizhang"))
    _confirm(city, training_class)
    with transaction():
        service.lock_roster(training_class, actor=city.actor("jiandu"))
    taught.enrolled += len(rows)


def _confirm(city: City, training_class: TrainingClass) -> None:
    """Let each enterprise confirm its own people; one of them is forgotten."""
    roster = list(queries.enrolments_of(training_class.id))
    forgotten = UNCONFIRMED.get(training_class.code)
    for place, enterprise in enumerate(city.enterprises, start=1):
        own: list[Enrolment] = [
            each
            for number, each in enumerate(roster, start=1)
            if each.enterprise_id == enterprise.id and number != forgotten
        ]
        if own:
            with transaction():
                service.confirm_people(training_class, own, actor=city.actor(f"qiye{place}"))


def _attend(
    city: City, calendar: Calendar, taught: Taught, training_class: TrainingClass, out: Path
) -> None:
    lessons = queries.lessons_of(training_class.id)
    missed = MISSED.get(training_class.code, {})
    rows = [
        (str(lesson.number), person.name, person.id_number, "180", "是")
        for place, person in enumerate(taught.people[training_class.code], start=1)
        for lesson in lessons
        if lesson.number not in missed.get(place, ())
    ]
    data = write_table(ATTENDANCE_COLUMNS, rows, sheet="考勤")
    name = f"{training_class.code}-考勤.xlsx"
    (out / "rosters" / name).write_bytes(data)
    last = clock.local(lessons[-1].ends_at)
    calendar.go(f"{last:%Y-%m-%d} 17:00")
    with transaction():
        service.import_attendance(training_class, data, name, actor=city.actor("taizhang"))
    with transaction():
        service.submit_hours(training_class, actor=city.actor("peixun"))


def _decide(city: City, taught: Taught, training_class: TrainingClass) -> None:
    """Decide on everybody; who missed only a softer rule is admitted for a reason."""
    with transaction():
        decisions = service.verify_hours(training_class, actor=city.actor("jiandu"))
    for decision in decisions:
        if decision.state is EligibilityState.NEEDS_REASON:
            with transaction():
                service.accept_reason(
                    decision,
                    reason="企业检修期间改为线上补课，已核对学习记录",
                    actor=city.actor("jiandu"),
                )
        if decision.state is EligibilityState.REFUSED:
            missed = [each for each in decision.findings if not each["ok"]]
            first = finding_rows(missed)[0]
            taught.refused[f"{first['clause']}：{first['text']}"] += 1
        else:
            taught.eligible += 1
            taught.hours[decision.enrolment_id] = queries.total_hours(decision)
