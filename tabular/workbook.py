"""The parts of an XLSX file around its sheets: list of sheets, shared strings, date styles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tabular.cells import Limits, Rows
from tabular.errors import TableError
from tabular.package import Handler, Package, relation_targets
from tabular.sheet import SheetRows, SheetSetting, unescape

# Built-in date formats; 27-36 and 50-58 are those of the Chinese and other East Asian locales.
_BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_MAIN_PART = "xl/workbook.xml"
_NOT_FORMAT_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)


def read_workbook(data: bytes, limits: Limits, sheet: str | None = None) -> Rows:
    """Yield the rows of a sheet that hold anything, the first visible sheet by default.

    Raises: TableError: as the file is read, so possibly after some rows.
    """
    yield from Workbook(data, limits).rows(sheet)


class Workbook:
    """An XLSX file whose sheets are read one by one; what they share is read once."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Read what the sheets share. Raises: TableError."""
        self._limits = limits
        self._package = Package(data, limits)
        main = next(_parts(relation_targets(self._package, ""), "officeDocument"), _MAIN_PART)
        self._targets = relation_targets(self._package, main)
        self._book, strings, styles = _Book(limits), _Strings(limits), _Styles(limits)
        self._package.parse(main, self._book)
        for part in _parts(self._targets, "sharedStrings"):
            self._package.parse(part, strings)
        for part in _parts(self._targets, "styles"):
            self._package.parse(part, styles)
        self._setting = SheetSetting(
            limits, strings.texts, styles.dates(), self._book.counts_from_1904
        )

    def sheets(self) -> tuple[str, ...]:
        """Return the names of the visible sheets that hold cells, in their order."""
        return tuple(
            name
            for name, relation, is_visible in self._book.sheets
            if is_visible and self._targets.get(relation, ("", ""))[0] == "worksheet"
        )

    def rows(self, sheet: str | None = None) -> Rows:
        """Yield the rows of a sheet that hold anything, the first visible sheet by default.

        Raises: TableError: no such sheet; or as the sheet is read, possibly after some rows.
        """
        rows = SheetRows(self._setting)
        for _ in self._package.feed(_sheet_part(self._book, self._targets, sheet), rows):
            yield from rows.take()

    def picture_rows(self, sheet: str | None = None) -> frozenset[int]:
        """Return the rows of a sheet in which a picture begins, from 1."""
        part = _sheet_part(self._book, self._targets, sheet)
        anchors = _Anchors(self._limits)
        for drawing in _parts(relation_targets(self._package, part), "drawing"):
            if drawing in self._package:
                self._package.parse(drawing, anchors)
        return frozenset(anchors.rows)


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

    def opened(self, name: str, attrs: Mapping[str, str]) -> None:
        if name == "workbookPr":
            self.counts_from_1904 = attrs.get("date1904", "0") in {"1", "true"}
        elif name == "sheet":
            relation = next((attrs[key] for key in attrs if key.endswith(":id")), "")
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

    def opened(self, name: str, attrs: Mapping[str, str]) -> None:
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

    def opened(self, name: str, attrs: Mapping[str, str]) -> None:
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


class _Anchors(Handler):
    """Hears in which rows the pictures of a drawing begin."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.rows: set[int] = set()
        self._in_start = False
        self._text: list[str] | None = None
        self._row = 0

    def opened(self, name: str, attrs: Mapping[str, str]) -> None:
        if name == "from":
            self._in_start = True
        elif name == "row" and self._in_start:
            self._text = []
        elif name == "pic" and self._row:
            self.rows.add(self._row)

    def closed(self, name: str) -> None:
        if name == "from":
            self._in_start = False
        elif name == "row" and self._text is not None:
            number, self._text = "".join(self._text).strip(), None
            self._row = int(number) + 1 if number.isdecimal() and len(number) < 9 else 0

    def characters(self, content: str) -> None:
        if self._text is not None:
            self._text.append(content)


def _shows_date(format_code: str) -> bool:
    letters = _NOT_FORMAT_LETTERS.sub("", format_code.partition(";")[0])
    return "General" not in letters and bool(re.search(r"[ymdhs]", letters, re.IGNORECASE))
