"""Blueprints: listed, edited as a table of cells, held against the bank, approved."""

from __future__ import annotations

from decimal import Decimal

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import adapter, labels, queries, rules, service
from exam_app.bank.forms import MOST_ROWS, BlueprintForm, blueprint_form
from exam_app.bank.views.base import bp
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.forms import choices
from exam_app.people import queries as people
from exam_app.training.labels import CATEGORIES, INDUSTRIES


@bp.get("/blueprints")
@requires(Permission.PAPER_VIEW)
def list_blueprints() -> str:
    """List the blueprints of the authority."""
    return render_template("bank/blueprints.html", rows=queries.blueprints_for(g.actor))


@bp.get("/blueprints/<int:blueprint_id>")
@requires(Permission.PAPER_VIEW)
def show_blueprint(blueprint_id: int) -> str:
    """Show a blueprint and what the bank gives for it."""
    row = queries.get_blueprint(blueprint_id, g.actor)
    blueprint = queries.to_blueprint(row)
    items = queries.pool(row.authority_id, industry=row.industry, category=row.category)
    found = queries.feasibility(blueprint, items, papers=rules.PAPERS_OF_A_CLASS)
    return render_template(
        "bank/blueprint.html",
        row=row,
        blueprint=blueprint,
        found=found,
        needed=rules.PAPERS_OF_A_CLASS,
        shorts=adapter.short_cells(found.shorts),
        author=people.get_account(row.author_id).person.name,
        own=people.same_person(g.actor, row.author_id),
    )


def _form(cells: int = 0, **data: object) -> BlueprintForm:
    kind = blueprint_form(cells)
    form = kind(request.form if not data else None, data=data or None)
    form.industry.choices = choices(INDUSTRIES)
    form.category.choices = choices(CATEGORIES)
    for _topic, item_type, _count, _marks in form.cell_rows():
        item_type.choices = choices(labels.TYPES)
        item_type.validate_choice = False
    return form


@bp.get("/blueprints/new")
@requires(Permission.BLUEPRINT_EDIT)
def new_blueprint() -> str:
    """Show the form of a new blueprint."""
    queries.enter(Permission.BLUEPRINT_EDIT, g.actor)
    return render_template("bank/blueprint_form.html", form=_form(), row=None)


@bp.get("/blueprints/<int:blueprint_id>/edit")
@requires(Permission.BLUEPRINT_EDIT)
def edit_blueprint(blueprint_id: int) -> str:
    """Show the form of a blueprint as it stands."""
    row = queries.get_blueprint(blueprint_id, g.actor)
    data = {name: getattr(row, name) for name in _HEAD}
    for place, cell in enumerate(row.cells):
        data |= {f"topic_{place}": cell["topic"], f"type_{place}": cell["item_type"]}
        data |= {f"count_{place}": cell["count"], f"marks_{place}": Decimal(cell["marks"])}
    form = _form(len(row.cells), **data)
    return render_template("bank/blueprint_form.html", form=form, row=row)


_HEAD = ("code", "title", "industry", "category", "overlap_max")


@bp.post("/blueprints/new")
@requires(Permission.BLUEPRINT_EDIT)
def save_blueprint() -> ResponseReturnValue:
    """Save a blueprint: the open version of its code, or a new one."""
    form = _form(MOST_ROWS)
    if form.validate():
        try:
            blueprint = adapter.blueprint_from(
                industry=form.industry.data,
                category=form.category.data,
                title=form.title.data,
                cells=form.filled(),
            )
            ceiling = form.overlap_max.data
            with transaction():
                row = service.save_blueprint(
                    blueprint, code=form.code.data, overlap_max=ceiling, actor=g.actor
                )
            return redirect(url_for("bank.show_blueprint", blueprint_id=row.id), 303)
        except (BadInput, RuleBroken) as error:
            form.refuse(error)
    return render_template("bank/blueprint_form.html", form=form, row=None), 422


@bp.post("/blueprints/<int:blueprint_id>/approval")
@requires(Permission.BLUEPRINT_APPROVE)
def approve_blueprint(blueprint_id: int) -> ResponseReturnValue:
    """Approve another person's blueprint that the bank can fill."""
    with transaction():
        row = queries.get_blueprint(blueprint_id, g.actor)
        service.approve_blueprint(row, actor=g.actor)
    flash(_("双向细目表已批准。"))
    return redirect(url_for("bank.show_blueprint", blueprint_id=blueprint_id), 303)
