"""QR symbols: the smallest that holds the text, read back by another program."""

from __future__ import annotations

import io

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import MODE_8BIT_BYTE, MODE_NUMBER, QRData
from reportlab.lib.units import mm

from exam_app.core.errors import BadInput
from exam_app.core.pdf import open_canvas
from exam_app.core.qr import Matrix, draw_qr, qr_matrix, qr_version, side_mm

HEAD = "https://exam.example.gov.cn/v#"
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def read(matrix: Matrix) -> str:
    modules = np.pad(np.array(matrix), 4)
    pixels = np.where(np.kron(modules, np.ones((4, 4), bool)), 0, 255).astype(np.uint8)
    (code,) = zxingcpp.read_barcodes(Image.fromarray(pixels), formats=QR)
    return str(code.text)


@given(st.from_regex(r"\Ahttps://[a-z]{1,30}\.cn/v#\Z"), st.from_regex(r"\A[0-9]{0,900}\Z"))
def test_symbol_reads_back(head: str, digits: str) -> None:
    """What was written is what a reader sees, address and number in one text."""
    assert read(qr_matrix(head, digits)) == head + digits


@given(st.integers(1, 200), st.integers(1, 1200))
def test_version_is_the_smallest(head: int, digits: int) -> None:
    """The version is the one the encoder itself would find for the same two segments."""
    code = QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(QRData(b"x" * head, MODE_8BIT_BYTE, check_data=False))
    code.add_data(QRData(b"1" * digits, MODE_NUMBER, check_data=False))
    assert qr_version(head, digits) == code.best_fit()


def test_digits_alone_and_address_alone() -> None:
    """Either segment may be missing."""
    assert read(qr_matrix("", "0123456789")) == "0123456789"
    assert read(qr_matrix("https://exam.example.gov.cn/v", "")) == "https://exam.example.gov.cn/v"


@pytest.mark.parametrize("digits", ["12a", "１２", "-1", " 1", "1.0"])
def test_other_than_digits_is_refused(digits: str) -> None:
    """The number takes ASCII digits alone."""
    with pytest.raises(BadInput, match="qr-not-digits"):
        qr_matrix(HEAD, digits)


def test_too_much_is_refused() -> None:
    """A text no version holds is refused, not cut."""
    with pytest.raises(BadInput, match="qr-too-long"):
        qr_matrix(HEAD, "1" * 6000)


@pytest.mark.parametrize("module", [0.4, 0.5, 0.7])
def test_printed_symbol_reads_at_office_resolution(module: float) -> None:
    """Drawn on a coloured ground and rendered at 200 dpi, it reads; the side is as told."""
    text = "7" * 470
    matrix = qr_matrix(HEAD, text)
    target = io.BytesIO()
    canvas = open_canvas(target, "t", (300, 300))
    canvas.setFillColorRGB(0.6, 0.1, 0.1)
    canvas.rect(0, 0, 300, 300, fill=1)
    side = draw_qr(canvas, matrix, 60, 60, module)
    canvas.save()
    assert side == pytest.approx(side_mm(matrix, module) * mm)
    picture = pypdfium2.PdfDocument(target.getvalue())[0].render(scale=200 / 72).to_pil()
    (code,) = zxingcpp.read_barcodes(picture, formats=QR)
    assert code.text == HEAD + text


def test_small_modules_are_refused() -> None:
    """Below 0.4 mm an office printer's page no longer reads."""
    canvas = open_canvas(io.BytesIO(), "t", (300, 300))
    with pytest.raises(ValueError, match=r"0\.4 mm"):
        draw_qr(canvas, qr_matrix(HEAD, "1"), 0, 0, 0.39)
