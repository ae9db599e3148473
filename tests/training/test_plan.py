"""Projects, lecturers and class plans: who may file them and what they are held against."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import func, select

from exam_app.access.terms import OrganisationKind, Role
from exam_app.core.db import session, transaction
from exam_app.core.errors import DutyConflict, Missing, NotAllowed, RuleBroken
from exam_app.core.messages import sentence
from exam_app.people import ties
from exam_app.people.models import PersonTie, PolicySetting
from exam_app.training import adapter, labels, pages, queries, service
from exam_app.training.models import ClassSession, Lecturer, TrainingClass
from exam_app.training.terms import ClassState, Mode, PersonnelCategory
from tabular import read_records, read_table, write_table
from tests.conftest import Clock
from tests.factories.people import actor_of, make_actor, make_appointment, make_organisation
from tests.factories.training import (
    MONDAY,
    PROFILE,
    Town,
    make_class,
    make_lecturer,
    make_officer,
    make_project,
    make_town,
    week,
)

LEADER = PersonnelCategory.TEAM_LEADER


@pytest.fixture
def town(app: Flask) -> Town:
    return make_town()


def project_facts(town: Town, **over: object) -> dict[str, object]:
    values: dict[str, object] = {
        "authority": town.authority,
        "name": "工伤预防",
        "profile_id": PROFILE,
        "industries": ["mining"],
        "from_on": dt.date(2025, 1, 1),
        "until_on": dt.date(2025, 12, 31),
        "to_train": {},
        "actor": town.acting("overseer"),
    }
    return {**values, **over}


def class_facts(town: Town, **over: object) -> dict[str, object]:
    values: dict[str, object] = {
        "provider": town.provider,
        "code": "BC-01",
        "name": "班组长第一期",
        "category": LEADER,
        "industry": "mining",
        "lessons": week(),
        "size": 30,
        "actor": town.acting("manager"),
    }
    return {**values, **over}


# --- projects -----------------------------------------------------------------------------------


def test_a_project_belongs_to_its_authority(town: Town) -> None:
    """Only an overseer of that authority registers it; dates and profile must make sense."""
    stranger = make_town(division_code="230800")
    with pytest.raises(DutyConflict, match="duty-juris"), transaction():
        service.plan_project(**project_facts(town, actor=stranger.acting("overseer")))  # type: ignore[arg-type]
    with pytest.raises(NotAllowed), transaction():
        service.plan_project(**project_facts(town, actor=town.acting("manager")))  # type: ignore[arg-type]
    with pytest.raises(RuleBroken, match="dates-backwards"), transaction():
        service.plan_project(**project_facts(town, until_on=dt.date(2024, 12, 31)))  # type: ignore[arg-type]
    with pytest.raises(Missing, match="policy-unknown-profile"), transaction():
        service.plan_project(**project_facts(town, profile_id="cn-none"))  # type: ignore[arg-type]
    project = make_project(town)
    assert project.division_code == town.authority.division_code
    assert project.to_train["team_leader"] == 64


# --- lecturers ----------------------------------------------------------------------------------


def test_a_lecturer_is_tied_to_the_provider(town: Town) -> None:
    """Registering binds; registering again only mends the title."""
    row = make_lecturer(town)
    assert ties.is_tied_to(row.person_id, town.provider.id, dt.date(2025, 3, 10))
    with transaction():
        again = service.register_lecturer(
            town.provider, row.person, title="注册安全工程师", actor=town.acting("manager")
        )
    assert (again.id, again.title) == (row.id, "注册安全工程师")
    assert session().scalar(select(func.count(PersonTie.id))) == 1
    neighbour = make_town()
    with pytest.raises(DutyConflict, match="duty-own-org"), transaction():
        service.register_lecturer(
            town.provider, row.person, title="x", actor=neighbour.acting("manager")
        )


# --- class plans --------------------------------------------------------------------------------


def test_a_class_keeps_the_rules_it_started_under(town: Town) -> None:
    """Profile, local settings and digest are frozen at planning; lessons stand in time order."""
    project = make_project(town)
    first = make_class(town, project)
    with transaction():
        proposer, approver = (make_officer(town.authority, Role.SECADMIN) for _ in range(2))
        session().add(
            PolicySetting(
                authority_id=town.authority.id, profile_id=PROFILE, key="exam.pass_mark",
                value="85", reason="会议纪要", from_on=dt.date(2025, 3, 1),
                proposed_by_id=proposer.id, approved_by_id=approver.id,
                approved_at=first.planned_at,
            )
        )  # fmt: skip
    second = make_class(town, project)
    assert queries.policy_of(first).number("exam.pass_mark") == 80
    assert queries.policy_of(second).number("exam.pass_mark") == 85
    assert first.policy_digest == queries.policy_of(first).digest != second.policy_digest
    assert [each.number for each in queries.lessons_of(first.id)] == [1, 2, 3, 4, 5, 6]


def test_lessons_are_numbered_by_time(town: Town) -> None:
    """Whatever the order of the file."""
    lessons = list(reversed(week()))
    with transaction():
        made = service.plan_class(make_project(town), **class_facts(town, lessons=lessons))  # type: ignore[arg-type]
    starts = [each.starts_at for each in queries.lessons_of(made.id)]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("over", "code", "rule"),
    [
        ({"lessons": week()[:2]}, "plan-refused", "hours.min"),
        ({"lessons": []}, "plan-refused", "hours.min"),
        ({"lessons": week((Mode.OFFLINE,) * 6)}, "plan-refused", "practical_share.min"),
        ({"size": 81}, "reason-needed", "class_size.max"),
        ({"lessons": week(first=dt.date(2026, 1, 5))}, "reason-needed", "plan.lesson_dates"),
        ({"industry": "rail-transport"}, "industry-not-covered", None),
    ],
)  # fmt: skip
def test_a_plan_is_held_against_the_notice(
    town: Town, over: dict[str, object], code: str, rule: str | None
) -> None:
    """A must refuses, a softer rule asks for a reason; both name rule, number and clause."""
    project = make_project(town)
    with pytest.raises(RuleBroken, match=code) as refused, transaction():
        service.plan_class(project, **class_facts(town, **over))  # type: ignore[arg-type]
    assert refused.value.facts.get("rule") == rule
    assert session().scalar(select(func.count(TrainingClass.id))) == 0
    assert session().scalar(select(func.count(ClassSession.id))) == 0
    assert "%(" not in sentence(refused.value)


def test_a_reason_lets_a_softer_rule_pass(town: Town) -> None:
    """The reason is kept with the class."""
    facts = class_facts(town, size=81, size_reason="合并办班")
    with transaction():
        made = service.plan_class(make_project(town), **facts)  # type: ignore[arg-type]
    assert made.size_reason == "合并办班"


def test_a_lecturer_teaches_in_one_place(town: Town) -> None:
    """虚设培训班次: the same hours in another class find the lecturer busy."""
    project, row = make_project(town), make_lecturer(town)
    make_class(town, project, lecturer=row)
    with pytest.raises(RuleBroken, match="reason-needed") as refused, transaction():
        service.plan_class(project, **class_facts(town, lessons=week(lecturer=row)))  # type: ignore[arg-type]
    assert refused.value.facts["rule"] == "plan.lecturer_once"


def test_another_providers_lecturer_is_refused(town: Town) -> None:
    """A plan names lecturers its own provider has registered."""
    row = make_lecturer(make_town())
    with pytest.raises(RuleBroken, match="lecturer-elsewhere"), transaction():
        service.plan_class(make_project(town), **class_facts(town, lessons=week(lecturer=row)))  # type: ignore[arg-type]


def test_a_code_names_one_class_of_a_project(town: Town) -> None:
    """The second class of a code is refused by name; another project may use it."""
    project = make_project(town)
    with transaction():
        service.plan_class(project, **class_facts(town))  # type: ignore[arg-type]
    with pytest.raises(RuleBroken, match="class-code-known"), transaction():
        service.plan_class(project, **class_facts(town))  # type: ignore[arg-type]
    with transaction():
        service.plan_class(make_project(town), **class_facts(town))  # type: ignore[arg-type]


def test_only_a_provider_files_classes(town: Town) -> None:
    """The authority, an enterprise and another provider's manager are refused."""
    project, neighbour = make_project(town), make_town()
    mixed = make_officer(town.provider, Role.TRAINING_MANAGER)
    with transaction():
        place = make_organisation(OrganisationKind.ENTERPRISE)
        make_appointment(mixed, place, Role.ENTERPRISE_CONTACT)
    for actor, provider, error in (
        (town.acting("overseer"), town.provider, NotAllowed),
        (town.contact(), town.provider, NotAllowed),
        (neighbour.acting("manager"), town.provider, DutyConflict),
        (actor_of(mixed), place, RuleBroken),
    ):
        with pytest.raises(error), transaction():
            service.plan_class(project, **class_facts(town, actor=actor, provider=provider))  # type: ignore[arg-type]


