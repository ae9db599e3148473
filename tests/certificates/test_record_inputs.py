"""The verifier before anything at all: any text, any bytes, any honest record, both algorithms."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.certificates import fields
from exam_app.certificates import record as record_module
from exam_app.certificates.keys import KeySet
from exam_app.certificates.record import (
    CertificateRecord,
    address_head,
    as_plain,
    encode,
    from_digits,
    from_plain,
    signing_input,
    split_address,
    to_digits,
    verify,
)
from exam_app.certificates.terms import Reason, VerdictState
from exam_app.core.errors import RuleBroken
from tests.certificates.samples import ED25519, HOST, KEYS, ON, RECORD, digits_of
from tests.factories.certificates import good

GOLDEN = json.loads(Path(__file__).with_name("golden_qr.json").read_text(encoding="utf-8"))
FIXED = pytest.mark.parametrize("text", [GOLDEN["qr"], GOLDEN["qr_es256"]], ids=["eddsa", "es256"])
NAMES = st.text(st.sampled_from("张王欧阳䶮㛃𬭎·é"), min_size=1, max_size=40)
HEADS = (0x18, 0x78, 0x7F)
TENTHS = st.integers(0, 5000).map(lambda n: Decimal(n) / 10)


def state_of(text: str) -> VerdictState:
    return verify(text, KEYS, at=ON, status=good).state


@FIXED
def test_texts_printed_long_ago_still_verify(text: str) -> None:
    """One QR text of each algorithm and the key set of its time give the record."""
    keys = KeySet.from_jwks(json.dumps(GOLDEN["jwks"]))
    assert verify(text, keys, at=ON).record == RECORD
    assert encode(RECORD).hex() == GOLDEN["payload"]
    assert address_head(HOST) + digits_of() == GOLDEN["qr"]
    assert KEYS.to_jwks() == json.dumps(GOLDEN["jwks"], indent=1, sort_keys=True) + "\n"
    assert len(text) < 520


@FIXED
def test_every_changed_digit_is_refused(text: str) -> None:
    """Each digit changed to each of the nine others."""
    digits = split_address(text)[0]
    tried = 0
    for place in range(len(digits)):
        for other in "0123456789".replace(digits[place], ""):
            changed = digits[:place] + other + digits[place + 1 :]
            assert state_of(changed) is VerdictState.REFUSED
            tried += 1
    assert tried == 9 * len(digits) > 4000


@FIXED
def test_thousands_of_mutations_are_refused(text: str) -> None:
    """Flipped bits, lost, added and swapped bytes: none of 6 000 is accepted."""
    chance = random.Random(20261102)
    cose = from_digits(split_address(text)[0])
    tried = 0
    while tried < 6000:
        changed = _mutated(cose, chance)
        if changed != cose:
            assert state_of(to_digits(changed)) is VerdictState.REFUSED
            tried += 1


def _mutated(cose: bytes, chance: random.Random) -> bytes:
    changed = bytearray(cose)
    place, other = chance.randrange(len(changed)), chance.randrange(len(changed))
    kind = chance.randrange(4)
    if kind == 0:
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del changed[place : place + chance.randint(1, 4)]
    elif kind == 2:
        changed[place:place] = chance.randbytes(chance.randint(1, 4))
    else:
        changed[place], changed[other] = changed[other], changed[place]
    return bytes(changed)


@FIXED
def test_an_envelope_is_cut_as_it_is_parsed(text: str) -> None:
    """Where the usual lengths are taken at their word, the strict reading says the same."""
    chance, cut = random.Random(11), 0
    cose = from_digits(split_address(text)[0])
    for _ in range(3000):
        changed = bytearray(cose)
        for place in chance.sample([*range(20), *range(len(cose) - 70, len(cose) - 60)], 2):
            changed[place] ^= chance.choice([0, 1 << chance.randrange(8)])
        usual = record_module._usual(bytes(changed))
        if usual is not None:
            assert usual == record_module._parts(bytes(changed))
            cut += 1
    assert cut > 100


def told_of(payload: bytes) -> object:
    try:
        return fields.read(payload)
    except fields.Refused as refusal:
        return refusal.reason


@pytest.mark.parametrize("index", [5, 24, 255, 256, 4711, 65535, 65536, 131071, 2**40])
@pytest.mark.parametrize("number", ["2307002026100001", "2" * 23, "2" * 24, "编号一"])
def test_a_record_is_read_alike_beside_others_of_its_class(index: int, number: str) -> None:
    """With another one read before or not: any byte changed, the same record or refusal."""
    stated = replace(RECORD, status=(1, index), number=number)
    payload = encode(stated)
    fields._others.clear()
    assert fields.read(payload) == fields.read(payload) == (stated, ())
    for place in range(len(payload)):
        for other in (payload[place] ^ 1, payload[place] + 1 & 255, *HEADS):
            changed = payload[:place] + bytes([other]) + payload[place + 1 :]
            fields._others.clear()
            alone = told_of(changed)
            fields._others.clear()
            fields.read(payload)
            assert told_of(changed) == alone


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(raw: bytes) -> None:
    """Whatever is scanned, the verifier refuses and never breaks; bytes and digits are one."""
    assert state_of(to_digits(raw)) is VerdictState.REFUSED
    assert from_digits(to_digits(raw)) == raw


@given(st.text(max_size=60))
def test_any_text_gets_an_answer(text: str) -> None:
    """Neither do texts and addresses break it."""
    for scanned in (text, "https://" + text, address_head(HOST) + text):
        assert state_of(scanned) is VerdictState.REFUSED


PLAIN = st.recursive(
    st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=9) | st.text(max_size=5) | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(0, 20) | st.text(max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_any_algorithm_value_gets_an_answer(value: object) -> None:
    """The header's algorithm may be any CBOR value: the key's own number alone is taken."""
    header = cbor2.dumps({1: value, 4: bytes.fromhex(ED25519.kid)}, canonical=True)
    cose = cbor2.dumps([header, {}, encode(RECORD), bytes(64)], canonical=True)
    verdict = verify(to_digits(cose), KEYS, at=ON)
    assert verdict.reasons[0] in {Reason.WRONG_ALGORITHM, Reason.BAD_SIGNATURE, Reason.MALFORMED}


@given(PLAIN)
def test_any_signed_payload_gets_an_answer(value: object) -> None:
    """Even what our own key signed is refused when it is no record."""
    payload = cbor2.dumps(value, canonical=True)
    header = cbor2.dumps({1: ED25519.alg, 4: bytes.fromhex(ED25519.kid)}, canonical=True)
    signature = ED25519.sign(signing_input(header, payload))
    cose = cbor2.dumps([header, {}, payload, signature], canonical=True)
    verdict = verify(to_digits(cose), KEYS, at=ON)
    assert verdict.state is VerdictState.REFUSED
    assert verdict.reasons[0] is not Reason.BAD_SIGNATURE


@given(NAMES, TENTHS, st.none() | st.integers(0, 1000).map(lambda n: Decimal(n) / 10))
def test_every_honest_record_comes_back(name: str, hours: Decimal, score: Decimal | None) -> None:
    """Names beyond U+FFFF, any tenths, with a score or without."""
    record = replace(RECORD, name=name, hours=(hours, hours, hours), score=score, credit=hours)
    assert verify(digits_of(record), KEYS, at=ON).record == record
    payload = encode(record)
    assert payload == cbor2.dumps(cbor2.loads(payload), canonical=True)
    assert from_plain(json.loads(json.dumps(as_plain(record)))) == record


@pytest.mark.parametrize(
    "record",
    [
        replace(RECORD, name=""),
        replace(RECORD, name="张" * 61),
        replace(RECORD, id_tail="12345"),
        replace(RECORD, industry=""),
        replace(RECORD, paper="P" * 21),
        replace(RECORD, credit=Decimal(-1)),
        replace(RECORD, score=Decimal("100.2")),
    ],
)
def test_record_no_verifier_would_accept_is_not_encoded(record: CertificateRecord) -> None:
    """What could not be verified later is refused before it is signed."""
    with pytest.raises(RuleBroken, match="certificate-unverifiable"):
        encode(record)


def test_score_between_full_and_bare_pass_is_not_encoded() -> None:
    """100.1 would read as a pass without a score."""
    with pytest.raises(RuleBroken, match="certificate-unverifiable"):
        encode(replace(RECORD, score=Decimal("100.1")))
