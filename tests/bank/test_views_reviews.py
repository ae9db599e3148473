"""The review page: item, article and quoted words side by side; on to the next that waits."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.bank import adapter, quoting, service
from exam_app.bank.models import ItemRow
from exam_app.bank.terms import ItemState, ReviewVerdict
from exam_app.core.db import session, transaction
from tests.bank.pages import fields_of, open_sheet, open_sheets
from tests.factories.bank import QUOTE, Office, make_item, review_rows
from tests.training.browser import Browser


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


@pytest.fixture
def waiting(office: Office) -> list[int]:
    """Return the ids of three submitted items, oldest first."""
    with transaction():
        actor = office.actor(office.writer)
        rows = [service.write_item(make_item(n), actor=actor) for n in (1, 2, 3)]
        service.submit_items(rows, actor=actor)
        return [row.id for row in rows]


def test_the_quoted_words_are_marked(browser: Browser, office: Office, waiting: list[int]) -> None:
    """Inside the article, with what others said before, and the keys in a legend."""
    browser.sign_in(office.reviewer)
    sheet = browser.post(f"/items/{waiting[1]}/review-sheet", "/items/review")
    assert f"<mark>{QUOTE}</mark>" in sheet.text
    assert f"/items/{waiting[0]}/review-sheet" in sheet.text
    assert f"/items/{waiting[2]}/review-sheet" in sheet.text
    assert "键盘操作" in sheet.text
    assert "待审 3 题" in sheet.text


def test_the_next_one_opens_by_itself(browser: Browser, office: Office, waiting: list[int]) -> None:
    """By a POST, as a view of content is written down; after the last comes the list."""
    browser.sign_in(office.reviewer)
    for place, following in ((1, 2), (2, 0)):
        hidden = open_sheet(browser, waiting[place])
        done = browser.bare(
            f"/items/{waiting[place]}/review", **hidden, verdict="approved", comment="与法条一致"
        )
        assert done.status_code == 307
        assert done.location == f"/items/{waiting[following]}/review-sheet"
    hidden = open_sheet(browser, waiting[0])
    answer = browser.bare(
        f"/items/{waiting[0]}/review", **hidden, verdict="returned", comment="错项不像"
    )
    assert (answer.status_code, answer.location) == (303, "/items/review")
    states = list(session().scalars(select(ItemRow.state).order_by(ItemRow.id)))
    assert states == [ItemState.DRAFT, ItemState.APPROVED, ItemState.APPROVED]


def test_a_verdict_without_words_stays(
    browser: Browser, office: Office, waiting: list[int]
) -> None:
    """Nothing is decided; the item stands beside the error."""
    browser.sign_in(office.reviewer)
    answer = browser.post(f"/items/{waiting[0]}/review", "/items/review", verdict="approved")
    assert answer.status_code == 422
    assert 'id="comment-error"' in answer.text
    assert f"<mark>{QUOTE}</mark>" in answer.text


def test_an_approval_needs_a_look(browser: Browser, office: Office, waiting: list[int]) -> None:
    """The right digest without the sheet approves nothing; the list says what was read."""
    browser.sign_in(office.reviewer)
    assert browser.get("/items/review").text.count("未看") == 3
    first = session().get_one(ItemRow, waiting[0])
    answer = browser.post(
        f"/items/{waiting[0]}/review", "/items/review",
        verdict="approved", comment="一致", content_digest=first.content_digest,
    )  # fmt: skip
    assert answer.status_code == 422
    assert "您还没有看过现在的内容" in answer.text
    assert session().get_one(ItemRow, waiting[0]).state is ItemState.IN_REVIEW
    listed = browser.get("/items/review").text
    assert (listed.count("已看"), listed.count("未看")) == (1, 2)


def revise(office: Office, item_id: int) -> None:
    """Return an item to its writer, who rewrites and submits it again."""
    writer = office.actor(office.writer)
    row = session().get_one(ItemRow, item_id)
    review_rows(office, [row], ReviewVerdict.RETURNED)
    with transaction():
        changed = replace(adapter.to_item(row), stem="改过的题干：安全生产的方针是什么。")
        service.submit_item(service.edit_item(row, changed, actor=writer), actor=writer)


def test_a_stale_sheet_decides_nothing(
    browser: Browser, office: Office, waiting: list[int]
) -> None:
    """The item comes again as it stands now, and from that page it can be approved."""
    browser.sign_in(office.reviewer)
    path, told = f"/items/{waiting[0]}/review", {"verdict": "approved", "comment": "一致"}
    hidden = open_sheet(browser, waiting[0])
    revise(office, waiting[0])
    again = browser.bare(path, **hidden | told)
    assert again.status_code == 422
    assert "在您打开后已被修改" in again.text
    assert "改过的题干" in again.text
    assert session().get_one(ItemRow, waiting[0]).state is ItemState.IN_REVIEW
    assert browser.bare(path, **fields_of(again) | told).status_code == 307
    assert session().get_one(ItemRow, waiting[0]).state is ItemState.APPROVED


def test_several_in_full_on_one_page(browser: Browser, office: Office, waiting: list[int]) -> None:
    """Each is written down as read by itself; a stale one holds the verdict on all back."""
    browser.sign_in(office.reviewer)
    page, shown = open_sheets(browser, waiting)
    assert [each.partition(":")[0] for each in shown] == [str(each) for each in waiting]
    assert page.text.count(f"<mark>{QUOTE}</mark>") == 3
    assert page.text.count(" checked") == 3
    viewed = select(AuditEntry.subject_id).where(AuditEntry.action == Action.ITEM_VIEWED)
    assert sorted(session().scalars(viewed)) == sorted(str(each) for each in waiting)
    revise(office, waiting[1])
    told = fields_of(page) | {"verdict": "approved", "comment": "一致"}
    two = {"items": waiting[:2], "shown": shown}
    again = browser.bare("/items/reviews", **told | two)
    assert again.status_code == 422
    assert "在您打开后已被修改" in again.text
    assert again.text.count('name="shown"') == 3
    two["shown"] = re.findall(r'name="shown" value="([^"]+)"', again.text)
    assert browser.bare("/items/reviews", **told | two).status_code == 303
    states = list(session().scalars(select(ItemRow.state).order_by(ItemRow.id)))
    assert states == [ItemState.APPROVED, ItemState.APPROVED, ItemState.IN_REVIEW]


def test_what_cannot_be_opened(browser: Browser, office: Office, waiting: list[int]) -> None:
    """Nothing ticked, an item that does not wait, and a verdict with odd fields."""
    browser.sign_in(office.reviewer)
    assert open_sheets(browser, [])[0].status_code == 422
    assert open_sheets(browser, [99])[0].status_code == 422
    odd = {"items": waiting, "shown": ["x:y", "", "9" * 40 + ":z", "²:q"]}
    answer = browser.post(
        "/items/reviews", "/items/review", verdict="approved", comment="一致", **odd
    )
    assert answer.status_code == 422
    assert "在您打开后已被修改" in answer.text


def test_a_page_of_the_list_is_what_is_opened_at_once(browser: Browser, office: Office) -> None:
    """Fifty in full, one more is refused; the rest is on the second page."""
    with transaction():
        actor = office.actor(office.writer)
        rows = [service.write_item(make_item(n), actor=actor) for n in range(51)]
        service.submit_items(rows, actor=actor)
        ids = [row.id for row in rows]
    browser.sign_in(office.reviewer)
    assert browser.get("/items/review").text.count('name="items"') == 50
    assert browser.get("/items/review?page=2").text.count('name="items"') == 1
    refused = open_sheets(browser, ids)[0]
    assert refused.status_code == 422
    assert "一次最多打开 50 题" in refused.text
    assert len(open_sheets(browser, ids[:50])[1]) == 50


@pytest.mark.parametrize(
    ("text", "quote", "pieces"),
    [
        ("甲乙丙丁", "乙丙", (("甲", False), ("乙丙", True), ("丁", False))),
        ("甲 乙\n丙丁", "乙丙", (("甲 ", False), ("乙\n丙", True), ("丁", False))),
        ("甲乙", "甲 乙", (("甲乙", True),)),
        ("甲乙", "丙", (("甲乙", False),)),
        ("甲乙", " ", (("甲乙", False),)),
        ("", "甲", ()),
    ],
)
def test_a_quote_is_found_whatever_the_blanks(
    text: str, quote: str, pieces: tuple[tuple[str, bool], ...]
) -> None:
    """The pieces together are the text."""
    assert quoting.split_by_quote(text, quote) == pieces
