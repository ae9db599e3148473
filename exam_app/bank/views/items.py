"""Items: listed, shown with their key on record, sent to review, retired; their enemies."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import labels, queries, relations, service
from exam_app.bank.filters import Filter
from exam_app.bank.forms import (
    BulkForm,
    DiscardForm,
    EnemyForm,
    FilterForm,
    LiftForm,
    ReasonForm,
    RetireForm,
)
from exam_app.bank.views.base import beside, bp
from exam_app.core import files
from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, Missing
from exam_app.core.forms import choices
from exam_app.core.web import back_to, carried_out
from exam_app.people import queries as people


def _filter_form() -> FilterForm:
    form, everything = FilterForm(request.args), _("全部")
    form.topic.choices = labels.topic_choices(everything)
    form.item_type.choices = [("", everything), *choices(labels.TYPES)]
    form.state.choices = [("", everything), *choices(labels.STATES_LISTED)]
    form.law.choices = [("", everything), *((law, law) for law in queries.laws_named(g.actor))]
    form.order.choices = choices(labels.ORDERS)
    return form


def _wanted(form: FilterForm) -> Filter:
    """Return what the form asks for; a field that makes no sense does not narrow."""
    texts = ("text", "topic", "item_type", "state", "law", "article", "order")
    return Filter(
        **{name: form[name].data or "" for name in texts if not form[name].errors},
        least_uses=None if form.least_uses.errors else form.least_uses.data,
        most_uses=None if form.most_uses.errors else form.most_uses.data,
        used_before=None if form.used_before.errors else form.used_before.data,
        only_cases=bool(form.only_cases.data),
    )


@bp.get("/items")
@requires(Permission.ITEM_VIEW)
def list_items() -> str:
    """List the items without their keys."""
    form = _filter_form()
    form.validate()
    return _list(form, BulkForm())


def _list(form: FilterForm, bulk: BulkForm) -> str:
    page, wanted = max(request.args.get("page", 1, type=int), 1), _wanted(form)
    rows = queries.items_for(g.actor, wanted, page=page)
    shown = {name: value for name, value in request.args.items() if value and name != "page"}
    return render_template(
        "bank/items.html",
        form=form,
        bulk=bulk,
        rows=rows[: queries.PAGE_SIZE],
        standing=queries.standing(g.actor),
        total=queries.count_items(g.actor, wanted),
        page=page,
        more=len(rows) > queries.PAGE_SIZE,
        shown=shown,
    )


@bp.get("/items/<int:item_id>")
@requires(Permission.ITEM_VIEW)
def show_item(item_id: int) -> str:
    """Show where an item stands, its versions and reviews; not its content."""
    return item_page(item_id)


def item_page(item_id: int, **more: object) -> str:
    """Return an item's page; ``more`` are its content, or a form that came back with errors."""
    row = queries.get_item(item_id, g.actor)
    forms = {
        "form": ReasonForm(),
        "retire_form": RetireForm(),
        "discard_form": DiscardForm(),
        "enemy_form": EnemyForm(),
        "lift_form": _lift_form(row),
    }
    return render_template(
        "bank/item.html",
        row=row,
        versions=queries.versions_of(row),
        story=relations.story_of(row),
        members=relations.members_of(row),
        enemies=relations.enemies_of(row, g.actor),
        changed=relations.article_changed(row),
        gaps=[labels.problem_text(code, {}) for code in relations.gaps_of(row)],
        author=people.get_account(row.author_id).person.name,
        own=people.same_person(g.actor, row.author_id),
        **forms | more,
    )


def _lift_form(row: Any) -> LiftForm:
    form = LiftForm(request.form if request.endpoint == "bank.lift_enemy" else None)
    pairs = relations.enemies_of(row, g.actor)
    form.pair.choices = [(each.pair_id, each.code) for each in pairs if not each.own]
    return form


@bp.post("/items/<int:item_id>/content")
@requires(Permission.ITEM_VIEW)
def show_content(item_id: int) -> ResponseReturnValue:
    """Show an item with its key; who and why is written down."""
    row, form = queries.get_item(item_id, g.actor), ReasonForm(request.form)
    if not form.validate():
        return item_page(item_id, form=form), 422
    with transaction():
        item = service.view_item(row, reason=form.reason.data, actor=g.actor)
    return item_page(item_id, item=item, **beside(row.authority_id, item))


@bp.get("/items/<int:item_id>/figures/<string:digest>")
@requires(Permission.ITEM_VIEW)
def show_figure(item_id: int, digest: str) -> Response:
    """Send a picture of an item to who may see its content."""
    row = queries.get_item(item_id, g.actor)
    for figure in queries.to_item(row).figures:
        if figure.digest == digest:
            shown = Response(files.held("figures", digest), mimetype=figure.media_type)
            shown.headers["Cache-Control"] = "no-store"
            return shown
    raise Missing("file-gone")


