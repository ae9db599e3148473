"""Links to pages of other stages, built from whatever ids a page's address asks for."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for


def link(endpoint: str, **ids: int | None) -> str | None:
    """Return the address of a page that is read by GET; None where it is not open here.

    Args: ids: more than the address needs may be given; one it needs and lacks gives None.
    """
    if endpoint not in current_app.view_functions:
        return None
    for rule in current_app.url_map.iter_rules(endpoint):
        values: dict[str, Any] = {name: ids.get(name) for name in rule.arguments}
        if "GET" in (rule.methods or ()) and None not in values.values():
            return url_for(endpoint, **values)
    return None
