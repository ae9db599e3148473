"""Items, blueprints and pools for tests of the question bank."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from question_bank.blueprint import Blueprint, Cell
from question_bank.item import TRUE_FALSE_OPTIONS, Category, Item, ItemType, Level

TOPICS = ("A.1", "A.4.1", "A.4.1.6", "A.4.10", "B.2")
CELLS = (
    Cell("A.4", ItemType.SINGLE, 3, Decimal(1)),
    Cell("B", ItemType.SINGLE, 1, Decimal(1)),
    Cell("A", ItemType.MULTIPLE, 2, Decimal(2)),
    Cell("A.4.1", ItemType.TRUE_FALSE, 2, Decimal("0.5")),
)
BLUEPRINT = Blueprint("mining", "team_leader", CELLS)


def make_item(number: int = 1, item_type: ItemType = ItemType.SINGLE, **over: Any) -> Item:
    """Return a valid item; its words carry its number so that they can be searched for."""
    is_true_false = item_type is ItemType.TRUE_FALSE
    fields: dict[str, Any] = {
        "id": f"T-{number:04}",
        "type": item_type,
        "topic": "A.4.1",
        "stem": f"题干{number}",
        "options": TRUE_FALSE_OPTIONS
        if is_true_false
        else tuple(f"选项{number}之{letter}" for letter in "甲乙丙丁"),
        "key": frozenset({0, 2}) if item_type is ItemType.MULTIPLE else frozenset({number % 2}),
        "law": "安全生产法",
        "article": "第三条",
        "quote": f"依据{number}",
        "rationale": (f"理由{number}",)
        if is_true_false
        else tuple(f"理由{number}之{letter}" for letter in "甲乙丙丁"),
        "explanation": f"说明{number}",
    }
    return Item(**{**fields, **over})


def make_pool(per_kind: int = 6) -> list[Item]:
    """Return a pool with so many items of each type in each topic."""
    kinds = [(kind, topic) for kind in ItemType for topic in TOPICS for _ in range(per_kind)]
    return [make_item(number, kind, topic=topic) for number, (kind, topic) in enumerate(kinds)]


# Signs that XML, CSV and sheet programs treat in their own way stand among the words.
words = st.text(
    "甲乙丙法条安全生产第一=+-@<>&\"'_x0D5F,;:%\\/（）《》\u200b😀", min_size=1, max_size=20
)
seeds = st.binary(min_size=16, max_size=32)


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Return any item that is valid in itself and keeps to words without blanks."""
    item_type = draw(st.sampled_from(ItemType))
    options = _options(draw, item_type)
    fewest = 2 if item_type is ItemType.MULTIPLE else 1
    most = len(options) if item_type is ItemType.MULTIPLE else 1
    key = draw(st.sets(st.integers(0, len(options) - 1), min_size=fewest, max_size=most))
    count = 1 if item_type is ItemType.TRUE_FALSE else len(options)
    rationale = draw(st.lists(words | st.just(""), min_size=count, max_size=count))
    return Item(
        id=draw(st.from_regex(r"[A-Z]\.[0-9]-[0-9]{3}", fullmatch=True)),
        type=item_type,
        topic=draw(st.sampled_from(TOPICS)),
        stem=draw(words),
        options=options,
        key=frozenset(key),
        industries=tuple(
            draw(st.lists(st.sampled_from(["mining", "coal"]), min_size=1, unique=True))
        ),
        categories=tuple(draw(st.lists(st.sampled_from(Category), min_size=1, unique=True))),
        level=draw(st.sampled_from(Level)),
        facility=draw(st.decimals(0, 1, places=2)),
        law=draw(st.sampled_from(["安全生产法", "工伤保险条例"])),
        article=draw(st.sampled_from(["第三条", "第一百二十条之一"])),
        law_version=draw(words | st.just("")),
        quote=draw(words),
        rationale=tuple(rationale) if any(rationale) else (),
        explanation=draw(words | st.just("")),
        version=draw(st.integers(1, 99)),
    )


def _options(draw: st.DrawFn, item_type: ItemType) -> tuple[str, ...]:
    if item_type is ItemType.TRUE_FALSE:
        return TRUE_FALSE_OPTIONS
    numbered = draw(st.lists(words, min_size=2, max_size=8))
    return tuple(f"{place}号{text}" for place, text in enumerate(numbered))


def _some(words: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), min_size=1, unique=True).map(tuple)
