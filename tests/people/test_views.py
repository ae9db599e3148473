"""The pages of people: the door, one's own account, the registry, duties and settings."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from exam_app.access.terms import OrganisationKind, Role
from exam_app.core.db import session
from exam_app.people import queries, service
from exam_app.people.models import Account, Organisation
from tests.factories.people import (
    PASSWORD,
    credit_code,
    id_number,
    make_account,
    make_actor,
    make_organisation,
    make_person,
    make_staff,
)

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Browser:
    """A browser that fills in forms as a person does, token included."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        answer = self.client.get(path, headers={"Accept": "text/html"})
        session().rollback()  # the test reads afresh what the request wrote
        return answer

    def post(self, path: str, page: str | None = None, **fields: str) -> TestResponse:
        """Send the form found on ``page`` (default: the same path)."""
        found = TOKEN.search(self.get(page or path).text)
        assert found is not None, f"no form on {page or path}"
        answer = self.client.post(path, data={"csrf_token": found[1], **fields})
        session().rollback()
        return answer

    def sign_in(self, account: Account, password: str = PASSWORD) -> TestResponse:
        """Sign in as the account."""
        name = account.username
        session().commit()
        return self.post("/sign-in", username=name, password=password)


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


@pytest.fixture
def authority(app: Flask) -> Organisation:
    """Return the authority."""
    return make_organisation(name="伊春市应急管理局")


def test_the_door_sets_a_cookie_no_script_can_read(browser: Browser) -> None:
    """HttpOnly and SameSite; the page itself shows no name of another account."""
    answer = browser.sign_in(make_account(username="li.mei"))
    assert answer.status_code == 303
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert browser.get("/account").status_code == 200


def test_over_https_the_cookie_belongs_to_the_host(make_app: Callable[..., Flask]) -> None:
    """``__Host-`` and Secure where pages are served over https (3.3.1-4)."""
    app = make_app(https=True)
    with app.app_context():
        account = make_account(username="li.mei")
        session().commit()
        client = app.test_client()
        base = {"base_url": "https://exam.test"}
        token = TOKEN.search(client.get("/sign-in", **base).text)
        assert token is not None
        answer = client.post(
            "/sign-in",
            data={"csrf_token": token[1], "username": account.username, "password": PASSWORD},
            **base,
        )
        cookies = answer.headers.getlist("Set-Cookie")
        held = next(c for c in cookies if c.startswith("__Host-session="))
        assert "Secure" in held
        assert "Domain" not in held


@pytest.mark.parametrize("name", ["li.mei", "nobody"])
def test_a_refusal_says_nothing_of_the_name(browser: Browser, name: str) -> None:
    """Known and unknown names get one answer (6.3.8), and no cookie."""
    make_account(username="li.mei")
    session().commit()
    answer = browser.post("/sign-in", username=name, password="wrong-password")
    assert answer.status_code == 422
    assert "用户名、口令或动态口令不正确" in answer.text
    assert not any(c.startswith("session=") for c in answer.headers.getlist("Set-Cookie"))
    for _ in range(5):
        answer = browser.post("/sign-in", username=name, password="wrong-password")
    assert answer.status_code == 429
    assert "15" in answer.text


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/account", "/account"),
        ("/account?a=1", "/account?a=1"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_sign_in_leads_on_within_this_site(browser: Browser, target: str, lands: str) -> None:
    """The page asked for is opened; another site never is."""
    account = make_account()
    session().commit()
    answer = browser.client.get("/sign-in", query_string={"next": target})
    token = TOKEN.search(answer.text)
    assert token is not None
    answer = browser.client.post(
        "/sign-in",
        query_string={"next": target},
        data={"csrf_token": token[1], "username": account.username, "password": PASSWORD},
    )
    assert answer.status_code == 303
    assert answer.location == lands


def test_signed_out_is_signed_out(browser: Browser) -> None:
    """The old cookie opens nothing after sign-out; the page leads to the door."""
    browser.sign_in(make_account())
    old = browser.client.get_cookie("session")
    assert old is not None
    assert browser.post("/sign-out", page="/account").status_code == 303
    browser.client.set_cookie("session", old.value)
    answer = browser.get("/account")
    assert answer.status_code in (302, 303)
    assert "/sign-in" in answer.location


def test_a_post_without_the_token_changes_nothing(browser: Browser) -> None:
    """CSRF: whatever is posted without the token ends with 400."""
    browser.sign_in(make_account(username="li.mei"))
    for path in ("/sign-out", "/account/second-factor"):
        assert browser.client.post(path).status_code == 400
    for path in ("/account/password", "/step-up", "/first-sign-in"):
        data = {
            "username": "li.mei",
            "password": PASSWORD,
            "means": "password",
            "proof": PASSWORD,
            "old_password": PASSWORD,
            "new_password": PASSWORD + "x",
            "repeat": PASSWORD + "x",
        }
        assert browser.client.post(path, data=data).status_code == 400
    assert browser.get("/account").status_code == 200


def test_from_the_code_to_the_account(browser: Browser, authority: Organisation) -> None:
    """The administrator hands over a code; the holder sets the password and signs in."""
    browser.sign_in(make_staff(Role.SYSADMIN, organisation=authority))
    number = id_number()
    answer = browser.post(
        "/accounts/new", name="王芳", id_number=number, username="wang.fang", reason="入职"
    )
    assert answer.status_code == 200
    code = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){4}", answer.text)
    assert code is not None
    assert number not in answer.text
    assert code[0] not in browser.get("/accounts").text
    browser.post("/sign-out", page="/account")
    wrong = browser.post(
        "/first-sign-in",
        username="wang.fang",
        means="code",
        proof="0000-0000-0000-0000-0000",
        new_password=PASSWORD,
        repeat=PASSWORD,
    )
    assert wrong.status_code == 422
    fields = {
        "username": "wang.fang",
        "means": "code",
        "proof": code[0],
        "new_password": PASSWORD,
        "repeat": PASSWORD,
    }
    assert browser.post("/first-sign-in", **{**fields, "repeat": "x"}).status_code == 422
    weak = {**fields, "new_password": "12345678", "repeat": "12345678"}
    assert "过于常见" in browser.post("/first-sign-in", **weak).text
    assert browser.post("/first-sign-in", **fields).status_code == 303
    account = queries.find_account("wang.fang")
    assert account is not None
    assert browser.sign_in(account).status_code == 303


