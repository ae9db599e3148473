"""The signed record of a certificate: COSE_Sign1 over a small CBOR map, carried by the QR code.

The field map and the envelope are fixed; the verifier accepts one form alone and says, in a
code of its own, why it refuses another. The address a record came with is never trusted.
"""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import cbor2

from exam_app.certificates.keys import KeySet, PublicKey, Signer
from exam_app.certificates.terms import KeyState, Reason, VerdictState
from exam_app.core.errors import RuleBroken

MAX_DIGITS = 1200
MAX_DEPTH = 4
SENTINEL = 1
EPOCH = dt.date(1970, 1, 1)
FULL_SCORE, PASS_ONLY = 1000, 1001  # tenths; only the pass is stated, without a score
_ALG, _KID = 1, 4
# (list, index) → revoked or not; None: the list is not at hand.
StatusLookup = Callable[[int, int], bool | None]


class Refused(Exception):
    """A record that is not accepted, with the reason."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.value)


@dataclass(frozen=True)
class CertificateRecord:
    """What a certificate says, all of it signed.

    Args: issuer: division code of the authority. hours: total, offline, practical. score: of
        100, or None where only the pass is stated. status: list and index.
    """

    issuer: int
    number: str
    name: str
    id_tail: str
    class_kind: int
    category: int
    industry: str
    hours: tuple[Decimal, Decimal, Decimal]
    score: Decimal | None
    credit: Decimal
    issued_on: dt.date
    expires_on: dt.date
    paper: str
    status: tuple[int, int]


@dataclass(frozen=True)
class Verdict:
    """What a verifier found; ``record`` is there only when the signature holds."""

    state: VerdictState
    reasons: tuple[Reason, ...] = ()
    record: CertificateRecord | None = None
    kid: str | None = None
    host: str | None = None

    @property
    def is_signed(self) -> bool:
        """Return whether the signature of a known key holds."""
        return self.record is not None


def as_plain(record: CertificateRecord) -> dict[str, Any]:
    """Return a record as JSON values: exact numbers and dates are strings."""
    return {
        "issuer": record.issuer,
        "number": record.number,
        "name": record.name,
        "id_tail": record.id_tail,
        "class_kind": record.class_kind,
        "category": record.category,
        "industry": record.industry,
        "hours": [str(hours) for hours in record.hours],
        "score": None if record.score is None else str(record.score),
        "credit": str(record.credit),
        "issued_on": record.issued_on.isoformat(),
        "expires_on": record.expires_on.isoformat(),
        "paper": record.paper,
        "status": list(record.status),
    }


def from_plain(values: dict[str, Any]) -> CertificateRecord:
    """Return the record that was kept as JSON values."""
    total, offline, practical = (Decimal(hours) for hours in values["hours"])
    listed, index = values["status"]
    return CertificateRecord(
        **{
            **values,
            "hours": (total, offline, practical),
            "score": None if values["score"] is None else Decimal(values["score"]),
            "credit": Decimal(values["credit"]),
            "issued_on": dt.date.fromisoformat(values["issued_on"]),
            "expires_on": dt.date.fromisoformat(values["expires_on"]),
            "status": (listed, index),
        }
    )


def encode(record: CertificateRecord) -> bytes:
    """Return the payload: a CBOR map in deterministic form (RFC 8949 4.2.1), strings in NFC.

    Raises: RuleBroken: a field is empty, too long or negative, so that no verifier would read it.
    """
    score = PASS_ONLY if record.score is None else _tenths(record.score)
    values: dict[int, Any] = {
        1: record.issuer,
        2: record.number,
        3: _nfc(record.name),
        4: record.id_tail,
        5: record.class_kind,
        6: record.category,
        7: record.industry,
        8: [_tenths(hours) for hours in record.hours],
        9: score,
        10: _tenths(record.credit),
        11: (record.issued_on - EPOCH).days,
        12: (record.expires_on - EPOCH).days,
        13: record.paper,
        14: list(record.status),
    }
    try:
        _decode(values)
        if record.score is not None and score > FULL_SCORE:
            raise Refused(Reason.BAD_PAYLOAD)
    except Refused as problem:
        raise RuleBroken("certificate-unverifiable", number=record.number) from problem
    return cbor2.dumps(values, canonical=True)


def sign(payload: bytes, signer: Signer) -> bytes:
    """Return the COSE_Sign1 (RFC 9052) of a payload: four items, no tag."""
    protected = cbor2.dumps({_ALG: signer.alg, _KID: bytes.fromhex(signer.kid)}, canonical=True)
    signature = signer.sign(signing_input(protected, payload))
    return cbor2.dumps([protected, {}, payload, signature], canonical=True)


def signing_input(protected: bytes, payload: bytes) -> bytes:
    """Return the bytes that are signed: the Sig_structure with empty external data."""
    return cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)


def to_digits(cose: bytes) -> str:
    """Return a record as one decimal number, the form the QR code carries densely."""
    return str(int.from_bytes(bytes([SENTINEL]) + cose, "big"))


def from_digits(digits: str) -> bytes:
    """Return the record a decimal number stands for. Raises: Refused."""
    if not (digits.isascii() and digits.isdigit() and 0 < len(digits) <= MAX_DIGITS):
        raise Refused(Reason.NOT_DIGITS)
    number = int(digits)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if digits[0] == "0" or not raw or raw[0] != SENTINEL:
        raise Refused(Reason.MALFORMED)
    return raw[1:]


def address_head(host: str) -> str:
    """Return what stands before the digits in the QR code."""
    return f"https://{host}/v#"


def split_address(text: str) -> tuple[str, str | None]:
    """Return digits and host of a scanned text: an address with fragment or path, or digits."""
    text = text.strip()
    if "://" not in text:
        return text, None
    try:
        parts = urlsplit(text)
        host = (parts.netloc or "").lower()
    except ValueError:
        return "", ""
    return parts.fragment or parts.path.rstrip("/").rpartition("/")[2], host


def verify(
    text: str,
    keys: KeySet,
    *,
    at: dt.date,
    status: StatusLookup | None = None,
    host: str | None = None,
) -> Verdict:
    """Return the verdict on a scanned text, an address or bare digits.

    Args:
        at: the local date that counts for expiry.
        status: says whether a list and index is revoked; without it a good signature is
            ``status-unknown``, never ``valid``.
        host: the official host; another one in the address is told as foreign.
    """
    digits, found_host = split_address(text)
    foreign = (Reason.FOREIGN_ADDRESS,) if host and found_host not in (None, host) else ()
    try:
        key, record, notes = _open(from_digits(digits), keys)
        _check_key(key, record)
    except Refused as refusal:
        return Verdict(VerdictState.REFUSED, (refusal.reason, *foreign), host=found_host)
    state, reasons = _standing(record, at, status)
    return Verdict(state, (*reasons, *notes, *foreign), record, key.kid, found_host)


def _open(cose: bytes, keys: KeySet) -> tuple[PublicKey, CertificateRecord, tuple[Reason, ...]]:
    """Return key, record and notes of an envelope; the signature comes before the payload."""
    items = _strict(cose)
    if type(items) is not list or len(items) != 4:
        raise Refused(Reason.MALFORMED)
    protected, unprotected, payload, signature = items
    if type(unprotected) is not dict or unprotected:
        raise Refused(Reason.MALFORMED)
    if not all(type(each) is bytes for each in (protected, payload, signature)):
        raise Refused(Reason.MALFORMED)
    key = _key(_strict(protected), keys)
    if not key.verify(signature, signing_input(protected, payload)):
        raise Refused(Reason.BAD_SIGNATURE)
    return key, *_decode(_strict(payload))


def _key(header: Any, keys: KeySet) -> PublicKey:
    if type(header) is not dict or set(header) != {_ALG, _KID} or type(header[_KID]) is not bytes:
        raise Refused(Reason.MALFORMED)
    key = keys.find(header[_KID].hex())
    if key is None:
        raise Refused(Reason.UNKNOWN_KEY)
    if type(header[_ALG]) is not int or header[_ALG] not in key.algorithms:
        raise Refused(Reason.WRONG_ALGORITHM)
    return key


def _strict(raw: bytes) -> Any:
    """Return decoded CBOR that is in the one deterministic form, of plain types, not deep."""
    stream = io.BytesIO(raw)
    try:
        value = cbor2.CBORDecoder(stream).decode()
        _plain(value, 0)
        again = cbor2.dumps(value, canonical=True)
    except Refused:
        raise
    except Exception as problem:  # whatever the decoder met, the record is malformed
        raise Refused(Reason.MALFORMED) from problem
    if again != raw:
        raise Refused(Reason.MALFORMED)
    return value


def _plain(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Refused(Reason.MALFORMED)
    if type(value) is dict:
        for key, held in value.items():
            _plain(key, depth + 1)
            _plain(held, depth + 1)
    elif type(value) is list:
        for held in value:
            _plain(held, depth + 1)
    elif type(value) is int:
        if not -(2**64) <= value < 2**64:
            raise Refused(Reason.MALFORMED)
    elif type(value) not in (str, bytes, bool):
        raise Refused(Reason.MALFORMED)


def _decode(values: Any) -> tuple[CertificateRecord, tuple[Reason, ...]]:
    """Return the record of a payload; unknown fields are told, critical ones refused."""
    if type(values) is not dict or not all(type(key) is int for key in values):
        raise Refused(Reason.BAD_PAYLOAD)
    if any(key < 0 for key in values):
        raise Refused(Reason.CRITICAL_FIELD)
    try:
        record = CertificateRecord(
            issuer=_uint(values[1]),
            number=_text(values[2], 24),
            name=_text(values[3], 60),
            id_tail=_text(values[4], 4),
            class_kind=_uint(values[5]),
            category=_uint(values[6]),
            industry=_text(values[7], 40),
            hours=_three(values[8]),
            score=_score(values[9]),
            credit=_from_tenths(values[10]),
            issued_on=EPOCH + dt.timedelta(days=_uint(values[11])),
            expires_on=EPOCH + dt.timedelta(days=_uint(values[12])),
            paper=_text(values[13], 20),
            status=_pair(values[14]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as problem:
        raise Refused(Reason.BAD_PAYLOAD) from problem
    unknown = any(key > 14 for key in values)
    return record, (Reason.UNKNOWN_FIELD,) if unknown else ()


def _check_key(key: PublicKey, record: CertificateRecord) -> None:
    if key.issuers and record.issuer not in key.issuers:
        raise Refused(Reason.KEY_NOT_FOR_ISSUER)
    if not key.not_before <= record.issued_on <= key.not_after:
        raise Refused(Reason.KEY_NOT_FOR_DATE)
    compromised = key.state is KeyState.COMPROMISED
    if compromised and record.issued_on >= (key.compromised_from or key.not_before):
        raise Refused(Reason.KEY_COMPROMISED)


def _standing(
    record: CertificateRecord, at: dt.date, status: StatusLookup | None
) -> tuple[VerdictState, tuple[Reason, ...]]:
    revoked = status(*record.status) if status else None
    if revoked:
        return VerdictState.REVOKED, (Reason.REVOKED,)
    unknown = (Reason.STATUS_UNKNOWN,) if revoked is None else ()
    if at < record.issued_on:
        return VerdictState.NOT_YET_VALID, (Reason.NOT_YET_VALID, *unknown)
    if at > record.expires_on:
        return VerdictState.EXPIRED, (Reason.EXPIRED, *unknown)
    return (VerdictState.STATUS_UNKNOWN if unknown else VerdictState.VALID), unknown


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _tenths(number: Decimal) -> int:
    """Return a number × 10, cut and never rounded up."""
    return int(number * 10)


def _from_tenths(value: Any) -> Decimal:
    return Decimal(_uint(value)) / 10


def _score(value: Any) -> Decimal | None:
    if _uint(value) > PASS_ONLY:
        raise ValueError(value)
    return None if value == PASS_ONLY else _from_tenths(value)


def _uint(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return value


def _text(value: Any, longest: int) -> str:
    if type(value) is not str or not 0 < len(value) <= longest or _nfc(value) != value:
        raise ValueError(value)
    return value


def _three(value: Any) -> tuple[Decimal, Decimal, Decimal]:
    if type(value) is not list or len(value) != 3:
        raise ValueError(value)
    total, offline, practical = (_from_tenths(each) for each in value)
    return total, offline, practical


def _pair(value: Any) -> tuple[int, int]:
    if type(value) is not list or len(value) != 2:
        raise ValueError(value)
    return _uint(value[0]), _uint(value[1])
