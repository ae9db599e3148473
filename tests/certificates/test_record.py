"""The signed record: one accepted form, a reason for every refusal, no change goes unseen."""

from __future__ import annotations

import datetime as dt
import json
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.certificates.keys import KeySet, Signer
from exam_app.certificates.record import (
    MAX_DIGITS,
    CertificateRecord,
    Refused,
    Verdict,
    address_head,
    as_plain,
    encode,
    from_digits,
    from_plain,
    sign,
    split_address,
    to_digits,
    verify,
)
from exam_app.certificates.terms import KeyState, Reason, VerdictState
from exam_app.core.errors import BadInput
from tests.certificates.samples import (
    ED25519,
    ES256,
    EXPIRES,
    HOST,
    ISSUED,
    KEYS,
    ON,
    RECORD,
    STRANGER,
    digits_of,
    payload_with,
    public,
    signed_raw,
)

GOLDEN = json.loads(Path(__file__).with_name("golden_qr.json").read_text(encoding="utf-8"))
BOTH = pytest.mark.parametrize("signer", [ED25519, ES256], ids=["ed25519", "es256"])


def judge(text: str, keys: KeySet = KEYS, on: dt.date = ON) -> Verdict:
    return verify(text, keys, at=on, status=lambda number, index: False)


def refusal(text: str, keys: KeySet = KEYS) -> Reason:
    verdict = judge(text, keys)
    assert (verdict.state, verdict.record) == (VerdictState.REFUSED, None)
    (reason,) = verdict.reasons
    return reason


def test_golden_record_never_changes() -> None:
    """A certificate printed long ago reads the same: payload, envelope, QR text, key set."""
    assert encode(RECORD).hex() == GOLDEN["payload"]
    assert address_head(HOST) + digits_of() == GOLDEN["qr"]
    assert KEYS.to_jwks() == json.dumps(GOLDEN["jwks"], indent=1, sort_keys=True) + "\n"
    for text in (GOLDEN["qr"], GOLDEN["qr_es256"]):
        assert judge(text, KeySet.from_jwks(json.dumps(GOLDEN["jwks"]))).record == RECORD


def test_field_map_and_size() -> None:
    """Integer keys 1 to 14, no floats, tenths and days; the QR text stays under 500 signs."""
    values = cbor2.loads(encode(RECORD))
    assert list(values) == list(range(1, 15))
    assert (values[8], values[9], values[10]) == ([320, 195, 80], 885, 320)
    assert (values[11], values[12]) == (20759, 21854)
    assert len(address_head(HOST) + digits_of()) < 520


@BOTH
def test_signed_record_is_valid(signer: Signer) -> None:
    """Address with fragment, with a path, bare digits and blanks around all read alike."""
    digits = digits_of(signer=signer)
    for text in (
        address_head(HOST) + digits, f"https://{HOST}/v/{digits}", digits, f" {digits}\n",
    ):
        verdict = judge(text)
        assert (verdict.state, verdict.reasons, verdict.record) == (VerdictState.VALID, (), RECORD)
        assert verdict.kid == signer.kid


NAMES = st.text(st.sampled_from("张王欧阳䶮㛃𬭎·é"), min_size=1, max_size=40)
TENTHS = st.integers(0, 5000).map(lambda n: Decimal(n) / 10)


@given(NAMES, TENTHS, st.none() | st.integers(0, 1000).map(lambda n: Decimal(n) / 10))
def test_every_honest_record_comes_back(name: str, hours: Decimal, score: Decimal | None) -> None:
    """Names beyond U+FFFF, any tenths, with a score or without."""
    record = replace(RECORD, name=name, hours=(hours, hours, hours), score=score, credit=hours)
    assert judge(digits_of(record)).record == record
    assert from_plain(json.loads(json.dumps(as_plain(record)))) == record


@BOTH
def test_every_changed_digit_is_refused(signer: Signer) -> None:
    """Each digit of one certificate, changed to each of the nine others."""
    digits = digits_of(signer=signer)
    step = 1 if signer is ED25519 else 7
    tried = 0
    for place in range(0, len(digits), step):
        for other in "0123456789".replace(digits[place], ""):
            verdict = judge(digits[:place] + other + digits[place + 1 :])
            assert verdict.state is VerdictState.REFUSED
            tried += 1
    assert tried == 9 * len(range(0, len(digits), step))