def test_a_password_is_changed_with_the_old_one(browser: Browser) -> None:
    """A wrong old password is refused on the form, the right one changes it."""
    account = make_account()
    browser.sign_in(account)
    new = PASSWORD + "-new"
    fields = {"old_password": "wrong-password", "new_password": new, "repeat": new}
    assert browser.post("/account/password", **fields).status_code == 422
    fields["old_password"] = PASSWORD
    assert browser.post("/account/password", **fields).status_code == 303
    assert browser.get("/account").status_code == 200
    assert browser.sign_in(account, new).status_code == 303


def test_the_second_factor_is_shown_once_as_a_qr_code(browser: Browser) -> None:
    """A POST shows the secret; no GET ever does."""
    browser.sign_in(make_account())
    shown = browser.post("/account/second-factor", page="/account")
    assert "<svg" in shown.text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", shown.text)
    assert secret is not None
    assert secret[1] not in browser.get("/account").text
    wrong = browser.post("/account/second-factor/confirmation", page="/account", code="000000x")
    assert wrong.status_code == 422
    assert "动态口令不正确" in wrong.text


def test_another_browser_of_mine_can_be_ended(app: Flask, browser: Browser) -> None:
    """One's own sessions are listed and ended; another's is not found."""
    account = make_account()
    other = Browser(app.test_client())
    stranger = Browser(app.test_client())
    browser.sign_in(account)
    other.sign_in(account)
    stranger.sign_in(make_account())
    ids = [int(n) for n in re.findall(r"/account/sessions/(\d+)/end", browser.get("/account").text)]
    assert len(ids) == 1
    path = f"/account/sessions/{ids[0]}/end"
    assert stranger.post(path, page="/account").status_code == 404
    assert browser.post(path, page="/account").status_code == 303
    assert other.get("/account").status_code in (302, 303)


def test_appointing_through_the_pages_takes_two(app: Flask, authority: Organisation) -> None:
    """One approver proposes, the page lets another confirm, and the first alone is refused."""
    first, second = Browser(app.test_client()), Browser(app.test_client())
    first.sign_in(make_staff(Role.DUTY_APPROVER, organisation=authority))
    second.sign_in(make_staff(Role.DUTY_APPROVER, organisation=authority))
    account = make_account()
    session().commit()
    fields = {
        "account_id": str(account.id),
        "organisation_id": str(authority.id),
        "role": Role.MARKER.value,
        "from_on": "2025-03-10",
        "reason": "任命文件",
    }
    assert first.post("/appointments/new", **{**fields, "reason": " "}).status_code == 422
    assert first.post("/appointments/new", **fields).status_code == 303
    row = queries.live_appointments(account.id, authority.created_at.date())[0]
    path, ending = f"/appointments/{row.id}/confirmation", f"/appointments/{row.id}/ending"
    assert path not in first.get("/appointments").text
    assert first.post(path, page="/appointments/new").status_code == 403
    assert second.post(path, page="/appointments").status_code == 303
    assert second.post(ending, reason="").status_code == 422
    assert second.post(ending, reason="调离").status_code == 303
    twice = {**fields, "role": Role.SYSADMIN.value}
    assert first.post("/appointments/new", **twice).status_code == 303
    conflict = {**fields, "role": Role.AUDITOR.value}
    assert first.post("/appointments/new", **conflict).status_code == 403


