"""Photos taken at check-in (入场照片): read with care, kept as small plain JPEGs."""

from __future__ import annotations

import hashlib
import io

from PIL import Image, ImageOps, UnidentifiedImageError

from exam_app.core.errors import BadInput

MOST_BYTES = 6 * 1024 * 1024
MOST_PIXELS = 24_000_000
LEAST_SIDE = 120
KEPT_SIZE = (480, 640)
QUALITY = 82


def read_photo(data: bytes) -> tuple[bytes, str]:
    """Return a photo drawn anew as a JPEG of at most 480 by 640 points, and its SHA-256.

    What came along with the picture (place, device, other data) is left behind.
    Raises: BadInput: not a JPEG, too large, too small, or broken.
    """
    if len(data) > MOST_BYTES:
        raise BadInput("photo-too-large", field="photo", most=MOST_BYTES // 1024 // 1024)
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            _check_size(*image.size)
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (
        UnidentifiedImageError, OSError, ValueError, SyntaxError,
        Image.DecompressionBombError, Image.DecompressionBombWarning,
    ) as problem:  # fmt: skip
        raise BadInput("photo-unreadable", field="photo") from problem
    upright.thumbnail(KEPT_SIZE)
    held = io.BytesIO()
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    bare.save(held, "JPEG", quality=QUALITY)
    return held.getvalue(), hashlib.sha256(held.getvalue()).hexdigest()


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise BadInput("photo-too-large", field="photo", most=MOST_BYTES // 1024 // 1024)
    if min(width, height) < LEAST_SIDE:
        raise BadInput("photo-too-small", field="photo", least=LEAST_SIDE)
