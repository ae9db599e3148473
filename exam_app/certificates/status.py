"""Status lists (状态名单): which certificates of a list are revoked or suspended, as signed bits.

The form is the W3C Bitstring Status List v1.0: one list for revocation, one for suspension; a
certificate's place in both is in its record.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exam_app.certificates import jws
from exam_app.certificates.algorithms import b64, unb64
from exam_app.certificates.keys import KeySet, PublicKey, moment_of
from exam_app.certificates.record import Listed, StatusLookup
from exam_app.certificates.terms import KeyState, Standing
from exam_app.core import clock
from exam_app.core.errors import BadInput

SIZE = 131_072
TTL = dt.timedelta(days=1)
GOOD_FOR = dt.timedelta(days=2)
SKEW = dt.timedelta(minutes=10)  # what clocks may differ by
PURPOSES: Mapping[str, frozenset[Standing]] = {
    "revocation": frozenset({Standing.REVOKED, Standing.REPLACED}),
    "suspension": frozenset({Standing.SUSPENDED}),
}
_SAID = {"revocation": Standing.REVOKED, "suspension": Standing.SUSPENDED}
_CONTEXT = "https://www.w3.org/ns/credentials/v2"
_TYPE = "BitstringStatusListCredential"
_NAME = re.compile(r"https://([^/?#]+)/status/([0-9]+)(/suspension)?")


@dataclass(frozen=True)
class Places:
    """What is known of one list: the places that are not good, as of a moment, good until one.

    Args: is_whole: both purposes are at hand; otherwise no place is known to be good.
        issuers: whose certificates it speaks of, those of its signing key; empty for all.
    """

    number: int
    fallen: Mapping[int, Standing]
    made: dt.datetime
    until: dt.datetime
    is_whole: bool = True
    issuers: frozenset[int] = frozenset()


def bits(places: Places, purpose: str) -> bytes:
    """Return the list of a purpose: one bit a place, the first the highest of the first byte."""
    held = bytearray(SIZE // 8)
    for index, standing in places.fallen.items():
        if standing in PURPOSES[purpose]:
            held[index // 8] |= 0x80 >> index % 8
    return bytes(held)


def encoded(raw: bytes) -> str:
    """Return bits as the list carries them: multibase base64url of gzip."""
    return "u" + b64(gzip.compress(raw, 9, mtime=0))


def decoded(text: str) -> bytes:
    """Return the bits of an encoded list. Raises: ValueError: it is none, or of another size."""
    if not text.startswith("u"):
        raise ValueError("not multibase base64url")
    opener = zlib.decompressobj(wbits=31)
    try:
        raw = opener.decompress(unb64(text[1:]), SIZE // 8 + 1)
    except zlib.error as problem:
        raise ValueError("not gzip") from problem
    if len(raw) != SIZE // 8 or not opener.eof:
        raise ValueError("another size")
    return raw


def credential(places: Places, purpose: str, host: str) -> dict[str, Any]:
    """Return the list of a purpose as the credential that is signed and published."""
    address = f"https://{host}/status/{places.number}"
    if purpose == "suspension":
        address += "/suspension"
    return {
        "@context": [_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", _TYPE],
        "issuer": did_of(host),
        "validFrom": stamp(places.made),
        "validUntil": stamp(places.until),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encoded(bits(places, purpose)),
            "ttl": int(TTL.total_seconds() * 1000),
        },
    }


def did_of(host: str) -> str:
    """Return the decentralised identifier of a host (did:web)."""
    return "did:web:" + host.replace(":", "%3A")


def stamp(moment: dt.datetime) -> str:
    """Return a moment as documents state it: UTC, whole seconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(
    text: str, keys: KeySet, *, host: str | None = None, latest: dt.datetime | None = None
) -> tuple[str, Places]:
    """Return purpose and places of a signed list.

    Args: host: the only one whose lists are taken. latest: none that was made later is.
    Raises: BadInput: the signature does not hold, its key must not sign it, or it is no list.
    """
    payload = jws.verify(text, keys, typ=jws.STATUS_LIST)
    key = keys.find(jws.kid_of(text))
    try:
        subject, purpose = (
            payload["credentialSubject"],
            payload["credentialSubject"]["statusPurpose"],
        )
        made, until = (moment_of(payload[name]) for name in ("validFrom", "validUntil"))
        found, number = _named(payload, purpose)
        raw, said = decoded(subject["encodedList"]), _SAID[purpose]
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise BadInput("status-unreadable", file=str(problem)) from problem
    issuers = _issuers(key, made)
    if until - made > GOOD_FOR or (latest and made > latest) or host not in (None, found):
        raise BadInput("jws-refused", reason="dates or host of the list")
    places = dict.fromkeys(set_places(raw), said)
    return purpose, Places(number, places, made, until, issuers=issuers)


