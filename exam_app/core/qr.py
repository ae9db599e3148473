"""QR symbols: a short address and a long number, drawn as one path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import zxingcpp
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import BIT_LIMIT_TABLE, MODE_8BIT_BYTE, MODE_NUMBER, length_in_bits
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from exam_app.core.errors import BadInput

Matrix = Sequence[Sequence[bool]]

LEVEL, MASK = "M", 2
"""One fixed mask: the number is as good as random, and a search costs eight encodings."""
DARK = 128
QUIET_MODULES = 4
LEAST_MODULE_MM = 0.4
LARGEST_VERSION = 40


def _needed_bits(version: int, head: int, digits: int) -> int:
    head_bits = 4 + length_in_bits(MODE_8BIT_BYTE, version) + 8 * head
    number_bits = 10 * (digits // 3) + (0, 4, 7)[digits % 3]
    return int(head_bits + 4 + length_in_bits(MODE_NUMBER, version) + number_bits)


def qr_version(head: int, digits: int) -> int:
    """Return the smallest version (1–40) that holds the bytes and digits at level M.

    Raises: BadInput: no version holds them.
    """
    limits = BIT_LIMIT_TABLE[ERROR_CORRECT_M]
    for version in range(1, LARGEST_VERSION + 1):
        if _needed_bits(version, head, digits) <= limits[version]:
            return version
    raise BadInput("qr-too-long", bytes=head, digits=digits)


def qr_matrix(url_head: str, digits: str) -> Matrix:
    """Return the dark modules, row by row, without quiet zone.

    Args:
        url_head: the address up to and with "#", written as bytes; "" for digits alone.
        digits: decimal digits, written in numeric mode where they are many; "" for the address
            alone.
    Raises: BadInput: digits holds something else, or all is too long.
    """
    if digits and not (digits.isascii() and digits.isdigit()):
        raise BadInput("qr-not-digits")
    qr_version(len(url_head.encode()), len(digits))  # what no symbol holds is refused by name
    symbol = zxingcpp.create_barcode(
        url_head + digits, zxingcpp.BarcodeFormat.QRCode, ec_level=LEVEL, data_mask=MASK
    )
    dark = np.asarray(symbol.to_image(scale=1, add_quiet_zones=False)) < DARK
    return cast(Matrix, dark.tolist())


def side_mm(matrix: Matrix, module_mm: float) -> float:
    """Return the side of the symbol with its quiet zone, in millimetres."""
    return (len(matrix) + 2 * QUIET_MODULES) * module_mm


def _runs(matrix: Matrix) -> Iterator[tuple[int, int, int]]:
    """Yield column, row and length of each run of dark modules."""
    for y, row in enumerate(matrix):
        start = None
        for x, dark in enumerate([*row, False]):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                yield start, y, x - start
                start = None


def draw_qr(canvas: Canvas, matrix: Matrix, x: float, y: float, module_mm: float) -> float:
    """Draw the symbol on white with its quiet zone; return its whole side in points.

    Args:
        x, y: the lower left corner of the quiet zone, in points.
        module_mm: side of a module, at least 0.4 mm so that an office printer's page reads.
    Raises: ValueError: the module is smaller.
    """
    if module_mm < LEAST_MODULE_MM:
        raise ValueError(f"a module of {module_mm} mm is smaller than {LEAST_MODULE_MM} mm")
    size, module = len(matrix), module_mm * mm
    side = (size + 2 * QUIET_MODULES) * module
    quiet = QUIET_MODULES
    path = "\n".join(
        f"{column + quiet} {size - 1 - row + quiet} {length} 1 re"
        for column, row, length in _runs(matrix)
    )
    whole = size + 2 * quiet
    canvas._code.append(
        f"q {module:.5f} 0 0 {module:.5f} {x:.3f} {y:.3f} cm\n"
        f"1 g 0 0 {whole} {whole} re f\n0 g\n{path}\nf Q"
    )
    return float(side)
