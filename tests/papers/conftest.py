"""What the tests of papers share: a scene ready to draw in."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from exam_app.core.fonts import ensure_fonts
from tests.factories.papers import Scene, make_scene
from tests.stores import Store


@pytest.fixture
def scene(app: Flask, store: Store) -> Scene:
    """Return a scene whose custodians have keys."""
    return store.once("scene", make_scene)


@pytest.fixture
def printing_app(app: Flask) -> Flask:
    """Return the application with fonts in its instance."""
    ensure_fonts(Path(app.instance_path))
    return app
