"""A world with certificates, made anew for each test of rows."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.verification.world import World, make_world


@pytest.fixture
def world(app: Flask) -> World:
    """Return two enterprises, one with two certified people."""
    return make_world()
