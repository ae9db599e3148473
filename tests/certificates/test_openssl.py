"""The OpenSSL command line agrees: the signatures are what any other program takes for one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from exam_app.certificates.keys import KeySet
from exam_app.certificates.terms import Reason
from tests.certificates import vectors

GOLDEN = json.loads(vectors.FILE.read_text(encoding="utf-8"))
KEYS = KeySet.from_jwks(json.dumps(GOLDEN["keys"]))
WHOLE = 128  # hexadecimal digits of a signature
# ECDSA as such takes either s; ours is one form alone.
OTHER_S = "ES256 the other s"


def openssl(vector: dict[str, Any], folder: Path) -> bool:
    """Return whether OpenSSL verifies a vector's signature."""
    key, message, signature = (folder / name for name in ("key.pem", "message", "signature"))
    public = KEYS.keys[vector["kid"]].key
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    key.write_bytes(public.public_bytes(serialization.Encoding.PEM, form))  # type: ignore[union-attr]
    message.write_bytes(bytes.fromhex(vector["signing_input"]))
    raw = bytes.fromhex(vector["signature"])
    if vector["alg"] == "EdDSA":
        signature.write_bytes(raw)
        asked = ["pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin"]
        asked += ["-in", str(message), "-sigfile", str(signature)]
    else:
        halves = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
        signature.write_bytes(encode_dss_signature(*halves))
        asked = ["dgst", "-sha256", "-verify", str(key), "-signature", str(signature), str(message)]
    done = subprocess.run(["openssl", *asked], capture_output=True, text=True, check=False)
    assert "rror" not in done.stderr, done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("alg", ["EdDSA", "ES256"])
def test_openssl_verifies_what_we_verify(alg: str, tmp_path: Path) -> None:
    """The same signing input and signature, accepted and refused alike."""
    whole = [
        each
        for each in GOLDEN["vectors"]
        if each["alg"] == alg and len(each["signature"]) == WHOLE and each["kid"] in KEYS.keys
    ]
    seen = {}
    for each in whole:
        seen.setdefault((each["signing_input"], each["signature"]), each)
    good = [each for each in seen.values() if each["record"]]
    bad = [each for each in seen.values() if Reason.BAD_SIGNATURE.value in each["reasons"]]
    assert len(good) >= 10
    assert len(bad) >= 2
    assert [each["name"] for each in good if not openssl(each, tmp_path)] == []
    assert [each["name"] for each in bad if openssl(each, tmp_path)] == [
        each["name"] for each in bad if each["name"] == OTHER_S
    ]