@BOTH
def test_thousands_of_mutations_are_refused(signer: Signer) -> None:
    """Flipped bits, lost, doubled and swapped bytes: none of 6 000 is accepted."""
    chance = random.Random(20261102)
    cose = sign(encode(RECORD), signer)
    tried = 0
    while tried < 6000 // (1 if signer is ED25519 else 4):
        changed = bytearray(cose)
        kind = chance.randrange(4)
        place = chance.randrange(len(changed))
        if kind == 0:
            for _ in range(chance.randint(1, 3)):
                changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del changed[place : place + chance.randint(1, 4)]
        elif kind == 2:
            changed[place:place] = chance.randbytes(chance.randint(1, 4))
        else:
            other = chance.randrange(len(changed))
            changed[place], changed[other] = changed[other], changed[place]
        if bytes(changed) == cose:
            continue
        assert judge(to_digits(bytes(changed))).state is VerdictState.REFUSED
        tried += 1


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(raw: bytes) -> None:
    """Whatever is scanned, the verifier refuses with a reason and never breaks."""
    assert judge(to_digits(raw)).state is VerdictState.REFUSED


@given(st.text(max_size=60))
def test_any_text_gets_an_answer(text: str) -> None:
    """Neither do texts and addresses break it."""
    for scanned in (text, "https://" + text, f"https://{HOST}/v#{text}"):
        assert judge(scanned).state is VerdictState.REFUSED


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NOT_DIGITS),
        ("１２３", Reason.NOT_DIGITS),
        ("12 3", Reason.NOT_DIGITS),
        ("-5", Reason.NOT_DIGITS),
        ("9" * (MAX_DIGITS + 1), Reason.NOT_DIGITS),
        ("9" * MAX_DIGITS, Reason.MALFORMED),
        ("0" + digits_of(), Reason.MALFORMED),
        (str(int.from_bytes(b"\x02" + from_digits(digits_of()), "big")), Reason.MALFORMED),
        ("1", Reason.MALFORMED),
        (f"https://{HOST}/v", Reason.NOT_DIGITS),
        ("https://[", Reason.NOT_DIGITS),
    ],
)
def test_what_is_no_record_is_told_apart(text: str, reason: Reason) -> None:
    """Digits alone, at most 1 200, no leading zero, the sentinel first."""
    assert refusal(text) is reason


def envelope() -> list[object]:
    items = cbor2.loads(from_digits(digits_of()))
    assert isinstance(items, list)
    return items


@pytest.mark.parametrize(
    "change",
    [
        lambda e: cbor2.dumps(cbor2.CBORTag(18, e)),
        lambda e: cbor2.dumps(e[:3]),
        lambda e: cbor2.dumps([*e, b""]),
        lambda e: cbor2.dumps([e[0], {4: b"x"}, e[2], e[3]]),
        lambda e: cbor2.dumps([e[0], {1: -8}, e[2], e[3]]),
        lambda e: cbor2.dumps([e[0], b"", e[2], e[3]]),
        lambda e: cbor2.dumps([e[0], [], e[2], e[3]]),
        lambda e: cbor2.dumps([e[0], {}, e[2].hex(), e[3]]),
        lambda e: cbor2.dumps([cbor2.loads(e[0]), {}, e[2], e[3]]),
        lambda e: cbor2.dumps({1: e}),
        lambda e: cbor2.dumps(e) + b"\x00",
        lambda e: cbor2.dumps(e)[:-1],
        lambda e: b"\x9f" + b"".join(map(cbor2.dumps, e)) + b"\xff",
        lambda e: b"\x98\x04" + b"".join(map(cbor2.dumps, e)),
        lambda e: b"\x81" * 400 + b"\x00",
        lambda e: b"\xd8\x1c\x81\xd8\x1d\x00",
        lambda e: b"",
    ],
)
def test_only_one_form_of_envelope_is_accepted(change: object) -> None:
    """Tag, other length, unsigned header, other types, trailing bytes, long forms, deep nests."""
    assert refusal(to_digits(change(envelope()))) is Reason.MALFORMED  # type: ignore[operator]


def resigned(protected: bytes) -> str:
    """Return the sample under another protected header, with a signature that holds."""
    payload = encode(RECORD)
    body = cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)
    return to_digits(cbor2.dumps([protected, {}, payload, ED25519.sign(body)], canonical=True))


KID = bytes.fromhex(ED25519.kid)


@pytest.mark.parametrize(
    "protected",
    [
        cbor2.dumps({1: -8}),
        cbor2.dumps({4: KID}),
        cbor2.dumps({1: -8, 4: KID, 5: b"iv"}),
        cbor2.dumps({1: -8, 4: ED25519.kid}),
        cbor2.dumps({4: KID, 1: -8}),
        cbor2.dumps({True: -8, 4: KID}),
        b"\xa2\x01\x38\x07\x04\x48" + KID,
        b"\xa3\x01\x27\x01\x27\x04\x48" + KID,
        b"\xbf\x01\x27\x04\x48" + KID + b"\xff",
        b"",
    ],
)
def test_protected_header_has_one_form(protected: bytes) -> None:
    """Exactly algorithm and key id, sorted, shortest, once each: even if truly signed."""
    assert refusal(resigned(protected)) is Reason.MALFORMED


