"""The blueprint of people and the one way its forms are carried out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from exam_app.core.forms import BaseForm

bp = Blueprint("people", __name__)


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


def pairs(rows: Any) -> list[tuple[int, str]]:
    """Return (id, name) of rows, for the choices of a form."""
    return [(row.id, row.name) for row in rows]
