"""Content files looked through (题库检查): what is wrong, and what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from question_bank.census import Census, census
from question_bank.checks import Found, check_bank
from question_bank.content import CONTENT, load_content
from question_bank.errors import ContentError
from question_bank.item import Item, warning
from question_bank.laws import Laws


@dataclass(frozen=True, slots=True)
class Inspection:
    """The problems of some content files, their counts, and the articles they were held against."""

    problems: tuple[Found, ...]
    census: Census
    laws_digest: str

    @property
    def errors(self) -> int:
        """Return the number of errors."""
        return sum(each.problem.is_error for each in self.problems)

    @property
    def warnings(self) -> int:
        """Return the number of warnings."""
        return len(self.problems) - self.errors


def inspect(places: Sequence[Path], laws: Laws) -> Inspection:
    """Return what is found in files and folders of items; the shipped folder where none is named.

    A file is compared with the others of its folder; folders alone are judged as a whole bank.
    Raises: ContentError: a file that cannot be read.
    """
    chosen = places or [CONTENT]
    items = [item for place in chosen for item in load_content(place, laws=laws)]
    beside, unread = _beside([place for place in chosen if place.is_file()], laws)
    found = check_bank(items, laws, beside=beside, whole=all(place.is_dir() for place in chosen))
    return Inspection((*unread, *found), census(items), laws.digest)


def _beside(files: Sequence[Path], laws: Laws) -> tuple[list[Item], list[Found]]:
    """Return the items of the other files there; one that cannot be read is passed over."""
    chosen = {file.resolve() for file in files}
    folders = {file.parent for file in chosen}
    items: list[Item] = []
    unread = []
    for file in sorted({file for folder in folders for file in folder.glob("*.toml")} - chosen):
        try:
            items += load_content(file, laws=laws)
        except ContentError as error:
            unread.append(Found("", warning("not-compared", file=file.name, reason=error.code)))
    return items, unread
