"""The blueprint of people and the one way its forms are carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.forms import BaseForm

bp = Blueprint("people", __name__)


def carried_out(form: BaseForm, change: Callable[[], Any]) -> bool:
    """Return whether the form was valid and its change was committed.

    A rule that refuses is shown on the form; a missing duty goes on to the error page.
    """
    if not form.validate():
        return False
    try:
        with transaction():
            change()
    except (BadInput, RuleBroken) as refused:
        form.refuse(refused)
        return False
    return True


def form_page(form: BaseForm, title: Any, button: Any, **more: Any) -> ResponseReturnValue:
    """Return the page of a single form; 422 when it comes back with errors."""
    page = render_template(
        "people/form.html",
        form=form,
        title=title,
        button=button,
        form_errors=form.summary(),
        **more,
    )
    return page, 422 if request.method == "POST" else 200


def back_to(endpoint: str, **values: Any) -> Response:
    """Return the redirect after a change."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[return-value]


def pairs(rows: Any) -> list[tuple[int, str]]:
    """Return (id, name) of rows, for the choices of a form."""
    return [(row.id, row.name) for row in rows]
