"""The blueprint of certificates and the words its templates use."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, url_for

from exam_app.certificates import labels

bp = Blueprint("certificates", __name__)


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {"certificate_labels": labels}


def back_to(endpoint: str, **values: Any) -> Response:
    """Return the redirect after a change."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[return-value]
