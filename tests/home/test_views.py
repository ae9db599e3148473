"""The class page is the centre: one list for all, each seeing what is theirs to see and do."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exam_app.access.terms import OrganisationKind, Role
from exam_app.core.db import session, transaction
from exam_app.home.labels import ACTS, CLASS_LINKS, OTHER_WORK
from exam_app.home.navigation import ENTRIES
from exam_app.home.terms import Act
from exam_app.marking.terms import Outcome
from exam_app.papers.terms import PaperState
from exam_app.people.models import Account, PersonTie
from exam_app.people.terms import TieKind
from exam_app.training.terms import ClassState
from tests.factories.finished import (
    City,
    Finished,
    make_city,
    make_class,
    make_finished,
    make_project,
)
from tests.factories.people import LONG_AGO, make_account, make_organisation, make_staff
from tests.people.test_views import Browser

STEPS = ("名册", "学时", "排考", "组卷", "封存", "启封", "开考", "阅卷", "发布", "制证")
EXAM_WORDS = ("首考卷", "备用卷", "已封存", "已启封", "组卷员", "已阅", "已制")


@pytest.fixture
def bodies(app: Flask) -> City:
    return make_city()


@pytest.fixture
def made(bodies: City) -> Finished:
    return make_finished(Outcome.PASS, Outcome.FAIL, city=bodies)


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client)


def class_page(browser: Browser, made: Finished) -> str:
    answer = browser.get(f"/classes/{made.training_class.id}")
    assert answer.status_code == 200
    return answer.text


def test_every_page_named_here_exists(app: Flask) -> None:
    """Acts, links and navigation lead to pages that are there."""
    named = {deed.endpoint for deed in ACTS.values()}
    named |= {endpoint for _, endpoint, _ in CLASS_LINKS}
    named |= {endpoint for _, endpoint in OTHER_WORK.values()}
    named |= {entry.endpoint for entry in ENTRIES}
    assert named - set(app.view_functions) == set()
    assert set(ACTS) == set(Act)


def test_the_ten_steps_stand_in_order(browser: Browser, made: Finished) -> None:
    """The overseer sees all ten, with papers in words and who acts next."""
    browser.sign_in(made.city.officer(Role.OVERSEER))
    page = class_page(browser, made)
    places = [page.index(f'<span class="task-name">{step}</span>') for step in STEPS]
    assert places == sorted(places)
    assert "首考卷已启封" in page
    assert page.count("已完成") == len(STEPS)
    assert "由考务管理员（市级应急管理部门、受委托考试机构）办理" in page.split("<h2>补考</h2>")[1]


def test_the_one_who_may_act_has_the_link(browser: Browser, bodies: City) -> None:
    """An overseer approves the plan: a link; a training manager reads whose turn it is."""
    with transaction():
        planned = make_class(bodies, make_project(bodies), state=ClassState.PLANNED)
    path = f"/classes/{planned.id}"
    browser.sign_in(bodies.officer(Role.OVERSEER))
    page = browser.get(path).text
    assert f'<a href="/classes/{planned.id}/plan">审核班次计划</a>' in page
    assert "由您办理" in page


def test_the_provider_sees_only_where_the_exam_stands(browser: Browser, made: Finished) -> None:
    """Teaching steps in full, exam steps as state alone, the passed list; no paper, no duty."""
    browser.sign_in(session().get(Account, made.city.staff["teacher"].id) or make_account())
    page = class_page(browser, made)
    assert all(f'<span class="task-name">{step}</span>' in page for step in STEPS)
    assert [word for word in EXAM_WORDS if word in page] == []
    assert made.sitting.site.name not in page
    assert f"/sittings/{made.sitting.id}" not in page
    assert "合格名单" in page
    assert f"/classes/{made.training_class.id}/file" not in page


def test_somebody_tied_to_the_provider_sees_as_little(browser: Browser, made: Finished) -> None:
    """W3 holds on this page too, whatever the role."""
    officer = made.city.officer(Role.EXAM_ADMIN)
    with transaction():
        session().add(
            PersonTie(
                person_id=officer.person_id,
                organisation_id=made.city.provider.id,
                kind=TieKind.EMPLOYEE,
                from_on=LONG_AGO,
            )
        )
    browser.sign_in(officer)
    page = class_page(browser, made)
    assert [word for word in EXAM_WORDS if word in page] == []
    assert f"/sittings/{made.sitting.id}" not in page


def test_the_regulator_reads_only(browser: Browser, made: Finished) -> None:
    """Where the class stands, no link to act, no roster, no results."""
    with transaction():
        body = make_organisation(OrganisationKind.REGULATOR)
        reader = make_staff(Role.OVERSEER, organisation=body)
    browser.sign_in(reader)
    page = class_page(browser, made)
    assert "由您办理" not in page
    assert "学员名册" not in page
    assert [word for word in EXAM_WORDS if word in page] == []


@pytest.mark.parametrize("kind", [OrganisationKind.CITY_EM, OrganisationKind.PROVIDER])
def test_another_organisations_class_is_not_there(
    browser: Browser, made: Finished, kind: OrganisationKind
) -> None:
    """404 for another city's overseer and another provider's manager."""
    role = Role.OVERSEER if kind is OrganisationKind.CITY_EM else Role.TRAINING_MANAGER
    with transaction():
        stranger = make_staff(role, organisation=make_organisation(kind, division_code="220100"))
    browser.sign_in(stranger)
    assert browser.get(f"/classes/{made.training_class.id}").status_code == 404
    assert made.training_class.code not in browser.get("/").text


def test_signed_out_goes_to_the_door(client: FlaskClient, made: Finished) -> None:
    """Neither page is open to the public."""
    for path in ("/", f"/classes/{made.training_class.id}"):
        answer = client.get(path)
        assert (answer.status_code, "/sign-in" in answer.headers["Location"]) == (303, True)


def test_a_trainee_has_no_class_page(browser: Browser, made: Finished) -> None:
    """Wrong duty: 403; their own pages are named on the first page."""
    with transaction():
        trainee = make_account(person=made.enrolments[0].person)
    browser.sign_in(trainee)
    assert browser.get(f"/classes/{made.training_class.id}").status_code == 403
    page = browser.get("/").text
    assert 'href="/my/hours"' in page
    assert "现在没有等待您办理的事项" in page


def test_what_waits_is_counted_by_duty(browser: Browser, bodies: City) -> None:
    """Two plans wait for the overseer; the certificate officer sees the class to certify."""
    with transaction():
        project = make_project(bodies)
        make_class(bodies, project, state=ClassState.PLANNED)
        make_class(bodies, project, state=ClassState.PLANNED)
    uncertified = make_finished(Outcome.PASS, city=bodies, project=project, certified=False)
    browser.sign_in(bodies.officer(Role.OVERSEER))
    page = browser.get("/").text
    assert '审核班次计划 <span class="badge state-warn">2</span>' in page
    browser.client.delete_cookie("session")
    browser.sign_in(bodies.officer(Role.CERTIFICATE_OFFICER))
    page = browser.get("/").text
    assert '制证 <span class="badge state-warn">1</span>' in page
    assert uncertified.training_class.code in page


def test_the_sysadmin_waits_for_nothing_of_the_exam(browser: Browser, made: Finished) -> None:
    """No item, paper, key or mark, not even a count."""
    with transaction():
        admin = make_staff(Role.SYSADMIN, organisation=made.city.authority)
    browser.sign_in(admin)
    page = browser.get("/").text
    assert made.training_class.code not in page
    assert browser.get(f"/classes/{made.training_class.id}").status_code == 403


def test_the_language_is_kept_and_leads_nowhere_else(browser: Browser, app: Flask) -> None:
    """Back goes to pages of this site alone."""
    answer = browser.post("/language", "/sign-in", language="en", back="/sign-in")
    assert answer.headers["Location"] == "/sign-in"
    assert "language=en" in answer.headers["Set-Cookie"]
    for away in ("https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/\nx"):
        answer = browser.post("/language", "/sign-in", language="zh", back=away)
        assert answer.headers["Location"] == "/"
    unknown = browser.post("/language", "/sign-in", language="fr")
    assert "language=" not in unknown.headers.get("Set-Cookie", "")


def test_papers_are_named_by_state_alone(browser: Browser, made: Finished) -> None:
    """The page says opened, never the code of the paper."""
    assert PaperState.OPENED
    browser.sign_in(made.city.officer(Role.EXAM_ADMIN))
    assert "P-2025-" not in class_page(browser, made)
