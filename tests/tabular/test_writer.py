"""The table writer: every cell is text and nothing is ever computed."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from tabular import VERSION_SHEET, TableError, read_table, write_table

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "http://x"]


def load(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_no_cell_is_a_formula_a_link_or_a_number() -> None:
    data = write_table(["甲"], [[text] for text in [*DANGEROUS, 12, Decimal("0.5")]], sheet="表")
    for (cell,) in load(data)["表"].iter_rows():
        assert cell.data_type == "s"
        assert cell.number_format in {"@"}
        assert cell.hyperlink is None
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet


def test_dangerous_texts_read_back_unchanged() -> None:
    data = write_table(["甲"], [[text] for text in DANGEROUS], sheet="表")
    assert [cells[0].value for _, cells in read_table(data, "t.xlsx")][1:] == DANGEROUS


def test_nothing_is_written_for_none() -> None:
    data = write_table(["甲", "乙"], [[None, "x"]], sheet="表")
    (_, (_, cells)) = read_table(data, "t.xlsx")
    assert cells[0].is_empty
    assert cells[1].value == "x"


def test_marked_cells_are_coloured_and_others_are_not() -> None:
    page = load(write_table(["甲", "乙"], [["1", "2"], ["3", "4"]], sheet="表", marked={(1, 0)}))
    assert page["表"]["A3"].fill.fgColor.rgb == "FFFFD9D9"
    assert page["表"]["B3"].fill.fill_type is None


def test_choices_and_version_stand_in_hidden_sheets() -> None:
    data = write_table(
        ["甲", "乙"], [], sheet="表", choices={"乙": ["是", "否"]}, version="roster/1"
    )
    written = load(data)
    (offer,) = written["表"].data_validations.dataValidation
    assert (str(offer.sqref), offer.formula1) == ("B2:B20001", "choices!$A$1:$A$2")
    assert [page.title for page in written if page.sheet_state == "visible"] == ["表"]
    assert written[VERSION_SHEET]["A1"].value == "roster/1"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["长" * 32_768], "cell-too-long"),
        (["\ud800"], "cell-not-text"),
        (["\x00"], "cell-not-text"),
        (["甲", "乙"], "row-too-long"),
    ],
)
def test_what_a_sheet_cannot_hold_is_refused(row: list[str], code: str) -> None:
    with pytest.raises(TableError) as caught:
        write_table(["甲"], [["好"], row], sheet="表")
    assert caught.value.code == code
    assert caught.value.facts["row"] == 3