def test_the_registry_through_the_pages(browser: Browser, authority: Organisation) -> None:
    """An exam officer registers an organisation, a person and their ties; numbers stay masked."""
    browser.sign_in(make_staff(Role.EXAM_ADMIN, organisation=authority))
    code, number = credit_code(), id_number()
    fields = {
        "name": "伊春培训学校",
        "kind": OrganisationKind.PROVIDER.value,
        "credit_code": code[:-1] + ("0" if code[-1] != "0" else "1"),
        "division_code": "230700",
        "parent_id": "",
    }
    assert "校验位不符" in browser.post("/organisations/new", **fields).text
    assert browser.post("/organisations/new", **{**fields, "credit_code": code}).status_code == 303
    provider = queries.find_organisation(credit_code=code)
    assert provider is not None
    page = f"/organisations/{provider.id}"
    tie = {"other_id": str(authority.id), "kind": "affiliate", "from_on": "2025-01-01"}
    assert browser.post(f"{page}/ties", page=page, **{**tie, "kind": "x"}).status_code == 422
    assert browser.post(f"{page}/ties", page=page, **tie).status_code == 303
    assert authority.name in browser.get(page).text
    assert browser.post("/persons/new", name="赵强", id_number=number).status_code == 303
    assert "不一致" in browser.post("/persons/new", name="赵刚", id_number=number).text
    found = browser.post("/persons", id_number=number)
    assert found.status_code == 303
    assert number not in found.location
    shown = browser.get(found.location)
    assert number not in shown.text
    assert "*" * 14 + number[-4:] in shown.text
    assert browser.post("/persons", id_number=id_number()).status_code == 422
    lecturer = {"organisation_id": str(provider.id), "kind": "lecturer", "from_on": "2025-01-01"}
    ties = f"{found.location}/ties"
    assert browser.post(ties, page=found.location, **lecturer).status_code == 303
    recusal = {"id_number": number, "from_on": "2025-03-01", "reason": "亲属"}
    assert browser.post("/recusals/new", **recusal).status_code == 422
    assert (
        browser.post("/recusals/new", **recusal, organisation_id=str(provider.id)).status_code
        == 303
    )
    ending = re.search(r"/recusals/\d+/ending", browser.get("/recusals").text)
    assert ending is not None
    assert browser.post(ending[0], reason="登记有误").status_code == 422  # who recorded it
    other = Browser(browser.client.application.test_client())
    other.sign_in(make_staff(Role.EXAM_ADMIN, organisation=authority))
    assert other.post(ending[0], page="/recusals", reason="登记有误").status_code == 303


def test_accounts_are_disabled_reset_and_enabled_through_the_pages(
    app: Flask, authority: Organisation
) -> None:
    """Disabling and enabling by one administrator, resetting by two."""
    one, other = Browser(app.test_client()), Browser(app.test_client())
    one.sign_in(make_staff(Role.SYSADMIN, organisation=authority))
    other.sign_in(make_staff(Role.SYSADMIN, organisation=authority))
    account = make_account()
    session().commit()
    page = f"/accounts/{account.id}"
    assert one.post(f"{page}/disabling", page=page, reason="").status_code == 422
    assert one.post(f"{page}/disabling", page=page, reason="离职").status_code == 303
    enabled = one.post(f"{page}/enabling", page=page, reason="返聘")
    assert enabled.status_code == 303  # no code: one administrator alone takes over no account
    assert session().get_one(Account, account.id).one_time_hash is None
    assert one.post(f"{page}/reset-request", page=page, reason="忘记口令").status_code == 303
    assert one.post(f"{page}/reset", page=page).status_code == 403
    assert "一次性激活码" in other.post(f"{page}/reset", page=page).text
    assert one.post(f"{page}/sessions-end", page=page).status_code == 303


