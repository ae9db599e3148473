"""Pages of the end: scripts counted by two, handed over to the authority (收卷、移交)."""

from __future__ import annotations

from flask import flash, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.web import back_to
from exam_app.sittings import pages, queries, service
from exam_app.sittings.forms import ScriptsForm
from exam_app.sittings.views.blueprint import bp, form_page, signed_by_two


@bp.get("/sittings/<int:sitting_id>/closing")
@requires(Permission.SITTING_CLOSE)
def closing(sitting_id: int) -> ResponseReturnValue:
    """Show what stands before the exam ends, with the count's form."""
    return _page("sittings/closing.html", sitting_id, ScriptsForm())


@bp.post("/sittings/<int:sitting_id>/closing")
@requires(Permission.SITTING_CLOSE)
def close_sitting(sitting_id: int) -> ResponseReturnValue:
    """End the exam, by two."""
    sitting, form = queries.get_sitting(sitting_id, g.actor), ScriptsForm(request.form)
    if not signed_by_two(
        form,
        lambda second: service.close_sitting(
            sitting, scripts=form.scripts.data, second=second, actor=g.actor
        ),
    ):
        return _page("sittings/closing.html", sitting_id, form)
    flash(_("考试已结束，未入场考生按缺考登记。"))
    return back_to("sittings.show_sitting", sitting_id=sitting_id)


@bp.get("/sittings/<int:sitting_id>/handover")
@requires(Permission.SITTING_CLOSE)
def handover(sitting_id: int) -> ResponseReturnValue:
    """Show the form of handing over."""
    return _page("sittings/handover.html", sitting_id, ScriptsForm())


@bp.post("/sittings/<int:sitting_id>/handover")
@requires(Permission.SITTING_CLOSE)
def hand_over(sitting_id: int) -> ResponseReturnValue:
    """Hand over to the authority, whose administrator signs on this page."""
    sitting, form = queries.get_sitting(sitting_id, g.actor), ScriptsForm(request.form)
    if not signed_by_two(
        form,
        lambda receiver: service.hand_over(
            sitting, scripts=form.scripts.data, received_by=receiver, actor=g.actor
        ),
    ):
        return _page("sittings/handover.html", sitting_id, form)
    flash(_("考试材料已移交。"))
    return back_to("sittings.show_sitting", sitting_id=sitting_id)


def _page(template: str, sitting_id: int, form: ScriptsForm) -> ResponseReturnValue:
    sitting = pages.sitting_for(Permission.SITTING_CLOSE, sitting_id, g.actor)
    entries = queries.entries_of(sitting.id)
    unsigned = [each for each in queries.incidents_of(sitting.id) if not each.second]
    return form_page(
        template,
        form,
        sitting=sitting,
        entered=len(entries),
        present=queries.present(entries),
        unsigned=len(unsigned),
    )
