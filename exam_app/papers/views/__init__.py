"""Pages of papers: drawing, approval, sealing, opening, printing, custody."""

from exam_app.papers.views import custody, drawing, opening, printing, sealing
from exam_app.papers.views.base import bp

__all__ = ["bp", "custody", "drawing", "opening", "printing", "sealing"]
