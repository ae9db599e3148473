"""Mutated files for every reader: named errors only, no hang, nothing written.

Run for long: ``python -m tests.question_bank.exchange.fuzzing --minutes 10 [format …]``.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import signal
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from question_bank import load_content
from question_bank.errors import BankError
from question_bank.exchange import formats
from question_bank.exchange.formats import Format

FIXTURES = Path(__file__).parent / "fixtures"
SLOWEST_SECONDS = 2.0
BIGGEST = 200_000
ENDINGS = {
    Format.XLSX: "xlsx",
    Format.CSV: "csv",
    Format.GIFT: "gift",
    Format.AIKEN: "txt",
    Format.MOODLE_XML: "xml",
    Format.QTI: "xml",
}
TOKENS = (
    "<![CDATA[", "]]>", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "&b;", "&#0;", "&#x110000;", "<p>",
    "</p>", "{", "}", "~", "=", "#", "\\", "::", "%50%", "->", "ANSWER: ", "A.", "**", "##",
    "题干", "答案", "选项A", "\ufeff", "\x00", "\r\n", "\t", '"', "'", ",", "=cmd()", "９９９",
    "../../etc/passwd", "C:\\x", "🀄", "𠮷", "\u202e", "(" * 50, "[" * 50, "A" * 3000, "-1",
    "1e309", "NaN",
)  # fmt: skip
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.symlink",
    "os.link",
    "os.truncate",
}


class Hang(Exception):
    """A reader took more CPU time than it may."""


class Wrote(Exception):
    """A reader touched the file system."""


_watching = False


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES
    if opened or event in _CHANGES or event in {"socket.connect", "subprocess.Popen"}:
        raise Wrote(f"{event} {arguments[:1]!r}")


sys.addaudithook(_audit)


@contextmanager
def watched() -> Iterator[None]:
    """Fail on a hang and on anything written."""
    global _watching

    def late(number: int, frame: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SLOWEST_SECONDS)
    _watching = True
    try:
        yield
    finally:
        _watching = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def seeds(kind: Format) -> list[bytes]:
    """Return good files of a format: the fixtures of that kind and our own exports."""
    endings = {Format.QTI: (".xml", ".zip"), Format.MOODLE_XML: (".xml",)}
    wanted = endings.get(kind, (f".{ENDINGS[kind]}",))
    found = [
        path.read_bytes()
        for path in sorted(FIXTURES.rglob("*"))
        if path.suffix in wanted and path.stat().st_size < BIGGEST
    ]
    if kind in {Format.XLSX, Format.MOODLE_XML, Format.QTI, Format.GIFT}:
        items = load_content()
        found += [formats.write(items[at : at + 3], kind).data for at in (0, 60, 200)]
    if kind is Format.CSV:
        found.append(
            "题型,题干,选项A,选项B,答案,知识点\n单选题,问（  ）,甲,乙,A,A.4.1\n".encode("gb18030")
        )
        found.append("题目|选项|答案\n是非,对**错,对\n".replace("|", ",").encode())
    if kind is Format.AIKEN:
        found.append("问题？\nA. 甲\nB. 乙\nANSWER: A\n\n又一题\nA) 丙\nB) 丁\n答案：B\n".encode())
    return found


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return the data with a few things changed; inside a ZIP, one entry as often as the whole."""
    if data.startswith(b"PK") and chance.random() < 0.7:
        return _mutated_zip(data, chance)
    for _ in range(chance.randint(1, 6)):
        data = chance.choice(CHANGES)(data, chance)
    return data[:BIGGEST]


def _mutated_zip(data: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        entries = [(info.filename, package.read(info)) for info in package.infolist()]
    place = chance.randrange(len(entries))
    name, content = entries[place]
    if chance.random() < 0.2:
        name = chance.choice(("../x.xml", "/etc/x", "a\\b.xml", "题 & 目.xml", "", "x/" * 80))
    entries[place] = (name, mutated(content, chance))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for entry, content in entries:
            package.writestr(entry or "x", content)
    return made.getvalue()


def _flip(data: bytes, chance: random.Random) -> bytes:
    if not data:
        return b"x"
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    low, high = sorted(chance.choices(range(len(data) + 1), k=2))
    return data[:low] + data[high:]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    low, high = sorted(chance.choices(range(len(data) + 1), k=2))
    return data[:high] + data[low:high][:2000] * chance.randint(1, 20) + data[high:]


def _insert(data: bytes, chance: random.Random) -> bytes:
    place = chance.randint(0, len(data))
    return data[:place] + chance.choice(TOKENS).encode() + data[place:]


def _nest(data: bytes, chance: random.Random) -> bytes:
    depth, token = chance.choice((10, 300, 5000)), chance.choice(("<p>", "<b>", "{", "[", "("))
    place = chance.randint(0, len(data))
    return data[:place] + token.encode() * depth + data[place:]


def _recode(data: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "gb18030", "utf-8-sig", "utf-32")), "replace")


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip, _flip, _cut, _repeat, _insert, _insert, _insert, _nest, _recode,
)  # fmt: skip


def try_one(kind: Format, data: bytes) -> None:
    """Read one file; a named error is an answer. Raises: whatever else comes out."""
    ending = "zip" if kind is Format.QTI and data.startswith(b"PK") else ENDINGS[kind]
    with watched():
        try:
            formats.read(data, f"items.{ending}", format=kind)
        except BankError as error:
            if not error.code:
                raise


def fuzz(kind: Format, *, seconds: float = 0, tries: int = 0, seed: int = 1) -> int:
    """Try mutated files for a time or a number of times; return how many were tried."""
    chance = random.Random(f"{kind}:{seed}")
    good = seeds(kind)
    for data in good:
        try_one(kind, data)
    until, count = time.monotonic() + seconds, 0
    while count < tries or time.monotonic() < until:
        data = mutated(chance.choice(good), chance)
        try:
            try_one(kind, data)
        except Exception:
            place = Path(f"fuzz-{kind}-{seed}-{count}.bin")
            place.write_bytes(data)
            sys.stderr.write(f"{place}\n")
            raise
        count += 1
    return count


def main() -> None:
    """Fuzz the readers named, or all, for so many minutes each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", type=Format, default=list(Format))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    for kind in given.formats:
        count = fuzz(kind, seconds=given.minutes * 60, seed=given.seed)
        sys.stdout.write(f"{kind}: {count} files, seed {given.seed}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