def test_no_class_after_the_project_has_ended(town: Town, clock: Clock) -> None:
    """A project that is over takes no more classes."""
    project = make_project(town)
    clock.set("2026-01-01 09:00")
    with pytest.raises(DutyConflict, match="duty-state"), transaction():
        service.plan_class(project, **class_facts(town))  # type: ignore[arg-type]


def test_a_plan_is_approved_once_and_by_the_own_authority(town: Town) -> None:
    """By an overseer of the project's authority, and only while it waits."""
    made = make_class(town, make_project(town), approved=False)
    stranger = make_town(division_code="230800")
    with pytest.raises(DutyConflict, match="duty-juris"), transaction():
        service.approve_class(made, actor=stranger.acting("overseer"))
    with pytest.raises(NotAllowed), transaction():
        service.approve_class(made, actor=town.acting("manager"))
    with transaction():
        service.approve_class(made, actor=town.acting("overseer"))
    assert made.state is ClassState.APPROVED
    with pytest.raises(RuleBroken, match="class-state"), transaction():
        service.approve_class(made, actor=town.acting("overseer"))


# --- plan files ---------------------------------------------------------------------------------


def plan_file(*rows: tuple[str, ...]) -> bytes:
    return write_table(adapter.PLAN_COLUMNS, rows, sheet="课程")


