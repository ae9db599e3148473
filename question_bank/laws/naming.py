"""Laws and articles as people name them, brought to the names they are held under."""

from __future__ import annotations

import re
import unicodedata

_STATE = "中华人民共和国"
_QUOTED = re.compile("《([^《》]+)》")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMBER = r"[零〇一二两三四五六七八九十百千]{1,9}|[0-9]{1,4}"
_PLACE = re.compile(
    rf"第({_NUMBER})条(?:之({_NUMBER}))?"
    rf"(?:第?[((]?(?:{_NUMBER})[))]?[款项目](?:规定)?[、,和及与或至]?){{0,6}}"
)


def bare_name(law: str) -> str:
    """Return the name of a law without 《》, blanks and 中华人民共和国 before it."""
    plain = "".join(law.split())
    quoted = _QUOTED.fullmatch(plain)
    return (quoted[1] if quoted else plain).removeprefix(_STATE)


def place_of(label: str) -> tuple[int, int] | None:
    """Return the numbers of an article named as 第三条, 第3条 or 第二百八十七条之一, or None.

    Paragraph and item behind it (第二款、第（三）项) are passed over.
    """
    plain = "".join(unicodedata.normalize("NFKC", label).split())
    found = _PLACE.fullmatch(plain)
    if found is None:
        return None
    return _value(found[1]), _value(found[2]) if found[2] else 0


def _value(words: str) -> int:
    if words.isascii():
        return int(words)
    if not any(char in _UNITS for char in words):
        return int("".join(str(_DIGITS[char]) for char in words))
    total, digit = 0, 0
    for char in words:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit
