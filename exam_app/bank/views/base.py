"""The blueprint of the bank's pages and the words they share."""

from __future__ import annotations

from flask import Blueprint

from exam_app.bank import adapter, labels, queries, quoting
from question_bank import Item

bp = Blueprint("bank", __name__)


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {"bank_labels": labels, "key_words": adapter.key_words}


def beside(authority_id: int, item: Item) -> dict[str, object]:
    """Return what a page shows beside an item: its article, the quoted words in it, advice."""
    laws = queries.laws_of(authority_id)
    advice = adapter.advice(item, laws)
    article = adapter.article_text(laws, item.law, item.article)
    return {
        "article": quoting.split_by_quote(article, item.quote),
        "advice": [labels.problem_text(each.code, dict(each.facts)) for each in advice],
    }
