"""The blueprints (双向细目表) that come with the bank: one per industry and personnel category."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path

from question_bank.blueprint import Blueprint, Cell
from question_bank.errors import BlueprintError
from question_bank.item import Category, ItemType
from question_bank.syllabus import INDUSTRIES

DEFAULT_BLUEPRINTS = Path(__file__).parent / "default_blueprints.toml"


def default_blueprint(industry: str, category: str) -> Blueprint:
    """Return the shipped blueprint for one category of one industry.

    Raises: BlueprintError blueprint-unknown: no notice names these people.
    """
    if industry not in INDUSTRIES or category not in tuple(Category):
        raise BlueprintError("blueprint-unknown", industry=industry, category=category)
    title, cells = _plan(category)
    return Blueprint(industry, category, cells, title=title)


def default_blueprints() -> tuple[Blueprint, ...]:
    """Return all shipped blueprints, industry by industry."""
    return tuple(default_blueprint(one, category) for one in INDUSTRIES for category in Category)


@cache
def _plan(category: str) -> tuple[str, tuple[Cell, ...]]:
    plans = tomllib.loads(DEFAULT_BLUEPRINTS.read_text(encoding="utf-8"))
    plan = plans[str(category)]
    cells = tuple(
        Cell(topic, ItemType(kind), count, Decimal(marks))
        for topic, kind, count, marks in plan["cells"]
    )
    return plan["title"], cells
