"""Pictures of certificates: rendered, photographed, forged, from a foreign address."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from PIL import Image

from exam_app.certificates.printing import CertificatePage, certificate_pdf
from exam_app.certificates.reading import texts_of_pdf, texts_of_picture
from exam_app.certificates.record import Listed, Verdict, address_head, verify
from exam_app.certificates.terms import Reason, Standing, VerdictState
from exam_app.core.fonts import Fonts
from tests.certificates.samples import HOST, KEYS, ON, RECORD, STRANGER, digits_of
from tests.photo import PLAUSIBLE, Strength, page_picture, photo

GOOD = Listed(Standing.GOOD, dt.datetime(2027, 1, 5, tzinfo=dt.UTC))
FOREIGN = "exam-example-gov-cn.example.com"


def printed(fonts: Fonts, digits: str = digits_of(), host: str = HOST) -> bytes:
    """Return a certificate's file; digits and host may be a forger's."""
    page = CertificatePage(RECORD, digits, "某某市应急管理局", "第三期培训班", "建筑业")
    return certificate_pdf([page], host, fonts)


def rendered(pdf: bytes, dpi: int = 96) -> bytes:
    target = io.BytesIO()
    page_picture(pdf, dpi).save(target, "PNG")
    return target.getvalue()


def judged(picture: bytes) -> Verdict:
    """Return the verdict on the one code of a picture, nobody being revoked."""
    (text,) = texts_of_picture(picture)
    return verify(text, KEYS, at=ON, status=lambda *_: GOOD, host=HOST)


def test_a_page_at_96_dpi_is_read_and_verified(fonts: Fonts) -> None:
    """From the file as a screen shows it to the verdict."""
    verdict = judged(rendered(printed(fonts)))
    assert (verdict.state, verdict.reasons) == (VerdictState.VALID, ())
    assert verdict.record == RECORD


@pytest.mark.parametrize("seed", [0, 1])
def test_a_plausible_photograph_is_read_and_verified(fonts: Fonts, seed: int) -> None:
    """Tilted, turned, blurred, noisy, half in shadow, JPEG: the whole page, hand-held."""
    verdict = judged(photo(printed(fonts), PLAUSIBLE, seed=seed))
    assert (verdict.state, verdict.record) == (VerdictState.VALID, RECORD)


@pytest.mark.parametrize(
    "strength",
    [
        Strength(dpi=150, blur=1.5),
        Strength(dpi=150, noise=60),
        Strength(dpi=130, tilt=0.15, turn_degrees=7, blur=1, noise=8, shadow=0.5, jpeg=60),
        Strength(dpi=110, turn_degrees=180, jpeg=5),
        Strength(dpi=110, tilt=0.5, shadow=0.9),
    ],
    ids=["blurred", "noisy", "small", "upside-down", "steep"],
)
def test_a_bad_photograph_is_still_read(fonts: Fonts, strength: Strength) -> None:
    """One thing worse than a careful person would let it be."""
    assert texts_of_picture(photo(printed(fonts), strength)) == [address_head(HOST) + digits_of()]


def test_a_photograph_in_a_file_is_read(fonts: Fonts) -> None:
    """A phone's scan: the photograph as the page of a PDF."""
    target = io.BytesIO()
    with Image.open(io.BytesIO(photo(printed(fonts), PLAUSIBLE))) as picture:
        picture.save(target, "PDF", resolution=150)
    assert list(texts_of_pdf(target.getvalue())) == [address_head(HOST) + digits_of()]


def test_a_foreign_address_with_a_good_record_is_flagged(fonts: Fonts) -> None:
    """The look-alike site's code over a true record: signed, and named as foreign."""
    pdf = printed(fonts, host=FOREIGN)
    for picture in (rendered(pdf), photo(pdf, PLAUSIBLE)):
        verdict = judged(picture)
        assert Reason.FOREIGN_ADDRESS in verdict.reasons
        assert (verdict.host, verdict.record) == (FOREIGN, RECORD)


def test_the_official_address_with_a_forged_record_is_refused(fonts: Fonts) -> None:
    """A digit changed, or signed by a key of the forger's: the address helps nothing."""
    digits = digits_of()
    changed = digits[:-3] + str((int(digits[-3]) + 1) % 10) + digits[-2:]
    for forged, reason in (
        (changed, Reason.BAD_SIGNATURE),
        (digits_of(signer=STRANGER), Reason.UNKNOWN_KEY),
    ):
        verdict = judged(photo(printed(fonts, forged), PLAUSIBLE))
        assert (verdict.state, verdict.reasons) == (VerdictState.REFUSED, (reason,))
        assert verdict.record is None


def test_a_picture_without_a_code_gives_nothing() -> None:
    """Noise is read as nothing, however hard it is looked at."""
    target = io.BytesIO()
    Image.effect_noise((600, 400), 80).save(target, "PNG")
    assert texts_of_picture(target.getvalue()) == []
