"""Pages of results: the office's three persons, and what everybody else may see, no more."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from exam_app.access.terms import OrganisationKind, Role
from exam_app.audit.models import AccessEvent
from exam_app.core.db import session, transaction
from exam_app.marking import queries, rules, service
from exam_app.marking.terms import Outcome
from exam_app.people import queries as people
from exam_app.people.models import Account
from tests.attempts.browser import Browser
from tests.conftest import Clock
from tests.factories.attempts import sitting_of
from tests.factories.marking import make_office, make_over, mark, release
from tests.factories.people import actor_of, make_organisation, make_staff
from tests.factories.sittings import World


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


def staff(world: World, *roles: Role) -> list[Account]:
    """Return accounts of the authority, one for each role."""
    with transaction():
        return [make_staff(role, organisation=world.authority) for role in roles]


def signed_in(app: Flask, account: Account) -> Browser:
    """Return another browser, signed in as the account."""
    browser = Browser(app.test_client())
    assert browser.sign_in(account).status_code == 303
    return browser


def test_the_office_marks_confirms_and_releases(app: Flask, clock: Clock) -> None:
    """Three persons, three buttons, a page to check before the release."""
    world = make_over(clock.set, (10, 7, None))
    path = f"/sittings/{sitting_of(world).id}"
    accounts = staff(world, Role.MARKER, Role.RESULT_CHECKER, Role.RESULT_PUBLISHER)
    marker, checker, publisher = (signed_in(app, account) for account in accounts)
    page = marker.get(f"{path}/results").text
    assert "尚未阅卷" in page
    assert "复核通过" not in page
    assert marker.post(f"{path}/marking", page=f"{path}/results").status_code == 303
    page = checker.get(f"{path}/results").text
    assert "已评阅，待复核" in page
    assert "80 分，满分 100 分" in page
    assert "80分合格" in page
    assert checker.post(f"{path}/confirmation", page=f"{path}/results").status_code == 303
    check = publisher.get(f"{path}/release").text
    assert "共 3 人" in check
    assert publisher.post(f"{path}/release").status_code == 303
    page = publisher.get(f"{path}/results").text
    assert "已发布" in page
    assert all(account.person.name in page for account in accounts)
    result = queries.result_of_entry(world.entries[0].id)
    assert result is not None
    assert "逐题得分" in marker.get(f"/results/{result.id}/marks").text


def test_a_refused_step_says_why(app: Flask, clock: Clock) -> None:
    """Marking twice is refused with its sentence; nobody opens another step's page."""
    world = make_over(clock.set, (10,))
    path = f"/sittings/{sitting_of(world).id}"
    accounts = staff(world, Role.MARKER, Role.RESULT_CHECKER)
    marker, checker = (signed_in(app, account) for account in accounts)
    marker.post(f"{path}/marking", page=f"{path}/results")
    again = marker.post(f"{path}/marking", page="/account")
    assert again.status_code == 409
    assert "本场次已经阅卷" in again.text
    assert marker.get(f"{path}/release").status_code == 403
    assert checker.get(f"{path}/retake").status_code == 403
    assert marker.post(f"{path}/confirmation", page="/account").status_code == 403


OFFICE = ("results", "key", "regrades/new", "release", "retake")


@pytest.mark.parametrize("page", OFFICE)
def test_office_pages_are_guarded(app: Flask, clock: Clock, browser: Browser, page: str) -> None:
    """Signed out to the door; provider, site, enterprise, administrator refused; others' 404."""
    world = make_over(clock.set, (10,))
    path = f"/sittings/{sitting_of(world).id}/{page}"
    assert "/sign-in" in browser.get(path).headers["Location"]
    with transaction():
        refused = [
            make_staff(Role.TRAINING_MANAGER, organisation=world.provider),
            make_staff(Role.ENTERPRISE_CONTACT, organisation=world.enterprises[0]),
            make_staff(Role.SYSADMIN, kind=OrganisationKind.PLATFORM),
            world.chief,
        ]
        away = make_organisation(OrganisationKind.CITY_EM, division_code="230600")
        roles = (Role.RESULT_CHECKER, Role.EXAM_ADMIN, Role.RESULT_PUBLISHER)
        strangers = [make_staff(role, organisation=away) for role in roles]
    for account in refused:
        assert signed_in(app, account).get(path).status_code == 403
    assert {signed_in(app, each).get(path).status_code for each in strangers} <= {403, 404}
    assert signed_in(app, strangers[0]).get(path.replace(page, "results")).status_code == 404


