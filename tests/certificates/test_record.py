"""The signed record: one fixed form, one reason for each way it is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
from decimal import Decimal
from pathlib import Path

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from exam_app.certificates import record
from exam_app.certificates.keys import Es256Signer, KeySet
from exam_app.certificates.record import Listed, Verdict, verify
from exam_app.certificates.terms import KeyState, Reason, Standing, VerdictState
from tests.factories.certificates import (
    HOST,
    ON,
    good,
    make_digits,
    make_keys,
    make_record,
    make_signer,
)

NOON = dt.datetime(2025, 4, 1, 4, 0, tzinfo=dt.UTC)
GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text(encoding="utf-8"))
SIGNER = make_signer()
KEYS = make_keys(SIGNER)
ITEMS = cbor2.loads(record.from_digits(make_digits()))
PROTECTED, _, PAYLOAD, SIGNATURE = ITEMS
FIELDS = cbor2.loads(PAYLOAD)


def ask(text: str, keys: KeySet = KEYS, *, at: dt.date = ON) -> Verdict:
    return verify(text, keys, at=at, status=good, host=HOST)


def reason_of(text: str, keys: KeySet = KEYS) -> Reason:
    verdict = ask(text, keys)
    assert verdict.state is VerdictState.REFUSED
    assert verdict.record is None
    return verdict.reasons[0]


def digits(cose: bytes) -> str:
    return record.to_digits(cose)


def enveloped(payload: bytes, protected: bytes = PROTECTED) -> str:
    """Return the digits of any payload with a signature that holds."""
    signature = SIGNER.sign(record.signing_input(protected, payload))
    return digits(cbor2.dumps([protected, {}, payload, signature], canonical=True))


def with_fields(**changed: object) -> str:
    values = FIELDS | {int(key[1:]): value for key, value in changed.items()}
    kept = {key: value for key, value in values.items() if value is not ...}
    return enveloped(cbor2.dumps(kept, canonical=True))


def test_the_golden_record_never_changes() -> None:
    """The same fields and key give the digits they gave when the form was fixed."""
    stated = record.from_plain(GOLDEN["fields"])
    signer = make_signer(bytes.fromhex(GOLDEN["seed"]))
    payload = record.encode(stated)
    assert payload.hex() == GOLDEN["payload"]
    cose = record.sign(payload, signer)
    assert cose.hex() == GOLDEN["cose"]
    assert record.address_head(GOLDEN["host"]) + digits(cose) == GOLDEN["text"]
    assert ask(GOLDEN["text"], make_keys(signer)).record == stated


def test_a_good_record_is_valid_with_all_its_fields() -> None:
    """Address, path form and bare digits give the same record."""
    number = make_digits()
    for text in (f"https://{HOST}/v#{number}", f"https://{HOST}/v/{number}", f" {number}\n"):
        verdict = ask(text)
        assert (verdict.state, verdict.reasons) == (VerdictState.VALID, ())
        assert verdict.record == make_record()
        assert verdict.kid == SIGNER.kid


def test_plain_values_and_record_are_the_same() -> None:
    """What the database keeps comes back as the record, scores and tenths included."""
    for stated in (make_record(), make_record(score=Decimal("86.5"))):
        assert record.from_plain(json.loads(json.dumps(record.as_plain(stated)))) == stated


def test_the_payload_is_deterministic_cbor() -> None:
    """Keys 1 to 14 in order, tenths and days as whole numbers, the pass alone as 1001."""
    assert list(FIELDS) == list(range(1, 15))
    assert FIELDS[8] == [240, 165, 80]
    assert (FIELDS[9], FIELDS[11]) == (1001, (ON - dt.date(1970, 1, 1)).days)


@pytest.mark.parametrize("score", [Decimal("100"), Decimal("80"), Decimal("86.5"), None])
def test_a_full_score_is_not_the_bare_pass(score: Decimal | None) -> None:
    """100.0 and the pass without a score stay apart."""
    verdict = ask(make_digits(score=score))
    assert verdict.record is not None
    assert verdict.record.score == score


def test_tenths_are_cut_and_never_rounded_up() -> None:
    """23.99 hours are not stated as 24."""
    verdict = ask(make_digits(hours=(Decimal("23.99"), Decimal("16"), Decimal("8"))))
    assert verdict.record is not None
    assert verdict.record.hours[0] == Decimal("23.9")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NOT_DIGITS),
        ("合格", Reason.NOT_DIGITS),
        ("１２３", Reason.NOT_DIGITS),
        ("-5", Reason.NOT_DIGITS),
        ("9" * 1201, Reason.NOT_DIGITS),
        (f"https://{HOST}/v#", Reason.NOT_DIGITS),
        ("http://[", Reason.NOT_DIGITS),
        ("0", Reason.MALFORMED),
        ("0" + make_digits(), Reason.MALFORMED),
        ("12", Reason.MALFORMED),
        (str(int.from_bytes(b"\x02" + record.from_digits(make_digits()), "big")), Reason.MALFORMED),
    ],
)
def test_text_that_is_no_record(text: str, reason: Reason) -> None:
    """Digits alone, at most 1,200, beginning with the sentinel byte."""
    assert reason_of(text) is reason


NESTED = PAYLOAD
for _level in range(6):
    NESTED = b"\x81" + NESTED


@pytest.mark.parametrize(
    "cose",
    [
        cbor2.dumps(ITEMS[:3]),
        cbor2.dumps([*ITEMS, 0]),
        cbor2.dumps({1: 2}),
        cbor2.dumps([PROTECTED, {1: 2}, PAYLOAD, SIGNATURE]),
        cbor2.dumps([PROTECTED, [], PAYLOAD, SIGNATURE]),
        cbor2.dumps([PROTECTED, None, PAYLOAD, SIGNATURE]),
        cbor2.dumps([PROTECTED, {}, PAYLOAD.hex(), SIGNATURE]),
        cbor2.dumps([PROTECTED, {}, list(PAYLOAD), SIGNATURE]),
        cbor2.dumps(cbor2.CBORTag(18, ITEMS)),
        cbor2.dumps([PROTECTED, {}, cbor2.CBORTag(64, PAYLOAD), SIGNATURE]),
        cbor2.dumps(ITEMS) + b"\x00",
        cbor2.dumps(ITEMS)[:-1],
        b"\x9f" + cbor2.dumps(ITEMS)[1:] + b"\xff",
        b"\x98\x04" + cbor2.dumps(ITEMS)[1:],
        cbor2.dumps([PROTECTED, {}, PAYLOAD, 1.5]),
        cbor2.dumps([[[[[[[]]]]]], {}, PAYLOAD, SIGNATURE]),
        b"\x81" * 400,
        b"",
        cbor2.dumps([b"\xa2\x04\x48" + bytes(8) + b"\x01\x27", {}, PAYLOAD, SIGNATURE]),
        cbor2.dumps([cbor2.dumps({1: -8}), {}, PAYLOAD, SIGNATURE]),
        cbor2.dumps([cbor2.dumps({1: -8, 4: bytes(8), 5: 1}), {}, PAYLOAD, SIGNATURE]),
        cbor2.dumps([cbor2.dumps({1: -8, 4: "x"}), {}, PAYLOAD, SIGNATURE]),
        cbor2.dumps([b"", {}, PAYLOAD, SIGNATURE]),
    ],
    ids=range(23),
)
def test_an_envelope_of_another_form_is_malformed(cose: bytes) -> None:
    """Four items, no tag, nothing unsigned, one way to write each value."""
    assert reason_of(digits(cose)) is Reason.MALFORMED


def test_the_key_must_be_known_and_of_its_algorithm() -> None:
    """An unknown key and a wrong algorithm have reasons of their own, before the signature."""
    other = make_signer(bytes(32))
    assert reason_of(make_digits(other)) is Reason.UNKNOWN_KEY
    for alg in (-7, -37, 5, "EdDSA", -65537, [], {}, True):
        protected = cbor2.dumps({1: alg, 4: bytes.fromhex(SIGNER.kid)}, canonical=True)
        assert reason_of(enveloped(PAYLOAD, protected)) is Reason.WRONG_ALGORITHM


def test_both_numbers_of_ed25519_are_its_algorithm() -> None:
    """RFC 9864 gives Ed25519 a number of its own beside the old one."""
    verdict = ask(make_digits(dataclasses.replace(SIGNER, alg=-19)))
    assert verdict.state is VerdictState.VALID


def test_a_signature_of_something_else_is_bad() -> None:
    """A changed payload, a foreign key's signature and a short one are one reason."""
    changed = PAYLOAD.replace(b"123X", b"1234")
    for payload, signature in (
        (changed, SIGNATURE),
        (PAYLOAD, make_signer(bytes(32)).sign(b"")),
        (PAYLOAD, SIGNATURE[:-1]),
        (PAYLOAD, b""),
    ):
        cose = cbor2.dumps([PROTECTED, {}, payload, signature], canonical=True)
        assert reason_of(digits(cose)) is Reason.BAD_SIGNATURE


