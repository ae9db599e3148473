"""Pages of the exam room: opening, check-in, doubts, more time, incidents (考场)."""

from __future__ import annotations

from flask import Response, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.db import transaction
from exam_app.core.errors import Missing
from exam_app.core.web import back_to, carried_out
from exam_app.sittings import pages, queries, service
from exam_app.sittings.forms import (
    CheckInForm,
    ExtensionForm,
    IdentityForm,
    IncidentForm,
    SearchForm,
)
from exam_app.sittings.views.blueprint import bp, form_page, photo, signed_by_two


@bp.post("/sittings/<int:sitting_id>/opening")
@requires(Permission.SITTING_OPEN)
def open_sitting(sitting_id: int) -> ResponseReturnValue:
    """Open the exam."""
    sitting = queries.get_sitting(sitting_id, g.actor)
    with transaction():
        service.open_sitting(sitting, actor=g.actor)
    flash(_("已宣布开考。"))
    return back_to("sittings.show_sitting", sitting_id=sitting_id)


@bp.get("/sittings/<int:sitting_id>/check-in")
@requires(Permission.CHECK_IN)
def door(sitting_id: int) -> ResponseReturnValue:
    """List the candidates at the door."""
    return _door_page(sitting_id, SearchForm())


@bp.post("/sittings/<int:sitting_id>/check-in")
@requires(Permission.CHECK_IN)
def find_candidate(sitting_id: int) -> ResponseReturnValue:
    """List the candidates found; names stand in no address."""
    form = SearchForm(request.form)
    form.validate()
    return _door_page(sitting_id, form)


@bp.get("/entries/<int:entry_id>/check-in")
@requires(Permission.CHECK_IN)
def candidate(entry_id: int) -> ResponseReturnValue:
    """Show one candidate at the door, or that they are in."""
    return _candidate_page(entry_id, CheckInForm())


@bp.post("/entries/<int:entry_id>/check-in")
@requires(Permission.CHECK_IN)
def check_in(entry_id: int) -> ResponseReturnValue:
    """Let a candidate in."""
    entry, form = queries.get_entry(entry_id, g.actor), CheckInForm(request.form)
    if not carried_out(
        form,
        lambda: service.check_in(entry, id_tail=form.id_tail.data, photo=photo(), actor=g.actor),
    ):
        return _candidate_page(entry_id, form)
    return back_to("sittings.candidate", entry_id=entry_id)


@bp.get("/entries/<int:entry_id>/photo")
@requires(Permission.CHECK_IN)
def candidate_photo(entry_id: int) -> ResponseReturnValue:
    """Return the photo taken at the door."""
    entry, _sitting = pages.entry_for(Permission.CHECK_IN, entry_id, g.actor)
    if entry.photo is None:
        raise Missing(kind="photo")
    return Response(entry.photo, mimetype="image/jpeg")


@bp.get("/entries/<int:entry_id>/identity")
@requires(Permission.IDENTITY_OVERRIDE)
def identity(entry_id: int) -> ResponseReturnValue:
    """Show the form for a candidate whose identity is in doubt."""
    return _identity_page(entry_id, IdentityForm())


@bp.post("/entries/<int:entry_id>/identity")
@requires(Permission.IDENTITY_OVERRIDE)
def decide_identity(entry_id: int) -> ResponseReturnValue:
    """Let in or turn away, by two."""
    entry, form = queries.get_entry(entry_id, g.actor), IdentityForm(request.form)
    if not signed_by_two(
        form,
        lambda second: service.decide_identity(
            entry,
            admit=form.decision.data == "admit",
            reason=form.reason.data,
            second=second,
            photo=photo(),
            actor=g.actor,
        ),
    ):
        return _identity_page(entry_id, form)
    flash(_("处理结果已登记。"))
    return back_to("sittings.candidate", entry_id=entry_id)


@bp.get("/sittings/<int:sitting_id>/extension")
@requires(Permission.SITTING_EXTEND)
def extension(sitting_id: int) -> ResponseReturnValue:
    """Show the form for more time."""
    return _extension_page(sitting_id, ExtensionForm())


