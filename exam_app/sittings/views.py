"""Pages of sittings."""

from flask import Blueprint

bp = Blueprint("sittings", __name__)
