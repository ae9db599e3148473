"""Every route of the application is guarded, typed and named like the others."""

import os
import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from exam_app.access.guard import GuardMissingError, endpoints, guard_of, is_static
from exam_app.access.matrix import permissions_page
from exam_app.access.permissions import Permission

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
SEGMENT = re.compile(r"^(?:\.(?=well-known$))?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)?$")
VARIABLE = re.compile(r"<(?:(?P<converter>[a-z_]+)(?:\([^)]*\))?:)?(?P<name>[a-z_]+)>")
# Done by the command line or inside another page; each says why it has no page of its own.
OTHER_DOORS = {
    Permission.BACKUP_RUN: "exam backup, on the server",
    Permission.KEY_CEREMONY: "exam keys, on the server",
    Permission.CERTIFICATE_VERIFY: "the verify page is public",
}
# Rows of the duty table whose work is not built yet: walled and tested, without a page.
WAITING = {
    Permission.APPEAL_DECIDE,
    Permission.APPEAL_REQUEST,
    Permission.ATTENDANCE_SELF,
    Permission.MARK_AMEND,
    Permission.MARK_AMEND_APPROVE,
    Permission.MARK_SECOND,
    Permission.PII_EXPORT,
    Permission.PROVIDER_BAN,
    Permission.RESULT_VIEW_ACCEPTANCE,
    Permission.ROSTER_NOMINATE,
    Permission.SHEET_REVIEW,
    Permission.SHEET_UPLOAD,
    Permission.SPOTCHECK_RECORD,
    Permission.VIDEO_UPLOAD,
    Permission.VIDEO_VIEW,
}


def routes(app: Flask) -> list[Rule]:
    """Return the routes that are pages, in order."""
    rules = (rule for rule in app.url_map.iter_rules() if not is_static(app, rule.endpoint))
    return sorted(rules, key=lambda rule: rule.rule)


def test_every_route_has_one_guard(app: Flask) -> None:
    """No page is reached without @requires(...) or @public."""
    bare = [
        rule.endpoint for rule in routes(app) if guard_of(app.view_functions[rule.endpoint]) is None
    ]
    assert bare == [], f"add @requires(Permission...) or @public below the route of: {bare}"


def test_the_guard_is_called_before_every_request(app: Flask) -> None:
    """The guard runs for all blueprints, after the account has been loaded."""
    names = [call.__name__ for call in app.before_request_funcs[None]]
    assert "check_request" in names, "create_app must add guard.check_request to before_request"
    assert names.index("check_request") > 0, "load the actor before guard.check_request"


def test_every_route_is_typed_and_kebab_case(app: Flask) -> None:
    """Addresses are kebab-case nouns; what varies in them has a type."""
    wrong = []
    for rule in routes(app):
        parts = VARIABLE.finditer(rule.rule)
        untyped = [part["name"] for part in parts if not part["converter"]]
        fixed = VARIABLE.sub("1", rule.rule).strip("/")
        odd = [part for part in fixed.split("/") if part and not SEGMENT.match(part)]
        if untyped or odd:
            wrong.append((rule.rule, untyped or odd))
    assert wrong == [], f"write <int:x_id> or <string:x>, and words-with-hyphens: {wrong}"


def test_pages_answer_get_and_post_alone(app: Flask) -> None:
    """Pages are read by GET and changed by POST; no other method is answered."""
    used = {method for rule in routes(app) for method in rule.methods or ()}
    assert used <= {"GET", "HEAD", "OPTIONS", "POST"}, "use POST for every change"


def test_every_permission_has_a_door(app: Flask) -> None:
    """A permission that no page asks for is either done elsewhere or should not exist."""
    asked = {permission for _, _, permission in endpoints(app)}
    without = set(Permission) - asked - set(OTHER_DOORS) - WAITING
    assert without == set(), f"ask for it with @requires, or remove it: {sorted(without)}"
    assert not asked & (set(OTHER_DOORS) | WAITING), "remove from the lists what has a page"


def test_an_unguarded_route_is_found(app: Flask) -> None:
    """The list of routes refuses a page somebody forgot to guard."""
    app.view_functions[routes(app)[0].endpoint] = lambda: ""
    with pytest.raises(GuardMissingError):
        endpoints(app)


def test_the_printed_matrix_is_current(app: Flask) -> None:
    """docs/permissions.md shows which role may enter which page, as the guard decides."""
    page = permissions_page(endpoints(app))
    if os.environ.get("EXAM_WRITE_DOCS"):
        PAGE.write_text(page, encoding="utf-8")
    remedy = "docs/permissions.md is old: run this test once with EXAM_WRITE_DOCS=1"
    assert PAGE.read_text(encoding="utf-8") == page, remedy
