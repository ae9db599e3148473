"""Item statistics equal those of other systems, pool over sittings, and flag what to look at."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.analysis import AskedItem, ClassAnalysis, analyse
from question_bank.errors import AnalysisError
from question_bank.item_counts import (
    Flag,
    ItemCounts,
    bank_weight,
    dead_distractors,
    judge,
    pooled,
    shrunk,
    shrunk_facilities,
)
from question_bank.item_statistics import alpha, item_statistics, standard_error
from question_bank.marking import PartialCredit
from tests.question_bank import reference_numbers as known

COLUMNS = (
    "n", "facility", "sd", "effective_weight", "covariance", "mark_variance",
    "other_mark_variance", "discrimination_index", "covariance_max", "discriminative_efficiency",
)  # fmt: skip
LSAT6 = np.array(
    [[int(mark) for mark in pattern] for pattern, n in known.LSAT6.items() for _ in range(n)],
    dtype=np.float64,
)
KEY = frozenset({0})
ASKED = tuple(AskedItem(f"T-{n}@1", KEY, 4, Decimal(2)) for n in range(5))

answers = st.none() | st.frozensets(st.integers(0, 3), max_size=1)
classes = st.lists(st.lists(answers, min_size=5, max_size=5), min_size=1, max_size=40)


def counts(n: int = 100, chosen: tuple[int, ...] = (60, 20, 10, 10), **over: object) -> ItemCounts:
    """Return counts of an ordinary item; `cross_square` makes its r."""
    plain = ItemCounts(
        n=n, omitted=0, n_upper=27, n_lower=27, chosen=chosen, chosen_upper=(20, 4, 2, 1),
        chosen_lower=(10, 8, 5, 4), gained=float(chosen[0]), own_square=24.0, rest_square=1.0,
        cross_square=2.0,
    )  # fmt: skip
    return replace(plain, **over)  # type: ignore[arg-type]


def class_of(patterns: list[str]) -> ClassAnalysis:
    """Return the analysis of answers written as option letters, a blank for none."""
    rows = [
        [None if letter == " " else frozenset({"ABCD".index(letter)}) for letter in pattern]
        for pattern in patterns
    ]
    return analyse(rows, ASKED[: len(patterns[0])])


@pytest.mark.parametrize("slot", range(7))
def test_all_columns_of_another_system_are_reproduced(slot: int) -> None:
    statistics = item_statistics(np.array(known.CLASS_OF_25), [1.0] * 7)[slot]
    found = [getattr(statistics, column) for column in COLUMNS]
    assert found == pytest.approx(known.STATISTICS_OF_25[slot], abs=5e-4)


def test_classical_statistics_equal_those_of_r() -> None:
    found = item_statistics(LSAT6, [1.0] * 5)
    for name in ("facility", "r_total", "r_rest", "alpha_if_dropped"):
        expected = getattr(known, f"LSAT6_{name.upper()}")
        assert [getattr(item, name) for item in found] == pytest.approx(expected, abs=1e-6)
    assert alpha(LSAT6) == pytest.approx(known.LSAT6_ALPHA, abs=1e-6)
    assert alpha(LSAT6) == pytest.approx(known.LSAT6_KR20, abs=1e-6)
    assert standard_error(LSAT6) == pytest.approx(known.LSAT6_SEM, abs=1e-6)


def test_a_class_gives_the_same_numbers_as_its_marks() -> None:
    rows = [[frozenset({int(1 - mark)}) for mark in row] for row in LSAT6]
    found = analyse(rows, [AskedItem(f"{n}@1", KEY, 2, Decimal(1)) for n in range(5)])
    assert found.alpha == pytest.approx(known.LSAT6_ALPHA, abs=1e-6)
    assert (found.mean, found.sd) == pytest.approx((known.LSAT6_MEAN, known.LSAT6_SD), abs=1e-6)
    r_rest = [item.counts.r_rest for item in found.items]
    assert r_rest == pytest.approx(known.LSAT6_R_REST, abs=1e-6)
    assert [item.counts.facility for item in found.items] == pytest.approx(known.LSAT6_FACILITY)


def test_options_are_counted_overall_and_in_both_groups() -> None:
    found = class_of(["AAAAA"] * 3 + ["AAABB"] * 4 + ["BB BB"] * 3)
    first, _, third = found.items[:3]
    assert [row.chosen for row in first.options] == [7, 3, 0, 0]
    assert [(row.upper_share, row.lower_share) for row in first.options[:2]] == [(1, 0), (0, 1)]
    assert (first.counts.n_upper, first.counts.n_lower) == (3, 3)
    assert (third.omitted, third.counts.omitted) == (3, 3)
    assert [row.is_key for row in first.options] == [True, False, False, False]
    key_r, wrong_r = (row.r_rest for row in first.options[:2])
    assert key_r is not None
    assert wrong_r is not None
    assert key_r > 0 > wrong_r
    assert first.options[2].r_rest is None


def test_totals_fall_into_bins_and_full_marks_into_the_last() -> None:
    found = class_of(["AAAAA", "AAAAB", "BBBBB"])
    assert found.full_marks == Decimal(10)
    assert [item.candidates for item in found.bins] == [1, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert (found.bins[-1].low, found.bins[-1].high) == (Decimal(9), Decimal(10))


def test_part_marks_count_when_the_paper_gave_them() -> None:
    asked = [AskedItem("M@1", frozenset({0, 1}), 4, Decimal(2))]
    rows = [[frozenset({0})], [frozenset({0, 1})]]
    assert analyse(rows, asked).items[0].counts.facility == 0.5
    half = analyse(rows, asked, partial=PartialCredit.SUBSET_HALF)
    assert half.items[0].counts.facility == 0.75


def test_numbers_that_few_answers_cannot_give_are_none() -> None:
    found = class_of(["AAAAA"])
    assert (found.alpha, found.sem, found.sd) == (None, None, None)
    statistics = found.items[0].statistics
    assert (statistics.sd, statistics.r_rest, statistics.discrimination_index) == (None,) * 3
    same = class_of(["AAAAA"] * 4).items[0]
    assert (same.statistics.r_rest, same.counts.r_rest) == (None, None)
    assert same.counts.facility == 1.0


def test_an_empty_class_and_a_row_too_short_are_refused() -> None:
    with pytest.raises(AnalysisError, match="no-responses"):
        analyse([], ASKED)
    with pytest.raises(AnalysisError, match="responses-shape found=1 items=5"):
        analyse([[None]], ASKED)
    with pytest.raises(AnalysisError, match="marks-shape"):
        item_statistics(np.zeros((3, 2)), [1.0])
    with pytest.raises(AnalysisError, match="no-responses"):
        pooled([])


@given(classes)
def test_shares_and_correlations_stay_in_their_ranges(
    rows: list[list[frozenset[int] | None]],
) -> None:
    found = analyse(rows, ASKED)
    assert sum(item.candidates for item in found.bins) == found.candidates == len(rows)
    for item in found.items:
        assert 0 <= item.statistics.facility <= 1
        assert item.omitted + sum(row.chosen for row in item.options) == len(rows)
        for r in (item.statistics.r_rest, item.statistics.r_total, item.counts.r_rest):
            assert r is None or -1 - 1e-9 <= r <= 1 + 1e-9


@given(classes, st.randoms(use_true_random=False))
def test_the_order_of_candidates_is_no_matter(
    rows: list[list[frozenset[int] | None]],
    random: Random,
) -> None:
    mixed = list(rows)
    random.shuffle(mixed)
    one, other = analyse(rows, ASKED), analyse(mixed, ASKED)
    for first, second in zip(one.items, other.items, strict=True):
        assert first.counts.chosen_upper == second.counts.chosen_upper
        assert first.counts.chosen == second.counts.chosen
        assert first.counts.cross_square == pytest.approx(second.counts.cross_square)


@given(classes, classes)
def test_counts_of_sittings_add_up(
    one: list[list[frozenset[int] | None]], other: list[list[frozenset[int] | None]]
) -> None:
    first, second = analyse(one, ASKED).items[0].counts, analyse(other, ASKED).items[0].counts
    both = first + second
    assert both == pooled([first, second])
    assert both.n == len(one) + len(other)
    assert both.chosen == tuple(map(sum, zip(first.chosen, second.chosen, strict=True)))
    assert both.gained == first.gained + second.gained


def test_pooling_does_not_take_the_level_of_a_class_for_discrimination() -> None:
    strong = class_of(["AAAAA", "AAAAB", "BAAAA", "AAAAA"]).items[0].counts
    weak = class_of(["BBBBB", "BBBBA", "BBBBB", "ABBBB"]).items[0].counts
    inside = (strong + weak).r_rest
    mixed = class_of(["AAAAA", "AAAAB", "BAAAA", "AAAAA", "BBBBB", "BBBBA", "BBBBB", "ABBBB"])
    assert inside is not None
    assert mixed.items[0].counts.r_rest is not None
    assert inside < 0.1 < mixed.items[0].counts.r_rest


def test_counts_of_different_items_are_not_added() -> None:
    with pytest.raises(AnalysisError, match="options-differ"):
        counts() + counts(chosen=(60, 40))


@pytest.mark.parametrize(
    ("found", "flags"),
    [
        (counts(), set()),
        (counts(gained=29.0), {Flag.TOO_HARD}),
        (counts(gained=30.0), set()),
        (counts(gained=96.0), {Flag.TOO_EASY}),
        (counts(chosen=(60, 26, 10, 4)), {Flag.DEAD_DISTRACTOR}),
        (counts(chosen=(60, 25, 10, 5)), set()),
        (counts(cross_square=-1.0), {Flag.NEGATIVE_DISCRIMINATION}),
        (
            counts(cross_square=-1.0, chosen_upper=(8, 12, 4, 3)),
            {Flag.NEGATIVE_DISCRIMINATION, Flag.KEY_SUSPECTED},
        ),
        (
            counts(n=99, cross_square=-1.0, chosen_upper=(8, 12, 4, 3)),
            {Flag.NEGATIVE_DISCRIMINATION},
        ),
        (counts(chosen_upper=(8, 12, 4, 3)), set()),
        (counts(n=49, gained=0.0, chosen=(0, 49, 0, 0), cross_square=-1.0), set()),
    ],
)
def test_an_item_is_flagged_from_enough_answers_on(found: ItemCounts, flags: set[Flag]) -> None:
    assert set(judge(found, KEY)) == flags


def test_a_key_of_many_is_suspected_when_a_wrong_option_beats_one_of_it() -> None:
    found = counts(cross_square=-1.0, chosen_upper=(25, 3, 9, 1))
    assert Flag.KEY_SUSPECTED in judge(found, frozenset({0, 1}))
    assert Flag.KEY_SUSPECTED not in judge(found, frozenset({0, 2}))


def test_dead_distractors_are_named_by_option() -> None:
    assert dead_distractors(counts(chosen=(92, 4, 0, 4)), KEY) == (1, 2, 3)
    assert dead_distractors(counts(n=49, chosen=(49, 0, 0, 0)), KEY) == ()


def test_counts_of_nobody_have_no_shares() -> None:
    nobody = counts(n=0)
    assert (nobody.facility, nobody.share(0)) == (None, None)
    assert judge(nobody, KEY) == ()


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 500), st.floats(0, 1e6, allow_nan=False))
def test_a_shrunk_facility_lies_between_class_and_bank(
    own: float, bank: float, n: int, weight: float
) -> None:
    found = shrunk(own, n=n, bank_facility=bank, weight=weight)
    assert min(own, bank) - 1e-9 <= found <= max(own, bank) + 1e-9


def test_shrinkage_halves_the_error_of_a_small_class() -> None:
    random = np.random.default_rng(3)
    raw_error, shrunk_error = [], []
    for _ in range(60):
        true = random.uniform(0.35, 0.95, 80)
        bank = np.clip(true + random.normal(0, 0.06, 80), 0.05, 0.97)
        own = random.binomial(25, true) / 25
        found = np.array(shrunk_facilities(own.tolist(), bank.tolist(), n=25))
        raw_error.append(((own - true) ** 2).mean())
        shrunk_error.append(((found - true) ** 2).mean())
    assert math.sqrt(np.mean(shrunk_error)) < 0.65 * math.sqrt(np.mean(raw_error))


def test_a_bank_the_class_agrees_with_counts_for_much() -> None:
    bank = [0.5, 0.6, 0.7, 0.8]
    agreeing = bank_weight(bank, bank, n=30)
    contrary = bank_weight([0.9, 0.2, 1.0, 0.3], bank, n=30)
    assert agreeing > 100 > contrary >= 0
    with pytest.raises(AnalysisError, match="no-responses"):
        bank_weight([], [], n=30)
