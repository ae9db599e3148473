"""The main navigation: only what the actor's duties may ever open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g
from flask_babel import lazy_gettext as _l

from exam_app.access.actor import PUBLIC
from exam_app.access.duties import may_ever
from exam_app.access.permissions import Permission


@dataclass(frozen=True)
class NavigationEntry:
    """One entry: its page and its Chinese label."""

    endpoint: str
    label: object
    permission: Permission


def _entries() -> tuple[NavigationEntry, ...]:
    return (NavigationEntry("home.index", _l("待办"), Permission.HOME_VIEW),)


def navigation() -> list[NavigationEntry]:
    """Return the entries this actor may open, in pipeline order."""
    actor = g.get("actor", PUBLIC)
    return [
        entry
        for entry in _entries()
        if entry.endpoint in current_app.view_functions and may_ever(actor, entry.permission)
    ]
