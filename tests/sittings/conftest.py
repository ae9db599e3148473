"""A city with one verified class, and the faces of printed pages made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from exam_app.core.fonts import Fonts, ensure_fonts
from tests.conftest import Clock
from tests.factories.sittings import World, make_open, make_world


@pytest.fixture
def world(app: Flask, clock: Clock) -> World:
    """Return a city with a class of six whose hours are verified."""
    return make_world()


@pytest.fixture
def opened(world: World, clock: Clock) -> World:
    """Return the city with its sitting open, twenty minutes before the start."""
    make_open(world, clock.set)
    return world


@pytest.fixture(scope="session")
def fonts_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the faces of printed pages, made once."""
    home = tmp_path_factory.mktemp("fonts")
    ensure_fonts(home)
    return home


@pytest.fixture
def fonts(fonts_home: Path) -> Fonts:
    """Return the faces of printed pages."""
    return ensure_fonts(fonts_home)
