"""What a check of a bank found, and at which item."""

from __future__ import annotations

from dataclasses import dataclass

from question_bank.item import Problem


@dataclass(frozen=True, slots=True)
class Found:
    """A problem and the item it was found at; "" is the bank as a whole."""

    item: str
    problem: Problem
