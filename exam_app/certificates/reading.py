"""Reading a certificate back: the QR text out of a PDF, a picture or a text file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter
from pypdfium2.raw import FPDF_ERR_PASSWORD

from exam_app.core.errors import BadInput

MAX_PIXELS = 60_000_000
MAX_PAGES = 2000
PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
# A page of 27.6 mm symbols reads from 72 dpi on; a second look sees more.
SCALES = (150 / 72, 300 / 72)
# A small blurred picture is read enlarged and sharpened; this is the most that is enlarged.
MAX_ENLARGED_PIXELS = 24_000_000
QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def texts_of(path: Path) -> list[str]:
    """Return the QR texts of a file, in the order of its pages; "" for a page without one.

    Raises: BadInput: the file is no PDF, picture or text, or holds no QR code.
    """
    data, ending = path.read_bytes(), path.suffix.lower()
    if data.startswith(b"%PDF") or ending == ".pdf":
        found = list(texts_of_pdf(data))
    elif ending in PICTURES:
        found = texts_of_picture(data)
    else:
        found = _lines(data)
    if not any(found):
        raise BadInput("no-code-found", file=path.name)
    return found


def texts_of_pdf(data: bytes) -> Iterator[str]:
    """Yield the QR texts of a PDF, page by page; "" for a page on which none is found.

    Raises: BadInput: it cannot be opened, has too many pages or too large ones.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as problem:
        if problem.err_code == FPDF_ERR_PASSWORD:
            raise BadInput("pdf-locked") from problem
        raise BadInput("pdf-unreadable", reason=str(problem).strip(".")) from problem
    try:
        if len(document) > MAX_PAGES:
            raise BadInput("pdf-too-long", pages=len(document), limit=MAX_PAGES)
        for page in document:
            yield from _page_texts(page) or [""]
            page.close()
    except pypdfium2.PdfiumError as problem:  # one of its pages is broken
        raise BadInput("pdf-unreadable", reason=str(problem)) from problem
    finally:
        document.close()


def _page_texts(page: pypdfium2.PdfPage) -> list[str]:
    for scale in SCALES:
        width, height = page.get_size()
        if width * height * scale * scale > MAX_PIXELS:
            raise BadInput("picture-too-large", limit=MAX_PIXELS)
        bitmap = page.render(scale=scale, grayscale=True)
        picture = bitmap.to_pil()
        found = _read(picture) if scale != SCALES[-1] else _decode(picture)
        picture.close()
        bitmap.close()
        if found:
            return found
    return []


def texts_of_picture(data: bytes) -> list[str]:
    """Return the QR texts of a picture; its size is looked at before it is decoded.

    Raises: BadInput: it is no picture, or too large.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise BadInput("picture-too-large", limit=MAX_PIXELS)
            grey = picture.convert("L")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as problem:
        raise BadInput("picture-too-large", limit=MAX_PIXELS) from problem
    except (OSError, ValueError, SyntaxError) as problem:
        raise BadInput("picture-unreadable", reason=type(problem).__name__) from problem
    return _decode(grey)


def _decode(picture: Image.Image) -> list[str]:
    """Return the QR texts of a picture as it is, else with its noise smoothed, else enlarged."""
    found = _read(picture) or _read(picture.filter(ImageFilter.GaussianBlur(1)))
    if found or 4 * picture.width * picture.height > MAX_ENLARGED_PIXELS:
        return found
    calm = picture.filter(ImageFilter.GaussianBlur(0.7))
    large = calm.resize((2 * picture.width, 2 * picture.height), Image.Resampling.BICUBIC)
    return _read(large.filter(ImageFilter.UnsharpMask(radius=4, percent=200, threshold=0)))


def _read(picture: Image.Image) -> list[str]:
    found = zxingcpp.read_barcodes(picture, formats=QR_ONLY)
    placed = sorted(found, key=lambda code: (code.position.top_left.y, code.position.top_left.x))
    return [code.text for code in placed]


def _lines(data: bytes) -> list[str]:
    if b"\0" in data:  # a package or program whose bytes happen to be characters
        raise BadInput("text-unreadable")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadInput("text-unreadable") from problem
    return [line.strip() for line in text.splitlines() if line.strip()]
