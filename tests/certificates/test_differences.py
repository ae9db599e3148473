"""Odd records before both verifiers, a short run of ``benchmarks/verifier_differences.py``."""

from __future__ import annotations

from benchmarks.odd_records import KINDS
from benchmarks.verifier_differences import run


def test_python_and_javascript_say_the_same_of_odd_records() -> None:
    """State, reasons, record, key and host, whatever a key holder signed or somebody typed."""
    outcomes, differences = run(25 * len(KINDS), seed=3)
    assert differences == []
    assert outcomes.total() == 25 * len(KINDS)
    assert set(outcomes) >= {
        "valid", "unknown-field", "malformed", "not-digits", "bad-signature", "bad-payload",
        "key-compromised", "issue-unproved", "revoked", "suspended", "expired",
    }  # fmt: skip
