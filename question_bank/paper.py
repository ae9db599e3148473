"""A drawn paper (试卷): items in order, shuffled options, and the views of it.

The draft holds the answer key and belongs to the examining side. What a candidate may see is
`candidate_view()` alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import groupby

from question_bank.blueprint import exact
from question_bank.errors import PaperError
from question_bank.item import Figure, ItemSet, ItemType, letters_from_key

FORMAT = 1


@dataclass(frozen=True, slots=True)
class DraftItem:
    """One item at its place in a paper.

    `options` and `key` are as shown; `option_order[shown]` is the option's index in the bank.
    `case` is the stem it shares with the items beside it.
    """

    number: int
    uid: str
    item_type: ItemType
    stem: str
    options: tuple[str, ...]
    option_order: tuple[int, ...]
    key: frozenset[int]
    marks: Decimal
    case: ItemSet | None = None
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A case (案例) as a candidate reads it: its number on the paper, from 1, and its stem."""

    number: int
    stem: str


@dataclass(frozen=True, slots=True)
class CandidateQuestion:
    """What a candidate reads of one item, and nothing else."""

    number: int
    stem: str
    options: tuple[str, ...]
    marks: Decimal
    case: Case | None = None
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class CandidateSection:
    """One section of the paper (单选题、多选题、判断题) as a candidate reads it."""

    item_type: ItemType
    questions: tuple[CandidateQuestion, ...]


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """The answer key (答案) of one numbered item; `key` indexes the options as shown."""

    number: int
    uid: str
    item_type: ItemType
    key: frozenset[int]
    marks: Decimal

    @property
    def letters(self) -> str:
        """Return the key in letters as on the paper; T or F for a true_false item."""
        return letters_from_key(self.key, self.item_type)


@dataclass(frozen=True, slots=True)
class PaperDraft:
    """A paper as drawn, with its key; `bank` and `blueprint` are the digests it was drawn from."""

    items: tuple[DraftItem, ...]
    bank: str
    blueprint: str

    @property
    def total_marks(self) -> Decimal:
        """Return the full marks, in points."""
        return sum((item.marks for item in self.items), Decimal(0))

    @property
    def uids(self) -> frozenset[str]:
        """Return the uids of the items, for overlap with other papers."""
        return frozenset(item.uid for item in self.items)

    @property
    def item_ids(self) -> frozenset[str]:
        """Return the item ids without versions: what a retake excludes."""
        return frozenset(uid.rpartition("@")[0] for uid in self.uids)

    def candidate_view(self) -> tuple[CandidateSection, ...]:
        """Return the sections a candidate reads: what is printed of each item, nothing else."""
        cases: dict[str, Case] = {}
        return tuple(
            CandidateSection(item_type, tuple(_as_read(item, cases) for item in section))
            for item_type, section in groupby(self.items, key=lambda item: item.item_type)
        )

    def key_sheet(self) -> tuple[KeyEntry, ...]:
        """Return the key of every item in paper order."""
        return tuple(
            KeyEntry(item.number, item.uid, item.item_type, item.key, item.marks)
            for item in self.items
        )

    def to_json(self) -> str:
        """Return the canonical text of the draft: one draft, one text."""
        fields = {
            "format": FORMAT,
            "bank": self.bank,
            "blueprint": self.blueprint,
            "items": [_to_fields(item) for item in self.items],
        }
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> PaperDraft:
        """Return the draft a canonical text holds.

        Raises: PaperError: unreadable, another format, or not the canonical text of its draft.
        """
        try:
            fields = json.loads(text)
            found_format = fields["format"]
            items = tuple(_from_fields(entry) for entry in fields["items"])
            draft = cls(items, fields["bank"], fields["blueprint"])
        except (ValueError, TypeError, KeyError, InvalidOperation) as error:
            raise PaperError("paper-unreadable") from error
        if found_format != FORMAT:
            raise PaperError("paper-other-format", found=found_format)
        if draft.to_json() != text:
            raise PaperError("paper-not-canonical")
        return draft


def total_marks(key_sheet: Iterable[KeyEntry]) -> Decimal:
    """Return the full marks a key sheet gives, in points."""
    return sum((entry.marks for entry in key_sheet), Decimal(0))


def _as_read(item: DraftItem, cases: dict[str, Case]) -> CandidateQuestion:
    """Return the question; `cases` gathers those met so far, in paper order."""
    case = None
    if item.case is not None:
        case = cases.setdefault(item.case.id, Case(len(cases) + 1, item.case.stem))
    return CandidateQuestion(
        item.number, item.stem, item.options, item.marks, case=case, figures=item.figures
    )


def _to_fields(item: DraftItem) -> dict[str, object]:
    """Return the fields of an item; case and figures stand only where it has them."""
    fields: dict[str, object] = {
        "number": item.number,
        "uid": item.uid,
        "type": item.item_type.value,
        "stem": item.stem,
        "options": list(item.options),
        "option_order": list(item.option_order),
        "key": sorted(item.key),
        "marks": exact(item.marks),
    }
    if item.case is not None:
        fields["case"] = [item.case.id, item.case.stem]
    if item.figures:
        fields["figures"] = [[each.digest, each.media_type, each.alt] for each in item.figures]
    return fields


def _from_fields(fields: dict[str, object]) -> DraftItem:
    return DraftItem(
        number=_number(fields["number"]),
        uid=str(fields["uid"]),
        item_type=ItemType(str(fields["type"])),
        stem=str(fields["stem"]),
        options=tuple(str(text) for text in _list(fields["options"])),
        option_order=tuple(_number(index) for index in _list(fields["option_order"])),
        key=frozenset(_number(index) for index in _list(fields["key"])),
        marks=Decimal(str(fields["marks"])),
        case=ItemSet(*_texts(fields["case"])) if "case" in fields else None,
        figures=tuple(Figure(*_texts(each)) for each in _list(fields.get("figures", []))),
    )


def _texts(value: object) -> list[str]:
    return [str(each) for each in _list(value)]


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(type(value).__name__)
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(type(value).__name__)
    return value
