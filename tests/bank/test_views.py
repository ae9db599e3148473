"""Pages of the bank as people use them."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from exam_app.access.terms import OrganisationKind, Role
from exam_app.bank import adapter
from exam_app.bank.models import BlueprintRow, ItemRow
from exam_app.bank.terms import ItemState
from exam_app.core.db import session, transaction
from exam_app.people.models import Account
from question_bank import ItemType
from question_bank.exchange import xlsx
from tests.bank.pages import fields_of, import_file, open_sheets
from tests.factories.bank import Office, approve_items, make_bank, make_blueprint, make_item
from tests.factories.people import make_organisation, make_staff
from tests.training.browser import Browser


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """Return a browser nobody has signed in with."""
    return Browser(client)


def rows() -> list[ItemRow]:
    """Return the items by id."""
    return list(session().scalars(select(ItemRow).order_by(ItemRow.id)))


def fields(number: int = 1, kind: ItemType = ItemType.SINGLE, **over: object) -> dict[str, object]:
    """Return the fields of an item's form, its code left to the system."""
    return adapter.to_fields(make_item(number, kind)) | {"code": ""} | over


def as_writer(browser: Browser, office: Office) -> Browser:
    """Sign the writer in."""
    return browser.sign_in(office.writer)


def test_an_item_from_form_to_bank(browser: Browser, office: Office) -> None:
    """Written, submitted, reviewed beside its article by another, approved."""
    as_writer(browser, office)
    answer = browser.post("/items/new", "/items/new", **fields())
    assert answer.status_code == 303
    (row,) = rows()
    page = f"/items/{row.id}"
    assert browser.post(f"{page}/submission", page).status_code == 303
    browser.sign_in(office.reviewer)
    sheet = browser.post(f"{page}/review-sheet", "/items/review")
    assert "安全第一、预防为主、综合治理" in sheet.text
    assert "条文全文" in sheet.text
    hidden = fields_of(sheet)
    answer = browser.bare(f"{page}/review", **hidden, verdict="approved", comment="与法条一致")
    assert answer.status_code == 303
    assert rows()[0].state is ItemState.APPROVED


def test_every_fault_stands_on_the_form(browser: Browser, office: Office) -> None:
    """Nothing typed is lost, and nothing is saved."""
    as_writer(browser, office)
    wrong = fields(quote="这不是条文里的话", stem="题干还在")
    answer = browser.post("/items/new", "/items/new", **wrong)
    assert answer.status_code == 422
    assert "与《安全生产法》第三条 的条文不一致" in answer.text
    assert "题干还在" in answer.text
    answer = browser.post("/items/new", "/items/new", **fields(key="Z"))
    assert answer.status_code == 422
    assert 'id="key-error"' in answer.text
    assert rows() == []


def test_a_page_shows_no_key_by_itself(browser: Browser, office: Office) -> None:
    """List and page name the item; stem and key come by a recorded POST with a reason."""
    (row,) = approve_items(office, [make_item()])
    code, stem, page = row.code, row.content["stem"], f"/items/{row.id}"
    browser.sign_in(office.setter)
    for path in ("/items", page):
        text = browser.get(path).text
        assert code in text
        assert stem not in text
    assert browser.post(f"{page}/content", page, reason="").status_code == 422
    shown = browser.post(f"{page}/content", page, reason="核对细目表")
    assert stem in shown.text
    assert "（正确）" in re.sub(r"</?strong>", "", shown.text)
    assert browser.client.get(f"{page}/content").status_code == 405


def test_an_approved_item_is_edited_as_a_new_version(browser: Browser, office: Office) -> None:
    """The form comes filled by a recorded POST, and saving leaves the old version alone."""
    (row,) = approve_items(office, [make_item()])
    row_id, code = row.id, row.code
    as_writer(browser, office)
    page = f"/items/{row_id}"
    opened = browser.post(f"{page}/editing", page)
    assert "另存为新版本" in opened.text
    changed = fields(stem="新的题干：安全生产方针是什么。", code=code)
    assert browser.post(f"{page}/edition", page, **changed).status_code == 303
    assert [(each.version, each.state) for each in rows()] == [
        (1, ItemState.APPROVED),
        (2, ItemState.DRAFT),
    ]


def test_several_items_at_once(browser: Browser, office: Office) -> None:
    """The reviewer ticks what was checked; one's own items are not in the list."""
    with transaction():
        both = make_staff(Role.ITEM_WRITER, Role.ITEM_REVIEWER, organisation=office.authority)
    as_writer(browser, office)
    data = xlsx.write_items([make_item(number) for number in range(3)])
    import_file(browser, data)
    ids = [row.id for row in rows()]
    browser.sign_in(both)
    import_file(browser, xlsx.write_items([make_item(9)]))
    listed = browser.get("/items/review").text
    assert f'value="{ids[0]}"' in listed
    assert f'value="{rows()[-1].id}"' not in listed
    sheets, shown = open_sheets(browser, ids[:2])
    told = fields_of(sheets) | {"verdict": "approved", "comment": "一致"}
    answer = browser.bare("/items/reviews", **told | {"items": ids[:2], "shown": shown})
    assert answer.status_code == 303
    states = [row.state for row in rows()]
    assert states == [ItemState.APPROVED] * 2 + [ItemState.IN_REVIEW] * 2
    assert browser.bare("/items/reviews", **told | {"shown": []}).status_code == 422


