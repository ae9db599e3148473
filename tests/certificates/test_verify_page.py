"""The public page: one answer for everything that does not fit, and no list, ever."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from exam_app.audit.models import AccessEvent
from exam_app.certificates import keys, pages, record, rules
from exam_app.certificates.keys import KeySet
from exam_app.certificates.models import Certificate
from exam_app.certificates.passphrase import signing_ring
from exam_app.core.db import db, session, transaction
from tests.city import ROOT
from tests.conftest import Clock
from tests.factories.certificates import (
    HOST,
    make_digits,
    make_prepared,
    make_revoked,
    make_signed,
    make_signer,
)
from tests.factories.finished import Finished

UNKNOWN = rules.certificate_number("230700", 2025, 1, 99999)
TAG = re.compile(r"<[^>]+>")
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
# The one thing that differs from page to page: the token of the language button.
FRESH = re.compile(r'<input[^>]*name="csrf_token"[^>]*>')


@pytest.fixture
def row(made: Finished) -> Certificate:
    """Return a signed certificate."""
    (signed,) = make_signed(made)
    return signed


def post(client: FlaskClient, address: str = "192.0.2.7", **fields: str) -> TestResponse:
    """Send a form of the page with the token found on it."""
    if "token" not in client.__dict__:
        client.__dict__["token"] = TOKEN.search(client.get("/v").text)[1]  # type: ignore[index]
    data = {"csrf_token": client.__dict__["token"], **fields}
    answer = client.post("/v", data=data, environ_overrides={"REMOTE_ADDR": address})
    session().rollback()
    return answer


def ask(client: FlaskClient, number: str, name: str, address: str = "192.0.2.7") -> TestResponse:
    return post(client, address, number=number, name=name)


def words(answer: TestResponse) -> str:
    return " ".join(TAG.sub(" ", answer.text).split())


def test_number_and_name_give_every_signed_field(client: FlaskClient, row: Certificate) -> None:
    """Holder by name and last four places, all that is signed, the verdict; never the number."""
    person = row.enrolment.person
    tail, name, stated = person.id_tail, person.name, record.from_plain(row.fields)
    answer = ask(client, f" {row.number[:6]} {row.number[6:]}", f" {name} ")
    assert answer.status_code == 200
    shown = words(answer)
    for part in (
        "查验结论：有效", row.number, f"{name}（证件号末四位 {tail}）", "（230700）", "班组长",
        "矿山", "24 学时（线下 18，其中实训 6）", "合格", "2025-03-10", "2028-03-10", stated.paper,
        f"第 {row.status_list} 号名单第 {row.status_index} 位", str(row.key_id),
        "工伤预防能力提升培训",
    ):  # fmt: skip
        assert part in shown
    assert not re.search(r"\d{14}" + tail, shown)


def test_unknown_number_and_wrong_name_answer_alike(
    app: Flask, client: FlaskClient, row: Certificate, made: Finished
) -> None:
    """The same page, the same statements to the database, the same note."""
    number, name = row.number, row.enrolment.person.name
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    answers, statements = [], []
    pairs = [(UNKNOWN, name), (number, "张三"), (UNKNOWN, "张三"), (number, name + " 二")]
    for pair in pairs:  # the counters' rows are there from now on
        ask(client, *pair)
    event.listen(db.engine, "before_cursor_execute", note)
    for pair in pairs:
        asked.clear()
        answers.append(ask(client, *pair))
        statements.append(list(asked))
    event.remove(db.engine, "before_cursor_execute", note)
    assert {answer.status_code for answer in answers} == {404}
    assert len({FRESH.sub("", answer.text) for answer in answers}) == 1
    assert all(each == statements[0] for each in statements)
    kinds = session().execute(select(AccessEvent.kind, AccessEvent.outcome, AccessEvent.facts))
    assert set(kinds) == {("look-up", "not-found", "{}")}


def test_a_prepared_certificate_is_not_found(client: FlaskClient, made: Finished) -> None:
    """What nobody has signed does not exist for the public."""
    (row,) = make_prepared(made)
    assert ask(client, row.number, row.enrolment.person.name).status_code == 404


def test_a_thousand_wrong_tries_are_stopped(client: FlaskClient, row: Certificate) -> None:
    """After ten tries of a number, or a hundred from a network, 429 until the time is over."""
    number, codes = row.number, []
    for place in range(14):
        codes.append(ask(client, number, f"张{place}", f"198.51.{place}.9").status_code)
    assert codes == [404] * 10 + [429] * 4
    outcomes = list(session().scalars(select(AccessEvent.kind)))
    assert outcomes.count("limit") == 4


def test_a_network_is_limited_as_a_whole(client: FlaskClient, made: Finished) -> None:
    """Different numbers, different addresses of one /24, mistyped numbers too."""
    codes = []
    for serial in range(1, 1 + rules.LOOK_UPS_PER_ADDRESS + 3):
        number = rules.certificate_number("230700", 2025, 1, serial)
        asked = f"{serial:017}" if serial % 10 == 0 else number
        codes.append(ask(client, asked, f"张{serial}", f"192.0.2.{serial % 250}").status_code)
    assert set(codes[:-3]) == {404}
    assert codes[-3:] == [429] * 3
    assert ask(client, UNKNOWN, "张三", "203.0.113.5").status_code == 404


def test_the_limit_ends_and_a_right_answer_frees_the_number(
    client: FlaskClient, row: Certificate, clock: Clock
) -> None:
    """The holder who mistypes is not locked out for long."""
    number, name = row.number, row.enrolment.person.name
    for _ in range(9):
        ask(client, number, "张三")
    assert ask(client, number, name).status_code == 200
    for _ in range(10):
        assert ask(client, number, "张三").status_code == 404
    assert ask(client, number, name).status_code == 429
    clock.forward(minutes=rules.LOOK_UP_MINUTES, seconds=1)
    assert ask(client, number, name).status_code == 200


def test_full_width_digits_are_no_way_round_the_limit(
    client: FlaskClient, row: Certificate
) -> None:
    """A number is counted as what it means, however it is written."""
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in row.number)
    written = [row.number, wide, " ".join(row.number), wide[:5] + row.number[5:]] * 3
    codes = [ask(client, each, "张三").status_code for each in written]
    assert codes == [404] * 10 + [429] * 2


@pytest.mark.parametrize(
    "fields",
    [{}, {"number": "", "name": ""}, {"number": UNKNOWN, "name": " "}, {"text": " "}],
)
def test_an_empty_form_comes_back(client: FlaskClient, fields: dict[str, str]) -> None:
    """422 with the form."""
    assert post(client, **fields).status_code == 422


def scan(client: FlaskClient, text: str) -> str:
    answer = post(client, text=text)
    assert answer.status_code == 200
    session().rollback()
    return words(answer)


def test_pasted_text_is_verified(client: FlaskClient, row: Certificate, clock: Clock) -> None:
    """Address or digits, broken over lines; valid, then expired."""
    digits = pages.digits_of(row)
    address = f"https://{HOST}/v#{digits}"
    for text in (digits, address, f"{address[:60]}\n {address[60:200]}\r\n{address[200:]}"):
        assert "查验结论：有效" in scan(client, text)
    clock.set("2028-03-11 09:00")
    assert "已过有效期" in scan(client, digits)


def test_revoked_shows_in_the_next_request(
    client: FlaskClient, row: Certificate, made: Finished
) -> None:
    """By number and by text, as soon as the second person has decided."""
    digits, number, name = pages.digits_of(row), row.number, row.enrolment.person.name
    make_revoked(row, made)
    assert "查验结论：已吊销" in scan(client, digits)
    assert "查验结论：已吊销" in words(ask(client, number, name))


def test_forged_foreign_and_broken_texts_are_told_apart(
    client: FlaskClient, row: Certificate
) -> None:
    """Each with its reason; a good record under a look-alike address is doubted, not praised."""
    digits = pages.digits_of(row)
    last = str((int(digits[-1]) + 1) % 10)
    assert "签名不符" in scan(client, digits[:-1] + last)
    assert "签名密钥未知" in scan(client, make_digits(make_signer(bytes(32))))
    assert "不是证书记录" in scan(client, "https://evil.example/pay")
    answer = post(client, text=f"https://evil.example/v#{digits}")
    assert "evil.example" in answer.text
    assert "假冒查验网站" in answer.text
    assert 'class="verdict is-unknown"' in answer.text
    assert 'href="https://evil' not in answer.text


def test_a_stolen_key_makes_nothing_valid_here(
    app: Flask, client: FlaskClient, row: Certificate
) -> None:
    """Signed by our own key but never issued: the status is unknown, also on a taken place."""
    signer = keys.load_signer(pages.config().keys, signing_ring(), issuer=230700, on=row.issued_on)
    for status in ((9, 9), (row.status_list, row.status_index)):
        forged = make_digits(signer, issued_on=row.issued_on, number=UNKNOWN, status=status)
        shown = scan(client, forged)
        assert "查验结论：签名有效，吊销状态未知" in shown
        assert "查验结论：有效" not in shown


def test_the_page_asks_for_no_password_and_needs_no_script(client: FlaskClient) -> None:
    """No password field, no inline script, no third party; one official address."""
    answer = client.get("/v")
    assert answer.status_code == 200
    assert 'type="password"' not in answer.text
    assert f"https://{HOST}/v" in answer.text
    assert re.findall(r"<script[^>]*>(.*?)</script>", answer.text, re.S) in ([], [""])
    sources = re.findall(r'(?:src|href|action)="([^"]+)"', answer.text)
    assert all(urlsplit(each).netloc == "" for each in sources)
    assert client.post("/v", data={"number": UNKNOWN, "name": "张三"}).status_code == 400
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_scripts_put_text_alone_on_the_page_and_wipe_the_address() -> None:
    """The record becomes neither markup nor part of an address that a server's log keeps."""
    scripts = {path.name: path.read_text("utf-8") for path in (ROOT / "javascript").rglob("*.js")}
    assert "history.replaceState" in scripts["inputs.js"]
    for name, script in scripts.items():
        for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert sink not in script, name


