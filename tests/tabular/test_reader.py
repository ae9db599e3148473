"""The table reader: rows as in the sheet, kinds as stored, and every bomb refused."""

from __future__ import annotations

import datetime as dt
import io
import tracemalloc
import zipfile
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from tabular import (
    Cell,
    CellKind,
    Limits,
    TableError,
    has_lost_digits,
    read_records,
    read_table,
    write_table,
)

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TEXTS = st.text("甲乙丙=+-@<>&\"'_x0D5F,;\t\n\r \x01\u3000\ue000😀", max_size=12)


def book(**replaced: str) -> bytes:
    """Return a small workbook with parts replaced: sheet, strings, workbook, styles."""
    names = {
        "sheet": "xl/worksheets/sheet1.xml",
        "strings": "xl/sharedStrings.xml",
        "workbook": "xl/workbook.xml",
        "styles": "xl/styles.xml",
    }
    parts = {names[name]: text for name, text in replaced.items()}
    source = zipfile.ZipFile(io.BytesIO(write_table(["姓名"], [["甲"]], sheet="表")))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, parts.get(name) or source.read(name))
    return buffer.getvalue()


def sheet(rows: str) -> bytes:
    return book(sheet=f'<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>')


def values(data: bytes, filename: str = "t.xlsx", **over: Any) -> list[tuple[int, list[str]]]:
    rows = read_table(data, filename, **over)
    return [(number, [cell.value for cell in cells]) for number, cells in rows]


def code(data: bytes, filename: str = "t.xlsx", **over: Any) -> str:
    with pytest.raises(TableError) as caught:
        list(read_table(data, filename, **over))
    return caught.value.code


@given(rows=st.lists(st.lists(TEXTS, min_size=1, max_size=4), max_size=5))
def test_written_cells_read_back_the_same(rows: list[list[str]]) -> None:
    data = write_table(["一", "二", "三", "四"], rows, sheet="表")
    found = dict(values(data))
    assert found.pop(1) == ["一", "二", "三", "四"]
    for number, row in enumerate(rows, start=2):
        kept = [*row]
        while kept and not kept[-1]:
            kept.pop()
        if any(text.strip() for text in kept):
            assert found.pop(number) == kept
    assert found == {}


def test_rows_keep_the_numbers_of_the_sheet() -> None:
    written = openpyxl.Workbook()
    page = written.create_sheet("表", 0)
    page["B3"] = "三"
    page["A7"] = "七"
    buffer = io.BytesIO()
    written.save(buffer)
    assert values(buffer.getvalue()) == [(3, ["", "三"]), (7, ["七"])]


def test_kinds_are_those_stored() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as written:
        page = written.add_worksheet()
        day = written.add_format({"num_format": "yyyy-mm-dd"})
        page.write_number(0, 0, 0.1 + 0.2)
        page.write_number(0, 1, 12)
        page.write_formula(0, 2, "=1+1", None, "2")
        page.write_datetime(0, 3, dt.datetime(2026, 1, 31), day)  # noqa: DTZ001
        page.write_datetime(0, 4, dt.datetime(2026, 1, 31, 8, 30), day)  # noqa: DTZ001
        page.write_datetime(0, 5, dt.time(8, 30), day)
        page.write_boolean(0, 6, True)
        page.write_string(0, 7, "=1+1")
        page.write_number(0, 8, 230701199001011234)
    ((number, cells),) = read_table(buffer.getvalue(), "t.xlsx")
    assert number == 1
    assert cells[:8] == [
        Cell("0.3", CellKind.NUMBER),
        Cell("12", CellKind.NUMBER),
        Cell("=1+1", CellKind.FORMULA),
        Cell("2026-01-31", CellKind.DATE),
        Cell("2026-01-31T08:30:00", CellKind.DATE),
        Cell("08:30:00", CellKind.DATE),
        Cell("TRUE", CellKind.TEXT),
        Cell("=1+1", CellKind.TEXT),
    ]
    assert has_lost_digits(cells[8])
    assert not has_lost_digits(cells[1])
    assert not has_lost_digits(Cell("230701199001011234", CellKind.TEXT))


