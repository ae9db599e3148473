"""Pages of certificates: verification for everybody."""

from flask import Blueprint

from exam_app.access.guard import public

bp = Blueprint("certificates", __name__)


@bp.get("/v")
@public
def verify() -> str:
    """Show the verification page."""
    return ""
