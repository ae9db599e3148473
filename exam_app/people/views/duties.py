"""Pages of duties: appointments, entrustments and local settings, each by two persons."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.access.terms import ROLE_LABELS, OrganisationKind
from exam_app.core.db import transaction
from exam_app.core.web import back_to, carried_out
from exam_app.people import listings, queries, service
from exam_app.people.forms import AppointmentForm, EntrustmentForm, ReasonForm, SettingForm
from exam_app.people.views.blueprint import bp, form_page, pairs
from exam_app.policy.loader import load_profile, profile_ids
from exam_app.policy.vocabulary import vocabulary


@bp.get("/appointments")
@requires(Permission.DUTY_GRANT)
def appointments() -> ResponseReturnValue:
    """List appointments, those to be confirmed first."""
    return render_template(
        "people/appointments.html",
        rows=listings.appointments(),
        role_labels=ROLE_LABELS,
        own_account_id=g.account.id,
    )


@bp.get("/appointments/new")
@requires(Permission.DUTY_GRANT)
def new_appointment() -> ResponseReturnValue:
    """Show the form of a new appointment."""
    return form_page(_appointment_form(), _("授予角色"), _("提交，待另一人确认"))


@bp.post("/appointments/new")
@requires(Permission.DUTY_GRANT)
def propose_appointment() -> ResponseReturnValue:
    """Propose an appointment."""
    form = _appointment_form()
    done = carried_out(
        form,
        lambda: service.appoint(
            queries.get_account(form.account_id.data),
            organisation=queries.get_organisation(form.organisation_id.data),
            role=form.role.data,
            from_on=form.from_on.data,
            until_on=form.until_on.data,
            reason=form.reason.data,
            actor=g.actor,
        ),
    )
    if not done:
        return form_page(form, _("授予角色"), _("提交，待另一人确认"))
    flash(_("已提出，须由另一名授权审批人确认后生效。"))
    return back_to("people.appointments")


@bp.post("/appointments/<int:appointment_id>/confirmation")
@requires(Permission.DUTY_GRANT)
def confirm_appointment(appointment_id: int) -> ResponseReturnValue:
    """Confirm an appointment as the second person."""
    with transaction():
        service.confirm_appointment(queries.get_appointment(appointment_id), actor=g.actor)
    flash(_("已确认，即日起按任期生效。"))
    return back_to("people.appointments")


@bp.get("/appointments/<int:appointment_id>/ending")
@requires(Permission.DUTY_GRANT)
def ask_end_appointment(appointment_id: int) -> ResponseReturnValue:
    """Ask why an appointment ends."""
    queries.get_appointment(appointment_id)
    return form_page(ReasonForm(), _("解除角色"), _("解除"))


@bp.post("/appointments/<int:appointment_id>/ending")
@requires(Permission.DUTY_GRANT)
def end_appointment(appointment_id: int) -> ResponseReturnValue:
    """End an appointment at once."""
    form, row = ReasonForm(request.form), queries.get_appointment(appointment_id)
    if not carried_out(
        form, lambda: service.end_appointment(row, reason=form.reason.data, actor=g.actor)
    ):
        return form_page(form, _("解除角色"), _("解除"))
    flash(_("角色已解除。"))
    return back_to("people.appointments")


@bp.get("/entrustments")
@requires(Permission.DUTY_ENTRUST)
def entrustments() -> ResponseReturnValue:
    """List entrustments."""
    return render_template("people/entrustments.html", rows=listings.entrustments())


@bp.get("/entrustments/new")
@requires(Permission.DUTY_ENTRUST)
def new_entrustment() -> ResponseReturnValue:
    """Show the form of a new entrustment."""
    return form_page(_entrustment_form(), _("登记考试委托"), _("提交，待另一人确认"))


@bp.post("/entrustments/new")
@requires(Permission.DUTY_ENTRUST)
def propose_entrustment() -> ResponseReturnValue:
    """Propose an entrustment."""
    form = _entrustment_form()
    done = carried_out(
        form,
        lambda: service.entrust(
            authority=queries.get_organisation(form.authority_id.data),
            agency=queries.get_organisation(form.agency_id.data),
            from_on=form.from_on.data,
            until_on=form.until_on.data,
            reason=form.reason.data,
            actor=g.actor,
        ),
    )
    if not done:
        return form_page(form, _("登记考试委托"), _("提交，待另一人确认"))
    flash(_("已提出，须由另一名授权审批人确认后生效。"))
    return back_to("people.entrustments")


@bp.post("/entrustments/<int:entrustment_id>/confirmation")
@requires(Permission.DUTY_ENTRUST)
def confirm_entrustment(entrustment_id: int) -> ResponseReturnValue:
    """Confirm an entrustment as the second person."""
    with transaction():
        service.confirm_entrustment(queries.get_entrustment(entrustment_id), actor=g.actor)
    flash(_("委托已确认。"))
    return back_to("people.entrustments")


@bp.get("/entrustments/<int:entrustment_id>/ending")
@requires(Permission.DUTY_ENTRUST)
def ask_end_entrustment(entrustment_id: int) -> ResponseReturnValue:
    """Ask why an entrustment ends."""
    queries.get_entrustment(entrustment_id)
    return form_page(ReasonForm(), _("撤销考试委托"), _("撤销"))


@bp.post("/entrustments/<int:entrustment_id>/ending")
@requires(Permission.DUTY_ENTRUST)
def end_entrustment(entrustment_id: int) -> ResponseReturnValue:
    """End an entrustment at once."""
    form, row = ReasonForm(request.form), queries.get_entrustment(entrustment_id)
    if not carried_out(
        form, lambda: service.end_entrustment(row, reason=form.reason.data, actor=g.actor)
    ):
        return form_page(form, _("撤销考试委托"), _("撤销"))
    flash(_("委托已撤销，受托机构的考试权限即时停止。"))
    return back_to("people.entrustments")


@bp.get("/policy-settings")
@requires(Permission.POLICY_EDIT)
def settings() -> ResponseReturnValue:
    """List local settings."""
    titles = {key: spec.title for key, spec in vocabulary().items()}
    names = {row.id: row.name for row in queries.organisations(active=False)}
    return render_template(
        "people/settings.html", rows=listings.settings(), titles=titles, names=names
    )


@bp.get("/policy-settings/new")
@requires(Permission.POLICY_EDIT)
def new_setting() -> ResponseReturnValue:
    """Show the form of a new local setting."""
    return form_page(_setting_form(), _("设定地方参数"), _("提交，待另一人批准"))


@bp.post("/policy-settings/new")
@requires(Permission.POLICY_EDIT)
def propose_setting() -> ResponseReturnValue:
    """Propose a local setting."""
    form = _setting_form()
    done = carried_out(
        form,
        lambda: service.propose_setting(
            authority=queries.get_organisation(form.authority_id.data),
            profile_id=form.profile_id.data,
            key=form.key.data,
            value=form.value.data,
            from_on=form.from_on.data,
            reason=form.reason.data,
            actor=g.actor,
        ),
    )
    if not done:
        return form_page(form, _("设定地方参数"), _("提交，待另一人批准"))
    flash(_("已提出，须由另一名安全管理员批准。"))
    return back_to("people.settings")


@bp.post("/policy-settings/<int:setting_id>/approval")
@requires(Permission.POLICY_EDIT)
def approve_setting(setting_id: int) -> ResponseReturnValue:
    """Approve a local setting as the second person."""
    with transaction():
        service.approve_setting(queries.get_setting(setting_id), actor=g.actor)
    flash(_("已批准，自生效日期起对新开班次适用。"))
    return back_to("people.settings")


def _appointment_form() -> AppointmentForm:
    form = AppointmentForm(request.form)
    held = [
        (row.id, f"{row.username} {row.person.name}") for row in queries.accounts() if row.is_active
    ]
    form.offer(held, pairs(queries.organisations()))
    return form


def _entrustment_form() -> EntrustmentForm:
    form = EntrustmentForm(request.form)
    form.offer(
        pairs(queries.organisations(OrganisationKind.CITY_EM)),
        pairs(queries.organisations(OrganisationKind.AGENCY)),
    )
    return form


def _setting_form() -> SettingForm:
    form = SettingForm(request.form)
    profiles = [(name, load_profile(name).title) for name in profile_ids()]
    keys = [(key, f"{spec.title}（{key}）") for key, spec in vocabulary().items()]
    own = [row for row in queries.organisations() if g.actor.belongs_to(row.id)]
    form.offer(pairs(own), profiles, keys)
    return form
