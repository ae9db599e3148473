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
        _record(values)
        if record.score is not None and score > FULL_SCORE:
            raise Refused(Reason.BAD_PAYLOAD)
    except Refused as problem:
        raise RuleBroken("certificate-unverifiable", number=record.number) from problem
    return b"".join(_written(values))


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
    try:
        known = _like_another(payload) or _known(payload)
    except Exception:  # why it is refused is said by who looks closely
        known = None
    return (known, ()) if known else _decode(strict(payload))


# By what stands before the number and behind the ID tail up to the index: records read before.
_others: dict[bytes, CertificateRecord] = {}
_MOST_OTHERS = 4096


def _known(payload: bytes) -> CertificateRecord | None:
    """Return the record of a payload of exactly the known fields, each written as it must be."""
    values = cbor2.loads(payload)
    record = _record(values)
    first, own, rest, index = _written(values)
    if first + own + rest + index != payload:
        return None
    if len(_others) >= _MOST_OTHERS:
        _others.clear()
    _others[first + rest] = record
    return record


def _like_another(payload: bytes) -> CertificateRecord | None:
    """Return the record of a payload that has all but number, name, ID tail and index of another.

    What is alike was read and held against the one form with the other; a class shares it.
    Raises: IndexError, ValueError: one of the four is wrong.
    """
    first = 4 + (1 << payload[2] - 0x18 if payload[2] > 0x17 else 0)
    number, second = _short_text(payload, first, 24)
    name, third = _short_text(payload, second + 1, 60)
    tail, end = _short_text(payload, third + 1, 4)
    if payload[second] != 3 or payload[third] != 4:
        return None
    for width, head, least in _INDEXES:
        other = _others.get(payload[:first] + payload[end:-width])
        if other is not None and payload[-width] == head:
            index = int.from_bytes(payload[1 - width :], "big")
            made, status = CertificateRecord.__new__(CertificateRecord), (other.status[0], index)
            vars(made).update(vars(other), number=number, name=name, id_tail=tail, status=status)
            return made if index >= least else None
    return None


_INDEXES = ((5, 0x1A, 65536), (3, 0x19, 256), (2, 0x18, 24))  # width, head, least number


def _short_text(payload: bytes, at: int, longest: int) -> tuple[str, int]:
    """Return a text and where it ends. Raises: IndexError, ValueError: none of its one form."""
    size = payload[at] - 0x60
    if size == 24 and payload[at + 1] > 23:
        at, size = at + 1, payload[at + 1]
    elif not 0 < size < 24:
        raise ValueError(size)
    end = at + 1 + size
    return _text(payload[at + 1 : end].decode(), longest), end


def _decode(values: Any) -> tuple[CertificateRecord, tuple[Reason, ...]]:
    """Return the record of decoded fields in the one form; see ``read``."""
    if type(values) is not dict or not all(type(key) is int for key in values):
        raise Refused(Reason.BAD_PAYLOAD)
    if any(key < 0 for key in values):
        raise Refused(Reason.CRITICAL_FIELD)
    unknown = any(key > _LAST for key in values)
    return _record(values), (Reason.UNKNOWN_FIELD,) if unknown else ()


def _record(values: dict[int, Any]) -> CertificateRecord:
    made = CertificateRecord.__new__(CertificateRecord)
    try:  # field by field a frozen class takes a quarter of the time of reading
        vars(made).update(
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
            issued_on=_day(values[11]),
            expires_on=_day(values[12]),
            paper=_text(values[13], 20),
            status=_pair(values[14]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as problem:
        raise Refused(Reason.BAD_PAYLOAD) from problem
    return made


def _written(values: dict[int, Any]) -> tuple[bytes, bytes, bytes, bytes]:
    """Return checked fields in the one form: what ``cbor2.dumps`` gives, in a third of its time.

    Returns: up to the number, number to ID tail, all behind it up to the index, the index.
    """
    hours, place = values[8], values[14]
    own = dumps(values[2]) + b"\x03" + dumps(values[3]) + b"\x04" + dumps(values[4])
    rest = (
        b"\x05", _int(values[5]), b"\x06", _int(values[6]), b"\x07", dumps(values[7]),
        b"\x08\x83", _int(hours[0]), _int(hours[1]), _int(hours[2]), b"\x09", _int(values[9]),
        b"\x0a", _int(values[10]), b"\x0b", _int(values[11]), b"\x0c", _int(values[12]),
        b"\x0d", dumps(values[13]), b"\x0e\x82", _int(place[0]),
    )  # fmt: skip
    first = b"\xae\x01" + _int(values[1]) + b"\x02"
    return first, own, b"".join(rest), dumps(place[1])


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


def _three(value: Any) -> tuple[Decimal, Decimal, Decimal]:
    if type(value) is not list or len(value) != 3:
        raise ValueError(value)
    return _from_tenths(value[0]), _from_tenths(value[1]), _from_tenths(value[2])


def _pair(value: Any) -> tuple[int, int]:
    if type(value) is not list or len(value) != 2:
        raise ValueError(value)
    return _uint(value[0]), _uint(value[1])
