"""The shipped items supply a season for all people the notices name."""

from __future__ import annotations

import pytest

from question_bank.blueprint import Blueprint
from question_bank.content import load_content
from question_bank.default_blueprints import default_blueprints
from question_bank.supply import season

ITEMS = load_content()


@pytest.mark.parametrize(
    "plan", default_blueprints(), ids=lambda plan: f"{plan.industry}-{plan.category}"
)
def test_first_reserve_and_retake_papers_for_six_classes(plan: Blueprint) -> None:
    supply = season(plan, ITEMS, b"season")
    shorts = [
        f"{short.cell.topic} {short.cell.item_type} {short.available}/{short.needed}"
        for short in supply.shorts
    ]
    assert (supply.papers, shorts) == (18, [])
    assert supply.is_enough, f"two papers share {supply.overlap} items"
