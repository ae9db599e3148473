"""QTI packages: the bad part is named, the good items come in, nothing is unpacked anywhere."""

from __future__ import annotations

import io
import random
import stat
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.errors import ExchangeError
from question_bank.exchange import ReadResult, qti_package
from question_bank.item import Item, ItemSet
from tests.question_bank.exchange.rich_items import PICTURES, picture, rich_items
from tests.question_bank.exchange.test_qti import codes, notes, qti2, qti12, when
from tests.question_bank.strategies import make_item


def item(name: str, before: str = "") -> bytes:
    return qti2(before=before or f"<p>题干{name}</p>").replace(b'"I1"', f'"{name}"'.encode())


def manifest(*hrefs: str, more: str = "") -> bytes:
    resources = "".join(
        f'<resource identifier="R{place}" type="imsqti_item_xmlv2p1" href="{href}">'
        f'<file href="{href}"/></resource>'
        for place, href in enumerate(hrefs)
    )
    return f"<manifest><resources>{resources}{more}</resources></manifest>".encode()


def packed(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def read(files: dict[str, bytes]) -> ReadResult:
    return qti_package.read_items(packed(files))


def ids(result: ReadResult) -> list[str]:
    return [one.id for one in result.items]


@settings(max_examples=60)
@given(items=st.lists(rich_items(), unique_by=lambda one: one.id, max_size=3))
def test_written_items_read_back_the_same(items: list[Item]) -> None:
    written = qti_package.write_items(items, PICTURES)
    assert written.lost == ()
    if not items:
        return
    back = qti_package.read_items(written.data)
    assert back.problems == back.notes == ()
    assert back.items == tuple(items)
    assert set(back.pictures) == {figure.digest for one in items for figure in one.figures}


def test_the_same_items_give_the_same_package() -> None:
    items = [make_item(1, item_set=ItemSet("C-1", "案例")), make_item(2)]
    first, second = (qti_package.write_items(items).data for _ in range(2))
    assert first == second


def test_a_malformed_item_is_named_and_the_others_come_in() -> None:
    files = {"a.xml": item("A"), "b.xml": b"<assessmentItem>", "c.xml": item("C")}
    result = read({"imsmanifest.xml": manifest(*files), **files})
    assert ids(result) == ["A", "C"]
    assert [(one.row, one.item, one.code) for one in result.problems] == [
        (2, "b.xml", "xml-malformed")
    ]
    assert result.rows == (1, 3)


def test_a_package_in_a_folder_is_read() -> None:
    files = {"包 一/imsmanifest.xml": manifest("题/a.xml"), "包 一/题/a.xml": item("A")}
    assert ids(read(files)) == ["A"]


def test_signs_blanks_and_chinese_in_names_are_found() -> None:
    files = {
        "imsmanifest.xml": manifest("a &amp; b.xml", "%E9%A2%98.xml", "题 二.xml"),
        "a & b.xml": item("A"),
        "题.xml": item("B"),
        "题 二.xml": item("C"),
    }
    assert ids(read(files)) == ["A", "B", "C"]


def test_dangling_references_are_named() -> None:
    more = '<resource identifier="X" type="webcontent"><file href="y.css"/>'
    more += '<dependency identifierref="nowhere"/></resource>'
    result = read({"imsmanifest.xml": manifest("a.xml", "gone.xml", more=more), "a.xml": item("A")})
    assert (ids(result), codes(result)) == (["A"], ["file-missing"])
    assert notes(result) == ["reference-dangling", "reference-dangling"]


def test_without_a_manifest_item_files_are_taken_with_a_note() -> None:
    result = read({"a.xml": item("A"), "b/b.xml": qti12(when("<x/>")), "c.css": b"p{}"})
    assert (ids(result), notes(result)) == (["A"], ["manifest-missing"])
    assert codes(result) == ["key-missing"]
    with pytest.raises(ExchangeError, match="manifest-missing"):
        read({"readme.txt": b"x"})


def test_a_malformed_manifest_is_named_and_the_items_come_in() -> None:
    result = read({"imsmanifest.xml": b"<manifest>", "a.xml": item("A")})
    assert (ids(result), codes(result)) == (["A"], ["xml-malformed"])
    assert result.problems[0].item == "imsmanifest.xml"


def test_a_package_without_items_says_so() -> None:
    assert codes(read({"imsmanifest.xml": manifest()})) == ["no-items"]


@pytest.mark.parametrize(
    "name", ["../a.xml", "x/../../a.xml", "/etc/passwd", "C:/a.xml", "x\\a.xml", "a\x01.xml"]
)
def test_unsafe_names_are_refused(name: str) -> None:
    result = read(
        {
            "imsmanifest.xml": manifest("ok.xml", name.replace("\x01", "")),
            "ok.xml": item("A"),
            name: item("B"),
        }
    )
    assert ids(result) == ["A"]
    assert codes(result)[0] == "unsafe-path"


def test_symbolic_links_are_refused() -> None:
    held = io.BytesIO(packed({"imsmanifest.xml": manifest("ok.xml"), "ok.xml": item("A")}))
    with zipfile.ZipFile(held, "a") as package:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        package.writestr(link, "/etc/passwd")
    result = qti_package.read_items(held.getvalue())
    assert (ids(result), codes(result)) == (["A"], ["unsafe-path"])


def test_references_out_of_the_package_lead_nowhere() -> None:
    before = '<p>甲<img src="../../../etc/passwd" alt=""/></p>'
    files = {"imsmanifest.xml": manifest("a.xml", "../../etc/passwd"), "a.xml": item("A", before)}
    assert codes(read(files)) == ["image-missing", "file-missing"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({f"{n}.xml": b"" for n in range(5_001)}, "too-many-parts"),
        ({"a.xml": b" " * (2 * 2**20)}, "packed-too-tightly"),
    ],
)
def test_zip_bombs_are_refused(files: dict[str, bytes], code: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        read(files)
    assert caught.value.code == code


def test_a_directory_that_lies_about_sizes_does_no_harm() -> None:
    data = packed({"imsmanifest.xml": manifest("a.xml"), "a.xml": item("A") + b" " * 10_000})
    place = data.rfind(b"PK\x01\x02")
    lying = data[: place + 24] + (5).to_bytes(4, "little") + data[place + 28 :]
    assert codes(qti_package.read_items(lying))[0] in {"file-damaged", "xml-malformed"}


@pytest.mark.parametrize("head", ['<!DOCTYPE a [<!ENTITY b "c">]>', "<!DOCTYPE a>"])
def test_document_types_in_a_part_are_named(head: str) -> None:
    files = {"imsmanifest.xml": manifest("a.xml", "b.xml"), "a.xml": item("A")}
    result = read(files | {"b.xml": head.encode() + item("B")})
    assert ids(result) == ["A"]
    assert codes(result)[0].startswith("xml-has-")


def test_nested_packages_are_left_alone_and_noted() -> None:
    files = {"imsmanifest.xml": manifest("a.xml"), "a.xml": item("A"), "in.zip": packed({})}
    assert notes(read(files)) == ["nested-zip"]


def test_repeated_names_are_named() -> None:
    held = io.BytesIO(packed({"imsmanifest.xml": manifest("a.xml"), "a.xml": item("A")}))
    with warnings.catch_warnings(), zipfile.ZipFile(held, "a") as package:
        warnings.simplefilter("ignore")
        package.writestr("a.xml", item("B"))
    result = qti_package.read_items(held.getvalue())
    assert (ids(result), codes(result)) == (["A"], ["file-twice"])


def test_a_file_listed_twice_is_read_once() -> None:
    result = read({"imsmanifest.xml": manifest("a.xml", "./a.xml"), "a.xml": item("A")})
    assert (ids(result), codes(result), notes(result)) == (["A"], [], ["listed-twice"])


def test_more_pictures_than_an_item_may_have_are_refused() -> None:
    before = "<p>甲" + '<img src="a.png" alt=""/>' * 21 + "</p>"
    assert codes(qti_package.read_items(item("A", before))) == ["too-many-images"]


def test_an_encrypted_package_is_refused() -> None:
    data = bytearray(packed({"a.xml": item("A")}))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ExchangeError, match="zip-encrypted"):
        qti_package.read_items(bytes(data))


