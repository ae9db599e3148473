"""The blueprint of reports and the words and rows its pages share."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from flask import Blueprint, request, url_for

from exam_app.core import clock
from exam_app.reports import labels, rules, tables
from exam_app.training import labels as training_labels

bp = Blueprint("reports", __name__)


@bp.app_context_processor
def _words() -> dict[str, object]:
    return {
        "report_labels": labels,
        "percent": rules.percent,
        "local_moment": tables.moment,
        "page_link": _page_link,
        "target_of": _target_of,
        "category_rows": _category_rows,
        "class_rows": _class_rows,
        "industry_rows": _industry_rows,
        "handed_out_rows": _handed_out_rows,
    }


def _page_link(page: int) -> str:
    values: dict[str, Any] = {**request.args.to_dict(), "page": page}
    return url_for(str(request.endpoint), **values)


def _target_of(targets: Iterable[rules.Target], rule: str) -> int | None:
    """Return the target of a rule in thousandths, None where the notice sets none."""
    for target in targets:
        limit = target.found.limit
        if target.found.rule == rule and isinstance(limit, Fraction):
            return int(limit * 1000)
    return None


def _category_rows(coverage: Any) -> list[tuple[object, rules.Counts]]:
    rows = [(training_labels.CATEGORIES[each.name], each.counts) for each in coverage.categories]
    return [*rows, (labels.TOTAL, coverage.total)]


def _class_rows(coverage: Any) -> list[tuple[str, rules.Counts]]:
    return [(f"{row.code} {row.name}", counts) for row, counts in coverage.classes]


def _industry_rows(figures: Any) -> list[tuple[object, rules.Counts]]:
    known = training_labels.INDUSTRIES
    return [(known.get(each.name, each.name), each.counts) for each in figures.industries]


def _handed_out_rows(snapshots: Any) -> list[tuple[str, int, str]]:
    return [
        (clock.local(each.taken_at).strftime("%Y-%m-%d %H:%M"), each.id, each.digest)
        for each in snapshots
    ]