def test_the_key_is_shown_by_a_post_with_a_reason(app: Flask, clock: Clock) -> None:
    """The page asks why; without a reason it stays shut."""
    world = make_over(clock.set, (10,))
    (checker,) = staff(world, Role.RESULT_CHECKER)
    browser, path = signed_in(app, checker), f"/sittings/{sitting_of(world).id}/key"
    assert "ACD" not in browser.get(path).text
    assert browser.post(path, reason="").status_code == 422
    shown = browser.post(path, reason="考生申请复核")
    assert shown.status_code == 200
    assert "ACD" in shown.text


def test_a_regrade_from_proposal_to_decision(app: Flask, clock: Clock) -> None:
    """The page shows who crosses the pass mark before anybody can apply it."""
    world = make_over(clock.set, (8, 7))
    mark(world, make_office(world))
    checker, publisher = (
        signed_in(app, each) for each in staff(world, Role.RESULT_CHECKER, Role.RESULT_PUBLISHER)
    )
    path = f"/sittings/{sitting_of(world).id}/regrades/new"
    wrong = checker.post(path, question="8", new_key="甲", reason="依据已修订")
    assert wrong.status_code == 422
    assert "新答案应为选项字母" in wrong.text
    made = checker.post(path, question="8", new_key="B", reason="依据已修订")
    assert made.status_code == 303
    page = made.headers["Location"]
    assert "合格 → 不合格" in checker.get(page).text
    assert "批准改判" not in checker.get(page).text
    assert publisher.post(f"{page}/decision", page=page).status_code == 422
    assert publisher.post(f"{page}/decision", page=page, decision="apply").status_code == 303
    assert "已改判" in publisher.get(page).text
    result = queries.result_of_entry(world.entries[0].id)
    assert result is not None
    assert result.outcome is Outcome.FAIL


def test_the_retake_form(app: Flask, clock: Clock) -> None:
    """The page lists who may repeat; the form comes back with its error, then works once."""
    world = make_over(clock.set, (10, 7, None))
    release(world, make_office(world))
    browser, path = signed_in(app, world.admin), f"/sittings/{sitting_of(world).id}/retake"
    page = browser.get(path).text
    assert "共 2 人" in page
    assert "考试不合格可允许补考一次" in page
    fields = {
        "site_id": str(world.site.id),
        "starts_at": "2025-06-20T09:00",
        "authority_custodian": str(world.authority_custodian.id),
        "site_custodian": str(world.site_custodian.id),
        "reserve_custodian": str(world.reserve_custodian.id),
    }
    late = browser.post(path, **fields)
    assert late.status_code == 422
    assert "逾期须写明理由" in late.text
    assert browser.post(path, **(fields | {"starts_at": "2025-03-26T09:00"})).status_code == 303
    again = browser.post(path, **(fields | {"starts_at": "2025-03-27T09:00"}))
    assert again.status_code == 422
    assert "补考只有一次" in again.text


def test_the_provider_sees_who_passed_alone(app: Flask, clock: Clock) -> None:
    """Names of those who passed its own class: no marks, nobody who failed, nothing early."""
    world = make_over(clock.set, (10, 7))
    office = make_office(world)
    mark(world, office)
    with transaction():
        teacher = make_staff(Role.TRAINING_MANAGER, organisation=world.provider)
        rival = make_staff(Role.TRAINING_MANAGER, kind=OrganisationKind.PROVIDER)
    browser, path = signed_in(app, teacher), f"/classes/{world.training_class.id}/passed"
    passed, failed = (entry.enrolment.person for entry in world.entries)
    assert passed.name not in browser.get(path).text
    release_marked(world)
    page = browser.get(path).text
    assert passed.name in page
    assert failed.name not in page
    assert f"**************{passed.id_tail}" in page
    shown = re.search(r"<main.*?</main>", page, flags=re.S)
    assert shown is not None
    assert "100" not in shown[0].replace(passed.name, "").replace(passed.id_tail, "")
    assert signed_in(app, rival).get(path).status_code == 404
    assert browser.get(f"/sittings/{sitting_of(world).id}/results").status_code == 403


def release_marked(world: World) -> None:
    """Confirm and release what is marked, by two more persons."""
    checker, publisher = staff(world, Role.RESULT_CHECKER, Role.RESULT_PUBLISHER)
    with transaction():
        service.confirm_results(sitting_of(world), actor=actor_of(checker))
    with transaction():
        service.release_results(sitting_of(world), actor=actor_of(publisher))