def test_filters_and_pages(browser: Browser, office: Office) -> None:
    """Only what was asked for is listed."""
    approve_items(office, [make_item(1), make_item(2, ItemType.TRUE_FALSE)])
    browser.sign_in(office.setter)
    text = browser.get("/items?item_type=true_false&topic=A").text
    assert "A.1-true_false-002" in text
    assert "A.1-single-001" not in text
    assert "暂无" in browser.get("/items?state=retired").text
    assert browser.get("/items?page=99").status_code == 200


def test_a_blueprint_as_a_table(browser: Browser, office: Office) -> None:
    """Cells are rows of a table; the page says how many papers the bank gives."""
    make_bank(office, papers=3)
    browser.sign_in(office.setter)
    head = {
        "code": "XM-7", "title": "矿山班组长", "industry": "mining", "category": "team_leader",
        "overlap_max": "4",
    }  # fmt: skip
    cells = {
        "topic_0": "A", "type_0": "single", "count_0": "4", "marks_0": "15",
        "topic_1": "A", "type_1": "multiple", "count_1": "2", "marks_1": "20",
    }  # fmt: skip
    answer = browser.post("/blueprints/new", "/blueprints/new", **head, **cells)
    assert answer.status_code == 303
    row = session().scalars(select(BlueprintRow)).one()
    page = f"/blueprints/{row.id}"
    assert "题库可出 3 份" in browser.get(page).text
    assert 'value="15"' in browser.get(f"{page}/edit").text
    clash = cells | {"topic_1": "A.1", "type_1": "single"}
    answer = browser.post("/blueprints/new", "/blueprints/new", **head, **clash)
    assert answer.status_code == 422
    assert "互相包含" in answer.text
    browser.sign_in(office.approver)
    assert browser.post(f"{page}/approval", page).status_code == 303
    assert session().scalars(select(BlueprintRow)).one().approved_at is not None


HEAD = {
    "code": "XM-8", "title": "矿山班组长", "industry": "mining", "category": "team_leader",
    "overlap_max": "4",
}  # fmt: skip
CELLS = {
    "topic_0": "A", "type_0": "single", "count_0": "4", "marks_0": "15",
    "topic_1": "A", "type_1": "multiple", "count_1": "2", "marks_1": "20",
}  # fmt: skip
RULES = {
    "facility_low": "0.70", "facility_high": "0.8", "minutes_high": "30", "know_min": "3",
    "max_uses": "2", "exposure": "0.5", "topics": "A 2-6\nA.1 1-",
}  # fmt: skip


def test_the_rules_of_a_blueprint_are_kept_and_shown(browser: Browser, office: Office) -> None:
    """What is asked of the whole paper comes back in the form as it was typed."""
    make_bank(office, papers=3)
    browser.sign_in(office.setter)
    answer = browser.post("/blueprints/new", "/blueprints/new", **HEAD, **CELLS, **RULES)
    assert answer.status_code == 303
    row = session().scalars(select(BlueprintRow)).one()
    assert row.rules == {
        "topics": {"A": [2, 6], "A.1": [1, None]},
        "levels": {"know": [3, None]},
        "facility": ["0.7", "0.8"],
        "seconds": [0, 1800],
        "max_uses": 2,
        "exposure": "0.5",
    }
    shown = browser.get(f"/blueprints/{row.id}/edit").text
    assert "A 2-6\nA.1 1-" in shown
    assert 'value="0.5"' in shown
    page = browser.get(f"/blueprints/{row.id}").text
    assert "题库可供 2 个班次（含备用卷、补考卷），共 6 份试卷" in page
    assert "最紧的是：" in page
    assert "平均难度" in page
    refused = browser.get(f"/blueprints/{row.id}/capacity")
    assert (refused.status_code, "尚未批准" in refused.text) == (409, True)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"topics": "A 2 bis 6"}, "无法识别"),
        ({"topics": "A 6-2"}, "下限、上限有误"),
        ({"facility_low": "0.8", "facility_high": "0.7"}, "下限、上限有误"),
        ({"max_uses": "0"}, ""),
    ],
)
def test_rules_that_cannot_be_are_refused(
    browser: Browser, office: Office, rules: dict[str, str], words: str
) -> None:
    """On the form, with what is wrong."""
    browser.sign_in(office.setter)
    answer = browser.post("/blueprints/new", "/blueprints/new", **HEAD, **CELLS, **rules)
    assert answer.status_code == 422
    assert words in answer.text


