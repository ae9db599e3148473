"""A screenshot of the holder's page is read and verified like the paper."""

from __future__ import annotations

import pytest

from exam_app.certificates.keys import KeySet
from exam_app.certificates.reading import texts_of_picture
from exam_app.certificates.record import Listed, verify
from exam_app.certificates.terms import Standing, VerdictState
from exam_app.core import clock
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_pages import Visit, _trainee
from tests.city import City


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_screenshot_of_the_certificate_page_is_read(
    visit: Visit, city: City, size: tuple[int, int]
) -> None:
    """The window as it is shot, the code scrolled to: read, and signed by the city's key."""
    window = visit(size)
    _trainee(window)
    window.open("/my/certificate")
    window.page.locator("svg.qr").first.scroll_into_view_if_needed()
    (text,) = texts_of_picture(window.page.screenshot())
    keys = KeySet.from_jwks((city.out / "jwks.json").read_text(encoding="utf-8"))
    verdict = verify(
        text, keys, at=clock.today(), status=lambda *_: Listed(Standing.GOOD, clock.now())
    )
    assert verdict.state in {VerdictState.VALID, VerdictState.EXPIRED}
    assert verdict.record is not None
    assert verdict.record.number in window.page.content()
