"""Guessing tells nothing, and nothing that leaves carries an ID number."""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from exam_app.audit.models import AccessEvent
from exam_app.certificates import pages, rules
from exam_app.certificates.models import Certificate
from exam_app.certificates.reading import texts_of_pdf
from exam_app.core.crypto import keyring
from exam_app.core.db import metadata, session
from exam_app.marking.terms import Outcome
from tests.certificates.test_verify_page import FRESH, ask, post
from tests.certificates.test_views import Browser, holder_of
from tests.factories.certificates import make_revoked, make_signed, officer_of
from tests.factories.finished import Finished, make_finished

UNKNOWN = rules.certificate_number("230700", 2025, 1, 99999)
NETWORK = "198.51.{}.9"


# ---- look-ups 查验


def test_every_wrong_look_up_gets_one_answer(app: Flask, client: FlaskClient) -> None:
    """Unknown, another's name, revoked, mistyped, no number at all: one page, one status."""
    made = make_finished(Outcome.PASS, Outcome.PASS, certified=False)
    valid, revoked = make_signed(made)
    number, taken = valid.number, revoked.number
    name, other = valid.enrolment.person.name, revoked.enrolment.person.name
    make_revoked(revoked, made)
    pairs = [
        (UNKNOWN, name), (UNKNOWN, "张三"), (number, other), (number, name[:-1]), (number, "%"),
        (taken, name), (taken, "张三"), (number[:-1] + "x", name), (number[:-1], name),
        (f"{int(number) + 1}", name), ("1", name), ("证书", name), ("' OR 1=1 --", name),
        (number, f"{name}' OR '1'='1"), (f"0{number}", name), ("9" * 40, name), ("\0", "\0x"),
    ]  # fmt: skip
    answers = [ask(client, *pair, NETWORK.format(place)) for place, pair in enumerate(pairs)]
    assert {answer.status_code for answer in answers if answer.status_code != 422} == {404}
    shown = {FRESH.sub("", answer.text) for answer in answers if answer.status_code == 404}
    assert len(shown) == 1
    # Nothing but NUL is an empty field, for whoever sends it.
    assert [answer.status_code for answer in answers].count(422) == 1
    headers = {tuple(sorted(set(answer.headers.keys()))) for answer in answers}
    assert len(headers) == 1
    events = session().execute(select(AccessEvent.kind, AccessEvent.outcome, AccessEvent.facts))
    assert set(events) == {("look-up", "not-found", "{}")}


def test_one_name_from_everywhere_is_limited(client: FlaskClient, made: Finished) -> None:
    """Serial after serial with one name, each from a network of its own: stopped at thirty."""
    (row,) = make_signed(made)
    number, name = row.number, row.enrolment.person.name
    codes = []
    for serial in range(1, rules.LOOK_UPS_PER_NAME + 6):
        guessed = rules.certificate_number("230700", 2024, 1, serial)
        codes.append(ask(client, guessed, f" {name}", NETWORK.format(serial)).status_code)
    assert codes == [404] * rules.LOOK_UPS_PER_NAME + [429] * 5
    # Being limited says nothing of the name: one that nobody bears is limited alike.
    for serial in range(rules.LOOK_UPS_PER_NAME + 1):
        guessed = rules.certificate_number("230700", 2023, 1, serial + 1)
        answer = ask(client, guessed, "无此人", NETWORK.format(100 + serial))
    assert answer.status_code == 429
    limited = ask(client, number, name, "203.0.113.1")
    assert FRESH.sub("", limited.text).replace(number, "").replace(name, "") == FRESH.sub(
        "", answer.text
    ).replace(guessed, "").replace("无此人", "")
    # The code on the paper is still read: it is signed and cannot be guessed.
    assert post(client, "203.0.113.1", text=pages.digits_of(row)).status_code == 200


# ---- the ID number 证件号码


def needles(made: Finished) -> list[bytes]:
    """Return what would give the holder's ID number away: most of it, or its plain hash."""
    person = made.enrolments[0].person
    number = keyring().decrypt_field("person", "id_number", person.id_index.hex(), person.id_number)
    assert re.fullmatch(r"\d{17}[\dX]", number)
    hashed = hashlib.sha256(number.encode())
    return [
        number[3:15].encode(),
        hashed.hexdigest()[:16].encode(),
        base64.b64encode(hashed.digest())[:16],
        hashlib.md5(number.encode()).hexdigest()[:16].encode(),
    ]


