"""SM2, the optional extra: signs, verifies, is refused by name where it is not installed."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from exam_app.certificates import jws, keys, passphrase, record
from exam_app.certificates.keys import KeySet
from exam_app.certificates.sm2 import ORDER, Sm2PublicKey
from exam_app.certificates.terms import Reason, VerdictState
from exam_app.core.errors import RuleBroken
from tests.certificates import vectors
from tests.factories.certificates import ON, good, make_digits

GOLDEN = json.loads(vectors.FILE.read_text(encoding="utf-8"))
KEYS = KeySet.from_jwks(json.dumps(GOLDEN["keys"]))
SIGNER = vectors.GM
# The head of a SubjectPublicKeyInfo of an uncompressed SM2 point.
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


@pytest.mark.parametrize("vector", GOLDEN["sm2"], ids=lambda each: each["name"])
def test_a_vector_keeps_its_verdict(
    vector: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same states and reasons as the other algorithms; without the extra it is told."""
    verdict = vectors.judge(vector, KEYS)
    assert (verdict.state.value, [each.value for each in verdict.reasons]) == (
        vector["state"],
        vector["reasons"],
    )


def test_openssl_verifies_what_we_verify(tmp_path: Path) -> None:
    """The OpenSSL command line takes our signatures, with the identifier of GM/T 0009."""
    key, message, signature = (tmp_path / name for name in ("key.pem", "message", "signature"))
    body = base64.encodebytes(SPKI + SIGNER.public.point).decode()
    key.write_text(f"-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n")
    asked = ["openssl", "dgst", "-sm3", "-sigopt", "distid:1234567812345678", "-verify", str(key)]
    for vector in GOLDEN["sm2"][:10]:
        raw = bytes.fromhex(vector["signature"])
        halves = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
        signature.write_bytes(encode_dss_signature(*halves))
        for text, code in ((vector["signing_input"], 0), (vector["signing_input"] + "00", 1)):
            message.write_bytes(bytes.fromhex(text))
            done = subprocess.run(
                [*asked, "-signature", str(signature), str(message)],
                capture_output=True,
                check=False,
            )
            assert done.returncode == code


def test_a_key_is_made_kept_and_signs(tmp_path: Path) -> None:
    """From the key folder, like the other kinds; published with its own curve."""
    ring = passphrase.lock(tmp_path, "a passphrase for nobody", memory_kib=256)
    days = (ON, ON.replace(year=2026))
    made = keys.create(
        tmp_path, ring, issuer=230700, not_before=days[0], not_after=days[1], algorithm="sm2"
    )
    signer = keys.load_signer(tmp_path, ring, issuer=230700, on=ON)
    assert (signer.kid, signer.alg) == (made.kid, -65537)
    known = keys.load_published(tmp_path)
    assert (made.to_jwk()["crv"], made.to_jwk()["alg"]) == ("SM2", "SM2")
    verdict = record.verify(make_digits(signer), known, at=ON, status=good)
    assert verdict.state is VerdictState.VALID
    with pytest.raises(RuleBroken, match="jws-algorithm"):
        jws.sign({}, signer, jws.STATUS_LIST)


def test_the_algorithm_is_pinned_and_numbers_are_in_range() -> None:
    """No other key takes its header; r and s outside the order are refused, not handed on."""
    message = b"message"
    whole = SIGNER.sign(message)
    assert SIGNER.public.verify(whole, message)
    for r, s in ((0, 1), (1, 0), (ORDER, 1), (1, ORDER), (2**256 - 1, 1)):
        pair = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        assert not SIGNER.public.verify(pair, message)
    assert not SIGNER.public.verify(whole[32:] + whole[:32], message)
    text = make_digits(SIGNER, issued_on=vectors.RECORDS[0].issued_on)
    header_of_another = KEYS.keys[vectors.ED.kid]
    wrong = KeySet.of([replace(header_of_another, kid=SIGNER.kid)])
    assert record.verify(text, wrong, at=ON).reasons == (Reason.WRONG_ALGORITHM,)


@pytest.mark.parametrize(
    "point",
    [b"", b"\x04" + bytes(64), b"\x04" + b"\xff" * 64, b"\x05" + SIGNER.public.point[1:]],
)
def test_what_is_no_point_is_no_key(point: bytes) -> None:
    """Only a point of the curve."""
    with pytest.raises(ValueError, match="point"):
        Sm2PublicKey(point)


WITHOUT = """
import json, sys
sys.modules["tongsuopy"] = None  # as if it were not installed
from exam_app.certificates import algorithms
from exam_app.certificates.keys import KeySet
from exam_app.core.errors import RuleBroken
from tests.certificates import vectors
golden = json.loads(vectors.FILE.read_text(encoding="utf-8"))
known = KeySet.from_jwks(json.dumps(golden["keys"]))
for each in golden["sm2"]:
    print(vectors.judge(each, known).reasons[0].value)
try:
    algorithms.generated("sm2")
except RuleBroken as refused:
    print(refused.code)
"""


def test_without_the_extra_a_key_of_this_kind_is_refused_by_name() -> None:
    """Its keys are still read, its certificates told as not to be verified here."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    said = done.stdout.split()
    assert said == [Reason.ALGORITHM_UNAVAILABLE.value] * len(GOLDEN["sm2"]) + ["sm2-missing"]
