"""The page that verifies without a network (离线查验页): the file, and its digest beside it."""

from __future__ import annotations

from flask import Response, render_template, request

from exam_app.access.guard import public
from exam_app.certificates import browser
from exam_app.certificates.views.blueprint import bp


@bp.get("/offline")
@public
def offline() -> str:
    """Show where the page to save is, how large it is and what its digest is."""
    return render_template("certificates/offline_about.html", page=browser.offline_page())


@bp.get("/offline/verify.html")
@public
def offline_file() -> Response:
    """Return the page to save; it runs under the policy it states itself."""
    page = browser.offline_page()
    response = Response(page.content, mimetype="text/html")
    response.headers["Content-Security-Policy"] = f"{page.policy}; frame-ancestors 'none'"
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]
