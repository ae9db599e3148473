"""Seats: one each, the same from the same seed, neighbours of different enterprises."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_app.sittings.seating import Seat, Sitter, clashes, free_seats, neighbours, seat_plan

ROOMS = [(1, 30), (2, 30), (3, 30)]


def seated(sitters: list[Sitter], plan: dict[int, Seat]) -> dict[Seat, int]:
    """Return seat → enterprise."""
    return {plan[sitter.key]: sitter.enterprise_id for sitter in sitters}


@given(st.lists(st.integers(1, 6), min_size=1, max_size=80), st.integers(0, 10_000))
def test_everybody_has_one_seat(enterprises: list[int], seed: int) -> None:
    """A plan uses each seat once, and the same seed gives the same plan."""
    sitters = [Sitter(key, each) for key, each in enumerate(enterprises)]
    seats = free_seats(ROOMS, [], len(sitters))
    plan = seat_plan(sitters, seats, seed=seed)
    assert sorted(plan.values()) == sorted(seats)
    assert plan == seat_plan(sitters, seats, seed=seed)
    if max(Counter(enterprises).values()) <= (len(sitters) + 1) // 2:
        assert clashes(seated(sitters, plan)) == 0


def test_an_infeasible_plan_has_few_clashes() -> None:
    """Where one enterprise fills most seats, the plan is still made, quickly."""
    sitters = [Sitter(key, 1 if key < 20 else 2) for key in range(30)]
    plan = seat_plan(sitters, free_seats(ROOMS, [], 30), seed=1)
    assert 0 < clashes(seated(sitters, plan)) < 20


def test_another_sitting_draws_other_seats() -> None:
    """The lot depends on the sitting."""
    sitters = [Sitter(key, key % 5) for key in range(30)]
    seats = free_seats(ROOMS, [], 30)
    assert seat_plan(sitters, seats, seed=1) != seat_plan(sitters, seats, seed=2)


def test_those_who_sit_stay() -> None:
    """Late entries take free seats beside other enterprises."""
    first = [Sitter(key, 1 + key % 2) for key in range(10)]
    held = seated(first, seat_plan(first, free_seats(ROOMS, [], 10), seed=3))
    more = [Sitter(100 + key, 1 + key % 3) for key in range(6)]
    seats = free_seats(ROOMS, held, 6)
    assert not set(seats) & set(held)
    plan = seat_plan(more, seats, seed=3, seated=held)
    assert clashes(held | seated(more, plan)) == 0


def test_neighbours_stand_beside_before_and_behind() -> None:
    """A seat in the middle has four neighbours, a corner two in use."""
    assert {each.number for each in neighbours(Seat(1, 7))} == {2, 6, 8, 12}
    assert {each.number for each in neighbours(Seat(1, 1))} == {2, 6}
    assert {each.number for each in neighbours(Seat(1, 5))} == {4, 10}


def test_too_few_seats_are_given_back_short() -> None:
    """The caller sees how many seats there are."""
    assert len(free_seats([(1, 4)], [], 6)) == 4
    with pytest.raises(ValueError, match="as many seats"):
        seat_plan([Sitter(1, 1)], [], seed=1)
