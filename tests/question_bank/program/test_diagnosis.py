"""When nothing fits, the rule that is short is named, with the count exact."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from question_bank.program.diagnosis import Diagnosis
from question_bank.program.elastic import Relaxation
from question_bank.program.synthetic import instance
from question_bank.program.synthetic_faults import KINDS, spoil
from tests.question_bank.program.trying import diagnosed, drawn, read


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_an_injected_fault_is_named(kind: str, seed: int) -> None:
    """One fault in a sound instance: its rule is named, its shortage exact."""
    fault = spoil(kind, instance(500, 11, length=40), seed)
    assert drawn(fault.instance) is None
    found = diagnosed(fault.instance)
    named = {each.rule for each in found.short} | {each.rule for each in found.relax}
    assert named & fault.rules
    if fault.short:
        assert fault.short in {(each.rule, each.needed, each.available) for each in found.short}


def test_the_relaxation_is_enough_and_least() -> None:
    """Raised by what is named a paper fits; raised by one less it does not."""
    fault = spoil("topic", instance(500, 11, length=40), 3)
    found = diagnosed(fault.instance)
    assert len(found.relax) == 1
    rule, by = found.relax[0].rule, int(found.relax[0].by)
    topic = rule.removeprefix("topics.").removesuffix(".min")
    table = fault.instance.rules["topics"][topic]
    least = table["min"]
    table["min"] = least - by + 1
    assert drawn(fault.instance) is None
    table["min"] = least - by
    assert drawn(fault.instance) is not None


def test_the_ledger_says_where_items_went() -> None:
    """A shortage counts what the bank holds and why it cannot be taken."""
    fault = spoil("uses", instance(500, 11, length=40), 1)
    short = diagnosed(fault.instance).short[0]
    assert short.held - short.worn - short.shared - short.partial == short.available
    assert short.worn > 0


def test_rules_in_conflict_are_a_smallest_set() -> None:
    """Type and topic ceilings that contradict each other are named, and nothing else."""
    fault = spoil("type-in-topics", instance(500, 11, length=40), 0)
    found = diagnosed(fault.instance)
    assert set(found.conflict) == {"types.multiple", "topics.A.max", "topics.B.max"}


def test_papers_of_a_run_are_counted_together() -> None:
    """Where one paper fits but not all, needs and supplies are those of the run."""
    made = instance(300, 3, length=50, chapters=2, leaves=2)
    made.rules["overlap"]["disjoint"] = True
    made.papers = 9
    found = diagnosed(made)
    shorts = {each.rule: each for each in found.short}
    assert shorts["paper.length"].needed == 450
    assert shorts["paper.length"].available < 300
    assert found.relax


def test_a_rule_is_told_once() -> None:
    """Where both ends of a window give way one entry names the larger amount."""
    ends = (Relaxation("paper.seconds", Decimal(2), True), Relaxation("paper.seconds", Decimal(3)))
    made = json.loads(Diagnosis((), ends, ()).to_json())
    assert made["relax"] == [{"rule": "paper.seconds", "by": 3}]


def test_the_object_has_the_contracts_shape() -> None:
    """One line of JSON with `short` and `relax` and nothing else."""
    fault = spoil("facility-high", instance(500, 11, length=40), 0)
    made = json.loads(diagnosed(fault.instance).to_json())
    assert set(made) == {"short", "relax"}
    assert [each["rule"] for each in made["relax"]] == ["paper.facility"]
    assert 0 < made["relax"][0]["by"] < 0.4
    assert read(fault.instance).plan.length == 40
