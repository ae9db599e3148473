"""The browser's verifier says what Python says, with WebCrypto and with the package alone."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exam_app.certificates import record, registry, status
from exam_app.certificates.keys import KeySet
from exam_app.core.errors import BadInput
from tests.city import ROOT

VECTORS = Path(__file__).parent / "golden.json"
GOLDEN = json.loads(VECTORS.read_text(encoding="utf-8"))
BOTH = pytest.mark.parametrize("crypto", ["webcrypto", "package"])


def node(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the verifier's commands under the Node that ``make setup`` installs."""
    program = Path(sys.executable).parent / "node"
    script = ROOT / "javascript" / "commands" / command
    return subprocess.run(
        [program, script, *arguments], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """Return what JavaScript says of the vectors."""
    done = node("vectors.js", str(VECTORS))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@BOTH
def test_each_vector_gets_the_verdict_python_gives(answers: dict[str, Any], crypto: str) -> None:
    """State, reasons in their order, record; the signing input of everything that is signed."""
    vectors = GOLDEN["vectors"]
    found = answers[crypto]["vectors"][: len(vectors)]
    assert {each["state"] for each in found} > {"valid", "refused", "revoked", "suspended"}
    for vector, told in zip(vectors, found, strict=True):
        for name in ("name", "state", "reasons", "record"):
            assert told[name] == vector[name], vector["name"]
        if vector["record"] is not None or told["signing_input"] is not None:
            assert told["signing_input"] == vector["signing_input"], vector["name"]
            assert told["kid"] in (vector["kid"], None)


@BOTH
def test_a_key_the_browser_cannot_use_is_told_by_name(answers: dict[str, Any], crypto: str) -> None:
    """SM2 records are not called forged, nor anything else than: cannot be verified here."""
    found = answers[crypto]["vectors"][len(GOLDEN["vectors"]) :]
    signed = [each for each, made in zip(found, GOLDEN["sm2"], strict=True) if made["record"]]
    assert len(signed) >= 10
    for told in signed:
        assert (told["state"], told["reasons"][0]) == ("refused", "algorithm-unavailable")


@BOTH
def test_registry_and_lists_are_read_alike(answers: dict[str, Any], crypto: str) -> None:
    """The registry under its root and both lists give each certificate the same state."""
    signed, told = GOLDEN["signed"], answers[crypto]["published"]
    known = registry.verify(signed["registry"], registry.root_of(signed["root"]["x"]))
    parts = [status.read(signed[name], known.keys) for name in ("revocation", "suspension")]
    look_up = status.lookup_of(status.joined(parts), now=parts[0][1].made)
    assert told["version"] == known.version
    assert len(told["found"]) == len(GOLDEN["vectors"])
    for vector, shown in zip(GOLDEN["vectors"], told["found"], strict=True):
        at = dt.date.fromisoformat(vector["at"])
        text, host = vector["text"], vector["host"]
        verdict = record.verify(text, known.keys, at=at, status=look_up, host=host)
        assert shown["state"] == verdict.state.value, vector["name"]
        assert shown["reasons"] == [each.value for each in verdict.reasons], vector["name"]


@BOTH
def test_changed_registries_and_lists_are_not_taken(answers: dict[str, Any], crypto: str) -> None:
    """One letter, another root, another kind of document: each is refused with its reason."""
    assert answers[crypto]["published"]["changed"] == {
        "registry, one letter changed": "bad-signature",
        "registry without signature": "bad-signature",
        "registry of another root": "unknown-key",
        "list as registry": "wrong-type",
        "list, one letter changed": "bad-signature",
        "list of an unknown key": "unknown-key",
        "registry as list": "wrong-type",
    }


def test_key_sets_with_a_fact_nobody_can_read_are_refused(answers: dict[str, Any]) -> None:
    """Unknown states, days in another form, codes that are no whole numbers: in both languages."""
    assert answers["spoilt"] == []
    for facts in GOLDEN["spoilt"]:
        spoilt = {"keys": [{**GOLDEN["keys"]["keys"][0], **facts}]}
        with pytest.raises(BadInput, match="jwks-unreadable"):
            KeySet.from_jwks(json.dumps(spoilt))


def test_no_mutant_is_accepted() -> None:
    """Flipped bits, changed digits, other encodings, unknown keys, swapped parts: all refused."""
    done = node("mutate.js", str(VECTORS), "1400", "5")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["made"], told["accepted"]) == (1400, [])
    reasons = {outcome.split()[1] for outcome in told["counts"]}
    assert reasons >= {"malformed", "bad-signature", "unknown-key", "wrong-algorithm"}
