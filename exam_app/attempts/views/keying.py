"""Paper scripts keyed in: one input a question, by two persons, a third where they differ."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.attempts import labels, queries, service
from exam_app.attempts.forms import reading_form
from exam_app.attempts.views.blueprint import bp
from exam_app.core.web import back_to, carried_out


@bp.get("/sittings/<int:sitting_id>/scripts")
@requires(Permission.RESPONSE_KEY_IN)
def show_scripts(sitting_id: int) -> ResponseReturnValue:
    """List the scripts of a paper sitting by ticket number."""
    sitting = queries.see_scripts(sitting_id, g.actor)
    return render_template(
        "attempts/scripts.html",
        sitting=sitting,
        rows=queries.scripts_of(sitting, g.actor),
        states=labels.KEYING_STATES,
    )


@bp.get("/scripts/<int:entry_id>/reading")
@requires(Permission.RESPONSE_KEY_IN)
def show_reading(entry_id: int) -> ResponseReturnValue:
    """Show the empty table of a reading; another person's reading is not shown."""
    entry, paper = queries.see_script(entry_id, g.actor)
    form = reading_form(queries.asked_of(paper)[0])
    return render_template("attempts/reading.html", entry=entry, form=form)


@bp.post("/scripts/<int:entry_id>/reading")
@requires(Permission.RESPONSE_KEY_IN)
def key_reading(entry_id: int) -> ResponseReturnValue:
    """Keep one reading of a script."""
    entry, paper = queries.see_script(entry_id, g.actor)
    form = reading_form(queries.asked_of(paper)[0], request.form)
    done = carried_out(
        form, lambda: service.key_script(entry, answers=form.reading(), actor=g.actor)
    )
    if not done:
        page = render_template(
            "attempts/reading.html", entry=entry, form=form, form_errors=form.summary()
        )
        return page, 422
    state = labels.KEYING_STATES[queries.keying_state(entry)]
    flash(_("%(ticket)s：%(state)s。", ticket=entry.ticket_number, state=state))
    return back_to("attempts.show_scripts", sitting_id=entry.sitting_id)


@bp.get("/scripts/<int:entry_id>/differences")
@requires(Permission.RESPONSE_KEY_IN)
def show_differences(entry_id: int) -> ResponseReturnValue:
    """Show the questions two readings differ on, to a third person."""
    entry, apart = queries.see_differences(entry_id, g.actor)
    form = reading_form(each.question for each in apart)
    return render_template("attempts/differences.html", entry=entry, apart=apart, form=form)


@bp.post("/scripts/<int:entry_id>/differences")
@requires(Permission.RESPONSE_KEY_IN)
def resolve_differences(entry_id: int) -> ResponseReturnValue:
    """Decide the differing questions and submit the script."""
    entry, apart = queries.see_differences(entry_id, g.actor)
    form = reading_form((each.question for each in apart), request.form)
    done = carried_out(
        form, lambda: service.resolve_script(entry, answers=form.reading(), actor=g.actor)
    )
    if not done:
        page = render_template(
            "attempts/differences.html",
            entry=entry,
            apart=apart,
            form=form,
            form_errors=form.summary(),
        )
        return page, 422
    flash(_("%(ticket)s：录入完成。", ticket=entry.ticket_number))
    return back_to("attempts.show_scripts", sitting_id=entry.sitting_id)