def test_an_enterprise_sees_its_own_people(app: Flask, clock: Clock) -> None:
    """Pass or fail of one's own people, no marks, nobody of another enterprise."""
    world = make_over(clock.set, (10, 7))
    release(world, make_office(world))
    own, other = (entry.enrolment for entry in world.entries)
    assert own.enterprise_id != other.enterprise_id
    with transaction():
        contact = make_staff(Role.ENTERPRISE_CONTACT, organisation=own.enterprise)
    page = signed_in(app, contact).get("/results/enterprise").text
    assert own.person.name in page
    assert other.person.name not in page
    assert signed_in(app, world.chief).get("/results/enterprise").status_code == 403


def test_my_results(app: Flask, clock: Clock) -> None:
    """The trainee sees their own released result with the pass mark's source, and the retake."""
    world = make_over(clock.set, (10, 7))
    office = make_office(world)
    mark(world, office)
    accounts = [people.account_of_person(entry.enrolment.person_id) for entry in world.entries]
    first, second = (signed_in(app, account) for account in accounts if account is not None)
    assert "还没有已发布的成绩" in first.get("/my/results").text
    release_marked(world)
    page = first.get("/my/results").text
    assert "100 分，80 分合格" in page
    assert "80分合格" in page
    assert world.entries[1].ticket_number not in page
    page = second.get("/my/results").text
    assert "70 分" in page
    assert "可补考一次" in page


def ask(browser: Browser, name: str, ticket: str) -> str:
    """Look a result up and return the answer's section."""
    text = browser.post("/results/look-up", name=name, ticket_number=ticket).text
    found = re.search(r'<section class="verdict.*?</section>', text, re.S)
    return found[0] if found else text


def test_the_look_up_answers_everybody_who_guesses_alike(
    app: Flask, clock: Clock, browser: Browser
) -> None:
    """Right name and ticket: the outcome. Wrong name, number or person: one and the same answer."""
    world = make_over(clock.set, (10, 7))
    release(world, make_office(world))
    entry = world.entries[0]
    name, ticket = entry.enrolment.person.name, entry.ticket_number
    right = ask(browser, f" {name} ", ticket.replace("-", " "))
    assert "合格" in right
    assert "100" not in right
    assert name not in right
    wrong = {
        ask(browser, "王五", ticket),
        ask(browser, name, world.entries[1].ticket_number),
        ask(browser, name, "230700-250312-9999-0011"),
        ask(browser, "无此人", "12345"),
    }
    assert len(wrong) == 1
    assert "没有查到" in wrong.pop()
    kinds = session().scalars(select(AccessEvent.outcome).where(AccessEvent.kind == "look-up"))
    assert sorted(kinds.all()) == ["none"] * 4 + ["ok"]


def test_an_unreleased_result_is_not_found(app: Flask, clock: Clock, browser: Browser) -> None:
    """Marked and confirmed is not released: the answer is the one everybody gets."""
    world = make_over(clock.set, (10,))
    mark(world, make_office(world))
    entry = world.entries[0]
    assert "没有查到" in ask(browser, entry.enrolment.person.name, entry.ticket_number)


def test_guessing_is_limited_and_the_limit_passes(
    app: Flask, clock: Clock, browser: Browser
) -> None:
    """Five tries of one ticket in a quarter of an hour, right ones too; then it waits."""
    world = make_over(clock.set, (10,))
    release(world, make_office(world))
    entry = world.entries[0]
    name, ticket = entry.enrolment.person.name, entry.ticket_number
    for _ in range(rules.LOOK_UPS_PER_TICKET):
        assert "没有查到" in ask(browser, "王五", ticket)
    limited = browser.post("/results/look-up", name=name, ticket_number=ticket)
    assert limited.status_code == 429
    assert "查询过于频繁" in limited.text
    clock.forward(minutes=rules.LOOK_UP_MINUTES, seconds=1)
    assert "合格" in ask(browser, name, ticket)


def test_one_address_asks_sixty_times(app: Flask, clock: Clock, browser: Browser) -> None:
    """Trying ticket after ticket from one address is limited as well."""
    make_over(clock.set, (10,))
    for number in range(rules.LOOK_UPS_PER_ADDRESS):
        assert "没有查到" in ask(browser, "王五", f"{number}")
    answer = browser.post("/results/look-up", name="王五", ticket_number="99999")
    assert answer.status_code == 429


def test_an_empty_form_is_said_to_be_empty(app: Flask, browser: Browser) -> None:
    """Nothing typed is no look-up and counts nothing."""
    answer = browser.post("/results/look-up", name="", ticket_number="")
    assert answer.status_code == 422
    assert "请填写此项" in answer.text
