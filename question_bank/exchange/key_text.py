"""Keys as people type them: letters, numbers, words of truth, the text of an option."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from question_bank.errors import ItemError
from question_bank.exchange.gathering import truth_of
from question_bank.item import LETTERS, ItemType
from question_bank.laws import squeeze

_BETWEEN = re.compile(r"[\s,，、;；/|.。·+&和及与]+")
_TEXTS_APART = ("\n", "；", ";", "|", "**", "##", "、", "，", ",")
_START = re.compile(r"(?:正确|标准|参考)?答案(?:是|为)?[:：]\s*|(?:故)?选[:：]?\s*(?=[A-H])")
_LABELLED = re.compile(r"[(（]?([A-H])[.．、:：)）]\s*(.{1,2000})", re.DOTALL)
_IN_STEM = re.compile(
    r"[(（][ \t_\u3000]{0,20}((?:[A-HＡ-Ｈ][、,， ]?){1,8}|[√×✓✗]|对|错|正确|错误)"
    r"[ \t_\u3000]{0,20}[)）]"
)
_TRUE_PLACES = {"1": 0, "0": 1, "2": 1, "A": 0, "B": 1}
_TRUE_WORDS = {"对的": True, "不对": False, "错的": False, "错误的": False, "正确的": True,
               "说法正确": True, "说法错误": False, "R": True, "W": False, "✘": False, "☑": True,
               "否定": False, "肯定": True}  # fmt: skip
GAP = "（　）"


def truth(text: str, options: Sequence[str] = ()) -> int | None:
    """Return 0 for a key that says 正确 and 1 for one that says 错误; None for anything else.

    A letter names an option where there are two that say it, else A and 1 are 正确, B and 0 错误.
    """
    plain = _plain(text)
    said = _TRUE_WORDS.get(plain, truth_of(plain))
    if said is not None and plain not in LETTERS:
        return 0 if said else 1
    meanings = [truth_of(option) for option in options]
    if len(meanings) == 2 and plain in {"A", "B"} and None not in meanings:
        return 0 if meanings["AB".index(plain)] else 1
    if said is not None:
        return 0 if said else 1
    return _TRUE_PLACES.get(plain)


def key_of(text: str, kind: ItemType | None, options: Sequence[str]) -> frozenset[int]:
    """Return the option indexes a key names, for a single or multiple item or one not yet known.

    Raises: ItemError: bad-key, key-not-among-options, or key-ambiguous when it can be read two
        ways.
    """
    plain = _plain(text)
    letters = _by_letters(plain)
    if letters and max(letters) < len(options) and min(map(len, options)) > len(text):
        return letters
    readings = [
        reading for reading in (_by_texts(text, options), letters, _by_numbers(plain)) if reading
    ]
    held = [each for each in readings if max(each) < len(options)]
    if not readings:
        raise ItemError("bad-key", value=text[:80])
    if not held:
        raise ItemError("key-not-among-options", index=max(readings[0]))
    suiting = [each for each in held if _suits(each, kind)] or held[:1]
    if len(set(suiting)) > 1:
        raise ItemError("key-ambiguous", value=text[:80])
    return suiting[0]


def key_in_stem(stem: str) -> tuple[str, str] | None:
    """Return the key that stands in brackets in a stem, and the stem without it."""
    found = list(_IN_STEM.finditer(stem))
    if len(found) != 1:
        return None
    start, end = found[0].span()
    return found[0][1], f"{stem[:start]}{GAP}{stem[end:]}"


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    return _START.sub("", plain, count=1).strip(" .。,;()[]【】\"'“”")


def _suits(reading: frozenset[int], kind: ItemType | None) -> bool:
    if kind is ItemType.SINGLE:
        return len(reading) == 1
    return kind is None or len(reading) > 1


def _by_letters(plain: str) -> frozenset[int]:
    letters = _BETWEEN.sub("", plain)
    if letters and letters.isascii() and letters.isalpha() and len(letters) <= len(LETTERS):
        places = frozenset(ord(letter) - ord("A") for letter in letters)
        return places if len(places) == len(letters) else frozenset()
    return frozenset()


def _by_numbers(plain: str) -> frozenset[int]:
    numbers = _BETWEEN.sub("", plain)
    if numbers and len(numbers) <= len(LETTERS) and all(each in "12345678" for each in numbers):
        places = frozenset(int(number) - 1 for number in numbers)
        return places if len(places) == len(numbers) else frozenset()
    return frozenset()


def _by_texts(text: str, options: Sequence[str]) -> frozenset[int]:
    by_text = {_same(option): place for place, option in reversed(list(enumerate(options)))}
    if _same(text) in by_text:
        return frozenset({by_text[_same(text)]})
    labelled = _LABELLED.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if labelled:
        place = LETTERS.index(labelled[1])
        if place < len(options) and _same(labelled[2]) == _same(options[place]):
            return frozenset({place})
    for separator in _TEXTS_APART:
        parts = [_same(part) for part in text.split(separator) if part.strip()]
        if 1 < len(parts) <= len(LETTERS) and all(part in by_text for part in parts):
            return frozenset(by_text[part] for part in parts)
    return frozenset()


def _same(text: str) -> str:
    return squeeze(unicodedata.normalize("NFKC", text)).rstrip("。.;；")
