"""Status lists: the W3C bits, signed by a key that may, joined from two purposes."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.certificates import algorithms, jws, status
from exam_app.certificates.algorithms import Ed25519Signer
from exam_app.certificates.keys import KeySet
from exam_app.certificates.status import SIZE, Places
from exam_app.certificates.terms import KeyState, Standing
from exam_app.core.errors import BadInput, RuleBroken
from tests.factories.certificates import HOST, make_keys, make_signer

MADE = dt.datetime(2025, 4, 1, 4, 0, tzinfo=dt.UTC)
UNTIL = MADE + status.GOOD_FOR
SIGNER = make_signer()
KEYS = make_keys(SIGNER)
FALLEN = {0: Standing.REVOKED, 9: Standing.SUSPENDED, SIZE - 1: Standing.REPLACED}


def places(number: int = 1, **over: Any) -> Places:
    return replace(Places(number, FALLEN, MADE, UNTIL), **over)


def signed(held: Places, purpose: str, signer: Ed25519Signer = SIGNER, **over: Any) -> str:
    content = {**status.credential(held, purpose, HOST), **over}
    return jws.sign(content, signer, jws.STATUS_LIST)


def both(held: Places) -> list[tuple[str, Places]]:
    return [status.read(signed(held, purpose), KEYS) for purpose in status.PURPOSES]


def test_a_list_has_the_published_form() -> None:
    """The members the W3C recommendation names; the first place is the highest bit."""
    content = status.credential(places(), "revocation", HOST)
    assert content["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert content["id"] == f"https://{HOST}/status/1"
    assert (content["validFrom"], content["validUntil"]) == (
        "2025-04-01T04:00:00Z",
        "2025-04-03T04:00:00Z",
    )
    subject = content["credentialSubject"]
    assert (subject["type"], subject["statusPurpose"]) == ("BitstringStatusList", "revocation")
    assert subject["encodedList"][0] == "u"
    raw = gzip.decompress(algorithms.unb64(subject["encodedList"][1:]))
    assert (len(raw), raw[0], raw[1], raw[-1]) == (SIZE // 8, 0x80, 0, 0x01)
    raw = status.bits(places(), "suspension")
    assert (raw[0], raw[1], raw[-1]) == (0, 0x40, 0)
    assert status.did_of("host.cn:8443") == "did:web:host.cn%3A8443"


def test_two_lists_say_how_each_place_stands() -> None:
    """Replaced is revoked without a network; a place beyond the list is unknown."""
    look_up = status.lookup_of(status.joined(both(places())), now=MADE)
    said = {place: look_up(1, place) for place in (0, 9, SIZE - 1, 5, SIZE, -1)}
    standings = {place: listed and listed.standing for place, listed in said.items()}
    assert standings == {
        0: Standing.REVOKED,
        9: Standing.SUSPENDED,
        SIZE - 1: Standing.REVOKED,
        5: Standing.GOOD,
        SIZE: None,
        -1: None,
    }
    assert look_up(2, 5) is None
    late = status.lookup_of(status.joined(both(places())), now=UNTIL + dt.timedelta(seconds=1))
    listed = late(1, 5)
    assert listed is not None
    assert (listed.is_stale, listed.as_of) == (True, MADE)


def test_one_purpose_alone_calls_nothing_good() -> None:
    """The list of revocation names what is revoked; whether the rest is suspended is unknown."""
    for purpose, place, standing in (
        ("revocation", 0, Standing.REVOKED),
        ("suspension", 9, Standing.SUSPENDED),
    ):
        part = status.read(signed(places(), purpose), KEYS)
        look_up = status.lookup_of(status.joined([part]), now=MADE)
        listed = look_up(1, place)
        assert listed is not None
        assert listed.standing is standing
        assert look_up(1, 5) is None


def test_the_newest_list_of_a_purpose_counts() -> None:
    """Lists of several days in one folder: the newest of each purpose, dated by the older."""
    newer = places(fallen={}, made=MADE + dt.timedelta(hours=3))
    parts = [*both(newer), *both(places())]
    (held,) = status.joined(parts)
    assert held == replace(newer, issuers=frozenset({230700}))
    mixed = [status.read(signed(newer, "revocation"), KEYS), *both(places())]
    (held,) = status.joined(mixed)
    assert (dict(held.fallen), held.made) == ({9: Standing.SUSPENDED}, MADE)


def test_a_list_is_believed_of_a_key_that_may_sign_it() -> None:
    """Not of a stranger's, not of one that got out, not outside its days, not changed."""
    text = signed(places(), "revocation")
    assert status.read(text, make_keys(SIGNER, state=KeyState.RETIRED))[0] == "revocation"
    head, body, signature = text.split(".")
    for held, wrong in (
        (KeySet(), text),
        (make_keys(SIGNER, state=KeyState.COMPROMISED), text),
        (make_keys(SIGNER, not_after=dt.date(2025, 3, 31)), text),
        (KEYS, f"{head}.{body}.{signature[:-3]}AAA"),
        (KEYS, f"{head}.{body}."),
        (KEYS, jws.sign(status.credential(places(), "revocation", HOST), SIGNER, jws.REGISTRY)),
        (KEYS, "a.b.c"),
    ):
        with pytest.raises(BadInput, match="jws-refused"):
            status.read(wrong, held)


