"""Odd certificate records: good signatures over odd contents, odd envelopes, odd texts."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cbor2

from benchmarks.certificate import HOST
from benchmarks.certificate_record import LATER, RECORDS
from benchmarks.odd_cbor import (
    EDGES,
    WORDS,
    Raw,
    allowed_value,
    as_key,
    odd_bytes,
    odd_value,
    written,
)
from exam_app.certificates import algorithms, record
from exam_app.certificates.algorithms import Ed25519Signer, OwnSigner
from exam_app.certificates.fields import encode
from exam_app.certificates.keys import KeySet, PublicKey
from exam_app.certificates.terms import KeyState

MOST = 1000  # bytes of a record
BLANKS = [
    "", " ", "\n", "\t", "\r\n", "\ufeff", "\u3000", "\xa0", "\x0b", "\x0c", "\x1c", "\x85",
    "\u2028", "\u2029", "\u200b", "\0", "\ud800",
]  # fmt: skip
HOSTS = [
    HOST.upper(), "evil.example", HOST + ":443", "u@" + HOST, HOST + ".", "", "EXAM.ÉXAMPLE",
    HOST + "\\", "İ.example", "ΑΣ", "ſ.example", "[::1]",
]  # fmt: skip
SCHEMES = [
    "HTTPS",
    "http",
    "javascript",
    "hTTps",
    "httpſ",
    "1a",
    "",
    "x.https",
    " https",
    "K",
    "h s",
]
FORMS = [
    "{scheme}://{host}/v#{digits}", "{scheme}://{host}/v/{digits}", "{scheme}://{host}/{digits}/",
    "{scheme}://{host}/v?q=1#{digits}", "{scheme}://{host}/v#{digits}?q=1",
    "{scheme}://{host}/v#{digits}#x", "{scheme}://{host}/v#a#{digits}",
    "{scheme}://{host}#{digits}", "{scheme}://{host}?#{digits}", "{scheme}://{host}/v?{digits}",
    "{scheme}://{host}/{digits}#", "{scheme}://{host}/{digits}//?x#", "{host}/v#{digits}",
    "x{scheme}://a/?https://{host}/v#{digits}", "{scheme}:/{host}/v#{digits}",
    "{scheme}://{host}/v{blank}#{digits}", "{scheme}://{host}/v#{blank}{digits}",
    "#{digits}", "{digits}://", "://{digits}", "{digits}",
]  # fmt: skip
P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
L = 2**252 + 27742317777372353535851937790883648493  # order of Ed25519's base point
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    4 * pow(5, -1, P) % P,
)


class World:
    """Keys of both kinds, one got out and one for other classes alone."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        names = ("ed25519", "es256", "ed25519", "es256", "ed25519")
        self.signers: list[OwnSigner] = [algorithms.generated(name) for name in names]
        self.stranger = algorithms.generated("ed25519")
        self.payloads = [encode(stated) for stated in chance.sample(RECORDS, 50)]
        facts: list[dict[str, Any]] = [
            {"issuers": frozenset({230700})},
            {"issuers": frozenset({230700})},
            {"state": KeyState.COMPROMISED, "compromised_from": dt.date(2025, 4, 4)},
            {"class_kinds": frozenset({2})},
            {"not_after": dt.date(2025, 4, 3), "verify_until": dt.date(2026, 1, 1)},
        ]
        self.keys = KeySet.of(
            PublicKey(signer.kid, algorithms.public_of(signer), **more)
            for signer, more in zip(self.signers, facts, strict=True)
        )
        confirmed = [record.sign(each, self.signers[2]) for each in self.payloads[:10]]
        numbers = [cbor2.loads(each)[2] for each in self.payloads[1:11]]
        numbers[:5] = [cbor2.loads(each)[2] for each in self.payloads[:5]]
        pairs = zip(map(record.digest_of, confirmed), numbers, strict=True)
        self.keys = replace(self.keys, reattested=dict(pairs))
        self.confirmed = confirmed

    def signer(self) -> OwnSigner:
        """Return one of the signers, mostly one whose key is good for everything."""
        return self.chance.choice([*self.signers[:2] * 4, *self.signers])

    def fields(self) -> dict[Any, Any]:
        """Return the fields of one good record."""
        held: dict[Any, Any] = cbor2.loads(self.chance.choice(self.payloads))
        return held


def cose_of(world: World, payload: bytes, header: bytes | None = None) -> bytes:
    """Return an envelope whose signature holds for what stands in it."""
    signer = world.signer()
    protected = header or algorithms.header_of(signer.alg, signer.kid)
    signature = signer.sign(record.signing_input(protected, payload))
    parts = [cbor2.dumps(protected), b"\xa0", cbor2.dumps(payload), cbor2.dumps(signature)]
    return b"\x84" + b"".join(parts)


