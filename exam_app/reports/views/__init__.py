"""Pages of reports: figures and payment, the class file, the trail."""

from exam_app.reports.views import class_file, figures, payment, trail
from exam_app.reports.views.blueprint import bp

__all__ = ["bp", "class_file", "figures", "payment", "trail"]