def test_the_template_is_a_plan(app: Flask) -> None:
    """What can be downloaded can be uploaded."""
    table = adapter.read_plan(adapter.plan_template(), "plan.xlsx")
    assert table.problems == []
    (row,) = table.rows
    assert row.mode is Mode.OFFLINE
    assert row.starts_at == dt.datetime(2025, 3, 1, 0, 30, tzinfo=dt.UTC)


def test_the_other_templates_have_the_columns(app: Flask) -> None:
    """Roster and attendance templates carry what the reader requires."""
    rows = read_table(adapter.roster_template(), "roster.xlsx")
    assert list(read_records(rows, required=adapter.ROSTER_COLUMNS)) == []
    book = adapter.attendance_template([(1, "李雪"), (2, "李雪")])
    records = list(read_records(read_table(book, "a.xlsx"), required=adapter.ATTENDANCE_COLUMNS))
    assert [(each.text("课次"), each.text("姓名")) for each in records] == [
        ("1", "李雪"),
        ("2", "李雪"),
    ]


def test_each_mistake_of_a_plan_is_named_by_its_own_row(app: Flask) -> None:
    """Topic, mode, times and place; a time before its start."""
    day = MONDAY.isoformat()
    table = adapter.read_plan(
        plan_file(
            ("法规", "线下", day, "08:30", "11:30", "一教", ""),
            ("", "线下", day, "08:30", "11:30", "一教", ""),
            ("法规", "面授", day, "08:30", "11:30", "一教", ""),
            ("法规", "线下", "2025-02-30", "08:30", "11:30", "一教", ""),
            ("法规", "线下", day, "11:30", "08:30", "一教", ""),
            ("法规", "线下", day, "08:30", "11:30", "", ""),
            ("法规", "线下", "2025/3/3", "8:30", "11:30:00", "一教", ""),
        ),
        "计划.xlsx",
    )
    assert [(each.row, each.column, each.code) for each in table.problems] == [
        (3, "课程", "cell-empty"),
        (4, "方式", "mode-unknown"),
        (5, "开始", "moment-unreadable"),
        (5, "结束", "moment-unreadable"),
        (6, "结束", "ends-before-start"),
        (7, "地点", "cell-empty"),
    ]
    assert [row.row for row in table.rows] == [2, 8]


