"""Options in one cell or with their letters: taken apart and bared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from question_bank.item import LETTERS

_STRONG = ("**", "##", "||", "$$", "@@")
_WEAK = ("|", "\n", "；", ";", "$", "#")
_WIDE_GAP = re.compile(r"[ \u3000]{2,}")
_EDGES = " \u3000\n;；|#$*"
_CIRCLED = "①②③④⑤⑥⑦⑧"
_AFTER = r"[ \u3000]*[.。．、:：)）\]】][ \u3000]*"
_SIGNED = {
    letter: re.compile(
        rf"[(（\[【]?[ \u3000]*[{letter}{letter.lower()}{chr(ord(letter) + 0xFEE0)}]{_AFTER}"
    )
    for letter in LETTERS
}
_BARE = {
    letter: re.compile(rf"[{letter}{chr(ord(letter) + 0xFEE0)}][ \u3000]*(?![A-Za-z0-9])")
    for letter in LETTERS
}
_NUMBERED = {
    number: re.compile(rf"[(（]?{number}(?:[、)）．]|\.(?![0-9]))[ \u3000]*")
    for number in range(1, len(LETTERS) + 1)
}
_MOST = 50


def unpack(text: str) -> tuple[str, ...]:
    """Return the options one cell holds, behind separators or letters; one when it holds one."""
    text = text.strip()
    for separator in _STRONG:
        parts = _parted(text, separator)
        if len(parts) > 1:
            return unlabelled(parts)
    for parts in (_by_labels(text), _by_circles(text)):
        if len(parts) > 1:
            return parts
    for separator in _WEAK:
        parts = _parted(text, separator)
        if len(parts) > 1:
            return unlabelled(parts)
    parts = tuple(part for part in _WIDE_GAP.split(text) if part)
    return unlabelled(parts) if len(parts) > 1 else ((text.strip(_EDGES),) if text else ())


def unlabelled(options: Sequence[str]) -> tuple[str, ...]:
    """Return options without the letters or numbers they begin with, if all have their own.

    A bare letter is kept where options would be the same without it (A类火灾, B类火灾).
    """
    texts = tuple(option.strip() for option in options)
    for patterns in (_SIGNED, _NUMBERED):
        found = [
            pattern.match(text) for pattern, text in zip(patterns.values(), texts, strict=False)
        ]
        if len(found) == len(texts) and all(found):
            return tuple(
                text[match.end() :].strip() for match, text in zip(found, texts, strict=True)
                if match
            )  # fmt: skip
    if len(texts) > 1 and all(
        text.startswith(sign) for text, sign in zip(texts, _CIRCLED, strict=False)
    ):
        return tuple(text[1:].strip() for text in texts)
    return _without_bare_letters(texts)


def _without_bare_letters(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 < len(texts) <= len(LETTERS):
        return texts
    found = [pattern.match(text) for pattern, text in zip(_BARE.values(), texts, strict=False)]
    if not all(found):
        return texts
    cut = tuple(text[match.end() :].strip() for match, text in zip(found, texts, strict=True)
                if match)  # fmt: skip
    return cut if all(cut) and len(set(cut)) == len(cut) else texts


def _parted(text: str, separator: str) -> tuple[str, ...]:
    if separator not in text:
        return ()
    parts = [part.strip() for part in text.split(separator)]
    while parts and not parts[-1]:
        parts.pop()
    while parts and not parts[0]:
        parts.pop(0)
    # An empty part in the middle stays: it is an empty option, to be named.
    return tuple(parts) if len(parts) <= _MOST else ()


def _by_labels(text: str) -> tuple[str, ...]:
    """Return what stands between the labels A, B, C … of a text, in their order."""
    first = _SIGNED["A"].match(text)
    if first:
        places = [(0, first.end())]
        for letter in LETTERS[1:]:
            found = _SIGNED[letter].search(text, places[-1][1])
            if not found:
                break
            places.append(found.span())
        if len(places) > 1:
            return _between(text, places)
    return _by_bare_letters(text)


def _by_bare_letters(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKC", text[0]) if text else ""
    if plain != "A":
        return ()
    places = [(0, 1)]
    for letter in LETTERS[1:]:
        pattern = _BARE_AFTER_BLANK[letter]
        found = pattern.search(text, places[-1][1])
        if not found:
            break
        places.append((found.start(), found.end()))
    parts = _between(text, places) if len(places) > 1 else ()
    return parts if all(parts) and len(set(parts)) == len(parts) else ()


_BARE_AFTER_BLANK = {
    letter: re.compile(rf"[\s;；,，][{letter}{chr(ord(letter) + 0xFEE0)}](?![A-Za-z0-9])")
    for letter in LETTERS
}


def _by_circles(text: str) -> tuple[str, ...]:
    places: list[tuple[int, int]] = []
    for sign in _CIRCLED:
        place = text.find(sign, places[-1][1] if places else 0)
        if place < 0:
            break
        places.append((place, place + 1))
    return _between(text, places) if len(places) > 1 and places[0][0] == 0 else ()


def _between(text: str, places: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    ends = [start for start, _ in places[1:]] + [len(text)]
    return tuple(
        text[end:stop].strip(_EDGES + ",，") for (_, end), stop in zip(places, ends, strict=True)
    )
