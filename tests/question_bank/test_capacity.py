"""What a bank carries: an upper bound that drawing one after another comes near to."""

from __future__ import annotations

from dataclasses import replace

from question_bank.assembly import draw
from question_bank.blueprint import feasibility
from question_bank.capacity import NEIGHBOURS, Overlap, carried
from question_bank.errors import BankShort
from question_bank.paper_rules import PaperRules
from tests.question_bank.strategies import BLUEPRINT, make_pool

POOL = make_pool()
SEED = bytes(range(32))


def test_without_a_ceiling_no_item_is_used_twice() -> None:
    found = carried(BLUEPRINT, POOL)
    assert found.papers == 6
    assert found.classes == 2
    scarcest = {"cells.A.4.1.true_false", "cells.A.4.single", "cells.B.single"}
    assert found.binding
    assert set(found.binding) <= scarcest | {"cells.A.multiple"}
    assert feasibility(BLUEPRINT, POOL, papers=found.papers) == []
    used: set[str] = set()
    drawn = 0
    try:
        while True:
            used |= draw(BLUEPRINT, POOL, SEED, exclude=frozenset(used)).item_ids
            drawn += 1
    except BankShort:
        assert drawn == found.papers


def test_a_ceiling_of_uses_counts_what_was_used_before() -> None:
    capped = replace(BLUEPRINT, rules=PaperRules(max_uses=3))
    assert carried(capped, POOL).papers == 18
    uses = {item.id: 1 for item in POOL}
    assert carried(capped, POOL, uses=uses).papers == 12
    assert carried(capped, POOL, uses={item.id: 3 for item in POOL}).diagnosis is not None


def test_a_bank_that_gives_no_paper_says_why() -> None:
    pool = [item for item in POOL if item.topic != "B.2"]
    found = carried(BLUEPRINT, pool)
    assert found.papers == found.classes == 0
    assert found.diagnosis is not None
    assert [each.rule for each in found.diagnosis.short] == ["cells.B.single"]


def test_the_ceiling_of_overlap_binds_where_neighbours_leave_less() -> None:
    """Papers drawn one after another, each against all before, never get past the forecast."""
    capped = replace(BLUEPRINT, rules=PaperRules(max_uses=50))
    free = carried(capped, POOL).papers
    for ceiling in (0, 1, 2):
        found = carried(capped, POOL, overlap=Overlap(ceiling))
        drawn: list[frozenset[str]] = []
        try:
            while len(drawn) <= NEIGHBOURS:
                seed = bytes([len(drawn)]) * 32
                paper = draw(capped, POOL, seed, neighbours=drawn, ceiling=ceiling)
                drawn.append(paper.uids)
        except BankShort:
            pass
        if found.binding == ("overlap.max",):
            assert len(drawn) <= found.papers < free
        else:
            assert found.papers == free
    assert carried(capped, POOL, overlap=Overlap(0)).binding == ("overlap.max",)
    assert carried(capped, POOL, overlap=Overlap(capped.total_items)).papers == free


def test_the_next_paper_is_held_against_the_neighbours_there_are() -> None:
    """A bank that could carry papers gives none beside what stands already."""
    whole = frozenset(item.uid for item in POOL)
    found = carried(BLUEPRINT, POOL, overlap=Overlap(1, papers=(whole,)))
    assert found.papers == 0
    assert found.diagnosis is not None