def test_pictures_of_a_package_are_kept() -> None:
    one = picture(7, "JPEG")
    before = '<p>甲<img src="图/a.png" alt="帽"/></p>'
    result = read(
        {
            "imsmanifest.xml": manifest("x/a.xml"),
            "x/a.xml": item("A", before),
            "x/图/a.png": one.data,
        }
    )
    assert result.items[0].figures[0].media_type == "image/jpeg"
    assert result.pictures == {one.digest: one}


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"<svg/>", "image-kind"), (random.Random(1).randbytes(2**21 + 1), "image-too-large")],
)
def test_bad_pictures_are_named(data: bytes, code: str) -> None:
    before = '<p>甲<img src="a.png" alt=""/></p>'
    files = {"imsmanifest.xml": manifest("a.xml"), "a.xml": item("A", before), "a.png": data}
    assert codes(read(files)) == [code]


def test_what_a_package_cannot_say_is_listed() -> None:
    long = replace(make_item(1), id="长" * 41)
    lost = qti_package.write_items([long, make_item(2, options=("一",), rationale=())]).lost
    assert [(one.code, one.field) for one in lost] == [
        ("field-not-said", "id"),
        ("item-not-said", ""),
    ]


def test_nothing_is_written_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    read({"imsmanifest.xml": manifest("a.xml"), "a.xml": item("A"), "../b.xml": item("B")})
    assert list(tmp_path.iterdir()) == []