def test_header_in_its_one_form_is_accepted() -> None:
    """The same helper with the right header is valid: the refusals above are the form's."""
    assert judge(resigned(cbor2.dumps({1: -8, 4: KID}))).state is VerdictState.VALID


@pytest.mark.parametrize("alg", [-7, -65537, 5, 0])
def test_algorithm_is_the_keys_own(alg: int) -> None:
    """A header that names another algorithm than the key's is refused before the signature."""
    assert refusal(signed_raw(encode(RECORD), alg=alg)) is Reason.WRONG_ALGORITHM


def test_new_number_of_ed25519_is_accepted() -> None:
    """RFC 9864 gives Ed25519 the number -19; both stand for the same key."""
    assert judge(signed_raw(encode(RECORD), alg=-19)).state is VerdictState.VALID


def test_unknown_key_and_forged_key_id() -> None:
    """A stranger's key is unknown; under our key's id its signature is bad."""
    assert refusal(digits_of(signer=STRANGER)) is Reason.UNKNOWN_KEY
    assert refusal(digits_of(), KeySet()) is Reason.UNKNOWN_KEY
    header = cbor2.dumps({1: -8, 4: KID}, canonical=True)
    body = cbor2.dumps(["Signature1", header, b"", encode(RECORD)], canonical=True)
    forged = cbor2.dumps([header, {}, encode(RECORD), STRANGER.sign(body)], canonical=True)
    assert refusal(to_digits(forged)) is Reason.BAD_SIGNATURE


def test_signature_is_checked_before_the_payload_is_read() -> None:
    """A payload that is no record, badly signed, is a bad signature: it was never parsed."""
    header = cbor2.dumps({1: -8, 4: KID}, canonical=True)
    cose = cbor2.dumps([header, {}, b"\xff\xff", bytes(64)], canonical=True)
    assert refusal(to_digits(cose)) is Reason.BAD_SIGNATURE


