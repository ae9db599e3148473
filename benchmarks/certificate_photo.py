"""How bad a picture of a certificate may be and still be read: a table of strengths.

A printed certificate is worsened one way at a time and then all ways together: few pixels, tilt,
turn, blur, noise, uneven light, JPEG. Each cell tells how many of the tries gave back the exact
text. Run from the repository's folder:
``python -m benchmarks.certificate_photo [--tries N] [--pdf FILE]``; the file's first page must be a
certificate.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.certificate import HOST, page, signed
from exam_app.certificates.keys import Ed25519Signer
from exam_app.certificates.printing import certificate_pdf
from exam_app.certificates.reading import texts_of_pdf, texts_of_picture
from exam_app.core.fonts import ensure_fonts
from tests.photo import PLAUSIBLE, Strength, photo

SHARP = Strength(dpi=150, jpeg=90)
GRID: dict[str, Iterable[float]] = {
    "dpi": (60, 72, 84, 96, 110, 130, 150, 200, 300),
    "tilt": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
    "turn_degrees": (5, 15, 30, 45, 90, 180),
    "blur": (0.5, 1.0, 1.5, 1.75, 2.0, 2.5),
    "noise": (5, 10, 20, 30, 45, 60),
    "shadow": (0.3, 0.5, 0.7, 0.8, 0.9, 0.95),
    "jpeg": (80, 60, 40, 20, 10, 5),
}
# Times the plausible photograph, in tilt, blur, noise and shadow at once.
TOGETHER = (0.5, 1.0, 1.25, 1.5, 1.75, 2.0)


@dataclass
class Tally:
    """How many tries were read back, and what the reading took."""

    read: int = 0
    tries: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.read}/{self.tries}"


def tried(pdf: bytes, text: str, strength: Strength, tries: int) -> Tally:
    """Return how many photographs of one strength are read."""
    tally = Tally()
    for seed in range(tries):
        picture = photo(pdf, strength, seed=seed)
        start = time.process_time()
        tally.read += texts_of_picture(picture) == [text]
        tally.seconds += time.process_time() - start
        tally.tries += 1
    return tally


def row(label: str, cells: Iterable[tuple[str, Tally]]) -> None:
    tallies = list(cells)
    shown = "  ".join(f"{name}: {tally}" for name, tally in tallies)
    slowest = max(tally.seconds / tally.tries for _, tally in tallies)
    print(f"{label:14}{shown}   (slowest {slowest:.2f} s)")


def worsened(factor: float) -> Strength:
    return replace(
        PLAUSIBLE,
        tilt=PLAUSIBLE.tilt * factor,
        blur=PLAUSIBLE.blur * factor,
        noise=PLAUSIBLE.noise * factor,
        shadow=min(PLAUSIBLE.shadow * factor, 0.95),
    )


def made() -> bytes:
    """Return a certificate's PDF."""
    with tempfile.TemporaryDirectory() as room:
        fonts = ensure_fonts(Path(room))
        digits = signed(Ed25519Signer(Ed25519PrivateKey.generate()))
        return certificate_pdf([page(digits)], HOST, fonts)


def table(pdf: bytes, tries: int) -> None:
    """Print the table of a certificate."""
    text = next(iter(texts_of_pdf(pdf)))
    how: Callable[[Strength], Tally] = lambda strength: tried(pdf, text, strength, tries)  # noqa: E731
    for name, values in GRID.items():
        cells = ((f"{value:g}", how(replace(SHARP, **{name: value}))) for value in values)
        row(name, cells)
    for dpi in (96, 110, 130, 150, 200, 300):
        cells = ((f"×{factor:g}", how(replace(worsened(factor), dpi=dpi))) for factor in TOGETHER)
        row(f"all, {dpi} dpi", cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--pdf", type=Path)
    asked = parser.parse_args()
    table(asked.pdf.read_bytes() if asked.pdf else made(), asked.tries)


if __name__ == "__main__":
    main()
