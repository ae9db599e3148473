"""Chinese numerals (中文数字) as numbers."""

from __future__ import annotations

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}
NUMERALS = "".join((*DIGITS, *UNITS))
"""The characters a number below 万 is written in."""


def number_of(words: str) -> int:
    """Return the number below 万 that numerals name: 二十三, 二〇二六, 百."""
    if not any(char in UNITS for char in words):
        return int("".join(str(DIGITS[char]) for char in words))
    total, digit = 0, 0
    for char in words:
        if char in UNITS:
            total += (digit or 1) * UNITS[char]
            digit = 0
        else:
            digit = DIGITS[char]
    return total + digit