def test_other_form_of_es256_signature_is_refused() -> None:
    """The second value that signs the same under ECDSA is another text, and refused."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    protected, _, payload, signature = cbor2.loads(from_digits(digits_of(signer=ES256)))
    s = order - int.from_bytes(signature[32:], "big")
    twin = signature[:32] + s.to_bytes(32, "big")
    cose = cbor2.dumps([protected, {}, payload, twin], canonical=True)
    assert refusal(to_digits(cose)) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "payload",
    [
        payload_with(f3=None),
        payload_with(f14=None),
        payload_with(f3=""),
        payload_with(f3="张" * 61),
        payload_with(f3="e\u0301"),
        payload_with(f3=b"abc"),
        payload_with(f1="230700"),
        payload_with(f1=-1),
        payload_with(f1=True),
        payload_with(f4="12345"),
        payload_with(f8=[320, 195]),
        payload_with(f8=320),
        payload_with(f9=1002),
        payload_with(f11=10**9),
        payload_with(f14=[0, 1, 2]),
        cbor2.dumps([1, 2]),
        cbor2.dumps({"1": 2}),
    ],
)
def test_signed_payload_that_is_no_record_is_refused(payload: bytes) -> None:
    """Missing, empty, too long, wrongly typed, not normalised: refused though truly signed."""
    assert refusal(signed_raw(payload)) is Reason.BAD_PAYLOAD


@pytest.mark.parametrize(
    "payload",
    [
        payload_with(f8=[320.0, 195, 80]),
        payload_with(f15=[[[[[1]]]]]),
        b"\xa1\x0f\xf6",
        encode(RECORD) + b"\x00",
        b"\xbf\xff",
    ],
)
def test_payload_outside_the_strict_form_is_malformed(payload: bytes) -> None:
    """Floats, deep nests, null, trailing bytes and indefinite lengths are not read."""
    assert refusal(signed_raw(payload)) is Reason.MALFORMED


def test_unknown_fields_are_told_and_critical_ones_refused() -> None:
    """A later version may add fields; a negative key means that not knowing it is fatal."""
    later = judge(signed_raw(payload_with(f15="x")))
    assert (later.state, later.reasons) == (VerdictState.VALID, (Reason.UNKNOWN_FIELD,))
    assert refusal(signed_raw(payload_with(fm1="x"))) is Reason.CRITICAL_FIELD


def test_key_holds_for_its_issuer_and_its_days() -> None:
    """A key of another authority, or of another year, signs nothing here."""
    other = KeySet.of([public(ED25519, issuers=frozenset({230800}))])
    assert refusal(digits_of(), other) is Reason.KEY_NOT_FOR_ISSUER
    early = replace(RECORD, issued_on=dt.date(2025, 12, 31))
    late = replace(RECORD, issued_on=dt.date(2027, 1, 1))
    assert refusal(digits_of(early)) is Reason.KEY_NOT_FOR_DATE
    assert refusal(digits_of(late)) is Reason.KEY_NOT_FOR_DATE
    for day in (dt.date(2026, 1, 1), dt.date(2026, 12, 31)):
        assert judge(digits_of(replace(RECORD, issued_on=day))).state is VerdictState.VALID


def test_retired_key_verifies_and_compromised_one_from_its_day() -> None:
    """Old certificates stay good; those dated since the loss, or all without a date, do not."""
    assert judge(digits_of(), KeySet.of([public(ED25519, state=KeyState.RETIRED)])).is_signed
    for since, holds in ((ISSUED, False), (ISSUED + dt.timedelta(1), True), (None, False)):
        lost = public(ED25519, state=KeyState.COMPROMISED, compromised_from=since)
        verdict = judge(digits_of(), KeySet.of([lost]))
        assert verdict.is_signed is holds
        if not holds:
            assert verdict.reasons == (Reason.KEY_COMPROMISED,)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (ISSUED - dt.timedelta(1), VerdictState.NOT_YET_VALID),
        (ISSUED, VerdictState.VALID),
        (EXPIRES, VerdictState.VALID),
        (EXPIRES + dt.timedelta(1), VerdictState.EXPIRED),
    ],
)
def test_first_and_last_day_are_good(day: dt.date, state: VerdictState) -> None:
    """The validity includes both ends."""
    assert judge(digits_of(), on=day).state is state


def test_revoked_and_unknown_status_are_never_valid() -> None:
    """A listed index is revoked, even if expired; without a list the status is unknown."""
    digits = digits_of()
    asked: list[tuple[int, int]] = []

    def listed(number: int, index: int) -> bool:
        asked.append((number, index))
        return True

    for on in (ON, EXPIRES + dt.timedelta(9)):
        verdict = verify(digits, KEYS, at=on, status=listed)
        assert (verdict.state, verdict.reasons) == (VerdictState.REVOKED, (Reason.REVOKED,))
    assert set(asked) == {(0, 4711)}
    for status in (None, lambda number, index: None):
        verdict = verify(digits, KEYS, at=ON, status=status)
        assert verdict.state is VerdictState.STATUS_UNKNOWN
        assert verdict.reasons == (Reason.STATUS_UNKNOWN,)


@pytest.mark.parametrize(
    "host",
    ["evil.example.com", f"{HOST}.evil.com", f"{HOST}@evil.com", f"{HOST}:8443", "exam-example.cn"],
)
def test_foreign_address_is_told_and_decides_nothing(host: str) -> None:
    """A look-alike host is named whether the record is good or forged; trust is the key's alone."""
    good = verify(f"https://{host}/v#{digits_of()}", KEYS, at=ON, host=HOST)
    assert Reason.FOREIGN_ADDRESS in good.reasons
    assert good.is_signed
    assert good.host == host
    bad = verify(f"https://{host}/v#{digits_of(signer=STRANGER)}", KEYS, at=ON, host=HOST)
    assert bad.reasons == (Reason.UNKNOWN_KEY, Reason.FOREIGN_ADDRESS)
    home = verify(address_head(HOST.upper()) + digits_of(), KEYS, at=ON, host=HOST)
    assert Reason.FOREIGN_ADDRESS not in home.reasons


def test_address_is_split() -> None:
    """Digits and host of what scanners give."""
    assert split_address(" 123 ") == ("123", None)
    assert split_address("https://a.cn/v#123") == ("123", "a.cn")
    assert split_address("HTTPS://A.CN/v/123/") == ("123", "a.cn")


@given(st.binary(min_size=0, max_size=200))
def test_digits_and_bytes_are_one_to_one(raw: bytes) -> None:
    """Leading zero bytes survive thanks to the sentinel."""
    assert from_digits(to_digits(raw)) == raw


def test_refused_says_why() -> None:
    """The exception carries its reason."""
    with pytest.raises(Refused, match="malformed"):
        from_digits("2")


UNSIGNABLE = [
    replace(RECORD, name=""),
    replace(RECORD, name="张" * 61),
    replace(RECORD, id_tail="12345"),
    replace(RECORD, industry=""),
    replace(RECORD, paper="P" * 21),
    replace(RECORD, credit=Decimal(-1)),
]


@pytest.mark.parametrize("record", UNSIGNABLE)
def test_record_no_verifier_would_accept_is_not_encoded(record: CertificateRecord) -> None:
    """What could not be verified later is refused before it is signed."""
    with pytest.raises(BadInput, match="certificate-unsignable"):
        encode(record)
