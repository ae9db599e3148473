"""The syllabus (考试大纲): the topics items are sorted by, and for whom each is mandatory."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from question_bank.errors import SyllabusError
from question_bank.item import ALL_INDUSTRIES, Category

SYLLABUS = Path(__file__).parent / "syllabus.csv"
EXPRESS = "express"
"""Delivery and other new trades (快递等新业态): topics name it, no notice holds exams for it."""
INDUSTRIES = (
    "mining", "coal", "hazardous-chemicals", "metallurgy", "building-materials", "construction",
    "transport", "machinery", "rail-transport", "rail-construction",
)  # fmt: skip
"""The industries the notices name; `all` in the syllabus and in an item means these."""
_COLUMNS = ("code", "parent", "title", "industries", "categories", "mandatory")
_MANDATORY = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Topic:
    """One node of the syllabus (知识点); `industries` are written out, never `all`."""

    code: str
    parent: str
    title: str
    industries: frozenset[str]
    categories: frozenset[str]
    mandatory: bool

    def is_for(self, industry: str, category: str) -> bool:
        """Return whether the topic is put to this category of this industry."""
        return industry in self.industries and category in self.categories


class Syllabus:
    """All topics, in the order of the syllabus."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        """Hold the topics; refuse one that is there twice or hangs below none."""
        self._topics: dict[str, Topic] = {}
        for topic in topics:
            if topic.code in self._topics:
                raise SyllabusError("topic-twice", topic=topic.code)
            if topic.parent and topic.parent not in self._topics:
                raise SyllabusError("topic-parent-unknown", topic=topic.code, parent=topic.parent)
            self._topics[topic.code] = topic
        parents = {topic.parent for topic in self}
        self.leaves = tuple(topic for topic in self if topic.code not in parents)

    def __len__(self) -> int:
        """Return the number of topics."""
        return len(self._topics)

    def __iter__(self) -> Iterator[Topic]:
        """Yield the topics in the order of the syllabus."""
        return iter(self._topics.values())

    def find(self, code: str) -> Topic | None:
        """Return the topic of a code, None when there is none."""
        return self._topics.get(code)

    def title(self, code: str) -> str:
        """Return the title of a topic; the code itself when the syllabus does not know it."""
        topic = self.find(code)
        return topic.title if topic else code

    def mandatory_leaves(self, industry: str, category: str) -> tuple[Topic, ...]:
        """Return the mandatory leaves put to this category of this industry.

        A leaf's own row decides; a chapter's row says which notices name the chapter as such.
        """
        return tuple(
            leaf for leaf in self.leaves if leaf.mandatory and leaf.is_for(industry, category)
        )


def load_syllabus(path: Path | None = None) -> Syllabus:
    """Return the syllabus of a CSV file, the shipped one by default.

    Raises: SyllabusError: unreadable file or row, topic twice, parent unknown.
    """
    return _load(path or SYLLABUS)


def written_out(industries: Iterable[str]) -> frozenset[str]:
    """Return the industries with `all` written out as those the notices name."""
    named = frozenset(industries)
    return named - {ALL_INDUSTRIES} | frozenset(INDUSTRIES) if ALL_INDUSTRIES in named else named


@cache
def _load(path: Path) -> Syllabus:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if tuple(rows.fieldnames or ()) != _COLUMNS:
                raise SyllabusError("syllabus-bad-header", file=path.name)
            return Syllabus([_topic(row, path.name, rows.line_num) for row in rows])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SyllabusError("syllabus-unreadable", file=path.name) from error


def _topic(row: dict[str, str], file: str, line: int) -> Topic:
    try:
        return Topic(
            code=row["code"],
            parent=row["parent"],
            title=row["title"],
            industries=_industries(row["industries"]),
            categories=frozenset(Category(word) for word in row["categories"].split("|")),
            mandatory=_MANDATORY[row["mandatory"]],
        )
    except (ValueError, KeyError, AttributeError) as error:
        raise SyllabusError("syllabus-bad-row", file=file, line=line) from error


def _industries(text: str) -> frozenset[str]:
    slugs = written_out(text.split("|"))
    unknown = slugs - {*INDUSTRIES, EXPRESS}
    if unknown:
        raise ValueError(min(unknown))
    return slugs