def test_the_signature_comes_before_the_payload() -> None:
    """What is unsigned is never parsed: rubbish with a bad signature is a bad signature."""
    cose = cbor2.dumps([PROTECTED, {}, b"\x81" * 300, SIGNATURE], canonical=True)
    assert reason_of(digits(cose)) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "changed",
    [
        {"_1": -1}, {"_1": "230700"}, {"_2": ""}, {"_2": "9" * 25}, {"_3": 5}, {"_3": "e\u0301"},
        {"_4": "12345"}, {"_7": ""}, {"_8": [240, 160]}, {"_8": [240, 160, -1]}, {"_8": 240},
        {"_9": 1002}, {"_9": True}, {"_9": "x"}, {"_10": b"1"}, {"_11": 10**12}, {"_12": -5},
        {"_13": "x" * 21}, {"_14": [1]}, {"_14": [1, "2"]}, {"_5": ...}, {"_14": ...},
    ],
)  # fmt: skip
def test_a_signed_payload_with_a_wrong_value_is_refused(changed: dict[str, object]) -> None:
    """Missing fields, wrong types and lengths, strings that are not NFC."""
    assert reason_of(with_fields(**changed)) is Reason.BAD_PAYLOAD


def test_a_signed_payload_of_another_shape_is_refused() -> None:
    """A list, text keys; indefinite, unsorted, doubled keys and floats are not even read."""
    assert reason_of(enveloped(cbor2.dumps([1]))) is Reason.BAD_PAYLOAD
    assert reason_of(enveloped(cbor2.dumps({"iss": 1}))) is Reason.BAD_PAYLOAD
    backwards = cbor2.dumps(dict(reversed(FIELDS.items())))
    doubled = b"\xaf\x01\x01" + PAYLOAD[1:]
    for payload in (backwards, doubled, b"\xbf" + PAYLOAD[1:] + b"\xff", NESTED, PAYLOAD + b"\0"):
        assert reason_of(enveloped(payload)) is Reason.MALFORMED
    assert reason_of(with_fields(_10=24.0)) is Reason.MALFORMED


