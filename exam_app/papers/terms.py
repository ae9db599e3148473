"""The words of papers (试卷), and a paper as its candidates read it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

MIXED = "case"
"""The section of the cases whose questions are of several types (案例题)."""


class PaperKind(StrEnum):
    """First paper, its reserve (备用卷), or the paper of the retake (补考卷)."""

    FIRST = "first"
    RESERVE = "reserve"
    RETAKE = "retake"


class PaperState(StrEnum):
    """Where a paper stands."""

    DRAWN = "drawn"
    APPROVED = "approved"
    SEALED = "sealed"
    OPENED = "opened"
    ARCHIVED = "archived"


class CustodyKind(StrEnum):
    """What was done with a paper and its copies (试卷流转)."""

    SEALED = "sealed"
    OPENED = "opened"
    PRINTED = "printed"
    HANDED_OUT = "handed_out"
    RETURNED = "returned"
    SPOILED = "spoiled"
    DESTROYED = "destroyed"


class RemarkKind(StrEnum):
    """What is said of a drawn paper: a remark, the setter's answer, an item struck out."""

    REMARK = "remark"
    ANSWER = "answer"
    STRIKE = "strike"


class ConsentPurpose(StrEnum):
    """What a first person agreed to, for a second to carry out."""

    SEAL = "seal"
    OPEN = "open"
    OPEN_RESERVE_EARLY = "open_reserve_early"
    CUSTODY = "custody"


@dataclass(frozen=True)
class Case:
    """The material (案例) questions share: its number on the paper, from 1, and its text."""

    number: int
    stem: str


@dataclass(frozen=True)
class Figure:
    """A picture of a question: the SHA-256 its file is held under, and it in words."""

    digest: str
    alt: str = ""


@dataclass(frozen=True)
class CandidateQuestion:
    """One question as candidates read it: no key, no source, no history.

    ``type`` is ``single``, ``multiple`` or ``true_false``.
    """

    number: int
    type: str
    stem: str
    options: tuple[str, ...]
    marks: Decimal
    case: Case | None = None
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class CandidateView:
    """A paper as candidates read it (考生所见试卷), questions in the order of the paper."""

    paper_id: int
    code: str
    questions: tuple[CandidateQuestion, ...]

    @property
    def sections(self) -> list[tuple[str, list[CandidateQuestion]]]:
        """Return kind and questions of each section: a type, or the cases of several types."""
        kinds: dict[int, set[str]] = {}
        for each in self.questions:
            kinds.setdefault(each.case.number if each.case else 0, set()).add(each.type)

        def kind(each: CandidateQuestion) -> str:
            mixed = each.case is not None and len(kinds[each.case.number]) > 1
            return MIXED if mixed else each.type

        return [(name, list(held)) for name, held in groupby(self.questions, key=kind)]

    @property
    def full_marks(self) -> Decimal:
        """Return the full marks, in points."""
        return sum((question.marks for question in self.questions), Decimal(0))
