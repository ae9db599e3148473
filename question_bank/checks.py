"""What must hold for a bank as a whole: no doubles, and no key to be guessed from its form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from question_bank import checks_company as company
from question_bank import checks_coverage as coverage
from question_bank.found import Found
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
from question_bank.quantities import key_numbers
from question_bank.syllabus import Syllabus, load_syllabus

__all__ = ["Found", "balance", "check_bank", "key_positions", "longest_is_key", "repeated"]

KEY_POSITION_SHARE = (Decimal("0.20"), Decimal("0.30"))
"""Of singles with four options; source: issue "balanced by position within ± 5 points"."""
LONGEST_IS_KEY_AT_MOST = Decimal("0.35")
TRUE_SHARE = (Decimal("0.45"), Decimal("0.55"))
ALL_OPTIONS_KEY_AT_MOST = Decimal("0.20")
SHARES_COUNT_FROM = 40


def check_bank(
    items: Sequence[Item],
    laws: Laws,
    *,
    syllabus: Syllabus | None = None,
    beside: Sequence[Item] = (),
    whole: bool = False,
) -> list[Found]:
    """Return all problems of a bank: item by item, between items, and as a whole.

    Args:
        beside: items of the same bank that are compared with, not judged.
        whole: whether items and those beside are all there is: no topic may then be left out and
            no enemy be missing.
    """
    known = syllabus or load_syllabus()
    everything = [*beside, *items]
    found = [
        *_item_by_item(items, laws),
        *_between(items, everything),
        *coverage.audiences(items, known),
        *(Found("", fault) for fault in balance(items)),
    ]
    if whole:
        ids = {item.id for item in everything}
        found += company.unknown_enemies(items, ids)
        found += coverage.uncovered(everything, known)
    return found


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
    """Return the shares that let a guesser gain; each is judged from 40 items of its type on."""
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


def _item_by_item(items: Iterable[Item], laws: Laws) -> list[Found]:
    found: list[Found] = []
    unverified: Counter[tuple[str, str]] = Counter()
    for item in items:
        for fault in [*validate(item), *check_against_laws(item, laws), *key_numbers(item)]:
            facts = dict(fault.facts)
            if fault.code == "law-unverified":
                unverified[facts["law"], facts["status"]] += 1
            else:
                found.append(Found(item.id, fault))
    return found + [
        Found("", warning("law-unverified", law=law, status=status, items=count))
        for (law, status), count in sorted(unverified.items())
    ]


def _between(items: Sequence[Item], everything: Sequence[Item]) -> list[Found]:
    judged = {item.id for item in items}
    found = [
        *repeated(everything),
        *company.duplicates(everything),
        *company.missing_enemies(everything),
        *company.cases(everything),
    ]
    return [
        entry
        for entry in found
        if entry.item in judged or dict(entry.problem.facts).get("other") in judged
    ]


def _single_balance(singles: Sequence[Item]) -> list[Problem]:
    low, high = KEY_POSITION_SHARE
    found = []
    of_four = [item for item in singles if len(item.options) == 4]
    positions = key_positions(of_four)
    for letter in "ABCD" if len(of_four) >= SHARES_COUNT_FROM else "":
        share = Fraction(positions[letter], len(of_four))
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
