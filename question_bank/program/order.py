"""The order of the items of a paper: sections by type, drawn orders inside, sets together.

Sections stand in the order of TYPES. A set whose members are of one type stands in its section as
a block; sets that span types make a section of their own at the end. Items and blocks of a section
are ordered by their random place, the members of a set by their ids.
"""

from __future__ import annotations

from collections import defaultdict

from question_bank.program.bank import Bank, Ints
from question_bank.program.keys import Draw, place
from question_bank.program.plan import TYPES


def in_order(bank: Bank, items: Ints, draw: Draw) -> tuple[str, ...]:
    """Return the ids of a paper's items in the order a candidate meets them."""
    blocks: dict[tuple[bool, str], list[int]] = defaultdict(list)
    for item in sorted(map(int, items)):
        held = int(bank.sets[item])
        blocks[held >= 0, bank.ids[item] if held < 0 else bank.set_names[held]].append(item)
    ordered = sorted(
        blocks.items(),
        key=lambda block: (_section(bank, block[1]), place(draw, block[0][1]), block[0]),
    )
    return tuple(bank.ids[item] for _, members in ordered for item in members)


def _section(bank: Bank, members: list[int]) -> int:
    kinds = {int(bank.types[member]) for member in members}
    return kinds.pop() if len(kinds) == 1 else len(TYPES)
