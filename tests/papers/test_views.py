"""Pages of papers: the whole way in browsers, and every page's refusal of those tied."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from exam_app.access.terms import Role
from exam_app.audit.actions import Action
from exam_app.audit.queries import Filter, detail_of, entries_in_order
from exam_app.bank import service as bank
from exam_app.bank.models import ItemRow
from exam_app.core.db import session, transaction
from exam_app.papers import queries, service
from exam_app.papers.models import Paper
from exam_app.papers.terms import PaperKind, PaperState
from tests.conftest import ONE_DATABASE, Clock
from tests.factories.papers import (
    IN_WINDOW,
    PASSPHRASES,
    Scene,
    approve_paper,
    draw_paper,
    make_scene,
    open_first_paper,
    seal_both,
)
from tests.factories.people import make_staff
from tests.papers.test_walls import ALL_ROLES, TIES
from tests.training.browser import Browser

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


def state(scene: Scene, kind: PaperKind = PaperKind.FIRST) -> PaperState | None:
    """Return where the live paper of a kind stands."""
    paper = queries.live_paper(scene.sitting.id, kind)
    return None if paper is None else paper.state


def test_the_whole_way_in_browsers(
    app: Flask, browser: Browser, clock: Clock, printing_app: Flask
) -> None:
    """Each step by the page of the one whose duty it is."""
    scene = make_scene(keys=False)
    for name, account in scene.custodians.items():
        browser.sign_in(account)
        words = {"passphrase": PASSPHRASES[name], "again": PASSPHRASES[name]}
        assert browser.post("/custodian-key", "/custodian-key", **words).status_code == 303
    listing = f"/classes/{scene.sitting.class_id}/papers"
    for kind in (PaperKind.FIRST, PaperKind.RESERVE):
        seal_in_browsers(scene, browser, listing, kind)
    paper = queries.live_paper(scene.sitting.id, PaperKind.FIRST)
    assert paper is not None
    page = f"/papers/{paper.id}"
    browser.sign_in(scene.world.authority_custodian)
    assert "不在启封时间窗内" in browser.get(page).text
    clock.set(IN_WINDOW)
    browser.sign_in(scene.world.authority_custodian)
    wrong = browser.post(f"{page}/opening-consent", page, passphrase="not-my-passphrase")
    assert wrong.status_code == 422
    assert "保管口令不符" in wrong.text
    words = PASSPHRASES["authority"]
    assert browser.post(f"{page}/opening-consent", page, passphrase=words).status_code == 303
    browser.sign_in(scene.world.site_custodian)
    words = PASSPHRASES["site"]
    assert browser.post(f"{page}/opening", page, passphrase=words).status_code == 303
    assert state(scene) is PaperState.OPENED
    browser.sign_in(scene.world.chief)
    document = browser.post(f"{page}/print", page, copies="30")
    assert document.data.startswith(b"%PDF-")
    assert "印制" in browser.get(page).text


def seal_in_browsers(scene: Scene, browser: Browser, listing: str, kind: PaperKind) -> None:
    """Draw, approve and seal one paper by its pages."""
    browser.sign_in(scene.office.setter)
    choice = {"kind": kind.value, "blueprint_id": str(scene.blueprint.id)}
    drawn = browser.post(f"/sittings/{scene.sitting.id}/papers", listing, **choice)
    assert drawn.status_code == 303, drawn.text
    page = drawn.headers["Location"]
    browser.sign_in(scene.office.approver)
    shown = browser.post(f"{page}/content", page)
    assert "不含答案" in shown.text
    found = TOKEN.findall(shown.text)[-1]
    approved = browser.bare(f"{page}/approval", csrf_token=found, note="同意")
    assert approved.status_code == 303
    browser.sign_in(scene.world.authority_custodian)
    assert browser.post(f"{page}/seal-consent", page).status_code == 303
    browser.sign_in(scene.world.site_custodian)
    assert browser.post(f"{page}/seal", page).status_code == 303
    assert state(scene, kind) is PaperState.SEALED


def test_no_page_shows_seed_or_key(scene: Scene, browser: Browser) -> None:
    """The approver reads what candidates will, and the commitment; nobody reads the seed."""
    from exam_app.papers import vault

    paper = draw_paper(scene)
    content = vault.read_draft(paper.id)
    page = f"/papers/{paper.id}"
    for account in (scene.office.setter, scene.office.approver):
        browser.sign_in(account)
        plain, shown = browser.get(page).text, browser.post(f"{page}/content", page).text
        assert content.draft.items[0].stem not in plain
        assert content.draft.items[0].stem in shown
        for text in (plain, shown):
            assert content.seed.hex() not in text
            assert all(each.uid not in text for each in content.draft.items)
        assert "（正确）" not in shown


def test_a_redraw_is_shown_with_its_reason(scene: Scene, browser: Browser) -> None:
    """Everybody who sees the class's papers sees how often it was drawn, and why."""
    paper = draw_paper(scene)
    page = f"/papers/{paper.id}"
    browser.sign_in(scene.office.setter)
    assert browser.post(f"{page}/withdrawal", page, reason="").status_code == 422
    assert browser.post(f"{page}/withdrawal", page, reason="一题有争议").status_code == 303
    draw_paper(scene)
    browser.sign_in(scene.office.approver)
    text = browser.get(f"/classes/{scene.sitting.class_id}/papers").text
    assert "一题有争议" in text
    assert "-A2" in text


