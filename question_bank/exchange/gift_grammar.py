"""GIFT texts as questions of any kind, held or not: the grammar and nothing else."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from question_bank.exchange.result import MOST_OPTIONS

_LINE_END = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"[ \t]*//")
_CATEGORY = re.compile(r"[ \t]*\$CATEGORY:[ \t]*(.*)", re.IGNORECASE)
_FORMAT = re.compile(r"[ \t\n]*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_TRUTH = re.compile(r"[ \t\n]*(TRUE|FALSE|T|F)[ \t\n]*(?=#|$)", re.IGNORECASE)
_WEIGHT = re.compile(r"[ \t\n]*%(-?[0-9]{1,3}(?:\.[0-9]{0,9})?)%")
_NUMBER = r"[ \t]*(-?[0-9]{1,18}(?:\.[0-9]{0,18})?)[ \t]*"
_RANGE = re.compile(f"{_NUMBER}:{_NUMBER}")
_HIGH_LOW = re.compile(rf"{_NUMBER}\.\.{_NUMBER}")
_SIMPLE = re.compile(_NUMBER)
_ID = re.compile(r"\[id:((?:\\.|[^\]\\]){1,255})\]")
_TAG = re.compile(r"\[tag:((?:\\.|[^\]\\]){1,255})\]")
_EXTRA = re.compile(r"[ \t]*//[ \t]*exam-item:[ \t]*(.*)")
_SIGNS = frozenset("~=#{}:\\")
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_ANSWER_STARTS = re.compile(r"\\.|[=~]", re.DOTALL)
_MOST_COMMENTS, _LONGEST_NAME = 100, 4_000
_GAP = " _____ "


class GiftFault(Exception):
    """A question that is no GIFT: the code, and the line it stands in."""

    def __init__(self, code: str, line: int) -> None:
        """Keep the code and the line."""
        self.code = code
        self.line = line
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class GiftText:
    """A text with the format it is marked with: moodle, html, plain or markdown."""

    format: str
    text: str


@dataclass(frozen=True, slots=True)
class GiftChoice:
    """One answer: "=" (right) or "~", its weight in percent where one is written."""

    is_right: bool
    weight: float | None
    text: GiftText | dict[str, Any]
    feedback: GiftText | None


@dataclass(frozen=True, slots=True)
class GiftQuestion:
    """One question of a GIFT text.

    `kind`: MC, TF, Short, Numerical, Matching, Essay, Description or Category. `first_feedback`
    of a true/false question is that of the wrong answer. `extra` is the text of our own comment.
    """

    kind: str
    line: int
    title: str | None
    stem: GiftText
    has_embedded: bool = False
    global_feedback: GiftText | None = None
    choices: tuple[GiftChoice, ...] = ()
    number: dict[str, Any] | None = None
    pairs: tuple[tuple[GiftText, str], ...] = ()
    is_true: bool = False
    first_feedback: GiftText | None = None
    second_feedback: GiftText | None = None
    id: str | None = None
    tags: tuple[str, ...] = ()
    extra: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of one question, comments taken out."""

    line: int
    text: str
    comments: tuple[str, ...]


def questions(text: str) -> Iterator[GiftQuestion | GiftFault]:
    """Yield the questions of a text, and a fault for each that cannot be read."""
    for block in _blocks(text):
        try:
            yield _question(block)
        except GiftFault as fault:
            yield fault


def unescape(raw: str) -> str:
    r"""Return a written text as it is meant: line breaks in it are blanks, ``\n`` is one."""
    lines = [line.strip(" \t") for line in raw.split("\n")]
    return _ESCAPED.sub(_meant, " ".join(line for line in lines if line))


def _meant(escaped: re.Match[str]) -> str:
    following = escaped[1]
    if following == "n":
        return "\n"
    return following if following in _SIGNS else escaped[0]


def _blocks(text: str) -> Iterator[_Block]:
    lines: list[str] = []
    comments: deque[str] = deque(maxlen=_MOST_COMMENTS)
    start = 0
    for number, line in enumerate([*_LINE_END.split(text.removeprefix("\ufeff")), ""], start=1):
        if not line.strip(" \t"):
            if lines:
                yield _Block(start, "\n".join(lines), tuple(comments))
                lines, start = [], 0
                comments.clear()
        elif _COMMENT.match(line):
            comments.append(line)
        elif not lines and _CATEGORY.fullmatch(line):
            yield _Block(number, line, tuple(comments))
            comments.clear()
        else:
            start = start or number
            lines.append(line)


