"""The signed record of a certificate: COSE_Sign1 over a small CBOR map, carried by the QR code.

The field map and the envelope are fixed; the verifier accepts one form alone and says, in a
code of its own, why it refuses another. The address a record came with is never trusted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import cbor2
from cbor2 import dumps

from exam_app.certificates.algorithms import header_of
from exam_app.certificates.fields import (
    CertificateRecord,
    Refused,
    as_plain,
    encode,
    from_plain,
    read,
    strict,
)
from exam_app.certificates.keys import KeySet, PublicKey, Signer
from exam_app.certificates.terms import KeyState, Reason, Standing, VerdictState
from exam_app.core import clock

__all__ = [
    "CertificateRecord", "IssueLog", "Listed", "Refused", "StatusLookup", "Verdict",
    "address_head", "as_plain", "digest_of", "encode", "from_digits", "from_plain", "sign",
    "signing_input", "split_address", "stated", "to_digits", "verify",
]  # fmt: skip
MAX_DIGITS = 1200
SENTINEL = 1
_ALG, _KID = 1, 4
_SHORT = 100  # bytes; no signed record is shorter
_ADDRESS = re.compile(
    r"([a-zA-Z][a-zA-Z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?[^#]*)?(?:#(.*))?", re.DOTALL
)
_STRUCTURE = b"\x84\x6aSignature1"


@dataclass(frozen=True)
class Listed:
    """How a place of the status lists stands, by a list of a moment (名单日期).

    Args: is_stale: the list is past the moment until which it is good.
    """

    standing: Standing
    as_of: dt.datetime
    is_stale: bool = False


class StatusLookup(Protocol):
    """What says how a place of the lists stands; None: the list is not at hand."""

    def __call__(self, number: int, index: int, issuer: int = 0, /) -> Listed | None:
        """Return how it stands by the lists of an issuer, of any for 0."""


# (number, record) → whether exactly this record was signed there.
IssueLog = Callable[[str, bytes], bool]


@dataclass(frozen=True)
class Verdict:
    """What a verifier found; ``record`` is there only when the signature holds.

    Args: status_as_of: the date of the list the status is from, None without one.
    """

    state: VerdictState
    reasons: tuple[Reason, ...] = ()
    record: CertificateRecord | None = None
    kid: str | None = None
    host: str | None = None
    status_as_of: dt.datetime | None = None

    @property
    def is_signed(self) -> bool:
        """Return whether the signature of a known key holds."""
        return self.record is not None


def sign(payload: bytes, signer: Signer) -> bytes:
    """Return the COSE_Sign1 (RFC 9052) of a payload: four items, no tag."""
    protected = header_of(signer.alg, signer.kid)
    signature = signer.sign(signing_input(protected, payload))
    return b"\x84" + dumps(protected) + b"\xa0" + dumps(payload) + dumps(signature)


def signing_input(protected: bytes, payload: bytes) -> bytes:
    """Return the bytes that are signed: the Sig_structure with empty external data."""
    return _STRUCTURE + dumps(protected) + b"\x40" + dumps(payload)


def to_digits(cose: bytes) -> str:
    """Return a record as one decimal number, the form the QR code carries densely."""
    return str(int.from_bytes(bytes([SENTINEL]) + cose, "big"))


def from_digits(digits: str) -> bytes:
    """Return the record a decimal number stands for. Raises: Refused."""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS):
        raise Refused(Reason.NOT_DIGITS)
    number = int(digits)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if digits[0] == "0" or not raw or raw[0] != SENTINEL:
        raise Refused(Reason.MALFORMED)
    return raw[1:]


def stated(cose: bytes) -> CertificateRecord | None:
    """Return what a record on file states, no signature asked; None where it cannot be read."""
    try:
        return read((_usual(cose) or _parts(cose))[1])[0]
    except Refused:
        return None


def digest_of(cose: bytes) -> str:
    """Return the SHA-256 of a signed record, hexadecimal."""
    return hashlib.sha256(cose).hexdigest()


def address_head(host: str) -> str:
    """Return what stands before the digits in the QR code."""
    return f"https://{host}/v#"


def split_address(text: str) -> tuple[str, str | None]:
    """Return digits and host of a scanned text: an address with fragment or path, or digits.

    The host of an address that is not https has its scheme before it, so it is no official one.
    """
    text = text.strip(" \t\r\n")
    if "://" not in text:
        return text, None
    parts = _ADDRESS.fullmatch(text)
    if parts is None:
        return "", ""
    scheme, host, path, fragment = parts.groups()
    origin = host if scheme.lower() == "https" else f"{scheme}://{host}"
    return fragment or path.rstrip("/").rpartition("/")[2], origin.lower()


def verify(
    text: str,
    keys: KeySet,
    *,
    at: dt.date,
    status: StatusLookup | None = None,
    host: str | None = None,
    issued: IssueLog | None = None,
    now: dt.datetime | None = None,
) -> Verdict:
    """Return the verdict on a scanned text, an address or bare digits.

    Args:
        at: the local date that counts for expiry.
        status: how a list and index stands; without it a good signature is
            ``status-unknown``, never ``valid``.
        host: the official host; another one in the address is told as foreign.
        issued: whether a record is on file; online alone.
        now: the moment the registry must be fresh at; default: the beginning of ``at``.
    """
    digits, found_host = split_address(text)
    foreign = (Reason.FOREIGN_ADDRESS,) if host and found_host not in (None, host) else ()
    try:
        cose = from_digits(digits)
        key, record, notes = _open(cose, keys)
        doubts = _check_key(key, record, at, keys, cose, issued)
    except Refused as refusal:
        return Verdict(VerdictState.REFUSED, (refusal.reason, *foreign), host=found_host)
    if keys.next_update and keys.next_update < (now or clock.at_local(f"{at} 00:00")):
        doubts = (Reason.KEYS_STALE, *doubts)
    listed = status(*record.status, record.issuer) if status else None
    state, reasons = _standing(record, at, listed, doubts)
    reasons = (*reasons, *notes, *foreign)
    return Verdict(state, reasons, record, key.kid, found_host, listed.as_of if listed else None)


def _open(cose: bytes, keys: KeySet) -> tuple[PublicKey, CertificateRecord, tuple[Reason, ...]]:
    """Return key, record and notes of an envelope; the signature comes before the payload."""
    protected, payload, signature, message = _usual(cose) or _parts(cose)
    key = keys.headers.get(protected) or _key(strict(protected), keys)
    if not key.verify(signature, message):
        raise Refused(Reason.BAD_SIGNATURE)
    return key, *read(payload)


def _usual(cose: bytes) -> tuple[bytes, bytes, bytes, bytes] | None:
    """Return what ``_parts`` does of an envelope of the usual lengths, cut where they say."""
    first = 2 + cose[1] - 0x40 if len(cose) > _SHORT else 0  # behind the protected header
    if not 2 < first < 26 or cose[first : first + 2] != b"\xa0\x58" or cose[0] != 0x84:
        return None
    start, end = first + 3, first + 3 + cose[first + 2]
    if end - start < 24 or len(cose) != end + 66 or cose[end : end + 2] != b"\x58\x40":
        return None
    message = _STRUCTURE + cose[1:first] + b"\x40" + cose[first + 1 : end]
    return cose[2:first], cose[start:end], cose[end + 2 :], message


def _parts(cose: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Return header, payload, signature and signing input of an envelope in its one form."""
    try:
        protected, unprotected, payload, signature = cbor2.loads(cose)
        if not type(protected) is type(payload) is type(signature) is bytes:
            raise Refused(Reason.MALFORMED)
        header, body = dumps(protected), dumps(payload)
        if unprotected or b"\x84" + header + b"\xa0" + body + dumps(signature) != cose:
            raise Refused(Reason.MALFORMED)
    except Exception as problem:  # whatever the decoder met, the record is malformed
        raise Refused(Reason.MALFORMED) from problem
    return protected, payload, signature, _STRUCTURE + header + b"\x40" + body


