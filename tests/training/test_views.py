"""The pages of training through a browser: looked at first, taken over on purpose."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exam_app.access.terms import Role
from exam_app.core.db import transaction
from exam_app.people.models import Account
from exam_app.training import adapter, queries
from exam_app.training.models import TrainingClass
from exam_app.training.terms import ClassState, EligibilityState, Mode, PersonnelCategory
from tabular import read_records, read_table, write_table
from tests.factories.people import id_number, make_account, make_person_tie, make_staff
from tests.factories.training import (
    MONDAY,
    Town,
    attendance_file,
    attendance_row,
    lock_roster,
    make_attended_class,
    make_class,
    make_officer,
    make_project,
    make_roster,
    make_town,
    roster_file,
    roster_row,
)
from tests.training.browser import Browser, kept_token


@pytest.fixture
def town(app: Flask) -> Town:
    return make_town()


@pytest.fixture
def training_class(town: Town) -> TrainingClass:
    return make_class(town, make_project(town))


def browser(app: Flask, account: Account | None = None) -> Browser:
    """Return a new browser, signed in as the account."""
    made = Browser(app.test_client())
    return made if account is None else made.sign_in(account)


def plan_file(rows: Sequence[Sequence[str]]) -> bytes:
    return write_table(adapter.PLAN_COLUMNS, rows, sheet="课程")


def roster_path(training_class: TrainingClass) -> str:
    return f"/classes/{training_class.id}/roster"


# --- a roster: preview, take --------------------------------------------------------------------


def test_a_file_is_looked_at_and_then_taken(
    app: Flask, town: Town, training_class: TrainingClass
) -> None:
    """The preview counts rows and changes nothing; the second step takes them; the upload goes."""
    clerk = browser(app, town.clerk)
    path, class_id = roster_path(training_class), training_class.id
    row = roster_row(town.enterprises[0], name="李雪")
    shown = clerk.upload(path, path, roster_file(row), "名册.xlsx")
    assert shown.status_code == 200
    assert "共 1 行，其中 1 行正确、0 行有误" in shown.text
    assert queries.enrolments_of(class_id) == []
    token = kept_token(shown)
    taken = clerk.post(f"{path}/take", path, token=token)
    assert (taken.status_code, taken.location) == (303, path)
    assert len(queries.enrolments_of(class_id)) == 1
    page = clerk.get(path)
    assert "已导入 1 行" in page.text
    assert "李雪" in page.text
    assert "*" * 14 + row[1][-4:] in page.text
    assert row[1] not in page.text
    assert clerk.post(f"{path}/take", path, token=token).status_code == 404


def test_bad_rows_are_listed_and_taken_only_by_choice(
    app: Flask, town: Town, training_class: TrainingClass
) -> None:
    """Without the choice: 422, the rows named again, nothing taken. With it: the good rows."""
    clerk = browser(app, town.clerk)
    path, class_id = roster_path(training_class), training_class.id
    good, bad = roster_row(town.enterprises[0]), roster_row(town.enterprises[0], name="")
    shown = clerk.upload(path, path, roster_file(good, bad), "名册.xlsx")
    assert "<td>3</td><td>姓名：不能为空</td>" in shown.text
    token = kept_token(shown)
    refused = clerk.post(f"{path}/take", path, token=token)
    assert refused.status_code == 422
    assert "error-summary" in refused.text
    assert "文件中有 1 行有误，尚未导入任何内容" in refused.text
    assert "<td>3</td><td>姓名：不能为空</td>" in refused.text
    assert queries.enrolments_of(class_id) == []
    taken = clerk.post(f"{path}/take", path, token=token, only_valid="y")
    assert taken.status_code == 303
    assert len(queries.enrolments_of(class_id)) == 1


def test_the_bad_rows_as_a_workbook(app: Flask, town: Town, training_class: TrainingClass) -> None:
    """Downloaded from the preview: the rows as they came, the reason in the last column."""
    clerk = browser(app, town.clerk)
    path = roster_path(training_class)
    bad = roster_row(town.enterprises[0], name="")
    token = kept_token(clerk.upload(path, path, roster_file(bad), "名册.xlsx"))
    answer = clerk.get(f"{path}/errors/{token}")
    assert answer.status_code == 200
    assert str(answer.mimetype).endswith("spreadsheetml.sheet")
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    records = list(read_records(read_table(answer.data, "a.xlsx"), required=("错误原因",)))
    assert [each.text("错误原因") for each in records] == ["姓名：不能为空"]


def test_a_kept_file_is_its_owners_alone(
    app: Flask, town: Town, training_class: TrainingClass
) -> None:
    """Another clerk of the same provider cannot take or read it; nor is anything guessed."""
    clerk, other = browser(app, town.clerk), browser(app, make_officer(town.provider, Role.CLERK))
    path, class_id = roster_path(training_class), training_class.id
    data = roster_file(roster_row(town.enterprises[0]))
    token = kept_token(clerk.upload(path, path, data, "名册.xlsx"))
    for strange in (token, "0" * 64, "../../keys/secret", ""):
        assert other.post(f"{path}/take", path, token=strange).status_code == 404
    assert other.get(f"{path}/errors/{token}").status_code == 404
    assert queries.enrolments_of(class_id) == []


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        (b"", "", "请选择文件"),
        (b"x", "名册.pdf", "文件 名册.pdf 不是 XLSX 或 CSV"),
        ("姓名,身份证号\n李,1".encode(), "名册.csv", "缺少列"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_on_the_form(
    app: Flask, town: Town, training_class: TrainingClass, data: bytes, name: str, text: str
) -> None:
    """422 with an error summary that leads to the field."""
    clerk = browser(app, town.clerk)
    path = roster_path(training_class)
    answer = clerk.upload(path, path, data, name)
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert 'href="#file"' in answer.text
    assert text in answer.text
    assert "<title>错误：" in answer.text


def test_the_same_file_again_is_said_to_be_known(
    app: Flask, town: Town, training_class: TrainingClass
) -> None:
    """A repeated upload ends with a notice, not with an error or a second roster."""
    clerk = browser(app, town.clerk)
    path, class_id = roster_path(training_class), training_class.id
    data = roster_file(roster_row(town.enterprises[0]))
    for _ in range(2):
        token = kept_token(clerk.upload(path, path, data, "名册.xlsx"))
        assert clerk.post(f"{path}/take", path, token=token, only_valid="y").status_code == 303
    assert "此前已经导入" in clerk.get(path).text
    assert len(queries.enrolments_of(class_id)) == 1


# --- templates ----------------------------------------------------------------------------------


def test_templates_are_downloaded(app: Flask, town: Town, training_class: TrainingClass) -> None:
    """Plan, roster and the class's own attendance sheet: one row a lesson and person."""
    clerk, manager = browser(app, town.clerk), browser(app, town.manager)
    make_roster(town, training_class, 2)
    class_id = training_class.id
    for account, path, columns in (
        (manager, "/templates/plan", adapter.PLAN_COLUMNS),
        (manager, "/templates/roster", adapter.ROSTER_COLUMNS),
        (clerk, "/templates/roster", adapter.ROSTER_COLUMNS),
        (clerk, f"/classes/{class_id}/attendance/template", adapter.ATTENDANCE_COLUMNS),
    ):
        answer = account.get(path)
        assert answer.status_code == 200, path
        rows = list(read_records(read_table(answer.data, "a.xlsx"), required=columns))
        assert len(rows) == {"plan": 1, "roster": 0, "template": 12}[path.rsplit("/", 1)[1]]
    assert manager.get("/templates/marks").status_code == 404


