"""Items: listed, shown with their key on record, written, edited, sent to review, retired."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import adapter, labels, queries, service
from exam_app.bank.forms import FilterForm, ItemForm, ReasonForm
from exam_app.bank.rules import ItemInvalid
from exam_app.bank.views.base import bp
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.forms import choices
from exam_app.people import queries as people
from exam_app.training.labels import CATEGORIES


@bp.get("/items")
@requires(Permission.ITEM_VIEW)
def list_items() -> str:
    """List the items without their keys."""
    form = FilterForm(request.args)
    form.item_type.choices = [("", _("全部")), *choices(labels.TYPES)]
    form.state.choices = [("", _("全部")), *choices(labels.STATES)]
    page = max(request.args.get("page", 1, type=int), 1)
    wanted = queries.Filter(
        topic=form.topic.data or "",
        item_type=form.item_type.data or "",
        state=form.state.data or "",
        text=form.text.data or "",
    )
    rows = queries.items_for(g.actor, wanted, page=page)
    return render_template(
        "bank/items.html",
        form=form,
        rows=rows[: queries.PAGE_SIZE],
        page=page,
        more=len(rows) > queries.PAGE_SIZE,
    )


@bp.get("/items/<int:item_id>")
@requires(Permission.ITEM_VIEW)
def show_item(item_id: int) -> str:
    """Show where an item stands, its versions and reviews; not its content."""
    return _item_page(item_id)


def _item_page(item_id: int, **more: object) -> str:
    row = queries.get_item(item_id, g.actor)
    return render_template(
        "bank/item.html",
        row=row,
        versions=queries.versions_of(row),
        reviews=queries.reviews_of(row),
        author=people.get_account(row.author_id).person.name,
        own=people.same_person(g.actor, row.author_id),
        form=ReasonForm(),
        **more,
    )


@bp.post("/items/<int:item_id>/content")
@requires(Permission.ITEM_VIEW)
def show_content(item_id: int) -> ResponseReturnValue:
    """Show an item with its key; who and why is written down."""
    row, form = queries.get_item(item_id, g.actor), ReasonForm(request.form)
    if not form.validate():
        return _item_page(item_id, reason_form=form), 422
    with transaction():
        item = service.view_item(row, reason=form.reason.data, actor=g.actor)
    return _item_page(
        item_id,
        item=item,
        article=adapter.article_text(item.law, item.article),
        advice=[labels.problem_text(each.code, dict(each.facts)) for each in adapter.advice(item)],
    )


def _item_form(**data: object) -> ItemForm:
    form = ItemForm(request.form if not data else None, data=data or None)
    form.item_type.choices = choices(labels.TYPES)
    form.level.choices = choices(labels.LEVELS)
    form.industries.choices = choices(labels.ITEM_INDUSTRIES)
    form.categories.choices = choices(CATEGORIES)
    return form


def _refused(form: ItemForm, error: BadInput | RuleBroken) -> None:
    """Put every problem of an item on the form."""
    if isinstance(error, ItemInvalid):
        form.form_errors.extend(
            labels.problem_text(code, facts) for code, facts in error.facts["problems"]
        )
    else:
        form.refuse(error)


@bp.get("/items/new")
@requires(Permission.ITEM_WRITE)
def new_item() -> str:
    """Show the form of a new item."""
    queries.enter(Permission.ITEM_WRITE, g.actor)
    return render_template("bank/item_form.html", form=_item_form(), row=None)


@bp.post("/items/new")
@requires(Permission.ITEM_WRITE)
def create_item() -> ResponseReturnValue:
    """Write an item as a draft."""
    form = _item_form()
    if form.validate():
        try:
            item = adapter.item_from_fields(form.data, form.options)
            with transaction():
                row = service.write_item(item, actor=g.actor)
            return redirect(url_for("bank.show_item", item_id=row.id), 303)
        except (BadInput, RuleBroken) as error:
            _refused(form, error)
    return render_template("bank/item_form.html", form=form, row=None), 422


@bp.post("/items/<int:item_id>/editing")
@requires(Permission.ITEM_WRITE)
def open_item(item_id: int) -> str:
    """Show the form of an item, key and all; who opened it is written down."""
    row = queries.get_item(item_id, g.actor)
    with transaction():
        item = service.view_item(row, reason=_("修改试题"), actor=g.actor)
    form = _item_form(**adapter.to_fields(item))
    return render_template("bank/item_form.html", form=form, row=row)


@bp.post("/items/<int:item_id>/edition")
@requires(Permission.ITEM_WRITE)
def save_item(item_id: int) -> ResponseReturnValue:
    """Save an edited item: the draft, or a new version of what was approved."""
    row, form = queries.get_item(item_id, g.actor), _item_form()
    if form.validate():
        try:
            item = adapter.item_from_fields(form.data, form.options)
            with transaction():
                made = service.edit_item(row, item, actor=g.actor)
            return redirect(url_for("bank.show_item", item_id=made.id), 303)
        except (BadInput, RuleBroken) as error:
            _refused(form, error)
    return render_template("bank/item_form.html", form=form, row=row), 422


@bp.post("/items/<int:item_id>/submission")
@requires(Permission.ITEM_WRITE)
def submit_item(item_id: int) -> ResponseReturnValue:
    """Send the writer's own draft to review."""
    with transaction():
        service.submit_item(queries.get_item(item_id, g.actor), actor=g.actor)
    flash(_("已送审。"))
    return redirect(url_for("bank.show_item", item_id=item_id), 303)


@bp.post("/items/<int:item_id>/retirement")
@requires(Permission.ITEM_RETIRE)
def retire_item(item_id: int) -> ResponseReturnValue:
    """Take an approved item out of use, with a reason."""
    row, form = queries.get_item(item_id, g.actor), ReasonForm(request.form)
    if not form.validate():
        return _item_page(item_id, reason_form=form), 422
    with transaction():
        service.retire_item(row, reason=form.reason.data, actor=g.actor)
    flash(_("试题已停用。"))
    return redirect(url_for("bank.show_item", item_id=item_id), 303)
