"""The blueprint of sittings, how its forms are carried out, and the second signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from exam_app.access.actor import Actor
from exam_app.core import clock
from exam_app.core.forms import BaseForm
from exam_app.core.web import carried_out
from exam_app.people import queries as people
from exam_app.people import sign_in
from exam_app.sittings import labels
from exam_app.sittings.forms import SecondForm

bp = Blueprint("sittings", __name__)


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {"sitting_labels": labels, "masked_id": people.masked_id}


def signed_by_two(form: SecondForm, change: Callable[[Actor], Any]) -> bool:
    """Return whether a second person signed on this page and the change was committed."""
    if not form.validate():
        return False
    try:
        account = sign_in.countersign(
            username=form.username.data or "",
            password=form.password.data or "",
            code=form.code.data or "",
            address=request.remote_addr or "",
        )
    except (sign_in.SignInRefused, sign_in.SignInLocked) as refused:
        form.refuse(refused)
        return False
    second = people.actor_of(account, clock.now())
    return carried_out(form, lambda: change(second))


def form_page(template: str, form: BaseForm, **more: Any) -> ResponseReturnValue:
    """Return a page with a form; 422 when it comes back with errors."""
    page = render_template(template, form=form, form_errors=form.summary(), **more)
    return page, 422 if request.method == "POST" else 200


def pairs(rows: Any) -> list[tuple[int, str]]:
    """Return (id, name) of rows, for the choices of a form."""
    return [(row.id, row.name) for row in rows]


def photo() -> bytes | None:
    """Return the bytes of the photo sent along, None where none was chosen."""
    file = request.files.get("photo")
    return file.read() if file is not None and file.filename else None
