"""The blueprint of reports and the words its pages share."""

from __future__ import annotations

from flask import Blueprint

from exam_app.reports import labels, rules

bp = Blueprint("reports", __name__)


@bp.app_context_processor
def _words() -> dict[str, object]:
    return {"report_labels": labels, "percent": rules.percent}
