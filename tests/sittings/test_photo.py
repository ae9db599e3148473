"""Photos at check-in: small plain JPEGs, whatever came in."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from exam_app.core.errors import BadInput
from exam_app.sittings import adapter


def picture(size: tuple[int, int] = (900, 1200), kind: str = "JPEG", **how: object) -> bytes:
    """Return a picture of a size."""
    held = io.BytesIO()
    Image.new("RGB", size, (120, 90, 60)).save(held, kind, **how)
    return held.getvalue()


def test_a_photo_is_drawn_anew() -> None:
    """The kept photo is a small JPEG without the place and device it came with."""
    exif = Image.Exif()
    exif[0x010F] = "Camera of somebody"
    exif[0x0112] = 6
    kept, digest = adapter.read_photo(picture((1200, 900), exif=exif))
    with Image.open(io.BytesIO(kept)) as image:
        assert image.format == "JPEG"
        assert image.size == (480, 640)
        assert not dict(image.getexif())
    assert b"Camera" not in kept
    assert digest == hashlib.sha256(kept).hexdigest()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo-unreadable"),
        (b"<svg onload=alert(1)>", "photo-unreadable"),
        (picture(kind="PNG"), "photo-unreadable"),
        (picture()[:300], "photo-unreadable"),
        (picture((100, 400)), "photo-too-small"),
        (picture((6000, 5000)), "photo-too-large"),
        (bytes(adapter.MOST_BYTES + 1), "photo-too-large"),
    ],
)
def test_what_is_no_photo_is_refused(data: bytes, code: str) -> None:
    """Other formats, broken files and very large ones are refused by name."""
    with pytest.raises(BadInput, match=code):
        adapter.read_photo(data)