def test_a_record_in_the_address_is_verified_without_a_script(
    client: FlaskClient, row: Certificate
) -> None:
    """The path form shows the verdict above the page's forms; another is refused, not missing."""
    digits = pages.digits_of(row)
    good, bad = client.get(f"/v/{digits}"), client.get(f"/v/{digits[:-1]}x")
    assert (good.status_code, bad.status_code) == (200, 200)
    assert "查验结论：有效" in words(good)
    assert row.number in words(good)
    assert "不是证书记录" in words(bad)
    assert client.get(f"/v/{'1' * 1201}").status_code == 404


def test_the_script_gets_state_and_reasons_alone(client: FlaskClient, row: Certificate) -> None:
    """What the browser asks about a record it has verified itself: how it stands on file."""
    digits = pages.digits_of(row)
    token = TOKEN.search(client.get("/v").text)[1]  # type: ignore[index]
    answer = client.post(
        "/v",
        data={"csrf_token": token, "text": f"https://evil.example/v#{digits}"},
        headers={"Accept": "application/json"},
    )
    assert answer.json == {"state": "valid", "reasons": ["foreign-address"]}


def test_a_printed_code_leads_to_the_official_page(
    printing: Flask, client: FlaskClient, row: Certificate
) -> None:
    """T13: from the printed page to the address, no redirect, and to the verdict of one key set."""
    pdf = pages.certificates_file([row])
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[0].render(scale=96 / 72).to_pil()
    (code,) = zxingcpp.read_barcodes(picture)
    address = urlsplit(code.text)
    assert (address.scheme, address.netloc, address.path) == ("https", HOST, "/v")
    landed = client.get(address.path)
    assert landed.status_code == 200
    assert "password" not in landed.text
    published = client.get("/.well-known/jwks.json").get_data(as_text=True)
    verdict = record.verify(code.text, KeySet.from_jwks(published), at=row.issued_on, host=HOST)
    assert verdict.is_signed
    assert "查验结论：有效" in scan(client, code.text)


