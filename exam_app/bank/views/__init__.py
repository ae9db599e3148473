"""Pages of the bank: items, reviews, imports, blueprints."""

from exam_app.bank.views import blueprints, imports, items, reviews
from exam_app.bank.views.base import bp

__all__ = ["blueprints", "bp", "imports", "items", "reviews"]
