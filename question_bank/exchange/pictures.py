"""Pictures that come with items: taken when they are what they say and small enough."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import posixpath
from collections.abc import Callable
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from PIL import Image

from question_bank.errors import ItemError
from question_bank.exchange.result import Picture

MOST_BYTES = 2 * 2**20
MOST_PIXELS = 20_000_000
MEDIA_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}

Load = Callable[[str], bytes]
"""Gives the bytes of the picture at a source; raises ItemError image-missing."""


def picture_of(data: bytes, source: str) -> Picture:
    """Return a picture under its digest, its media type by what it is.

    Raises: ItemError: image-too-large, image-kind (not PNG, JPEG, GIF or WebP).
    """
    if len(data) > MOST_BYTES:
        raise ItemError("image-too-large", image=source, limit=f"{MOST_BYTES // 2**20} MB")
    try:
        with Image.open(io.BytesIO(data), formats=list(MEDIA_TYPES)) as image:
            width, height = image.size
            kind = MEDIA_TYPES[image.format or ""]
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ItemError("image-too-large", image=source, limit=f"{MOST_PIXELS} px") from error
    except Exception as error:
        # A picture made to break its reader may raise anything there; it is no picture.
        raise ItemError("image-kind", image=source) from error
    if width * height > MOST_PIXELS:
        raise ItemError("image-too-large", image=source, limit=f"{MOST_PIXELS} px")
    return Picture(hashlib.sha256(data).hexdigest(), kind, data)


def fetch(source: str, load: Load) -> bytes:
    """Return the bytes at a source: from a data URI, else from what came with the file.

    Raises: ItemError: image-remote (never fetched), image-missing, image-kind.
    """
    shown = source[:100]
    if source.lower().startswith("data:"):
        return _from_data_uri(source, shown)
    try:
        address = urlsplit(source)
    except ValueError as error:
        raise ItemError("image-missing", image=shown) from error
    if address.netloc or (address.scheme and len(address.scheme) > 1):
        raise ItemError("image-remote", image=shown)
    if not source.strip():
        raise ItemError("image-missing", image="")
    return load(source)


def from_base64(text: str, source: str) -> bytes:
    """Return the bytes of a base64 text, blanks and line breaks in it allowed.

    Raises: ItemError: image-kind: not base64; image-too-large before anything is unpacked.
    """
    if len(text) > MOST_BYTES * 2:
        raise ItemError("image-too-large", image=source, limit=f"{MOST_BYTES // 2**20} MB")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ItemError("image-kind", image=source) from error


def names_of(source: str) -> tuple[str, ...]:
    """Return the paths a reference may mean: as written, and with its %-signs read."""
    bare = source.strip().replace("\\", "/")
    names = (bare, unquote(bare), unquote(bare.partition("#")[0].partition("?")[0]))
    return tuple(dict.fromkeys(posixpath.normpath(name) for name in names if name))


def _from_data_uri(source: str, shown: str) -> bytes:
    head, comma, body = source.partition(",")
    if not comma:
        raise ItemError("image-kind", image=shown)
    if head.lower().endswith(";base64"):
        return from_base64(unquote(body), shown)
    return unquote_to_bytes(body)