def _named(payload: Mapping[str, Any], purpose: str) -> tuple[str, int]:
    """Return host and number a list goes by. Raises: ValueError: its parts contradict."""
    name = _NAME.fullmatch(payload["id"])
    if name is None or (purpose == "suspension") != bool(name[3]):
        raise ValueError(payload["id"])
    if _TYPE not in payload["type"] or payload["issuer"] != did_of(name[1]):
        raise ValueError(payload["issuer"])
    return name[1], int(name[2])


def _issuers(key: PublicKey | None, made: dt.datetime) -> frozenset[int]:
    """Return whose list a key may sign; one that got out may have signed any list."""
    day = clock.local(made).date()
    if (
        key is None
        or key.state is KeyState.COMPROMISED
        or not key.not_before <= day <= key.not_after
    ):
        raise BadInput("jws-refused", reason="key not for this list")
    return key.issuers


def set_places(raw: bytes) -> list[int]:
    """Return the places whose bit is set."""
    return [
        8 * place + bit
        for place, byte in enumerate(raw)
        if byte
        for bit in range(8)
        if byte & 0x80 >> bit
    ]


def joined(parts: Iterable[tuple[str, Places]]) -> list[Places]:
    """Return what is known of each list of an authority, from the newest one of each purpose."""
    newest: dict[tuple[int, frozenset[int]], dict[str, Places]] = {}
    for purpose, places in parts:
        held = newest.setdefault((places.number, places.issuers), {})
        if purpose not in held or places.made > held[purpose].made:
            held[purpose] = places
    return [_one(*named, held) for named, held in newest.items()]


def _one(number: int, issuers: frozenset[int], held: Mapping[str, Places]) -> Places:
    fallen: dict[int, Standing] = {}
    for purpose in ("suspension", "revocation"):  # what is revoked stays so while suspended
        if purpose in held:
            fallen.update(held[purpose].fallen)
    made, until = (min(getattr(each, name) for each in held.values()) for name in ("made", "until"))
    return Places(number, fallen, made, until, set(held) == set(PURPOSES), issuers)


def lookup_of(held: Iterable[Places], *, now: dt.datetime) -> StatusLookup:
    """Return the look-up of lists at a moment; a place of a list not at hand is unknown."""
    lists = sorted(held, key=lambda each: each.made)

    def look_up(number: int, index: int, issuer: int = 0) -> Listed | None:
        right = (each for each in lists if each.number == number)
        own = [each for each in right if not (issuer and each.issuers) or issuer in each.issuers]
        places = own[-1] if own else None
        if places is None or not 0 <= index < SIZE:
            return None
        standing = places.fallen.get(index)
        if standing is None and not places.is_whole:
            return None
        return Listed(standing or Standing.GOOD, places.made, now > places.until)

    return look_up


def load(
    path: Path,
    keys: KeySet,
    *,
    now: dt.datetime,
    host: str | None = None,
    trust_unsigned: bool = False,
) -> StatusLookup:
    """Return the look-up of a file or folder of signed lists, or of a plain JSON list.

    The plain form is ``{"issued", "revoked": [[list, index], …], "suspended": […]}``: nobody
    signed it, so it calls nothing good unless ``trust_unsigned``; it counts for every list.
    Raises: BadInput: one cannot be read or trusted (``status-unreadable``, ``jws-refused``).
    """
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    texts = {file.name: _text(file) for file in files}
    plain = [name for name, text in texts.items() if text.lstrip().startswith("{")]
    if plain and len(texts) == 1:
        return _plain(texts[plain[0]], plain[0], now, trust_unsigned=trust_unsigned)
    if not texts:
        raise BadInput("status-missing", file=str(path))
    if plain:
        raise BadInput("status-unreadable", file=plain[0])
    latest = max(now, clock.now()) + SKEW  # a past day may be asked of with the lists of today
    parts = (read(text, keys, host=host, latest=latest) for text in texts.values())
    return lookup_of(joined(parts), now=now)


def _text(file: Path) -> str:
    if not file.exists():
        raise BadInput("status-missing", file=str(file))
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput("status-unreadable", file=file.name) from problem


def _plain(text: str, name: str, now: dt.datetime, *, trust_unsigned: bool) -> StatusLookup:
    try:
        told = json.loads(text)
        told["revoked"]  # without it the file is another
        places = {
            (int(number), int(index)): standing
            for standing in (Standing.SUSPENDED, Standing.REVOKED)
            for number, index in told.get(standing.value, ())
        }
        made = moment_of(told["issued"])
        until = moment_of(told["valid_until"]) if "valid_until" in told else made + GOOD_FOR
    except (ValueError, KeyError, TypeError) as problem:
        raise BadInput("status-unreadable", file=name) from problem

    def look_up(number: int, index: int, _issuer: int = 0) -> Listed | None:
        standing = places.get((number, index), Standing.GOOD if trust_unsigned else None)
        return Listed(standing, made, now > until) if standing else None

    return look_up