def test_a_class_from_a_form_and_its_file(town: Town) -> None:
    """The page's form and file become a class; unknown and ambiguous lecturers are named."""
    project = make_project(town)
    make_lecturer(town, name="谢讲师")
    for _ in range(2):
        make_lecturer(town, name="窦讲师")
    day = MONDAY.isoformat()

    def lesson(slot: int, mode: str, lecturer: str) -> tuple[str, ...]:
        begin, end = (("08:30", "11:30"), ("13:30", "16:30"))[slot % 2]
        date = (MONDAY + dt.timedelta(days=slot // 2)).isoformat()
        return ("课", mode, date, begin, end, "一教", lecturer)

    form = {
        "project_id": project.id, "code": "BC-09", "name": "第九期", "category": "team_leader",
        "industry": "mining", "size": 20, "size_reason": "",
    }  # fmt: skip
    bad = plan_file(lesson(0, "线下", "王讲师"), lesson(1, "线下", "窦讲师"), lesson(2, "讲座", ""))
    actor = town.acting("manager")
    with pytest.raises(pages.PlanUnreadable) as refused, transaction():
        pages.class_from(form, bad, "计划.xlsx", actor=actor)
    assert [(each.row, each.code) for each in refused.value.problems] == [
        (2, "lecturer-unknown"),
        (3, "lecturer-ambiguous"),
        (4, "mode-unknown"),
    ]
    modes = ("线上", "线下", "线下", "线下", "实训", "实训")
    good = [lesson(slot, mode, "谢讲师") for slot, mode in enumerate(modes)]
    with transaction():
        made = pages.class_from(form, plan_file(*good), "计划.xlsx", actor=actor)
    lessons = queries.lessons_of(made.id)
    assert (len(lessons), made.provider_id, str(lessons[0].starts_at.date())) == (
        6,
        town.provider.id,
        day,
    )
    assert {each.lecturer_id for each in lessons} == {
        session().scalar(select(Lecturer.id).order_by(Lecturer.id))
    }
    elsewhere = make_project(make_town(division_code="230800"))
    with pytest.raises(Missing), transaction():
        pages.class_from(
            {**form, "project_id": elsewhere.id}, plan_file(*good), "计划.xlsx", actor=actor
        )


def test_findings_are_shown_in_words(town: Town) -> None:
    """Every rule a plan or a person is held against has its sentence and clause."""
    made = make_class(town, make_project(town))
    rows = labels.finding_rows(pages.plan_findings(made))
    assert rows
    assert all(row["ok"] for row in rows)
    assert all("%(" not in str(row["text"]) and "." not in str(row["text"])[:12] for row in rows)
    assert {row["text"] for row in rows} >= {"线下学时占比不低于 60.0%，实为 83.3%"}


def test_files_of_no_kind(town: Town) -> None:
    """Only the kinds there are have columns; nobody files for an organisation of another kind."""
    with pytest.raises(Missing):
        pages.columns("marks")
    with transaction():
        nobody = make_actor(Role.TRAINING_MANAGER, kind=OrganisationKind.ENTERPRISE)
    with pytest.raises(Missing):
        pages.own_organisation(nobody, OrganisationKind.PROVIDER)
