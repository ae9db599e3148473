"""How fast certificates are printed and read; ratios within one run.

Run from the repository's folder: ``python -m benchmarks.certificate [--seconds N]``.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import io
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_app.certificates import printing, reading, record
from exam_app.certificates.keys import Ed25519Signer, Signer
from exam_app.certificates.printing import CertificatePage, certificate_pdf
from exam_app.certificates.record import CertificateRecord
from exam_app.core.fonts import Fonts, ensure_fonts
from exam_app.core.pdf import open_canvas
from exam_app.core.qr import qr_matrix, qr_version

HOST = "exam.example.gov.cn"
ON = dt.date(2025, 4, 1)
RECORD = CertificateRecord(
    issuer=230700,
    number="23070020251000016",
    name="欧阳㛃",
    id_tail="123X",
    class_kind=1,
    category=3,
    industry="mining",
    hours=(Decimal(24), Decimal("16.5"), Decimal(8)),
    score=None,
    credit=Decimal(24),
    issued_on=ON,
    expires_on=dt.date(2028, 4, 1),
    paper="YC-2025-01-A",
    status=(1, 4711),
)
WORST = dataclasses.replace(
    RECORD,
    name="买买提阿卜杜拉艾合买提江",
    hours=(Decimal("72.5"), Decimal("43.5"), Decimal("18.5")),
    paper="YC-2025-MINING-TL-1A",
    status=(7, 131_071),
)


def rate(work: Callable[[], object], seconds: float) -> float:
    """Return how often a second of processor time does the work."""
    work()
    count, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        work()
        count += 1
    return count / spent


def signed(signer: Signer, number: int = 0) -> str:
    stated = dataclasses.replace(RECORD, status=(1, number))
    return record.to_digits(record.sign(record.encode(stated), signer))


def page(digits: str) -> CertificatePage:
    return CertificatePage(RECORD, digits, "某某市应急管理局", "矿山班组长第一期", "矿山")


@contextmanager
def without_symbol(digits: str) -> Iterator[None]:
    """Print the same page with its QR code left white; the symbol's size is known beforehand."""
    matrix = qr_matrix(record.address_head(HOST), digits)
    names: dict[str, Any] = {"qr_matrix": lambda *_: matrix, "draw_qr": lambda *_: 0.0}
    before = {name: getattr(printing, name) for name in names}
    for name, plain in names.items():
        setattr(printing, name, plain)
    try:
        yield
    finally:
        for name, own in before.items():
            setattr(printing, name, own)


def bare_page(fonts: Fonts) -> bytes:
    """Return the least page that embeds both faces: one character of each."""
    target = io.BytesIO()
    canvas = open_canvas(target, "x", printing.PAGE)
    for name in (fonts.regular, fonts.bold):
        canvas.setFont(name, 12)
        canvas.drawString(100, 100, "证")
    canvas.showPage()
    canvas.save()
    return target.getvalue()


LIMITS = {"full": 0.5, "class": 0.25}
VERSIONS = {"typical": (RECORD, 12), "worst": (WORST, 14)}
CLASS = 80


def held(share: float, limit: float) -> str:
    """Return a ratio against the least it may be."""
    return f"{share:.2f} (at least {limit}: {'held' if share >= limit else 'BROKEN'})"


def symbol_rows() -> list[tuple[str, float, str]]:
    """Return the QR versions of a usual and of the longest record."""
    signer = Ed25519Signer(Ed25519PrivateKey.generate())
    head, rows = len(record.address_head(HOST)), []
    for name, (stated, limit) in VERSIONS.items():
        digits = record.to_digits(record.sign(record.encode(stated), signer))
        version = qr_version(head, len(digits))
        told = "held" if version <= limit else "BROKEN"
        rows.append((f"QR version, {name} record", float(version), f"(at most {limit}: {told})"))
    return rows


def print_rates(fonts: Fonts, seconds: float) -> list[tuple[str, float, str]]:
    signer = Ed25519Signer(Ed25519PrivateKey.generate())
    digits, head = signed(signer), record.address_head(HOST)
    bare = rate(lambda: bare_page(fonts), seconds)
    with without_symbol(digits):
        plain = rate(lambda: certificate_pdf([page(digits)], HOST, fonts), seconds)
    full = rate(lambda: certificate_pdf([page(signed(signer))], HOST, fonts), seconds)
    batch = CLASS * rate(
        lambda: certificate_pdf([page(signed(signer, n)) for n in range(CLASS)], HOST, fonts),
        seconds,
    )
    with without_symbol(digits):
        plain_batch = CLASS * rate(
            lambda: certificate_pdf([page(digits)] * CLASS, HOST, fonts), seconds
        )
    return [
        ("limit: bare page, both faces", bare, ""),
        ("same page, no QR code, no signature", plain, f"{plain / bare:.2f} of the limit"),
        ("full certificate: signed, QR, own PDF", full, held(full / plain, LIMITS["full"])),
        (f"{CLASS} in one PDF, no QR code, each", plain_batch, ""),
        (
            f"{CLASS} in one PDF, signed, QR, each",
            batch,
            held(batch / plain_batch, LIMITS["class"]),
        ),
        ("QR code encoded", rate(lambda: qr_matrix(head, digits), seconds), ""),
    ]


def reading_rates(fonts: Fonts, seconds: float) -> list[tuple[str, float, str]]:
    signer = Ed25519Signer(Ed25519PrivateKey.generate())
    pages = [page(signed(signer, number)) for number in range(10)]
    pdf = certificate_pdf(pages, HOST, fonts)
    with pypdfium2.PdfDocument(pdf) as document:
        first = document[0]
        drawn = rate(lambda: first.render(scale=150 / 72, grayscale=True).to_pil(), seconds)
        first.close()
    read = 10 * rate(lambda: list(reading.texts_of_pdf(pdf)), seconds)
    return [
        ("limit: page drawn at 150 dpi", drawn, ""),
        ("page drawn and its QR code read", read, f"{read / drawn:.2f} of the limit"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--fonts", type=Path, help="instance folder whose faces are made already")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        fonts = ensure_fonts(asked.fonts or Path(room))
        rows = [
            *symbol_rows(),
            *print_rates(fonts, asked.seconds),
            *reading_rates(fonts, asked.seconds),
        ]
    print(f"{'':46}{'per second':>12}   ratio (one process, processor time)")
    for name, per_second, ratio in rows:
        print(f"{name:46}{per_second:12.1f}   {ratio}")


if __name__ == "__main__":
    main()