def test_unknown_fields_are_told_and_critical_ones_refused() -> None:
    """A number from 15 on is shown as unknown; below 0 nothing is accepted."""
    for verdict in (ask(with_fields(_15="x")), ask(with_fields(_100=[1]))):
        assert (verdict.state, verdict.reasons) == (VerdictState.VALID, (Reason.UNKNOWN_FIELD,))
    critical = cbor2.dumps({**FIELDS, -1: 1}, canonical=True)
    assert reason_of(enveloped(critical)) is Reason.CRITICAL_FIELD


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"issuers": frozenset({370300})}, Reason.KEY_NOT_FOR_ISSUER),
        ({"not_before": ON + dt.timedelta(1)}, Reason.KEY_NOT_FOR_DATE),
        ({"not_after": ON - dt.timedelta(1)}, Reason.KEY_NOT_FOR_DATE),
        ({"state": KeyState.COMPROMISED}, Reason.KEY_COMPROMISED),
        ({"state": KeyState.COMPROMISED, "compromised_from": ON}, Reason.KEY_COMPROMISED),
    ],
)
def test_a_key_signs_for_its_issuer_and_its_days(over: dict[str, object], reason: Reason) -> None:
    """Another issuer, another day and a key that got out are refused."""
    assert reason_of(make_digits(), make_keys(SIGNER, **over)) is reason


def test_retired_keys_stay_good() -> None:
    """A key that no longer signs still verifies."""
    retired = make_keys(SIGNER, state=KeyState.RETIRED)
    assert ask(make_digits(), retired).state is VerdictState.VALID


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (ON - dt.timedelta(1), VerdictState.NOT_YET_VALID),
        (ON, VerdictState.VALID),
        (dt.date(2028, 4, 1), VerdictState.VALID),
        (dt.date(2028, 4, 2), VerdictState.EXPIRED),
    ],
)
def test_the_days_count_inclusively(at: dt.date, state: VerdictState) -> None:
    """Valid from the day of issue to the last day."""
    assert ask(make_digits(), at=at).state is state