def odd_fields(world: World) -> bytes:
    """One to three fields changed, added or dropped, written properly."""
    chance, fields = world.chance, world.fields()
    for _ in range(chance.randint(1, 3)):
        kind = chance.randrange(5)
        if kind == 0:
            fields[chance.randint(1, 14)] = odd_value(chance)
        elif kind == 1:
            fields[chance.choice([0, 15, 16, 99, 2**53, 2**64 - 1])] = odd_value(chance)
        elif kind == 2:
            fields[as_key(odd_value(chance))] = odd_value(chance)
        elif kind == 3:
            fields.pop(chance.randint(1, 14), None)
        else:
            place = chance.choice([8, 14])
            fields[place] = [chance.choice(EDGES) for _ in range(chance.choice([2, 3, 3]))]
    return cose_of(world, written(chance, fields, 0))


def unknown_fields(world: World) -> bytes:
    """More fields than are known, of values that may stand there, keys in one order or another."""
    chance, fields = world.chance, world.fields()
    for _ in range(chance.randint(1, 3)):
        fields[chance.choice([15, 16, 23, 24, 99, 256, 2**53, 2**64 - 1])] = allowed_value(chance)
    return cose_of(world, written(chance, fields, 0.01))


def near_fields(world: World) -> bytes:
    """A number or text at the edge of what its field may hold."""
    chance, fields = world.chance, world.fields()
    for _ in range(chance.randint(1, 2)):
        place = chance.choice([1, 5, 6, 9, 10, 11, 12, 2, 3, 4, 7, 13])
        fields[place] = chance.choice(EDGES if place in {1, 5, 6, 9, 10, 11, 12} else WORDS)
    return cose_of(world, written(chance, fields, 0))


def oddly_written(world: World) -> bytes:
    """The same fields, heads longer, lengths indefinite, keys unsorted."""
    fields: Any = {**world.fields(), 20: odd_value(world.chance)}
    return cose_of(world, written(world.chance, fields, 0.08))


def no_record(world: World) -> bytes:
    """Anything but a map of fields."""
    chance = world.chance
    return cose_of(world, written(chance, odd_value(chance), chance.choice([0, 0.3])))


def spoilt_payload(world: World) -> bytes:
    """Bytes of a payload changed before it is signed."""
    chance = world.chance
    fields: Any = {**world.fields(), **({15: odd_value(chance)} if chance.random() < 0.3 else {})}
    changed = bytearray(written(chance, fields, 0))
    for _ in range(chance.randint(1, 3)):
        place, kind = chance.randrange(len(changed)), chance.randrange(4)
        if kind == 0:
            changed[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            changed[place:place] = odd_bytes(chance)
        elif kind == 2:
            changed[place] = chance.randrange(256)
        elif len(changed) > 1:
            del changed[place]
    return cose_of(world, bytes(changed))


def spoilt_heads(world: World) -> bytes:
    """A key or head of a payload in the place of another, before it is signed."""
    chance, changed = world.chance, bytearray(world.chance.choice(world.payloads))
    heads = [
        0x02,
        0x03,
        0x04,
        0x05,
        0x0E,
        0x18,
        0x19,
        0x1A,
        0x1B,
        0x61,
        0x70,
        0x71,
        0x77,
        0x78,
        0x79,
    ]
    places = [place for place, byte in enumerate(changed) if byte in heads]
    for place in chance.sample(places, chance.randint(1, 2)):
        changed[place] = chance.choice([*heads, changed[place] + 1, changed[place] - 1])
    return cose_of(world, bytes(changed))


def odd_header(world: World) -> bytes:
    """Another protected header under a signature that holds for it."""
    chance, signer = world.chance, world.signer()
    made: dict[Any, Any] = {1: signer.alg, 4: bytes.fromhex(signer.kid)}
    kind = chance.randrange(6)
    if kind == 0:
        made[1] = chance.choice([-8, -7, -19, -65537, odd_value(chance)])
    elif kind == 1:
        made[4] = chance.choice([made[4][:7], made[4] + b"0", bytes(8), odd_value(chance)])
    elif kind == 2:
        made[as_key(odd_value(chance))] = odd_value(chance)
    elif kind == 3:
        made = {Raw(b"\xf5"): signer.alg, 4: made[4]}
    elif kind == 4:
        made.pop(chance.choice([1, 4]))
    raw = written(chance, made, chance.choice([0, 0.3]))
    if chance.random() < 0.1:
        raw += chance.randbytes(1)
    payload = chance.choice(world.payloads)
    signature = signer.sign(record.signing_input(raw, payload))
    return b"\x84" + cbor2.dumps(raw) + b"\xa0" + cbor2.dumps(payload) + cbor2.dumps(signature)


def odd_envelope(world: World) -> bytes:
    """Four items, or fewer, or more, one of them of another kind or oddly written."""
    chance = world.chance
    protected, _, payload, signature = cbor2.loads(cose_of(world, chance.choice(world.payloads)))
    items: list[Any] = [protected, {}, payload, signature]
    kind = chance.randrange(5)
    if kind == 0:
        items[chance.randrange(4)] = odd_value(chance)
    elif kind == 1:
        items.insert(chance.randrange(5), odd_value(chance))
    elif kind == 2:
        del items[chance.randrange(4)]
    raw = written(chance, items, 0.1 if kind > 2 else 0)
    return raw + (chance.randbytes(1) if chance.random() < 0.1 else b"")


def spoilt_bytes(world: World) -> bytes:
    """Bytes of a signed record changed."""
    changed = bytearray(cose_of(world, world.chance.choice(world.payloads)))
    for _ in range(world.chance.randint(1, 3)):
        changed[world.chance.randrange(len(changed))] ^= 1 << world.chance.randrange(8)
    return bytes(changed)


def odd_signature(world: World) -> bytes:
    """A signature turned by the arithmetic of its curve, cut, or of another."""
    chance = world.chance
    protected, _, payload, signature = cbor2.loads(cose_of(world, chance.choice(world.payloads)))
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    little = int.from_bytes(signature[32:], "little") + L
    made = chance.choice([
        r + (P256 - s).to_bytes(32, "big") if s < P256 else signature,
        r + (little % 2**256).to_bytes(32, "little"), r + bytes(32), bytes(32) + signature[32:],
        bytes(64), signature[:-1], signature + b"\0", b"\xff" * 32 + signature[32:],
        r + b"\xff" * 32, signature[32:] + r, world.stranger.sign(b""),
        b"\x01" + bytes(63), b"\xed" + b"\xff" * 30 + b"\x7f" + bytes(32),
    ])  # fmt: skip
    return b"\x84" + cbor2.dumps(protected) + b"\xa0" + cbor2.dumps(payload) + cbor2.dumps(made)


def with_torsion(world: World) -> bytes:
    """An Ed25519 signature whose point R has a part of order two: some libraries take it."""
    chance = world.chance
    signer = chance.choice([each for each in world.signers if isinstance(each, Ed25519Signer)])
    return torsioned(signer, chance.choice(world.payloads), chance.randrange(L))


def torsioned(signer: Ed25519Signer, payload: bytes, number: int) -> bytes:
    """Return an envelope signed with the number as secret of R, a point of order two added."""
    protected = algorithms.header_of(signer.alg, signer.kid)
    scalar = int.from_bytes(hashlib.sha512(signer.key.private_bytes_raw()).digest()[:32], "little")
    scalar = scalar & (1 << 254) - 8 | 1 << 254
    x, y = _added(_times(number, BASE), (0, P - 1))
    point = (y | (x & 1) << 255).to_bytes(32, "little")
    message = record.signing_input(protected, payload)
    public = signer.key.public_key().public_bytes_raw()
    digest = int.from_bytes(hashlib.sha512(point + public + message).digest(), "little")
    made = cbor2.dumps(point + ((number + digest * scalar) % L).to_bytes(32, "little"))
    return b"\x84" + cbor2.dumps(protected) + b"\xa0" + cbor2.dumps(payload) + made


def _added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = one, other
    turn = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + turn, -1, P) % P
    return x, (y1 * y2 + x1 * x2) * pow(1 - turn, -1, P) % P


