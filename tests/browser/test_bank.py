"""A bank of items in a real browser: from an Excel file to the pool, by two persons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tabular import write_table
from tests.browser.conftest import DESKTOP, PHONE, Watched
from tests.city import City

Visit = Callable[..., Watched]
HEAD = ("序号", "题目内容", "题目类型", "选项", "标答案", "出处", "条款", "摘录", "知识点")
SOUND = (
    "安全生产法", "第三条", "安全第一、预防为主、综合治理", "A.4.1",
)  # fmt: skip
STEMS = ("外来题一：安全生产工作的方针是哪一项？", "外来题二：安全生产工作的方针首先是什么？")


def old_bank(folder: Path, mark: str) -> Path:
    """Return a table as another system left it: two sound rows, one without a key."""
    rows = [
        ["1", f"{mark}{STEMS[0]}", "单选题", "安全第一##效益第一##产量第一", "A", *SOUND],
        ["2", f"{mark}{STEMS[1]}", "单选题", "进度##安全##产值", "B", *SOUND],
        ["3", f"{mark}没有答案的题？", "单选题", "甲##乙", "", *SOUND],
    ]
    place = folder / "旧题库.xlsx"
    place.write_bytes(write_table(list(HEAD), rows, sheet="题库"))
    return place


def go(page: Page, button: str) -> None:
    """Press a button and wait for the page that follows."""
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_from_a_file_to_the_pool(
    visit: Visit, city: City, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Upload, columns, preview, import in the background, review by another, in the pool."""
    mark = "宽" if size == DESKTOP else "窄"
    writer = visit(size)
    writer.sign_in("mingti")
    codes = _import(writer, city, old_bank(tmp_path, mark), looked_at=True)
    reviewer = visit(size)
    reviewer.sign_in("shenti")
    _review(reviewer, mark)
    page = writer.open(f"/items?state=approved&text={mark}外来题")
    for code in codes:
        assert page.get_by_role("link", name=code).count() == 1
    page.get_by_role("link", name=codes[0]).click()
    page.wait_for_load_state()
    writer.check()
    assert "审题通过，入库" in page.locator("main").inner_text()


def _import(window: Watched, city: City, file: Path, *, looked_at: bool = False) -> list[str]:
    look = window.check if looked_at else window.page.wait_for_load_state
    page = window.open("/items/import")
    look()
    page.set_input_files("input[name=file]", file)
    go(page, "上传")
    assert page.locator("h1").inner_text() == "核对导入文件"
    page.select_option("select[name=column_8]", "quote")
    look()
    go(page, "预览")
    assert page.locator("h1").inner_text() == "导入预览"
    look()
    page.fill("input[name=reason]", "旧题库并入")
    go(page, "导入 2 题")
    assert page.locator("#only_valid-error").count() == 1
    page.check("input[name=only_valid]")
    page.fill("input[name=reason]", "旧题库并入")
    go(page, "导入 2 题")
    look()
    assert page.locator("#job-progress").count() == 1
    done = city.run("work", "--once")
    assert done.returncode == 0, done.stderr
    expect(page.locator(".verdict")).to_contain_text("已导入 2 题", timeout=10_000)
    look()
    page = window.open("/items?state=in_review")
    look()
    return page.locator("tbody th a").all_inner_texts()[:2]


def _review(window: Watched, mark: str) -> None:
    page = window.open("/items/review")
    window.check()
    go_first = page.locator("tbody tr").first.get_by_role("button")
    go_first.click()
    page.wait_for_load_state()
    for _place in STEMS:
        assert page.locator("mark").inner_text() == SOUND[2]
        assert f"{mark}外来题" in page.locator("main").inner_text()
        window.check()
        page.keyboard.press("a")
        assert page.locator("input[value=approved]").is_checked()
        page.keyboard.type("依据与答案一致")  # letters typed here are no keys
        _submit(page)
    assert "没有待审试题" in page.locator("main").inner_text()
    window.check()


def _submit(page: Page) -> None:
    """Send the verdict from the keyboard and wait for what follows."""
    before = page.locator("h1").inner_text()
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).not_to_have_text(before)
    page.wait_for_load_state()


