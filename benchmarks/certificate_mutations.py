"""Certificates changed at random: none may be accepted that is not byte by byte a signed one.

Run from the repository's folder: ``python -m benchmarks.certificate_mutations [--count N]``.
Exits 1 where one is accepted. What a signature gains when it is made anew over the same bytes is
no forgery: a mutant counts as accepted when its text differs and its verdict is not refused.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable

import cbor2

from benchmarks.certificate_record import HOST, LATER, RECORDS
from exam_app.certificates import algorithms, record
from exam_app.certificates.algorithms import OwnSigner
from exam_app.certificates.fields import encode
from exam_app.certificates.keys import KeySet, PublicKey
from exam_app.certificates.terms import VerdictState

Mutation = Callable[[str, random.Random], str]


class World:
    """Signers with their key set, and certificates they signed."""

    def __init__(self, chance: random.Random, people: int = 40) -> None:
        self.signers: list[OwnSigner] = [
            algorithms.generated(name) for name in ("ed25519", "es256") for _ in range(2)
        ]
        self.stranger = algorithms.generated("ed25519")
        keys = [PublicKey(each.kid, algorithms.public_of(each)) for each in self.signers]
        self.keys = KeySet.of(keys)
        payloads = [encode(stated) for stated in chance.sample(RECORDS, people)]
        self.signed = [record.sign(each, chance.choice(self.signers)) for each in payloads]
        self.texts = {record.to_digits(each) for each in self.signed}

    def parts(self, chance: random.Random) -> list[bytes]:
        """Return header, payload and signature of one certificate."""
        protected, _, payload, signature = cbor2.loads(chance.choice(self.signed))
        return [protected, payload, signature]


def flipped_bits(world: World, chance: random.Random) -> str:
    changed = bytearray(chance.choice(world.signed))
    for _ in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return record.to_digits(bytes(changed))


def changed_bytes(world: World, chance: random.Random) -> str:
    changed = bytearray(chance.choice(world.signed))
    place = chance.randrange(len(changed))
    kind = chance.randrange(3)
    if kind == 0:
        del changed[place : place + chance.randint(1, 4)]
    elif kind == 1:
        changed[place:place] = chance.randbytes(chance.randint(1, 4))
    else:
        changed[place : place + 4] = chance.randbytes(4)
    return record.to_digits(bytes(changed))


def changed_digits(world: World, chance: random.Random) -> str:
    digits = list(record.to_digits(chance.choice(world.signed)))
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(digits))
        kind = chance.randrange(3)
        if kind == 0:
            digits[place] = chance.choice("0123456789")
        elif kind == 1:
            digits.insert(place, chance.choice("0123456789０x-"))
        else:
            del digits[place]
    return "".join(digits)


def written_otherwise(world: World, chance: random.Random) -> str:
    """The same content in another CBOR: long heads, indefinite lengths, tags, more items."""
    protected, payload, signature = world.parts(chance)
    whole = cbor2.dumps([protected, {}, payload, signature])
    fields = cbor2.loads(payload)
    backwards = cbor2.dumps(dict(reversed(fields.items())))
    floats = cbor2.dumps({**fields, 10: float(fields[10])})
    forms = [
        b"\x98\x04" + whole[1:],
        b"\x9f" + whole[1:] + b"\xff",
        b"\xd2" + whole,
        b"\xd8\x12" + whole,
        whole + chance.randbytes(1),
        cbor2.dumps([protected, {chance.randint(1, 9): 1}, payload, signature]),
        cbor2.dumps([protected, None, payload, signature]),
        cbor2.dumps([bytearray(protected), {}, [payload], signature]),
        cbor2.dumps([protected, {}, backwards, signature]),
        cbor2.dumps([protected, {}, floats, signature]),
        cbor2.dumps([protected, {}, b"\xbf" + payload[1:] + b"\xff", signature]),
        cbor2.dumps([protected, {}, b"\xb8\x0e" + payload[1:], signature]),
        cbor2.dumps([b"\xbf" + protected[1:] + b"\xff", {}, payload, signature]),
        cbor2.dumps({0: protected, 1: {}, 2: payload, 3: signature}),
    ]
    return record.to_digits(chance.choice(forms))


def swapped_parts(world: World, chance: random.Random) -> str:
    """Header, payload or signature of another certificate."""
    one, other = world.parts(chance), world.parts(chance)
    place = chance.randrange(3)
    one[place] = other[place]
    return record.to_digits(cbor2.dumps([one[0], {}, one[1], one[2]]))


def unknown_key(world: World, chance: random.Random) -> str:
    """Signed by a stranger, under its own header or that of a known key."""
    protected, payload, _ = world.parts(chance)
    if chance.random() < 0.5:
        protected = algorithms.header_of(world.stranger.alg, world.stranger.kid)
    signature = world.stranger.sign(record.signing_input(protected, payload))
    return record.to_digits(cbor2.dumps([protected, {}, payload, signature]))


def other_header(world: World, chance: random.Random) -> str:
    """Another algorithm, key id or more under a signature that holds for what stands there."""
    _, payload, _ = world.parts(chance)
    signer, other = chance.sample(world.signers, 2)
    header: dict[object, object] = {1: signer.alg, 4: bytes.fromhex(signer.kid)}
    kind = chance.randrange(4)
    if kind == 0:
        header[1] = chance.choice([-65537, -37, 0, 5, True, "EdDSA", [], {}])
    elif kind == 1:
        header[4] = bytes.fromhex(other.kid)
    elif kind == 2:
        header[chance.choice([2, 3, 5, "x"])] = 1
    else:
        header[4] = header[4][: chance.randrange(8)]  # type: ignore[index]
    protected = cbor2.dumps(header)
    signature = signer.sign(record.signing_input(protected, payload))
    return record.to_digits(cbor2.dumps([protected, {}, payload, signature]))


def twin_signature(world: World, chance: random.Random) -> str:
    """A signature changed by the arithmetic of its curve: the other s, s + order, zeros."""
    protected, payload, signature = world.parts(chance)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    order = chance.choice([P256, ED25519_ORDER])
    pairs = [(r, (order - s) % 2**256), (r, (s + order) % 2**256), (0, s), (r, 0), (s, r), (0, 0)]
    first, second = chance.choice(pairs)
    changed = first.to_bytes(32, "big") + second.to_bytes(32, "big")
    if chance.random() < 0.3:  # little-endian s of Ed25519
        low = (int.from_bytes(signature[32:], "little") + ED25519_ORDER) % 2**256
        changed = signature[:32] + low.to_bytes(32, "little")
    return record.to_digits(cbor2.dumps([protected, {}, payload, changed]))


P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
KINDS = (
    flipped_bits,
    changed_bytes,
    changed_digits,
    written_otherwise,
    swapped_parts,
    unknown_key,
    other_header,
    twin_signature,
)


def run(count: int, seed: int) -> tuple[Counter[str], Counter[str], list[str]]:
    """Return tries by kind, refusals by reason, and every mutant that was accepted."""
    chance = random.Random(seed)
    world = World(chance)
    tried: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    accepted = []
    while tried.total() < count:
        kind = KINDS[tried.total() % len(KINDS)]
        text = kind(world, chance)
        if text in world.texts:
            continue
        tried[kind.__name__] += 1
        verdict = record.verify(text, world.keys, at=LATER, host=HOST)
        if verdict.state is VerdictState.REFUSED and verdict.record is None:
            reasons[verdict.reasons[0].value] += 1
        else:
            accepted.append(f"{kind.__name__} {text}")
    return tried, reasons, accepted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20250401)
    asked = parser.parse_args()
    tried, reasons, accepted = run(asked.count, asked.seed)
    for name, number in tried.items():
        print(f"{name:22}{number:8}")
    for name, number in reasons.most_common():
        print(f"  refused: {name:22}{number:8}")
    print(f"{tried.total()} mutants, {len(accepted)} accepted")
    for line in accepted[:20]:
        print(line)
    sys.exit(1 if accepted else 0)


if __name__ == "__main__":
    main()
