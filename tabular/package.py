"""The zip package of an XLSX file: limits checked before anything is unpacked, XML without DTD."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import NoReturn
from xml.parsers import expat

from tabular.cells import Limits
from tabular.errors import TableError

_CHUNK = 2**16


class _DoctypeFound(Exception):
    """A document type declaration stands in an XML part; none is ever followed."""


class Handler:
    """A listener that hears element names without their prefix and counts elements."""

    def __init__(self, limits: Limits) -> None:
        """Start with no element heard."""
        self.limits = limits
        self._elements = 0

    def listen(self, parser: expat.XMLParserType) -> None:
        """Hear what a parser reads; declarations and entities stop it before they are expanded."""
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = _refuse_declaration
        parser.EntityDeclHandler = _refuse_declaration
        parser.UnparsedEntityDeclHandler = _refuse_declaration
        parser.ExternalEntityRefHandler = _refuse_declaration

    def _start(self, name: str, attrs: Mapping[str, str]) -> None:
        self._elements += 1
        if self._elements > self.limits.elements:
            raise TableError("too-many-elements", limit=self.limits.elements)
        self.opened(name.rpartition(":")[2] if ":" in name else name, attrs)

    def _end(self, name: str) -> None:
        self.closed(name.rpartition(":")[2] if ":" in name else name)

    def opened(self, name: str, attrs: Mapping[str, str]) -> None:
        """Hear that an element begins."""

    def closed(self, name: str) -> None:
        """Hear that an element ends."""

    def characters(self, content: str) -> None:
        """Hear text, in pieces."""


def _refuse_declaration(*_: object) -> NoReturn:
    raise _DoctypeFound


class Package:
    """The parts of an XLSX file within limits."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Open the package.

        Raises: TableError: not a zip file, encrypted, or beyond a limit by its own directory;
            no part ever unpacks to more than the directory says.
        """
        self.limits = limits
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise TableError("not-a-workbook") from error
        parts = self._zip.infolist()
        _check_sizes(parts, limits)
        if any(part.flag_bits & 0x1 for part in parts):
            raise TableError("workbook-encrypted")
        self._names = {part.filename for part in parts}

    def __contains__(self, part: str) -> bool:
        """Return whether the package has a part of this name."""
        return part in self._names

    def feed(self, part: str, handler: Handler) -> Iterator[None]:
        """Parse one part piece by piece; after each step the handler has heard a piece more.

        Raises: TableError: part missing, damaged, not XML, or with a document type declaration.
        """
        if part not in self:
            raise TableError("workbook-part-missing", part=part)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        handler.listen(parser)
        try:
            with self._zip.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    parser.Parse(chunk, False)
                    yield
            parser.Parse(b"", True)
            yield
        except _DoctypeFound as error:
            raise TableError("workbook-dtd", part=part) from error
        except (expat.ExpatError, LookupError, ValueError) as error:
            # Beside what is not well-formed: an encoding that does not exist or does not fit.
            raise TableError("workbook-bad-xml", part=part) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise TableError("workbook-damaged", part=part) from error

    def parse(self, part: str, handler: Handler) -> None:
        """Parse one part to its end."""
        for _ in self.feed(part, handler):
            pass


def relation_targets(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Return id → (kind, part name) of what a part points to; "" is the package itself."""
    folder, name = posixpath.split(part)
    handler = _Relations(package.limits, folder)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    if rels in package:
        package.parse(rels, handler)
    return handler.targets


class _Relations(Handler):
    def __init__(self, limits: Limits, folder: str) -> None:
        super().__init__(limits)
        self.targets: dict[str, tuple[str, str]] = {}
        self._folder = folder

    def opened(self, name: str, attrs: Mapping[str, str]) -> None:
        if name != "Relationship":
            return
        kind = attrs.get("Type", "").rpartition("/")[2]
        target = posixpath.normpath(posixpath.join("/", self._folder, attrs.get("Target", "")))
        self.targets[attrs.get("Id", "")] = (kind, target.lstrip("/"))


def _check_sizes(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    unzipped = sum(part.file_size for part in parts)
    zipped = sum(part.compress_size for part in parts) or 1
    if len(parts) > limits.parts:
        raise TableError("too-many-parts", found=len(parts), limit=limits.parts)
    if unzipped > limits.unzipped_bytes:
        raise TableError("unzipped-too-large", found=unzipped, limit=limits.unzipped_bytes)
    if unzipped > limits.ratio_from_bytes and unzipped > limits.ratio * zipped:
        raise TableError("packed-too-tightly", found=unzipped // zipped, limit=limits.ratio)
