"""Runs of several papers that do not fit: refused soon, with counts and a true way out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from question_bank.program.diagnosis import Diagnosis, diagnose
from question_bank.program.engines import engine
from question_bank.program.loosened import loosened
from question_bank.program.run import draw_run
from question_bank.program.synthetic import Instance, instance
from question_bank.program.synthetic_faults import spoil
from tests.question_bank.program.trying import diagnosed, read


def made_for(papers: int, **rules: dict[str, object]) -> Instance:
    """Return a bank of 500 with other rules, asked for some papers."""
    made = instance(500, 2, length=40)
    for table, keys in rules.items():
        made.rules[table].update(keys)
    made.papers = papers
    return made


def let_go(made: Instance, found: Diagnosis) -> bool:
    """Return whether the run is drawn once the rules give way as told."""
    plan, before = read(made)
    looser = loosened(plan, found.relax)
    return draw_run(looser, before, papers=made.papers, seed=b"let", engine=engine()) is not None


@pytest.mark.parametrize(
    "made",
    [
        made_for(20, overlap={"disjoint": True}),
        made_for(20, overlap={"max": 0}),
        made_for(20, overlap={"max": 1}, exposure={"max_uses": 9}),
        made_for(20, exposure={"max_uses": 2}),
        made_for(10, overlap={"disjoint": True}, paper={"facility": [0.72, 0.74]}),
        made_for(4, paper={"marks": 50.5}),
        made_for(3, paper={"facility": [0.975, 0.979]}),
    ],
    ids=["disjoint", "overlap-0", "overlap-1", "uses", "facility", "marks", "one-paper"],
)
def test_a_refused_run_is_let_go_as_told(made: Instance) -> None:
    """The relaxation of a run is never empty, and true."""
    found = diagnosed(made)
    assert found.relax
    assert let_go(made, found)


def test_a_minimum_is_counted_over_the_run() -> None:
    """What a topic lacks is counted over all papers; one item less in each is enough."""
    made = made_for(4, overlap={"disjoint": True})
    made.rules["exposure"] = {}
    own = [row for row in made.rows if row["topic"] == "A.1"]
    kept = {row["id"] for row in own[:7]}
    made.rows = [row for row in made.rows if row["topic"] != "A.1" or row["id"] in kept]
    for row in made.rows:
        row["set"] = row["enemies"] = ""
    made.rules["topics"]["A.1"] = {"min": 2, "max": 6}
    found = diagnosed(made)
    shorts = {(each.rule, each.needed, each.available) for each in found.short}
    assert ("topics.A.1.min", 8, 7) in shorts
    assert let_go(made, found)


def test_a_length_beyond_all_banks_is_cut_to_what_there_is() -> None:
    """A paper of 10**9 items is told how many too many that is."""
    made = instance(200, 3)
    made.rules = {"paper": {"length": 10**9}}
    plan, before = read(made)
    found = diagnose(plan, before, papers=1, engine=engine())
    assert [each.rule for each in found.relax] == ["paper.length"]
    assert let_go(made, found)


def test_a_set_larger_than_the_paper_makes_it_longer() -> None:
    """Only one set, longer than the paper: the paper grows, it is not given up."""
    made = instance(200, 3)
    made.rows = made.rows[:8]
    for row in made.rows:
        row["set"], row["enemies"], row["uses"] = "S", "", "0"
    made.rules = {"paper": {"length": 3}}
    found = diagnosed(made)
    assert [(each.rule, int(each.by), each.downwards) for each in found.relax] == [
        ("paper.length", 5, False)
    ]
    assert let_go(made, found)


def test_one_rule_gives_way_before_a_paper_is_used_again() -> None:
    """Twenty papers that may share one item each are told how many more, not to be one paper."""
    made = made_for(20, overlap={"max": 1}, exposure={"max_uses": 9})
    found = diagnosed(made)
    assert [each.rule for each in found.relax] == ["overlap.max"]
    assert int(found.relax[0].by) <= 15


@pytest.mark.parametrize("disjoint", [False, True])
@pytest.mark.parametrize(
    ("kind", "rules"),
    [
        ("seconds-short", {"paper.seconds"}),
        ("facility-low", {"paper.facility"}),
        ("info", {"paper.info_min"}),
        ("sets", {"paper.sets"}),
    ],
)
def test_what_one_paper_lacks_gives_way_further_for_six(
    kind: str, rules: set[str], disjoint: bool
) -> None:
    """A bound that is out of reach is told how far to move, not to use one paper six times."""
    sound = made_for(6, overlap={"disjoint": disjoint})
    made = spoil(kind, sound, 1).instance
    found, one = diagnosed(made), diagnosed(replace(made, papers=1))
    assert {each.rule for each in found.relax} == rules
    assert found.relax[0].by >= one.relax[0].by
    assert let_go(made, found)


def test_kinds_that_run_out_give_way_together() -> None:
    """Too few items of a kind for six papers: others take their place, the length stays."""
    made = spoil("type", made_for(6), 3).instance
    found = diagnosed(made)
    amounts = {each.rule: -each.by if each.downwards else each.by for each in found.relax}
    kinds = {rule: by for rule, by in amounts.items() if rule.startswith("types.")}
    assert len(kinds) > 1
    assert sum(kinds.values()) == 0
    assert set(amounts) - set(kinds) <= {"paper.marks"}
    assert let_go(made, found)
