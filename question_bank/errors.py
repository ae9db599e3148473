"""The errors of the question bank: a code and the facts found, never a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from question_bank.program.diagnosis import Diagnosis


class BankError(Exception):
    """Something the question bank refuses; the caller finds the words for its code."""

    def __init__(self, code: str, **facts: object) -> None:
        """Keep the code and the facts."""
        self.code = code
        self.facts = facts
        super().__init__(code)

    def __str__(self) -> str:
        """Return the code followed by its facts, for logs and tests."""
        return " ".join([self.code, *(f"{name}={value!s}" for name, value in self.facts.items())])


class ItemError(BankError):
    """An item (试题) that cannot be held."""


class ContentError(BankError):
    """A content file that cannot be read; names the file and, where known, the item."""


class LawsError(BankError):
    """A file of law articles that cannot be read or is not the one its digest names."""


class SyllabusError(BankError):
    """A syllabus (考试大纲) that cannot be read or contradicts itself."""


class BlueprintError(BankError):
    """A blueprint (双向细目表) that contradicts itself."""


class PoolError(BankError):
    """A pool of items no paper can be drawn from: the same item is in it twice."""


class BankShort(BankError):
    """The pool cannot fill the blueprint.

    `diagnosis` says which rules are short, what would have to give way and what contradicts;
    `facts` name the first short rule (rule, needed, available).
    """

    def __init__(self, diagnosis: Diagnosis) -> None:
        """Keep why; the facts name the first shortage."""
        self.diagnosis = diagnosis
        first = next(iter(diagnosis.short), None)
        if first is None:
            super().__init__("bank-short")
        else:
            super().__init__(
                "bank-short", rule=first.rule, needed=first.needed, available=first.available
            )


class PaperError(BankError):
    """A stored paper (试卷) that does not read back as it was written."""


class DisclosureError(BankError):
    """A folder that holds no disclosed paper (公开核验)."""


class MarkingError(BankError):
    """A response or key that marking (阅卷) cannot place."""


class AnalysisError(BankError):
    """Answers no numbers (试题统计) can be taken from."""


class ExchangeError(BankError):
    """A file that cannot be read as an item table at all."""
