"""Files of items on their way in: looked at, columns confirmed, previewed, taken over."""

from __future__ import annotations

import csv
import io

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exam_app.access.terms import Role
from exam_app.bank.models import ItemRow
from exam_app.bank.terms import ItemState
from exam_app.core.db import session, transaction
from exam_app.core.jobs import Job
from question_bank.exchange import xlsx
from tabular import write_table
from tests.bank.pages import fields_of, import_file, preview_file, take_over, work
from tests.factories.bank import Office, make_item
from tests.factories.people import make_staff
from tests.training.browser import Browser

HEAD = ("序号", "题目内容", "题目类型", "A", "B", "C", "标答案", "出处")
FREE = (
    ("1", "安全生产工作的方针是什么？", "单选题", "安全第一", "效益第一", "产量第一", "A", ""),
    ("2", "哪些是从业人员的权利？", "多选题", "批评", "检举", "旷工", "AB", ""),
    ("3", "这一题没有答案。", "单选题", "甲", "乙", "丙", "", ""),
)
DEFAULTS = {
    "industries": ["all"], "categories": ["team_leader"], "level": "know", "facility": "0.7",
}  # fmt: skip


@pytest.fixture
def browser(client: FlaskClient, office: Office) -> Browser:
    """Return the writer's browser."""
    return Browser(client).sign_in(office.writer)


def rows() -> list[ItemRow]:
    """Return the items by id."""
    return list(session().scalars(select(ItemRow).order_by(ItemRow.id)))


def free_table() -> bytes:
    """Return a table as other people keep them, its third item without a key."""
    return write_table(list(HEAD), [list(row) for row in FREE], sheet="题库")


def confirmed(browser: Browser, **over: object) -> TestResponse:
    """Upload the free table and confirm its columns."""
    page = preview_file(browser, free_table(), "旧题库.xlsx")
    assert "核对导入文件" in page.text
    hidden = fields_of(page)
    columns = {
        "column_2": "stem", "column_3": "type", "column_4": "option_a", "column_5": "option_b",
        "column_6": "option_c", "column_7": "key", "column_8": "law", "column_1": "ignored",
    }  # fmt: skip
    known = {name: hidden[name] for name in ("csrf_token", "token", "format", "sheet")}
    sent = known | {"header_row": "1"} | DEFAULTS | columns | over
    return browser.bare("/items/import/columns", **sent)


def test_an_import_is_looked_at_first(browser: Browser) -> None:
    """Nothing comes in before the word is given; the same file again changes nothing."""
    assert browser.get("/items/import/template").data[:2] == b"PK"
    data = xlsx.write_items([make_item(1), make_item(2)])
    preview = preview_file(browser, data)
    assert "导入 2 题" in preview.text
    assert make_item(1).stem in preview.text
    assert rows() == []
    done = import_file(browser, data)
    assert "已导入 2 题" in done.text
    assert [row.state for row in rows()] == [ItemState.IN_REVIEW] * 2
    assert "题库中都已有" in preview_file(browser, data).text


def test_what_is_no_file_of_items_is_refused_in_words(browser: Browser) -> None:
    """The sentence stands at the field; no file, no reason, no format: each by itself."""
    for data, words in (
        (b"no table", "格式无法识别"),
        (b"PK\x03\x04 broken", "ZIP 包"),
        (b"", "是空的"),
        (b"<!DOCTYPE quiz [<!ENTITY a 'b'>]><quiz>&a;</quiz>", "实体"),
    ):
        answer = preview_file(browser, data, "题")
        assert answer.status_code == 422, words
        assert words in answer.text
        assert 'id="file-error"' in answer.text


def test_columns_of_a_free_table_are_confirmed(browser: Browser) -> None:
    """The page shows samples and what is guessed; the choice of a person counts."""
    page = preview_file(browser, free_table(), "旧题库.xlsx")
    assert "安全生产工作的方针是什么？" in page.text
    assert "推测" in page.text
    assert '<option selected value="stem">' in page.text
    preview = confirmed(browser, topic="A.4.1")
    assert "A.4.1 安全生产法" in preview.text
    assert "<td>4</td>" in preview.text  # the row of the file, counted as its owner does
    assert "没有答案" in preview.text