def _key(header: Any, keys: KeySet) -> PublicKey:
    if type(header) is not dict or set(header) != {_ALG, _KID} or type(header[_KID]) is not bytes:
        raise Refused(Reason.MALFORMED)
    key = keys.find(header[_KID].hex())
    if key is None:
        raise Refused(Reason.UNKNOWN_KEY)
    if type(header[_ALG]) is not int or header[_ALG] not in key.algorithms:
        raise Refused(Reason.WRONG_ALGORITHM)
    if not key.is_available:
        raise Refused(Reason.ALGORITHM_UNAVAILABLE)
    return key


def _check_key(
    key: PublicKey,
    record: CertificateRecord,
    at: dt.date,
    keys: KeySet,
    cose: bytes,
    issued: IssueLog | None,
) -> tuple[Reason, ...]:
    """Pass a record its key may sign; return what speaks against calling it valid.

    Who holds a key that got out may write any date: what is dated before the leak is proved by
    the list of what was confirmed again, or by the log of what was issued.
    """
    if key.issuers and record.issuer not in key.issuers:
        raise Refused(Reason.KEY_NOT_FOR_ISSUER)
    if key.class_kinds and record.class_kind not in key.class_kinds:
        raise Refused(Reason.KEY_NOT_FOR_CLASS)
    if not key.not_before <= record.issued_on <= key.not_after:
        raise Refused(Reason.KEY_NOT_FOR_DATE)
    if at > key.verify_until:
        raise Refused(Reason.KEY_OUT_OF_USE)
    leaked = key.state is KeyState.COMPROMISED
    leaked = leaked and keys.reattested.get(digest_of(cose)) != record.number
    if leaked and record.issued_on >= (key.compromised_from or key.not_before):
        raise Refused(Reason.KEY_COMPROMISED)
    if issued is not None:
        return () if issued(record.number, cose) else (Reason.NOT_ON_FILE,)
    return (Reason.ISSUE_UNPROVED,) if leaked else ()


_FALLEN = {
    Standing.REVOKED: (VerdictState.REVOKED, Reason.REVOKED),
    Standing.REPLACED: (VerdictState.REPLACED, Reason.REPLACED),
    Standing.SUSPENDED: (VerdictState.SUSPENDED, Reason.SUSPENDED),
}


def _standing(
    record: CertificateRecord, at: dt.date, listed: Listed | None, doubts: tuple[Reason, ...]
) -> tuple[VerdictState, tuple[Reason, ...]]:
    """Return the state of a record whose signature holds; with any doubt it is never valid."""
    if listed is None:
        doubts = (Reason.STATUS_UNKNOWN, *doubts)
    elif listed.is_stale:
        doubts = (Reason.STATUS_STALE, *doubts)
    if listed is not None and listed.standing in _FALLEN:
        state, reason = _FALLEN[listed.standing]
        return state, (reason, *doubts)
    if at < record.issued_on:
        return VerdictState.NOT_YET_VALID, (Reason.NOT_YET_VALID, *doubts)
    if at > record.expires_on:
        return VerdictState.EXPIRED, (Reason.EXPIRED, *doubts)
    return (VerdictState.STATUS_UNKNOWN if doubts else VerdictState.VALID), doubts
