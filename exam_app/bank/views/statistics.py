"""Numbers of items: the part of an item's page, and the items whose numbers need a look."""

from __future__ import annotations

from flask import g, render_template, request

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import queries, statistics
from exam_app.bank.views.base import bp
from question_bank.item import LETTERS
from question_bank.item_counts import Flag


@bp.app_context_processor
def _numbers() -> dict[str, object]:
    return {
        "item_numbers": statistics.statistics_of,
        "two_places": _two_places,
        "whole_percent": _whole_percent,
        "option_letters": LETTERS,
    }


def _two_places(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def _whole_percent(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.0f}%"


@bp.get("/items/flagged")
@requires(Permission.ITEM_VIEW)
def list_flagged() -> str:
    """List the approved items whose numbers give reason to look; no stem, no key."""
    found = statistics.flagged_items(g.actor)
    chosen = next((flag for flag in Flag if flag == request.args.get("flag")), None)
    wanted = [each for each in found if chosen is None or chosen in each.flags]
    page = max(request.args.get("page", 1, type=int), 1)
    first = (page - 1) * queries.PAGE_SIZE
    return render_template(
        "bank/flagged.html",
        rows=wanted[first : first + queries.PAGE_SIZE],
        counts={flag: sum(flag in each.flags for each in found) for flag in Flag},
        total=len(found),
        chosen=chosen,
        page=page,
        more=len(wanted) > first + queries.PAGE_SIZE,
    )
