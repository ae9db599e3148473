"""Fonts made once, and a class with somebody who passed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask

from exam_app.certificates import sm2
from exam_app.core.fonts import Fonts, ensure_fonts
from exam_app.marking.terms import Outcome
from tests.factories.finished import Finished, make_finished

# The extra and the program are on the gate's machine; elsewhere their tests are not collected.
collect_ignore = [
    *([] if sm2.is_available() else ["test_sm2.py"]),
    *([] if shutil.which("openssl") else ["test_openssl.py", "test_sm2.py"]),
]


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


@pytest.fixture
def printing(app: Flask, fonts_home: Path) -> Flask:
    """Return an application that finds its faces made."""
    home = Path(app.instance_path) / "fonts"
    if not home.exists():
        home.symlink_to(fonts_home / "fonts")
    return app


@pytest.fixture
def made(app: Flask) -> Finished:
    """Return a class of which one person passed and one failed; nothing is prepared."""
    return make_finished(Outcome.PASS, Outcome.FAIL, certified=False)
