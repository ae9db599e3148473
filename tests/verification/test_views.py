"""The pages: hand in and take away, own people, tokens and address shown once; and the walls."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from flask import Flask

from exam_app.access.terms import Role
from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.core.db import session
from exam_app.people import queries as people
from exam_app.verification import rules
from exam_app.verification.models import ApiToken, VerificationBatch, Webhook
from tabular import read_table
from tests.training.browser import Browser
from tests.verification.world import World, make_token, run_batch, table, work_off

PAGES = (
    "/verification",
    "/verification/template",
    "/staff/certificates",
    "/api-access",
    "/webhook",
)
TOKEN = re.compile(r"exam_[A-Za-z0-9_-]{43}")
SECRET = re.compile(r"whsec_[A-Za-z0-9_-]{43}")


def browser_of(app: Flask, world: World, *, stranger: bool = False) -> Browser:
    account = world.stranger if stranger else world.contact
    return Browser(app.test_client()).sign_in(account)


def recorded(action: Action) -> int:
    session().rollback()
    return session().query(AuditEntry).filter_by(action=action.value).count()


def test_a_file_is_handed_in_and_its_results_taken_away(world: World, app: Flask) -> None:
    """Upload, progress, one row a certificate with its reason, XLSX; each step in the trail."""
    browser, page = browser_of(app, world), "/verification"
    data = table((world.numbers[0], world.names[0], ""), (world.numbers[0], "张三", ""))
    answer = browser.upload(page, page, data, "名单.xlsx", purpose="录用核验")
    assert answer.status_code == 303, answer.text
    shown = answer.location
    assert "等待处理" in browser.get(shown).text
    asked = browser.client.get(shown, headers={"Accept": "application/json"})
    assert asked.get_json() == {"done": 0, "total": 0, "over": False, "state": "等待处理"}
    assert browser.bare(f"{shown}/file").status_code == 400
    session().rollback()
    work_off()
    text = browser.get(shown).text
    for words in ("共 2 份，有效 1 份", "没有编号与姓名都相符的证书", "第 3 行", world.numbers[0]):
        assert words in text
    bad = browser.get(f"{shown}?rows=bad").text
    assert "第 3 行" in bad
    assert "第 2 行" not in bad
    file = browser.post(f"{shown}/file", shown)
    assert len(list(read_table(file.data, "a.xlsx"))) == 3
    for action in (
        Action.VERIFICATION_ASKED,
        Action.VERIFICATION_FINISHED,
        Action.VERIFICATION_HANDED_OUT,
    ):
        assert recorded(action) == 1


def test_a_file_that_cannot_be_read_is_told_on_the_form(
    world: World, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file, no purpose, another kind, too large: nothing is held and nothing begins."""
    browser, page = browser_of(app, world), "/verification"
    assert browser.post(page, page, purpose="核验").status_code == 422
    assert browser.upload(page, page, b"x", "a.txt").status_code == 422
    answer = browser.upload(page, page, b"x", "a.docx", purpose="核验")
    assert answer.status_code == 422
    assert "不是 XLSX 或 CSV" in answer.text
    monkeypatch.setattr(rules, "MAX_FILE_BYTES", 2_000)
    answer = browser.client.post(page, data={"file": (io.BytesIO(b"x" * 3_000), "a.txt")})
    assert answer.status_code == 413
    assert "60 MB" in answer.text
    session().rollback()
    assert session().query(VerificationBatch).count() == 0


def test_own_people_and_the_file(world: World, app: Flask) -> None:
    """Names, numbers, dates, masked IDs, a way to the hours; the same as XLSX."""
    browser, page = browser_of(app, world), "/staff/certificates"
    text = browser.get(page).text
    person = world.certificate().enrolment.person
    for words in (*world.numbers, *world.names, f"**************{person.id_tail}", "到期日历"):
        assert words in text
    assert people.id_number_of(person) not in text
    assert 'href="/credits/enterprise"' in text
    assert "本年度（2025）学时" in text
    file = browser.post(page, page)
    assert len(list(read_table(file.data, "a.xlsx"))) == 3
    assert recorded(Action.STAFF_CERTIFICATES_EXPORTED) == 1
    empty = browser_of(app, world, stranger=True).get(page).text
    assert not any(number in empty for number in world.numbers)


