"""The blueprints of verification: pages, and the interface below ``/api/v1``."""

from __future__ import annotations

from flask import Blueprint

from exam_app.verification import labels, pages

bp = Blueprint("verification", __name__)


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {"verification_labels": labels, "stated_cells": pages.stated_cells}
