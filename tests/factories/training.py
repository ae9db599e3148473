"""The teaching side through its services: a town, its project, classes, rosters, attendance.

Everything is committed. Lessons lie in the week before the ``clock`` fixture's morning, so that
attendance can come in without moving the clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from exam_app.access.actor import Actor
from exam_app.access.terms import OrganisationKind, Role
from exam_app.core import clock
from exam_app.core.db import transaction
from exam_app.people import queries as people
from exam_app.people.models import Account, Organisation
from exam_app.training import queries, service
from exam_app.training.adapter import ATTENDANCE_COLUMNS, ROSTER_COLUMNS
from exam_app.training.models import (
    Eligibility,
    Enrolment,
    Lecturer,
    TrainingClass,
    TrainingProject,
)
from exam_app.training.terms import ClassState, Mode, PersonnelCategory
from tabular import write_table
from tests.factories.people import actor_of, id_number, make_organisation, make_person, make_staff

Kind = OrganisationKind
PROFILE = "cn-hlj-yichun-2025"
MONDAY = dt.date(2025, 3, 3)
SLOTS = (("08:30", "11:30"), ("13:30", "16:30"))
MINUTES = 180
# 24 credit hours: 4 online, 12 offline in a room, 8 practical.
WEEK = (Mode.ONLINE, Mode.OFFLINE, Mode.OFFLINE, Mode.OFFLINE, Mode.PRACTICAL, Mode.PRACTICAL)
CATEGORY_TITLES = {
    PersonnelCategory.DEPUTY_HEAD: "分管负责人",
    PersonnelCategory.SAFETY_MANAGER: "专职安全管理人员",
    PersonnelCategory.TEAM_LEADER: "班组长",
}
_serial = iter(range(1, 10**9))


@dataclass
class Town:
    """An authority, a provider and enterprises, with those who act for them."""

    authority: Organisation
    provider: Organisation
    enterprises: list[Organisation]
    overseer: Account
    manager: Account
    clerk: Account
    contacts: list[Account] = field(default_factory=list)

    def acting(self, name: str) -> Actor:
        """Return the actor of ``overseer``, ``manager`` or ``clerk`` as of now."""
        return actor_of(getattr(self, name))

    def contact(self, enterprise: int = 0) -> Actor:
        """Return the actor who speaks for one of the enterprises."""
        return actor_of(self.contacts[enterprise])


@dataclass
class Attended:
    """A class whose hours are verified, with the decision on everybody."""

    town: Town
    project: TrainingProject
    training_class: TrainingClass
    enrolments: list[Enrolment]
    decisions: list[Eligibility]


def make_authority(*, division_code: str = "230700", name: str | None = None) -> Organisation:
    """Return a city's authority (市级应急管理部门)."""
    with transaction():
        return make_organisation(Kind.CITY_EM, name=name, division_code=division_code)


def make_provider(*, division_code: str = "230700", name: str | None = None) -> Organisation:
    """Return a training provider (施教单位)."""
    with transaction():
        return make_organisation(Kind.PROVIDER, name=name, division_code=division_code)


def make_enterprise(*, division_code: str = "230700", name: str | None = None) -> Organisation:
    """Return an enterprise that sends people."""
    with transaction():
        return make_organisation(Kind.ENTERPRISE, name=name, division_code=division_code)


def make_officer(organisation: Organisation, *roles: Role) -> Account:
    """Return an account that holds the roles in an organisation."""
    with transaction():
        return make_staff(*roles, organisation=organisation)


def make_town(*, enterprises: int = 2, division_code: str = "230700") -> Town:
    """Return a town with one of each body and everybody the teaching side needs."""
    authority = make_authority(division_code=division_code)
    provider = make_provider(division_code=division_code)
    firms = [make_enterprise(division_code=division_code) for _ in range(enterprises)]
    return Town(
        authority=authority,
        provider=provider,
        enterprises=firms,
        overseer=make_officer(authority, Role.OVERSEER),
        manager=make_officer(provider, Role.TRAINING_MANAGER),
        clerk=make_officer(provider, Role.CLERK),
        contacts=[make_officer(each, Role.ENTERPRISE_CONTACT) for each in firms],
    )


def make_project(
    town: Town,
    *,
    profile: str = PROFILE,
    industries: Sequence[str] = ("mining", "machinery"),
    implementing_unit: Organisation | None = None,
) -> TrainingProject:
    """Return a project of the town's authority that runs through 2025."""
    with transaction():
        return service.plan_project(
            authority=town.authority,
            name=f"工伤预防能力提升培训{next(_serial)}",
            profile_id=profile,
            industries=industries,
            from_on=dt.date(2025, 1, 1),
            until_on=dt.date(2025, 12, 31),
            to_train={"deputy_head": 15, "safety_manager": 52, "team_leader": 64},
            trained_before=82,
            implementing_unit=implementing_unit,
            actor=town.acting("overseer"),
        )


def make_lecturer(town: Town, *, name: str | None = None) -> Lecturer:
    """Return a lecturer registered by the town's provider."""
    with transaction():
        person = make_person(name=name)
        return service.register_lecturer(
            town.provider, person, title="高级工程师", actor=town.acting("manager")
        )


