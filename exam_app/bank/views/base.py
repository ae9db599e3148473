"""The blueprint of the bank's pages and the words they share."""

from __future__ import annotations

from flask import Blueprint, abort, request

from exam_app.bank import adapter, labels
from exam_app.core.forms import BaseForm

bp = Blueprint("bank", __name__)


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {"bank_labels": labels, "key_words": adapter.key_words}


def check_token() -> None:
    """Refuse a button's POST without the browser's token (CSRF)."""
    if not BaseForm(request.form).validate():
        abort(400)
