"""An enterprise verifies a list in a real browser: hand in, wait, read, take away."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tabular import read_table, write_table
from tests.browser.conftest import DESKTOP, PHONE, Watched
from tests.city import City

Visit = Callable[..., Watched]
HEAD = ("证书编号", "姓名", "二维码内容")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_enterprise_verifies_a_list(
    visit: Visit, city: City, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Own people's page, a file with a good, a wrong and an unreadable row, results, XLSX."""
    window = visit(size)
    window.sign_in("qiye2")
    page = window.open("/staff/certificates")
    window.check()
    row = page.locator("tbody tr").first
    number = row.locator("td").nth(1).inner_text()
    name = row.locator("th").inner_text().split("\n")[0]
    file = tmp_path / "持证人员.xlsx"
    rows = [(number, name, ""), (number, "查无此人", ""), ("1234", name, "")]
    file.write_bytes(write_table(HEAD, rows, sheet="查验"))
    page = window.open("/verification")
    window.check()
    page.get_by_role("button", name="上传并查验").click()
    assert page.locator("#error-summary").count() == 1
    window.check()
    page.set_input_files("input[name=file]", file)
    page.fill("input[name=purpose]", "新进人员持证核验")
    page.get_by_role("button", name="上传并查验").click()
    page.wait_for_load_state()
    window.check()
    assert page.locator("#job-progress").count() == 1
    done = city.run("work", "--once")
    assert done.returncode == 0, done.stderr
    expect(page.locator(".verdict")).to_contain_text("共 3 份，有效 1 份", timeout=10_000)
    window.check()
    assert "没有编号与姓名都相符的证书" in page.locator("tbody tr").nth(1).inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="下载结果（XLSX）").click()
    taken = io.BytesIO(Path(download.value.path()).read_bytes())
    assert len(list(read_table(taken.getvalue(), "结果.xlsx"))) == 4
    page.get_by_role("link", name="只看有问题的").click()
    page.wait_for_load_state()
    assert page.locator("tbody tr").count() == 2
    window.check()


def test_pages_of_tokens_and_messages(visit: Visit) -> None:
    """A token is issued and shown once; messages are off; axe clean, as wide as the window."""
    for size in (DESKTOP, PHONE):
        window = visit(size)
        window.sign_in("qiye2")
        page = window.open("/api-access")
        window.check()
        page.fill("input[name=label]", "人事系统")
        page.fill("input[name=purpose]", "持证核验")
        page.get_by_role("button", name="签发令牌").click()
        page.wait_for_load_state()
        assert page.locator("code").inner_text().startswith("exam_")
        window.check()
        window.open("/api-access")
        window.check()
        window.open("/webhook")
        window.check()
