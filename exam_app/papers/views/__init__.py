"""Pages of papers: drawing, approval, sealing, opening, printing, custody."""

from exam_app.papers.views import (
    custody,
    disclosure,
    drawing,
    opening,
    printing,
    reviewing,
    sealing,
)
from exam_app.papers.views.base import bp

__all__ = [
    "bp",
    "custody",
    "disclosure",
    "drawing",
    "opening",
    "printing",
    "reviewing",
    "sealing",
]
