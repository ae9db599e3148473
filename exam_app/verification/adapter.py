"""Uploads read into what is asked: tables, lists of QR texts, PDFs, pictures, ZIP packages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from flask_babel import gettext as _

from exam_app.certificates import reading
from exam_app.core.errors import BadInput
from exam_app.verification.rules import MAX_FILES, MAX_PICTURE_BYTES, MAX_ROWS
from exam_app.verification.terms import Way
from question_bank.errors import BankError
from question_bank.exchange.zip_package import ZipPackage
from tabular import (
    Cell,
    CellKind,
    Limits,
    Record,
    TableError,
    has_lost_digits,
    read_records,
    read_table,
    write_table,
)

NUMBER, NAME, CODE = "证书编号", "姓名", "二维码内容"
TEMPLATE_COLUMNS = (NUMBER, NAME, CODE)
_ALIASES = {"编号": NUMBER, "证号": NUMBER, "证书号": NUMBER, "持证人": NAME, "持证人姓名": NAME}
_ALIASES |= {"二维码": CODE, "二维码文本": CODE, "查验码": CODE}
LIMITS = Limits(rows=MAX_ROWS + 1, columns=64)
TABLE_LOT, FILE_LOT = 2_000, 4
PICTURES = frozenset(ending.removeprefix(".") for ending in reading.PICTURES)
_PDF = b"%PDF"


@dataclass(frozen=True)
class Asked:
    """One certificate to verify: by text, by number and name, or unreadable for a reason."""

    source: str
    number: str = ""
    name: str = ""
    text: str = ""
    problem: str = ""

    @property
    def way(self) -> Way:
        """Return how it is looked up."""
        return Way.CODE if self.text or not self.number else Way.NUMBER


@dataclass(frozen=True)
class Lot:
    """What is read and verified in one step: its parts of the whole, and how to read it."""

    parts: int
    read: Callable[[], list[Asked]]


def lots(data: bytes, filename: str) -> list[Lot]:
    """Return the steps in which a file is verified; at least one.

    Raises: BadInput: the file as a whole cannot be read.
    """
    ending = filename.rpartition(".")[2].lower()
    if ending == "zip":
        return _package_lots(data)
    if data.startswith(_PDF) or ending in PICTURES:
        return [Lot(1, partial(_read_file, filename, data))]
    rows = _texts(data) if ending == "txt" else _table(data, filename)
    if not rows:
        raise BadInput("table-no-rows", file=filename)
    if len(rows) > MAX_ROWS:
        raise BadInput("table-too-many-rows", limit=MAX_ROWS)
    starts = range(0, len(rows), TABLE_LOT)
    return [_given(rows[start : start + TABLE_LOT]) for start in starts]


def template() -> bytes:
    """Return the empty table with one line as an example."""
    example = ("23070020251000016", "王建国", "")
    return write_table(TEMPLATE_COLUMNS, [example], sheet=_("批量查验"))


def _given(rows: list[Asked]) -> Lot:
    return Lot(len(rows), lambda: rows)


# ---- tables and lists


def _table(data: bytes, filename: str) -> list[Asked]:
    try:
        records = list(read_records(read_table(data, filename, LIMITS)))
    except TableError as error:
        facts = {**error.facts, "file": filename}
        raise BadInput(f"table-{error.code}", **facts) from error
    if records and not {_column(name) for name in records[0].cells} & {NUMBER, CODE}:
        columns = "、".join((NUMBER, NAME, CODE))
        raise BadInput("table-columns-missing", file=filename, columns=columns)
    return [_row(each) for each in records]


def _column(name: str) -> str:
    return _ALIASES.get(name, name)


def _row(record: Record) -> Asked:
    cells = {_column(name): cell for name, cell in record.cells.items()}
    number, name, code = (cells.get(column, Cell()) for column in TEMPLATE_COLUMNS)
    asked = Asked(
        source=_("第 %(row)s 行", row=record.row),
        number=number.value.strip(),
        name=name.value.strip(),
        text="".join(code.value.split()),
    )
    if asked.text:
        lost = code.kind is not CellKind.TEXT
        return replace(asked, problem="code-not-text" if lost else "")
    if not asked.number or not asked.name:
        return replace(asked, problem="number-and-name")
    if has_lost_digits(number) or number.kind is CellKind.FORMULA:
        return replace(asked, problem="number-not-text")
    return asked


def _texts(data: bytes) -> list[Asked]:
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as problem:
        raise BadInput("text-unreadable") from problem
    return [
        Asked(_("第 %(row)s 行", row=number), text="".join(line.split()))
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


# ---- files with QR codes


def _package_lots(data: bytes) -> list[Lot]:
    try:
        package = ZipPackage(data)
    except BankError as error:
        raise BadInput(f"table-{error.code}", **error.facts) from error
    names = package.names
    if len(names) > MAX_FILES:
        raise BadInput("table-too-many-parts", found=len(names), limit=MAX_FILES)
    starts = range(0, len(names), FILE_LOT)
    found = [_package_lot(package, names[start : start + FILE_LOT]) for start in starts]
    left_out = [*package.refused, *(("file-kind", name) for name in package.nested)]
    if left_out:
        found.append(_given([Asked(name, problem=code) for code, name in left_out]))
    if not found:
        raise BadInput("table-no-rows", file="ZIP")
    return found


def _package_lot(package: ZipPackage, names: Sequence[str]) -> Lot:
    return Lot(len(names), lambda: [row for name in names for row in _read_part(package, name)])


def _read_part(package: ZipPackage, name: str) -> list[Asked]:
    ending = name.rpartition(".")[2].lower()
    if ending != "pdf" and ending not in PICTURES:
        return [Asked(name, problem="file-kind")]
    if package.size(name) > MAX_PICTURE_BYTES:
        return [Asked(name, problem="file-too-large")]
    try:
        return _read_file(name, package.read(name))
    except BankError as error:
        return [Asked(name, problem=error.code)]


def _read_file(name: str, data: bytes) -> list[Asked]:
    """Return what stands on each page of a PDF, or on a picture; what can't be read says why."""
    try:
        if data.startswith(_PDF):
            return list(_pages(name, data))
        texts = reading.texts_of_picture(data)
    except BadInput as error:
        return [Asked(name, problem=error.code)]
    return [Asked(name, text=text) for text in texts] or [Asked(name, problem="no-code-found")]


def _pages(name: str, data: bytes) -> Iterator[Asked]:
    for page, text in enumerate(reading.texts_of_pdf(data), start=1):
        source = _("%(file)s 第 %(page)s 项", file=name, page=page)
        yield Asked(source, text=text, problem="" if text else "no-code-found")
