"""Downloads signed for PDF readers (PAdES): what an independent check of the file says."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_der_private_key,
    pkcs12,
)
from flask import Flask
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from exam_app.access.actor import SYSTEM
from exam_app.access.terms import Role
from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.certificates import pades, pages, reading, service, signed_files
from exam_app.certificates.printing import certificate_pdf
from exam_app.certificates.record import verify
from exam_app.core.crypto import KeyProblem, Keyring
from exam_app.core.db import session, transaction
from exam_app.core.errors import BadInput, NotAllowed, RuleBroken
from exam_app.core.fonts import Fonts
from tests.certificates.samples import KEYS, ON, RECORD
from tests.certificates.test_printing import page
from tests.certificates.test_views import Browser, holder_of
from tests.factories.certificates import make_signed
from tests.factories.finished import Finished
from tests.factories.people import actor_of

HOST = "exam.example.gov.cn"
DAY = dt.date(2026, 11, 2)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Keyring]:
    """Return a key folder with its secret."""
    folder = tmp_path_factory.mktemp("pades")
    return folder, Keyring.create(folder)


def judged(content: bytes, folder: Path) -> PdfSignatureStatus:
    """Return what the library's validator says, trusting the certificate in the folder alone."""
    _, _, raw = pem.unarmor((folder / "pades.pem").read_bytes())
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(raw)],
        moment=dt.datetime(2026, 11, 3, tzinfo=dt.UTC),
        allow_fetching=False,
    )
    (signature,) = PdfFileReader(io.BytesIO(content)).embedded_signatures
    with ThreadPoolExecutor(1) as apart:  # a browser's test may run a loop in this thread
        return apart.submit(
            lambda: asyncio.run(async_validate_pdf_signature(signature, context))
        ).result()


def test_a_signed_file_is_whole_trusted_and_still_scans(
    home: tuple[Path, Keyring], fonts: Fonts
) -> None:
    """Covers the entire file; one changed byte is seen; the QR code says what it said before."""
    folder, ring = home
    pades.make_key(folder, ring, authority="某某市应急管理局", on=DAY)
    content = certificate_pdf([page()], HOST, fonts)
    signed = pades.sign_file(content, folder, ring, reason="合格证书")
    status = judged(signed, folder)
    assert (status.intact, status.valid, status.trusted) == (True, True, True)
    assert status.coverage is not None
    assert status.coverage.name == "ENTIRE_FILE"
    assert signed.startswith(content)
    (text,) = reading.texts_of_pdf(signed)
    assert verify(str(text), KEYS, at=ON).record == RECORD
    place = signed.index(b"/Title")
    forged = signed[:place] + b"/Titel" + signed[place + 6 :]
    assert not judged(forged, folder).intact


def test_a_key_of_a_public_authority_is_taken_over(home: tuple[Path, Keyring]) -> None:
    """From a PKCS#12 file with its passphrase; what is none is refused by name."""
    folder, ring = home
    made = pades.make_key(folder, ring, authority="某某市应急管理局", on=DAY)
    key = load_der_private_key(ring.unwrap(pades.LABEL, (folder / "pades.key").read_bytes()), None)
    bundle = pkcs12.serialize_key_and_certificates(
        b"exam",
        key,
        made,
        None,
        BestAvailableEncryption(b"geheim"),  # type: ignore[arg-type]
    )
    taken = pades.import_key(folder, ring, bundle=bundle, password=b"geheim")
    assert isinstance(taken, x509.Certificate)
    assert taken == made
    for wrong, password in ((bundle, b"falsch"), (b"none", b"")):
        with pytest.raises(BadInput, match="pades-bundle"):
            pades.import_key(folder, ring, bundle=wrong, password=password)


def test_files_are_signed_with_the_passphrase_alone(printing: Flask, made: Finished) -> None:
    """A server that was not told it signs nothing and sets no key."""
    with transaction():
        service.set_file_key(authority="某某市", actor=SYSTEM)
    folder = pages.config().keys
    with pytest.raises(KeyProblem, match="file-unreadable"):
        Keyring.load(folder).unwrap(pades.LABEL, (folder / "pades.key").read_bytes())
    (row,) = make_signed(made)
    number = row.id
    held = printing.extensions.pop("exam_signing_ring")
    config = printing.extensions["exam"]
    printing.extensions["exam"] = replace(config, signing_passphrase_file=None)
    try:
        with pytest.raises(KeyProblem, match="signing-passphrase-missing"):
            signed_files.signed_file(b"%PDF", reason="")
        with pytest.raises(KeyProblem, match="signing-passphrase-missing"), transaction():
            service.set_file_key(authority="某某市", actor=SYSTEM)
        holder = Browser(printing).sign_in(holder_of(made))
        answer = holder.post(f"/my/certificate/{number}/signed-file", "/my/certificate")
        assert (answer.status_code, b"%PDF" in answer.data) == (500, False)
    finally:
        printing.extensions["exam"] = config
        printing.extensions["exam_signing_ring"] = held


def test_the_button_is_there_once_a_key_was_set(printing: Flask, made: Finished) -> None:
    """Before that neither button nor file; the setting is recorded, the file handed out too."""
    (row,) = make_signed(made)
    number = row.number
    holder = Browser(printing).sign_in(holder_of(made))
    path = f"/my/certificate/{row.id}/signed-file"
    assert path not in holder.get("/my/certificate").text
    assert holder.post(path, "/my/certificate").status_code == 409
    with pytest.raises(RuleBroken, match="pades-missing"):
        signed_files.signed_file(b"", reason="")
    clerk = actor_of(made.city.officer(Role.SECADMIN))
    with pytest.raises(NotAllowed, match="key-by-command"), transaction():
        service.set_file_key(authority="某某市", actor=clerk)
    with transaction():
        service.set_file_key(authority="某某市", actor=SYSTEM)
    assert path in holder.get("/my/certificate").text
    answer = holder.post(path, "/my/certificate")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert judged(answer.data, pages.config().keys).intact
    last = session().query(AuditEntry).order_by(AuditEntry.seq.desc()).first()
    assert last is not None
    assert (last.action, number in last.detail) == (Action.CERTIFICATE_PRINTED.value, True)
