"""What the tests of papers share: a scene ready to draw in, and fonts made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask

from exam_app.core.fonts import ensure_fonts
from tests.factories.papers import Scene, make_scene


@pytest.fixture
def scene(app: Flask) -> Scene:
    """Return a scene whose custodians have keys."""
    return make_scene()


@pytest.fixture(scope="session")
def fonts_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the fonts once for the run."""
    home = tmp_path_factory.mktemp("paper-fonts")
    ensure_fonts(home)
    return home


@pytest.fixture
def printing_app(app: Flask, fonts_home: Path) -> Flask:
    """Return the application with fonts in its instance."""
    shutil.copytree(fonts_home / "fonts", Path(app.instance_path) / "fonts")
    return app
