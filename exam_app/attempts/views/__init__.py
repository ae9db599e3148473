"""Pages of attempts."""

from exam_app.attempts.views.blueprint import bp

__all__ = ["bp"]
