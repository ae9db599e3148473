"""The key sheet (标准答案) of an opened paper: for marking alone, never with the paper."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

from question_bank import KeyEntry
from question_bank.copies import CopyPaper, Place, Scheme, sections_of
from question_bank.item import ItemType


@dataclass(frozen=True)
class KeySheet:
    """The answer key of one paper in paper order.

    ``orders`` go with the entries: each option as shown → its index in the bank. A key kept
    before they were has none. ``cases`` go with the entries too, 0 for a question of no case;
    with ``copies_seed`` they give the order of each printed copy.
    """

    paper_id: int
    code: str
    entries: tuple[KeyEntry, ...]
    orders: tuple[tuple[int, ...], ...] = ()
    cases: tuple[int, ...] = ()
    copies_seed: bytes = b""

    def copy_paper(self, scheme: Scheme) -> CopyPaper:
        """Return the paper as its copies are ordered."""
        places = tuple(
            Place(entry.number, entry.item_type, len(order), case)
            for entry, order, case in zip(self.entries, self.orders, self.cases, strict=True)
        )
        return CopyPaper(places, self.copies_seed, scheme)

    @property
    def sections(self) -> list[tuple[str, list[KeyEntry]]]:
        """Return kind and entries of each section, as the paper itself has them."""
        cases = self.cases or (0,) * len(self.entries)
        found = sections_of(
            zip(self.entries, cases, strict=True),
            lambda placed: (placed[0].item_type.value, placed[1]),
        )
        return [(kind, [entry for entry, _ in held]) for kind, held in found]

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
        "orders": sheet.orders,
        "cases": sheet.cases,
        "copies_seed": sheet.copies_seed.hex(),
    }
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_key(plain: bytes) -> KeySheet:
    """Return the key sheet a canonical text holds."""
    fields = json.loads(plain)
    entries = tuple(
        KeyEntry(number, uid, ItemType(kind), frozenset(key), Decimal(marks))
        for number, uid, kind, key, marks in fields["entries"]
    )
    orders = tuple(tuple(order) for order in fields.get("orders", ()))
    cases = tuple(fields.get("cases", ()))
    copies_seed = bytes.fromhex(fields.get("copies_seed", ""))
    return KeySheet(fields["paper_id"], fields["code"], entries, orders, cases, copies_seed)
