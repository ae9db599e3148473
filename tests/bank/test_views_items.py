"""The list of items, what is done with several of them, and what stands around one item."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from exam_app.access.terms import Role
from exam_app.bank import service
from exam_app.bank.models import ItemEnemy, ItemRow
from exam_app.bank.terms import ItemState
from exam_app.core import clock, files
from exam_app.core.db import session, transaction
from question_bank import Item, ItemType
from question_bank.item import Figure, ItemSet
from tests.factories.bank import Office, approve_items, make_item
from tests.factories.people import make_staff
from tests.training.browser import Browser


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


def row_of(code: str) -> ItemRow:
    """Return the newest version of an item."""
    query = select(ItemRow).where(ItemRow.code == code).order_by(ItemRow.version.desc())
    found = session().scalars(query.limit(1)).first()
    assert found is not None
    return found


def listed(browser: Browser, query: str) -> list[str]:
    """Return the codes a list shows."""
    text = browser.get(f"/items?{query}").text
    return [code for code in ("A.1-single-001", "A.2-multiple-002", "B.1-true_false-003")
            if f">{code}</a>" in text]  # fmt: skip


def three(office: Office) -> None:
    """Put three items of different kinds into the pool; the second is used and of a case."""
    two = replace(
        make_item(2, ItemType.MULTIPLE, topic="A.2", stem="一百%的把握：带班下井的规定有哪些。"),
        item_set=ItemSet("K-1", "某矿发生透水。"),
    )
    items = [make_item(1), two, make_item(3, ItemType.TRUE_FALSE, topic="B.1")]
    approve_items(office, items)
    with transaction():
        used = row_of("A.2-multiple-002")
        used.uses, used.last_used_on = 3, clock.today()


ONE, TWO, THREE = "A.1-single-001", "A.2-multiple-002", "B.1-true_false-003"


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("text=带班下井", [TWO]), ("text=透水", [TWO]), ("text=第1题的说法甲", [ONE]),
        ("text=%25", [TWO]), ("text=_false-003", [THREE]), ("topic=A", [ONE, TWO]),
        ("topic=A.1", [ONE]), ("item_type=true_false", [THREE]), ("only_cases=y", [TWO]),
        ("most_uses=0", [ONE, THREE]), ("least_uses=1", [TWO]), ("used_before=2020-01-01", []),
        ("used_before=2099-01-01", [TWO]), ("law=安全生产法", [ONE, TWO, THREE]),
        ("article=第三", [ONE, TWO, THREE]), ("article=第九", []), ("state=withheld", []),
        ("state=approved", [ONE, TWO, THREE]), ("state=nonsense", [ONE, TWO, THREE]),
        ("least_uses=x&used_before=y&page=z", [ONE, TWO, THREE]),
        ("order=most-used", [ONE, TWO, THREE]), ("order=nonsense", [ONE, TWO, THREE]),
    ],
)  # fmt: skip
def test_a_list_is_narrowed(browser: Browser, office: Office, query: str, codes: list[str]) -> None:
    """Each condition alone; what makes no sense does not narrow."""
    three(office)
    browser.sign_in(office.setter)
    assert listed(browser, query) == codes


def test_the_list_is_ordered_and_counts_states(browser: Browser, office: Office) -> None:
    """The used item stands first when asked; the counts tell all states."""
    three(office)
    browser.sign_in(office.setter)
    text = browser.get("/items?order=most-used").text
    assert text.index(f">{TWO}<") < text.index(f">{ONE}<")
    assert "已入库 <strong>3</strong>" in text
    assert "待修订 <strong>0</strong>" in text
    assert 'name="items"' not in text  # a setter does nothing with several items


def test_drafts_are_sent_to_review_together(browser: Browser, office: Office) -> None:
    """Those of the writer; an approved one among them holds all back."""
    with transaction():
        actor = office.actor(office.writer)
        ids = [service.write_item(make_item(n), actor=actor).id for n in (1, 2)]
    browser.sign_in(office.writer)
    assert browser.post("/items/submissions", "/items").status_code == 422
    answer = browser.post("/items/submissions?state=draft", "/items", items=ids)
    assert answer.status_code == 303
    assert answer.location.endswith("/items?state=draft")
    assert row_of(ONE).state is ItemState.IN_REVIEW
    again = browser.post("/items/submissions", "/items", items=ids)
    assert again.status_code == 422
    assert "当前状态不允许" in again.text


def test_several_are_retired_with_one_reason(browser: Browser, office: Office) -> None:
    """All or none, and never without a reason."""
    three(office)
    ids = [row_of(ONE).id, row_of(TWO).id]
    browser.sign_in(office.reviewer)
    assert browser.post("/items/retirements", "/items", items=ids).status_code == 422
    assert row_of(ONE).state is ItemState.APPROVED
    answer = browser.post("/items/retirements", "/items", items=ids, reason="法规修订")
    assert answer.status_code == 303
    assert {row_of(ONE).state, row_of(TWO).state} == {ItemState.RETIRED}


def test_the_story_of_an_item(browser: Browser, office: Office) -> None:
    """Who wrote, sent, judged it and when; the case it belongs to."""
    three(office)
    browser.sign_in(office.setter)
    text = browser.get(f"/items/{row_of(TWO).id}").text
    for words in ("起草", "送审", "审题通过，入库", "与法条一致", "同一案例的试题"):
        assert words in text
    assert "某矿发生透水" not in text  # the case is content too


def test_enemies_are_noted_and_lifted_by_another(browser: Browser, office: Office) -> None:
    """The noting person finds no way to lift them."""
    three(office)
    page = f"/items/{row_of(ONE).id}"
    with transaction():
        both = make_staff(Role.ITEM_WRITER, Role.ITEM_REVIEWER, organisation=office.authority)
    browser.sign_in(both)
    wrong = browser.post(f"{page}/enemies", page, other="没有此题", reason="互相提示")
    assert wrong.status_code == 422
    assert 'id="other-error"' in wrong.text
    assert browser.post(f"{page}/enemies", page, other=TWO, reason="互相提示").status_code == 303
    shown = browser.get(page).text
    assert "互相提示" in shown
    assert "lift-reason" not in shown
    pair = session().scalars(select(ItemEnemy)).one().id
    browser.sign_in(office.reviewer)
    assert "lift-reason" in browser.get(page).text
    assert browser.post(f"{page}/enemies/lifting", page, pair=999, reason="x").status_code == 422
    assert browser.post(f"{page}/enemies/lifting", page, pair=pair).status_code == 422
    answer = browser.post(f"{page}/enemies/lifting", page, pair=pair, reason="已改题")
    assert answer.status_code == 303
    assert session().scalars(select(ItemEnemy)).one().lifted_at is not None


def pictured() -> tuple[Item, str]:
    """Return an item with a picture in the file store, and its digest."""
    data = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(data, "PNG")
    digest = files.hold("figures", data.getvalue())
    return replace(make_item(1), figures=(Figure(digest, "image/png", "红色标志"),)), digest


def test_a_picture_is_content(browser: Browser, office: Office) -> None:
    """Sent to who may see the item, kept by nobody; only the pictures of this item."""
    item, digest = pictured()
    approve_items(office, [item, make_item(2)])
    page, other = f"/items/{row_of(ONE).id}", f"/items/{row_of('A.1-single-002').id}"
    browser.sign_in(office.setter)
    shown = browser.post(f"{page}/content", page, reason="核对")
    assert f"{page}/figures/{digest}" in shown.text
    assert "红色标志" in shown.text
    sent = browser.get(f"{page}/figures/{digest}")
    assert (sent.status_code, sent.mimetype) == (200, "image/png")
    assert sent.headers["Cache-Control"] == "no-store"
    assert browser.get(f"{other}/figures/{digest}").status_code == 404
    assert browser.get(f"{page}/figures/{'0' * 64}").status_code == 404


def test_case_and_pictures_survive_an_edit(browser: Browser, office: Office) -> None:
    """The form does not carry them; the item keeps them."""
    item, digest = pictured()
    item = replace(item, item_set=ItemSet("K-1", "某矿发生透水。"))
    approve_items(office, [item])
    page = f"/items/{row_of(ONE).id}"
    browser.sign_in(office.writer)
    opened = browser.post(f"{page}/editing", page)
    assert "某矿发生透水" in opened.text
    fields = {
        "item_type": "single", "topic": "A.1", "stem": "改过的题干。", "option_a": "甲说",
        "option_b": "乙说", "key": "A", "industries": "all", "categories": "team_leader",
        "level": "know", "facility": "0.7", "law": item.law, "article": item.article,
        "quote": item.quote,
    }  # fmt: skip
    assert browser.post(f"{page}/edition", page, **fields).status_code == 303
    made = row_of(ONE)
    assert (made.version, made.set_code) == (2, "K-1")
    assert made.content["figures"][0][0] == digest


def test_a_topic_outside_the_syllabus_is_not_lost(browser: Browser, office: Office) -> None:
    """The select offers the one the item has."""
    approve_items(office, [make_item(1, topic="Z.9")])
    page = f"/items/{row_of('Z.9-single-001').id}"
    browser.sign_in(office.writer)
    opened = browser.post(f"{page}/editing", page)
    assert '<option selected value="Z.9">' in opened.text