@bp.post("/items/<int:item_id>/submission")
@requires(Permission.ITEM_WRITE)
def submit_item(item_id: int) -> ResponseReturnValue:
    """Send the writer's own draft to review."""
    with transaction():
        service.submit_item(queries.get_item(item_id, g.actor), actor=g.actor)
    flash(_("已送审。"))
    return back_to("bank.show_item", item_id=item_id)


@bp.post("/items/<int:item_id>/retirement")
@requires(Permission.ITEM_RETIRE)
def retire_item(item_id: int) -> ResponseReturnValue:
    """Take an approved item out of use, with a reason."""
    row, form = queries.get_item(item_id, g.actor), RetireForm(request.form)
    reason = form.reason
    if carried_out(form, lambda: service.retire_item(row, reason=reason.data, actor=g.actor)):
        flash(_("试题已停用。"))
        return back_to("bank.show_item", item_id=item_id)
    return item_page(item_id, retire_form=form), 422


@bp.post("/items/<int:item_id>/enemies")
@requires(Permission.ITEM_WRITE)
def note_enemy(item_id: int) -> ResponseReturnValue:
    """Keep another item out of the papers that hold this one."""
    row, form = queries.get_item(item_id, g.actor), EnemyForm(request.form)

    def note() -> int:
        pair = (row.code, form.other.data)
        return service.note_enemies([pair], reason=form.reason.data, actor=g.actor)

    if carried_out(form, note):
        flash(_("已登记互斥试题。"))
        return back_to("bank.show_item", item_id=item_id)
    return item_page(item_id, enemy_form=form), 422


@bp.post("/items/<int:item_id>/enemies/lifting")
@requires(Permission.ITEM_REVIEW)
def lift_enemy(item_id: int) -> ResponseReturnValue:
    """Let two items stand in one paper again; another person kept them apart."""
    row = queries.get_item(item_id, g.actor)
    form = _lift_form(row)

    def lift() -> object:
        pair = relations.get_pair(form.pair.data, row, g.actor)
        return service.lift_enemies(pair, reason=form.reason.data, actor=g.actor)

    if carried_out(form, lift):
        flash(_("已解除互斥。"))
        return back_to("bank.show_item", item_id=item_id)
    return item_page(item_id, lift_form=form), 422


def _ticked() -> tuple[BulkForm, list[int]]:
    form = BulkForm(request.form)
    if not form.validate():
        form.items.errors = [_("请先在列表中勾选试题。")]
        return form, []
    return form, form.items.data[: queries.PAGE_SIZE]


def _list_again(bulk: BulkForm) -> ResponseReturnValue:
    form = _filter_form()
    return _list(form, bulk), 422


@bp.post("/items/submissions")
@requires(Permission.ITEM_WRITE)
def submit_items() -> ResponseReturnValue:
    """Send the ticked drafts to review; those with gaps are named and nothing is sent."""
    form, ids = _ticked()
    rows = [queries.get_item(item_id, g.actor) for item_id in ids]
    lacking = [row.code for row in rows if relations.gaps_of(row)]
    if lacking:
        form.refuse(BadInput("item-has-gaps", items="、".join(lacking)))
    elif rows and carried_out(form, lambda: service.submit_items(rows, actor=g.actor)):
        flash(_("已送审 %(count)s 题。", count=len(rows)))
        return back_to("bank.list_items", **request.args)
    return _list_again(form)


@bp.post("/items/retirements")
@requires(Permission.ITEM_RETIRE)
def retire_items() -> ResponseReturnValue:
    """Take the ticked items out of use, all or none, with one reason."""
    form, ids = _ticked()
    rows = [queries.get_item(item_id, g.actor) for item_id in ids]

    def retire() -> None:
        for row in rows:
            service.retire_item(row, reason=form.reason.data, actor=g.actor)

    if rows and carried_out(form, retire):
        flash(_("已停用 %(count)s 题。", count=len(rows)))
        return back_to("bank.list_items", **request.args)
    return _list_again(form)


@bp.post("/items/selection")
@requires(Permission.ITEM_EXPORT)
def choose_for_export() -> ResponseReturnValue:
    """Go on to the export of the ticked items."""
    form, ids = _ticked()
    if not ids:
        return _list_again(form)
    rows = [queries.get_item(item_id, g.actor) for item_id in ids]
    codes = sorted({row.code for row in rows})
    return back_to("bank.choose_export", codes=" ".join(codes))
