"""Items written as GIFT; what GIFT has no place for stands in comments above each question."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields

from question_bank.blueprint import exact
from question_bank.exchange.gift_reading import read_items
from question_bank.exchange.result import RowProblem, Written
from question_bank.item import Item, ItemType

_ESCAPED = str.maketrans({sign: f"\\{sign}" for sign in "\\~=#{}:"} | {"\n": "\\n", "\r": "\\n"})
# The shares of the full marks that Moodle knows, by the number of right options.
_SHARES = ("", "100", "50", "33.33333", "25", "20", "16.66667", "14.28571", "12.5")


def write_items(items: Iterable[Item]) -> Written:
    """Return a GIFT file of the items, in UTF-8; reading it gives the same items.

    Every item is proved by reading it back; what differs is named in `Written.lost`, and an item
    that does not read back at all is left out and named there.
    """
    blocks, lost = [], []
    for number, item in enumerate(items, start=1):
        block = _block(item)
        found = read_items(block.encode("utf-8", "replace")).items
        if not found:
            lost.append(RowProblem(number, "", "item-not-said", (("id", item.id),), item.id))
            continue
        blocks.append(block)
        for name in _differing(item, found[0]):
            facts = (("id", item.id), ("field", name))
            lost.append(RowProblem(number, name, "field-not-said", facts, item.id))
    data = "\n".join(blocks).encode("utf-8", "replace")
    return Written(data, "gift", "text/plain", tuple(lost))


def _differing(one: Item, other: Item) -> list[str]:
    names = [field.name for field in fields(Item)]
    return [name for name in names if getattr(one, name) != getattr(other, name)]


def _block(item: Item) -> str:
    lines = [f"// [id:{item.id}]" + _tags(item), f"// exam-item: {_extra(item)}"]
    stem = f"::{item.id}::[plain]{_escape(item.stem)}"
    if item.type is ItemType.TRUE_FALSE:
        reason = "".join(item.rationale)
        right = "T" if 0 in item.key else "F"
        answers = right + (f"#{_marked(reason)}" if reason else "")
    else:
        answers = "\n" + "\n".join(_choices(item)) + "\n"
    if item.explanation:
        answers += f"####{_marked(item.explanation)}"
    return "\n".join([*lines, f"{stem}{{{answers}}}", ""])


def _tags(item: Item) -> str:
    words = [word for word in (item.topic, item.law) if word]
    return "".join(
        f" [tag:{word}]" for word in words if not any(sign in word for sign in "[]\\<>`\n\r")
    )


def _choices(item: Item) -> Iterable[str]:
    share = _SHARES[min(len(item.key), len(_SHARES) - 1)]
    for index, text in enumerate(item.options):
        is_key = index in item.key
        if item.type is ItemType.MULTIPLE:
            start = f"~%{share if is_key else -100}%"
        elif text.startswith("%"):
            start = "=%100%" if is_key else "~%0%"
        else:
            start = "=" if is_key else "~"
        reason = item.rationale[index] if index < len(item.rationale) else ""
        yield f"{start}{_marked(text)}" + (f"#{_marked(reason)}" if reason else "")


def _marked(text: str) -> str:
    """Return a text escaped, with its format named where it begins like the name of one."""
    return ("[plain]" if text.lstrip().startswith("[") else "") + _escape(text)


def _escape(text: str) -> str:
    return text.translate(_ESCAPED)


def _extra(item: Item) -> str:
    said = {
        "type": item.type.value,
        "version": str(item.version),
        "topic": item.topic,
        "industries": " ".join(item.industries),
        "categories": " ".join(item.categories),
        "level": item.level.value,
        "facility": exact(item.facility),
        "law": item.law,
        "article": item.article,
        "law_version": item.law_version,
        "quote": item.quote,
        "set": item.item_set.id if item.item_set else "",
        "case": item.item_set.stem if item.item_set else "",
        "enemies": " ".join(sorted(item.enemies)),
    }
    text = json.dumps({name: word for name, word in said.items() if word}, ensure_ascii=False)
    # What another reader would take for an id or a tag must not stand in the comment.
    return text.replace("[", "\\u005b")
