"""The blueprint of attempts and the one way its forms are carried out."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("attempts", __name__)
