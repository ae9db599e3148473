"""Verification on a phone: the public page with and without scripts, the page that was saved."""

from __future__ import annotations

import datetime as dt
import io
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Page, expect

from exam_app.certificates.reading import texts_of
from tests.browser.conftest import ARGUMENTS, PHONE, Watched, find_chromium
from tests.city import City

Visit = Callable[..., Watched]
WITHOUT_WEBCRYPTO = "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });"
FIELDS = (
    "证书编号", "持证人", "证件号末四位", "发证机关", "培训类别", "人员类别", "行业", "培训学时",
    "考试结果", "计入或减免再培训学时", "发证日期", "有效期至", "试卷编号", "状态名单", "名单日期",
    "签名密钥", "登记状态已联网核对",
)  # fmt: skip
VALID, UNKNOWN = "查验结论：有效", "查验结论：签名有效，吊销状态未知"


def printed(city: City) -> Path:
    """Return the printed certificate of somebody whose certificate is valid."""
    revoked = city.summary["revoked_number"]
    files = sorted((city.out / "certificates").glob("*.pdf"))
    return next(file for file in files if file.stem != revoked)


@pytest.fixture(scope="module")
def text(city: City) -> str:
    """Return the address in the code of a valid certificate."""
    return texts_of(printed(city))[0]


def rendered(city: City, dpi: int) -> Image.Image:
    """Return the printed certificate as a picture."""
    with pypdfium2.PdfDocument(printed(city)) as document:
        return document[0].render(scale=dpi / 72).to_pil().convert("RGB")


