"""How long the parts of an item (试题) may be, in characters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from question_bank.item import Item

LONGEST = {
    "id": 40, "topic": 20, "law": 80, "article": 40, "law_version": 120, "industries": 40,
    "set": 40, "enemies": 40, "stem": 2_000, "case": 4_000, "option": 400, "quote": 2_000,
    "explanation": 2_000, "rationale": 400, "figures": 400,
}  # fmt: skip

_PLAIN = ("id", "topic", "law", "article", "law_version", "stem", "quote", "explanation")
_LETTERS = "ABCDEFGH"


def too_long(item: Item) -> Iterator[tuple[str, int, int]]:
    """Yield field ("option A"), limit and length of what is too long, each field once."""
    named = set()
    for field, text in _texts(item):
        limit = LONGEST[field.partition(" ")[0]]
        if len(text) > limit and field not in named:
            named.add(field)
            yield field, limit, len(text)


def _texts(item: Item) -> Iterator[tuple[str, str]]:
    for name in _PLAIN:
        yield name, getattr(item, name)
    if item.item_set:
        yield "set", item.item_set.id
        yield "case", item.item_set.stem
    for letter, option in zip(_LETTERS, item.options, strict=False):
        yield f"option {letter}", option
    many = {"rationale": item.rationale, "industries": item.industries, "enemies": item.enemies}
    for name, texts in many.items():
        for text in texts:
            yield name, text
    for figure in item.figures:
        yield "figures", figure.alt
