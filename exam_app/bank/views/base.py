"""The blueprint of the bank's pages and the words they share."""

from __future__ import annotations

from flask import Blueprint

from exam_app.bank import adapter, labels

bp = Blueprint("bank", __name__)


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {"bank_labels": labels, "key_words": adapter.key_words}
