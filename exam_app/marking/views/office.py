"""Results of a sitting for the office: marked, confirmed, released by three persons."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.web import back_to, carried_out, download
from exam_app.marking import labels, queries, repeats, service
from exam_app.marking.forms import KeyForm
from exam_app.marking.views.blueprint import bp
from exam_app.papers.keysheet import KeySheet
from exam_app.sittings import queries as sittings


@bp.get("/sittings/<int:sitting_id>/results")
@requires(Permission.RESULT_VIEW)
def show_results(sitting_id: int) -> ResponseReturnValue:
    """Show the results of a sitting with who marked, confirmed and released them."""
    sitting = queries.see_results(sitting_id, g.actor)
    return render_template(
        "marking/results.html",
        sheet=queries.result_sheet(sitting),
        void=repeats.is_void(sitting.id),
        outcomes=labels.OUTCOMES,
        badges=labels.OUTCOME_BADGES,
        states=labels.RESULT_STATES,
        regrade_states=labels.REGRADE_STATES,
    )


@bp.get("/results/<int:result_id>/marks")
@requires(Permission.RESULT_VIEW)
def show_marks(result_id: int) -> ResponseReturnValue:
    """Show the marks of one result question by question, old versions too."""
    result, sitting = queries.see_result(result_id, g.actor)
    marks = queries.marks_of(result.attempt_id) if result.attempt_id else []
    return render_template(
        "marking/marks.html",
        result=result,
        sitting=sitting,
        marks=marks,
        outcomes=labels.OUTCOMES,
    )


@bp.post("/sittings/<int:sitting_id>/marking")
@requires(Permission.MARK_ENTER)
def mark(sitting_id: int) -> ResponseReturnValue:
    """Mark the sitting."""
    sitting = sittings.get_sitting(sitting_id, g.actor)
    with transaction():
        results = service.mark_sitting(sitting, actor=g.actor)
    flash(_("已评阅 %(count)s 人，须由另一人复核。", count=len(results)))
    return back_to("marking.show_results", sitting_id=sitting_id)


@bp.post("/sittings/<int:sitting_id>/confirmation")
@requires(Permission.MARK_CONFIRM)
def confirm(sitting_id: int) -> ResponseReturnValue:
    """Confirm the results as the second person."""
    sitting = sittings.get_sitting(sitting_id, g.actor)
    with transaction():
        service.confirm_results(sitting, actor=g.actor)
    flash(_("成绩已复核，须由第三人发布。"))
    return back_to("marking.show_results", sitting_id=sitting_id)


@bp.get("/sittings/<int:sitting_id>/release")
@requires(Permission.RESULT_RELEASE)
def check_release(sitting_id: int) -> ResponseReturnValue:
    """Show what a release makes known, before it does."""
    sitting = queries.see_results(sitting_id, g.actor)
    return render_template(
        "marking/release.html", sheet=queries.result_sheet(sitting), outcomes=labels.OUTCOMES
    )


@bp.post("/sittings/<int:sitting_id>/release")
@requires(Permission.RESULT_RELEASE)
def release(sitting_id: int) -> ResponseReturnValue:
    """Release the results as the third person."""
    sitting = sittings.get_sitting(sitting_id, g.actor)
    with transaction():
        service.release_results(sitting, actor=g.actor)
    flash(_("成绩已发布，考生、企业和施教单位可按各自权限查看。"))
    return back_to("marking.show_results", sitting_id=sitting_id)


@bp.get("/sittings/<int:sitting_id>/key")
@requires(Permission.KEY_VIEW)
def ask_key(sitting_id: int) -> ResponseReturnValue:
    """Ask why the key is looked at, and in which shape."""
    return _key_page(sitting_id, KeyForm())


def _key_page(sitting_id: int, form: KeyForm, key: KeySheet | None = None) -> str:
    sitting = queries.see_results(sitting_id, g.actor)
    return render_template(
        "marking/key.html", sitting=sitting, form=form, key=key, form_errors=form.summary()
    )


@bp.post("/sittings/<int:sitting_id>/key")
@requires(Permission.KEY_VIEW)
def show_key(sitting_id: int) -> ResponseReturnValue:
    """Show the key of a sitting that is over; the look is recorded."""
    form, found = KeyForm(request.form), []
    sitting = queries.see_results(sitting_id, g.actor)
    done = carried_out(
        form,
        lambda: found.append(service.view_key(sitting, reason=form.reason.data, actor=g.actor)),
    )
    return _key_page(sitting_id, form, found[0] if done else None), 200 if done else 422


@bp.post("/sittings/<int:sitting_id>/key-sheet")
@requires(Permission.KEY_VIEW)
def take_key_sheet(sitting_id: int) -> ResponseReturnValue:
    """Download the key sheet of a sitting that is over; recorded."""
    return _key_document(sitting_id, service.key_sheet)


@bp.post("/sittings/<int:sitting_id>/marking-table")
@requires(Permission.KEY_VIEW)
def take_marking_table(sitting_id: int) -> ResponseReturnValue:
    """Download the keys of each printed copy of a sitting that is over; recorded."""
    return _key_document(sitting_id, service.marking_table)


def _key_document(sitting_id: int, make: Callable[..., tuple[bytes, str]]) -> ResponseReturnValue:
    form, made = KeyForm(request.form), []
    sitting = queries.see_results(sitting_id, g.actor)
    done = carried_out(
        form, lambda: made.append(make(sitting, reason=form.reason.data, actor=g.actor))
    )
    return download(*made[0]) if done else (_key_page(sitting_id, form), 422)
