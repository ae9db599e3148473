"""Changed certificates, a short run of ``benchmarks/certificate_mutations.py``."""

from __future__ import annotations

from benchmarks.certificate_mutations import KINDS, run


def test_no_changed_certificate_is_accepted() -> None:
    """Bits, bytes, digits, other forms, swapped parts, unknown keys, other headers, twins."""
    tried, reasons, accepted = run(4000, seed=7)
    assert accepted == []
    assert set(tried) == {kind.__name__ for kind in KINDS}
    assert min(tried.values()) == 4000 // len(KINDS)
    assert len(reasons) >= 5
