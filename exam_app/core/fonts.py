"""The faces every page is printed with: made once from the wheel, and asked before drawing."""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.resources
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont, TTFontFace

from exam_app.core.errors import RuleBroken
from exam_app.core.font_instance import write_weights

WHEEL = "justmytype-intl-cjk"
PACKAGE = "justmytype_intl_cjk"
FACE = ("fonts", "ofl", "notosanssc")
SOURCE, LICENCE = "NotoSansSC[wght].ttf", "OFL.txt"
FAMILY = "Noto Sans SC"
WEIGHTS = {"Regular": 400, "Bold": 700}
RECIPE = 2
"""Counts up whenever the faces made from the same wheel would differ."""

rl_config.useA85 = 0


class PrintingRefused(RuleBroken):
    """A character has no glyph in the face: nothing is printed, rather than a blank (缺字停印)."""

    code = "printing-refused"


class _Face(TTFontFace):  # type: ignore[misc]
    """A face whose big tables are cut out of the file once, not once for each document."""

    def __init__(self, filename: str) -> None:
        super().__init__(filename)
        self._tables: dict[str, bytes] = {}

    def get_table(self, tag: str) -> bytes:
        """Return the bytes of a table."""
        if tag not in self._tables:
            self._tables[tag] = super().get_table(tag)
        return self._tables[tag]


class _Font(TTFont):  # type: ignore[misc]
    """A font whose text can be copied out of the page, also beyond U+FFFF."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name, str(path), shapable=False)
        self.face = _Face(str(path))

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - the name ReportLab calls
        """Add the font's objects to the document, each with a map that keeps name characters."""
        state = self.state[doc]
        super().addObjects(doc)
        for number, subset in enumerate(state.subsets):
            name = b"+".join((SUBSETN(number), self.face.name)) + self.face.subfontNameX
            key = "toUnicodeCMap:" + name.decode("ascii")
            doc.idToObject[key].content = to_unicode_map(name.decode("ascii"), subset)


def to_unicode_map(name: str, subset: list[int]) -> str:
    """Return the ToUnicode map of a font subset: code → UTF-16BE, at most 100 pairs a block.

    ReportLab's own map writes five hexadecimal digits for U+10000 and above, which readers
    take for another character: a copied 𬭎 became Ⲵ.
    """
    pairs = [
        f"<{code:02X}> <{chr(value).encode('utf-16-be').hex().upper()}>"
        for code, value in enumerate(subset)
        if value
    ]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo",
        f"<< /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
        f"/CMapName /{name} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<00> <FF>",
        "endcodespacerange",
    ]
    for start in range(0, len(pairs), 100):
        block = pairs[start : start + 100]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines)


@dataclass(frozen=True)
class Fonts:
    """The two registered faces; ``regular`` and ``bold`` are names for ``Canvas.setFont``."""

    regular: str
    bold: str
    directory: Path

    def name(self, *, bold: bool = False) -> str:
        """Return the registered name of the weight."""
        return self.bold if bold else self.regular

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Return the width of the text in points."""
        return float(pdfmetrics.stringWidth(text, self.name(bold=bold), size))

    def missing(self, text: str) -> list[str]:
        """Return the characters of the text the faces cannot draw, in order, each once."""
        known = _known_characters(self.regular)
        return list(dict.fromkeys(c for c in text if ord(c) not in known))


@lru_cache(maxsize=8)
def _known_characters(name: str) -> frozenset[int]:
    glyphs = pdfmetrics.getFont(name).face.charToGlyph
    return frozenset(code for code, glyph in glyphs.items() if glyph and code >= 0x20)


def check_coverage(text: str, fonts: Fonts) -> None:
    """Pass a text every character of which can be drawn.

    Raises: PrintingRefused: names the first character without a glyph, its code point, and
        how many more there are.
    """
    missing = fonts.missing(text)
    if missing:
        raise PrintingRefused(
            character=missing[0],
            codepoint=f"U+{ord(missing[0]):04X}",
            text=text,
            others=len(missing) - 1,
        )


def check_all(texts: Iterable[str], fonts: Fonts) -> None:
    """Pass texts that can all be drawn; refuse like :func:`check_coverage`."""
    for text in texts:
        check_coverage(text, fonts)


def font_key() -> str:
    """Return the name of the made faces: the wheel's version and the recipe's number."""
    return f"{importlib.metadata.version(WHEEL)}-r{RECIPE}"


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    with (directory / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _make(directory: Path, files: dict[str, Path]) -> None:
    source = importlib.resources.files(PACKAGE).joinpath(*FACE)
    with (
        importlib.resources.as_file(source / SOURCE) as face,
        tempfile.TemporaryDirectory(dir=directory) as room,
    ):
        made = {Path(room) / path.name: style for style, path in files.items()}
        write_weights(face, {path: (FAMILY, style, WEIGHTS[style]) for path, style in made.items()})
        with importlib.resources.as_file(source / LICENCE) as licence:
            shutil.copyfile(licence, directory / LICENCE)
        for path, style in made.items():
            os.replace(path, files[style])


def font_files(instance_dir: Path) -> dict[str, Path]:
    """Return where the faces of this recipe lie or will lie: style → path."""
    directory = instance_dir / "fonts"
    return {style: directory / f"NotoSansSC-{style}-{font_key()}.ttf" for style in WEIGHTS}


def ensure_fonts(instance_dir: Path) -> Fonts:
    """Return the faces, made on the first call of an installation (about 5 s) and kept.

    Two processes may call at once: one makes them, the other waits and finds them.
    """
    files = font_files(instance_dir)
    directory = instance_dir / "fonts"
    if not all(path.exists() for path in files.values()):
        directory.mkdir(parents=True, exist_ok=True)
        with _locked(directory):
            if not all(path.exists() for path in files.values()):
                _make(directory, files)
    names = {}
    for style, path in files.items():
        names[style] = f"NotoSansSC-{style}"
        if names[style] not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(_Font(names[style], path))
    return Fonts(names["Regular"], names["Bold"], directory)
