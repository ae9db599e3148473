"""Bulk verification: 10,000 QR texts on two processes against one.

Run: .venv/bin/python benchmarks/verify_bulk.py [ROWS]. By the wall clock, best of the rounds, on
a machine that has two processors to spare; and by processor time, which a busy machine spoils
less: what one process needs, over half of what two need together, and over what the calling one
of the two needs, which does all that is not shared beside its part.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from dataclasses import replace
from decimal import Decimal
from multiprocessing import forkserver
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_app.certificates import record
from exam_app.certificates.keys import Ed25519Signer, KeySet, PublicKey
from exam_app.certificates.record import CertificateRecord
from exam_app.certificates.terms import VerdictState
from exam_app.verification import bulk

DAY = dt.date(2026, 11, 2)
LIMIT, ROUNDS = 1.6, 5
HOST = "exam.example.gov.cn"


def made(count: int) -> tuple[list[str], KeySet]:
    """Return texts of as many records as asked, and the key they are signed with."""
    signer = Ed25519Signer(Ed25519PrivateKey.generate())
    zero = Decimal(24)
    first = CertificateRecord(
        230700, "23070020261000016", "欧阳建国", "235X", 1, 3, "mining", (zero, zero, zero),
        None, zero, DAY, DAY.replace(year=2029), "YC-2026-01-A", (1, 4711),
    )  # fmt: skip
    key = PublicKey(signer.kid, signer.key.public_key(), frozenset({230700}))
    head = record.address_head(HOST)
    texts = [
        head + record.to_digits(record.sign(record.encode(replace(first, status=(1, n))), signer))
        for n in range(count)
    ]
    return texts, KeySet.of([key])


def wall(texts: list[str], keys: KeySet, processes: int) -> float:
    """Return the seconds of one run, all of it counted."""
    start = time.perf_counter()
    verdicts = bulk.verify_texts(texts, keys, processes=processes, at=DAY, host=HOST)
    took = time.perf_counter() - start
    assert all(each.state is VerdictState.STATUS_UNKNOWN for each in verdicts)
    return took


def by_processor(texts: list[str], keys: KeySet) -> tuple[float, float, float]:
    """Return processor seconds: of one process, of the calling one of two, of both."""
    start = time.process_time()
    bulk.verify_texts(texts, keys, at=DAY, host=HOST)
    alone = time.process_time() - start
    start, told = time.process_time(), worker_seconds()
    bulk.verify_texts(texts, keys, processes=2, at=DAY, host=HOST)
    caller = time.process_time() - start
    return alone, caller, caller + worker_seconds() - told


def worker_seconds() -> float:
    """Return the processor seconds of ended workers: children of the server that starts them."""
    server = forkserver._forkserver._forkserver_pid
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    texts, keys = made(count)
    wall(texts[:1000], keys, 2)  # the server that starts workers is running from here on
    rounds = [(wall(texts, keys, 1), wall(texts, keys, 2)) for _ in range(ROUNDS)]
    one, two = min(first for first, _ in rounds), min(second for _, second in rounds)
    turns = zip(*(by_processor(texts, keys) for _ in range(ROUNDS)), strict=True)
    alone, caller, both = map(min, turns)
    print(f"rows {count}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"{'':26}{'1 process':>12}{'2 processes':>13}{'ratio':>8}  limit")
    print(f"{'wall s, best':26}{one:12.2f}{two:13.2f}{one / two:8.2f}  {LIMIT}")
    print(f"{'wall rows/s':26}{count / one:12.0f}{count / two:13.0f}")
    print(f"{'processor s, half of both':26}{alone:12.2f}{both / 2:13.2f}{2 * alone / both:8.2f}")
    print(f"{'processor s, the caller':26}{alone:12.2f}{caller:13.2f}{alone / caller:8.2f}")


if __name__ == "__main__":
    main()
