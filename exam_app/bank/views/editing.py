"""Items written and edited (命题): the form, with every fault of the item on it."""

from __future__ import annotations

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import adapter, labels, queries, relations, service
from exam_app.bank.forms import ItemForm
from exam_app.bank.rules import ItemInvalid
from exam_app.bank.views.base import bp
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.forms import choices
from exam_app.core.web import back_to
from exam_app.training.labels import CATEGORIES


def _item_form(has_topic: str = "", /, **data: object) -> ItemForm:
    form = ItemForm(request.form if not data else None, data=data or None)
    form.item_type.choices = choices(labels.TYPES)
    form.topic.choices = labels.topic_choices(_("请选择"), also=has_topic)
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
            return back_to("bank.show_item", item_id=row.id)
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
    gaps = [labels.problem_text(code, {}) for code in relations.gaps_of(row)]
    form = _item_form(item.topic, **adapter.to_fields(item))
    return render_template("bank/item_form.html", form=form, row=row, gaps=gaps, kept=item)


@bp.post("/items/<int:item_id>/edition")
@requires(Permission.ITEM_WRITE)
def save_item(item_id: int) -> ResponseReturnValue:
    """Save an edited item: the draft, or a new version of what was approved."""
    row = queries.get_item(item_id, g.actor)
    form = _item_form(row.topic)
    if form.validate():
        try:
            item = adapter.item_from_fields(form.data, form.options)
            with transaction():
                made = service.edit_item(row, item, actor=g.actor)
            return back_to("bank.show_item", item_id=made.id)
        except (BadInput, RuleBroken) as error:
            _refused(form, error)
    kept = queries.to_item(row)
    return render_template("bank/item_form.html", form=form, row=row, kept=kept), 422
