"""Pages of home: what waits for me, a class with its task list, the language."""

from __future__ import annotations

from flask import Blueprint, Response, g, redirect, render_template, request, url_for

from exam_app.access.guard import public, requires
from exam_app.access.permissions import Permission
from exam_app.credits.rules import clause_of
from exam_app.home import pages
from exam_app.training import queries as training

bp = Blueprint("home", __name__)
LANGUAGES = ("zh", "en")
YEAR_SECONDS = 365 * 24 * 3600


@bp.get("/")
@requires(Permission.HOME_VIEW)
def index() -> str:
    """Show what waits for the reader by duty, and their own pages."""
    return render_template("home/index.html", waiting=pages.waiting(g.actor))


@bp.get("/classes/<int:class_id>")
@requires(Permission.CLASS_VIEW)
def show_class(class_id: int) -> str:
    """Show a class: facts, the ten steps, what is done next and by whom."""
    training_class = training.get_class(class_id, g.actor)
    policy = training.policy_of(training_class)
    return render_template(
        "home/class.html",
        training_class=training_class,
        policy=policy,
        separation=clause_of(policy, "exam.separate_from_teaching"),
        page=pages.class_page(training_class, g.actor),
    )


@bp.post("/language")
@public
def choose_language() -> Response:
    """Keep the reader's language in a cookie and go back to a page of this site."""
    chosen = request.form.get("language", "")
    back = request.form.get("back", "")
    response = redirect(back if _is_local(back) else url_for("home.index"), 303)
    if chosen in LANGUAGES:
        response.set_cookie(
            "language",
            chosen,
            max_age=YEAR_SECONDS,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure,
        )
    return response  # type: ignore[return-value]


def _is_local(path: str) -> bool:
    """Return whether a path stays on this site: one slash first, no backslash, no control."""
    return (
        path.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
        and path.isprintable()
    )
