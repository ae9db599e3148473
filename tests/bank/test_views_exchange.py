"""Items going out to files, and law articles renewed from one."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exam_app.bank.models import ItemRow, LawCollection
from exam_app.core.db import session
from question_bank import load_laws
from question_bank.exchange import xlsx
from tests.bank.pages import fields_of, preview_file
from tests.factories.bank import ARTICLE, LAW, Office, approve_items, make_item
from tests.training.browser import Browser


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


def download(browser: Browser, page: TestResponse) -> TestResponse:
    """Download the file a page offers."""
    hidden = fields_of(page)
    return browser.bare(
        "/items/export/file", csrf_token=hidden["csrf_token"], token=hidden["token"]
    )


@pytest.mark.parametrize("kind", ["xlsx", "moodle-xml", "qti", "gift"])
def test_items_go_out_with_a_reason(browser: Browser, office: Office, kind: str) -> None:
    """The page tells what the format cannot say before the file is downloaded."""
    approve_items(office, [make_item(1), make_item(2, topic="B.1")])
    browser.sign_in(office.reviewer)
    assert browser.post("/items/export", "/items/export", format=kind).status_code == 422
    made = browser.post("/items/export", "/items/export", format=kind, topic="A.1", reason="备份")
    assert made.status_code == 200
    assert "文件已生成" in made.text
    sent = download(browser, made)
    assert sent.status_code == 200
    assert "attachment" in sent.headers["Content-Disposition"]
    if kind == "xlsx":
        items = xlsx.read_items(sent.data).items
        assert [item.id for item in items] == ["A.1-single-001"]


def test_nothing_to_export_is_said(browser: Browser, office: Office) -> None:
    """An empty topic is no file."""
    approve_items(office, [make_item(1)])
    browser.sign_in(office.reviewer)
    answer = browser.post("/items/export", "/items/export", format="gift", topic="B", reason="x")
    assert answer.status_code == 422
    assert 'id="topic-error"' in answer.text


def test_ticked_items_alone(browser: Browser, office: Office) -> None:
    """The codes go along; another person cannot download the file."""
    rows = approve_items(office, [make_item(1), make_item(2)])
    chosen = rows[1].id
    browser.sign_in(office.reviewer)
    answer = browser.post("/items/selection", "/items", items=[chosen])
    assert answer.status_code == 303
    page = browser.get(answer.location)
    assert "A.1-single-002" in page.text
    codes = fields_of(page)["codes"]
    made = browser.post("/items/export", answer.location, format="gift", codes=codes, reason="x")
    assert b"A.1-single-001" not in download(browser, made).data
    hidden = fields_of(made)
    browser.sign_in(office.writer)
    assert browser.bare(
        "/items/export/file", csrf_token=hidden["csrf_token"], token=hidden["token"]
    ).status_code in {400, 403}


def changed_law() -> bytes:
    """Return the law the test items rest on, one article reworded."""
    lines = []
    for article in load_laws():
        if article.doc == LAW:
            text = f"{article.text}（修订）" if article.label == ARTICLE else article.text
            lines.append(json.dumps(asdict(replace(article, text=text)), ensure_ascii=False))
    return "\n".join(lines).encode()


def test_articles_are_searched(browser: Browser, office: Office) -> None:
    """By law, label or words; the digest of the collection stands on the page."""
    browser.sign_in(office.writer)
    page = browser.get(f"/laws?text={LAW} {ARTICLE}").text
    assert "安全第一、预防为主、综合治理" in page
    assert load_laws().digest in page
    assert "找到 0 条" in browser.get("/laws?text=没有这样的话").text
    assert "更新条文库" not in page  # a writer renews nothing


def test_a_new_version_takes_items_out(browser: Browser, office: Office) -> None:
    """Old and new side by side first; then the item waits, with both on its page."""
    approve_items(office, [make_item(1)])
    browser.sign_in(office.reviewer)
    for data, words in ((b"not json", "不是一条法规条文"), (same_law(), "无须更新")):
        answer = browser.upload("/laws", "/laws", data, "条文.jsonl")
        assert answer.status_code == 422
        assert words in answer.text
    preview = browser.upload("/laws", "/laws", changed_law(), "条文.jsonl")
    assert "变动 1 条，1 题将退出题库待修订" in preview.text
    assert "（修订）" in preview.text
    assert session().scalars(select(LawCollection)).all() == []
    hidden = fields_of(preview)
    sent = {name: hidden[name] for name in ("csrf_token", "token")}
    assert browser.bare("/laws/renewal", **sent, reason="").status_code == 422
    assert browser.bare("/laws/renewal", **sent, reason="2026年修正").status_code == 303
    page = browser.get("/laws").text
    assert "待修订的试题（1）" in page
    assert "2026年修正" in page
    row = session().scalars(select(ItemRow)).one()
    shown = browser.get(f"/items/{row.id}").text
    assert "原条文" in shown
    assert shown.count("（修订）") == 1
    assert "待修订 <strong>1</strong>" in browser.get("/items").text


def same_law() -> bytes:
    """Return one law as it is held."""
    lines = [
        json.dumps(asdict(each), ensure_ascii=False) for each in load_laws() if each.doc == LAW
    ]
    return "\n".join(lines).encode()


def test_a_large_table_is_previewed_soon(browser: Browser, office: Office) -> None:
    """Two thousand rows come with their counts and ten samples, not all of them."""
    browser.sign_in(office.writer)
    data = xlsx.write_items([make_item(n) for n in range(1, 2001)])
    page = preview_file(browser, data, "大.xlsx").text
    assert "导入 2000 题" in page
    assert page.count("<li>\n    <p class") == 10
    assert len(io.BytesIO(page.encode()).getvalue()) < 60_000
