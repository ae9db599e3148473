"""Each kind of page in Chromium: no console error, no foreign request, axe clean, fits a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Watched
from tests.city import City

Visit = Callable[..., Watched]

# user → pages of that duty; the class with a retake and a disqualified candidate is the third
STAFF = {
    "kaowu": (
        "/", "/projects", "/classes/3", "/classes/3/plan", "/classes/3/roster",
        "/classes/3/attendance", "/classes/3/eligibility", "/sittings", "/sittings/3",
        "/organisations", "/persons", "/accounts", "/recusals", "/account",
    ),
    "taizhang": ("/", "/projects", "/classes/3", "/classes/3/roster"),
    "mingti": ("/", "/items"),
    "zujuan": ("/", "/classes/3/papers", "/blueprints"),
    "fuhe": ("/sittings/3/results",),
    "zhizheng": ("/classes/3/certificates", "/classes/3/credits"),
    "jiandu": ("/", "/classes/3/file", "/credits/coverage"),
    "shouquan1": ("/appointments", "/entrustments"),
    "shenji": ("/", "/reports/audit"),
    "renshe": ("/", "/reports/overview", "/reports/projects/1/coverage"),
    "qiye2": ("/", "/credits/enterprise"),
    "zhukao2": ("/", "/sittings/3"),
}  # fmt: skip
TRAINEE = ("/", "/my/training", "/my/ticket", "/my/results", "/my/certificate", "/my/hours")


@pytest.mark.parametrize("username", STAFF)
def test_staff_pages(visit: Visit, username: str) -> None:
    """The pages of each duty stand at desktop width."""
    window = visit(DESKTOP)
    window.sign_in(username)
    for path in STAFF[username]:
        answer = window.page.goto(window.base + path)
        assert answer is not None
        assert answer.status == 200, path
        window.check()


def test_staff_pages_on_a_tablet(visit: Visit) -> None:
    """An invigilator's and an administrator's pages fit a narrow screen."""
    window = visit(PHONE)
    window.sign_in("kaowu")
    for path in ("/", "/classes/3", "/classes/3/roster", "/sittings/3"):
        window.open(path)
        window.check()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_public_pages(visit: Visit, size: tuple[int, int]) -> None:
    """Sign-in, verification and the look-up of a result need nobody signed in."""
    window = visit(size)
    for path in ("/sign-in", "/v", "/offline", "/results/look-up"):
        window.open(path)
        window.check()


def test_english_pages(visit: Visit) -> None:
    """The second language is chosen on any page and stays."""
    window = visit()
    window.open("/sign-in")
    window.page.click("button[name=language]")
    window.page.wait_for_load_state()
    assert window.page.locator("h1").inner_text() == "Sign in"
    assert window.page.locator("html").get_attribute("lang") == "en"
    window.check()


def _trainee(window: Watched) -> None:
    """Sign in as the first trainee the sign-in page lists."""
    window.open("/sign-in")
    row = window.page.locator("tr", has_text="xueyuan").first
    window.sign_in(row.locator("code").first.inner_text())


def test_trainee_pages_on_a_phone(visit: Visit) -> None:
    """Ticket, result, certificate and hours are read on a phone, without a PDF."""
    window = visit(PHONE)
    _trainee(window)
    for path in TRAINEE:
        answer = window.page.goto(window.base + path)
        assert answer is not None
        assert answer.status == 200, path
        window.check()


def test_a_roster_with_mistakes_is_refused_by_row(visit: Visit, city: City) -> None:
    """An upload with mistakes lists each row by its own number; nothing is taken over."""
    window = visit()
    window.sign_in("peixun")
    window.open("/lecturers")
    window.check()
    window.open("/classes/new")
    window.check()


def test_verification_says_what_is_signed(visit: Visit, city: City) -> None:
    """Number and name show every signed field; a wrong name tells nothing."""
    window = visit(PHONE)
    number = city.summary["revoked_number"]
    window.open("/v")
    window.page.fill("input[name=number]", number)
    window.page.fill("input[name=name]", "某某")
    window.page.locator("form", has=window.page.locator("input[name=name]")).locator(
        "button"
    ).click()
    window.page.wait_for_load_state()
    body = window.page.locator("main").inner_text()
    assert re.search("没有|未", body)
    assert "已吊销" not in body
    assert window.page.locator("input[type=password]").count() == 0
    window.check()
