"""The blueprint of marking and the one way its forms are carried out."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("marking", __name__)