def test_a_token_is_shown_once_and_revoked(world: World, app: Flask) -> None:
    """The page after issuing shows it, no later one does; only its hash is kept."""
    browser, page = browser_of(app, world), "/api-access"
    assert browser.post(page, page, label="系统", purpose="核验", days="30").status_code == 422
    fields = {"label": "人事系统", "purpose": "核验", "days": "90", "staff": "y"}
    issued = browser.post(page, page, **fields)
    (plain,) = set(TOKEN.findall(issued.text))
    assert issued.headers["Cache-Control"] == "no-store"
    shown = browser.get(page).text
    assert plain not in shown
    assert plain[-4:] in shown
    assert browser.post(f"{page}/1/revocation", page).status_code == 303
    assert "已吊销" in browser.get(page).text
    assert browser.post(f"{page}/1/revocation", page).status_code == 409
    kept = session().get_one(ApiToken, 1)
    assert plain.encode() not in kept.token_hash
    assert (recorded(Action.API_TOKEN_ISSUED), recorded(Action.API_TOKEN_REVOKED)) == (1, 1)
    for _ in range(10):
        make_token(world)
    assert "最多同时有 10 个" in browser.post(page, page, **fields).text


def test_an_address_is_set_only_where_it_is_allowed(
    world: World, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Off: no form. On: an address inside is refused on the form, another shows its secret once."""
    browser, page = browser_of(app, world), "/webhook"
    assert "未开通" in browser.get(page).text
    answer = browser.post(page, page, url="https://hr.example.com/", purpose="核验")
    assert "未开通" in answer.text
    assert browser.post("/webhook/end", page).status_code == 404
    allowed = replace(app.extensions["exam"], webhooks=True, webhook_networks=("127.0.0.0/8",))
    monkeypatch.setitem(app.extensions, "exam", allowed)
    answer = browser.post(page, page, url="https://10.0.0.1/", purpose="核验")
    assert (answer.status_code, "https 网址" in answer.text) == (422, True)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("127.0.0.1", 443))])
    answer = browser.post(page, page, url="https://hr.example.com/hook", purpose="核验")
    (secret,) = set(SECRET.findall(answer.text))
    shown = browser.get(page).text
    assert secret not in shown
    assert "https://hr.example.com/hook" in shown
    assert "试发" in shown
    assert browser.post("/webhook/end", page).status_code == 303
    session().rollback()
    assert session().query(Webhook).one().ended_at is not None


OUTSIDE = (Role.TRAINEE, Role.MARKER, Role.CERTIFICATE_APPROVER, Role.SECADMIN)
CHANGES = ("/verification", "/staff/certificates", "/api-access", "/webhook")


def test_everybody_without_the_duty_is_refused(world: World, app: Flask) -> None:
    """Trainee, marker, approver, security administrator, visitor: no page, no file, no token."""
    for role in OUTSIDE:
        browser = Browser(app.test_client()).sign_in(world.staff(role))
        for path in (*PAGES, "/verification/batches/1"):
            assert browser.get(path).status_code == 403, (role, path)
        for path in CHANGES:
            assert browser.post(path, "/account/password").status_code == 403, (role, path)
    visitor = app.test_client()
    for path in PAGES:
        answer = visitor.get(path)
        assert (answer.status_code, "/sign-in" in answer.location) == (303, True), path
    contact = browser_of(app, world)
    for path in CHANGES:
        assert contact.bare(path).status_code == 400, path  # a form without its token


def test_another_organisation_finds_nothing(world: World, app: Flask) -> None:
    """Its batch, token and message are not there for another enterprise's contact."""
    batch_id = run_batch(world, table((world.numbers[0], world.names[0], "")))
    make_token(world)
    browser = browser_of(app, world, stranger=True)
    shown = browser.get("/verification").text
    assert "名单.xlsx" not in shown
    assert browser.get(f"/verification/batches/{batch_id}").status_code == 404
    for path in (
        f"/verification/batches/{batch_id}/file",
        "/api-access/1/revocation",
        "/webhook/deliveries/1",
        "/webhook/end",
    ):
        assert browser.post(path, "/verification").status_code == 404, path
    session().rollback()
    assert session().get_one(ApiToken, 1).revoked_at is None
