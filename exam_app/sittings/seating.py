"""Seats (编座): who sits where, so that neighbours come from different enterprises."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SEATS_ACROSS = 5
"""Seats side by side in a room; seat 1 is front left, seat 6 stands behind it."""
_PATIENCE = 25


@dataclass(frozen=True, order=True)
class Seat:
    """One seat of a room; rooms and seats count from 1."""

    room_id: int
    number: int

    @property
    def place(self) -> tuple[int, int]:
        """Return row and column, from 0."""
        return divmod(self.number - 1, SEATS_ACROSS)


@dataclass(frozen=True)
class Sitter:
    """Somebody to be seated: a key of the caller and the enterprise (企业)."""

    key: int
    enterprise_id: int


def neighbours(seat: Seat) -> tuple[Seat, ...]:
    """Return the seats beside, before and behind, whether they are in use or not."""
    row, column = seat.place
    around = [seat.number - SEATS_ACROSS, seat.number + SEATS_ACROSS]
    if column > 0:
        around.append(seat.number - 1)
    if column < SEATS_ACROSS - 1:
        around.append(seat.number + 1)
    return tuple(Seat(seat.room_id, number) for number in around if number > 0)


def free_seats(rooms: Sequence[tuple[int, int]], taken: Iterable[Seat], count: int) -> list[Seat]:
    """Return the first ``count`` free seats, room by room; fewer where there are no more.

    Args: rooms: id and seats of each room, in the order they are filled.
    """
    used = set(taken)
    seats = [Seat(room_id, number) for room_id, size in rooms for number in range(1, size + 1)]
    return [seat for seat in seats if seat not in used][:count]


def seat_plan(
    sitters: Sequence[Sitter],
    seats: Sequence[Seat],
    *,
    seed: int,
    seated: Mapping[Seat, int] | None = None,
) -> dict[int, Seat]:
    """Return key → seat: neighbours of different enterprises where that can be done.

    The same seed and people give the same plan; nobody chooses a seat.

    Args:
        seats: as many as sitters.
        seated: seat → enterprise of those who sit already; they stay.
    """
    if len(sitters) != len(seats):
        raise ValueError("as many seats as sitters")
    ordered = _mixed(sitters, seed)
    by_seat = dict(zip(_checkerboard(seats), ordered, strict=True))
    _settle(by_seat, dict(seated or {}), seed)
    return {sitter.key: seat for seat, sitter in by_seat.items()}


def clashes(enterprises: Mapping[Seat, int]) -> int:
    """Return how many pairs of neighbours come from one enterprise."""
    return (
        sum(
            enterprises.get(other) == enterprise
            for seat, enterprise in enterprises.items()
            for other in neighbours(seat)
        )
        // 2
    )


def _drawn(seed: int, key: int) -> bytes:
    return hashlib.sha256(f"seat:{seed}:{key}".encode()).digest()


def _mixed(sitters: Sequence[Sitter], seed: int) -> list[Sitter]:
    """Return the sitters by enterprise, the largest first; drawn by lot within each."""
    sizes = Counter(sitter.enterprise_id for sitter in sitters)
    return sorted(
        sitters,
        key=lambda each: (
            -sizes[each.enterprise_id],
            _drawn(seed, -each.enterprise_id),
            _drawn(seed, each.key),
        ),
    )


def _checkerboard(seats: Sequence[Seat]) -> list[Seat]:
    """Return the seats, those of one colour first: no two of one colour are neighbours."""
    dark = [seat for seat in seats if sum(seat.place) % 2 == 0]
    light = [seat for seat in seats if sum(seat.place) % 2 == 1]
    return [*dark, *light]


def _settle(by_seat: dict[Seat, Sitter], seated: dict[Seat, int], seed: int) -> None:
    """Exchange sitters until no clash is left or no exchange helps any more."""
    held = {seat: sitter.enterprise_id for seat, sitter in by_seat.items()} | seated
    best, best_clashes = dict(by_seat), clashes(held)
    barred: dict[tuple[Seat, int], int] = {}
    step = last_gain = 0
    while best_clashes and step - last_gain < _PATIENCE:
        found = _best_exchange(by_seat, held, barred, step, seed)
        if found is None:
            break
        step += 1
        first, second = found
        barred[first, held[first]] = barred[second, held[second]] = step + 6
        by_seat[first], by_seat[second] = by_seat[second], by_seat[first]
        held[first], held[second] = held[second], held[first]
        now = clashes(held)
        if now < best_clashes:
            best, best_clashes, last_gain = dict(by_seat), now, step
    by_seat.update(best)


def _best_exchange(
    by_seat: Mapping[Seat, Sitter],
    held: dict[Seat, int],
    barred: Mapping[tuple[Seat, int], int],
    step: int,
    seed: int,
) -> tuple[Seat, Seat] | None:
    """Return the exchange of a clashing sitter that leaves the fewest clashes."""
    best: tuple[int, bytes, Seat, Seat] | None = None
    troubled = [seat for seat in by_seat if _clashes_at(seat, held[seat], held)]
    for first in troubled:
        for second in by_seat:
            if held[first] == held[second]:
                continue
            if (
                max(barred.get((first, held[second]), 0), barred.get((second, held[first]), 0))
                > step
            ):
                continue
            left = _after(first, second, held)
            if best is None or left <= best[0]:
                lot = _drawn(seed + step, first.number * 1009 + second.number * 31)
                if best is None or (left, lot) < best[:2]:
                    best = (left, lot, first, second)
    return None if best is None else (best[2], best[3])


def _clashes_at(seat: Seat, enterprise: int, held: Mapping[Seat, int]) -> int:
    return sum(held.get(other) == enterprise for other in neighbours(seat))


def _after(first: Seat, second: Seat, held: dict[Seat, int]) -> int:
    """Return how many clashes an exchange adds (or takes away, below zero)."""
    before = _clashes_at(first, held[first], held) + _clashes_at(second, held[second], held)
    held[first], held[second] = held[second], held[first]
    after = _clashes_at(first, held[first], held) + _clashes_at(second, held[second], held)
    held[first], held[second] = held[second], held[first]
    return after - before
