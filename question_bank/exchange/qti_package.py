"""QTI files and packages: 1.2, 2.0 to 2.2 and 3.0 read, packages of 3.0 written."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from question_bank.errors import BankError, ExchangeError, ItemError
from question_bank.exchange import qti2, qti12
from question_bank.exchange.drafting import NO_DEFAULTS, NO_PICTURES, Intake, differences
from question_bank.exchange.markup import Text, plain
from question_bank.exchange.pictures import MOST_BYTES
from question_bank.exchange.qti3_writing import package
from question_bank.exchange.result import (
    MOST_ITEMS,
    TOO_MANY_ITEMS,
    Defaults,
    Picture,
    ReadResult,
    Written,
)
from question_bank.exchange.xml_reading import (
    QTI_ROOTS,
    Budget,
    Node,
    camel,
    decode,
    parse,
    root_name,
)
from question_bank.exchange.zip_package import ZipPackage
from question_bank.item import Item

MANIFEST = "imsmanifest.xml"
MOST_ELEMENTS = 1_000_000
"""So many XML elements of all files of a package are read."""
_ZIP = b"PK"


def read_items(data: bytes, *, defaults: Defaults = NO_DEFAULTS) -> ReadResult:
    """Return the items of a QTI file or ZIP package and what is wrong with the others.

    A ZIP without a manifest is taken, with a note, when QTI files lie in it: they say themselves
    what they are. What a package lists and lacks, and what is unsafe in it, is named.
    Raises: ExchangeError: the file as a whole cannot be read.
    """
    intake = Intake(defaults)
    reader = _Reader(intake)
    if data.startswith(_ZIP):
        reader.read_package(ZipPackage(data))
    else:
        reader.read_file(data)
    return intake.result()


def write_items(items: Iterable[Item], pictures: Mapping[str, Picture] = NO_PICTURES) -> Written:
    """Return a QTI 3.0 package of the items, read back to name what it does not say."""
    held = tuple(items)
    data = package(held, pictures)
    back = read_items(data) if held else ReadResult((), (), ())
    return Written(data, ".zip", "application/zip", differences(held, back))


@dataclass(frozen=True, slots=True)
class _Listed:
    """A file a manifest lists, with the keywords of its LOM record."""

    href: str
    folder: str
    words: list[str] = field(default_factory=list)


class _Reader:
    """Reads files one after the other and numbers their items through."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._row = 0
        self._package: ZipPackage | None = None
        self._stimuli: dict[str, tuple[str, Text]] = {}
        self._pictures: dict[str, bytes] = {}
        self._budget = Budget(MOST_ELEMENTS)
        self._read: set[str] = set()

    def read_file(self, data: bytes) -> None:
        """Read one QTI file."""
        try:
            is_xml = decode(data).lstrip().startswith("<")
        except ExchangeError:
            is_xml = False
        if not is_xml:
            raise ExchangeError("not-a-zip")
        root = parse(data)
        if camel(root.name) not in QTI_ROOTS:
            raise ExchangeError("xml-root-unknown", root=root.name[:60])
        self._take(root, "", "", [])

    def read_package(self, package: ZipPackage) -> None:
        """Read the files that the manifest lists, or all QTI files where there is none."""
        self._package = package
        for code, name in package.refused:
            self._intake.problem(0, name, code, file=name)
        for name in package.nested:
            self._intake.note(0, name, "nested-zip", file=name)
        listed = self._listed(package)
        for each in listed:
            if self._is_full:
                break
            self._read_listed(package, each)
        if self._row == 0:
            self._intake.problem(0, "", "no-items")

    @property
    def _is_full(self) -> bool:
        return self._row > MOST_ITEMS

    def _begin(self) -> bool:
        """Count one more item; return whether it is still read."""
        self._row += 1
        if self._is_full:
            self._intake.problem(0, "", TOO_MANY_ITEMS.code, limit=MOST_ITEMS)
        return not self._is_full

    def _listed(self, package: ZipPackage) -> list[_Listed]:
        manifests = [name for name in package.names if posixpath.basename(name).lower() == MANIFEST]
        if manifests:
            manifest = min(manifests, key=lambda name: name.count("/"))
            try:
                root = parse(package.read(manifest), self._budget)
            except BankError as error:
                self._intake.refuse(0, manifest, error)
            else:
                return self._resources(package, root, posixpath.dirname(manifest))
        found = [_Listed(name, "") for name in package.names if _is_qti(package, name)]
        if not found and not manifests:
            raise ExchangeError("manifest-missing")
        if not manifests:
            self._intake.note(0, "", "manifest-missing")
        return found

    def _resources(self, package: ZipPackage, root: Node, folder: str) -> list[_Listed]:
        resources = list(root.every("resource"))
        known = {resource.get("identifier") for resource in resources}
        listed = []
        for resource in resources:
            for needed in resource.nodes("dependency"):
                if needed.get("identifierref") not in known:
                    self._dangling(resource, needed.get("identifierref"))
            for file in resource.nodes("file"):
                if package.find(folder, file.get("href")) is None:
                    self._dangling(resource, file.get("href"))
            if "qti" in resource.get("type").lower() or "qti" in resource.get("href").lower():
                href = resource.get("href") or _only_file(resource)
                listed.append(_Listed(href, folder, qti2.keywords(resource)))
        return listed

    def _dangling(self, resource: Node, reference: str) -> None:
        name = plain(resource.get("identifier"))[:100]
        if reference != resource.get("href"):
            self._intake.note(0, name, "reference-dangling", reference=reference[:200])

    def _read_listed(self, package: ZipPackage, listed: _Listed) -> None:
        name = package.find(listed.folder, listed.href)
        if name is None:
            shown = listed.href[:200]
            if self._begin():
                self._intake.problem(self._row, shown, "file-missing", file=shown)
            return
        if name in self._read:
            self._intake.note(0, name, "listed-twice", file=name)
            return
        self._read.add(name)
        try:
            root = parse(package.read(name), self._budget)
        except BankError as error:
            if self._begin():
                self._intake.refuse(self._row, name, error)
            return
        self._take(root, name, posixpath.dirname(name), listed.words)

    def _take(self, root: Node, file: str, folder: str, words: list[str]) -> None:
        """Take the items of one file; tests and stimuli hold none."""
        if root.name == qti12.ROOT:
            for item in qti12.items_of(root):
                self._add(item, file, folder, words)
                if self._is_full:
                    break
        elif camel(root.name) == qti2.ROOT:
            self._add(qti2.renamed(root), file, folder, words)

    def _add(self, item: Node, file: str, folder: str, words: list[str]) -> None:
        if not self._begin():
            return
        name = plain(item.get("ident") or item.get("identifier"))[:100] or file
        try:
            if item.name == qti2.ROOT:
                draft = qti2.draft_of(item, lambda href: self._stimulus(folder, href))
            else:
                draft = qti12.draft_of(item)
        except ItemError as error:
            self._intake.refuse(self._row, name, error)
            return
        draft.words = list(words)
        self._intake.add(self._row, name, draft, lambda source: self._picture(folder, source))

    def _picture(self, folder: str, source: str) -> bytes:
        name = self._package.find(folder, source) if self._package else None
        if self._package is None or name is None:
            raise ItemError("image-missing", image=source[:100])
        if name not in self._pictures:
            if self._package.size(name) > MOST_BYTES:
                limit = f"{MOST_BYTES // 2**20} MB"
                raise ItemError("image-too-large", image=source[:100], limit=limit)
            self._pictures[name] = self._package.read(name)
        return self._pictures[name]

    def _stimulus(self, folder: str, href: str) -> tuple[str, Text]:
        name = self._package.find(folder, href) if self._package else None
        if self._package is None or name is None:
            raise ItemError("file-missing", file=href[:200])
        if name not in self._stimuli:
            try:
                root = qti2.renamed(parse(self._package.read(name), self._budget))
            except ExchangeError as error:
                raise ItemError(error.code, **{"file": name} | error.facts) from error
            self._stimuli[name] = qti2.stimulus_of(root)
        return self._stimuli[name]


def _is_qti(package: ZipPackage, name: str) -> bool:
    if not name.lower().endswith(".xml"):
        return False
    try:
        return root_name(decode(package.read(name))) in QTI_ROOTS
    except BankError:
        return False


def _only_file(resource: Node) -> str:
    files = [file.get("href") for file in resource.nodes("file")]
    return next((href for href in files if href.lower().endswith(".xml")), "")
