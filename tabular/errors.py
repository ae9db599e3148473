"""The one error of the table reader and writer: a code and the facts found."""

from __future__ import annotations


class TableError(Exception):
    """A file that cannot be read as a table, or a table that cannot be written."""

    def __init__(self, code: str, **facts: object) -> None:
        """Keep the code and the facts."""
        self.code = code
        self.facts = facts
        super().__init__(code)

    def __str__(self) -> str:
        """Return the code followed by its facts, for logs and tests."""
        return " ".join([self.code, *(f"{name}={value!s}" for name, value in self.facts.items())])