@pytest.mark.parametrize(
    "over",
    [
        {"type": ["VerifiableCredential"]},
        {"id": "https://host/status/one"},
        {"id": f"https://{HOST}/status/1/suspension"},
        {"validFrom": "2025-04-01"},
        {"validUntil": None},
        {"credentialSubject": {"statusPurpose": "message", "encodedList": "u"}},
        {"credentialSubject": {"statusPurpose": "revocation", "encodedList": "uAAAA"}},
        {"credentialSubject": {"statusPurpose": "revocation", "encodedList": "mAAAA"}},
        {"credentialSubject": []},
    ],
)
def test_what_is_signed_but_no_list_is_refused(over: dict[str, Any]) -> None:
    """Another type, purpose, number or encoding."""
    with pytest.raises(BadInput, match="status-unreadable"):
        status.read(signed(places(), "revocation", **over), KEYS)


@pytest.mark.parametrize("size", [SIZE // 8 - 1, SIZE // 8 + 1, 40_000_000])
def test_a_list_of_another_size_is_refused_before_it_is_unpacked(size: int) -> None:
    """Neither short nor a bomb."""
    with pytest.raises(ValueError, match="size"):
        status.decoded(status.encoded(bytes(size)))


@given(st.sets(st.integers(0, SIZE - 1), max_size=60))
def test_bits_come_back(revoked: set[int]) -> None:
    """Any places, there and back."""
    held = places(fallen=dict.fromkeys(revoked, Standing.REVOKED))
    assert status.decoded(status.encoded(status.bits(held, "revocation"))) == status.bits(
        held, "revocation"
    )
    assert dict(status.read(signed(held, "revocation"), KEYS)[1].fallen) == dict(held.fallen)


def test_a_list_speaks_of_its_own_authority_alone() -> None:
    """A newer list of another one clears nothing; another host, days ahead or years are refused."""
    other = make_signer(bytes(32))
    keys = replace(KEYS, keys={**KEYS.keys, **make_keys(other, issuers=frozenset({230800})).keys})
    newer = places(fallen={}, made=MADE + dt.timedelta(hours=1))
    parts = [status.read(signed(newer, each, other), keys) for each in status.PURPOSES]
    look_up = status.lookup_of(status.joined([*both(places()), *parts]), now=MADE)
    found = {issuer: look_up(1, 0, issuer) for issuer in (230700, 230800, 230900)}
    assert {issuer: each and each.standing for issuer, each in found.items()} == {
        230700: Standing.REVOKED,
        230800: Standing.GOOD,
        230900: None,
    }
    years = places(until=MADE + dt.timedelta(days=3650))
    for held, asked in (
        (years, {}),
        (places(), {"host": "other.example"}),
        (places(), {"latest": MADE - dt.timedelta(seconds=1)}),
    ):
        with pytest.raises(BadInput, match="jws-refused"):
            status.read(signed(held, "revocation"), KEYS, **asked)  # type: ignore[arg-type]


def test_a_list_is_near_the_least_size() -> None:
    """One list at 1 % revoked is at most half as large again as any code could make it."""
    chance = random.Random(1)
    fallen = dict.fromkeys(chance.sample(range(SIZE), SIZE // 100), Standing.REVOKED)
    text = status.encoded(status.bits(places(fallen=fallen), "revocation"))
    share = 0.01
    entropy = -share * math.log2(share) - (1 - share) * math.log2(1 - share)
    assert len(algorithms.unb64(text[1:])) <= 1.5 * SIZE * entropy / 8


def test_files_of_lists_are_read(tmp_path: Path) -> None:
    """A folder of signed lists, one of them, the plain form; nothing else, nothing mixed."""
    for purpose in status.PURPOSES:
        (tmp_path / f"1-{purpose}.jws").write_text(signed(places(), purpose) + "\n")
    look_up = status.load(tmp_path, KEYS, now=MADE)
    listed = look_up(1, 5)
    assert listed is not None
    assert listed.standing is Standing.GOOD
    assert status.load(tmp_path / "1-revocation.jws", KEYS, now=MADE)(1, 5) is None
    plain = tmp_path / "plain.json"
    told = {"issued": MADE.isoformat(), "revoked": [[1, 0]], "suspended": [[3, 7]]}
    plain.write_text(json.dumps(told))
    standing = {}
    for place in ((1, 0), (3, 7), (2, 2)):
        listed = status.load(plain, KEYS, now=UNTIL, trust_unsigned=True)(*place)
        assert listed is not None
        standing[place] = (listed.standing, listed.is_stale)
    assert standing == {
        (1, 0): (Standing.REVOKED, False),
        (3, 7): (Standing.SUSPENDED, False),
        (2, 2): (Standing.GOOD, False),
    }
    with pytest.raises(BadInput, match="status-unreadable"):
        status.load(tmp_path, KEYS, now=MADE)
    for text in ("{}", '{"revoked": []}', '{"issued": "2025-04-01T00:00:00", "revoked": []}'):
        plain.write_text(text)
        with pytest.raises(BadInput, match="status-unreadable"):
            status.load(plain, KEYS, now=MADE)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="status-missing"):
        status.load(tmp_path / "empty", KEYS, now=MADE)


def test_documents_are_signed_by_registered_algorithms_alone() -> None:
    """A signer without a name in JWS is told by its id."""

    class Other:
        kid, alg = "00", -65537

        def sign(self, message: bytes) -> bytes:
            return message

    with pytest.raises(RuleBroken, match="jws-algorithm"):
        jws.sign({}, Other(), jws.STATUS_LIST)
