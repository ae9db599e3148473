"""Near-duplicates (近似题): items whose words are nearly those of another."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from question_bank.item import Item, ItemType

GRAM = 3
NEAR_AT_LEAST = Fraction(55, 100)
"""Judged on 846 shipped items: of the six pairs above it five were one question worded twice
(57 to 77 %), one asked for two fines of one article in the same words (60 %). Below it, down to
45 %, stand different questions on one article (30 or 15 days, 48 %) and one fact put into two
trades, which must be enemies (`checks_company.ALIKE_FROM`)."""
_NO_LETTER = re.compile(r"[\W_]+")
_OPENING = re.compile(r"^(根据|依据|按照|依照)?《[^》]{2,30}》(的?规定)?[，,]?")


def near_duplicates(
    items: Sequence[Item], *, at_least: Fraction = NEAR_AT_LEAST
) -> list[tuple[str, str, Fraction]]:
    """Return the pairs of ids that share so much of their words, most alike first.

    The share is Dice's: twice the 3-grams both have, over the 3-grams of the one and the other;
    stem and options count, blanks, punctuation and the naming of the law at the start do not.
    """
    grams = [_grams(item) for item in items]
    holders: dict[str, list[int]] = defaultdict(list)
    for place, own in enumerate(grams):
        for gram in own:
            holders[gram].append(place)
    places = {gram: np.array(held) for gram, held in holders.items() if len(held) > 1}
    sizes = np.array([len(own) for own in grams])
    found = []
    for place, own in enumerate(grams):
        lists = [places[gram] for gram in own if gram in places]
        if not lists:
            continue
        shared = np.bincount(np.concatenate(lists), minlength=len(items))
        shared[: place + 1] = 0
        both = len(own) + sizes
        near = (shared > 0) & (2 * shared * at_least.denominator >= at_least.numerator * both)
        for other in map(int, np.flatnonzero(near)):
            share = Fraction(2 * int(shared[other]), int(both[other]))
            found.append((items[place].id, items[other].id, share))
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))


def _grams(item: Item) -> frozenset[str]:
    texts = [_OPENING.sub("", item.stem)]
    if item.type is not ItemType.TRUE_FALSE:
        texts += item.options
    plain = [_NO_LETTER.sub("", unicodedata.normalize("NFKC", text)) for text in texts]
    return frozenset(
        text[start : start + GRAM]
        for text in plain
        for start in range(max(len(text) - GRAM + 1, 1))
        if text
    )
