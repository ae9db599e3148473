"""Values a key holder might sign, and odd ways to write them as CBOR."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass
from typing import Any

EDGES = [0, 1, 9, 10, 23, 24, 255, 256, 1000, 1001, 1002, 65535, 65536, 2**31, 2**32 - 1, 2**32]
EDGES += [2**53 - 1, 2**53, 2**53 + 1, 2**63, 2**64 - 1, 2932896, 2932897, 20179, 230700]
WORDS = [
    "", "a", "张三", "e\u0301", "é", "\ufeff张", "张\u200b", "\u0000", "\u212b", "Å", "\uac00",
    "\u1100\u1161", "\U0002f800", "丽", "𬭎㛃", "\U0001f004", "0", "a" * 24, "a" * 25, "张" * 60,
    "张" * 61, "𬭎" * 60, "q\u0323\u0307", "q\u0307\u0323", "\u0344", "\ufb1d", "\u2126", "１",
]  # fmt: skip


@dataclass(frozen=True)
class Raw:
    """Bytes that stand in a structure as they are."""

    content: bytes


def head(chance: random.Random, kind: int, number: int, oddness: float) -> bytes:
    """Return the head of an item; with some oddness longer than it need be."""
    widths = [width for width in (0, 1, 2, 4, 8) if number < (24 if width == 0 else 256**width)]
    width = chance.choice(widths) if chance.random() < oddness else widths[0]
    if width == 0:
        return bytes([kind << 5 | number])
    return bytes([kind << 5 | 23 + width.bit_length()]) + number.to_bytes(width, "big")


def written(chance: random.Random, value: Any, oddness: float) -> bytes:
    """Return a value as CBOR, each part of it written in another way with a chance."""
    if isinstance(value, Raw):
        return value.content
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        kind = 0 if value >= 0 else 1
        return head(chance, kind, value if value >= 0 else -1 - value, oddness)
    if isinstance(value, str | bytes):
        kind = 3 if isinstance(value, str) else 2
        raw = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        if chance.random() < oddness / 4:
            piece = head(chance, kind, len(raw), 0) + raw
            return bytes([kind << 5 | 31]) + piece + b"\xff"
        return head(chance, kind, len(raw), oddness) + raw
    pairs = [(written(chance, key, oddness), held) for key, held in _pairs(value)]
    if isinstance(value, dict) and chance.random() >= oddness:
        pairs.sort(key=lambda pair: pair[0])
    items = [key + written(chance, held, oddness) for key, held in pairs]
    kind = 5 if isinstance(value, dict) else 4
    if chance.random() < oddness / 4:
        return bytes([kind << 5 | 31]) + b"".join(items) + b"\xff"
    return head(chance, kind, len(items), oddness) + b"".join(items)


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return [(Raw(b""), held) for held in value]


def odd_value(chance: random.Random, depth: int = 0) -> Any:
    """Return some value: edges of numbers, texts, simple values, tags, floats, nests."""
    kind = chance.randrange(12 if depth < 5 else 6)
    if kind == 0:
        return chance.choice(EDGES)
    if kind == 1:
        return -1 - chance.choice(EDGES)
    if kind == 2:
        return chance.choice(WORDS)
    if kind == 3:
        return chance.randbytes(chance.choice([0, 1, 8, 24, 64]))
    if kind == 4:
        return chance.random() < 0.5
    if kind == 5:
        return Raw(odd_bytes(chance))
    if kind == 6:
        return Raw(bytes([0xC0 | chance.randrange(29)]) + written(chance, chance.choice(WORDS), 0))
    if kind < 9:
        return [odd_value(chance, depth + 1) for _ in range(chance.randrange(3))]
    made: dict[Any, Any] = {}
    for _ in range(chance.randrange(3)):
        made[as_key(odd_value(chance, depth + 1))] = odd_value(chance, depth + 1)
    return made


def as_key(value: Any) -> Any:
    return Raw(written(random.Random(1), value, 0)) if isinstance(value, list | dict) else value


def odd_bytes(chance: random.Random) -> bytes:
    """Return one item written by hand: floats, simple values, bad text, tags, broken heads."""
    number = chance.choice([0.0, -0.0, 1.0, 24.0, 1.5, float("nan"), float("inf"), 1e300, 2.0**64])
    small = number if abs(number) < 60000 or number != number else 1.0
    return chance.choice([
        b"\xf6", b"\xf7", b"\xf8\x14", b"\xf8\x15", b"\xf8\x20", b"\xf8\xff", b"\xe0", b"\xf3",
        b"\xf9" + struct.pack(">e", small), b"\xfa" + struct.pack(">f", min(number, 1e30)),
        b"\xfb" + struct.pack(">d", number), b"\xf9\x7e\x00", b"\xf9\x7e\x01", b"\xff", b"\xfc",
        b"\x61\xff", b"\x63\xed\xa0\x80", b"\x62\xc0\x80", b"\x64\xf5\x80\x80\x80", b"\x1c",
        b"\x3f", b"\x1f", b"\x5f\xff", b"\x7f\xff", b"\x9f\xff", b"\xbf\xff", b"\x5f\x41\x01\xff",
        b"\xc2\x41\x01", b"\xc2\x49\x01" + bytes(8), b"\xc3\x40", b"\xc2\x48" + b"\xff" * 8,
        b"\xd8\x1c\x80", b"\xd8\x1d\x00", b"\xd8\x1c\x81\xd8\x1d\x00", b"\xd9\x01\x00\x61\x61",
        b"\xd9\x01\x02\x80", b"\xd8\x20\x61a", b"\xd8\x24\x61a", b"\xc4\x82\x00\x01",
        b"\xd8\x1e\x82\x01\x02", b"\xd8\x25\x50" + bytes(16), b"\x9b" + b"\xff" * 8,
        b"\xbb" + b"\xff" * 8, b"\x5b" + b"\xff" * 8, b"\x7b\x7f" + b"\xff" * 7,
        b"\x9a" + b"\xff" * 4,
        b"\xa2\x01\x00\x01\x00", b"\xa2\x00\x00\xf4\x00", b"\xa2\x01\x00\xf5\x00", b"\xa1\xf5\x00",
        b"\xa2\x20\x00\x18\x64\x00", b"\xa2\x18\x64\x00\x20\x00", b"\xa2\x60\x00\x01\x00",
        b"\xa2\x61a\x00\x60\x00", b"\xa2\x61b\x00\x62aa\x00", b"\xa1\x80\x00", b"\xa1\xa0\x00",
        b"\xa1\x40\x00", b"\xa2\x40\x00\x60\x00", b"\x81" * 6 + b"\x00", b"\xa1\x00" * 5 + b"\x00",
        b"\xa1\xf9\x3c\x00\x00", b"\xa2\x01\x00\xf9\x3c\x00\x00", b"\xa1\xf6\x00", b"\xa0", b"\x80",
    ])  # fmt: skip


def allowed_value(chance: random.Random, depth: int = 1) -> Any:
    """Return a value of the kinds an unknown field may hold, now and then with a key too odd."""
    kind = chance.randrange(7 if depth < 5 else 5)
    if kind == 5:
        return [allowed_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 6:
        keys = [chance.choice([*EDGES, *WORDS, *(-1 - edge for edge in EDGES)]) for _ in range(3)]
        made: dict[Any, Any] = {key: allowed_value(chance, depth + 1) for key in keys}
        if chance.random() < 0.2:
            made[chance.choice([Raw(b"\xf4"), Raw(b"\xf5"), b"", b"a", Raw(b"\x80")])] = 0
        return made
    plain = [chance.choice(EDGES), -1 - chance.choice(EDGES), chance.choice(WORDS), b"a", True]
    return plain[kind]
