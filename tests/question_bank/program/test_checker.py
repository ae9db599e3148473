"""The checker finds each kind of broken rule; it shares no code with what draws."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable

import pytest

from question_bank.program import checker
from question_bank.program.synthetic import Instance, instance
from tests.question_bank.program.trying import drawn


def found(made: Instance, papers: list[list[str]]) -> set[str]:
    checked = checker.check(made.items_text, made.blueprint_text, made.earlier, papers)
    return {each.rule for each in checked}


def sound() -> tuple[Instance, list[list[str]]]:
    made = instance(400, 2, length=30)
    run = drawn(made)
    assert run is not None
    return made, [list(paper) for paper in run.papers]


def row(made: Instance, item: str) -> dict[str, str]:
    return next(each for each in made.rows if each["id"] == item)


Spoiling = Callable[[Instance, list[list[str]]], object]
SPOILT: dict[str, Spoiling] = {
    "paper.length": lambda made, papers: papers[0].pop(),
    "items": lambda made, papers: papers[0].extend(["nobody"]),
    "types.single": lambda made, papers: row(made, papers[0][0]).update(type="true_false"),
    "topics.A.1.max": lambda made, papers: [
        row(made, item).update(topic="A.1") for item in papers[0]
    ],
    "topics.B.min": lambda made, papers: [
        row(made, item).update(topic="A.1") for item in papers[0]
    ],
    "levels.know.min": lambda made, papers: [
        row(made, item).update(level="apply") for item in papers[0]
    ],
    "levels.apply.max": lambda made, papers: [
        row(made, item).update(level="apply") for item in papers[0]
    ],
    "paper.marks": lambda made, papers: row(made, papers[0][0]).update(marks="9"),
    "paper.seconds": lambda made, papers: row(made, papers[0][0]).update(seconds="9000"),
    "paper.facility": lambda made, papers: [
        row(made, item).update(facility="0.1") for item in papers[0]
    ],
    "paper.info_min": lambda made, papers: [
        row(made, item).update(info="0.01") for item in papers[0]
    ],
    "paper.sets": lambda made, papers: made.rules["paper"].update(sets=[7, 9]),
    "sets": lambda made, papers: [
        row(made, papers[0][0]).update(set="S"),
        next(each for each in made.rows if each["id"] not in papers[0]).update(set="S"),
    ],
    "enemies": lambda made, papers: row(made, papers[0][0]).update(enemies=papers[0][1]),
    "exposure.max_uses": lambda made, papers: row(made, papers[0][0]).update(uses="6"),
    "overlap.max": lambda made, papers: share_with_earlier(made, papers),
    "overlap.disjoint": lambda made, papers: share_in_run(made, papers),
}


def share_with_earlier(made: Instance, papers: list[list[str]]) -> None:
    made.rules["overlap"]["max"] = 1
    made.earlier.append(papers[0][:2])


def share_in_run(made: Instance, papers: list[list[str]]) -> None:
    made.rules["overlap"]["disjoint"] = True
    papers.append(papers[0])


@pytest.mark.parametrize("rule", SPOILT)
def test_each_kind_of_breach_is_found(rule: str) -> None:
    """A sound paper passes; spoilt in one way it is named for it."""
    made, papers = sound()
    assert found(made, papers) == set()
    SPOILT[rule](made, papers)
    assert rule in found(made, papers)


def test_an_item_twice_is_found() -> None:
    """Length is counted in different items."""
    made, papers = sound()
    papers[0][1] = papers[0][0]
    assert "paper.length" in found(made, papers)


def test_the_checker_imports_nothing_of_ours() -> None:
    """A fault of the program cannot hide in its checker."""
    tree = ast.parse(inspect.getsource(checker))
    named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert "collections" in named
    assert not [name for name in named if name.startswith("question_bank")]