@pytest.mark.parametrize(
    ("serial", "shown"),
    [
        ("1", "1900-01-01"),
        ("59", "1900-02-28"),
        ("61", "1900-03-01"),
        ("46053", "2026-01-31"),
        ("46052.999999999", "2026-01-31"),
        ("0.5", "12:00:00"),
        ("46053.354166666664", "2026-01-31T08:30:00"),
    ],
)
def test_serial_days_are_read_as_dates(serial: str, shown: str) -> None:
    assert _dated(serial) == Cell(shown, CellKind.DATE)


@pytest.mark.parametrize("serial", ["60", "-1", "2958466"])
def test_a_day_the_calendar_has_not_stays_a_number(serial: str) -> None:
    assert _dated(serial) == Cell(serial, CellKind.NUMBER)


def _dated(serial: str, number_format: int = 14, **parts: str) -> Cell:
    data = book(
        sheet=f'<worksheet><sheetData><row><c s="1"><v>{serial}</v></c></row></sheetData>'
        "</worksheet>",
        styles='<styleSheet><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>'
        f'<xf numFmtId="0"/><xf numFmtId="{number_format}"/></cellXfs></styleSheet>',
        **parts,
    )
    ((_, cells),) = read_table(data, "t.xlsx")
    return cells[0]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("0.69999999999999996", "0.7"),
        ("1E-3", "0.001"),
        ("-0", "0"),
        ("100", "100"),
        ("1E+2", "100"),
        ("2.307011990010112E+17", "2.307011990010112E+17"),
        ("1E400", "1E400"),
    ],
)
def test_numbers_read_as_they_were_typed(stored: str, shown: str) -> None:
    data = sheet(f"<row><c><v>{stored}</v></c></row>")
    assert values(data) == [(1, [shown])]


def test_the_chinese_built_in_formats_show_dates() -> None:
    assert _dated("46053", 31) == Cell("2026-01-31", CellKind.DATE)
    assert _dated("46053", 10) == Cell("46053", CellKind.NUMBER)


def test_workbooks_that_count_from_1904_are_understood() -> None:
    workbook = (
        f'<workbook xmlns="{NAMESPACE}" xmlns:r="r"><workbookPr date1904="1"/>'
        '<sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    assert _dated("44591", workbook=workbook) == Cell("2026-01-31", CellKind.DATE)


@pytest.mark.parametrize(
    ("number_format", "is_date"),
    [
        ('yyyy"年"m"月"d"日"', True),
        ("[$-804]yyyy/m/d", True),
        ("[h]:mm", True),
        ("0.00", False),
        ('0"days"', False),
        ("[Red]0", False),
        ("General", False),
    ],
)
def test_own_formats_are_judged_by_their_letters(number_format: str, is_date: bool) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as written:
        style = written.add_format({"num_format": number_format})
        written.add_worksheet().write_number(0, 0, 46053, style)
    ((_, cells),) = read_table(buffer.getvalue(), "t.xlsx")
    assert (cells[0].kind is CellKind.DATE) == is_date


def test_the_first_visible_sheet_is_read_unless_one_is_named() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as written:
        for name in ("藏", "显", "后"):
            written.add_worksheet(name).write_string(0, 0, name)
        written.get_worksheet_by_name("显").activate()
        written.get_worksheet_by_name("显").set_first_sheet()
        written.get_worksheet_by_name("藏").hide()
    assert values(buffer.getvalue()) == [(1, ["显"])]
    assert values(buffer.getvalue(), sheet="后") == [(1, ["后"])]
    assert code(buffer.getvalue(), sheet="无") == "no-such-sheet"


def test_prefixed_names_rich_texts_and_readings_are_understood() -> None:
    """A reading printed above a name is no part of the name."""
    rows = (
        '<x:row r="2"><x:c r="A2" t="inlineStr"><x:is><x:r><x:t>王</x:t></x:r><x:r><x:t>五</x:t>'
        '</x:r><x:rPh sb="0" eb="1"><x:t>wang</x:t></x:rPh></x:is></x:c>'
        '<x:c r="C2" t="e"><x:v>#N/A</x:v></x:c></x:row>'
    )
    data = book(
        sheet=f'<x:worksheet xmlns:x="{NAMESPACE}"><x:sheetData>{rows}</x:sheetData>'
        "<x:conditionalFormatting><x:f>1</x:f></x:conditionalFormatting></x:worksheet>"
    )
    ((number, cells),) = read_table(data, "t.xlsx")
    assert (number, [cell.value for cell in cells]) == (2, ["王五", "", "#N/A"])
    assert cells[2].kind is CellKind.FORMULA


def test_escapes_are_undone_unless_they_stand_for_no_character() -> None:
    rows = (
        '<row><c t="inlineStr"><is><t>_x4E00__x005F_x4E00_</t></is></c>'
        '<c t="str"><v>_xD800__x0000__xffff_</v></c></row>'
    )
    assert values(sheet(rows)) == [(1, ["一_x4E00_", "_xD800__x0000__xffff_"])]


def test_empty_rows_and_cells_far_away_do_not_count() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row><row r="1048576"><c/></row>'
    assert values(sheet(rows)) == [(1, ["1"])]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "too-many-rows"),
        ('<row r="1"><c r="XFD1"><v>1</v></c></row>', "too-many-columns"),
        ('<row r="2"/><row r="1"/>', "rows-out-of-order"),
        ('<row r="1"/><row r="1"/>', "rows-out-of-order"),
        ('<row r="1"><c r="B1"/><c r="A1"/></row>', "cells-out-of-order"),
        ('<row r="x"/>', "workbook-bad-value"),
        ('<row r="1"><c r="AAAA1"/></row>', "workbook-bad-value"),
        ('<row r="1"><c><v>一</v></c></row>', "workbook-bad-value"),
        ('<row r="1"><c t="s"><v>99</v></c></row>', "workbook-bad-value"),
        ('<row r="1"><c t="s"><v>-1</v></c></row>', "workbook-bad-value"),
        ('<row r="1"><c t="inlineStr"><is><t>' + "长" * 32_768, "cell-too-long"),
        ('<row r="1">', "workbook-bad-xml"),
    ],
)
def test_what_no_sheet_program_writes_is_refused(rows: str, expected: str) -> None:
    if expected == "cell-too-long":
        rows += "</t></is></c></row>"
    assert code(sheet(rows)) == expected


