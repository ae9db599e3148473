"""The blueprint of attempts."""

from flask import Blueprint

bp = Blueprint("attempts", __name__)
