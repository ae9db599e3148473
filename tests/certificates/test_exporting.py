"""The export: a credential that others' programs accept, saying what the record says."""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3 import OB3Verifier
from openbadgeslib.ob3.contexts import document_loader
from pyld import jsonld
from sqlalchemy import select

from exam_app.audit.actions import Action
from exam_app.audit.models import AuditEntry
from exam_app.certificates import exporting, keys, open_badge, pages
from exam_app.certificates.models import Certificate
from exam_app.certificates.open_badge import ExportFacts
from exam_app.core.db import session
from exam_app.core.errors import RuleBroken
from tests.certificates.samples import ED25519, ES256, HOST, ISSUED, RECORD, digits_of
from tests.certificates.test_views import Browser, holder_of
from tests.factories.certificates import HOST as OFFICIAL
from tests.factories.certificates import make_revoked, make_signed, officer_of
from tests.factories.finished import Finished

FACTS = ExportFacts(
    host=HOST,
    digits=digits_of(),
    authority="某某市应急管理局",
    class_name="第三期培训班",
    criteria="闭卷考试合格（文件 五(二)）",
    kind="工伤预防能力提升培训",
    category="专职安全（职业健康）管理人员",
    industry="建筑业",
)
NOON = dt.datetime(2027, 1, 5, 4, tzinfo=dt.UTC)


def unsigned() -> dict[str, Any]:
    return open_badge.credential(RECORD, FACTS)


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and payload of a compact JWS."""
    header, payload, _ = (
        json.loads(base64.urlsafe_b64decode(each + "=" * (-len(each) % 4))) if place < 2 else {}
        for place, each in enumerate(token.split("."))
    )
    return header, payload


def flat(value: Any) -> Any:
    """Return JSON with lists of one taken as their one, as JSON-LD takes them."""
    if isinstance(value, list):
        return flat(value[0]) if len(value) == 1 else [flat(each) for each in value]
    if isinstance(value, dict):
        return {name: flat(held) for name, held in value.items()}
    return value


def iris(value: Any) -> set[str]:
    """Return every property, type and id of an expanded document."""
    if isinstance(value, list):
        return {each for held in value for each in iris(held)}
    if not isinstance(value, dict):
        return set()
    found = {name for name in value if not name.startswith("@")}
    types = value.get("@type", [])
    found |= {types} if isinstance(types, str) else set(types)
    found |= {value["@id"]} if "@id" in value else set()
    return found.union(*(iris(held) for held in value.values()))


@pytest.mark.parametrize("signer", [ED25519, ES256])
def test_another_library_verifies_the_signed_form(signer: Any) -> None:
    """Signature, claims, contexts' order, structure: read by a library of Open Badges 3.0."""
    token = open_badge.signed(unsigned(), signer, signer.key.public_key())
    with time_machine.travel(NOON):
        read = OB3Verifier(signer.key.public_key()).verify(token)
    assert (read.issuer.id, read.name) == (f"did:web:{HOST}", f"合格证书 {RECORD.number}")
    assert [each.identity_hash for each in read.identifiers] == [RECORD.name, RECORD.id_tail]
    stated = {each.result_description.split("#")[1]: each.value for each in read.results}
    assert stated == {
        "exam": "合格", "score": "88.5", "total": "32", "offline": "19.5", "practical": "8",
    }  # fmt: skip
    for moment in (NOON.replace(year=2030), NOON.replace(year=2026)):
        with time_machine.travel(moment), pytest.raises(LibOpenBadgesException):
            OB3Verifier(signer.key.public_key()).verify(token)


def test_a_changed_or_foreign_one_is_refused() -> None:
    """A payload changed by one character, and another's key."""
    token = open_badge.signed(unsigned(), ED25519, ED25519.key.public_key())
    header, payload, signature = token.split(".")
    other = "A" if payload[100] != "A" else "B"
    changed = f"{header}.{payload[:100]}{other}{payload[101:]}.{signature}"
    with time_machine.travel(NOON):
        for forged, key in ((changed, ED25519), (token, ES256)):
            with pytest.raises(LibOpenBadgesException):
                OB3Verifier(key.key.public_key()).verify(forged)


def test_the_proof_is_the_one_of_open_badges() -> None:
    """alg, kid as an address, jwk without private part, typ; the claims repeat the credential."""
    header, payload = parts(open_badge.signed(unsigned(), ES256, ES256.key.public_key()))
    assert set(header) == {"alg", "kid", "jwk", "typ"}
    assert (header["alg"], header["typ"]) == ("ES256", "JWT")
    assert header["kid"] == f"did:web:{HOST}#{ES256.kid}"
    assert set(header["jwk"]) == {"kty", "crv", "x", "y"}
    claims = {name: payload.pop(name) for name in ("iss", "jti", "sub", "nbf", "exp")}
    assert payload == unsigned()
    assert claims["iss"] == payload["issuer"]["id"]
    assert claims["jti"] == payload["id"]
    assert claims["sub"] == payload["credentialSubject"]["id"]
    assert dt.datetime.fromtimestamp(claims["nbf"], dt.UTC).isoformat() == (
        "2026-11-01T16:00:00+00:00"
    )
    assert dt.datetime.fromtimestamp(claims["exp"], dt.UTC).isoformat() == (
        "2029-11-01T15:59:59+00:00"
    )


