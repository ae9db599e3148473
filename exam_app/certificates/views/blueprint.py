"""The blueprint of certificates and the words its templates use."""

from __future__ import annotations

from flask import Blueprint

from exam_app.certificates import labels

bp = Blueprint("certificates", __name__)


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {"certificate_labels": labels}