# --- a class from plan to eligibility -----------------------------------------------------------


def test_a_class_is_filed_with_its_plan(app: Flask, town: Town) -> None:
    """Bad rows come back by number on the same page; the mended plan becomes a class."""
    project = make_project(town)
    manager = browser(app, town.manager)
    form = {
        "project_id": project.id, "code": "BC-77", "name": "班组长第七期",
        "category": "team_leader", "industry": "mining", "size": 30, "size_reason": "",
    }  # fmt: skip
    slots = (("08:30", "11:30"), ("13:30", "16:30"))
    rows = []
    for place, mode in enumerate(("线上", "线下", "线下", "线下", "实训", "实训")):
        day = MONDAY.replace(day=MONDAY.day + place // 2).isoformat()
        rows.append((f"课{place}", mode, day, *slots[place % 2], "一教", ""))
    bad = plan_file([("课", "讲座", *rows[0][2:]), *rows[1:]])
    refused = manager.upload("/classes/new", "/classes/new", bad, "计划.xlsx", **form)
    assert refused.status_code == 422
    assert "<td>2</td><td>方式：方式“讲座”应为线上、线下或实训</td>" in refused.text
    assert 'value="BC-77"' in refused.text
    short = plan_file(rows[:2])
    refused = manager.upload("/classes/new", "/classes/new", short, "计划.xlsx", **form)
    assert refused.status_code == 422
    assert "班次计划不符合规定" in refused.text
    good = plan_file(rows)
    made = manager.upload("/classes/new", "/classes/new", good, "计划.xlsx", **form)
    assert made.status_code == 303
    page = manager.get(made.location)
    assert "班组长第七期" in page.text
    assert "一线班组长" in page.text  # the words of the notice
    assert "审核通过" not in page.text
    again = manager.upload("/classes/new", "/classes/new", good, "计划.xlsx", **form)
    assert again.status_code == 422
    assert "本项目已有此班次编号" in again.text
    empty = manager.post("/classes/new", "/classes/new")
    assert empty.status_code == 422
    assert empty.text.count("此项必填") >= 3


def test_an_overseer_approves_locks_and_verifies(app: Flask, town: Town) -> None:
    """Each step by its button; the state moves on; the findings carry their clauses."""
    training_class = make_class(town, make_project(town), approved=False)
    make_roster(town, training_class, 2)
    class_id, path = training_class.id, f"/classes/{training_class.id}"
    overseer, clerk = browser(app, town.overseer), browser(app, town.clerk)
    plan = overseer.get(f"{path}/plan")
    assert "审核通过" in plan.text
    assert overseer.post(f"{path}/approval", f"{path}/plan").location == f"{path}/plan"
    assert overseer.post(f"{path}/roster/lock", f"{path}/roster").status_code == 303
    assert queries.get_class(class_id, town.acting("overseer")).state is ClassState.LOCKED
    rows = [
        attendance_row(each, lesson)
        for each in queries.enrolments_of(class_id)
        for lesson in range(1, 7)
    ]
    shown = clerk.upload(
        f"{path}/attendance", f"{path}/attendance", attendance_file(*rows), "考勤.xlsx"
    )
    token = kept_token(shown)
    taken = clerk.post(f"{path}/attendance/take", f"{path}/attendance", token=token)
    assert taken.location == f"{path}/attendance"
    assert "<td>24.00</td>" in clerk.get(f"{path}/attendance").text
    manager = browser(app, town.manager)
    assert manager.post(f"{path}/hours", f"{path}/attendance").status_code == 303
    assert overseer.post(f"{path}/eligibility", f"{path}/eligibility").status_code == 303
    page = overseer.get(f"{path}/eligibility")
    assert page.text.count("准予参考") >= 2
    assert "班组长实训类课程不少于总培训时长的25%" in page.text.replace(" ", "")
    states = {each.state for each in queries.eligibility_of(class_id).values()}
    assert states == {EligibilityState.ELIGIBLE}


def test_a_reason_is_asked_for_and_kept(app: Flask, town: Town) -> None:
    """Without words: 422 and the summary; with them the person is admitted."""
    made = make_attended_class(
        town=town,
        category=PersonnelCategory.SAFETY_MANAGER,
        modes=(Mode.ONLINE, Mode.ONLINE, Mode.OFFLINE, Mode.OFFLINE, Mode.OFFLINE),
        people=1,
        missed={0: (5,)},
    )
    class_id, enrolment_id = made.training_class.id, made.enrolments[0].id
    page = f"/classes/{class_id}/eligibility"
    overseer = browser(app, town.overseer)
    empty = overseer.post(f"{page}/{enrolment_id}", page, reason="  ")
    assert empty.status_code == 422
    assert "error-summary" in empty.text
    done = overseer.post(f"{page}/{enrolment_id}", page, reason="企业检修，改线上补课")
    assert (done.status_code, done.location) == (303, page)
    assert "企业检修，改线上补课" in overseer.get(page).text
    again = overseer.post(f"{page}/{enrolment_id}", "/lecturers-none", reason="x")
    assert again.status_code == 422


def test_an_enterprise_confirms_its_people(
    app: Flask, town: Town, training_class: TrainingClass
) -> None:
    """Its page lists its own people alone; the button confirms them."""
    make_roster(town, training_class, 3, confirmed=False)
    class_id, path = training_class.id, roster_path(training_class)
    first, second, third = (each.person.name for each in queries.enrolments_of(class_id))
    tails = [each.person.id_tail for each in queries.enrolments_of(class_id)]
    contact = browser(app, town.contacts[0])
    page = contact.get(path)
    assert "名册（2 人）" in page.text
    assert tails[1] not in page.text
    answer = contact.post(f"{path}/confirmation", path)
    assert answer.status_code == 303
    assert "已确认本企业 2 人" in contact.get(path).text
    assert [each.real_name for each in queries.enrolments_of(class_id)] == [True, False, True]


def test_projects_and_lecturers_are_registered(app: Flask, town: Town) -> None:
    """A project by the overseer, a lecturer by the provider; mistakes stand on their fields."""
    overseer, manager = browser(app, town.overseer), browser(app, town.manager)
    form = {
        "name": "机械制造企业培训", "profile_id": "cn-hlj-yichun-2025", "industries": "machinery",
        "from_on": "2025-01-01", "until_on": "2025-12-31", "deputy_head": 0,
        "safety_manager": 10, "team_leader": 20, "trained_before": 0,
    }  # fmt: skip
    backwards = overseer.post(
        "/projects/new", "/projects/new", **{**form, "until_on": "2024-01-01"}
    )
    assert backwards.status_code == 422
    assert 'href="#until_on"' in backwards.text
    assert overseer.post("/projects/new", "/projects/new", **form).location == "/projects"
    assert "机械制造企业培训" in overseer.get("/projects").text
    wrong = manager.post("/lecturers", "/lecturers", name="谢", id_number="1", title="工程师")
    assert wrong.status_code == 422
    assert "身份证号应为 18 位" in wrong.text
    number = id_number()
    done = manager.post("/lecturers", "/lecturers", name="谢", id_number=number, title="工程师")
    assert done.location == "/lecturers"
    page = manager.get("/lecturers")
    assert number[-4:] in page.text
    assert number not in page.text


def test_a_trainee_reads_own_hours(app: Flask, town: Town) -> None:
    """My training: hours, decision, clauses; of nobody else."""
    made = make_attended_class(town=town, people=1)
    with transaction():
        account = make_account(person=made.enrolments[0].person)
        stranger = make_account()
    page = browser(app, account).get("/my/training")
    assert page.status_code == 200
    assert "准予参考" in page.text
    assert "没有培训记录" in browser(app, stranger).get("/my/training").text


# --- who may not --------------------------------------------------------------------------------

GETS = ("plan", "roster", "attendance", "eligibility")
POSTS = (
    "approval",
    "roster",
    "roster/take",
    "roster/confirmation",
    "roster/lock",
    "attendance",
    "attendance/take",
    "hours",
    "eligibility",
    "eligibility/1",
)


def test_nobody_signed_in_is_led_to_the_door(app: Flask, training_class: TrainingClass) -> None:
    """Pages lead to the sign-in and back; changes are not carried out."""
    anonymous, path = browser(app), f"/classes/{training_class.id}"
    for name in GETS:
        answer = anonymous.get(f"{path}/{name}")
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in?next=")
    for name in POSTS:
        answer = anonymous.bare(f"{path}/{name}")
        assert (answer.status_code, answer.location) == (303, "/sign-in")


@pytest.mark.parametrize("role", [Role.SYSADMIN, Role.AUDITOR, Role.ITEM_WRITER])
def test_who_has_no_duty_is_refused(
    app: Flask, town: Town, training_class: TrainingClass, role: Role
) -> None:
    """403 on every page and every button; the system administrator is no exception."""
    outsider = browser(app, make_officer(town.authority, role))
    path = f"/classes/{training_class.id}"
    for name in GETS:
        assert outsider.get(f"{path}/{name}").status_code == 403, name
    for name in POSTS:
        assert outsider.bare(f"{path}/{name}").status_code == 403, name
    for name in ("/projects/new", "/classes/new", "/lecturers", "/my/training"):
        assert outsider.get(name).status_code == 403, name


def test_another_organisations_class_is_not_there(
    app: Flask, town: Town, training_class: TrainingClass
) -> None:
    """404, as for a class that never was: neighbour's provider, other city, foreign enterprise."""
    neighbour, other = make_town(), make_town(division_code="230800")
    path = f"/classes/{training_class.id}"
    for account, names, posts in (
        (neighbour.manager, GETS, ("roster", "roster/take", "attendance", "hours")),
        (neighbour.clerk, GETS[1:], ("roster", "attendance/take")),
        (neighbour.contacts[0], ("roster",), ("roster/confirmation",)),
        (other.overseer, GETS, ("approval", "roster/lock", "eligibility", "eligibility/1")),
    ):
        person = browser(app, account)
        for name in names:
            assert person.get(f"{path}/{name}").status_code == 404, name
            assert person.get(f"/classes/999999/{name}").status_code == 404, name
        page = "/projects" if account is not neighbour.contacts[0] else "/account"
        for name in posts:
            assert person.post(f"{path}/{name}", page, reason="x").status_code == 404, name


def test_a_tied_overseer_is_refused_with_the_clause(
    app: Flask, town: Town, training_class: TrainingClass
) -> None:
    """403 and the words of the notice, whatever the menu shows."""
    officer = make_officer(town.authority, Role.OVERSEER)
    make_roster(town, training_class, 1)
    with transaction():
        make_person_tie(officer.person, town.provider)
    path = f"/classes/{training_class.id}/roster"
    answer = browser(app, officer).post(f"{path}/lock", path)
    assert answer.status_code == 403
    assert "按照培考分离原则" in answer.text


def test_a_post_without_the_browsers_token_changes_nothing(
    app: Flask, town: Town, training_class: TrainingClass
) -> None:
    """CSRF: a page elsewhere cannot press these buttons."""
    make_roster(town, training_class, 1)
    class_id, path = training_class.id, f"/classes/{training_class.id}"
    clerk, overseer = browser(app, town.clerk), browser(app, town.overseer)
    contact = browser(app, town.contacts[0])
    data = roster_file(roster_row(town.enterprises[0]))
    token = kept_token(clerk.upload(f"{path}/roster", f"{path}/roster", data, "名册.xlsx"))
    for person, name, fields in (
        (overseer, "roster/lock", {}),
        (overseer, "approval", {}),
        (overseer, "eligibility", {}),
        (contact, "roster/confirmation", {}),
        (clerk, "roster", {}),
        (clerk, "roster/take", {"token": token}),
        (browser(app, town.manager), "hours", {}),
    ):
        assert person.bare(f"{path}/{name}", **fields).status_code in {400, 422}, name
    assert queries.get_class(class_id, town.acting("overseer")).state is ClassState.APPROVED
    assert len(queries.enrolments_of(class_id)) == 1


def test_a_button_too_late_says_so(app: Flask, town: Town, training_class: TrainingClass) -> None:
    """A second press: 409 with a sentence, no code."""
    make_roster(town, training_class, 1)
    lock_roster(town, training_class)
    path = f"/classes/{training_class.id}"
    overseer = browser(app, town.overseer)
    answer = overseer.post(f"{path}/roster/lock", "/account")
    assert answer.status_code == 409
    assert "班次当前状态不允许此操作" in answer.text
    answer = overseer.post(f"{path}/eligibility/999", "/account", reason="x")
    assert answer.status_code == 404


def test_lists_show_what_is_the_actors_own(app: Flask, client: FlaskClient, town: Town) -> None:
    """The list of classes follows the same scope as the pages."""
    training_class = make_class(town, make_project(town))
    neighbour = make_town()
    assert training_class.code in browser(app, town.manager).get("/projects").text
    assert training_class.code not in browser(app, neighbour.manager).get("/projects").text
    with transaction():
        instructor = make_staff(Role.INSTRUCTOR, organisation=town.provider)
    page = browser(app, instructor).get("/projects")
    assert training_class.code in page.text
    assert "编报班次" not in page.text
