"""Fields of an item that other systems do not know, said as `name:value` words.

Moodle keeps them as tags, a QTI package as keywords of the item's LOM record. The quoted words of
the law and the material of a case are too long for that: they stand in the text as blockquotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from question_bank.blueprint import exact
from question_bank.errors import ItemError
from question_bank.exchange import markup
from question_bank.exchange.result import Defaults
from question_bank.item import Category, Item, ItemType, Level, facility_of

QUOTE = '<blockquote class="item-quote">'
CASE = '<blockquote class="item-set">'
REASON = "item-reason"
"""The class of feedback that is our reason of an option, also of the right one."""

_CLOSE = "</blockquote>"
_CITE = "<p><cite>"
_NAME = re.compile(r"[\w.\-]+")
_TOPIC = re.compile(r"[A-Z](\.[A-Z0-9]+)*")
_NUMBER = re.compile(r"[0-9]{1,6}")


@dataclass(slots=True)
class OwnFields:
    """What the words of a file said of an item; `unread` are the words that said nothing."""

    values: dict[str, Any] = field(default_factory=dict)
    kind: ItemType | None = None
    set_id: str = ""
    unread: list[str] = field(default_factory=list)


def said(item: Item) -> list[str]:
    """Return the words of an item; `read` gives the fields again."""
    pairs = [
        ("type", item.type.value),
        ("version", str(item.version)),
        ("topic", item.topic),
        ("level", item.level.value),
        ("facility", exact(item.facility)),
        *(("industry", industry) for industry in item.industries),
        *(("category", str(category)) for category in item.categories),
        ("law", item.law),
        ("law-version", item.law_version),
        ("article", item.article),
        ("set", item.item_set.id if item.item_set else ""),
        *(("enemy", enemy) for enemy in sorted(item.enemies)),
    ]
    return [f"{name}:{value}" for name, value in pairs if value]


def read(words: Iterable[str], defaults: Defaults) -> OwnFields:
    """Return the fields words say; defaults stand for what they do not."""
    found = OwnFields()
    many: dict[str, list[str]] = {"industry": [], "category": [], "enemy": []}
    for word in words:
        name, _, value = word.partition(":")
        if not _take(name, value, found, many):
            found.unread.append(word)
    plain = {
        "topic": defaults.topic,
        "level": defaults.level,
        "facility": defaults.facility,
    }
    found.values = plain | found.values
    found.values["industries"] = tuple(dict.fromkeys(many["industry"])) or defaults.industries
    chosen = tuple(dict.fromkeys(Category(value) for value in many["category"]))
    found.values["categories"] = chosen or defaults.categories
    found.values["enemies"] = frozenset(many["enemy"])
    return found


def quote_html(item: Item) -> str:
    """Return the words an item rests on as a blockquote naming the article, "" if none."""
    if not item.quote:
        return ""
    source = markup.to_html(f"《{item.law}》{item.article}")
    return f"{QUOTE}<p>{markup.to_html(item.quote)}</p>{_CITE}{source}</cite></p>{_CLOSE}"


def case_html(item: Item) -> str:
    """Return the material of the case an item belongs to as a blockquote, "" if to none."""
    return f"{CASE}<p>{markup.to_html(item.item_set.stem)}</p>{_CLOSE}" if item.item_set else ""


def split_quote(html: str) -> tuple[str, str]:
    """Return HTML without the words the item rests on, and these words as plain text."""
    rest, inner = _split(html, QUOTE)
    return rest, markup.to_text(inner.partition(_CITE)[0]).text


def split_case(html: str) -> tuple[str, str]:
    """Return HTML without the material of the case, and the material as plain text."""
    rest, inner = _split(html, CASE)
    return rest, markup.to_text(inner).text


def same(one: Item, other: Item) -> Item:
    """Return the first item, its empty reasons said the way the other says them."""
    if not any(one.rationale) and not any(other.rationale):
        return replace(one, rationale=other.rationale)
    return one


def _split(html: str, opening: str) -> tuple[str, str]:
    start = html.find(opening)
    end = html.find(_CLOSE, start) if start >= 0 else -1
    if end < 0:
        return html, ""
    return html[:start] + html[end + len(_CLOSE) :], html[start + len(opening) : end]


def _take(name: str, value: str, found: OwnFields, many: dict[str, list[str]]) -> bool:
    if not value:
        return False
    if name in many and _fits(name, value):
        many[name].append(value)
    elif name == "type" and value in tuple(ItemType):
        found.kind = ItemType(value)
    elif name == "set" and _NAME.fullmatch(value):
        found.set_id = value
    else:
        read_as = _value_of(name, value)
        if read_as is None:
            return False
        found.values[name.replace("-", "_")] = read_as
    return True


def _fits(name: str, value: str) -> bool:
    if name == "category":
        return value in tuple(Category)
    return name == "industry" or _NAME.fullmatch(value) is not None


def _value_of(name: str, value: str) -> object:
    if name in {"law", "law-version", "article"}:
        return value
    if name == "topic" and _TOPIC.fullmatch(value):
        return value
    if name == "level" and value in tuple(Level):
        return Level(value)
    if name == "version" and _NUMBER.fullmatch(value) and int(value) > 0:
        return int(value)
    return _share_of(value) if name == "facility" else None


def _share_of(value: str) -> Decimal | None:
    try:
        return facility_of(value)
    except ItemError:
        return None