@ONE_DATABASE
def test_a_draw_nothing_fits_is_counted(app: Flask, browser: Browser) -> None:
    """A refused draw and a refused strike are in the trail and on the page, like redraws."""
    scene = make_scene(papers=3)
    office = scene.office
    paper, spare = draw_paper(scene), draw_paper(scene, PaperKind.RESERVE)
    for number in range(4):
        with transaction():
            approver = office.actor(office.approver)
            service.strike(paper, number=1, reason=f"第{number}次", actor=approver)
    browser.sign_in(office.approver)
    token = TOKEN.search(browser.get("/account").text)
    assert token is not None
    asked = {"csrf_token": token[1], "number": "1", "reason": "有误"}
    page = browser.client.post(f"/papers/{paper.id}/strikes", data=asked)
    assert page.status_code == 422
    assert "1 次" in page.text
    with transaction():
        service.withdraw(spare, reason="重组", actor=office.actor(office.setter))
        singles = session().scalars(select(ItemRow).where(ItemRow.item_type == "single"))
        for row in singles.all()[:-2]:
            bank.retire_item(row, reason="停用", actor=office.actor(office.reviewer))
    browser.sign_in(office.setter)
    listing = f"/classes/{scene.sitting.class_id}/papers"
    wanted = {"kind": "reserve", "blueprint_id": str(scene.blueprint.id)}
    page = browser.post(f"/sittings/{scene.sitting.id}/papers", listing, **wanted)
    assert page.status_code == 422
    assert "另有 2 次组卷或重抽因题库不足未成" in page.text
    actions = (Action.PAPER_DRAW_REFUSED.value,)
    told = [detail_of(entry) for entry in entries_in_order(Filter(actions=actions))]
    assert [each["kind"] for each in told] == ["first", "reserve"]
    assert all(each["short"] for each in told)


def test_a_weak_or_mistyped_passphrase(scene: Scene, browser: Browser) -> None:
    """The form says which; nothing is enrolled."""
    browser.sign_in(scene.world.site_custodian)
    page = "/custodian-key"
    weak = browser.post(page, page, passphrase="aaaaaaaaaaaaaa", again="aaaaaaaaaaaaaa")
    assert weak.status_code == 422
    assert "口令至少" in weak.text
    mistyped = browser.post(page, page, passphrase="crane-orchard-17", again="crane-orchard-18")
    assert "两次输入不一致" in mistyped.text


def test_the_reserve_early_on_its_page(scene: Scene, browser: Browser, clock: Clock) -> None:
    """One approver asks, the other agrees, each with a reason."""
    first, reserve = seal_both(scene)
    clock.set("2025-03-12 06:00")
    paper_id = reserve.id
    browser.sign_in(scene.first_approver)
    assert reserve.code in browser.get("/reserve-papers").text
    path = f"/papers/{paper_id}/early-consent"
    assert browser.post(path, "/reserve-papers", reason=" ").status_code == 403
    assert browser.post(path, "/reserve-papers", reason="首卷泄露").status_code == 303
    browser.sign_in(scene.second_approver)
    assert "首卷泄露" in browser.get("/reserve-papers").text
    path = f"/papers/{paper_id}/early-opening"
    assert browser.post(path, "/reserve-papers", reason="首卷泄露").status_code == 303
    browser.sign_in(scene.world.site_custodian)
    page = f"/papers/{paper_id}"
    words = {"passphrase": PASSPHRASES["site"], "reason": "首卷泄露"}
    assert browser.post(f"{page}/opening-consent", page, **words).status_code == 303


def test_custody_on_its_page(scene: Scene, browser: Browser, clock: Clock) -> None:
    """One notes, another signs; destruction is for custodians."""
    paper = open_first_paper(scene, clock.set)
    page = f"/papers/{paper.id}"
    browser.sign_in(scene.world.chief)
    noted = browser.post(f"{page}/custody", page, kind="handed_out", copies="30", note="第1考场")
    assert noted.status_code == 303
    ((consent, _),) = queries.custody_waiting(paper.id)
    browser.sign_in(scene.world.site_custodian)
    assert "待第二人确认" in browser.get(page).text
    assert browser.post(f"{page}/custody/{consent.id}", page).status_code == 303
    assert len(queries.custody_of(paper.id)) == 3
    browser.sign_in(scene.world.authority_custodian)
    noted = browser.post(f"{page}/destruction", page, copies="30", note="碎纸")
    assert noted.status_code == 303


# ---- refusals page by page