def filled(rule: Rule, ids: dict[str, int]) -> str:
    """Return a path of a rule, its variables filled with what exists."""
    values = {
        name: ids.get(name, 1) if "Integer" in type(rule._converters[name]).__name__ else "1"
        for name in rule.arguments
    }
    _, path = rule.build(values, append_unknown=False) or ("", "")
    return path


def read(answer: TestResponse) -> bytes:
    """Return all that an answer carries, with the text of a PDF and the parts of a JWS."""
    content = answer.get_data()
    found = [str(answer.headers).encode(), content]
    if answer.mimetype == "application/pdf":
        found += texts_in(content)
    if answer.mimetype == "application/vc+jwt":
        found += [base64.urlsafe_b64decode(each + b"===") for each in content.split(b".")[:2]]
    return b"\n".join(found)


def texts_in(pdf: bytes) -> Iterator[bytes]:
    """Yield text, metadata, unpacked streams and QR texts of a PDF."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    yield str(reader.metadata).encode()
    for page in reader.pages:
        yield page.extract_text().encode()
        contents = page.get_contents()
        yield contents.get_data() if contents else b""
    yield from (text.encode() for text in texts_of_pdf(pdf))
    with pypdfium2.PdfDocument(pdf) as document:
        yield document[0].get_textpage().get_text_range().encode()


def everything_taken(app: Flask, made: Finished, row: Certificate) -> Iterator[tuple[str, bytes]]:
    """Yield what every page gives to everybody, and every file of the certificate."""
    ids = {"class_id": made.training_class.id, "certificate_id": row.id}
    ids |= {"project_id": made.project.id, "sitting_id": made.sitting.id}
    number, name, digits = row.number, row.enrolment.person.name, pages.digits_of(row)
    accounts = [None, holder_of(made), officer_of(made)]
    paths = [
        filled(rule, ids)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and "static" not in rule.endpoint
    ]
    own, office = f"/my/certificate/{row.id}", f"/certificates/{row.id}"
    in_class = f"/classes/{made.training_class.id}/certificates"
    for account in accounts:
        browser = Browser(app)
        if account is not None:
            browser.sign_in(account)
        for path in paths:
            yield path, read(browser.get(path))
        if account is accounts[1]:
            for path in (f"{own}/print", f"{own}/export/jwt", f"{own}/export/json"):
                yield path, read(browser.post(path, "/my/certificate"))
        if account is accounts[2]:
            for path in (f"{office}/print", f"{in_class}/print", f"{office}/export/jwt"):
                yield path, read(browser.post(path, office))
            again = f"{office}/reprint"
            yield again, read(browser.post(again, again, reason="遗失"))
        yield "/v", read(browser.post("/v", "/v", number=number, name=name))
        yield "/v", read(browser.post("/v", "/v", text=digits))
        yield "/v", read(browser.post("/v", "/v", number=number, name="张三"))


def everything_kept(app: Flask) -> Iterator[tuple[str, bytes]]:
    """Yield every value of the database and every file of the instance folder."""
    for table in metadata.sorted_tables:
        for values in session().execute(table.select()):
            yield table.name, repr(tuple(values)).encode()
    for path in Path(app.instance_path).rglob("*"):
        if path.is_file() and not path.is_symlink() and "fonts" not in path.parts:
            yield path.name, path.read_bytes()


def test_the_id_number_is_nowhere(
    printing: Flask, made: Finished, caplog: pytest.LogCaptureFixture
) -> None:
    """Every page for everybody, PDF, QR code, exports, logs, trail, tables, files."""
    caplog.set_level(logging.INFO)
    (row,) = make_signed(made)
    sought, name, named = needles(made), row.enrolment.person.name.encode(), set()
    own, office = f"/my/certificate/{row.id}", f"/certificates/{row.id}"
    for place, content in everything_taken(printing, made, row):
        assert not [each for each in sought if each in content], place
        named |= {place} if name in content else set()
    session().rollback()
    for place, content in everything_kept(printing):
        assert not [each for each in sought if each in content], place
    assert not [each for each in sought if each in caplog.text.encode()]
    # What was looked through does speak of the holder.
    assert named >= {
        "/v", "/my/certificate", f"{own}/print", f"{own}/export/jwt", f"{own}/export/json",
        office, f"{office}/print", f"{office}/reprint", f"{office}/export/jwt",
    }  # fmt: skip
