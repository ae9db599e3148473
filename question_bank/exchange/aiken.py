"""Aiken texts: a question, lettered options, a line that names the answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from question_bank.errors import ExchangeError
from question_bank.exchange.drafting import NO_DEFAULTS
from question_bank.exchange.gathering import Gathering, as_true_false, decoded, truth_of
from question_bank.exchange.naming import made_id
from question_bank.exchange.result import MOST_OPTIONS, Defaults, ReadResult
from question_bank.exchange.texts import tidy
from question_bank.item import LETTERS, TRUE_FALSE_OPTIONS, Item, ItemType

_OPTION = re.compile(r"[ \t\u3000]*[(（]?([A-ZＡ-Ｚ])[ \t]?[.)、．）:：][ \t\u3000]*(.*)")
_SMALL = re.compile(r"[ \t\u3000]*([a-z])[)、）][ \t\u3000]*(.*)")
_ANSWER = re.compile(
    r"[ \t\u3000]*(?:ANSWERS?|正确答案|标准答案|参考答案|答案)[ \t]*[:：][ \t]*(.*)", re.IGNORECASE
)
_REASON = re.compile(
    r"[ \t\u3000]*(?:试题解析|答案解析|解析|FEEDBACK)[ \t]*[:：][ \t]*(.*)", re.IGNORECASE
)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BETWEEN = re.compile(r"[\s,，、;；/]+")


@dataclass(slots=True)
class _Question:
    """The lines of one question as they come."""

    line: int = 0
    stem: list[str] = field(default_factory=list)
    options: list[list[str]] = field(default_factory=list)
    labels: list[tuple[str, int]] = field(default_factory=list)
    answer: str | None = None
    answer_line: int = 0
    reason: list[str] = field(default_factory=list)


def read_items(data: bytes, *, defaults: Defaults = NO_DEFAULTS) -> ReadResult:
    """Return the items of an Aiken file, and by line what is wrong with the others.

    Several letters in the answer make a multiple item; no options and an answer such as 正确
    make a true_false one.
    Raises: ExchangeError: not a text, or no question in it.
    """
    gathering = Gathering()
    is_empty = True
    for question in gathering.limited(_questions(tidy(decoded(data)).split("\n"))):
        is_empty = False
        _take(question, defaults, gathering)
    if is_empty:
        raise ExchangeError("file-empty")
    return gathering.result()


def is_aiken(text: str) -> bool:
    """Return whether a text has a line that names an answer below a lettered one."""
    has_option = False
    for line in text.split("\n"):
        if has_option and _ANSWER.match(line):
            return True
        has_option = has_option or _option(line) is not None
    return False


def _option(line: str) -> tuple[str, str] | None:
    found = _OPTION.fullmatch(line) or _SMALL.fullmatch(line)
    if not found:
        return None
    letter = found[1] if found[1].isascii() else unicodedata.normalize("NFKC", found[1])
    return letter.upper(), found[2]


def _questions(lines: list[str]) -> Iterator[_Question]:
    question = _Question()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        reason = _REASON.fullmatch(line) if _has_colon(line) else None
        if reason and question.stem:
            question.reason.append(reason[1])
            continue
        if question.answer is not None:
            yield question
            question = _Question()
        question.line = question.line or number
        _hear(question, line, number)
    if question.line:
        yield question


def _has_colon(line: str) -> bool:
    return ":" in line or "：" in line


def _hear(question: _Question, line: str, number: int) -> None:
    answer = _ANSWER.fullmatch(line) if _has_colon(line) else None
    if answer:
        question.answer, question.answer_line = answer[1].strip(), number
        return
    if len(question.options) > MOST_OPTIONS:
        return  # it will be refused: only its end is looked for
    option = _option(line)
    if option and question.stem:
        question.labels.append((option[0], number))
        question.options.append([option[1].strip()])
    elif question.options:
        question.options[-1].append(line.strip())
    else:
        question.stem.append(line.strip())


def _take(question: _Question, defaults: Defaults, gathering: Gathering) -> None:
    if question.answer is None:
        gathering.refuse(question.line, "answer-line-missing")
        return
    if not question.stem:
        gathering.refuse(question.line, "stem-empty")
        return
    if len(question.options) > MOST_OPTIONS:
        gathering.refuse(question.line, "too-many-options", count=len(question.options))
        return
    for (letter, line), expected in zip(question.labels, LETTERS, strict=False):
        if letter != expected:
            gathering.refuse(line, "options-out-of-order", found=letter, expected=expected)
            return
    kind, options, key = _key(question, gathering)
    if key is None:
        return
    stem = "\n".join(question.stem)
    kind, options, key, _ = as_true_false(kind, options, key)
    item = Item(
        id=made_id(kind, defaults.topic, stem, options),
        type=kind,
        topic=defaults.topic,
        stem=stem,
        options=options,
        key=key,
        industries=defaults.industries,
        categories=defaults.categories,
        level=defaults.level,
        facility=defaults.facility,
        explanation="\n".join(part for part in question.reason if part),
    )
    gathering.take(question.line, item)


def _key(
    question: _Question, gathering: Gathering
) -> tuple[ItemType, tuple[str, ...], frozenset[int] | None]:
    answer = unicodedata.normalize("NFKC", question.answer or "")
    if not question.options:
        truth = truth_of(answer)
        if truth is None:
            gathering.refuse(question.line, "too-few-options", count=0)
            return ItemType.TRUE_FALSE, TRUE_FALSE_OPTIONS, None
        return ItemType.TRUE_FALSE, TRUE_FALSE_OPTIONS, frozenset({0 if truth else 1})
    options = tuple("\n".join(lines) for lines in question.options)
    letters = _BETWEEN.sub("", answer).rstrip(".。").upper()
    kind = ItemType.MULTIPLE if len(letters) > 1 else ItemType.SINGLE
    if not letters:
        gathering.refuse(question.answer_line, "key-empty")
        return kind, options, None
    places = [_ALPHABET.find(letter) for letter in letters[: len(_ALPHABET) + 1]]
    if min(places) < 0 or len(set(places)) < len(places):
        gathering.refuse(question.answer_line, "bad-key", value=answer[:80])
        return kind, options, None
    if max(places) >= len(options):
        gathering.refuse(question.answer_line, "key-not-among-options", index=max(places))
        return kind, options, None
    return kind, options, frozenset(places)
