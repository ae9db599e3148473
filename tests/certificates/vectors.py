"""How the frozen vectors of ``golden.json`` were made: ``python -m tests.certificates.vectors``.

ES256 and SM2 sign differently each time: the file is made once and then held; a run of this
program prints a new one for a new form of record only.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.odd_records import torsioned
from exam_app.certificates import algorithms, jws, record
from exam_app.certificates.algorithms import Ed25519Signer, Es256Signer, OwnSigner
from exam_app.certificates.keys import KeySet, PublicKey
from exam_app.certificates.record import CertificateRecord, Verdict
from exam_app.certificates.registry import payload_of
from exam_app.certificates.sm2 import Sm2Signer
from exam_app.certificates.status import Places, credential, lookup_of
from exam_app.certificates.terms import KeyState, Standing
from tests.certificates.samples import HOST, RECORD

FILE = Path(__file__).with_name("golden.json")
AT = dt.date(2027, 1, 5)
MADE = dt.datetime(2027, 1, 4, 16, 0, tzinfo=dt.UTC)
GOOD_UNTIL = dt.datetime(2027, 1, 6, 16, 0, tzinfo=dt.UTC)
YEAR = {"not_before": dt.date(2026, 1, 1), "not_after": dt.date(2027, 1, 31)}
NAMES = (
    "欧阳㛃",
    "张𬭎㛃",
    "阿卜杜拉·买买提",
    "王䶮",
    "李四",
    "O'Neil-Øst",
    "司马相如",
    "乙",
    "é",
    "陈🀄",
)


def _ed(number: int) -> Ed25519Signer:
    return Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


def _es(number: int) -> Es256Signer:
    return Es256Signer(ec.derive_private_key(0xC0FFEE0000 + number, ec.SECP256R1()))


ROOT = _ed(200)
ED, ES, GM = _ed(1), _es(1), Sm2Signer(0x5EED)
SIGNERS: dict[str, OwnSigner] = {"EdDSA": ED, "ES256": ES, "SM2": GM}
OTHERS: dict[str, tuple[OwnSigner, dict[str, Any]]] = {
    "retired": (_ed(2), {"state": KeyState.RETIRED}),
    "leaked": (
        _es(2),
        {"state": KeyState.COMPROMISED, "compromised_from": dt.date(2026, 11, 20)},
    ),
    "ended": (_ed(3), {"verify_until": dt.date(2027, 1, 4)}),
    "elsewhere": (_ed(4), {"issuers": frozenset({370300})}),
    "other-class": (_ed(5), {"class_kinds": frozenset({2, 3})}),
    "next-year": (_es(3), {"not_before": dt.date(2027, 1, 1), "not_after": dt.date(2028, 1, 31)}),
}
STRANGER = _ed(9)


def _public(signer: OwnSigner, **facts: Any) -> PublicKey:
    first: dict[str, Any] = {"issuers": frozenset({230700}), **YEAR}
    return PublicKey(signer.kid, algorithms.public_of(signer), **{**first, **facts})


def _records() -> Iterator[CertificateRecord]:
    for number, name in enumerate(NAMES):
        yield replace(
            RECORD,
            number=f"2307002026100{number:03}0",
            name=name,
            id_tail=f"{number}23X",
            category=1 + number % 3,
            hours=(Decimal(24 + number), Decimal("16.5"), Decimal(number)),
            score=None if number % 2 else Decimal("80.5") + number,
            issued_on=RECORD.issued_on + dt.timedelta(days=number),
            paper=f"YC-2026-{number:02}-A",
            status=(1, 4711 + 1000 * number),
        )


RECORDS = list(_records())
ODD_BLANKS = "\ufeff\u3000\xa0\x0b\x0c\x1c\x85\u2028\u200b"
ODD_FIELDS = {
    "map in the order of bytes": bytes.fromhex("a21864002000"),
    "map shorter keys first": bytes.fromhex("a22000186400"),
    "map with 0 and false": bytes.fromhex("a20000f400"),
    "map with 1 and true": bytes.fromhex("a20100f500"),
    "map with a key twice": bytes.fromhex("a201000100"),
    "map with a list as key": bytes.fromhex("a18000"),
    "null": b"\xf6",
    "not a number": b"\xf9\x7e\x00",
    "a number above 64 bits": bytes.fromhex("c249010000000000000000"),
    "half a surrogate": bytes.fromhex("63eda080"),
    "five deep": bytes.fromhex("818181818100"),
    "three deep": bytes.fromhex("81818100"),
}
# Facts of a key of which no reader may make anything.
SPOILT: list[dict[str, Any]] = [
    {"state": "Compromised"},
    {"state": ""},
    {"not_after": "2027"},
    {"not_after": "20270131"},
    {"not_before": "2026-02-30"},
    {"verify_until": "2027-W05-7"},
    {"compromised_from": 20261120},
    {"issuers": ["230700"]},
    {"issuers": [230700.5]},
    {"class_kinds": [True]},
]
REATTESTED = record.sign(record.encode(replace(RECORDS[9], paper="R-1")), OTHERS["leaked"][0])
# Confirmed again, but under the number of somebody else's certificate.
MISNAMED = record.sign(record.encode(replace(RECORDS[9], paper="R-2")), OTHERS["leaked"][0])


def keys() -> KeySet:
    """Return the keys the vectors are judged by."""
    made = [_public(signer) for signer in SIGNERS.values()]
    made += [_public(signer, **facts) for signer, facts in OTHERS.values()]
    held = KeySet.of(made)
    confirmed = {REATTESTED: RECORDS[9].number, MISNAMED: RECORDS[8].number}
    return replace(held, reattested={record.digest_of(each): n for each, n in confirmed.items()})


def parts(text: str) -> tuple[str, str]:
    """Return signing input and signature of a text as hexadecimal, empty where it has none."""
    try:
        protected, _, payload, signature = cbor2.loads(
            record.from_digits(record.split_address(text)[0])
        )
        return record.signing_input(protected, payload).hex(), bytes(signature).hex()
    except (record.Refused, cbor2.CBORDecodeError, TypeError, ValueError):
        return "", ""


def judge(vector: dict[str, Any], known: KeySet) -> Verdict:
    """Return the verdict on a vector under keys."""
    return record.verify(
        vector["text"],
        known,
        at=dt.date.fromisoformat(vector["at"]),
        status=places(vector["status"]) if vector["status"] else None,
        host=vector["host"],
        now=_moment(vector["at"]),
    )


def places(told: dict[str, Any]) -> record.StatusLookup:
    """Return the look-up of a vector's status, read at the beginning of the vector's day."""
    made, until = (dt.datetime.fromisoformat(told[name]) for name in ("issued", "valid_until"))
    fallen = dict.fromkeys(told["suspended"], Standing.SUSPENDED)
    fallen |= dict.fromkeys(told["revoked"], Standing.REVOKED)
    held = Places(told["list"], fallen, made, until)
    return lookup_of([held], now=dt.datetime.fromisoformat(told["now"]))


def _moment(day: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T00:00:00+08:00").astimezone(dt.UTC)


def _status(**over: Any) -> dict[str, Any]:
    first = {
        "list": 1,
        "revoked": [],
        "suspended": [],
        "issued": MADE.isoformat(),
        "valid_until": GOOD_UNTIL.isoformat(),
    }
    return {**first, **over}


def _vector(name: str, text: str, alg: str, kid: str, **over: Any) -> dict[str, Any]:
    at = over.pop("at", AT).isoformat()
    status = over.pop("status", _status())
    vector = {"name": name, "alg": alg, "kid": kid, "text": text, "at": at, "host": HOST}
    now = _moment(at).isoformat()
    vector |= {"status": None if status is None else {**status, "now": now}, **over}
    signing, signature = parts(text)
    verdict = judge(vector, keys())
    return vector | {
        "signing_input": signing,
        "signature": signature,
        "state": verdict.state.value,
        "reasons": [reason.value for reason in verdict.reasons],
        "record": record.as_plain(verdict.record) if verdict.record else None,
    }


def _texts(alg: str) -> Iterator[dict[str, Any]]:
    signer = SIGNERS[alg]
    head = record.address_head(HOST)
    for number, stated in enumerate(RECORDS):
        digits = record.to_digits(record.sign(record.encode(stated), signer))
        text = (head + digits, digits, f"https://{HOST}/v/{digits}")[number % 3]
        yield _vector(f"{alg} {number}", text, alg, signer.kid)
    index = RECORDS[0].status[1]
    text = head + record.to_digits(record.sign(record.encode(RECORDS[0]), signer))
    foreign = text.replace(HOST, "exam.example-gov.cn")
    for name, other, over in (
        ("revoked", text, {"status": _status(revoked=[index])}),
        ("suspended", text, {"status": _status(suspended=[index])}),
        ("revoked and suspended", text, {"status": _status(revoked=[index], suspended=[index])}),
        ("no list", text, {"status": None}),
        ("another list", text, {"status": _status(list=2)}),
        ("beyond the list", text, {"status": _status(list=1, revoked=[index + 1])}),
        ("old list", text, {"at": AT.replace(day=8)}),
        ("old list, revoked", text, {"at": AT.replace(day=8), "status": _status(revoked=[index])}),
        ("expired", text, {"at": dt.date(2029, 11, 2), "status": _status()}),
        ("last day", text, {"at": dt.date(2029, 11, 1), "status": None}),
        ("not yet valid", text, {"at": dt.date(2026, 11, 1)}),
        ("foreign host", foreign, {}),
    ):
        yield _vector(f"{alg} {name}", other, alg, signer.kid, **over)


def _under(name: str, stated: CertificateRecord = RECORDS[0]) -> dict[str, Any]:
    signer = OTHERS[name][0]
    digits = record.to_digits(record.sign(record.encode(stated), signer))
    alg = "ES256" if signer.alg == algorithms.ES256 else "EdDSA"
    return _vector(f"key {name}, {stated.issued_on}", digits, alg, signer.kid)


def _refused() -> Iterator[dict[str, Any]]:
    for name in OTHERS:
        yield _under(name)
    yield _under("leaked", replace(RECORDS[0], issued_on=dt.date(2026, 11, 20)))
    again = record.to_digits(REATTESTED)
    yield _vector("key leaked, confirmed again", again, "ES256", OTHERS["leaked"][0].kid)
    other = record.to_digits(MISNAMED)
    yield _vector("key leaked, confirmed as another", other, "ES256", OTHERS["leaked"][0].kid)
    yield _vector(
        "unknown key",
        record.to_digits(record.sign(record.encode(RECORDS[0]), STRANGER)),
        "EdDSA",
        STRANGER.kid,
    )
    for name, text, alg, signer in (*_forged(), *_odd()):
        yield _vector(name, text, alg, signer.kid)


def _odd() -> Iterator[tuple[str, str, str, OwnSigner]]:
    """Yield what was signed or typed in a way that one reader alone might take."""
    payload = record.encode(RECORDS[0])
    for alg in ("EdDSA", "ES256"):
        signer = SIGNERS[alg]
        for name, field in ODD_FIELDS.items():
            yield (
                f"{alg} {name}",
                _raw(b"\xaf" + payload[1:] + b"\x0f" + field, signer),
                alg,
                signer,
            )
        number = cbor2.dumps(signer.alg)
        header = b"\xa2\x04" + cbor2.dumps(bytes.fromhex(signer.kid)) + b"\xf5" + number
        signature = signer.sign(record.signing_input(header, payload))
        cose = cbor2.dumps([header, {}, payload, signature])
        yield f"{alg} true for 1 in the header", record.to_digits(cose), alg, signer
    digits = record.to_digits(record.sign(payload, ED))
    wide = digits.translate({48 + number: 0xFF10 + number for number in range(10)})
    percent = "".join(f"%{ord(digit):02X}" for digit in digits)
    head, place = record.address_head(HOST), len(digits) // 2
    for name, text in (
        *((f"{ord(sign):04x} before", sign + digits) for sign in ODD_BLANKS),
        *((f"{ord(sign):04x} behind", digits + sign) for sign in ODD_BLANKS),
        ("blanks around", f" \t\r\n{digits}\n "),
        ("blank within", f"{digits[:place]} {digits[place:]}"),
        ("full-width digits", wide),
        ("percent-encoded", head + percent),
        ("query before the fragment", f"https://{HOST}/v?from=app#{digits}"),
        ("query behind the fragment", f"{head}{digits}?from=app"),
        ("two fragments", f"{head}{digits}#x"),
        ("host in capitals", f"HTTPS://{HOST.upper()}/v#{digits}"),
        ("official host in the query", f"x.evil.com/?https://{HOST}/v#{digits}"),
        ("official host in another's query", f"https://evil.com/?https://{HOST}/v#{digits}"),
        ("a scheme that runs", f"javascript://{HOST}/v#{digits}"),
        ("a scheme without a lock", f"http://{HOST}/v#{digits}"),
        ("a user before the host", f"https://{HOST}@evil.com/v#{digits}"),
        ("a port behind the host", f"https://{HOST}:8443/v#{digits}"),
    ):
        yield f"text, {name}", text, "EdDSA", ED
    turned = record.to_digits(torsioned(ED, payload, 4711))
    yield "EdDSA a point of small order in R", turned, "EdDSA", ED


def _forged() -> Iterator[tuple[str, str, str, OwnSigner]]:
    for alg in ("EdDSA", "ES256"):
        signer = SIGNERS[alg]
        good = record.sign(record.encode(RECORDS[0]), signer)
        protected, _, payload, signature = cbor2.loads(good)
        other = _raw(payload, signer, alg=-19 if alg == "EdDSA" else -8)
        yield f"{alg} another number", other, alg, signer
        yield f"{alg} a private number", _raw(payload, signer, alg=-65537), alg, signer
        for name, items in (
            (
                "name changed",
                [protected, {}, payload.replace("欧".encode(), "区".encode()), signature],
            ),
            ("short signature", [protected, {}, payload, signature[:-1]]),
            ("other signer", [protected, {}, payload, STRANGER.sign(b"")]),
            ("unprotected member", [protected, {1: 2}, payload, signature]),
            ("three items", [protected, {}, payload]),
        ):
            text = record.to_digits(cbor2.dumps(items, canonical=True))
            yield f"{alg} {name}", text, alg, signer
        yield f"{alg} trailing byte", record.to_digits(good + b"\0"), alg, signer
        tagged = record.to_digits(b"\xd2" + good)
        yield f"{alg} tagged", tagged, alg, signer
        long = record.to_digits(b"\x98\x04" + good[1:])
        yield f"{alg} long form", long, alg, signer
        yield f"{alg} leading zero", "0" + record.to_digits(good), alg, signer
        yield f"{alg} letters", record.to_digits(good)[:-1] + "x", alg, signer
        values = cbor2.loads(payload)
        for name, changed in (
            ("unknown field", {**values, 15: "x"}),
            ("critical field", {**values, -1: 1}),
            ("number as text", {**values, 1: "230700"}),
            ("name not NFC", {**values, 3: "e\u0301"}),
            ("score too high", {**values, 9: 1002}),
            ("field missing", {key: value for key, value in values.items() if key != 14}),
        ):
            yield f"{alg} {name}", _raw(cbor2.dumps(changed, canonical=True), signer), alg, signer
        backwards = cbor2.dumps(dict(reversed(values.items())))
        yield f"{alg} keys unsorted", _raw(backwards, signer), alg, signer
        yield f"{alg} float", _raw(cbor2.dumps({**values, 10: 24.0}), signer), alg, signer
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    good = record.sign(record.encode(RECORDS[0]), ES)
    twin = good[:-32] + (order - int.from_bytes(good[-32:], "big")).to_bytes(32, "big")
    yield "ES256 the other s", record.to_digits(twin), "ES256", ES


def _renamed(payload: bytes) -> bytes:
    return payload.replace("欧".encode(), "区".encode())


def _raw(payload: bytes, signer: OwnSigner, *, alg: int | None = None) -> str:
    header = {1: signer.alg if alg is None else alg, 4: bytes.fromhex(signer.kid)}
    protected = cbor2.dumps(header, canonical=True)
    signature = signer.sign(record.signing_input(protected, payload))
    return record.to_digits(cbor2.dumps([protected, {}, payload, signature], canonical=True))


def _signed() -> dict[str, Any]:
    """Return registry and lists as they are published, for the same keys."""
    payload = payload_of(keys(), root=ROOT.kid, version=7, issued=MADE, next_update=GOOD_UNTIL)
    fallen = {4711: Standing.REVOKED, 5711: Standing.SUSPENDED, 6711: Standing.REPLACED}
    held = Places(1, fallen, MADE, GOOD_UNTIL)
    lists = {
        purpose: jws.sign(credential(held, purpose, HOST), ED, jws.STATUS_LIST)
        for purpose in ("revocation", "suspension")
    }
    root = {"kid": ROOT.kid, **algorithms.jwk_of(ROOT.key.public_key())}
    return {"root": root, "registry": jws.sign(payload, ROOT, jws.REGISTRY), **lists}


def build() -> dict[str, Any]:
    """Return everything the file holds beside the first record of all."""
    return {
        "keys": json.loads(keys().to_jwks()),
        "vectors": [*_texts("EdDSA"), *_texts("ES256"), *_refused()],
        "sm2": list(_texts("SM2")),
        "signed": _signed(),
        "spoilt": SPOILT,
    }


if __name__ == "__main__":
    held = json.loads(FILE.read_text(encoding="utf-8"))
    text = json.dumps({**held, **build()}, ensure_ascii=False, indent=1)
    FILE.write_text(text + "\n", encoding="utf-8")
