"""What a certificate says (证书记录): its fields, as plain values and as strict CBOR.

The field map is fixed. One way to write each value is accepted, every other is refused.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from unicodedata import is_normalized

import cbor2
from cbor2 import dumps

from exam_app.certificates.terms import Reason
from exam_app.core.errors import RuleBroken

MAX_DEPTH = 4
_LAST = 14  # the last field there is
_TOP = 2**64
_LEAVES = frozenset({str, bytes, bool})
EPOCH = dt.date(1970, 1, 1)
_FIRST = EPOCH.toordinal()
_blank = object.__new__
FULL_SCORE, PASS_ONLY = 1000, 1001  # tenths; only the pass is stated, without a score


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
        if record.score is not None and score > FULL_SCORE:
            raise ValueError(score)
        return _usual(values)[1]
    except (TypeError, ValueError, OverflowError) as problem:
        raise RuleBroken("certificate-unverifiable", number=record.number) from problem


def strict(raw: bytes) -> Any:
    """Return decoded CBOR that is in the one deterministic form, of plain types, not deep."""
    try:
        value = cbor2.loads(raw)
        again = dumps(value)
    except Exception as problem:  # whatever the decoder met, the record is malformed
        raise Refused(Reason.MALFORMED) from problem
    if again != raw:
        raise Refused(Reason.MALFORMED)
    _plain(value, 0)
    return value


def _plain(value: Any, depth: int) -> None:
    """Pass values of plain types, the keys of every map in the order of their bytes."""
    kind = type(value)
    if depth > MAX_DEPTH:
        raise Refused(Reason.MALFORMED)
    if kind is int:
        if not -_TOP <= value < _TOP:
            raise Refused(Reason.MALFORMED)
    elif kind is dict:
        for key, held in value.items():
            _plain(key, depth + 1)
            _plain(held, depth + 1)
        written = [dumps(key) for key in value]
        if bool in map(type, value) or written != sorted(written):  # True is 1 to some decoders
            raise Refused(Reason.MALFORMED)
    elif kind is list:
        for held in value:
            _plain(held, depth + 1)
    elif kind not in _LEAVES:
        raise Refused(Reason.MALFORMED)


def read(payload: bytes) -> tuple[CertificateRecord, tuple[Reason, ...]]:
    """Return the record of a payload; unknown fields are told.

    Raises: Refused: another form, a critical field, a field missing or wrong.
    """
    known = _known(payload)
    return (known, ()) if known else _decode(strict(payload))


def _known(payload: bytes) -> CertificateRecord | None:
    """Return the record of a payload of exactly the known fields, each written as it must be."""
    try:
        record, written = _usual(cbor2.loads(payload))
        return record if written == payload else None
    except Exception:  # why it is refused is said by who looks closely
        return None


def _usual(values: dict[int, Any]) -> tuple[CertificateRecord, bytes]:
    """Return the record of the known fields, and these in the one form.

    Raises: KeyError, TypeError, ValueError, OverflowError: one is missing or wrong.
    """
    facts, first, second, third = _shared(
        values[1], values[5], values[6], values[7], *values[8],
        values[10], values[11], values[12], values[13],
    )  # fmt: skip
    number, name, tail = _text(values[2], 24), _text(values[3], 60), _text(values[4], 4)
    place, score, record = _pair(values[14]), values[9], _blank(CertificateRecord)
    vars(record).update(  # a frozen class takes four times as long, field by field
        facts, number=number, name=name, id_tail=tail, score=_score(score), status=place
    )
    own = (first, dumps(number), b"\x03", dumps(name), b"\x04", dumps(tail), second, _int(score))
    return record, b"".join((*own, third, _int(place[0]), dumps(place[1])))


@lru_cache(maxsize=4096, typed=True)
def _shared(
    issuer: Any, kind: Any, category: Any, industry: Any, total: Any, offline: Any, practical: Any,
    credit: Any, issued: Any, expires: Any, paper: Any,
) -> tuple[dict[str, Any], bytes, bytes, bytes]:  # fmt: skip
    """Return the fields that all records of a class share, read, and as they are written.

    Kept by value and type: a class has many records. Raises: ValueError: one is wrong.
    """
    facts = {
        "issuer": _uint(issuer),
        "class_kind": _uint(kind),
        "category": _uint(category),
        "industry": _text(industry, 40),
        "hours": (_from_tenths(total), _from_tenths(offline), _from_tenths(practical)),
        "credit": _from_tenths(credit),
        "issued_on": _day(issued),
        "expires_on": _day(expires),
        "paper": _text(paper, 20),
    }
    second = (b"\x05", kind, b"\x06", category, b"\x07", industry, b"\x08\x83", total, offline)
    second += (practical, b"\x09")
    third = (b"\x0a", credit, b"\x0b", issued, b"\x0c", expires, b"\x0d", paper, b"\x0e\x82")
    first = b"\xae\x01" + dumps(issuer) + b"\x02"
    return facts, first, _joined(second), _joined(third)


def _joined(parts: tuple[Any, ...]) -> bytes:
    return b"".join(part if type(part) is bytes else dumps(part) for part in parts)


def _decode(values: Any) -> tuple[CertificateRecord, tuple[Reason, ...]]:
    """Return the record of decoded fields in the one form; see ``read``."""
    if type(values) is not dict or not all(type(key) is int for key in values):
        raise Refused(Reason.BAD_PAYLOAD)
    if any(key < 0 for key in values):
        raise Refused(Reason.CRITICAL_FIELD)
    unknown = any(key > _LAST for key in values)
    return _record(values), (Reason.UNKNOWN_FIELD,) if unknown else ()


def _record(values: dict[int, Any]) -> CertificateRecord:
    try:
        if type(values[8]) is not list:
            raise TypeError(values[8])
        return _usual(values)[0]
    except (KeyError, TypeError, ValueError, OverflowError) as problem:
        raise Refused(Reason.BAD_PAYLOAD) from problem


@lru_cache(maxsize=4096, typed=True)
def _int(number: int) -> bytes:
    return dumps(number)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _tenths(number: Decimal) -> int:
    """Return a number × 10, cut and never rounded up."""
    return int(number * 10)


# Kept by type as well: True is not 1 here.
_kept = lru_cache(maxsize=4096, typed=True)


@_kept
def _from_tenths(value: Any) -> Decimal:
    return Decimal(_uint(value)) / 10


@_kept
def _score(value: Any) -> Decimal | None:
    if _uint(value) > PASS_ONLY:
        raise ValueError(value)
    return None if value == PASS_ONLY else _from_tenths(value)


@_kept
def _day(value: Any) -> dt.date:
    return dt.date.fromordinal(_FIRST + _uint(value))


def _uint(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _TOP:
        raise ValueError(value)
    return value


def _text(value: Any, longest: int) -> str:
    if type(value) is not str or not 0 < len(value) <= longest or not is_normalized("NFC", value):
        raise ValueError(value)
    return value


def _pair(value: Any) -> tuple[int, int]:
    if type(value) is not list or len(value) != 2:
        raise ValueError(value)
    return _uint(value[0]), _uint(value[1])
