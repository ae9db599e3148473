"""Random keys from the sealed seed: HMAC-SHA256, so that anyone can compute them again.

The key of an item is the first 30 bits of HMAC-SHA256(seed, "paper|counter|item id"), papers
counted from 1 and counters from 0. The place of an item in its section comes from
HMAC-SHA256(seed, "order|paper|counter|item id"), lowest first.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from question_bank.program.bank import Ints

KEY_BITS = 30
_BLOCK = 64


class Draw(NamedTuple):
    """Which random keys a paper is drawn by."""

    seed: bytes
    paper: int
    counter: int = 0


def keys(draw: Draw, ids: Iterable[str]) -> Ints:
    """Return the key of each id, 0 up to 2**30 - 1."""
    prefix = f"{draw.paper}|{draw.counter}|".encode()
    inner, outer = _pads(draw.seed)
    digests = []
    for each in ids:
        first, second = inner.copy(), outer.copy()
        first.update(prefix + each.encode("utf-8", "surrogatepass"))
        second.update(first.digest())
        digests.append(second.digest()[:4])
    joined = b"".join(digests)
    return (np.frombuffer(joined, dtype=">u4") >> (32 - KEY_BITS)).astype(np.int64)


def _pads(seed: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Return the two hashes every HMAC of a seed begins with (RFC 2104), begun once."""
    key = (seed if len(seed) <= _BLOCK else hashlib.sha256(seed).digest()).ljust(_BLOCK, b"\0")
    pads = (bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C))
    inner, outer = (hashlib.sha256(pad) for pad in pads)
    return inner, outer


def place(draw: Draw, name: str) -> bytes:
    """Return what an item or set is ordered by inside its section."""
    text = f"order|{draw.paper}|{draw.counter}|{name}"
    return hmac.digest(draw.seed, text.encode("utf-8", "surrogatepass"), "sha256")
