"""What a certificate's record costs beside its bare signature, and how large a status list is.

Run from the repository's folder: ``python -m benchmarks.certificate_record [--seconds N]``.
Ratios are of processor time within one run, the two rates of each measured in turns. Exits 1
where a limit is not held.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import gzip
import math
import random
import sys
import time
from collections.abc import Callable
from itertools import count, cycle

from benchmarks.certificate import HOST, ON, RECORD
from exam_app.certificates import algorithms, record, status
from exam_app.certificates.algorithms import OwnSigner
from exam_app.certificates.fields import strict
from exam_app.certificates.keys import KeySet, PublicKey
from exam_app.certificates.record import Listed
from exam_app.certificates.status import Places
from exam_app.certificates.terms import Standing, VerdictState

LATER = dt.date(2025, 5, 1)
# Many people, so that nothing of one record is kept for the next.
RECORDS = [
    dataclasses.replace(
        RECORD,
        number=f"2307002025100{number:04}0",
        name=f"欧阳{chr(0x4E00 + number)}",
        id_tail=f"{number:04}",
        status=(1, (number * 7919) % status.SIZE),
        issued_on=ON + dt.timedelta(days=number % 9),
    )
    for number in range(5000)
]
SIGN_LEAST, VERIFY_LEAST, LIST_MOST = 0.5, 0.75, 1.5
ROUNDS = 15


def ratio(whole: Callable[[], object], bare: Callable[[], object], seconds: float) -> list[float]:
    """Return bare and whole per second and the middle of the ratios of many short turns."""
    turns = max(20, int(seconds / ROUNDS / 2 / _cost(whole, 50)))
    rates, ratios = (0.0, 0.0), []
    for _ in range(ROUNDS):
        first, second = 1 / _cost(bare, turns), 1 / _cost(whole, turns)
        rates = (max(rates[0], first), max(rates[1], second))
        ratios.append(second / first)
    return [*rates, sorted(ratios)[ROUNDS // 2]]


def _cost(work: Callable[[], object], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - start) / count


def text_of(signer: OwnSigner, number: int = 0) -> str:
    stated = RECORDS[number % len(RECORDS)]
    return record.address_head(HOST) + record.to_digits(record.sign(record.encode(stated), signer))


def signed_parts(text: str) -> tuple[bytes, bytes]:
    """Return signature and signing input of a record."""
    cose = record.from_digits(record.split_address(text)[0])
    protected, _, payload, signature = strict(cose)
    return signature, record.signing_input(protected, payload)


def record_rows(signer: OwnSigner, seconds: float) -> tuple[list[float], list[float]]:
    public = PublicKey(signer.kid, algorithms.public_of(signer), frozenset({230700}))
    known = KeySet.of([public])
    texts = cycle([text_of(signer, number) for number in range(len(RECORDS))])
    messages = cycle([signed_parts(text_of(signer, number)) for number in range(len(RECORDS))])
    _, message = next(messages)
    listed = Listed(Standing.GOOD, dt.datetime(2025, 4, 1, tzinfo=dt.UTC))

    def judge() -> None:
        verdict = record.verify(
            next(texts), known, at=LATER, status=lambda *place: listed, host=HOST
        )
        assert verdict.state is VerdictState.VALID

    numbers = count()
    sign = ratio(lambda: text_of(signer, next(numbers)), lambda: signer.sign(message), seconds)
    return sign, ratio(judge, lambda: public.verify(*next(messages)), seconds)


def list_bytes(entries: int, share: float) -> tuple[int, float]:
    """Return the bytes of all lists of so many entries, and the least any code could have."""
    chance = random.Random(20250401)
    fallen = set(chance.sample(range(entries), int(entries * share)))
    moment = dt.datetime(2025, 4, 1, tzinfo=dt.UTC)
    size = 0
    for number in range(math.ceil(entries / status.SIZE)):
        first = number * status.SIZE
        held = {
            place - first: Standing.REVOKED
            for place in fallen
            if first <= place < first + status.SIZE
        }
        raw = status.bits(Places(number + 1, held, moment, moment), "revocation")
        size += len(gzip.compress(raw, 9, mtime=0))
    entropy = -share * math.log2(share) - (1 - share) * math.log2(1 - share)
    return size, entries * entropy / 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    asked = parser.parse_args()
    held = True
    print(f"{'':48}{'bare/s':>9}{'whole/s':>9}{'ratio':>7}  limit")
    for name in algorithms.ALGORITHMS:
        sign, verify = record_rows(algorithms.generated(name), asked.seconds)
        binding = name != "sm2"  # the extra's own signature is not what is promised
        for label, row, least in (
            (f"{name}: record → QR text ÷ signature", sign, SIGN_LEAST),
            (f"{name}: QR text → verdict ÷ verification", verify, VERIFY_LEAST),
        ):
            limit = f"≥ {least}" if binding else ""
            print(f"{label:48}{row[0]:9.0f}{row[1]:9.0f}{row[2]:7.2f}  {limit}")
            held = held and (row[2] >= least or not binding)
    size, least_bytes = list_bytes(1_000_000, 0.01)
    found = f"{size} bytes, {size / least_bytes:.2f} × entropy ({least_bytes:.0f})"
    print(f"status lists, 1,000,000 entries, 1 % revoked: {found}  limit ≤ {LIST_MOST}")
    sys.exit(0 if held and size <= LIST_MOST * least_bytes else 1)


if __name__ == "__main__":
    main()
