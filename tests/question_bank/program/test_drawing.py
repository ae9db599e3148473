"""Papers drawn from random banks keep every rule, and are functions of bank, rules and seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.program.bank import bank_of
from question_bank.program.reading_items import read_items
from question_bank.program.synthetic import Instance, instance
from tests.question_bank.program.trying import broken, drawn


def varied(size: int, seed: int) -> Instance:
    """Return an instance whose blueprint leaves out, tightens or adds rules by chance."""
    chance = np.random.default_rng(seed)
    length = int(chance.integers(5, max(6, min(80, size // 6))))
    made = instance(size, seed, length=length, chapters=int(chance.integers(1, 7)), leaves=3)
    for name in ("types", "topics", "levels"):
        if chance.random() < 0.3:
            made.rules[name] = {}
    for key in ("marks", "seconds", "facility", "info_min", "sets"):
        if chance.random() < 0.4:
            del made.rules["paper"][key]
    ids = [row["id"] for row in made.rows]
    if chance.random() < 0.6:
        made.rules["overlap"]["max"] = int(chance.integers(0, length))
        made.earlier = [
            [str(each) for each in chance.choice(ids, length, replace=False)] for _ in range(3)
        ]
    made.rules["overlap"]["disjoint"] = bool(chance.random() < 0.4)
    made.papers = int(chance.integers(1, 4))
    return made


@settings(max_examples=60)
@given(size=st.integers(30, 700), seed=st.integers(0, 10**6))
def test_every_rule_of_every_paper_holds(size: int, seed: int) -> None:
    """What is drawn passes the independent check, whatever the rules."""
    made = varied(size, seed)
    run = drawn(made, str(seed))
    if run is not None:
        assert len(run.papers) == made.papers
        assert broken(made, run) == []


@pytest.mark.slow
@pytest.mark.parametrize("size", [2_000, 20_000])
def test_large_banks_keep_every_rule(size: int) -> None:
    """The pool of a large bank gives papers as right as a small bank's."""
    made = instance(size, 7)
    made.papers, made.rules["overlap"]["max"] = 4, 5
    run = drawn(made)
    assert run is not None
    assert broken(made, run) == []


@pytest.mark.parametrize("seed", range(12))
def test_two_engines_draw_the_same_paper(seed: int) -> None:
    """The optimum is unique, so that the engine is no matter."""
    made = instance(400, seed % 4, length=40)
    made.papers = 2
    first, second = drawn(made, str(seed)), drawn(made, str(seed), "scipy")
    assert first is not None
    assert first == second


def test_the_order_of_the_rows_is_no_matter() -> None:
    """A bank is the set of its items: rows in another order give the same papers and digest."""
    made = instance(300, 1, length=30)
    turned = Instance(made.rows[::-1], made.rules)
    assert drawn(made) == drawn(turned)
    banks = [bank_of(read_items(each.items_text, "").candidates) for each in (made, turned)]
    assert banks[0].digest == banks[1].digest


def test_another_seed_gives_another_paper() -> None:
    """Seeds decide; ten of them give ten papers."""
    made = instance(300, 1, length=30)
    assert len({drawn(made, str(seed)) for seed in range(10)}) == 10


def test_sections_and_sets_stay_together() -> None:
    """Types stand in their order, sets as blocks, sets of several types at the end."""
    made = instance(600, 3, length=40)
    made.rules["paper"]["sets"] = [3, 5]
    run = drawn(made)
    assert run is not None
    rows = {row["id"]: row for row in made.rows}
    paper = [rows[item] for item in run.papers[0]]
    names = [row["set"] for row in paper]
    for name in filter(None, set(names)):
        first = names.index(name)
        assert names[first : first + names.count(name)] == [name] * names.count(name)
    kinds = {name: {row["type"] for row in paper if row["set"] == name} for name in names if name}
    plain = [row["type"] for row in paper if len(kinds.get(row["set"], {1})) == 1]
    order = ["single", "multiple", "true_false"]
    assert plain == sorted(plain, key=order.index)
    assert all(len(kinds[name]) > 1 for name in names[len(plain) :])


def test_a_tight_bank_is_used_up() -> None:
    """Disjoint papers are drawn looking ahead, until the count of a type forbids another."""
    made = instance(475, 3, length=50, chapters=4, leaves=3)
    made.rules["paper"]["sets"] = [0, 2]
    made.rules["exposure"] = {"max_uses": 50}
    made.rules["overlap"]["disjoint"] = True
    multiple = sum(row["type"] == "multiple" for row in made.rows)
    made.papers = 1
    while (made.papers + 1) * made.rules["types"]["multiple"] <= multiple and made.papers < 7:
        made.papers += 1
    run = drawn(made)
    assert run is not None
    assert broken(made, run) == []


def test_papers_of_a_run_count_as_uses() -> None:
    """The ceiling of uses binds over the run, and once it is reached nothing fits."""
    made = instance(200, 5, length=30, chapters=2, leaves=2)
    made.rules |= {"paper": {"length": 30}, "types": {}, "topics": {}, "levels": {}}
    for row in made.rows:
        row |= {"uses": "0", "set": "", "enemies": ""}
    made.rules["exposure"] = {"max_uses": 1}
    made.papers = 6
    run = drawn(made)
    assert run is not None
    assert broken(made, run) == []
    made.papers = 7
    assert drawn(made) is None
