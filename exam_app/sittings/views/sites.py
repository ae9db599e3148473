"""Pages of sites and rooms (考点、考场)."""

from __future__ import annotations

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.core.forms import choices
from exam_app.core.web import back_to, carried_out
from exam_app.people import queries as people
from exam_app.sittings import queries, service
from exam_app.sittings.forms import RoomForm, SiteForm
from exam_app.sittings.views.blueprint import bp, form_page, pairs


@bp.get("/sites")
@requires(Permission.SITE_EDIT)
def list_sites() -> ResponseReturnValue:
    """List the sites of the region."""
    sites = [(site, queries.rooms_of(site.id)) for site in queries.sites_for(g.actor)]
    return render_template("sittings/sites.html", sites=sites)


@bp.get("/sites/new")
@requires(Permission.SITE_EDIT)
def new_site() -> ResponseReturnValue:
    """Show the form of a new site."""
    queries.see_sites_office(g.actor)
    return _site_page(_site_form())


@bp.post("/sites/new")
@requires(Permission.SITE_EDIT)
def register_site() -> ResponseReturnValue:
    """Register a site."""
    form = _site_form()
    if not carried_out(
        form,
        lambda: service.register_site(
            organisation=people.get_organisation(form.organisation_id.data),
            name=form.name.data,
            address=form.address.data,
            actor=g.actor,
        ),
    ):
        return _site_page(form)
    flash(_("考点已登记，请登记考场。"))
    return back_to("sittings.list_sites")


@bp.get("/sites/<int:site_id>")
@requires(Permission.SITE_EDIT)
def show_site(site_id: int) -> ResponseReturnValue:
    """Show a site with its rooms and the form of a new room."""
    return _rooms_page(site_id, RoomForm())


@bp.post("/sites/<int:site_id>/rooms")
@requires(Permission.SITE_EDIT)
def register_room(site_id: int) -> ResponseReturnValue:
    """Register a room of the site."""
    site, form = queries.get_site(site_id, g.actor), RoomForm(request.form)
    if not carried_out(
        form,
        lambda: service.register_room(
            site, name=form.name.data, seats=form.seats.data, actor=g.actor
        ),
    ):
        return _rooms_page(site_id, form)
    flash(_("考场已登记。"))
    return back_to("sittings.show_site", site_id=site_id)


def _site_form() -> SiteForm:
    form = SiteForm(request.form)
    form.organisation_id.choices = choices(pairs(queries.keepers_for(g.actor)))
    return form


def _site_page(form: SiteForm) -> ResponseReturnValue:
    return form_page("sittings/form.html", form, title=_("登记考点"), button=_("登记"))


def _rooms_page(site_id: int, form: RoomForm) -> ResponseReturnValue:
    site = queries.get_site(site_id, g.actor)
    return form_page("sittings/site.html", form, site=site, rooms=queries.rooms_of(site.id))
