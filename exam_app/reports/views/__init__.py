"""Pages of reports: figures and payment, the class file, the item analysis, the trail."""

from exam_app.reports.views import analysis, class_file, figures, payment, trail
from exam_app.reports.views.blueprint import bp

__all__ = ["analysis", "bp", "class_file", "figures", "payment", "trail"]
