"""The frozen vectors: every text keeps its signing input, its signature and its verdict."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest

from exam_app.certificates import algorithms, jws, record, registry, status
from exam_app.certificates.keys import KeySet
from exam_app.certificates.terms import Reason, Standing, VerdictState
from tests.certificates import vectors

GOLDEN = json.loads(vectors.FILE.read_text(encoding="utf-8"))
KEYS = KeySet.from_jwks(json.dumps(GOLDEN["keys"]))
VECTORS: list[dict[str, Any]] = GOLDEN["vectors"]
SIGNED = GOLDEN["signed"]
# What only a look-up on the server can say, or only a missing extra.
ELSEWHERE = {
    Reason.REPLACED,
    Reason.KEYS_STALE,
    Reason.NOT_ON_FILE,
    Reason.ALGORITHM_UNAVAILABLE,
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: each["name"])
def test_a_vector_keeps_its_verdict(vector: dict[str, Any]) -> None:
    """State, reasons and every field, under the frozen keys, list and day."""
    verdict = vectors.judge(vector, KEYS)
    assert (verdict.state.value, [each.value for each in verdict.reasons]) == (
        vector["state"],
        vector["reasons"],
    )
    plain = record.as_plain(verdict.record) if verdict.record else None
    assert plain == vector["record"]
    assert vectors.parts(vector["text"]) == (vector["signing_input"], vector["signature"])


def test_every_reason_and_every_kind_of_record_is_frozen() -> None:
    """Each reason a verifier without a network can give, ten records under each algorithm."""
    assert {reason for each in VECTORS for reason in each["reasons"]} == {
        each.value for each in set(Reason) - ELSEWHERE
    }
    for alg in ("EdDSA", "ES256"):
        held = [each for each in VECTORS if each["name"] in {f"{alg} {n}" for n in range(10)}]
        assert len({each["record"]["number"] for each in held}) == 10
        assert {each["state"] for each in held} == {VerdictState.VALID.value}


def test_ed25519_signs_the_same_again() -> None:
    """The signing key of the vectors gives their very texts."""
    for number, stated in enumerate(vectors.RECORDS):
        cose = record.sign(record.encode(stated), vectors.ED)
        assert VECTORS[number]["text"].endswith(record.to_digits(cose))


def test_registry_and_lists_of_the_vectors_hold() -> None:
    """The root's registry gives the same keys, and the lists signed under it their places."""
    root = registry.Root(algorithms.public_of_jwk(SIGNED["root"]))  # type: ignore[arg-type]
    held = registry.verify(SIGNED["registry"], root)
    assert held.version == 7
    assert held.keys.keys == KEYS.keys
    assert held.keys.reattested == KEYS.reattested
    parts = [status.read(SIGNED[purpose], held.keys) for purpose in status.PURPOSES]
    assert jws.kid_of(SIGNED["revocation"]) == vectors.ED.kid
    look_up = status.lookup_of(status.joined(parts), now=vectors.MADE)
    said = {index: look_up(1, index) for index in (4711, 5711, 6711, 7711)}
    assert {index: listed.standing for index, listed in said.items() if listed} == {
        4711: Standing.REVOKED,
        5711: Standing.SUSPENDED,
        6711: Standing.REVOKED,
        7711: Standing.GOOD,
    }
    assert look_up(2, 4711) is None


def test_the_same_texts_are_judged_alike_under_the_registry() -> None:
    """A fresh registry changes no verdict; an old one takes every ``valid`` away."""
    root = registry.Root(algorithms.public_of_jwk(SIGNED["root"]))  # type: ignore[arg-type]
    known = registry.verify(SIGNED["registry"], root).keys
    fresh = dataclasses.replace(known, next_update=vectors.GOOD_UNTIL)
    late = dataclasses.replace(known, next_update=vectors.MADE - dt.timedelta(hours=1))
    for vector in VECTORS[:10]:
        assert vectors.judge(vector, fresh).state is VerdictState.VALID
        verdict = vectors.judge(vector, late)
        assert verdict.state is VerdictState.STATUS_UNKNOWN
        assert verdict.reasons == (Reason.KEYS_STALE,)
