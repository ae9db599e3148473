"""A run: one or several papers drawn after one another, each knowing those before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from question_bank.program.bank import Ints
from question_bank.program.counts import run_shortages, supply
from question_bank.program.draw import draw_paper
from question_bank.program.keys import Draw
from question_bank.program.model import Engine
from question_bank.program.order import in_order
from question_bank.program.plan import Plan
from question_bank.program.standing import Standing
from question_bank.program.together import draw_together, draw_with_rest

_SPREADS = 2


@dataclass(frozen=True, slots=True)
class Run:
    """The papers of a run as item ids in their order, and the counter each was drawn with."""

    papers: tuple[tuple[str, ...], ...]
    counter: int


def draw_run(
    plan: Plan,
    before: Standing,
    *,
    papers: int,
    seed: bytes,
    engine: Engine,
    exposure: float = 0.0,
) -> Run | None:
    """Return the papers of a run, or None when no way to draw them all was found."""
    tries = _Tries(plan, before, papers, seed, engine, exposure)
    for counter, attempt in enumerate(tries.all()):
        drawn = attempt(counter)
        if drawn is not None:
            return _ordered(before, drawn, seed, counter)
        if tries.hopeless:
            return None
    return None


@dataclass(slots=True)
class _Tries:
    """Ways to draw a run, each with its own counter; later ones look further ahead."""

    plan: Plan
    before: Standing
    papers: int
    seed: bytes
    engine: Engine
    exposure: float
    hopeless: bool = False

    def all(self) -> list[Callable[[int], list[Ints] | None]]:
        """Return the ways in the order they are tried."""
        ways: list[Callable[[int], list[Ints] | None]] = [self.one_by_one]
        limited = self.plan.overlap == 0 or self.plan.max_uses is not None
        if self.papers > 1 and (self.plan.disjoint or limited):
            ways.append(self.with_the_rest_in_mind)
        if self.papers > 1:
            ways += [self.spread] * _SPREADS + [self.at_once]
        return ways

    def one_by_one(self, counter: int) -> list[Ints] | None:
        """Return papers drawn without a look ahead."""
        return self._sequence(counter, self.exposure)

    def spread(self, counter: int) -> list[Ints] | None:
        """Return papers drawn from the least used, which leaves more for those that follow."""
        return self._sequence(counter, self.exposure + 1.0)

    def _sequence(self, counter: int, exposure: float) -> list[Ints] | None:
        now, drawn = self.before, list[Ints]()
        for number in range(1, self.papers + 1):
            draw = Draw(self.seed, number, counter)
            items = draw_paper(self.plan, now, draw, self.engine, exposure=exposure)
            if items is None:
                self.hopeless = self.hopeless or number == 1
                return None
            drawn.append(items)
            now = now.after(items)
        return drawn

    def with_the_rest_in_mind(self, counter: int) -> list[Ints] | None:
        """Return papers of which each leaves what those after it need."""
        held = supply(self.plan, self.before, self.engine)
        if run_shortages(held, self.papers):
            self.hopeless = True
            return None
        drawn: list[Ints] = []
        for number in range(1, self.papers + 1):
            draw = Draw(self.seed, number, counter)
            looked = draw_with_rest(held, draw, self.papers - number)
            if looked.items is None:
                self.hopeless = looked.proven and number == 1
                return None
            drawn.append(looked.items)
            held = supply(self.plan, held.before.after(looked.items), self.engine)
        return drawn

    def at_once(self, counter: int) -> list[Ints] | None:
        """Return papers drawn by one program."""
        draws = [Draw(self.seed, number, counter) for number in range(1, self.papers + 1)]
        return draw_together(supply(self.plan, self.before, self.engine), draws)


def _ordered(before: Standing, drawn: Sequence[Ints], seed: bytes, counter: int) -> Run:
    return Run(
        papers=tuple(
            in_order(before.bank, items, Draw(seed, number, counter))
            for number, items in enumerate(drawn, start=1)
        ),
        counter=counter,
    )
