"""Items to files: asked for with a reason, made, told what the format cannot say, downloaded."""

from __future__ import annotations

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from exam_app.access.guard import requires
from exam_app.access.permissions import Permission
from exam_app.bank import labels, queries, service
from exam_app.bank.forms_exchange import ExportForm, TokenForm
from exam_app.bank.views.base import bp
from exam_app.core import files
from exam_app.core.web import carried_out, download
from question_bank.exchange import Written
from question_bank.exchange.formats import Format


def _owner() -> str:
    return f"item-export:{g.actor.account_id}"


def _form(data: dict[str, str] | None = None) -> ExportForm:
    form = ExportForm(request.form, data=data)
    form.format.choices = [(each, labels.FORMATS[each]) for each in service.EXPORTS]
    form.topic.choices = labels.topic_choices(_("全部知识点"))
    return form


def _page(form: ExportForm) -> str:
    chosen = (form.codes.data or "").split()
    return render_template("bank/export.html", form=form, chosen=chosen)


@bp.get("/items/export")
@requires(Permission.ITEM_EXPORT)
def choose_export() -> str:
    """Ask for format, topic and reason; the ticked items come by their codes."""
    queries.enter(Permission.ITEM_EXPORT, g.actor)
    return _page(_form({"codes": request.args.get("codes", "")}))


@bp.post("/items/export")
@requires(Permission.ITEM_EXPORT)
def export_items() -> ResponseReturnValue:
    """Make the file, on record, and tell what of the items it cannot say."""
    queries.enter(Permission.ITEM_EXPORT, g.actor)
    form, made = _form(), []

    def export() -> None:
        made.append(
            service.export_items(
                Format(form.format.data),
                topic=form.topic.data or "",
                codes=(form.codes.data or "").split() or None,
                reason=form.reason.data,
                actor=g.actor,
            )
        )

    if carried_out(form, export):
        return _made(made[0], form.format.data)
    return _page(form), 422


def _made(written: Written, kind: str) -> str:
    name = f"{_('题库试题')}.{written.suffix.lstrip('.')}"
    token = files.keep(written.data, name, owner=_owner())
    lost = labels.lost_fields(written.lost)
    return render_template(
        "bank/exported.html",
        form=TokenForm(data={"token": token}),
        name=name,
        kind=labels.FORMATS[kind],
        size=len(written.data) // 1024 + 1,
        lost=lost,
        rows=labels.problem_rows(written.lost[:200]),
    )


@bp.post("/items/export/file")
@requires(Permission.ITEM_EXPORT)
def download_export() -> Response:
    """Download the file just made; nobody else can."""
    queries.enter(Permission.ITEM_EXPORT, g.actor)
    data, name = files.kept(TokenForm(request.form).token.data or "", owner=_owner())
    return download(data, name)
