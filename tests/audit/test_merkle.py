"""The Merkle tree: the frontier gives the root that the standard's definition gives."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from exam_app.audit import merkle

leaves = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


def by_definition(hashes: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1: split at the largest power of two below the size."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    left, right = by_definition(hashes[:split]), by_definition(hashes[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(leaves)
def test_root_is_that_of_the_definition(hashes: list[bytes]) -> None:
    """Adding leaf by leaf gives the root of the whole."""
    assert merkle.root_of(hashes) == by_definition(hashes)


@given(leaves)
def test_frontier_is_small_and_survives_packing(hashes: list[bytes]) -> None:
    """The frontier has one hash per 1 in the size's binary form, and comes back from bytes."""
    frontier: list[bytes] = []
    for size, leaf in enumerate(hashes):
        frontier = merkle.unpack(merkle.pack(frontier))
        merkle.append(frontier, size, leaf)
    assert len(frontier) == len(hashes).bit_count()


@given(leaves.filter(bool), st.data())
def test_any_other_leaf_changes_the_root(hashes: list[bytes], data: st.DataObject) -> None:
    """A changed, removed, added or swapped leaf gives another root."""
    place = data.draw(st.integers(0, len(hashes) - 1))
    other = [*hashes]
    other[place] = bytes(byte ^ 1 for byte in other[place])
    changed = {
        merkle.root_of(other),
        merkle.root_of(hashes[:place] + hashes[place + 1 :]),
        merkle.root_of([*hashes, hashes[place]]),
    }
    assert merkle.root_of(hashes) not in changed
    if hashes[0] != hashes[place]:
        swapped = [*hashes]
        swapped[0], swapped[place] = swapped[place], swapped[0]
        assert merkle.root_of(swapped) != merkle.root_of(hashes)


def test_leaf_and_node_cannot_be_mistaken() -> None:
    """A leaf over two hashes is not the node of the two."""
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
