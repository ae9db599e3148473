"""No file takes long: so many items of it are read, so many options of an item."""

from __future__ import annotations

import io
import time
import zipfile
from decimal import Decimal

import pytest

from question_bank.errors import ExchangeError
from question_bank.exchange import formats, free_table
from question_bank.exchange.formats import Format
from question_bank.exchange.free_table import Field, Mapping
from question_bank.exchange.free_words import difficulty_of
from question_bank.exchange.result import MOST_ITEMS, MOST_OPTIONS, ReadResult

MANY = MOST_ITEMS + 5
MOODLE = '<question type="multichoice"><name><text>q</text></name>%s</question>'
QTI = (
    '<item ident="i"><presentation><response_lid><render_choice>%s</render_choice></response_lid>'
    "</presentation></item>"
)


SLACK = 5


def read(data: str | bytes, kind: Format, seconds: float = 4) -> ReadResult:
    """Return what a file holds; a reader that is not linear takes many times as long."""
    start = time.process_time()
    found = formats.read(data.encode() if isinstance(data, str) else data, "a.txt", format=kind)
    assert time.process_time() - start < SLACK * seconds
    return found


def packed(files: dict[str, str]) -> bytes:
    """Return files as a package."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as package:
        for name, text in files.items():
            package.writestr(name, text)
    return data.getvalue()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Format.GIFT, "q{\n\n" * MANY),
        (Format.AIKEN, "q\nANSWER: A\n" * MANY),
        (Format.MOODLE_XML, "<quiz>" + MOODLE % "" * MANY + "</quiz>"),
        (Format.QTI, "<questestinterop>" + '<item ident="i"/>' * MANY + "</questestinterop>"),
    ],
)
def test_so_many_items_of_a_file_are_read(kind: Format, text: str) -> None:
    found = read(text, kind)
    assert not found.items
    assert len(found.problems) == MOST_ITEMS + 1
    (last,) = [each for each in found.problems if each.code == "too-many-items"]
    assert (last.row, last.facts) == (0, (("limit", "20000"),))


def test_a_list_of_files_that_are_not_there_has_an_end() -> None:
    listed = '<resource type="imsqti_item_xmlv2p1" href="x.xml"/>' * MANY
    found = read(packed({"imsmanifest.xml": f"<manifest>{listed}</manifest>"}), Format.QTI)
    codes = [each.code for each in found.problems]
    assert (codes.count("too-many-items"), len(codes)) == (1, MOST_ITEMS + 1)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Format.GIFT, "q{=a" + "~b" * MOST_OPTIONS + "}"),
        (Format.GIFT, "q{" + "=a->b" * (MOST_OPTIONS + 1) + "}"),
        (Format.AIKEN, "q\n" + "A. a\n" * (MOST_OPTIONS + 1) + "ANSWER: A\n"),
        (Format.MOODLE_XML, f"<quiz>{MOODLE % ('<answer/>' * (MOST_OPTIONS + 1))}</quiz>"),
        (Format.QTI, f"<questestinterop>{QTI % ('<response_label/>' * 41)}</questestinterop>"),
    ],
)
def test_so_many_options_of_an_item_are_looked_at(kind: Format, text: str) -> None:
    assert [each.code for each in read(text, kind).problems] == ["too-many-options"]


@pytest.mark.parametrize(
    ("kind", "text", "seconds"),
    [
        (Format.GIFT, "问？{=a " + "~abc" * 400_000 + "}", 2),
        (Format.GIFT, "问？{=a ~" + "\\{" * 800_000 + "}", 2),
        (Format.GIFT, "q{T}\n" + "\n" * 2_000_000, 2),
        (Format.GIFT, "//" + "[id:" * 500_000 + "\nq{T}\n", 2),
        (Format.AIKEN, "q\nA. a\n" + "x\n" * 500_000 + "B. b\nANSWER: A\n", 2),
        (Format.AIKEN, "q\n" + "A:\n" * 500_000 + "ANSWER: " + "A" * 500_000 + "\n", 2),
        (
            Format.MOODLE_XML,
            "<quiz>" + MOODLE % ("<x>" + "y" * 10 + "</x>") * 40_000 + "</quiz>",
            4,
        ),
    ],
)
def test_no_file_takes_long(kind: Format, text: str, seconds: float) -> None:
    found = read(text, kind, seconds)
    assert all(len(value) <= 2_000 for each in found.problems for _, value in each.facts)
    assert all(len(each.item) <= 200 for each in found.problems)


def test_items_in_items_are_read_once() -> None:
    nested = '<item ident="i"><presentation/>' * 90 + "<x/>" * 100_000 + "</item>" * 90
    found = read(f"<questestinterop>{nested}</questestinterop>", Format.QTI, 2)
    assert len(found.problems) == 1


def test_the_elements_of_a_package_are_counted_together() -> None:
    filled = "<questestinterop>" + "<x/>" * 5_000 + QTI % "" + "</questestinterop>"
    found = read(packed({f"{number}.xml": filled for number in range(600)}), Format.QTI, 8)
    assert {each.code for each in found.problems} >= {"xml-too-many-elements"}
    assert len(found.problems) == 600


def test_one_stem_may_stand_in_all_rows() -> None:
    rows = "".join(f"下列说法正确的是,甲{row},乙{row},A\n" for row in range(15_000))
    found = read("题干,选项A,选项B,答案\n" + rows + "下列说法正确的是,新,甲7,A\n", Format.CSV, 6)
    assert len(found.items) == 15_000
    assert [(each.code, each.facts) for each in found.problems] == [
        ("stem-repeated", (("first_row", "9"),))
    ]


@pytest.mark.parametrize(
    ("text", "share"), [("83.33%", "0.8333"), ("0.833333", "0.8333"), ("300%", None), ("1", "1")]
)
def test_a_difficulty_of_a_sheet_has_four_decimals(text: str, share: str | None) -> None:
    found = difficulty_of(text, in_steps=False)
    assert found == (None if share is None else Decimal(share))


@pytest.mark.parametrize(
    "plain",
    [
        {"sheet": "", "header_row": 1, "columns": {"stem": 1e400}},
        {"sheet": "", "header_row": True, "columns": {"stem": 1}},
        {"sheet": "", "header_row": 1, "columns": {"stem": 0}},
        {"sheet": "", "header_row": 1, "columns": {"ignored": 1}},
        {"sheet": 7, "header_row": 1, "columns": {"stem": 1}},
        {"sheet": "x" * 201, "header_row": 1, "columns": {"stem": 1}},
        {"sheet": "", "header_row": 1, "columns": []},
        {"sheet": "", "header_row": 1, "columns": {"stem": 1}, "guessed": 3},
    ],
)
def test_a_mapping_with_nonsense_in_it_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(ExchangeError, match="bad-mapping"):
        free_table.Mapping.from_plain(plain)


def test_a_mapping_comes_back() -> None:
    mapping = Mapping("表", 2, {Field.STEM: 3, Field.KEY: 1}, frozenset({Field.KEY}))
    assert Mapping.from_plain(mapping.to_plain()) == mapping
