"""The seal by itself: who opens it, and everything that must not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_app.core.errors import BadInput, RuleBroken
from exam_app.papers import sealing
from exam_app.papers.sealing import Holder, PassphraseWrong, SealBroken, Sealed, Share

MEMORY_KIB = 1024
PAPER = "试卷内容".encode() * 50
CONTEXT = {
    "paper": 1,
    "class": 2,
    "sitting": 3,
    "not_before": "2025-03-12T00:30:00+00:00",
    "not_after": "2025-03-12T03:00:00+00:00",
}
WORDS = {1: "crane-lantern-orchard", 2: "maple-river-granite", 3: "pebble-window-thunder"}
KEYS = {
    account: sealing.new_key_pair(word, account_id=account, memory_kib=MEMORY_KIB)
    for account, word in WORDS.items()
}


def holders(*organisations: int) -> list[Holder]:
    """Return the custodians 1, 2, 3 in these organisations."""
    return [
        Holder(account, organisation, KEYS[account].public_key)
        for account, organisation in enumerate(organisations, start=1)
    ]


def half(sealed: Sealed, me: int, partner: int, context: sealing.Context = CONTEXT) -> bytes:
    """Return the half of one custodian for a partner."""
    share = next(
        each for each in sealed.shares if (each.holder_id, each.partner_id) == (me, partner)
    )
    key = sealing.unlock(KEYS[me], WORDS[me], account_id=me)
    return sealing.open_half(share, key, context)


def opened(sealed: Sealed, one: int, other: int) -> bytes:
    """Return what two custodians open."""
    halves = (half(sealed, one, other), half(sealed, other, one))
    return sealing.open_sealed(sealed.ciphertext, sealed.nonce, CONTEXT, halves, sealed.digest)


SEALED = sealing.seal(PAPER, CONTEXT, holders(10, 20, 30))


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 3), (1, 3), (3, 1)])
def test_any_two_of_different_bodies_open(one: int, other: int) -> None:
    """One custodian lost is no paper lost."""
    assert opened(SEALED, one, other) == PAPER


def test_no_half_says_anything_alone() -> None:
    """One half is not the key, and no two halves of different pairs are."""
    halves = [half(SEALED, me, other) for me, other in ((1, 2), (1, 3), (2, 3), (2, 1), (3, 1))]
    for one, other in ((halves[0], bytes(32)), (halves[0], halves[1]), (halves[0], halves[2])):
        with pytest.raises(SealBroken):
            sealing.open_sealed(
                SEALED.ciphertext, SEALED.nonce, CONTEXT, (one, other), SEALED.digest
            )


def test_the_same_body_gets_no_pair() -> None:
    """Two custodians of one organisation cannot open, whatever they bring together."""
    sealed = sealing.seal(PAPER, CONTEXT, holders(10, 10, 30))
    pairs = {(share.holder_id, share.partner_id) for share in sealed.shares}
    assert pairs == {(1, 3), (3, 1), (2, 3), (3, 2)}
    assert opened(sealed, 1, 3) == PAPER
    with pytest.raises(SealBroken):
        sealing.open_sealed(
            sealed.ciphertext,
            sealed.nonce,
            CONTEXT,
            (half(sealed, 1, 3), half(sealed, 2, 3)),
            sealed.digest,
        )


def test_one_body_alone_seals_nothing() -> None:
    """Sealing needs two custodians of different organisations."""
    with pytest.raises(RuleBroken, match="no-custodian-pair"):
        sealing.seal(PAPER, CONTEXT, holders(10, 10, 10))


def test_a_wrong_passphrase_opens_nothing() -> None:
    """The private key is under the custodian's own passphrase."""
    with pytest.raises(PassphraseWrong):
        sealing.unlock(KEYS[1], WORDS[1] + "!", account_id=1)
    with pytest.raises(PassphraseWrong):
        sealing.unlock(KEYS[1], WORDS[2], account_id=1)


def test_a_key_is_bound_to_its_owner() -> None:
    """A key copied into another account's row does not open."""
    with pytest.raises(PassphraseWrong):
        sealing.unlock(KEYS[1], WORDS[1], account_id=2)
    swapped = replace(KEYS[1], public_key=KEYS[2].public_key)
    with pytest.raises(PassphraseWrong):
        sealing.unlock(swapped, WORDS[1], account_id=1)


@pytest.mark.parametrize("weak", ["", "short-one", "aaaaaaaaaaaaaaaa", "121212121212"])
def test_a_weak_passphrase_is_refused(weak: str) -> None:
    """Twelve characters at least, and not all alike."""
    with pytest.raises(BadInput, match="passphrase-weak"):
        sealing.new_key_pair(weak, account_id=1, memory_kib=MEMORY_KIB)


@pytest.mark.parametrize("name", sorted(CONTEXT))
def test_a_changed_context_does_not_open(name: str) -> None:
    """Paper, class, sitting and window are bound to the seal."""
    changed = {**CONTEXT, name: f"{CONTEXT[name]}0"}
    with pytest.raises(SealBroken):
        half(SEALED, 1, 2, changed)
    halves = (half(SEALED, 1, 2), half(SEALED, 2, 1))
    with pytest.raises(SealBroken):
        sealing.open_sealed(SEALED.ciphertext, SEALED.nonce, changed, halves, SEALED.digest)


@settings(max_examples=25)
@given(st.integers(0, len(SEALED.ciphertext) * 8 - 1))
def test_a_flipped_bit_does_not_open(bit: int) -> None:
    """No bit of the ciphertext can be changed."""
    text = bytearray(SEALED.ciphertext)
    text[bit // 8] ^= 1 << bit % 8
    halves = (half(SEALED, 1, 2), half(SEALED, 2, 1))
    with pytest.raises(SealBroken):
        sealing.open_sealed(bytes(text), SEALED.nonce, CONTEXT, halves, SEALED.digest)


def test_a_flipped_bit_of_a_share_does_not_open() -> None:
    """Nor any bit of a half on its way."""
    share = SEALED.shares[0]
    key = sealing.unlock(KEYS[1], WORDS[1], account_id=1)
    for place in range(0, len(share.blob), 7):
        blob = bytearray(share.blob)
        blob[place] ^= 1
        with pytest.raises(SealBroken):
            sealing.open_half(Share(1, 2, bytes(blob)), key, CONTEXT)


def test_a_half_is_for_its_holder_alone() -> None:
    """Another custodian's key does not read it."""
    share = SEALED.shares[0]
    key = sealing.unlock(KEYS[3], WORDS[3], account_id=3)
    with pytest.raises(SealBroken):
        sealing.open_half(share, key, CONTEXT)


def test_another_content_is_noticed() -> None:
    """What opens must have the digest that was recorded at sealing."""
    halves = (half(SEALED, 1, 2), half(SEALED, 2, 1))
    with pytest.raises(SealBroken):
        sealing.open_sealed(SEALED.ciphertext, SEALED.nonce, CONTEXT, halves, "0" * 64)
