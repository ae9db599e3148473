"""What a bank holds, counted (题库统计)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from question_bank.item import Category, Item, ItemType, Level, suits
from question_bank.syllabus import INDUSTRIES


@dataclass(frozen=True, slots=True)
class Census:
    """Counts of items by what they are; an item offered to several people counts at each.

    `chapters` are the first two parts of a topic (A.4, D.2); `sets` counts members by case.
    """

    items: int
    types: Mapping[str, int]
    chapters: Mapping[str, int]
    topics: Mapping[str, int]
    industries: Mapping[str, int]
    categories: Mapping[str, int]
    laws: Mapping[str, int]
    levels: Mapping[str, int]
    sets: Mapping[str, int]


def census(items: Iterable[Item]) -> Census:
    """Return the counts of a bank; topics in the order of the syllabus, laws most asked first."""
    held = list(items)
    return Census(
        items=len(held),
        types=_counted(held, lambda item: item.type, ItemType),
        chapters=_by_topic(held, lambda topic: ".".join(topic.split(".")[:2])),
        topics=_by_topic(held, str),
        industries={
            industry: sum(suits(i, industry=industry, category=c) for i in held for c in _any(i))
            for industry in INDUSTRIES
        },
        categories={c.value: sum(c in item.categories for item in held) for c in Category},
        laws=dict(Counter(item.law for item in held).most_common()),
        levels=_counted(held, lambda item: item.level, Level),
        sets=dict(sorted(Counter(i.item_set.id for i in held if i.item_set).items())),
    )


def topic_order(topic: str) -> tuple[tuple[int, str], ...]:
    """Return what sorts topics as the syllabus does: A.4.2 before A.4.10."""
    parts = topic.split(".")
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in parts)


def _counted(
    items: Sequence[Item], of: Callable[[Item], str], kinds: Iterable[str]
) -> Mapping[str, int]:
    counts = Counter(of(item) for item in items)
    return {str(kind): counts[kind] for kind in kinds}


def _by_topic(items: Sequence[Item], of: Callable[[str], str]) -> Mapping[str, int]:
    counts = Counter(of(item.topic) for item in items)
    return {topic: counts[topic] for topic in sorted(counts, key=topic_order)}


def _any(item: Item) -> Sequence[str]:
    return item.categories[:1]