def week(
    modes: Sequence[Mode] = WEEK, *, first: dt.date = MONDAY, lecturer: Lecturer | None = None
) -> list[service.Lesson]:
    """Return lessons of three hours, two a day from the first day on."""
    lessons = []
    for place, mode in enumerate(modes):
        day = first + dt.timedelta(days=place // 2)
        begin, end = SLOTS[place % 2]
        lessons.append(
            service.Lesson(
                topic=f"第{place + 1}课",
                mode=mode,
                starts_at=clock.at_local(f"{day} {begin}"),
                ends_at=clock.at_local(f"{day} {end}"),
                place="云平台" if mode is Mode.ONLINE else "培训中心101",
                lecturer=None if mode is Mode.ONLINE else lecturer,
            )
        )
    return lessons


def make_class(
    town: Town,
    project: TrainingProject,
    *,
    category: PersonnelCategory = PersonnelCategory.TEAM_LEADER,
    modes: Sequence[Mode] = WEEK,
    lecturer: Lecturer | None = None,
    size: int = 30,
    size_reason: str | None = None,
    approved: bool = True,
) -> TrainingClass:
    """Return a class of the town's provider with its plan, approved unless only planned."""
    with transaction():
        planned = service.plan_class(
            project,
            provider=town.provider,
            code=f"BC-{next(_serial):03d}",
            name=f"矿山{CATEGORY_TITLES[category]}第一期",
            category=category,
            industry="mining",
            lessons=week(modes, lecturer=lecturer),
            size=size,
            size_reason=size_reason,
            actor=town.acting("manager"),
        )
    if approved:
        with transaction():
            service.approve_class(planned, actor=town.acting("overseer"))
    return planned


def roster_row(
    enterprise: Organisation,
    category: PersonnelCategory = PersonnelCategory.TEAM_LEADER,
    *,
    name: str | None = None,
    number: str | None = None,
    phone: str = "",
) -> list[str]:
    """Return one row of a roster file, of a person nobody knows yet."""
    if name is None:
        name = f"王{'甲乙丙丁戊己庚辛壬癸'[next(_serial) % 10]}"
    return [
        name, number or id_number(), enterprise.credit_code, enterprise.name,
        CATEGORY_TITLES[category], phone,
    ]  # fmt: skip


def roster_file(*rows: Sequence[str]) -> bytes:
    """Return a roster as an XLSX file; the first person stands in row 2."""
    return write_table(ROSTER_COLUMNS, [list(row) for row in rows], sheet="名册")


def make_roster(
    town: Town, training_class: TrainingClass, people: int = 3, *, confirmed: bool = True
) -> list[Enrolment]:
    """Return a roster of new persons, spread over the enterprises, confirmed by each of them."""
    rows = [
        roster_row(town.enterprises[place % len(town.enterprises)], training_class.category)
        for place in range(people)
    ]
    with transaction():
        service.import_roster(
            training_class, roster_file(*rows), "名册.xlsx", actor=town.acting("clerk")
        )
    if confirmed:
        for place in range(len(town.enterprises)):
            confirm(town, training_class, place)
    return list(queries.enrolments_of(training_class.id))


def confirm(town: Town, training_class: TrainingClass, enterprise: int) -> None:
    """Let one of the enterprises confirm its people of the roster, if it has any."""
    wanted = town.enterprises[enterprise].id
    roster = queries.enrolments_of(training_class.id)
    own = [each for each in roster if each.enterprise_id == wanted]
    if own:
        with transaction():
            service.confirm_people(training_class, own, actor=town.contact(enterprise))


def lock_roster(town: Town, training_class: TrainingClass) -> TrainingClass:
    """Return the class with its roster locked by the overseer."""
    with transaction():
        return service.lock_roster(training_class, actor=town.acting("overseer"))


def attendance_row(
    enrolment: Enrolment, lesson: int, *, minutes: int = MINUTES, checked: bool = True
) -> list[str]:
    """Return one row of an attendance file."""
    person = enrolment.person
    number = people.id_number_of(person)
    return [str(lesson), person.name, number, str(minutes), "是" if checked else "否"]


def attendance_file(*rows: Sequence[str]) -> bytes:
    """Return attendance as an XLSX file; the first row stands in row 2."""
    return write_table(ATTENDANCE_COLUMNS, [list(row) for row in rows], sheet="考勤")


def attend(
    town: Town, training_class: TrainingClass, *, missed: dict[int, Sequence[int]] | None = None
) -> None:
    """Bring in attendance at every lesson; ``missed`` names lessons left out by enrolment id."""
    left_out = missed or {}
    rows = [
        attendance_row(each, lesson.number)
        for each in queries.enrolments_of(training_class.id)
        for lesson in queries.lessons_of(training_class.id)
        if lesson.number not in left_out.get(each.id, ())
    ]
    with transaction():
        service.import_attendance(
            training_class, attendance_file(*rows), "考勤.xlsx", actor=town.acting("clerk")
        )


def make_attended_class(
    *,
    town: Town | None = None,
    project: TrainingProject | None = None,
    people: int = 3,
    category: PersonnelCategory = PersonnelCategory.TEAM_LEADER,
    modes: Sequence[Mode] = WEEK,
    missed: dict[int, Sequence[int]] | None = None,
    until: ClassState = ClassState.VERIFIED,
) -> Attended:
    """Return a class that was planned, enrolled, locked, attended, submitted and verified.

    Args: missed: place on the roster, from 0 → lesson numbers missed. until: LOCKED (attendance
        is in), SUBMITTED or VERIFIED.
    """
    town = town or make_town()
    project = project or make_project(town)
    training_class = make_class(town, project, category=category, modes=modes)
    enrolments = make_roster(town, training_class, people)
    lock_roster(town, training_class)
    by_id = {enrolments[place].id: lessons for place, lessons in (missed or {}).items()}
    attend(town, training_class, missed=by_id)
    decisions: list[Eligibility] = []
    if until is not ClassState.LOCKED:
        with transaction():
            service.submit_hours(training_class, actor=town.acting("manager"))
    if until is ClassState.VERIFIED:
        with transaction():
            decisions = service.verify_hours(training_class, actor=town.acting("overseer"))
    return Attended(town, project, training_class, enrolments, decisions)
