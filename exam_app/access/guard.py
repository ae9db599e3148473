"""The guard (入口守卫): every endpoint names its permission or says that it is public."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from exam_app.access.actor import PUBLIC, Actor
from exam_app.access.duties import ever
from exam_app.access.permissions import Permission
from exam_app.core.errors import NotAllowed, NotSignedIn

SIGN_IN = "people.sign_in"
View = TypeVar("View", bound=Callable[..., Any])


class GuardMissingError(RuntimeError):
    """An endpoint without a guard: a mistake of the programmer (未设守卫)."""


@dataclass(frozen=True)
class Open:
    """The guard of a page that everybody may open (公开页面)."""


@dataclass(frozen=True)
class Refusal:
    """What is noted of one refusal (拒绝记录)."""

    actor: Actor
    permission: str
    endpoint: str
    method: str
    code: str
    clause: str


OPEN = Open()
Guard = Permission | Open
# Called with each refusal; audit stores them in a transaction of its own.
on_refusal: list[Callable[[Refusal], None]] = []


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view as open only to actors who may ever do this.

    The facts of the object are checked by the service, through ``duties.require``.
    """
    return lambda view: _mark(view, permission)


def public(view: View) -> View:
    """Mark a view as open to everybody."""
    return _mark(view, OPEN)


def _mark(view: View, guard: Guard) -> View:
    if hasattr(view, "__guard__"):
        raise GuardMissingError(f"{view.__name__} has two guards; keep one")
    view.__guard__ = guard  # type: ignore[attr-defined]
    return view


def guard_of(view: Callable[..., Any]) -> Guard | None:
    """Return the guard a view was marked with, None where it has none."""
    return getattr(view, "__guard__", None)


def is_static(app: Flask, endpoint: str) -> bool:
    """Return whether the endpoint is Flask's own for static files of the app or a blueprint."""
    blueprint, _, name = endpoint.rpartition(".")
    if name != "static":
        return False
    if not blueprint:
        return app.has_static_folder
    return blueprint in app.blueprints and app.blueprints[blueprint].has_static_folder


def current_actor() -> Actor:
    """Return who makes this request; nobody signed in is the public."""
    actor = g.get("actor")
    return actor if isinstance(actor, Actor) else PUBLIC


def check_request() -> ResponseReturnValue | None:
    """Let the request pass, send it to the sign-in page, or refuse it (before each request).

    Raises:
        NotSignedIn: nobody is signed in and the request is not a page to come back to.
        NotAllowed: the actor may never do this, or the endpoint has no guard.
        GuardMissingError: the same while testing or debugging.
    """
    endpoint = request.endpoint
    if endpoint is None or is_static(current_app, endpoint):
        return None
    guard = guard_of(current_app.view_functions[endpoint])
    if isinstance(guard, Open):
        return None
    if not isinstance(guard, Permission):
        return _refuse_unguarded(endpoint)
    actor = current_actor()
    if not actor.is_signed_in:
        return _ask_to_sign_in()
    decision = ever(guard, actor)
    if decision.allowed:
        return None
    raise noted(NotAllowed(decision.reason, permission=str(guard), clause=decision.clause))


def _refuse_unguarded(endpoint: str) -> ResponseReturnValue:
    if current_app.testing or current_app.debug:
        raise GuardMissingError(f"{endpoint} has no guard; add @requires(...) or @public")
    raise noted(NotAllowed("unguarded", permission="", clause=""))


def _ask_to_sign_in() -> ResponseReturnValue:
    kinds = ["text/html", "application/json"]
    wants_page = request.accept_mimetypes.best_match(kinds, kinds[0]) == kinds[0]
    if request.method not in {"GET", "HEAD"} or not wants_page:
        raise NotSignedIn
    here = request.full_path.rstrip("?")
    return redirect(url_for(SIGN_IN, next=here), 303)


def noted(error: NotAllowed) -> NotAllowed:
    """Tell ``on_refusal`` about the error, once, and return it.

    The error handler calls it for refusals that services raise.
    """
    before: object = g.get("noted_refusal")
    if before is error:
        return error
    g.noted_refusal = error
    refusal = Refusal(
        actor=current_actor(),
        permission=str(error.facts.get("permission", "")),
        endpoint=request.endpoint or "",
        method=request.method,
        code=error.code,
        clause=str(error.facts.get("clause", "")),
    )
    for note in on_refusal:
        note(refusal)
    return error


def endpoints(app: Flask) -> list[tuple[str, str, Permission | None]]:
    """Return (endpoint, methods, permission) of every route, in order; None: public.

    Raises:
        GuardMissingError: a route has no guard.
    """
    found = []
    for rule in app.url_map.iter_rules():
        if is_static(app, rule.endpoint):
            continue
        guard = guard_of(app.view_functions[rule.endpoint])
        if guard is None:
            raise GuardMissingError(f"{rule.endpoint} has no guard; add @requires(...) or @public")
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        found.append((rule.endpoint, methods, guard if isinstance(guard, Permission) else None))
    return sorted(found, key=lambda row: (row[0], row[1]))
