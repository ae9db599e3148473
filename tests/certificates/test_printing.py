"""The printed certificate: all it signs stands on it, and it verifies from the paper."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from decimal import Decimal

import pypdf
import pypdfium2
import pytest
import zxingcpp

from exam_app.certificates.printing import (
    MODULE_MM,
    CertificatePage,
    certificate_pdf,
    certificate_zip,
    file_name,
)
from exam_app.certificates.record import CertificateRecord, verify
from exam_app.certificates.terms import Reason, VerdictState
from exam_app.core.fonts import Fonts, PrintingRefused
from tests.certificates.samples import HOST, KEYS, ON, RECORD, digits_of
from tests.factories.certificates import good

AUTHORITY, CLASS_NAME = "某某市应急管理局", "2026年第三期工伤预防能力提升培训班"
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def page(record: CertificateRecord = RECORD, **names: str) -> CertificatePage:
    told = {"authority": AUTHORITY, "class_name": CLASS_NAME, "industry": "建筑业"} | names
    return CertificatePage(record, digits_of(record), **told)


def scanned(pdf: bytes, number: int = 0, dpi: int = 150) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[number].render(scale=dpi / 72).to_pil()
    (code,) = zxingcpp.read_barcodes(picture, formats=QR)
    return str(code.text)


def words(pdf: bytes) -> str:
    text = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    return "".join(text.split())


def test_page_says_everything_that_is_signed(fonts: Fonts) -> None:
    """Name with rare characters, numbers, hours, dates, authority, and how to verify."""
    text = words(certificate_pdf([page()], HOST, fonts))
    for wanted in (
        "合格证书",
        RECORD.name,
        CLASS_NAME,
        AUTHORITY,
        RECORD.number,
        "235X",
        "88.5分",
        "专职安全（职业健康）管理人员",
        "建筑业",
        "32学时",
        "线下19.5",
        "实训8",
        RECORD.paper,
        "2026年11月2日",
        "2029年11月1日",
        f"https://{HOST}/v",
        "Verify",
    ):
        assert "".join(wanted.split()) in text


@pytest.mark.parametrize("dpi", [96, 150, 300])
def test_scanned_page_verifies(dpi: int, fonts: Fonts) -> None:
    """From the paper to the verdict, with the published keys alone."""
    pdf = certificate_pdf([page()], HOST, fonts)
    verdict = verify(scanned(pdf, dpi=dpi), KEYS, at=ON, status=good, host=HOST)
    assert (verdict.state, verdict.record, verdict.reasons) == (VerdictState.VALID, RECORD, ())


def test_page_printed_for_another_name_shows_the_signed_one_when_scanned(fonts: Fonts) -> None:
    """A forged page around a true code: the scan gives the name that was signed."""
    forged = CertificatePage(
        replace(RECORD, name="张三"), digits_of(), AUTHORITY, CLASS_NAME, "建筑业"
    )
    verdict = verify(scanned(certificate_pdf([forged], HOST, fonts)), KEYS, at=ON)
    assert verdict.record is not None
    assert verdict.record.name == RECORD.name


def test_page_printed_for_a_look_alike_address_is_told(fonts: Fonts) -> None:
    """The record holds, the address does not."""
    text = scanned(certificate_pdf([page()], "exam-gov.example.com", fonts))
    assert Reason.FOREIGN_ADDRESS in verify(text, KEYS, at=ON, host=HOST).reasons


def test_batch_has_one_page_each_in_order(fonts: Fonts) -> None:
    """Ten certificates, ten pages, each with its own record."""
    records = [replace(RECORD, name=f"张{c}") for c in "一二三四五六七八九十"]
    pdf = certificate_pdf([page(record) for record in records], HOST, fonts)
    for number, record in enumerate(records):
        assert verify(scanned(pdf, number), KEYS, at=ON).record == record


@pytest.mark.parametrize(
    "record",
    [
        replace(RECORD, name="买买提·阿卜杜拉·艾合买提江·吐尔逊"),
        replace(RECORD, score=None, hours=(Decimal(72), Decimal("43.2"), Decimal(0))),
        replace(RECORD, category=1, paper="P-2026-0007-AB-00001"),
    ],
)
def test_wide_and_odd_records_still_scan_and_stay_on_the_page(
    record: CertificateRecord, fonts: Fonts
) -> None:
    """Nothing is drawn over the frame or the code, whatever the length of the words."""
    pdf = certificate_pdf([page(record, class_name=CLASS_NAME * 2)], HOST, fonts)
    assert verify(scanned(pdf), KEYS, at=ON).record == record
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage()
        width, height = document[0].get_size()
        boxes = [text.get_charbox(n) for n in range(text.count_chars())]
        text.close()
    assert all(box[0] > 34 and box[2] < width - 34 for box in boxes if box[2] > box[0])
    assert all(box[1] > 34 and box[3] < height - 34 for box in boxes if box[3] > box[1])


def test_a_name_without_glyph_is_left_out_and_listed(fonts: Fonts) -> None:
    """The others are printed; number and character stand on a last page, in a ZIP in a text."""
    good = page()
    odd = [
        page(replace(RECORD, name="张\U000300ff", number=f"2307002026100{n:03}5"))
        for n in range(25)
    ]
    reader = pypdf.PdfReader(io.BytesIO(certificate_pdf([*odd, good], HOST, fonts)))
    assert len(reader.pages) == 3
    assert RECORD.number in reader.pages[0].extract_text()
    listed = reader.pages[1].extract_text() + reader.pages[2].extract_text()
    assert all(f"{each.record.number}　张〓　缺字 U+300FF" in listed for each in odd)
    with zipfile.ZipFile(io.BytesIO(certificate_zip([odd[0], good], HOST, fonts))) as archive:
        assert archive.namelist() == [file_name(RECORD), "未打印.txt"]
        assert odd[0].record.number in archive.read("未打印.txt").decode("utf-8-sig")
    with pytest.raises(PrintingRefused) as refused:
        certificate_pdf(odd[:1], HOST, fonts)
    assert refused.value.facts["codepoint"] == "U+300FF"
    with pytest.raises(PrintingRefused):
        certificate_pdf([page(class_name="班\u200b")], HOST, fonts)


def test_same_certificate_is_the_same_file(fonts: Fonts) -> None:
    """Printed again, not a byte differs: a digest of the file can be kept."""
    assert certificate_pdf([page()], HOST, fonts) == certificate_pdf([page()], HOST, fonts)


def test_the_file_says_what_an_archive_asks(fonts: Fonts) -> None:
    """Title, author and language; XMP in plain sight; sRGB; every face that draws is embedded."""
    reader = pypdf.PdfReader(io.BytesIO(certificate_pdf([page()], HOST, fonts)))
    root, info = reader.trailer["/Root"], reader.metadata
    xmp = reader.xmp_metadata
    assert info is not None
    assert xmp is not None
    title = f"合格证书 {RECORD.number}"
    assert (info.title, info.author, root["/Lang"]) == (title, AUTHORITY, "zh-CN")
    assert (xmp.dc_title["x-default"], xmp.dc_creator) == (title, [AUTHORITY])
    assert not root["/Metadata"].get("/Filter")
    (intent,) = root["/OutputIntents"]
    profile = intent["/DestOutputProfile"]
    assert profile["/N"] == 3
    assert profile.get_data()[36:40] == b"acsp"
    assert "pdfaid" not in root["/Metadata"].get_data().decode()
    drawn = {
        name for name, face in reader.pages[0]["/Resources"]["/Font"].items()
        if "/FontDescriptor" in face and "/FontFile2" in face["/FontDescriptor"]
    }  # fmt: skip
    content = reader.pages[0].get_contents()
    assert content is not None
    shown = set(re.findall(rb"(/F\S+) [\d.]+ Tf [^()/]*\([^)]", content.get_data()))
    assert shown
    assert {name.decode() for name in shown} <= drawn


def test_a_class_is_packed_one_file_a_person(fonts: Fonts) -> None:
    """Named by number and holder, with nothing a file system takes amiss; the same bytes again."""
    records = [replace(RECORD, number=f"2307002026100{n}177") for n in range(2)]
    odd = replace(RECORD, name='买买提·艾力/../"|')
    pages = [page(record) for record in (*records, odd)]
    packed = certificate_zip(pages, HOST, fonts)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert verify_file(archive.read(names[0])) == records[0]
    assert names == [
        f"{records[0].number}-欧阳㛃䶮𬭎.pdf",
        f"{records[1].number}-欧阳㛃䶮𬭎.pdf",
        f"{RECORD.number}-买买提·艾力______.pdf",
    ]
    assert certificate_zip(pages, HOST, fonts) == packed
    longest = file_name(replace(RECORD, name="𬭎" * 60))
    assert len(longest.encode()) <= 255


def verify_file(pdf: bytes) -> CertificateRecord | None:
    return verify(scanned(pdf), KEYS, at=ON).record


def test_modules_are_wide_enough_for_an_office_printer() -> None:
    """At least 0.4 mm."""
    assert MODULE_MM >= 0.4
