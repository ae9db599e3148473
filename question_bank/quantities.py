"""Numbers in Chinese text as values: 30, 三十 and ３０ are one, 50% and 百分之五十 another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

from question_bank.item import Item, ItemType, Problem, problem
from question_bank.numerals import NUMERALS, number_of

_SCALES = {
    "万": Fraction(10**4), "亿": Fraction(10**8), "%": Fraction(1, 100), "‰": Fraction(1, 1000),
}  # fmt: skip
_CHINESE = f"[{NUMERALS}]+"
_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_NUMBER = re.compile(
    rf"(?P<whole>{_CHINESE}|万|\d+)分之(?P<part>{_CHINESE}|\d+(?:\.\d+)?)"
    rf"|(?P<number>{_ARABIC}|{_CHINESE})(?P<scales>[万亿%‰]*)"
)
# Words that hold a numeral and say no number.
_IDIOMS = re.compile(
    "一般|统一|一致|一定|一律|一并|一切|一旦|一经|一线|一些|一直|一样|一贯|一体|一味|一同|一概|一道"
    "|一刀切|一方面|一次性|一氧化|二氧化|三氧化|四氧化|五氧化|进一步|万一|唯一|同一|单一|逐一|一一"
    "|这一|某一|任一|任何一|每一(?!个?[年季月周天日])|另一|哪一|(?<!分)之一|一带|一事"
    "|安全第一|第一责任人|第一时间|第一线|第三人|第三方|第三者"
    "|三同时|三违|三管三必须|三个必须|三级安全教育|一岗双责|五险一金|三防|四不放过|四不伤害"
    "|十分(?!之)|十字|千方百计|百姓|千克|千瓦|千伏|千米|两侧|两端|两旁|两者"
    "|四肢|三角|四周|五金|零件|零部件|零星|零售|万用|万向"
)


def quantities(text: str) -> dict[Fraction, str]:
    """Return value → first wording of each number a text names; "三违" and the like name none."""
    plain = _IDIOMS.sub("·", unicodedata.normalize("NFKC", text))
    found: dict[Fraction, str] = {}
    for value, words in _numbers(plain):
        found.setdefault(value, words)
    return found


def key_numbers(item: Item) -> list[Problem]:
    """Return the numbers of the answer that the quoted words do not name.

    Of single and multiple items the right options are read, and numbers of the stem and its case
    may be repeated; of true_false items a right statement is read.
    """
    allowed = set(quantities(item.quote))
    if item.item_set:
        allowed |= set(quantities(item.item_set.stem))
    if item.type is ItemType.TRUE_FALSE:
        answers = [item.stem] if 0 in item.key else []
    else:
        allowed |= set(quantities(item.stem))
        answers = [text for index, text in enumerate(item.options) if index in item.key]
    named = {value: words for text in answers for value, words in quantities(text).items()}
    return [
        problem("key-number-not-quoted", number=words)
        for value, words in named.items()
        if value not in allowed
    ]


def _numbers(text: str) -> Iterator[tuple[Fraction, str]]:
    for match in _NUMBER.finditer(text):
        if match["whole"]:
            whole, part = _value(match["whole"]), _value(match["part"])
            if whole:
                yield part / whole, match.group()
            continue
        value = _value(match["number"])
        for scale in match["scales"]:
            value *= _SCALES[scale]
        yield value, match.group()


def _value(words: str) -> Fraction:
    if words == "万":
        return Fraction(10**4)
    if words[0] in NUMERALS:
        return Fraction(number_of(words))
    return Fraction(words.replace(",", ""))
