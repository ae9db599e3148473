"""Pages of marking: the office, changed keys, and what everybody else may see of results."""

from exam_app.marking.views import office, others, public, regrades, retakes
from exam_app.marking.views.blueprint import bp

__all__ = ["bp", "office", "others", "public", "regrades", "retakes"]