def test_entities_are_refused_before_they_are_expanded() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = (
        f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><worksheet xmlns="{NAMESPACE}"><sheetData>'
        '<row r="1"><c t="inlineStr"><is><t>&l9;</t></is></c></row></sheetData></worksheet>'
    )
    assert code(book(sheet=bomb)) == "workbook-dtd"
    assert code(book(strings='<!DOCTYPE x SYSTEM "file:///etc/passwd"><sst/>')) == "workbook-dtd"


def test_a_file_that_unpacks_to_far_more_is_refused_unread() -> None:
    assert code(sheet(" " * 4_000_000)) == "packed-too-tightly"
    limits = Limits(unzipped_bytes=2**20, ratio=10**6)
    assert code(sheet(" " * 4_000_000), limits=limits) == "unzipped-too-large"


def test_a_crowd_of_cells_is_refused_in_little_memory() -> None:
    crowd = sheet('<row r="1">' + "<c/>" * 400_000 + "</row>")
    tracemalloc.start()
    assert code(crowd, limits=Limits(elements=200_000, ratio=10**6)) == "too-many-elements"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * 2**20


@pytest.mark.parametrize("encoding", ["no-such", "utf-16", "gb18030"])
def test_an_encoding_that_does_not_fit_is_refused(encoding: str) -> None:
    """The declared encoding must exist and be the one used."""
    text = f'<?xml version="1.0" encoding="{encoding}"?><worksheet/>'
    assert code(book(sheet=text)) == "workbook-bad-xml"


def test_many_parts_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for number in range(201):
            target.writestr(str(number), "")
    assert code(buffer.getvalue()) == "too-many-parts"


