"""Steps on the bank's pages that several tests take."""

from __future__ import annotations

import re

from werkzeug.test import TestResponse

from exam_app.core.db import session
from exam_app.core.jobs import work_once
from exam_app.stages import JOBS
from tests.training.browser import Browser


def fields_of(answer: TestResponse) -> dict[str, str]:
    """Return the hidden fields of a page; the last of a name counts."""
    found = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", answer.text)
    named = {}
    for tag in found:
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            named[name[1]] = value[1].replace("&#34;", '"').replace("&amp;", "&")
    return named


def preview_file(browser: Browser, data: bytes, called: str = "题.xlsx") -> TestResponse:
    """Upload a file and return the page that follows: its columns or its preview."""
    return browser.upload("/items/import", "/items/import", data, called)


def take_over(browser: Browser, preview: TestResponse, **more: object) -> TestResponse:
    """Have a previewed file taken over in the background; the job still waits."""
    hidden = fields_of(preview)
    wanted = {name: hidden[name] for name in ("csrf_token", "token", "reading", "bad")}
    return browser.bare("/items/import/take", **wanted | {"reason": "年度命题"} | more)


def open_sheet(browser: Browser, item_id: int) -> dict[str, str]:
    """Open the review sheet of an item and return the hidden fields of its form."""
    return fields_of(browser.post(f"/items/{item_id}/review-sheet", "/items/review"))


def open_sheets(browser: Browser, ids: list[int]) -> tuple[TestResponse, list[str]]:
    """Open several items in full and return the page and what it says was shown."""
    answer = browser.post("/items/review-sheets", "/items/review", items=ids)
    return answer, re.findall(r'name="shown" value="([^"]+)"', answer.text)


def import_file(browser: Browser, data: bytes, **more: object) -> TestResponse:
    """Import a file of our own table and return the page of the finished job."""
    answer = take_over(browser, preview_file(browser, data), **more)
    assert answer.status_code == 303, answer.text
    work(browser)
    return browser.get(answer.location)


def work(browser: Browser) -> None:
    """Do the job that waits, as the worker beside the server does."""
    session().rollback()
    with browser.client.application.app_context():
        assert work_once(JOBS)
