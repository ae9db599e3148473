"""The faces, made once for the tests of printing."""

from __future__ import annotations

import pytest

from exam_app.core.fonts import Fonts, ensure_fonts


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Fonts:
    return ensure_fonts(tmp_path_factory.mktemp("instance"))
