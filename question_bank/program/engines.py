"""The engines by name; only the one asked for is loaded."""

from __future__ import annotations

import importlib
from typing import cast

from question_bank.program.errors import EngineFailed
from question_bank.program.model import Engine

ENGINES = ("highs", "scipy")


def engine(name: str = ENGINES[0]) -> Engine:
    """Return the engine of a name.

    Raises: EngineFailed: no such engine, or its package is not installed.
    """
    if name not in ENGINES:
        raise EngineFailed("engine-unknown", engine=name)
    try:
        module = importlib.import_module(f"question_bank.program.engine_{name}")
    except ModuleNotFoundError as error:
        raise EngineFailed("engine-missing", engine=name, package=error.name) from error
    return cast(Engine, module)