def revoked(listed: int, index: int, issuer: int) -> Listed:
    return Listed(Standing.REVOKED if index == 4711 else Standing.GOOD, NOON)


def test_revoked_wins_and_unknown_is_never_valid() -> None:
    """A revoked place is revoked on any day; without a list nothing is called valid."""
    number = make_digits()
    for at in (ON, dt.date(2030, 1, 1)):
        verdict = verify(number, KEYS, at=at, status=revoked)
        assert (verdict.state, verdict.reasons) == (VerdictState.REVOKED, (Reason.REVOKED,))
    for verdict in (
        verify(number, KEYS, at=ON),
        verify(number, KEYS, at=ON, status=lambda listed, index, issuer: None),
    ):
        assert verdict.state is VerdictState.STATUS_UNKNOWN
        assert verdict.reasons == (Reason.STATUS_UNKNOWN,)
    assert verify(number, KEYS, at=dt.date(2030, 1, 1)).state is VerdictState.EXPIRED


@pytest.mark.parametrize(
    "address",
    [
        "https://exam.yichun.example.evil.cn/v#",
        "https://exam.yichun.example@evil.cn/v#",
        "https://exam.yichun.example:8443/v#",
        "http://EVIL.cn/v#",
    ],
)
def test_a_foreign_address_is_told(address: str) -> None:
    """The address is never trusted: the record counts, the foreign host is told with it."""
    verdict = ask(address + make_digits())
    assert verdict.reasons == (Reason.FOREIGN_ADDRESS,)
    forged = ask(address + make_digits(make_signer(bytes(32))))
    assert forged.reasons == (Reason.UNKNOWN_KEY, Reason.FOREIGN_ADDRESS)
    assert ask(f"HTTPS://{HOST.upper()}/v#{make_digits()}").reasons == ()


def test_every_changed_digit_is_refused() -> None:
    """Each digit of one certificate, changed to each other digit."""
    number, tried = make_digits(), 0
    for place, digit in enumerate(number):
        for other in "0123456789":
            if other == digit:
                continue
            verdict = ask(number[:place] + other + number[place + 1 :])
            assert verdict.state is VerdictState.REFUSED, (place, other)
            tried += 1
    assert tried == 9 * len(number)


def test_flipped_bits_are_refused() -> None:
    """Each single bit of the record, and 3,000 groups of changed bytes."""
    cose, draw = record.from_digits(make_digits()), random.Random(20250401)
    mutants = [_flipped(cose, bit) for bit in range(8 * len(cose))]
    for _ in range(3000):
        changed = bytearray(cose)
        for _each in range(draw.randint(1, 6)):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        mutants.append(bytes(changed))
    tried = [each for each in mutants if each != cose]
    assert len(tried) > 4400
    accepted = [each.hex() for each in tried if ask(digits(each)).state is not VerdictState.REFUSED]
    assert accepted == []


def test_digits_left_out_put_in_and_swapped_are_refused() -> None:
    """1,500 slips of a hand that copies the number."""
    number, draw, tried = make_digits(), random.Random(7), 0
    for _ in range(500):
        place = draw.randrange(len(number) - 1)
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        added = number[:place] + draw.choice("0123456789") + number[place:]
        for text in (number[:place] + number[place + 1 :], added, swapped):
            if text != number:
                assert ask(text).state is VerdictState.REFUSED
                tried += 1
    assert tried > 1300


def _flipped(cose: bytes, bit: int) -> bytes:
    changed = bytearray(cose)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


def test_es256_has_one_signature_form() -> None:
    """Flipped bits are refused, and so is the other s that plain ECDSA would take."""
    signer = Es256Signer(ec.derive_private_key(4711, ec.SECP256R1()))
    keys = make_keys(signer)
    cose = record.from_digits(make_digits(signer))
    assert ask(digits(cose), keys).state is VerdictState.VALID
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    s = int.from_bytes(cose[-32:], "big")
    twin = cose[:-32] + (order - s).to_bytes(32, "big")
    assert reason_of(digits(twin), keys) is Reason.BAD_SIGNATURE
    zero = cose[:-64] + bytes(64)
    assert reason_of(digits(zero), keys) is Reason.BAD_SIGNATURE
    for bit in range(0, 8 * len(cose), 3):
        assert ask(digits(_flipped(cose, bit)), keys).state is VerdictState.REFUSED
