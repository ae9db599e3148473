"""The reasons of wrong options (错项理由) as people write them: a line each, its letter first."""

from __future__ import annotations

import re

from question_bank.errors import ItemError
from question_bank.item import LETTERS

_LINE = re.compile(r"([A-H])\s*[：:.．、]\s*(.*)")


def rationale_from_letters(text: str, count: int) -> tuple[str, ...]:
    """Return the reasons of so many options from lines such as B：与条文不符.

    Raises: ItemError rationale-not-by-letter: a line without a letter, a letter twice or beyond.
    """
    by_letter: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None or match[1] in by_letter or LETTERS.index(match[1]) >= count:
            raise ItemError("rationale-not-by-letter")
        by_letter[match[1]] = match[2].strip()
    return tuple(by_letter.get(letter, "") for letter in LETTERS[:count])