@pytest.mark.parametrize(
    ("data", "filename", "expected"),
    [
        (b"", "t.xlsx", "file-empty"),
        (b" \n", "t.csv", "file-empty"),
        (b"x" * 11, "t.csv", "file-too-large"),
        (b"\xd0\xcf\x11\xe0", "t.xls", "old-or-encrypted-workbook"),
        (b"\xd0\xcf\x11\xe0", "t.xlsx", "old-or-encrypted-workbook"),
        (b"a,b", "t.xlsx", "not-a-workbook"),
        (b"PK\x03\x04", "t.csv", "content-differs-from-ending"),
        (b"PK\x03\x04", "t.xlsx", "not-a-workbook"),
        (b"a,b", "t.pdf", "unknown-kind-of-file"),
        (b"a,b", "t", "unknown-kind-of-file"),
        (b"\xff\x00\x01", "t.csv", "not-text"),
        (b"a\x00b", "t.csv", "not-text"),
        (b'a\n"b', "t.csv", "bad-quotes"),
        (b'a\n"b"c', "t.csv", "bad-quotes"),
    ],
)
def test_a_file_that_is_no_table_is_refused(data: bytes, filename: str, expected: str) -> None:
    assert code(data, filename, limits=Limits(file_bytes=10)) == expected


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr("a.txt", "a")
    assert code(buffer.getvalue()) == "workbook-part-missing"


def test_a_damaged_part_is_refused() -> None:
    data = bytearray(book())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as source:
        offset = source.getinfo("xl/worksheets/sheet1.xml").header_offset
    data[offset + 90 : offset + 130] = bytes(40)
    assert code(bytes(data)) in {"workbook-damaged", "workbook-bad-xml"}


@given(data=st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for filename in ("t.xlsx", "t.csv"):
        try:
            list(read_table(data, filename))
        except TableError:
            continue


@given(place=st.integers(0, 5000), byte=st.integers(0, 255))
def test_no_damaged_workbook_breaks_the_reader(place: int, byte: int) -> None:
    data = bytearray(book())
    data[place % len(data)] = byte
    try:
        list(read_table(bytes(data), "t.xlsx"))
    except TableError:
        return


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_the_encodings_office_programs_write(encoding: str) -> None:
    data = "姓名,单位\n龘某,矿山\n".encode(encoding)
    assert values(data, "t.csv") == [(1, ["姓名", "单位"]), (2, ["龘某", "矿山"])]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_delimiters_are_found_in_the_header(delimiter: str) -> None:
    data = f"甲{delimiter}乙\n1,5{delimiter}2\n".encode()
    assert values(data, "t.TXT")[0] == (1, ["甲", "乙"])


def test_csv_records_are_numbered_as_a_sheet_program_does() -> None:
    data = '甲\n\n"一\n行"\n , \n丙\n'.encode()
    assert values(data, "t.csv") == [(1, ["甲"]), (3, ["一\n行"]), (5, ["丙"])]


def test_csv_formulas_and_limits() -> None:
    ((_, cells),) = read_table("=1+1,甲".encode(), "t.csv")
    assert cells[0].kind is CellKind.FORMULA
    assert code("甲\n乙\n丙".encode(), "t.csv", limits=Limits(rows=2)) == "too-many-rows"
    assert code("甲,乙".encode(), "t.csv", limits=Limits(columns=1)) == "too-many-columns"
    assert code("甲甲".encode(), "t.csv", limits=Limits(cell_characters=1)) == "cell-too-long"
    assert values("甲,,,\n".encode(), "t.csv", limits=Limits(columns=1)) == [(1, ["甲"])]


def test_records_carry_their_row_and_cells_by_column() -> None:
    data = "\n姓 名,,单位\n张三,x, 矿 \n李四\n".encode()
    records = list(read_records(read_table(data, "t.csv"), required=("姓名",)))
    assert [record.row for record in records] == [3, 4]
    assert set(records[0].cells) == {"姓名", "单位"}
    assert records[0].text("单位") == "矿"
    assert records[1].cell("单位").is_empty
    assert records[1].cell("没有").is_empty


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("甲,甲\n", {"column": "甲"}),
        ("甲\n", {"columns": ("乙", "丙")}),
        (",\n", {}),
    ],
)
def test_a_header_that_cannot_be_used_is_refused(text: str, facts: dict[str, object]) -> None:
    with pytest.raises(TableError) as caught:
        list(read_records(read_table(text.encode(), "t.csv"), required=("甲", "乙", "丙")))
    assert caught.value.facts == facts