def test_numbers_beyond_all_measure_are_refused(browser: Browser, office: Office) -> None:
    """When a blueprint is saved and when it is tried; with a sentence, not a failure."""
    browser.sign_in(office.setter)
    marks = ("1e999", "1e400000", "1e-400000", "9" * 5000, "sNaN", "NaN", "Infinity", "100.5")
    topics = ("A 1-" + "9" * 30, "A 1-" + "9" * 5000)
    wrong = [{"marks_0": each} for each in marks] + [{"topics": each} for each in topics]
    wrong += [{name: "9" * 30} for name in ("count_0", "know_min", "minutes_low", "overlap_max")]
    wrong += [{"facility_low": "sNaN"}, {"exposure": "1e999"}, {"type_0": "essay"}]
    for each in wrong:
        asked = HEAD | CELLS | each
        answer = browser.post("/blueprints/new", "/blueprints/new", **asked)
        assert answer.status_code == 422, each
        asked["csrf_token"] = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', answer.text)[-1]
        accept = {"Accept": "application/json"}
        tried = browser.client.post("/blueprints/trial", data=asked, headers=accept)
        assert tried.status_code == 200, each
        assert not any("题库可供" in line for line in tried.json["answer"]), each


def test_the_bank_answers_while_a_blueprint_is_typed(browser: Browser, office: Office) -> None:
    """To the script as JSON, to the button as a page; nothing is saved."""
    make_bank(office, papers=3)
    browser.sign_in(office.setter)
    shown = browser.post("/blueprints/trial", "/blueprints/new", **CELLS, industry="mining",
                         category="team_leader")  # fmt: skip
    assert shown.status_code == 200
    assert "题库可供 1 个班次（含备用卷、补考卷），共 3 份试卷" in shown.text
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', shown.text)[-1]
    asked = {"csrf_token": token, "industry": "mining", "category": "team_leader"}
    for more, words in (
        ({}, "题库可供 1 个班次"),
        ({"count_0": "13"}, "A 通识必修 单选题：需要 13，可用 12，缺 1"),
        ({"facility_low": "0.9"}, "平均难度"),
        ({"topic_1": "A.1", "type_1": "single"}, "互相包含"),
        ({"topic_0": "", "topic_1": ""}, "至少要有一行"),
    ):
        answer = browser.client.post(
            "/blueprints/trial",
            data=asked | CELLS | more,
            headers={"Accept": "application/json"},
        )
        assert words in "".join(answer.json["answer"])
    bare = browser.client.post("/blueprints/trial", data=CELLS)
    assert bare.status_code == 400
    assert session().scalars(select(BlueprintRow)).all() == []


def test_a_new_blueprint_starts_from_the_shipped_one(browser: Browser, office: Office) -> None:
    """Its cells stand in the form; the code is left to the setter."""
    browser.sign_in(office.setter)
    shown = browser.get("/blueprints/new?industry=mining&category=team_leader").text
    assert 'name="topic_5"' in shown
    assert 'value="F"' in shown
    assert "试算题库供卷量" in shown
    assert "从系统自带的细目表开始" in browser.get("/blueprints/new?industry=x&category=y").text


def test_a_short_bank_is_shown_at_design_time(browser: Browser, office: Office) -> None:
    """With each short cell, what is there and what is needed; approval is refused."""
    make_bank(office, papers=2)
    row = make_blueprint(office, approved=False)
    page = f"/blueprints/{row.id}"
    browser.sign_in(office.approver)
    assert "A 单选题 8/12" in browser.get(page).text
    answer = browser.post(f"{page}/approval", page)
    assert answer.status_code == 409
    assert "A 单选题 8/12" in answer.text


def test_retiring_asks_for_a_reason(browser: Browser, office: Office) -> None:
    """A reviewer who did not write the item takes it out."""
    (row,) = approve_items(office, [make_item()])
    page = f"/items/{row.id}"
    browser.sign_in(office.reviewer)
    assert 'id="retire-reason"' in browser.get(page).text
    assert browser.post(f"{page}/retirement", page, reason="").status_code == 422
    assert browser.post(f"{page}/retirement", page, reason="法规修订").status_code == 303
    assert rows()[0].state is ItemState.RETIRED


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/items", Role.CLERK), ("/items/new", Role.INSTRUCTOR), ("/items/review", Role.CLERK),
        ("/items/import", Role.TRAINING_MANAGER), ("/blueprints", Role.TRAINING_MANAGER),
        ("/blueprints/new", Role.CLERK), ("/items/export", Role.TRAINING_MANAGER),
        ("/laws", Role.CLERK), ("/items/imports/1", Role.INSTRUCTOR),
        ("/items/1/figures/" + "0" * 64, Role.INSTRUCTOR),
    ],
)  # fmt: skip
def test_the_teaching_side_sees_no_page(
    browser: Browser, office: Office, path: str, role: Role
) -> None:
    """403 for staff of a provider; signed out, the way to the sign-in page."""
    assert browser.get(path).status_code == 303
    assert signed(browser, make_provider_account(role)).get(path).status_code == 403


def make_provider_account(role: Role) -> Account:
    """Return an account of a training provider."""
    with transaction():
        return make_staff(role, organisation=make_organisation(OrganisationKind.PROVIDER))


def signed(browser: Browser, account: Account) -> Browser:
    """Sign an account in."""
    return browser.sign_in(account)