def test_one_field_has_one_column_and_the_stem_must_be_named(browser: Browser) -> None:
    """What contradicts itself is said at the column."""
    twice = confirmed(browser, column_8="key")
    assert twice.status_code == 422
    assert 'id="column_8-error"' in twice.text
    none = confirmed(browser, column_2="ignored")
    assert none.status_code == 422
    assert "请指出哪一列是题干" in none.text


def test_good_rows_alone_by_explicit_choice(browser: Browser) -> None:
    """Bad rows hold all back until the box is ticked; gaps come in as drafts."""
    preview = confirmed(browser)
    refused = take_over(browser, preview)
    assert refused.status_code == 422
    assert 'id="only_valid-error"' in refused.text
    answer = take_over(browser, preview, only_valid="y")
    assert answer.status_code == 303
    waiting = browser.get(answer.location)
    assert "等待处理" in waiting.text
    assert "progress.js" in waiting.text
    told = browser.client.get(answer.location, headers={"Accept": "application/json"})
    assert told.json == {"done": 0, "total": 0, "over": False, "state": "等待处理"}
    work(browser)
    done = browser.get(answer.location)
    assert "已导入 2 题，其中 2 题缺依据" in done.text
    assert "progress.js" not in done.text
    assert {row.state for row in rows()} == {ItemState.DRAFT}
    draft = f"/items/{rows()[0].id}"
    assert "送审前还须补齐" in browser.get(draft).text
    opened = browser.post(f"{draft}/editing", draft)
    assert "没有写依据的法规" in opened.text


def test_all_problems_as_a_file(browser: Browser) -> None:
    """Every problem with its own row, for a spreadsheet; no cell is a formula."""
    data = write_table(list(HEAD), [["1", "题干", "=1+1题", "甲", "乙", "", "A", ""]], sheet="题库")
    preview_file(browser, data, "题.xlsx")
    preview = confirmed(browser)
    hidden = fields_of(preview)
    known = {name: hidden[name] for name in ("csrf_token", "token", "reading")}
    answer = browser.bare("/items/import/problems", **known)
    assert answer.mimetype == "text/csv"
    table = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert table[0][0] == "类别"
    assert ["有误", "4", "", "标答案", "没有答案"] in table
    broken = browser.bare("/items/import/problems", **known | {"reading": "{}"})
    assert broken.status_code == 422


def test_a_text_of_items_asks_for_defaults_alone(browser: Browser) -> None:
    """GIFT has no columns; topic and audience are asked; what is not held is named."""
    first = "::q1::安全生产的方针是？{=安全第一 ~效益第一}"
    text = f"{first}\n\n::q2::连线 {{=甲 -> 乙 =丙 -> 丁 =戊 -> 己}}\n"
    page = preview_file(browser, text.encode(), "题.gift")
    assert "GIFT 文本" in page.text
    assert "各列的内容" not in page.text
    hidden = fields_of(page)
    known = {name: hidden[name] for name in ("csrf_token", "token", "format")}
    preview = browser.bare("/items/import/columns", **known, **DEFAULTS, topic="A.4.1")
    assert "匹配" in preview.text
    assert "q2" in preview.text
    assert "导入 1 题" in preview.text


def test_an_upload_can_be_thrown_away(browser: Browser) -> None:
    """It is gone for its owner too."""
    preview = preview_file(browser, xlsx.write_items([make_item(1)]))
    hidden = fields_of(preview)
    known = {name: hidden[name] for name in ("csrf_token", "token")}
    assert browser.bare("/items/import/drop", **known).status_code == 303
    assert take_over(browser, preview).status_code == 404


def test_an_import_is_its_owners(browser: Browser, office: Office) -> None:
    """Another writer finds neither the upload nor the job."""
    preview = preview_file(browser, xlsx.write_items([make_item(1)]))
    answer = take_over(browser, preview)
    with transaction():
        other = make_staff(Role.ITEM_WRITER, organisation=office.authority)
    browser.sign_in(other)
    assert browser.get(answer.location).status_code == 404
    assert browser.get("/items/imports/999").status_code == 404


def test_a_failed_job_says_why(browser: Browser) -> None:
    """The sentence of the error stands on the page."""
    preview = preview_file(browser, xlsx.write_items([make_item(1)]))
    answer = take_over(browser, preview)
    with transaction():
        job = session().scalars(select(Job)).one()
        job.arguments = {**job.arguments, "token": "0" * 64}
    work(browser)
    assert "上传的文件已过期" in browser.get(answer.location).text