def test_the_keys_are_public_and_may_be_kept(client: FlaskClient, row: Certificate) -> None:
    """A JWK set with an ETag; no private half; empty before the first key."""
    answer = client.get("/.well-known/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in answer.headers
    listed = json.loads(answer.data)["keys"]
    assert [key["kid"] for key in listed] == [row.key_id]
    assert "d" not in listed[0]
    again = client.get("/.well-known/jwks.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_an_installation_without_keys_publishes_none(client: FlaskClient) -> None:
    """An empty set, and nothing verifies."""
    assert json.loads(client.get("/.well-known/jwks.json").data) == {"keys": []}
    assert "签名密钥未知" in scan(client, make_digits())


def test_there_is_no_list(client: FlaskClient, row: Certificate) -> None:
    """Neither a number in the address nor a part of a name finds anything."""
    asked = client.get(f"/v?number={row.number}&name={row.enrolment.person.name}").text
    assert FRESH.sub("", asked) == FRESH.sub("", client.get("/v").text)
    for name in ("", "%", "_", "学", row.enrolment.person.name[:-1]):
        assert ask(client, row.number, name).status_code in {404, 422}


def test_the_database_knows_no_number_and_no_name_in_its_counters(
    client: FlaskClient, row: Certificate
) -> None:
    """Counters keep keyed hashes alone."""
    ask(client, row.number, "张三")
    with transaction():
        kept = session().execute(db.text("SELECT subject FROM login_counter")).scalars().all()
    assert kept
    assert all(re.fullmatch(r"[0-9a-f]{32}", subject) for subject in kept)
    assert Path(pages.config().keys).is_dir()
