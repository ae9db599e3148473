"""The source of the application, read once for the tests that look at how it is built."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "exam_app"
TEMPLATES = PACKAGE / "templates"
PACKAGES = ("exam_app", "question_bank", "tabular")


@cache
def modules(package: str = "exam_app") -> dict[str, ast.Module]:
    """Return path from the root → syntax tree, for every module of a package."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def stage_of(path: str) -> str:
    """Return the folder of the application a module lies in; its name for a module of its own."""
    return path.split("/")[1].removesuffix(".py")


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a module, those inside classes and functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield every call below a node."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def called_name(call: ast.Call) -> str:
    """Return the last word of what is called: ``record`` of ``trail.record(...)``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def base_name(call: ast.Call) -> str:
    """Return what stands before the dot: ``trail`` of ``trail.record(...)``, else nothing."""
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def imported_from(tree: ast.AST) -> dict[str, str]:
    """Return local name → ``module.name`` of everything a module imports by name."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def tree_of(function: FunctionType) -> ast.AST:
    """Return the syntax tree of a function."""
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def called_functions(function: FunctionType) -> Iterator[FunctionType]:
    """Yield the application's functions a function calls by name or as ``module.name``."""
    known: dict[str, Any] = function.__globals__
    for call in calls(tree_of(function)):
        found = None
        if isinstance(call.func, ast.Name):
            found = known.get(call.func.id)
        elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            found = getattr(known.get(call.func.value.id), call.func.attr, None)
        found = inspect.unwrap(found) if callable(found) else found
        if isinstance(found, FunctionType) and found.__module__.startswith("exam_app."):
            yield found


def reaches(
    function: FunctionType,
    wanted: Callable[[ast.Call], bool],
    enter: Callable[[FunctionType], bool],
) -> bool:
    """Return whether a function makes a wanted call, itself or in a function it may enter."""
    seen: set[FunctionType] = set()
    waiting = [function]
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        if any(wanted(call) for call in calls(tree_of(here))):
            return True
        waiting += [each for each in called_functions(here) if enter(each)]
    return False


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function from ``def`` to its end, its docstring left out."""
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is None:
        return whole
    return whole - ((first.end_lineno or first.lineno) - first.lineno + 1)


def listed(found: list[Any]) -> str:
    """Return findings one a line, for the remedy a failing test prints."""
    return "\n  " + "\n  ".join(str(each) for each in found)
