"""Whether items and syllabus (考试大纲) fit: topics known, audiences right, none left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from question_bank.found import Found
from question_bank.item import (
    ALL_INDUSTRIES,
    Category,
    Item,
    Problem,
    is_at_or_below,
    problem,
    suits,
    warning,
)
from question_bank.syllabus import EXPRESS, INDUSTRIES, Syllabus, Topic, written_out

_EXPRESS_SITS_AS = "transport"
"""Those who deliver sit the exam of the transport trades."""


def audiences(items: Iterable[Item], syllabus: Syllabus) -> list[Found]:
    """Return the items of no known topic, and those offered to people their topic is not for."""
    return [Found(item.id, fault) for item in items for fault in _audience(item, syllabus)]


def uncovered(items: Sequence[Item], syllabus: Syllabus) -> list[Found]:
    """Return the mandatory leaves without an item for an industry and category they name."""
    gaps: dict[tuple[str, str], list[str]] = defaultdict(list)
    for category in Category:
        for industry in INDUSTRIES:
            topics = {i.topic for i in items if suits(i, industry=industry, category=category)}
            for leaf in syllabus.mandatory_leaves(industry, category):
                if not any(is_at_or_below(topic, leaf.code) for topic in topics):
                    gaps[leaf.code, category].append(industry)
    return [
        Found("", problem("topic-uncovered", topic=topic, category=to, industries=_listed(named)))
        for (topic, to), named in gaps.items()
    ]


def _audience(item: Item, syllabus: Syllabus) -> Iterator[Problem]:
    topic = syllabus.find(item.topic)
    if topic is None:
        if item.topic:
            yield warning("topic-unknown", topic=item.topic)
        return
    industries = written_out(item.industries) - _industries(topic)
    if industries:
        facts = {"topic": topic.code, "industries": _listed(industries)}
        yield warning("industry-outside-topic", **facts)
    categories = frozenset(item.categories) - topic.categories
    if categories:
        facts = {"topic": topic.code, "categories": ",".join(sorted(categories))}
        yield warning("category-outside-topic", **facts)


def _industries(topic: Topic) -> frozenset[str]:
    extra = {_EXPRESS_SITS_AS} if EXPRESS in topic.industries else set()
    return topic.industries | extra


def _listed(industries: Collection[str]) -> str:
    if set(industries) >= set(INDUSTRIES):
        return ALL_INDUSTRIES
    return ",".join(slug for slug in (*INDUSTRIES, EXPRESS) if slug in industries)
