"""The parts of an XLSX file around its sheets: list of sheets, shared strings, date styles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.sax.xmlreader import AttributesImpl

from tabular.cells import Limits, Rows
from tabular.errors import TableError
from tabular.package import Handler, Package, relation_targets
from tabular.sheet import SheetRows, SheetSetting, unescape

# Built-in date formats; 27-36 and 50-58 are those of the Chinese and other East Asian locales.
_BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_NOT_FORMAT_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)


def read_workbook(data: bytes, limits: Limits, sheet: str | None = None) -> Rows:
    """Yield the rows of a sheet that hold anything, the first visible sheet by default.

    Raises: TableError: as the file is read, so possibly after some rows.
    """
    package = Package(data, limits)
    workbook = next(_parts(relation_targets(package, ""), "officeDocument"), "xl/workbook.xml")
    targets = relation_targets(package, workbook)
    book, strings, styles = _Book(limits), _Strings(limits), _Styles(limits)
    package.parse(workbook, book)
    for part in _parts(targets, "sharedStrings"):
        package.parse(part, strings)
    for part in _parts(targets, "styles"):
        package.parse(part, styles)
    setting = SheetSetting(limits, strings.texts, styles.dates(), book.counts_from_1904)
    rows = SheetRows(setting)
    for _ in package.feed(_sheet_part(book, targets, sheet), rows):
        yield from rows.take()


def _parts(targets: Mapping[str, tuple[str, str]], kind: str) -> Iterator[str]:
    return (part for found, part in targets.values() if found == kind)


def _sheet_part(book: _Book, targets: Mapping[str, tuple[str, str]], sheet: str | None) -> str:
    for name, relation, is_visible in book.sheets:
        kind, part = targets.get(relation, ("", ""))
        if kind == "worksheet" and (is_visible if sheet is None else name == sheet):
            return part
    raise TableError("no-such-sheet", sheet=sheet or "")


class _Book(Handler):
    """Hears the list of sheets and the date system."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.sheets: list[tuple[str, str, bool]] = []
        self.counts_from_1904 = False

    def opened(self, name: str, attrs: AttributesImpl) -> None:
        if name == "workbookPr":
            self.counts_from_1904 = attrs.get("date1904", "0") in {"1", "true"}
        elif name == "sheet":
            relation = next((attrs[key] for key in attrs.getNames() if key.endswith(":id")), "")
            is_visible = attrs.get("state", "visible") == "visible"
            self.sheets.append((attrs.get("name", ""), relation, is_visible))


class _Strings(Handler):
    """Hears the shared strings; readings printed above characters (rPh) are no part of a text."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._is_reading = False
        self._is_open = False

    def opened(self, name: str, attrs: AttributesImpl) -> None:
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._is_reading = True
        elif name == "t":
            self._is_open = not self._is_reading

    def closed(self, name: str) -> None:
        if name == "si":
            self.texts.append(unescape("".join(self._pieces)))
        elif name == "rPh":
            self._is_reading = False
        elif name == "t":
            self._is_open = False

    def characters(self, content: str) -> None:
        if self._is_open:
            self._pieces.append(content)


class _Styles(Handler):
    """Hears which cell styles show a number as a date."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._formats: list[str] = []
        self._own_dates: dict[str, bool] = {}
        self._in_cell_styles = False

    def opened(self, name: str, attrs: AttributesImpl) -> None:
        if name == "cellXfs":
            self._in_cell_styles = True
        elif name == "xf" and self._in_cell_styles:
            self._formats.append(attrs.get("numFmtId", "0"))
        elif name == "numFmt":
            self._own_dates[attrs.get("numFmtId", "")] = _shows_date(attrs.get("formatCode", ""))

    def closed(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cell_styles = False

    def dates(self) -> frozenset[str]:
        """Return the style numbers, as cells name them, that show a date."""
        built_in = {str(number): True for number in _BUILT_IN_DATES}
        known = built_in | self._own_dates
        return frozenset(
            str(style) for style, code in enumerate(self._formats) if known.get(code, False)
        )


def _shows_date(format_code: str) -> bool:
    letters = _NOT_FORMAT_LETTERS.sub("", format_code.partition(";")[0])
    return "General" not in letters and bool(re.search(r"[ymdhs]", letters, re.IGNORECASE))
