"""Pictures of a printed page as a phone takes them: tilted, blurred, noisy, unevenly lit, JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image, ImageFilter


@dataclass(frozen=True)
class Strength:
    """How bad a photograph is.

    Args: dpi: of the page before it is tilted. tilt: share of a side that the far edge is shorter.
        turn_degrees: of the camera. blur: radius of the lens in pixels. noise: of a pixel, of 255.
        shadow: share of the light that the dark side lacks. jpeg: quality, 1 to 95.
    """

    dpi: int = 150
    tilt: float = 0.0
    turn_degrees: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    shadow: float = 0.0
    jpeg: int = 90


PLAUSIBLE = Strength(dpi=150, tilt=0.15, turn_degrees=7, blur=1.0, noise=8, shadow=0.5, jpeg=60)
"""A hand-held photograph of the whole page in a lit room."""


def page_picture(pdf: bytes, dpi: int, number: int = 0) -> Image.Image:
    """Return a page as a grey picture."""
    with pypdfium2.PdfDocument(pdf) as document:
        return document[number].render(scale=dpi / 72).to_pil().convert("L")


def photo(pdf: bytes, strength: Strength, *, seed: int = 0) -> bytes:
    """Return the JPEG a phone would take of the first page."""
    chance = np.random.default_rng(seed)
    picture = _tilted(page_picture(pdf, strength.dpi), strength, chance)
    if strength.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(strength.blur))
    lit = _lit(np.asarray(picture, dtype=np.float32), strength, chance)
    target = io.BytesIO()
    Image.fromarray(lit).save(target, "JPEG", quality=strength.jpeg)
    return target.getvalue()


def _tilted(picture: Image.Image, strength: Strength, chance: np.random.Generator) -> Image.Image:
    """Return the page on a grey table, seen from a corner of it."""
    width, height = picture.size
    margin = max(width, height) // 5
    table = Image.new("L", (width + 2 * margin, height + 2 * margin), 120)
    table.paste(picture, (margin, margin))
    table = table.rotate(strength.turn_degrees, Image.Resampling.BICUBIC, fillcolor=120)
    if not strength.tilt:
        return table
    wide, high = table.size
    shares = strength.tilt * np.array([[1, 0.4], [-0.3, 0.1], [0, 0], [0.2, -0.2]]) / 2
    shares = shares * chance.uniform(0.8, 1.2, shares.shape)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float)
    size = np.array([wide, high])
    coefficients = _perspective((corners + shares) * size, corners * size)
    return table.transform(
        table.size,
        Image.Transform.PERSPECTIVE,
        tuple(coefficients),
        Image.Resampling.BICUBIC,
        fillcolor=120,
    )


def _perspective(seen: NDArray[np.float64], flat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the eight coefficients that take a point of the photograph to one of the page."""
    rows, values = [], []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.linalg.solve(np.array(rows), np.array(values))


def _lit(
    grey: NDArray[np.float32], strength: Strength, chance: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the picture under a light from one corner, with the sensor's noise."""
    high, wide = grey.shape
    across = np.linspace(0, 1, wide, dtype=np.float32)[None, :]
    down = np.linspace(0, 1, high, dtype=np.float32)[:, None]
    grey = grey * (1 - strength.shadow * (0.7 * across + 0.3 * down))
    if strength.noise:
        grey = grey + chance.normal(0, strength.noise, grey.shape).astype(np.float32)
    return np.clip(grey, 0, 255).astype(np.uint8)
