"""Signing keys: wrapped at rest, published as a JWK set, good for issuer and days."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from exam_app.certificates import keys, record
from exam_app.certificates.keys import Es256Signer, KeySet, PublicKey
from exam_app.certificates.record import verify
from exam_app.certificates.terms import KeyState, VerdictState
from exam_app.core.crypto import KeyProblem, Keyring
from exam_app.core.errors import BadInput, RuleBroken
from tests.factories.certificates import ON, good, make_digits, make_keys, make_signer

EVERYWHERE = ("ed25519", "es256")  # SM2 is an extra, with tests of its own
YEAR = (dt.date(2025, 1, 1), dt.date(2026, 1, 31))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def ring(folder: Path) -> Keyring:
    return Keyring.create(folder)


def create(folder: Path, ring: Keyring, **over: object) -> PublicKey:
    values: dict[str, object] = {"issuer": 230700, "not_before": YEAR[0], "not_after": YEAR[1]}
    return keys.create(folder, ring, **{**values, **over})  # type: ignore[arg-type]


@pytest.mark.parametrize("algorithm", EVERYWHERE)
def test_a_key_signs_what_its_published_half_verifies(
    folder: Path, ring: Keyring, algorithm: str
) -> None:
    """Made, written, loaded again; the published set alone verifies."""
    made = create(folder, ring, algorithm=algorithm)
    signer = keys.load_signer(folder, ring, issuer=230700, on=ON)
    assert signer.kid == made.kid
    verdict = verify(make_digits(signer), keys.load_published(folder), at=ON, status=good)
    assert verdict.state is VerdictState.VALID


def test_the_private_half_lies_wrapped_and_unreadable_for_others(
    folder: Path, ring: Keyring
) -> None:
    """The file holds no plain key, is its owner's alone, and opens under its own name only."""
    made = create(folder, ring)
    (path,) = folder.glob("certificate-*.key")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    raw = ring.unwrap(made.kid, path.read_bytes())
    assert len(raw) == 32
    assert raw not in path.read_bytes()
    assert raw not in (folder / "certificate-keys.json").read_bytes()
    with pytest.raises(KeyProblem):
        ring.unwrap("0" * 16, path.read_bytes())
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(KeyProblem, match="file-unreadable"):
        keys.load_signer(folder, ring, issuer=230700, on=ON)


def test_the_jwk_set_comes_back_as_it_was(folder: Path, ring: Keyring) -> None:
    """Both kinds of keys, their dates, issuers and states; no private half among them."""
    for algorithm in EVERYWHERE:
        create(folder, ring, algorithm=algorithm)
    held = keys.load_published(folder)
    compromised = {
        "state": KeyState.COMPROMISED,
        "compromised_from": dt.date(2025, 6, 1),
    }
    odd = make_keys(make_signer(), **compromised)
    every = KeySet({**held.keys, **odd.keys})
    text = every.to_jwks()
    again = KeySet.from_jwks(text)
    assert again.to_jwks() == text
    assert {key.kid: key.state for key in again.keys.values()} == {
        key.kid: key.state for key in every.keys.values()
    }
    assert again.keys[make_signer().kid].compromised_from == dt.date(2025, 6, 1)
    assert all("d" not in jwk for jwk in json.loads(text)["keys"])
    assert {jwk["alg"] for jwk in json.loads(text)["keys"]} == {"EdDSA", "ES256"}


def wrong_kid(jwk: dict[str, object]) -> None:
    jwk["kid"] = "0" * 16


def wrong_kind(jwk: dict[str, object]) -> None:
    jwk["kty"] = "RSA"


def short_key(jwk: dict[str, object]) -> None:
    jwk["x"] = "AAAA"


def no_kid(jwk: dict[str, object]) -> None:
    del jwk["kid"]


@pytest.mark.parametrize("spoil", [wrong_kid, wrong_kind, short_key, no_kid])
def test_a_spoilt_key_set_is_refused(spoil: object) -> None:
    """A key under another's id, of an unknown kind, of a wrong length."""
    listed = json.loads(make_keys(make_signer()).to_jwks())
    spoil(listed["keys"][0])  # type: ignore[operator]
    with pytest.raises(BadInput, match="jwks-unreadable"):
        KeySet.from_jwks(json.dumps(listed))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": [1]}', '{"keys": 5}'])
def test_what_is_no_key_set_is_refused(text: str) -> None:
    """No JSON, no list, no keys."""
    with pytest.raises(BadInput, match="jwks-unreadable"):
        KeySet.from_jwks(text)


def test_the_newest_key_that_holds_signs(folder: Path, ring: Keyring) -> None:
    """In the weeks two keys overlap, the newer one signs; outside all, none does."""
    first = create(folder, ring)
    later = dt.date(2026, 1, 1)
    second = create(folder, ring, not_before=later, not_after=dt.date(2027, 1, 31))
    overlap = keys.load_signer(folder, ring, issuer=230700, on=later)
    assert overlap.kid == second.kid
    assert keys.load_signer(folder, ring, issuer=230700, on=ON).kid == first.kid
    for issuer, on in ((230700, dt.date(2028, 1, 1)), (370300, ON)):
        with pytest.raises(RuleBroken, match="signing-key-missing"):
            keys.load_signer(folder, ring, issuer=issuer, on=on)


def test_a_retired_key_signs_no_more(folder: Path, ring: Keyring) -> None:
    """Its state in the published set stops it; what it signed stays good."""
    made = create(folder, ring)
    digits = make_digits(keys.load_signer(folder, ring, issuer=230700, on=ON))
    listed = json.loads(keys.load_published(folder).to_jwks())
    listed["keys"][0]["state"] = "retired"
    keys.publish(folder, KeySet.from_jwks(json.dumps(listed)))
    with pytest.raises(RuleBroken, match="signing-key-missing"):
        keys.load_signer(folder, ring, issuer=230700, on=ON)
    assert verify(digits, keys.load_published(folder), at=ON).kid == made.kid


def test_es256_takes_no_ed25519_record_and_the_other_way_round() -> None:
    """The algorithm is pinned with the key, whatever the record claims."""
    curve = Es256Signer(ec.generate_private_key(ec.SECP256R1()))
    for signer, other in ((curve, -8), (make_signer(), -7)):
        known = make_keys(signer)
        assert verify(make_digits(signer), known, at=ON).is_signed

        class Liar:
            kid, alg, sign = signer.kid, other, staticmethod(signer.sign)

        assert not verify(make_digits(Liar()), known, at=ON).is_signed


def test_a_key_id_is_the_digest_of_the_key() -> None:
    """Sixteen hexadecimal digits, the same in record and set."""
    signer = make_signer()
    assert signer.kid == keys.key_id(signer.key.public_key().public_bytes_raw())
    assert bytes.fromhex(signer.kid) in record.from_digits(make_digits(signer))
