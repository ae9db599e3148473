"""Versions begun and not approved are given up by their writer or, unread, by a reviewer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from exam_app.access.terms import Role
from exam_app.bank import drafts, queries, service
from exam_app.bank.models import ItemRow
from exam_app.bank.terms import ItemState
from exam_app.core.db import session, transaction
from exam_app.core.errors import Missing, NotAllowed
from tests.factories.bank import Office, approve_items, make_item
from tests.factories.people import actor_of, make_staff
from tests.training.browser import Browser

STEM = "没有人看得到的题干：安全生产的方针是什么。"


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


@pytest.fixture
def begun(office: Office) -> ItemRow:
    """Return the second version of an item in the pool, begun and never submitted."""
    (row,) = approve_items(office, [make_item()])
    with transaction():
        item = replace(make_item(), stem=STEM)
        return service.edit_item(row, item, actor=office.actor(office.writer))


def states() -> list[ItemState]:
    """Return the states of the items by id."""
    return list(session().scalars(select(ItemRow.state).order_by(ItemRow.id)))


def test_a_reviewer_frees_an_item_held_by_a_draft(
    browser: Browser, office: Office, begun: ItemRow
) -> None:
    """Code, writer and date are shown, no word of the content; a reason is asked for."""
    item_id, page = begun.id, "/items/drafts"
    assert queries.approved(office.authority.id) == []
    browser.sign_in(office.reviewer)
    assert page in browser.get("/items").text
    shown = browser.get(page).text
    assert begun.code in shown
    assert office.writer.person.name in shown
    assert "没有人看得到" not in shown
    assert browser.post(page, page, items=[item_id]).status_code == 422
    assert browser.post(page, page, reason="搁置").status_code == 422
    assert browser.post(page, page, items=[item_id], reason="搁置一年").status_code == 303
    assert states() == [ItemState.APPROVED, ItemState.RETIRED]
    assert [item.version for item in queries.approved(office.authority.id)] == [1]
    assert "暂无" in browser.get(page).text


def test_the_writer_gives_up_on_the_items_page(
    browser: Browser, office: Office, begun: ItemRow
) -> None:
    """With a reason; what is approved has no such form."""
    page = f"/items/{begun.id}"
    browser.sign_in(office.writer)
    assert 'id="discard-reason"' in browser.get(page).text
    assert browser.post(f"{page}/discarding", page, reason="").status_code == 422
    assert browser.post(f"{page}/discarding", page, reason="重复命题").status_code == 303
    assert states() == [ItemState.APPROVED, ItemState.RETIRED]
    assert 'id="discard-reason"' not in browser.get(page).text
    assert browser.post(f"{page}/discarding", page, reason="再来").status_code == 422


def test_only_drafts_of_others_are_there(office: Office, begun: ItemRow) -> None:
    """Neither one's own nor what was approved, nor what is gone; a writer has no such list."""
    reviewer = office.actor(office.reviewer)
    (listed,) = drafts.drafts_of_others(reviewer)
    assert (listed.item_id, listed.version) == (begun.id, 2)
    assert [row.id for row in drafts.get_drafts([begun.id], reviewer)] == [begun.id]
    for ids in ([begun.id - 1], [begun.id, 99]):
        with pytest.raises(Missing):
            drafts.get_drafts(ids, reviewer)
    with pytest.raises(NotAllowed):
        drafts.drafts_of_others(office.actor(office.writer))
    twin = replace(reviewer, person_id=office.writer.person_id)
    assert drafts.drafts_of_others(twin) == []
    with transaction():
        stranger = make_staff(Role.ITEM_REVIEWER)
    assert drafts.drafts_of_others(actor_of(stranger)) == []
