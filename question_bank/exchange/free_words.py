"""Words of free-form tables for difficulty, law and the other fields an item may carry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from question_bank.errors import ItemError
from question_bank.item import facility_of

_BY_WORD = {
    "很易": "0.90", "极易": "0.95", "容易": "0.85", "简单": "0.85", "易": "0.85", "低": "0.85",
    "较易": "0.80", "较简单": "0.80", "较容易": "0.80", "中": "0.70", "中等": "0.70",
    "一般": "0.70",
    "普通": "0.70", "适中": "0.70", "较难": "0.55", "偏难": "0.55", "中等偏难": "0.60",
    "中等偏易": "0.78", "难": "0.45", "困难": "0.45", "高": "0.45", "很难": "0.35", "极难": "0.30",
}  # fmt: skip
_BY_STEP = {"1": "0.90", "2": "0.80", "3": "0.70", "4": "0.55", "5": "0.40"}
_STARS = re.compile("[★☆⭐]+")
_STEP = re.compile(r"([1-5])(?:级|星|颗星|\.0)?")
_SHARE = re.compile(r"0?\.[0-9]{1,6}|[01](?:\.0{1,6})?|[0-9]{1,3}(?:\.[0-9]{1,4})?%")
_BASIS = re.compile(r"\s*[《〈<]([^》〉>\n]{1,60})[》〉>]\s*(?:[(（][^)）\n]{0,40}[)）])?\s*")
_ARTICLE = re.compile(
    r"(第\s*[零〇一二两三四五六七八九十百千0-9]{1,9}\s*条(?:\s*之[一二三四五六七八九十]{1,3})?)"
    r"[\s，,。；;:：]*"
)
_LONGEST_LAW = 60


@dataclass(frozen=True, slots=True)
class Basis:
    """What an item rests on, as far as one cell says it."""

    law: str = ""
    article: str = ""
    quote: str = ""


def counts_in_steps(values: Iterable[str]) -> bool:
    """Return whether a column of difficulties counts 1 (easy) to 5 rather than shares correct."""
    plain = {unicodedata.normalize("NFKC", value.strip()) for value in values}
    return not any("." in value or value == "0" or "%" in value for value in plain)


def difficulty_of(text: str, *, in_steps: bool) -> Decimal | None:
    """Return the share correct (难度) that a word, a step or a number says; None for others.

    Numbers that a sheet worked out are rounded to four decimals.
    """
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("度")
    plain = plain.removeprefix("难度").strip(" :：")
    if plain in _BY_WORD:
        return Decimal(_BY_WORD[plain])
    if _STARS.fullmatch(plain):
        return _step(str(plain.count("★") + plain.count("⭐")))
    step = _STEP.fullmatch(plain)
    if in_steps and step:
        return _step(step[1])
    if not _SHARE.fullmatch(plain):
        return None
    number = Decimal(plain.rstrip("%"))
    number = number / 100 if plain.endswith("%") else number
    try:
        return facility_of(str(round(number, 4)))
    except ItemError:
        return None


def _step(number: str) -> Decimal | None:
    return Decimal(_BY_STEP[number]) if number in _BY_STEP else None


def basis_of(text: str) -> Basis:
    """Return law, article and quoted words of a cell such as 《安全生产法》第三条：……."""
    found = _BASIS.match(text)
    if not found:
        is_name = len(text) <= _LONGEST_LAW and "\n" not in text
        return Basis(law=text) if is_name else Basis(quote=text)
    law, rest = found[1].strip().removeprefix("中华人民共和国"), text[found.end() :]
    article = _ARTICLE.match(rest)
    if not article:
        return Basis(law=law, quote=rest.strip())
    name = "".join(article[1].split())
    return Basis(law=law, article=name, quote=rest[article.end() :].strip().strip('“”"'))
