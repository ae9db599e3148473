"""Laws and articles as people name them, brought to the names they are held under."""

from __future__ import annotations

import re
import unicodedata

from question_bank.numerals import NUMERALS, number_of

_STATE = "中华人民共和国"
_QUOTED = re.compile("《([^《》]+)》")
_NUMBER = rf"[{NUMERALS}]{{1,9}}|[0-9]{{1,4}}"
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
    return int(words) if words.isascii() else number_of(words)
