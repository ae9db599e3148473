"""What must hold for a bank as a whole: no doubles, and no key to be guessed from its form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from question_bank.item import (
    Item,
    ItemType,
    Problem,
    check_against_laws,
    letters_from_key,
    problem,
    validate,
    warning,
)
from question_bank.laws import Laws, squeeze

KEY_POSITION_SHARE = (Decimal("0.15"), Decimal("0.35"))
LONGEST_IS_KEY_AT_MOST = Decimal("0.35")
TRUE_SHARE = (Decimal("0.35"), Decimal("0.65"))
ALL_OPTIONS_KEY_AT_MOST = Decimal("0.30")
SHARES_COUNT_FROM = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A problem and the item it was found at; "" is the bank as a whole."""

    item: str
    problem: Problem


def check_bank(items: Sequence[Item], laws: Laws) -> list[Found]:
    """Return all problems of a bank: item by item, against the laws, and as a whole."""
    found = [
        Found(item.id, fault)
        for item in items
        for fault in [*validate(item), *check_against_laws(item, laws)]
    ]
    return [*found, *repeated(items), *(Found("", fault) for fault in balance(items))]


def repeated(items: Iterable[Item]) -> list[Found]:
    """Return the items whose id, or whose stem and options, stand in the bank already."""
    found = []
    ids: set[str] = set()
    texts: dict[tuple[str, ...], str] = {}
    for item in items:
        if item.id in ids:
            found.append(Found(item.id, problem("id-twice", id=item.id)))
        ids.add(item.id)
        text = (squeeze(item.stem), *sorted(map(squeeze, item.options)))
        if text in texts:
            found.append(Found(item.id, problem("item-repeated", same_as=texts[text])))
        texts.setdefault(text, item.id)
    return found


def balance(items: Iterable[Item]) -> list[Problem]:
    """Return the shares that let a guesser gain; each is judged from 20 items of its type on."""
    by_type: dict[ItemType, list[Item]] = {kind: [] for kind in ItemType}
    for item in items:
        by_type[item.type].append(item)
    found = []
    if len(by_type[ItemType.SINGLE]) >= SHARES_COUNT_FROM:
        found += _single_balance(by_type[ItemType.SINGLE])
    if len(by_type[ItemType.MULTIPLE]) >= SHARES_COUNT_FROM:
        found += _multiple_balance(by_type[ItemType.MULTIPLE])
    if len(by_type[ItemType.TRUE_FALSE]) >= SHARES_COUNT_FROM:
        found += _true_false_balance(by_type[ItemType.TRUE_FALSE])
    return found


def longest_is_key(item: Item) -> bool:
    """Return whether one option is longer than all others and is the key."""
    lengths = [len(squeeze(option)) for option in item.options]
    longest = max(lengths, default=0)
    return lengths.count(longest) == 1 and lengths.index(longest) in item.key


def key_positions(items: Iterable[Item]) -> Counter[str]:
    """Return how often each letter, or T and F, is the key of a one-key item."""
    return Counter(letters_from_key(item.key, item.type) for item in items)


def _single_balance(singles: Sequence[Item]) -> list[Problem]:
    low, high = KEY_POSITION_SHARE
    found = []
    positions = key_positions(singles)
    for letter in "ABCD":
        share = Fraction(positions[letter], len(singles))
        if not low <= share <= high:
            found.append(problem("key-position-unbalanced", letter=letter, share=_percent(share)))
    share = Fraction(sum(map(longest_is_key, singles)), len(singles))
    if share > LONGEST_IS_KEY_AT_MOST:
        found.append(problem("key-often-longest", share=_percent(share)))
    return found


def _multiple_balance(multiples: Sequence[Item]) -> list[Problem]:
    share = Fraction(sum(len(item.key) == len(item.options) for item in multiples), len(multiples))
    if share > ALL_OPTIONS_KEY_AT_MOST:
        return [warning("all-options-often-key", share=_percent(share))]
    return []


def _true_false_balance(items: Sequence[Item]) -> list[Problem]:
    low, high = TRUE_SHARE
    share = Fraction(key_positions(items)["T"], len(items))
    if low <= share <= high:
        return []
    return [problem("true-false-unbalanced", share=_percent(share))]


def _percent(share: Fraction) -> str:
    return f"{round(share * 100)}%"
