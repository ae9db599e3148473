"""The blueprint of marking and the one way its forms are carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect, url_for

from exam_app.core.db import transaction
from exam_app.core.errors import BadInput, RuleBroken
from exam_app.core.forms import BaseForm

bp = Blueprint("marking", __name__)


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


def back_to(endpoint: str, **values: Any) -> Response:
    """Return the redirect after a change."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[return-value]
