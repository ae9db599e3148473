"""The one retake: who may sit it, where and when (补考)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.access.terms import Role
from exam_app.core.forms import local_moment
from exam_app.core.web import back_to, carried_out
from exam_app.marking import labels, queries, repeats, service
from exam_app.marking.forms import RetakeForm
from exam_app.marking.views.blueprint import bp
from exam_app.people import queries as people
from exam_app.sittings import queries as sittings

if TYPE_CHECKING:
    from exam_app.sittings.models import Sitting


@bp.get("/sittings/<int:sitting_id>/retake")
@requires(Permission.RETAKE_GRANT)
def new_retake(sitting_id: int) -> ResponseReturnValue:
    """Show who may repeat, and the form of the retake."""
    sitting = queries.see_results(sitting_id, g.actor)
    return _page(sitting, _form(sitting))


@bp.post("/sittings/<int:sitting_id>/retake")
@requires(Permission.RETAKE_GRANT)
def grant_retake(sitting_id: int) -> ResponseReturnValue:
    """Schedule the retake and enter everybody who may repeat."""
    sitting = queries.see_results(sitting_id, g.actor)
    form = _form(sitting)
    if not carried_out(form, lambda: _grant(sitting, form)):
        return _page(sitting, form), 422
    flash(_("补考已安排，准考证号已生成；补考卷须另行组卷，与首考卷不得有相同试题。"))
    return back_to("marking.show_results", sitting_id=sitting_id)


def _grant(sitting: Sitting, form: RetakeForm) -> None:
    service.grant_retake(
        sitting,
        site=sittings.get_site(form.site_id.data, g.actor),
        starts_at=local_moment(form.starts_at.data),  # type: ignore[arg-type]
        authority_custodian=people.get_account(form.authority_custodian.data),
        site_custodian=people.get_account(form.site_custodian.data),
        reserve_custodian=people.get_account(form.reserve_custodian.data),
        reason=form.reason.data or "",
        actor=g.actor,
    )


def _form(sitting: Sitting) -> RetakeForm:
    form = RetakeForm(request.form if request.method == "POST" else None)
    form.site_id.choices = [(site.id, site.name) for site in sittings.sites_for(g.actor)]
    keepers = sittings.staff_for(Role.CUSTODIAN, sitting.training_class, Permission.PAPER_OPEN)
    named = [(each.id, f"{each.person.name}（{each.username}）") for each in keepers]
    for field in (form.authority_custodian, form.site_custodian, form.reserve_custodian):
        field.choices = named
    return form


def _page(sitting: Sitting, form: RetakeForm) -> str:
    return render_template(
        "marking/retake.html",
        sitting=sitting,
        form=form,
        form_errors=form.summary(),
        rows=repeats.repeaters(sitting.class_id),
        until=queries.retake_limit(sitting),
        outcomes=labels.OUTCOMES,
    )
