"""Blueprints: listed, edited as a table of cells, held against the bank, approved."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import adapter, diagnosis, labels, queries, rules, service
from exam_app.bank.forms_blueprint import (
    MOST_ROWS,
    BlueprintForm,
    blueprint_form,
    fields_of,
)
from exam_app.bank.views.base import bp
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.forms import check_token, choices
from exam_app.core.messages import sentence
from exam_app.people import queries as people
from exam_app.training.labels import CATEGORIES, INDUSTRIES
from question_bank import Blueprint
from question_bank.default_blueprints import default_blueprint


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
        answer=queries.carried_in_words(blueprint, row.authority_id, ceiling=row.overlap_max),
        rules=diagnosis.rules_in_words(blueprint.rules),
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


def _filled(blueprint: Blueprint, *, code: str, overlap_max: int, row: object = None) -> str:
    data: dict[str, object] = {"code": code, "title": blueprint.title, "overlap_max": overlap_max}
    data |= {"industry": blueprint.industry, "category": blueprint.category}
    data |= fields_of(blueprint.rules.to_fields())
    for place, cell in enumerate(blueprint.cells):
        data |= {f"topic_{place}": cell.topic, f"type_{place}": cell.item_type.value}
        data |= {f"count_{place}": cell.count, f"marks_{place}": cell.marks}
    return _page(_form(len(blueprint.cells), **data), row)


def _page(form: BlueprintForm, row: object = None, answer: list[str] | None = None) -> str:
    return render_template(
        "bank/blueprint_form.html",
        form=form,
        row=row,
        answer=answer or [],
        industries=INDUSTRIES,
        categories=CATEGORIES,
        topics=labels.topic_choices("")[1:],
    )


def _blueprint(form: BlueprintForm) -> Blueprint:
    return adapter.blueprint_from(
        industry=form.industry.data,
        category=form.category.data,
        title=form.title.data or "",
        cells=form.filled(),
        rules=form.rules(),
    )


@bp.get("/blueprints/new")
@requires(Permission.BLUEPRINT_EDIT)
def new_blueprint() -> str:
    """Show the form of a new blueprint, filled with the shipped one of an industry if asked for."""
    queries.enter(Permission.BLUEPRINT_EDIT, g.actor)
    industry, category = request.args.get("industry", ""), request.args.get("category", "")
    if industry in INDUSTRIES and category in tuple(CATEGORIES):
        shipped = default_blueprint(industry, category)
        return _filled(shipped, code="", overlap_max=shipped.total_items // 2)
    return _page(_form())


@bp.get("/blueprints/<int:blueprint_id>/edit")
@requires(Permission.BLUEPRINT_EDIT)
def edit_blueprint(blueprint_id: int) -> str:
    """Show the form of a blueprint as it stands."""
    row = queries.get_blueprint(blueprint_id, g.actor)
    return _filled(queries.to_blueprint(row), code=row.code, overlap_max=row.overlap_max, row=row)


@bp.post("/blueprints/new")
@requires(Permission.BLUEPRINT_EDIT)
def save_blueprint() -> ResponseReturnValue:
    """Save a blueprint: the open version of its code, or a new one."""
    form = _form(MOST_ROWS)
    if form.validate():
        try:
            blueprint, ceiling = _blueprint(form), form.overlap_max.data
            with transaction():
                row = service.save_blueprint(
                    blueprint, code=form.code.data, overlap_max=ceiling, actor=g.actor
                )
            return redirect(url_for("bank.show_blueprint", blueprint_id=row.id), 303)
        except (BadInput, RuleBroken) as error:
            form.refuse(error)
    return _page(form), 422


@bp.post("/blueprints/trial")
@requires(Permission.BLUEPRINT_EDIT)
def try_blueprint() -> ResponseReturnValue:
    """Say what the bank gives for a blueprint as typed so far; as JSON to the page's script."""
    check_token()
    form, authority_id = _form(MOST_ROWS), queries.enter(Permission.BLUEPRINT_EDIT, g.actor)
    try:
        answer = form.faults() or queries.carried_in_words(
            _blueprint(form), authority_id, ceiling=form.overlap_max.data
        )
    except (BadInput, RuleBroken) as error:
        answer = [sentence(error)]
    if request.accept_mimetypes.best == "application/json":
        return {"answer": answer}
    return _page(form, answer=answer)


@bp.post("/blueprints/<int:blueprint_id>/approval")
@requires(Permission.BLUEPRINT_APPROVE)
def approve_blueprint(blueprint_id: int) -> ResponseReturnValue:
    """Approve another person's blueprint that the bank can fill."""
    with transaction():
        row = queries.get_blueprint(blueprint_id, g.actor)
        service.approve_blueprint(row, actor=g.actor)
    flash(_("双向细目表已批准。"))
    return redirect(url_for("bank.show_blueprint", blueprint_id=blueprint_id), 303)