def test_entrustments_and_settings_through_the_pages(app: Flask, authority: Organisation) -> None:
    """Both are proposed by one and take hold by another."""
    approvers = [Browser(app.test_client()) for _ in range(2)]
    security = [Browser(app.test_client()) for _ in range(2)]
    agency = make_organisation(OrganisationKind.AGENCY)
    for browser in approvers:
        browser.sign_in(make_staff(Role.DUTY_APPROVER, organisation=authority))
    for browser in security:
        browser.sign_in(make_staff(Role.SECADMIN, organisation=authority))
    given = {
        "authority_id": str(authority.id),
        "agency_id": str(agency.id),
        "from_on": "2025-03-01",
        "reason": "委托书",
    }
    assert approvers[0].post("/entrustments/new", **given).status_code == 303
    confirm = re.search(r"/entrustments/\d+/confirmation", approvers[1].get("/entrustments").text)
    assert confirm is not None
    assert confirm[0] not in approvers[0].get("/entrustments").text
    assert approvers[1].post(confirm[0], page="/entrustments").status_code == 303
    ending = confirm[0].replace("confirmation", "ending")
    assert approvers[1].post(ending, reason="到期").status_code == 303
    setting = {
        "authority_id": str(authority.id),
        "profile_id": "cn-hlj-yichun-2025",
        "key": "exam.pass_mark",
        "value": "90",
        "from_on": "2025-03-11",
        "reason": "办公会",
    }
    bad = {**setting, "value": "9999"}
    assert security[0].post("/policy-settings/new", **bad).status_code == 422
    assert security[0].post("/policy-settings/new", **setting).status_code == 303
    approve = re.search(r"/policy-settings/\d+/approval", security[1].get("/policy-settings").text)
    assert approve is not None
    assert security[0].post(approve[0], page="/policy-settings/new").status_code == 403
    assert security[1].post(approve[0], page="/policy-settings").status_code == 303


OFFICE = {
    "/organisations": Role.EXAM_ADMIN,
    "/organisations/new": Role.EXAM_ADMIN,
    "/persons": Role.SYSADMIN,
    "/persons/new": Role.EXAM_ADMIN,
    "/accounts": Role.SECADMIN,
    "/accounts/new": Role.SYSADMIN,
    "/appointments": Role.DUTY_APPROVER,
    "/appointments/new": Role.DUTY_APPROVER,
    "/entrustments": Role.DUTY_APPROVER,
    "/entrustments/new": Role.DUTY_APPROVER,
    "/recusals": Role.OVERSEER,
    "/recusals/new": Role.EXAM_ADMIN,
    "/policy-settings": Role.SECADMIN,
    "/policy-settings/new": Role.SECADMIN,
}


@pytest.mark.parametrize("path", list(OFFICE))
def test_each_page_is_for_its_duty_alone(app: Flask, path: str) -> None:
    """Signed out: the door. A provider's clerk and a trainee: 403. The duty: the page."""
    browser = Browser(app.test_client())
    assert "/sign-in" in (browser.get(path).location or "")
    for account in (make_staff(Role.CLERK, kind=OrganisationKind.PROVIDER), make_account()):
        browser.sign_in(account)
        assert browser.get(path).status_code == 403
    browser.sign_in(make_staff(OFFICE[path]))
    assert browser.get(path).status_code == 200


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.EXAM_ADMIN, "/organisations/987654"),
        (Role.EXAM_ADMIN, "/persons/987654"),
        (Role.SYSADMIN, "/accounts/987654"),
        (Role.DUTY_APPROVER, "/appointments/987654/ending"),
        (Role.DUTY_APPROVER, "/entrustments/987654/ending"),
        (Role.OVERSEER, "/recusals/987654/ending"),
    ],
)
def test_what_is_not_there_is_404(browser: Browser, role: Role, path: str) -> None:
    """An unknown number leads nowhere."""
    browser.sign_in(make_staff(role))
    assert browser.get(path).status_code == 404


def test_the_demo_alone_lists_its_accounts(make_app: Callable[..., Flask]) -> None:
    """The sign-in page of a demo shows accounts and password; any other shows none."""
    for demo in (True, False):
        app = make_app(demo=demo, demo_password=PASSWORD)
        with app.app_context():
            if demo:
                make_staff(Role.PAPER_SETTER, username="setter")
                session().commit()
            text = app.test_client().get("/sign-in").text
            assert ("setter" in text) is demo
            assert (PASSWORD in text) is demo


def test_step_up_leads_back(browser: Browser) -> None:
    """The password shown again leads back to where it was asked for."""
    browser.sign_in(make_account())
    wrong = browser.post("/step-up", page="/step-up?next=/account", password="wrong-password")
    assert wrong.status_code == 422
    right = browser.post("/step-up?next=/account", page="/step-up?next=/account", password=PASSWORD)
    assert right.location == "/account"


def test_no_page_writes_more_than_it_says(app: Flask, browser: Browser) -> None:
    """Opening a page as an administrator shows masked numbers only."""
    account = make_staff(Role.SYSADMIN)
    number = id_number()
    service.register_person(name="孙洋", id_number=number, actor=make_actor(Role.EXAM_ADMIN))
    make_person()
    browser.sign_in(account)
    for path in ("/persons", "/accounts", f"/accounts/{account.id}"):
        assert number not in browser.get(path).text