def _question(block: _Block) -> GiftQuestion:
    category = _CATEGORY.fullmatch(block.text)
    if category:
        return GiftQuestion("Category", block.line, category[1].strip(), GiftText("moodle", ""))
    text, title = block.text.lstrip(" \t"), None
    if text.startswith("::"):
        end = _find(text, "::", 2)
        if end < 0:
            raise GiftFault("gift-title-open", block.line)
        title, text = unescape(text[2:end]), text[end + 2 :]
    mark = _FORMAT.match(text)
    kind = mark[1].lower() if mark else "moodle"
    text = text[mark.end() :] if mark else text
    opening, closing = _find(text, "{"), _find(text, "}")
    if opening < 0:
        if closing >= 0:
            raise GiftFault("gift-brace-alone", block.line)
        return _named(block, GiftQuestion("Description", block.line, title, _text(text, kind)))
    line = block.line + block.text[: len(block.text) - len(text) + opening].count("\n")
    if closing < opening:
        raise GiftFault("gift-answers-open", line)
    before, answers, after = text[:opening], text[opening + 1 : closing], text[closing + 1 :]
    if _find(answers, "{") >= 0 or _find(after, "{") >= 0 or _find(after, "}") >= 0:
        raise GiftFault("gift-answers-twice", line)
    read = _Answers(answers, kind, line).read()
    stem, embedded = unescape(before), bool(after.strip(" \t\n")) and read.kind != "Essay"
    if after.strip(" \t\n"):
        stem = f"{stem}{_GAP}{unescape(after)}" if embedded else f"{stem} {unescape(after)}"
    return _named(block, _with(read, title, GiftText(kind, stem), embedded, block.line))


def _with(
    read: GiftQuestion, title: str | None, stem: GiftText, embedded: bool, line: int
) -> GiftQuestion:
    return GiftQuestion(
        read.kind, line, title, stem, embedded, read.global_feedback, read.choices, read.number,
        read.pairs, read.is_true, read.first_feedback, read.second_feedback,
    )  # fmt: skip


def _named(block: _Block, question: GiftQuestion) -> GiftQuestion:
    """Return the question with what the comments above it say: id, tags, our own fields."""
    name, tags, extra = None, [], ""
    for comment in block.comments:
        own = _EXTRA.fullmatch(comment)
        if own:
            extra = own[1]
            continue
        found = _ID.search(comment, 0, _LONGEST_NAME)
        name = found[1].replace("\\]", "]") if found else name
        tags += [tag.replace("\\]", "]") for tag in _TAG.findall(comment, 0, _LONGEST_NAME)]
    return GiftQuestion(
        question.kind, question.line, question.title, question.stem, question.has_embedded,
        question.global_feedback, question.choices, question.number, question.pairs,
        question.is_true, question.first_feedback, question.second_feedback,
        name, tuple(tags), extra,
    )  # fmt: skip