@bp.post("/sittings/<int:sitting_id>/extension")
@requires(Permission.SITTING_EXTEND)
def extend_sitting(sitting_id: int) -> ResponseReturnValue:
    """Give more time, by two."""
    sitting, form = queries.get_sitting(sitting_id, g.actor), ExtensionForm(request.form)
    if not signed_by_two(
        form,
        lambda second: service.extend_sitting(
            sitting,
            minutes=form.minutes.data,
            reason=form.reason.data,
            second=second,
            actor=g.actor,
        ),
    ):
        return _extension_page(sitting_id, form)
    flash(_("考试时间已延长。"))
    return back_to("sittings.show_sitting", sitting_id=sitting_id)


@bp.get("/sittings/<int:sitting_id>/incidents")
@requires(Permission.INCIDENT_RECORD)
def incidents(sitting_id: int) -> ResponseReturnValue:
    """List the incidents, with the form of a new one."""
    return _incidents_page(sitting_id, _incident_form(sitting_id))


@bp.post("/sittings/<int:sitting_id>/incidents")
@requires(Permission.INCIDENT_RECORD)
def report_incident(sitting_id: int) -> ResponseReturnValue:
    """Report an incident."""
    form = _incident_form(sitting_id)
    if not carried_out(form, lambda: _report(sitting_id, form)):
        return _incidents_page(sitting_id, form)
    flash(_("异常已登记，须由另一名监考人员会签。"))
    return back_to("sittings.incidents", sitting_id=sitting_id)


@bp.post("/incidents/<int:incident_id>/signature")
@requires(Permission.INCIDENT_RECORD)
def countersign_incident(incident_id: int) -> ResponseReturnValue:
    """Sign an incident as the second person, or disagree."""
    incident, sitting = queries.get_incident(incident_id, g.actor)
    agree = request.form.get("agree") == "yes"
    with transaction():
        service.countersign_incident(incident, agree=agree, actor=g.actor)
    flash(_("会签已登记。"))
    return back_to("sittings.incidents", sitting_id=sitting.id)


def _door_page(sitting_id: int, form: SearchForm) -> ResponseReturnValue:
    sitting = pages.sitting_for(Permission.CHECK_IN, sitting_id, g.actor)
    everybody = queries.entries_of(sitting.id)
    return render_template(
        "sittings/door.html",
        form=form,
        sitting=sitting,
        doors=queries.checkin_window(sitting),
        entries=queries.find_entries(sitting.id, form.text.data or ""),
        entered=len(everybody),
        present=queries.present(everybody),
    )


def _candidate_page(entry_id: int, form: CheckInForm) -> ResponseReturnValue:
    entry, sitting = pages.entry_for(Permission.CHECK_IN, entry_id, g.actor)
    return form_page(
        "sittings/candidate.html",
        form,
        entry=entry,
        sitting=sitting,
        doors=queries.checkin_window(sitting),
        may_decide=pages.may_decide_identity(sitting, g.actor),
    )


def _identity_page(entry_id: int, form: IdentityForm) -> ResponseReturnValue:
    entry, sitting = pages.entry_for(Permission.IDENTITY_OVERRIDE, entry_id, g.actor)
    return form_page("sittings/identity.html", form, entry=entry, sitting=sitting)


def _extension_page(sitting_id: int, form: ExtensionForm) -> ResponseReturnValue:
    sitting = pages.sitting_for(Permission.SITTING_EXTEND, sitting_id, g.actor)
    return form_page("sittings/extension.html", form, sitting=sitting)


def _incident_form(sitting_id: int) -> IncidentForm:
    sitting = pages.sitting_for(Permission.INCIDENT_RECORD, sitting_id, g.actor)
    form = IncidentForm(request.form)
    form.offer(
        [
            (entry.id, f"{entry.room.name} {entry.seat} {entry.enrolment.person.name}")
            for entry in queries.entries_of(sitting.id)
        ]
    )
    return form


def _report(sitting_id: int, form: IncidentForm) -> None:
    entry_id = form.entry_id.data
    service.report_incident(
        queries.get_sitting(sitting_id, g.actor),
        kind=form.kind.data,
        description=form.description.data,
        entry=queries.get_entry(entry_id, g.actor) if entry_id else None,
        actor=g.actor,
    )


def _incidents_page(sitting_id: int, form: IncidentForm) -> ResponseReturnValue:
    sitting = pages.sitting_for(Permission.INCIDENT_RECORD, sitting_id, g.actor)
    noted = queries.incidents_of(sitting.id)
    running = "incident" in pages.steps_of(sitting, g.actor)
    return form_page("sittings/incidents.html", form, sitting=sitting, noted=noted, running=running)
