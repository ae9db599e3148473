"""What a certificate costs: signing, QR code and page, beside the same page without them.

Run from the repository's folder: ``python -m benchmarks.certificate [--rounds N] [--pages N]``.
Seconds are processor time of one process; ratios are what to read, the rates are the machine's.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_app.certificates import printing
from exam_app.certificates.keys import Ed25519Signer, Es256Signer, KeySet, PublicKey, Signer
from exam_app.certificates.printing import MODULE_MM, CertificatePage, certificate_pdf
from exam_app.certificates.reading import texts_of_pdf
from exam_app.certificates.record import (
    CertificateRecord,
    address_head,
    encode,
    sign,
    to_digits,
    verify,
)
from exam_app.certificates.rules import certificate_number
from exam_app.core.fonts import Fonts, ensure_fonts
from exam_app.core.qr import qr_matrix, side_mm

HOST = "exam.example.gov.cn"
EDDSA = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
ES256 = Es256Signer(ec.derive_private_key(4711, ec.SECP256R1()))
KEYS = KeySet.of(PublicKey(each.kid, each.key.public_key()) for each in (EDDSA, ES256))
ON = dt.date(2026, 11, 2)
Work = Callable[[Sequence[CertificateRecord]], object]


def records(count: int) -> list[CertificateRecord]:
    first = CertificateRecord(
        issuer=230700, number="", name="", id_tail="2357", class_kind=1, category=2,
        industry="E47", hours=(Decimal(32), Decimal("19.5"), Decimal(8)), score=Decimal(88),
        credit=Decimal(32), issued_on=ON, expires_on=dt.date(2029, 11, 1), paper="P-2026-0007",
        status=(0, 1),
    )
    return [
        replace(
            first,
            number=certificate_number("230700", 2026, 1, serial),
            name=f"欧阳䶮{chr(0x4E00 + serial)}",
            status=(0, serial),
        )
        for serial in range(1, count + 1)
    ]


def signed(record: CertificateRecord, signer: Signer = EDDSA) -> str:
    return to_digits(sign(encode(record), signer))


def page(record: CertificateRecord, digits: str) -> CertificatePage:
    return CertificatePage(
        record, digits, "某某市应急管理局", "2026年第三期工伤预防能力提升培训班", "建筑业"
    )


@contextmanager
def without_code() -> Iterator[None]:
    """Leave the QR symbol out of the page; the words around it stay."""
    blank = qr_matrix(address_head(HOST), signed(records(1)[0]))
    names = vars(printing)
    kept = {name: names[name] for name in ("qr_matrix", "draw_qr")}
    names.update(qr_matrix=lambda head, digits: blank, draw_qr=lambda *place: 0.0)
    try:
        yield
    finally:
        names.update(kept)


def workloads(fonts: Fonts) -> dict[str, Work]:
    def each_full(batch: Sequence[CertificateRecord]) -> None:
        for record in batch:
            certificate_pdf([page(record, signed(record))], HOST, fonts)

    def each_plain(batch: Sequence[CertificateRecord]) -> None:
        with without_code():
            for record in batch:
                certificate_pdf([page(record, "")], HOST, fonts)

    def batch_full(batch: Sequence[CertificateRecord]) -> None:
        certificate_pdf([page(record, signed(record)) for record in batch], HOST, fonts)

    def batch_plain(batch: Sequence[CertificateRecord]) -> None:
        with without_code():
            certificate_pdf([page(record, "") for record in batch], HOST, fonts)

    texts = {signer: signed(records(1)[0], signer) for signer in (EDDSA, ES256)}
    printed = certificate_pdf([page(records(1)[0], texts[EDDSA])], HOST, fonts)
    return {
        "own file: full": each_full,
        "own file: no QR, no signature": each_plain,
        "one file: full": batch_full,
        "one file: no QR, no signature": batch_plain,
        "sign Ed25519": lambda batch: [signed(record) for record in batch],
        "sign ES256": lambda batch: [signed(record, ES256) for record in batch],
        "QR matrix": lambda batch: [
            qr_matrix(address_head(HOST), texts[EDDSA]) for _ in batch
        ],
        "verify Ed25519": lambda batch: [verify(texts[EDDSA], KEYS, at=ON) for _ in batch],
        "verify ES256": lambda batch: [verify(texts[ES256], KEYS, at=ON) for _ in batch],
        "render page, decode, verify": lambda batch: [
            verify(text, KEYS, at=ON) for _ in batch[:10] for text in texts_of_pdf(printed)
        ],
    }


def measured(works: dict[str, Work], pages: int, rounds: int) -> dict[str, list[float]]:
    """Return rates per processor second, the works taking turns."""
    batch = records(pages)
    rates: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            count = min(pages, 10) if name.startswith("render") else pages
            start = time.process_time()
            work(batch)
            rates[name].append(count / (time.process_time() - start))
    return rates


def ratio(rates: dict[str, list[float]], kind: str) -> str:
    pairs = zip(
        rates[f"{kind}: full"], rates[f"{kind}: no QR, no signature"], strict=True
    )
    shares = [full / plain for full, plain in pairs]
    return f"{statistics.median(shares):.2f} ({min(shares):.2f}–{max(shares):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        start = time.perf_counter()
        fonts = ensure_fonts(Path(room))
        print(f"faces made once: {time.perf_counter() - start:.1f} s")
        works = workloads(fonts)
        measured(works, 2, 1)
        rates = measured(works, options.pages, options.rounds)
    sample = records(1)[0]
    digits = signed(sample)
    matrix = qr_matrix(address_head(HOST), digits)
    size = len(certificate_pdf([page(sample, digits)], HOST, fonts))
    print(
        f"record {len(sign(encode(sample), EDDSA))} bytes, text "
        f"{len(address_head(HOST) + digits)} signs, {len(matrix)} × {len(matrix)} modules, "
        f"{side_mm(matrix, MODULE_MM):.1f} mm at {MODULE_MM} mm, PDF {size / 1000:.1f} kB"
    )
    print(f"{'':34}{'per s':>9}{'least':>9}{'most':>9}{'ms each':>9}")
    for name, found in rates.items():
        middle = statistics.median(found)
        print(f"{name:34}{middle:9.0f}{min(found):9.0f}{max(found):9.0f}{1000 / middle:9.2f}")
    print(f"full against no QR, no signature: own file {ratio(rates, 'own file')}, "
          f"one file {ratio(rates, 'one file')}")


if __name__ == "__main__":
    main()
