"""The key sheet (标准答案) of an opened paper: for marking alone, never with the paper."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

from question_bank import KeyEntry
from question_bank.item import ItemType


@dataclass(frozen=True)
class KeySheet:
    """The answer key of one paper in paper order."""

    paper_id: int
    code: str
    entries: tuple[KeyEntry, ...]

    @property
    def full_marks(self) -> Decimal:
        """Return the full marks, in points."""
        return sum((entry.marks for entry in self.entries), Decimal(0))


def write_key(sheet: KeySheet) -> bytes:
    """Return the canonical text of a key sheet."""
    fields = {
        "paper_id": sheet.paper_id,
        "code": sheet.code,
        "entries": [
            [each.number, each.uid, each.item_type.value, sorted(each.key), str(each.marks)]
            for each in sheet.entries
        ],
    }
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_key(plain: bytes) -> KeySheet:
    """Return the key sheet a canonical text holds."""
    fields = json.loads(plain)
    entries = tuple(
        KeyEntry(number, uid, ItemType(kind), frozenset(key), Decimal(marks))
        for number, uid, kind, key, marks in fields["entries"]
    )
    return KeySheet(fields["paper_id"], fields["code"], entries)
