"""A ZIP package read in memory: limits first, unsafe names refused, nothing written anywhere."""

from __future__ import annotations

import io
import posixpath
import stat
import struct
import zipfile
import zlib

from question_bank.errors import ExchangeError, ItemError
from question_bank.exchange.pictures import names_of

MOST_ENTRIES = 5_000
MOST_UNPACKED = 200 * 2**20
MOST_RATIO = 100
RATIO_FROM = 2**20

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
_BASE = "$IMS-CC-FILEBASE$"
_BASES = ("", "web_resources")
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError,
    struct.error, ValueError, OverflowError,
)  # fmt: skip


class ZipPackage:
    """The files of a ZIP by safe name; `refused` holds (code, name) of those left out."""

    def __init__(self, data: bytes) -> None:
        """Open the package.

        Raises: ExchangeError: not-a-zip, zip-encrypted, too-many-parts, unzipped-too-large,
            packed-too-tightly; by its directory, before anything is unpacked.
        """
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            parts = self._zip.infolist()
        except _DAMAGED as error:
            raise ExchangeError("not-a-zip") from error
        _check_sizes(parts)
        self.refused: list[tuple[str, str]] = []
        self.nested: list[str] = []
        self._parts: dict[str, zipfile.ZipInfo] = {}
        for part in parts:
            self._sort_in(part)
        self._lower = {name.lower(): name for name in self._parts}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the files, in the order of the package."""
        return tuple(self._parts)

    def size(self, name: str) -> int:
        """Return how many bytes a file has unpacked."""
        return self._parts[name].file_size

    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        Raises: ItemError: file-damaged.
        """
        try:
            return self._zip.read(self._parts[name])
        except _DAMAGED as error:
            raise ItemError("file-damaged", file=name) from error

    def find(self, folder: str, reference: str) -> str | None:
        """Return the name of the file a reference in a folder means, None if it is not there."""
        for written in names_of(reference):
            for name in _places(folder, written):
                if name in self._parts:
                    return name
                if name.lower() in self._lower:
                    return self._lower[name.lower()]
        return None

    def _sort_in(self, part: zipfile.ZipInfo) -> None:
        name = _name(part)
        if name.endswith("/"):
            return
        if _is_unsafe(name) or stat.S_ISLNK(part.external_attr >> 16):
            self.refused.append(("unsafe-path", name[:200]))
        elif part.compress_type not in _METHODS:
            self.refused.append(("file-damaged", name[:200]))
        elif posixpath.normpath(name) in self._parts:
            self.refused.append(("file-twice", name[:200]))
        elif name.lower().endswith(".zip"):
            self.nested.append(name)
        else:
            self._parts[posixpath.normpath(name)] = part


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    unzipped = sum(part.file_size for part in parts)
    zipped = sum(part.compress_size for part in parts) or 1
    if len(parts) > MOST_ENTRIES:
        raise ExchangeError("too-many-parts", found=len(parts), limit=MOST_ENTRIES)
    if unzipped > MOST_UNPACKED:
        raise ExchangeError("unzipped-too-large", found=unzipped, limit=MOST_UNPACKED)
    if unzipped > RATIO_FROM and unzipped > MOST_RATIO * zipped:
        raise ExchangeError("packed-too-tightly", found=unzipped // zipped, limit=MOST_RATIO)
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise ExchangeError("zip-encrypted")


def _name(part: zipfile.ZipInfo) -> str:
    """Return the name of an entry; without a mark it may be UTF-8 or GB 18030 all the same."""
    if part.flag_bits & _UTF8_NAME:
        return part.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return part.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return part.filename


def _is_unsafe(name: str) -> bool:
    steps = name.split("/")
    return (
        not name
        or name.startswith("/")
        or "\\" in name
        or ":" in steps[0]
        or ".." in steps
        or any(ord(char) < 32 for char in name)
    )


def _places(folder: str, written: str) -> list[str]:
    if _BASE in written:
        tail = written.partition(_BASE)[2].lstrip("/")
        return [posixpath.join(base, tail) for base in _BASES]
    return [posixpath.normpath(posixpath.join(folder, written))]
