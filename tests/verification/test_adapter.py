"""Uploads of all kinds read into what is asked; what cannot be read is named by row or file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel
from openpyxl import Workbook
from PIL import Image

from exam_app.core.errors import BadInput
from exam_app.core.qr import qr_matrix
from exam_app.verification import adapter
from exam_app.verification.adapter import Asked
from exam_app.verification.terms import Way
from tests.verification.world import table

HEAD, DIGITS = "https://exam.yichun.example/v#", "123456789012345678901234567890"


@pytest.fixture(scope="module")
def words() -> Iterator[Flask]:
    """Return an application that has nothing but its language."""
    made = Flask("words")
    Babel(made, default_locale="zh_Hans_CN")
    with made.app_context():
        yield made


def picture(digits: str = DIGITS, kind: str = "PNG") -> bytes:
    """Return a picture of a QR code."""
    rows = qr_matrix(HEAD, digits)
    side = len(rows) + 8
    image = Image.new("L", (side, side), 255)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x + 4, y + 4), 0)
    file = io.BytesIO()
    image.resize((side * 5, side * 5)).save(file, kind)
    return file.getvalue()


def package(**parts: bytes) -> bytes:
    """Return a ZIP of the parts; ``__`` in a name stands for a dot."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in parts.items():
            zipped.writestr(name.replace("__", "."), data)
    return file.getvalue()


def asked(data: bytes, name: str) -> list[Asked]:
    return [row for lot in adapter.lots(data, name) for row in lot.read()]


def test_a_table_has_both_ways(words: Flask) -> None:
    """Number with name, or the text of the QR code; rows are named by their own number."""
    data = table(("23070020251000016", "王建国", ""), ("", "", f"{HEAD}{DIGITS}"), ("", "李", ""))
    first, second, third = asked(data, "名单.xlsx")
    assert (first.way, first.number, first.name) == (Way.NUMBER, "23070020251000016", "王建国")
    assert (second.way, second.text, second.source) == (Way.CODE, HEAD + DIGITS, "第 3 行")
    assert third.problem == "number-and-name"


def test_numbers_that_lost_their_digits_are_named(words: Flask) -> None:
    """A number typed as a number has lost its last digits; it is not guessed."""
    book, file = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["编号", "持证人"])
    sheet.append([23070020251000016, "王建国"])
    book.save(file)
    (row,) = asked(file.getvalue(), "a.xlsx")
    assert row.problem == "number-not-text"
    (row,) = asked("编号,姓名\n23070020251000016,王建国\n".encode(), "a.csv")
    assert row.number == "23070020251000016"


def test_a_list_of_texts_is_read_line_by_line(words: Flask) -> None:
    """One QR text a line, blank lines left out, lines counted as in the file."""
    rows = asked(f"{DIGITS}\n\n {HEAD}{DIGITS} \n".encode(), "扫码.txt")
    assert [(row.source, row.text) for row in rows] == [
        ("第 1 行", DIGITS),
        ("第 3 行", HEAD + DIGITS),
    ]


def test_a_package_of_pictures(words: Flask) -> None:
    """Each picture is a row; what is no picture, or has no code, says so by its name."""
    blank = io.BytesIO()
    Image.new("L", (50, 50), 255).save(blank, "PNG")
    data = package(
        a__png=picture(), b__jpg=picture(kind="JPEG"), c__txt=b"x", d__png=b"no picture",
        e__png=blank.getvalue(), f__pdf=b"%PDF-broken", g__zip=package(x=b""),
    )  # fmt: skip
    found = {row.source: row for row in asked(data, "证书.zip")}
    assert found["a.png"].text == found["b.jpg"].text == HEAD + DIGITS
    assert {name: row.problem for name, row in found.items() if row.problem} == {
        "c.txt": "file-kind",
        "d.png": "picture-unreadable",
        "e.png": "no-code-found",
        "f.pdf": "pdf-unreadable",
        "g.zip": "file-kind",
    }
    (row,) = asked(picture(), "照片.png")
    assert row.text == HEAD + DIGITS


def test_paths_out_of_a_package_are_not_followed(words: Flask) -> None:
    """A name that leads out of the package is listed as refused."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("../../etc/a.png", picture())
    (row,) = asked(file.getvalue(), "a.zip")
    assert row.problem == "unsafe-path"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.zip", b"PK no zip", "table-not-a-zip"),
        ("a.zip", package(bomb__png=b"\0" * 40_000_000), "table-packed-too-tightly"),
        ("a.zip", package(), "table-no-rows"),
        ("a.xlsx", b"PK\x03\x04", "table-not-a-workbook"),
        ("a.csv", "姓名,岗位\n王建国,班组长\n".encode(), "table-columns-missing"),
        ("a.csv", "编号,姓名\n".encode(), "table-no-rows"),
        ("a.txt", b"\xff\xfe\xff", "text-unreadable"),
        ("a.txt", b"\n\n", "table-no-rows"),
        ("a.txt", b"1\n" * 10_001, "table-too-many-rows"),
        ("a.docx", b"x", "table-unknown-kind-of-file"),
    ],
)
def test_whole_files_that_are_refused(words: Flask, name: str, data: bytes, code: str) -> None:
    """Bombs, broken packages, tables without the columns, other kinds: told as a whole."""
    with pytest.raises(BadInput) as refused:
        adapter.lots(data, name)
    assert refused.value.code == code
