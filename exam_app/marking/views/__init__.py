"""Pages of marking."""

from exam_app.marking.views.blueprint import bp

__all__ = ["bp"]
