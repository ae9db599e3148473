"""GIFT texts read: as questions of any kind, and as items where they can be held."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from question_bank.errors import ExchangeError, ItemError
from question_bank.exchange.drafting import NO_DEFAULTS
from question_bank.exchange.gathering import Gathering, as_true_false, decoded
from question_bank.exchange.gift_grammar import (
    GiftChoice,
    GiftFault,
    GiftQuestion,
    GiftText,
    questions,
)
from question_bank.exchange.naming import fits, made_id
from question_bank.exchange.result import Defaults, ReadResult
from question_bank.exchange.texts import plain_text
from question_bank.item import (
    TRUE_FALSE_OPTIONS,
    Category,
    Item,
    ItemSet,
    ItemType,
    Level,
    facility_of,
)

_FULL = 100.0
_ROUNDING = 1.5
_LONGEST_NAME = 100
_WORDS = ("topic", "law", "article", "law_version", "quote")


def parse(text: str) -> tuple[GiftQuestion, ...]:
    """Return the questions of a GIFT text, of every kind.

    Raises: ExchangeError: the code and the line of the first that cannot be read.
    """
    read = []
    for question in questions(text):
        if isinstance(question, GiftFault):
            raise ExchangeError(question.code, line=question.line)
        read.append(question)
    return tuple(read)


def to_json(found: Sequence[GiftQuestion]) -> list[dict[str, Any]]:
    """Return questions as the values of JSON that other GIFT readers give."""
    return [_json(question) for question in found]


def read_items(data: bytes, *, defaults: Defaults = NO_DEFAULTS) -> ReadResult:
    """Return the items of a GIFT file, and by line what cannot be held or read.

    Raises: ExchangeError: not a text, or no question in it.
    """
    gathering = Gathering()
    is_empty = True
    for question in gathering.limited(questions(decoded(data))):
        is_empty = False
        if isinstance(question, GiftFault):
            gathering.refuse(question.line, question.code)
        elif question.kind != "Category":
            _take(question, defaults, gathering)
    if is_empty:
        raise ExchangeError("file-empty")
    return gathering.result()


@dataclass(slots=True)
class _Reading:
    """One question on its way to an item, and what it loses on that way."""

    question: GiftQuestion
    extra: Mapping[str, Any]
    lost: list[str]
    images: list[str]

    def text(self, text: GiftText | dict[str, Any] | None) -> str:
        """Return a text in plain words."""
        if not isinstance(text, GiftText):
            return ""
        read = plain_text(text.text, text.format)
        self.lost += read.lost
        self.images += read.images
        return read.text

    def line(self, text: GiftText | None) -> str:
        """Return a text in one line."""
        return " ".join(self.text(text).split("\n"))


def _take(question: GiftQuestion, defaults: Defaults, gathering: Gathering) -> None:
    name = (question.title or question.id or "")[:_LONGEST_NAME]
    if question.kind not in {"MC", "TF"}:
        gathering.refuse(
            question.line, "interaction-not-held", item=name, interaction=question.kind.lower()
        )
        return
    extra = _extra(question)
    reading = _Reading(question, extra or {}, ["comment-not-read"] if extra is None else [], [])
    fault = _key_fault(question)
    if fault:
        gathering.refuse(question.line, fault, item=name)
        return
    item = _item(reading, defaults)
    if reading.images:
        image = reading.images[0][:100]
        gathering.refuse(question.line, "image-missing", item=name, image=image)
        return
    if gathering.take(question.line, item, name):
        for code in dict.fromkeys(reading.lost):
            gathering.note(question.line, code, item=item.id)


def _extra(question: GiftQuestion) -> dict[str, Any] | None:
    """Return what our own comment says; None where it cannot be read."""
    if not question.extra:
        return {}
    try:
        extra = json.loads(question.extra)
    except (ValueError, RecursionError):
        return None
    if not isinstance(extra, dict) or not all(isinstance(each, str) for each in extra.values()):
        return None
    return extra


def _weight(choice: GiftChoice) -> float:
    if choice.weight is not None:
        return choice.weight
    return _FULL if choice.is_right else 0.0


def _key_fault(question: GiftQuestion) -> str:
    if question.kind == "TF":
        return ""
    weights = [_weight(choice) for choice in question.choices]
    full = [weight for weight in weights if weight >= _FULL]
    partial = [weight for weight in weights if 0 < weight < _FULL]
    if not full and not partial:
        return "key-empty"
    if len(full) > 1:
        return "key-ambiguous"
    return "partial-credit" if partial and (full or len(partial) == 1) else ""


def _item(reading: _Reading, defaults: Defaults) -> Item:
    question, extra = reading.question, reading.extra
    stem = reading.text(question.stem)
    explanation = reading.text(question.global_feedback)
    kind, options, key, rationale = _choices(reading)
    if question.kind == "TF":
        right = reading.text(question.second_feedback)
        explanation = "\n".join(part for part in (right, explanation) if part)
    topic = _word(extra, "topic", defaults.topic)
    name = next((each for each in (question.id, question.title) if each and fits(each)), None)
    return _with_extra(
        Item(
            id=name or made_id(kind, topic, stem, options),
            type=kind,
            topic=topic,
            stem=stem,
            options=options,
            key=key,
            industries=defaults.industries,
            categories=defaults.categories,
            level=defaults.level,
            facility=defaults.facility,
            rationale=rationale,
            explanation=explanation,
        ),
        reading,
    )


def _choices(
    reading: _Reading,
) -> tuple[ItemType, tuple[str, ...], frozenset[int], tuple[str, ...]]:
    question = reading.question
    if question.kind == "TF":
        wrong = reading.line(question.first_feedback)
        key = frozenset({0 if question.is_true else 1})
        return ItemType.TRUE_FALSE, TRUE_FALSE_OPTIONS, key, (wrong,) if wrong else ()
    choices = question.choices
    weights = [_weight(choice) for choice in choices]
    key = frozenset(index for index, weight in enumerate(weights) if weight > 0)
    kind = ItemType.MULTIPLE if max(weights) < _FULL else ItemType.SINGLE
    positive = [weight for weight in weights if weight > 0]
    negative = {weight for weight in weights if weight < 0}
    if (
        len(set(positive)) > 1
        or abs(sum(positive) - _FULL) > _ROUNDING
        or (negative and len(negative | {weight for weight in weights if weight == 0}) > 1)
    ):
        reading.lost.append("scoring-simplified")
    options = tuple(reading.text(choice.text) for choice in choices)
    rationale = tuple(reading.line(choice.feedback) for choice in choices)
    if reading.extra.get("type") not in set(ItemType):
        kind, options, key, rationale = as_true_false(kind, options, key, rationale)
    elif reading.extra["type"] == ItemType.MULTIPLE:
        kind = ItemType.MULTIPLE
    return kind, options, key, rationale if any(rationale) else ()


def _word(extra: Mapping[str, Any], name: str, default: str) -> str:
    return str(extra.get(name, default))


def _with_extra(item: Item, reading: _Reading) -> Item:
    """Return the item with the fields our own comment carries; bad values are left out."""
    extra = reading.extra
    changes: dict[str, Any] = {name: extra[name] for name in _WORDS if name in extra}
    if extra.get("industries"):
        changes["industries"] = tuple(extra["industries"].split())
    if extra.get("categories"):
        known = {category.value: category for category in Category}
        named = extra["categories"].split()
        changes["categories"] = tuple(known[name] for name in named if name in known)
    if extra.get("level") in set(Level):
        changes["level"] = Level(extra["level"])
    if extra.get("version", "").isdecimal() and len(extra["version"]) < 7:
        changes["version"] = int(extra["version"])
    if "facility" in extra:
        try:
            changes["facility"] = facility_of(extra["facility"])
        except ItemError:
            reading.lost.append("comment-not-read")
    if extra.get("set"):
        changes["item_set"] = ItemSet(extra["set"], extra.get("case", ""))
    if extra.get("enemies"):
        changes["enemies"] = frozenset(extra["enemies"].split())
    return replace(item, **changes)


def _json(question: GiftQuestion) -> dict[str, Any]:
    if question.kind == "Category":
        return {"type": "Category", "title": question.title}
    common = {
        "id": question.id,
        "tags": list(question.tags) or None,
        "type": question.kind,
        "title": question.title,
        "stem": _json_text(question.stem),
        "hasEmbeddedAnswers": question.has_embedded,
    }
    if question.kind == "Description":
        return common
    return common | {"globalFeedback": _json_text(question.global_feedback)} | dict(_more(question))


def _more(question: GiftQuestion) -> Iterator[tuple[str, Any]]:
    if question.kind == "TF":
        yield "isTrue", question.is_true
        yield "trueFeedback", _json_text(question.first_feedback)
        yield "falseFeedback", _json_text(question.second_feedback)
    elif question.kind == "Matching":
        yield (
            "matchPairs",
            [
                {"subquestion": _json_text(text), "subanswer": answer}
                for text, answer in question.pairs
            ],
        )
    elif question.number is not None:
        yield "choices", question.number
    elif question.kind != "Essay":
        yield "choices", [_json_choice(choice) for choice in question.choices]


def _json_choice(choice: GiftChoice) -> dict[str, Any]:
    text = choice.text
    return {
        "isCorrect": choice.is_right,
        "weight": choice.weight,
        "text": _json_text(text) if isinstance(text, GiftText) else text,
        "feedback": _json_text(choice.feedback),
    }


def _json_text(text: GiftText | None) -> dict[str, str] | None:
    return None if text is None else {"format": text.format, "text": text.text}
