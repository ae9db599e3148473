"""What anybody may fetch: status lists, registry, key sets; kept, compared, read from any site."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from exam_app.certificates import keys, pages, publishing, record, registry, status
from exam_app.certificates.keys import KeySet
from exam_app.certificates.models import Certificate
from exam_app.certificates.passphrase import signing_ring
from exam_app.certificates.record import StatusLookup
from exam_app.certificates.terms import Standing, VerdictState
from exam_app.core import clock as exam_clock
from exam_app.core.db import db
from tests.certificates.test_registry import PINNED, signed
from tests.conftest import Clock
from tests.factories.certificates import (
    HOST,
    good,
    make_digits,
    make_key,
    make_revoked,
    make_signed,
)
from tests.factories.finished import Finished

OTHERS = ("/.well-known/jwks.json", "/.well-known/did.json", "/keys/registry")


@pytest.fixture
def row(made: Finished) -> Certificate:
    (row,) = make_signed(made)
    return row


def lists_of(row: Certificate) -> tuple[str, str]:
    return f"/status/{row.status_list}", f"/status/{row.status_list}/suspension"


def fetched(client: FlaskClient, row: Certificate) -> StatusLookup:
    """Return the look-up of the lists as a stranger fetches them."""
    known = KeySet.from_jwks(client.get("/.well-known/jwks.json").text)
    parts = [status.read(client.get(path).text, known) for path in lists_of(row)]
    return status.lookup_of(status.joined(parts), now=exam_clock.now())


def test_a_revocation_is_on_the_list_in_the_same_moment(
    client: FlaskClient, row: Certificate, made: Finished
) -> None:
    """Good, then revoked, by lists and keys that were fetched; the old text is not served."""
    listed = fetched(client, row)(row.status_list, row.status_index)
    assert listed is not None
    assert listed.standing is Standing.GOOD
    before = client.get(lists_of(row)[0])
    make_revoked(row, made)
    look_up = fetched(client, row)
    listed = look_up(row.status_list, row.status_index)
    assert listed is not None
    assert listed.standing is Standing.REVOKED
    known = KeySet.from_jwks(client.get("/.well-known/jwks.json").text)
    verdict = record.verify(pages.digits_of(row), known, at=row.issued_on, status=look_up)
    assert verdict.state is VerdictState.REVOKED
    again = client.get(lists_of(row)[0], headers={"If-None-Match": before.headers["ETag"]})
    assert again.status_code == 200


def test_everything_published_may_be_kept_and_compared(
    client: FlaskClient, row: Certificate
) -> None:
    """ETag, Last-Modified, a lifetime; unchanged costs no body; any site may read it."""
    registry.install(pages.config().keys, signed(keys.load_own(pages.config().keys)), PINNED)
    for path in (*lists_of(row), *OTHERS):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"].startswith("public, max-age=")
        assert "Set-Cookie" not in answer.headers
        for name, value in (
            ("If-None-Match", answer.headers["ETag"]),
            ("If-Modified-Since", answer.headers["Last-Modified"]),
        ):
            unchanged = client.get(path, headers={name: value})
            assert (unchanged.status_code, unchanged.data) == (304, b""), (path, name)
            assert unchanged.headers["Access-Control-Allow-Origin"] == "*"
        assert client.post(path).status_code in {400, 405}
    for path in ("/v", "/sign-in"):
        assert "Access-Control-Allow-Origin" not in client.get(path).headers


def test_a_list_is_one_query_and_signed_again_each_day(
    client: FlaskClient, row: Certificate, clock: Clock
) -> None:
    """One read of the places; the text stays for the day and is renewed before it ends."""
    first = client.get(lists_of(row)[0])
    assert client.get(lists_of(row)[0]).data == first.data
    asked: list[str] = []

    def note(*each: object) -> None:
        asked.append(str(each[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    publishing.status_list(row.status_list, "revocation")
    event.remove(db.engine, "before_cursor_execute", note)
    assert len([each for each in asked if "status_index" in each]) == 1
    clock.forward(days=1)
    again = client.get(lists_of(row)[0])
    assert again.data != first.data
    assert again.headers["ETag"] != first.headers["ETag"]
    clock.forward(days=800)  # the last key has ended: refused, never served unsigned
    assert client.get(lists_of(row)[0]).status_code == 409


def test_what_is_not_there_is_not_found(client: FlaskClient) -> None:
    """A list nobody has a place in, and the registry before the first one."""
    for path in ("/status/1", "/status/99/suspension", "/keys/registry"):
        assert client.get(path).status_code == 404


def test_the_host_has_an_identifier_with_its_keys(client: FlaskClient) -> None:
    """did:web names the same keys as the key set, each as a bare JWK."""
    made = make_key()
    told = json.loads(client.get("/.well-known/did.json").data)
    assert told["id"] == f"did:web:{HOST}"
    (method,) = told["verificationMethod"]
    assert (method["id"], method["controller"]) == (f"{told['id']}#{made.kid}", told["id"])
    assert set(method["publicKeyJwk"]) == {"kid", "kty", "crv", "alg", "x"}
    assert told["assertionMethod"] == [method["id"]]


def test_the_registry_in_force_is_served_as_it_was_signed(client: FlaskClient) -> None:
    """A stranger who pins the root reads from it what the server itself believes."""
    made, folder = make_key(), pages.config().keys
    registry.install(folder, signed(keys.load_own(folder)), PINNED)
    read = registry.verify(client.get("/keys/registry").text, PINNED)
    assert read.keys == keys.load_published(folder)
    digits = make_digits(keys.open_signer(folder, signing_ring(), made), issued_on=made.not_before)
    verdict = record.verify(digits, read.keys, at=made.not_before, status=good)
    assert (verdict.state, verdict.kid) == (VerdictState.VALID, made.kid)
