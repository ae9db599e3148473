"""Pages of training: projects, plans, rosters, attendance, who may sit."""

from exam_app.training.views import hours, plan, roster
from exam_app.training.views.blueprint import bp

__all__ = ["bp", "hours", "plan", "roster"]