class _Answers:
    """Reads what stands between the braces."""

    def __init__(self, text: str, text_format: str, line: int) -> None:
        self._format = text_format
        self._line = line
        self._start = text
        self._feedback: GiftText | None = None
        place = _find(text, "####")
        if place >= 0:
            self._feedback = _text(text[place + 4 :], text_format)
            self._start = text[:place]

    def read(self) -> GiftQuestion:
        """Return a question that has its answers and no stem yet."""
        bare = self._start.strip(" \t\n")
        if not bare:
            return self._made("Essay")
        truth = _TRUTH.match(self._start)
        if truth:
            written = _split(self._start[truth.end() :], "#")[1:]
            if len(written) > 2:
                raise GiftFault("gift-answer-unclear", self._line)
            feedback = [self._text(each) for each in written]
            first, second = [each if each.text else None for each in feedback] + [None] * (
                2 - len(feedback)
            )
            is_true = truth[1].upper().startswith("T")
            return self._made("TF", is_true=is_true, first_feedback=first, second_feedback=second)
        if bare.startswith("#"):
            return self._numerical(bare[1:])
        parts = self._parts(self._start)
        if parts is None:
            raise GiftFault("gift-answer-unclear", self._line)
        rights = [part for part in parts if part[0] == "="]
        if len(rights) == len(parts) and all(_find(part, "->") >= 0 for part in parts):
            return self._made("Matching", pairs=tuple(self._pair(part[1:]) for part in parts))
        choices = tuple(self._choice(part) for part in parts)
        return self._made("Short" if len(rights) == len(parts) else "MC", choices=choices)

    def _made(self, kind: str, **parts: Any) -> GiftQuestion:
        stem = GiftText(self._format, "")
        return GiftQuestion(kind, self._line, None, stem, global_feedback=self._feedback, **parts)

    def _parts(self, raw: str) -> list[str] | None:
        parts = _choice_parts(raw)
        if parts and len(parts) > MOST_OPTIONS:
            raise GiftFault("too-many-options", self._line)
        return parts

    def _text(self, raw: str) -> GiftText:
        return _text(raw, self._format)

    def _choice(self, part: str, *, is_number: bool = False) -> GiftChoice:
        weight = _WEIGHT.match(part, 1)
        raw, *feedback = _split(part[weight.end() if weight else 1 :], "#")
        if len(feedback) > MOST_OPTIONS:
            raise GiftFault("gift-answer-unclear", self._line)
        said = [self._text(each) for each in feedback]
        return GiftChoice(
            part[0] == "=",
            float(weight[1]) if weight else None,
            self._number(raw) if is_number else self._text(raw),
            GiftText(said[0].format, " ".join(each.text for each in said)) if said else None,
        )

    def _pair(self, raw: str) -> tuple[GiftText, str]:
        place = _find(raw, "->")
        return self._text(raw[:place]), unescape(_split(raw[place + 2 :], "#")[0])

    def _numerical(self, raw: str) -> GiftQuestion:
        parts = self._parts(raw)
        if parts:
            choices = tuple(self._choice(part, is_number=part[0] == "=") for part in parts)
            return self._made("Numerical", choices=choices)
        return self._made("Numerical", number=self._number(_split(raw, "#")[0]))

    def _number(self, raw: str) -> dict[str, Any]:
        text = unescape(raw).strip()
        found = _RANGE.fullmatch(text)
        if found:
            return {"type": "range", "number": _plain(found[1]), "range": _plain(found[2])}
        found = _HIGH_LOW.fullmatch(text)
        if found:
            low, high = _plain(found[1]), _plain(found[2])
            return {"type": "high-low", "numberHigh": high, "numberLow": low}
        found = _SIMPLE.fullmatch(text)
        if not found:
            raise GiftFault("gift-answer-unclear", self._line)
        return {"type": "simple", "number": _plain(found[1])}


def _text(raw: str, text_format: str) -> GiftText:
    mark = _FORMAT.match(raw)
    if mark:
        return GiftText(mark[1].lower(), unescape(raw[mark.end() :]))
    return GiftText(text_format, unescape(raw))


def _plain(number: str) -> int | float:
    value = float(number)
    return int(value) if value.is_integer() else value


def _find(text: str, wanted: str, start: int = 0) -> int:
    """Return where a sign stands that no backslash takes its meaning from, -1 if nowhere."""
    place = text.find(wanted, start)
    while place >= 0:
        before = place
        while before and text[before - 1] == "\\":
            before -= 1
        if (place - before) % 2 == 0:
            return place
        place = text.find(wanted, place + 1)
    return -1


def _split(text: str, sign: str) -> list[str]:
    if "\\" not in text:
        return text.split(sign)
    parts, start = [], 0
    while (place := _find(text, sign, start)) >= 0:
        parts.append(text[start:place])
        start = place + len(sign)
    return [*parts, text[start:]]


def _choice_parts(text: str) -> list[str] | None:
    """Return the answers, each from its "=" or "~" on; None when anything stands before them."""
    starts = _ANSWER_STARTS.finditer(text)
    places = [found.start() for found in starts if not found[0].startswith("\\")]
    if not places or text[: places[0]].strip(" \t\n"):
        return None
    return [text[one:two] for one, two in zip(places, [*places[1:], len(text)], strict=True)]