def test_single_keys_can_be_switched_off(visit: Visit, city: City, tmp_path: Path) -> None:
    """The choice is remembered; j and k move, ? leads to the legend (WCAG 2.1.4)."""
    writer = visit(DESKTOP)
    writer.sign_in("mingti")
    _import(writer, city, old_bank(tmp_path, "键"))
    window = visit(DESKTOP)
    window.sign_in("shenti")
    page = window.open("/items/review")
    page.locator("tbody tr").first.get_by_role("button").click()
    page.wait_for_load_state()
    first = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != first)
    page.keyboard.press("k")
    page.wait_for_url(first)
    page.keyboard.press("?")
    assert page.evaluate("document.activeElement.id") == "keys-on"
    page.keyboard.press("Space")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("r")
    assert not page.locator("input[value=returned]").is_checked()
    page.reload()
    assert not page.locator("#keys-on").is_checked()
    page.check("#keys-on")
    page.evaluate("document.activeElement.blur()")
    for _place in STEMS:
        page.keyboard.press("r")
        page.keyboard.type("题干重复，退回")
        _submit(page)
    window.check()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_several_are_read_in_full(
    visit: Visit, city: City, tmp_path: Path, size: tuple[int, int]
) -> None:
    """All of a page ticked, opened in full, one verdict; one is left out of it and stays."""
    writer = visit(size)
    writer.sign_in("mingti")
    _import(writer, city, old_bank(tmp_path, "批" if size == DESKTOP else "并"))
    window = visit(size)
    window.sign_in("shenti")
    page = window.open("/items/review")
    page.check("#select-all input")
    go(page, "打开审阅")
    window.check()
    assert page.locator("mark").all_inner_texts() == [SOUND[2]] * 2
    page.locator("input[name=items]").last.uncheck()
    page.check("input[value=approved]")
    go(page, "提交结论")
    window.check()
    assert page.locator("input[name=shown]").count() == 2
    page.fill("textarea[name=comment]", "依据与答案一致")
    go(page, "提交结论")
    window.check()
    assert page.locator("tbody tr").count() == 1
    assert "已看" in page.locator("tbody").inner_text()
    page.locator("tbody tr").first.get_by_role("button").click()
    page.wait_for_load_state()
    page.check("input[value=returned]")
    page.fill("textarea[name=comment]", "题干重复，退回")
    go(page, "提交，审下一题")
    assert "没有待审试题" in page.locator("main").inner_text()
    page = window.open("/items/drafts")
    window.check()
    assert page.locator("tbody input[type=checkbox]").count() >= 1


def test_pages_of_the_bank(visit: Visit) -> None:
    """List, laws, export, a new item: axe clean, as wide as the window."""
    for size in (DESKTOP, PHONE):
        window = visit(size)
        window.sign_in("shenti")
        for path in (
            "/items", "/items?only_cases=y&state=approved", "/items/1", "/laws?text=劳动防护",
            "/items/export", "/items/review", "/items/drafts",
        ):  # fmt: skip
            window.open(path)
            window.check()
        writer = visit(size)
        writer.sign_in("mingti")
        for path in ("/items/new", "/items/import", "/items"):
            writer.open(path)
            writer.check()


def test_all_of_a_page_is_ticked_at_once(visit: Visit) -> None:
    """One box, and how many are ticked is said."""
    window = visit()
    window.sign_in("shenti")
    page = window.open("/items?state=approved")
    page.check("#select-all input")
    boxes = page.locator("tbody input[type=checkbox]")
    assert all(box.is_checked() for box in boxes.all())
    assert page.locator("#select-all [role=status]").inner_text() == f"已选 {boxes.count()}"
    boxes.first.uncheck()
    assert not page.locator("#select-all input").is_checked()
    window.check()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_bank_answers_while_a_blueprint_is_typed(
    visit: Visit, city: City, size: tuple[int, int]
) -> None:
    """From the shipped blueprint; a cell too large is named while it is typed, nothing is saved."""
    setter = visit(size)
    setter.sign_in("zujuan")
    page = setter.open("/blueprints/new")
    page.get_by_text("从系统自带的细目表开始").click()
    page.select_option("#start-industry", "mining")
    page.select_option("#start-category", "team_leader")
    go(page, "填入")
    answer = page.locator("#blueprint-answer")
    assert answer.inner_text() == ""
    count = page.locator("#count_0")
    whole = count.input_value()
    count.fill("190")
    expect(answer).to_contain_text("缺")
    count.fill(whole)
    expect(answer).to_contain_text("最紧的是")
    page.get_by_text("对整卷的要求（不填则不限）").click()
    setter.check()
    page.locator("#facility_low").fill("0.99")
    expect(answer).to_contain_text("平均难度")
    page.locator("#facility_low").fill("")
    go(page, "试算题库供卷量")
    expect(page.locator("#blueprint-answer")).to_contain_text("题库可供")
    setter.check()