def _times(number: int, point: tuple[int, int]) -> tuple[int, int]:
    found = (0, 1)
    while number:
        if number & 1:
            found = _added(found, point)
        point, number = _added(point, point), number >> 1
    return found


def good(world: World) -> bytes:
    """What was signed in the usual way, or confirmed again."""
    if world.chance.random() < 0.3:
        return world.chance.choice(world.confirmed)
    return cose_of(world, world.chance.choice(world.payloads))


def text_of(world: World, cose: bytes) -> str:
    """Return the text of a record: mostly its digits, else an address or digits in an odd form."""
    chance, digits = world.chance, record.to_digits(cose)
    if chance.random() < 0.8:
        return digits if chance.random() < 0.5 else record.address_head(HOST) + digits
    blank = chance.choice(BLANKS)
    wide = digits.translate({48 + n: 0xFF10 + n for n in range(10)})
    place = chance.randrange(len(digits))
    middle = digits[:place] + chance.choice([blank, "-", "_", "%20", "+", "."]) + digits[place:]
    percent = "".join(f"%{ord(digit):02X}" for digit in digits)
    shown = chance.choice([digits] * 6 + [wide, middle, percent, "0" + digits, "+" + digits, ""])
    host = chance.choice([HOST] * 4 + [*HOSTS, blank + HOST, HOST + blank])
    scheme = chance.choice(["https"] * 4 + SCHEMES)
    form = chance.choice(FORMS)
    made = form.format(scheme=scheme, host=host, digits=shown, blank=blank)
    return chance.choice(["", blank]) + made + chance.choice(["", blank])


KINDS: tuple[Callable[[World], bytes], ...] = (
    odd_fields, unknown_fields, near_fields, oddly_written, no_record, spoilt_payload,
    spoilt_heads,
    odd_header, odd_envelope, spoilt_bytes, odd_signature, with_torsion, good,
)  # fmt: skip


def cases_of(world: World, count: int) -> list[dict[str, Any]]:
    """Return cases, each kind as often as the others."""
    made = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        at = world.chance.choice([LATER, LATER, dt.date(2025, 4, 1), dt.date(2029, 1, 1)])
        cose = kind(world)
        while len(cose) > MOST:
            cose = kind(world)
        text = text_of(world, cose)
        case = {"kind": kind.__name__, "text": text, "at": at.isoformat(), "host": HOST}
        made.append(case)
    return made
