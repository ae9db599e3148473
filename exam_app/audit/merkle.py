"""The Merkle tree of RFC 9162, kept as its frontier: the roots of the perfect subtrees."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

SIZE = 32
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(frontier: list[bytes], size: int, leaf: bytes) -> None:
    """Add a leaf to the frontier of a tree of ``size`` leaves, in place."""
    frontier.append(leaf)
    while size & 1:
        right, left = frontier.pop(), frontier.pop()
        frontier.append(node_hash(left, right))
        size >>= 1


def root(frontier: list[bytes]) -> bytes:
    """Return the root of the tree the frontier stands for."""
    if not frontier:
        return EMPTY
    top = frontier[-1]
    for left in reversed(frontier[:-1]):
        top = node_hash(left, top)
    return top


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root of the tree of these leaf hashes."""
    frontier: list[bytes] = []
    for size, leaf in enumerate(leaves):
        append(frontier, size, leaf)
    return root(frontier)


def pack(frontier: list[bytes]) -> bytes:
    """Return the frontier as one string of bytes."""
    return b"".join(frontier)


def unpack(data: bytes) -> list[bytes]:
    """Return the frontier that ``pack`` wrote."""
    return [data[at : at + SIZE] for at in range(0, len(data), SIZE)]
