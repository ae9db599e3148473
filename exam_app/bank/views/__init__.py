"""Pages of the bank: items, reviews, files in and out, laws, blueprints, numbers."""

from exam_app.bank.views import (
    blueprints,
    drafts,
    editing,
    exports,
    imports,
    items,
    laws,
    reviews,
    statistics,
)
from exam_app.bank.views.base import bp

__all__ = [
    "blueprints",
    "bp",
    "drafts",
    "editing",
    "exports",
    "imports",
    "items",
    "laws",
    "reviews",
    "statistics",
]