FIELDS = {
    "reason": "核对", "verdict": "approved", "comment": "同意", "note": "同意", "items": "1",
    "kind": "first", "blueprint_id": "1", "copies": "1", "passphrase": PASSPHRASES["site"],
    "again": PASSPHRASES["site"], "code": "X-1", "title": "表", "industry": "mining",
    "category": "team_leader", "overlap_max": "1", "topic_0": "A", "type_0": "single",
    "count_0": "1", "marks_0": "100", "item_type": "single", "topic": "A.1", "stem": "题干",
    "option_a": "甲", "option_b": "乙", "key": "A", "industries": "all", "level": "know",
    "categories": "team_leader", "facility": "0.7", "law": "安全生产法", "article": "第三条",
    "quote": "安全第一、预防为主、综合治理", "token": "0" * 64, "rationale": "B：不符",
}  # fmt: skip


def routes(app: Flask) -> list[tuple[str, str]]:
    """Return method and address of every page of bank and papers, ids filled in."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in {"bank", "papers"}:
            path = re.sub(r"<int:[a-z_]+>", "1", rule.rule)
            found += [(method, path) for method in rule.methods & {"GET", "POST"}]
    return sorted(found)


def statuses(browser: Browser, app: Flask) -> dict[str, int]:
    """Return the answer of every page to a well-formed request."""
    token = TOKEN.search(browser.get("/account").text)
    assert token is not None
    answers = {}
    for method, path in routes(app):
        if method == "GET":
            answers[f"GET {path}"] = browser.get(path).status_code
        else:
            answers[f"POST {path}"] = browser.bare(path, csrf_token=token[1], **FIELDS).status_code
    return answers


@pytest.fixture
def sealed(scene: Scene, clock: Clock) -> Scene:
    """Return a scene with a custody note waiting, both papers sealed, in the window."""
    seal_both(scene)
    clock.set(IN_WINDOW)
    return scene


def test_there_are_pages_to_refuse(app: Flask) -> None:
    """The list of pages is not empty by mistake."""
    assert len(routes(app)) > 35


# Lists what the actor may decide on: for somebody tied there is nothing in it.
EMPTY_FOR_THE_TIED = {"GET /reserve-papers"}


def test_every_page_refuses_whoever_is_tied(sealed: Scene, browser: Browser, app: Flask) -> None:
    """A person with every role and one tie gets 403 or 404 from each page."""
    for tie in TIES:
        with transaction():
            account = make_staff(*ALL_ROLES, organisation=sealed.world.authority)
            tie(account, sealed)
        browser.sign_in(account)
        found = statuses(browser, app)
        passed = {page: status for page, status in found.items() if status not in {403, 404}}
        assert set(passed) <= EMPTY_FOR_THE_TIED, (tie.__name__, passed)
        answer = browser.get("/reserve-papers")
        assert answer.status_code == 403 or "没有已封存的备用卷" in answer.text


def test_every_page_refuses_the_provider_and_the_administrator(
    sealed: Scene, browser: Browser, app: Flask
) -> None:
    """403 from each page, before anything of the object is looked at."""
    with transaction():
        accounts = [
            make_staff(*ALL_ROLES, organisation=sealed.world.provider),
            make_staff(Role.SYSADMIN, organisation=sealed.world.authority),
            make_staff(Role.SYSADMIN, *ALL_ROLES, organisation=sealed.world.authority),
        ]
    for account in accounts:
        browser.sign_in(account)
        found = statuses(browser, app)
        general = {"GET /classes/1/papers"}
        passed = {page: status for page, status in found.items() if status not in {403, 404}}
        assert set(passed) <= general, passed
        assert passed.get("GET /classes/1/papers", 403) == 403


def test_every_page_asks_for_a_sign_in(app: Flask, browser: Browser) -> None:
    """Signed out: pages lead to the door, changes are refused."""
    for method, path in routes(app):
        answer = browser.get(path) if method == "GET" else browser.bare(path)
        assert answer.status_code in ({303} if method == "GET" else {303, 401, 403}), path
        assert "/sign-in" in answer.headers.get("Location", "/sign-in")


def test_a_form_without_its_token_changes_nothing(
    sealed: Scene, browser: Browser, app: Flask
) -> None:
    """CSRF: no POST of bank and papers goes through without the browser's token."""
    with transaction():
        account = make_staff(*ALL_ROLES, organisation=sealed.world.authority)
    browser.sign_in(account)
    for method, path in routes(app):
        if method == "POST":
            assert browser.bare(path, **FIELDS).status_code >= 400, path
    assert {paper.state for paper in session().query(Paper)} == {PaperState.SEALED}


def test_another_classes_custodian_sees_no_page(scene: Scene, browser: Browser) -> None:
    """A custodian of another city's county gets 404."""
    paper = approve_paper(scene)
    from exam_app.access.terms import OrganisationKind
    from tests.factories.people import make_organisation

    with transaction():
        county = make_organisation(OrganisationKind.COUNTY_EM, division_code="370302")
        account = make_staff(Role.CUSTODIAN, organisation=county)
    browser.sign_in(account)
    assert browser.get(f"/papers/{paper.id}").status_code == 404