@pytest.fixture(scope="module")
def picture(city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate as a picture of 96 dots an inch, as a screen shows it."""
    path = tmp_path_factory.mktemp("pictures") / "certificate.png"
    rendered(city, 96).save(path)
    return path


def photograph(flat: Image.Image) -> Image.Image:
    """Return a picture as a phone takes it: held aslant, turned, out of focus."""
    wide, high = flat.size
    aslant = (1.06, 0.05, -0.03 * wide, 0.02, 1.08, -0.03 * high, 0.04 / wide, 0.05 / high)
    tilted = flat.transform(flat.size, Image.Transform.PERSPECTIVE, aslant, fillcolor="#5a5046")
    turned = tilted.rotate(4, Image.Resampling.BICUBIC, fillcolor="#5a5046")
    return turned.filter(ImageFilter.GaussianBlur(0.8))


@pytest.fixture(scope="module")
def saved(served: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page as somebody saved it."""
    path = tmp_path_factory.mktemp("saved") / "verify.html"
    with urllib.request.urlopen(f"{served}/offline/verify.html") as answer:
        path.write_bytes(answer.read())
    return path


def digits_of(text: str) -> str:
    return text.partition("#")[2]


def paste(page: Page, text: str) -> None:
    """Put a text into the form and ask."""
    page.fill("#scan-paste textarea", text)
    page.click("#scan-paste button")


def verdict(page: Page, state: str) -> str:
    """Wait for a verdict and return what it says."""
    found = page.locator(".verdict")
    expect(found.locator("h2")).to_contain_text(state)
    return found.inner_text()


def test_a_scanned_address_is_verified_in_the_browser(visit: Visit, text: str) -> None:
    """Every signed field, the state on file; the record never stands in a request's address."""
    window, asked = visit(PHONE), []
    window.page.on("request", lambda request: asked.append((request.method, request.url)))
    window.open(f"/v#{digits_of(text)}")
    told = verdict(window.page, VALID)
    for label in FIELDS:
        assert label in told
    assert window.page.url == f"{window.base}/v"
    assert ("POST", f"{window.base}/v") in asked
    assert any("/keys/registry" in url for _method, url in asked)
    assert not any(re.search(r"[0-9]{50}", url.partition("#")[0]) for _method, url in asked)
    window.check()


def test_path_and_picture_lead_to_the_same_verdict(visit: Visit, text: str, picture: Path) -> None:
    """Digits in the path are wiped from the address; a picture is read; both without WebCrypto."""
    window = visit(PHONE)
    window.page.add_init_script(WITHOUT_WEBCRYPTO)
    window.open(f"/v/{digits_of(text)}")
    expect(window.page.locator("#found")).to_contain_text("登记状态已联网核对")
    first = verdict(window.page, VALID)
    assert window.page.url == f"{window.base}/v"
    window.open("/v")
    window.page.set_input_files("#scan-picture", picture)
    assert verdict(window.page, VALID) == first
    window.check()


def test_forged_and_foreign_are_told_apart(visit: Visit, text: str) -> None:
    """A changed record is refused under the right address; a good one doubted under a wrong one."""
    window, digits = visit(PHONE), digits_of(text)
    window.open("/v")
    paste(window.page, f"{text[:-1]}{(int(text[-1]) + 1) % 10}")
    assert "签名不符" in verdict(window.page, "查验结论：不予认可")
    paste(window.page, f"https://exam-yichun.example.com/v#{digits}")
    expect(window.page.locator(".verdict")).to_contain_text("exam-yichun.example.com")
    assert "谨防假冒查验网站" in window.page.locator(".verdict.is-unknown").inner_text()
    window.check()


def test_without_lists_and_answer_nothing_is_called_valid(visit: Visit, text: str) -> None:
    """The signature holds, the state is unknown, and the page says so."""
    window = visit(PHONE)
    window.open("/v")
    window.page.route("**/status/**", lambda route: route.fulfill(status=503))
    window.page.route(
        "**/v", lambda route: route.fulfill(status=404) if route.request.method == "POST" else None
    )
    paste(window.page, text)
    told = verdict(window.page, UNKNOWN)
    assert "未能联网核对登记状态" in told
    assert VALID not in told


def test_a_revoked_certificate_is_told_in_the_browser(visit: Visit, city: City) -> None:
    """By the list and by the file."""
    window = visit(PHONE)
    number = city.summary["revoked_number"]
    window.open(f"/v#{digits_of(texts_of(city.out / 'certificates' / f'{number}.pdf')[0])}")
    assert number in verdict(window.page, "已吊销")


def test_without_scripts_text_and_path_still_work(visit: Visit, text: str) -> None:
    """The forms go to the server; nothing that needs a script is shown."""
    window = visit(PHONE, scripts=False)
    window.open("/v")
    assert not window.page.locator("#scan").is_visible()
    paste(window.page, text)
    assert "证件号末四位" in verdict(window.page, VALID)
    window.open(f"/v/{digits_of(text)}")
    assert "证件号末四位" in verdict(window.page, VALID)
    assert not window.troubles


def test_the_page_as_it_stands_without_its_script(visit: Visit, text: str) -> None:
    """Form, answer and path are accessible and fit a phone before any script has run."""
    window = visit(PHONE)
    window.page.route(
        "**/static/built/**", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    window.open("/v")
    window.check()
    paste(window.page, text)
    verdict(window.page, VALID)
    window.check()
    window.open(f"/v/{digits_of(text)}")
    verdict(window.page, VALID)
    window.check()


@pytest.mark.parametrize("crypto", ["webcrypto", "package"])
def test_the_saved_page_verifies_without_a_network(
    visit: Visit, saved: Path, text: str, picture: Path, crypto: str
) -> None:
    """From the disk: pasted text and picture, forged and foreign; with WebCrypto and without."""
    window = visit(PHONE, base="file://")
    if crypto == "package":
        window.page.add_init_script(WITHOUT_WEBCRYPTO)
    window.page.context.set_offline(True)
    window.open(str(saved))
    page = window.page
    expect(page.locator("#state")).to_contain_text("密钥登记册第")
    expect(page.locator("#state")).to_contain_text("吊销和暂停名单日期")
    page.set_input_files("#scan-picture", picture)
    assert "证件号末四位" in verdict(page, VALID)
    window.check()
    paste(page, f"{text[:-1]}{(int(text[-1]) + 1) % 10}")
    assert "签名不符" in verdict(page, "不予认可")
    paste(page, f"https://exam-yichun.example.com/v#{digits_of(text)}")
    expect(page.locator(".verdict")).to_contain_text("官方网址是 exam.yichun.example")
    page.click("#language")
    expect(page.locator("h1")).to_have_text("Verify a certificate offline")
    assert "exam-yichun.example.com" in verdict(page, "address in the code doubtful")
    window.check()


def test_a_saved_page_of_long_ago_says_so(visit: Visit, saved: Path, text: str) -> None:
    """Past its date the lists prove nothing; a good signature is not called valid."""
    window = visit(PHONE, base="file://")
    window.page.clock.set_fixed_time(dt.datetime.now(dt.UTC) + dt.timedelta(days=10))
    window.open(str(saved))
    expect(window.page.locator("#state")).to_contain_text("名单已过期")
    paste(window.page, text)
    assert "名单日期" in verdict(window.page, UNKNOWN)


def test_the_holders_page_on_the_screen_is_read_too(
    visit: Visit, city: City, saved: Path, tmp_path: Path
) -> None:
    """A screenshot of one's own certificate, as holders show it, decodes in the saved page."""
    holder = visit(PHONE)
    holder.open("/sign-in")
    row = holder.page.locator("tr", has_text="xueyuan").first
    holder.sign_in(row.locator("code").first.inner_text())
    holder.open("/my/certificate")
    shot = Image.open(io.BytesIO(holder.page.locator("main").screenshot()))
    shot.convert("RGB").save(tmp_path / "screen.jpg", quality=60)
    window = visit(PHONE, base="file://")
    window.open(str(saved))
    window.page.set_input_files("#scan-picture", tmp_path / "screen.jpg")
    assert "证件号末四位" in verdict(window.page, VALID)


def test_a_phones_photo_is_read(visit: Visit, city: City, saved: Path, tmp_path: Path) -> None:
    """Tilted, turned, blurred, and pressed as JPEG."""
    photograph(rendered(city, 150)).save(tmp_path / "photo.jpg", quality=60)
    window = visit(PHONE, base="file://")
    window.open(str(saved))
    window.page.set_input_files("#scan-picture", tmp_path / "photo.jpg")
    assert "证件号末四位" in verdict(window.page, VALID)


def test_the_camera_reads_what_is_held_before_it(
    browser: Browser, city: City, saved: Path, tmp_path: Path
) -> None:
    """The picture is read frame by frame; the camera is switched off once a code was found."""
    flat = rendered(city, 150)
    middle, level = int(0.84 * flat.width), int(0.5 * flat.height)
    frame = io.BytesIO()
    flat.crop((middle - 480, level - 270, middle + 480, level + 270)).save(frame, "JPEG")
    film = tmp_path / "film.mjpeg"
    film.write_bytes(frame.getvalue() * 10)
    arguments = [
        *ARGUMENTS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    filming = browser.browser_type.launch(executable_path=find_chromium(), args=arguments)
    try:
        page = filming.new_page()
        page.goto(f"file://{saved}")
        page.click("#scan-camera")
        assert "证件号末四位" in verdict(page, VALID)
        assert not page.locator("#scan-video").is_visible()
    finally:
        filming.close()


def test_without_a_camera_the_page_says_so(visit: Visit, saved: Path) -> None:
    """Where there is none, or it is not allowed, the other ways are named."""
    window = visit(PHONE, base="file://")
    window.open(str(saved))
    window.page.click("#scan-camera")
    expect(window.page.locator("#scan-told")).to_contain_text("无法使用摄像头")
    assert not window.page.locator("#scan-video").is_visible()