def test_json_ld_loses_no_term() -> None:
    """Expanded with the published contexts and compacted again it is the same document."""
    dropped: list[str] = []
    options = {"documentLoader": document_loader(), "base": ""}
    expanded = jsonld.expand(unsigned(), options, on_property_dropped=dropped.append)
    assert dropped == []
    assert [each for each in iris(expanded) if ":" not in each] == []
    again = jsonld.compact(expanded, {"@context": list(open_badge.CONTEXTS)}, options)
    assert flat(again) == flat(unsigned())


def test_the_status_is_one_entry_of_the_revocation_list() -> None:
    """W3C Bitstring Status List: the list's address, the place in it as a string."""
    assert unsigned()["credentialStatus"] == {
        "id": f"https://{HOST}/status/0#4711",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "4711",
        "statusListCredential": f"https://{HOST}/status/0",
    }


def test_a_pass_without_marks_states_none() -> None:
    """Where the record states the pass alone, the credential does."""
    stated = open_badge.credential(replace(RECORD, score=None, credit=Decimal(32)), FACTS)
    subject = stated["credentialSubject"]
    assert "score" not in str(subject["result"])
    assert json.dumps(subject["creditsEarned"]) == "32"


@pytest.fixture
def row(made: Finished) -> Certificate:
    """Return a signed certificate."""
    (signed,) = make_signed(made)
    return signed


def test_holder_and_office_take_it_and_leave_a_trace(
    app: Flask, made: Finished, row: Certificate
) -> None:
    """Both forms from both pages; each with its digest in the trail."""
    number, published = row.number, keys.load_published(pages.config().keys)
    assert row.key_id
    key = published.find(row.key_id)
    assert key
    for account, page in (
        (holder_of(made), f"/my/certificate/{row.id}/export"),
        (officer_of(made), f"/certificates/{row.id}/export"),
    ):
        browser = Browser(app).sign_in(account)
        assert number in browser.get(page).text
        plain = browser.post(f"{page}/json", page)
        assert (plain.status_code, plain.mimetype) == (200, "application/json")
        taken = browser.post(f"{page}/jwt", page)
        assert (taken.status_code, taken.mimetype) == (200, "application/vc+jwt")
        with time_machine.travel(dt.datetime(2025, 6, 1, tzinfo=dt.UTC)):
            read = OB3Verifier(key.key).verify(taken.text)
        assert read.id == plain.json["id"]
        assert "80分合格" in plain.json["credentialSubject"]["achievement"]["criteria"]["narrative"]
        assert browser.post(f"{page}/pdf", page).status_code == 404
    recorded = session().scalars(
        select(AuditEntry.detail).where(AuditEntry.action == Action.CERTIFICATE_EXPORTED.value)
    )
    details = [json.loads(each) for each in recorded]
    assert len(details) == 4
    assert all(each["numbers"] == [number] and len(each["sha256"]) == 64 for each in details)


def test_what_is_taken_back_is_not_exported(app: Flask, made: Finished, row: Certificate) -> None:
    """A revoked certificate leaves neither as a credential nor for somebody else."""
    page = f"/my/certificate/{row.id}/export"
    holder, other = holder_of(made), holder_of(made, 1)
    make_revoked(row, made)
    browser = Browser(app).sign_in(holder)
    assert browser.post(f"{page}/jwt", page).status_code == 409
    stranger = Browser(app).sign_in(other)
    assert stranger.get(page).status_code == 404
    assert stranger.post(f"{page}/jwt", "/my/certificate").status_code == 404


def test_the_credential_is_read_from_the_signed_record(made: Finished, row: Certificate) -> None:
    """What the database says beside it changes nothing; a damaged record is refused."""
    row.fields = row.fields | {"name": "李四"}
    stated = json.loads(exporting.credential_file(row, "json"))
    names = [each["identityHash"] for each in stated["credentialSubject"]["identifier"]]
    assert "李四" not in names
    row.record = (row.record or b"")[:-1] + b"\xff"
    with pytest.raises(RuleBroken, match="certificate-unverifiable"):
        exporting.credential_file(row, "json")
    session().rollback()


def test_another_library_finds_key_and_status_by_itself(
    client: FlaskClient, made: Finished, row: Certificate
) -> None:
    """From the issuer's did:web document to the key, from the credential to its signed list."""
    token = exporting.credential_file(row, "jwt").decode()
    asked = []

    def download(address: str, *rest: Any, **more: Any) -> bytes:
        asked.append(urlsplit(address))
        assert asked[-1].netloc == OFFICIAL
        answer = client.get(asked[-1].path)
        assert answer.status_code == 200
        return answer.data

    with time_machine.travel(dt.datetime(2025, 3, 10, 2, tzinfo=dt.UTC)):
        verifier = OB3Verifier.for_issuer_did(f"did:web:{OFFICIAL}", download=download)
        assert verifier.verify(token, check_status=True, download=download).name
        make_revoked(row, made)
        with pytest.raises(LibOpenBadgesException, match="'revocation' is set"):
            verifier.verify(token, check_status=True, download=download)
    paths = {each.path for each in asked}
    assert paths == {"/.well-known/did.json", f"/status/{row.status_list}"}


def test_the_day_of_issue_is_the_local_day() -> None:
    """From the first second to the last of the days the record states, in local time."""
    assert unsigned()["validFrom"] == f"{ISSUED.isoformat()}T00:00:00+08:00"
    assert unsigned()["validUntil"] == "2029-11-01T23:59:59+08:00"
