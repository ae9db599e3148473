"""What the assembly program refuses: files it cannot read, papers that cannot be."""

from __future__ import annotations

from question_bank.errors import BankError


class FileMalformed(BankError):
    """A row or key of a file cannot be read; the facts name the file and its line."""

    def __init__(self, code: str, *, file: str, line: int, **facts: object) -> None:
        """Keep where the fault stands and what was found there."""
        self.file = file
        self.line = line
        super().__init__(code, file=file, line=line, **facts)

    def __str__(self) -> str:
        """Return ``file:line: code`` and what was found."""
        found = [f"{key}={value!s}" for key, value in self.facts.items()]
        return " ".join([f"{self.file}:{self.line}: {self.code}", *found[2:]])


class OutputRefused(BankError):
    """The papers of a run cannot be written; nothing is left of them."""


class EngineFailed(BankError):
    """An engine stopped without a proof; no paper is drawn from such an answer."""


class PaperWrong(BankError):
    """A drawn paper breaks a rule by the independent check; nothing is written."""
