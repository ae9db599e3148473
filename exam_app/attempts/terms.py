"""The words of attempts (应试)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class AttemptState(StrEnum):
    """Where an attempt stands."""

    ANSWERING = "answering"
    SUBMITTED = "submitted"


class KeyingState(StrEnum):
    """Where the keyed entry of one script stands (双人录入)."""

    OPEN = "open"
    FIRST = "first"
    DIFFERENT = "different"
    AGREED = "agreed"


@dataclass(frozen=True)
class Answer:
    """The answer to one question: letters, sorted, "" for none; a higher ``seq`` is newer."""

    question: int
    value: str
    seq: int


@dataclass(frozen=True)
class Ack:
    """What stands in the database after a save (保存回执): the server's answers and clock."""

    stored: tuple[Answer, ...]
    now: dt.datetime
    deadline_at: dt.datetime

    def holds(self, answer: Answer) -> bool:
        """Return whether this answer is the one that stands."""
        return any(
            each.question == answer.question and each.value == answer.value for each in self.stored
        )


@dataclass(frozen=True)
class Difference:
    """One question two readings of a script disagree on (录入差异)."""

    question: int
    first: str
    second: str
