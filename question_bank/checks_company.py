"""What must hold between items: near-duplicates, enemy pairs (互斥题) and cases (案例)."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from question_bank.found import Found
from question_bank.item import Item, ItemType, problem
from question_bank.laws import squeeze
from question_bank.similarity import near_duplicates

SHARED_QUOTE_FROM = 10
"""Characters in a row that two quotes of one article share before one may answer the other."""
ALIKE_FROM = Fraction(40, 100)
"""Share of words from which two items on the same words of an article ask much the same; in the
shipped items such pairs put one fact into two trades (D.6-027 and C.3-010: 书面告知)."""
DECISIVE_FROM = 6
"""Characters of a right option that say something alone; `30日`, `建设单位` are said everywhere."""
SAME_WORDS_FROM = 12
"""Characters in a row of a statement, quoted too, that settle it when another item shows them."""
SET_SIZE = (3, 5)
"""Source: issue "20 case sets 案例 (one stem, 3–5 dependent items)"."""
_NO_LETTER = re.compile(r"[\W_]+")


def duplicates(items: Sequence[Item]) -> list[Found]:
    """Return the items that say nearly what one before them says."""
    return [
        Found(later, problem("near-duplicate", other=first, share=f"{round(share * 100)}%"))
        for first, later, share in near_duplicates(items)
    ]


def missing_enemies(items: Sequence[Item]) -> list[Found]:
    """Return the pairs that ask much the same or answer each other, and name no enemy.

    Only pairs that rest on the same words of one article are looked at.
    """
    by_article: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        if item.law and item.article:
            by_article[item.law, item.article].append(item)
    alike = {(one, other) for one, other, _ in near_duplicates(items, at_least=ALIKE_FROM)}
    return [
        Found(later.id, problem("enemy-missing", other=first.id, shared=shared))
        for group in by_article.values()
        for first, later in combinations(group, 2)
        if not are_kept_apart(first, later)
        and (shared := shared_run(first.quote, later.quote, SHARED_QUOTE_FROM))
        and ((first.id, later.id) in alike or answers(first, later) or answers(later, first))
    ]


def unknown_enemies(items: Sequence[Item], known: Collection[str]) -> list[Found]:
    """Return the enemies named that are no item of the bank."""
    return [
        Found(item.id, problem("enemy-unknown", other=enemy))
        for item in items
        for enemy in sorted(item.enemies - set(known))
    ]


def are_kept_apart(one: Item, other: Item) -> bool:
    """Return whether a pair needs no more: enemies already, or members of one case."""
    if one.item_set and other.item_set and one.item_set.id == other.item_set.id:
        return True
    return other.id in one.enemies or one.id in other.enemies


def answers(one: Item, other: Item) -> bool:
    """Return whether what a candidate reads in one item gives away the answer of the other.

    A choice is given away by a right option in the words of the one; a statement by a run of its
    words that is also quoted.
    """
    read = _plain(_words(one))
    if other.type is ItemType.TRUE_FALSE:
        quoted = _plain(other.quote)
        said = _plain(other.stem)
        return any(
            said[start : start + SAME_WORDS_FROM] in read
            and said[start : start + SAME_WORDS_FROM] in quoted
            for start in range(len(said) - SAME_WORDS_FROM + 1)
        )
    right = [_plain(text) for index, text in enumerate(other.options) if index in other.key]
    return any(len(text) >= DECISIVE_FROM and text in read for text in right)


def shared_run(one: str, other: str, at_least: int) -> str:
    """Return the first run of so many characters both texts hold, blanks aside; "" when none."""
    first, second = squeeze(one), squeeze(other)
    runs = (first[start : start + at_least] for start in range(len(first) - at_least + 1))
    return next((run for run in runs if run in second), "")


def cases(items: Iterable[Item]) -> list[Found]:
    """Return what is wrong with the cases: too few or many members, two stems, two audiences."""
    members: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.item_set:
            members[item.item_set.id].append(item)
    return [found for name, group in members.items() for found in _case(name, group)]


def _case(name: str, group: Sequence[Item]) -> Iterator[Found]:
    low, high = SET_SIZE
    if not low <= len(group) <= high:
        yield Found(
            group[0].id, problem("set-size", set=name, count=len(group), low=low, high=high)
        )
    first = group[0]
    for item in group[1:]:
        if item.item_set != first.item_set:
            yield Found(item.id, problem("set-stem-differs", set=name, other=first.id))
        if _audience(item) != _audience(first):
            yield Found(item.id, problem("set-mixed", set=name, other=first.id))


def _audience(item: Item) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(item.industries), frozenset(item.categories)


def _words(item: Item) -> str:
    if item.type is ItemType.TRUE_FALSE:
        return item.stem
    return "\n".join([item.stem, *item.options])


def _plain(text: str) -> str:
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", text))
