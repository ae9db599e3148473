"""Sizes: files, functions and pages stay small enough to be read at once."""

from __future__ import annotations

import ast

from tests.architecture.source import (
    PACKAGES,
    ROOT,
    TEMPLATES,
    code_lines,
    functions,
    listed,
    modules,
)

FILE, FUNCTION, VIEW, TEMPLATE = 400, 40, 25, 150


def is_view(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a route leads to the function."""
    return any(
        isinstance(each, ast.Call) and ast.unparse(each.func) in {"bp.get", "bp.post"}
        for each in function.decorator_list
    )


def test_files_are_short() -> None:
    """At most 400 lines a module."""
    found = []
    for package in PACKAGES:
        for path in modules(package):
            lines = len((ROOT / path).read_text(encoding="utf-8").splitlines())
            if lines > FILE:
                found.append(f"{path}: {lines}")
    assert found == [], f"split it by what it tells, at most {FILE} lines:{listed(found)}"


def test_functions_are_short() -> None:
    """At most 40 lines a function, its docstring not counted; at most 25 a view."""
    found = []
    for package in PACKAGES:
        for path, tree in modules(package).items():
            for function in functions(tree):
                limit = VIEW if is_view(function) else FUNCTION
                if code_lines(function) > limit:
                    found.append(f"{path}:{function.name}: {code_lines(function)} > {limit}")
    assert found == [], f"say its parts by name:{listed(found)}"


def test_templates_are_short() -> None:
    """At most 150 lines a page."""
    found = [
        f"{path.relative_to(TEMPLATES)}: {lines}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > TEMPLATE
    ]
    assert found == [], f"one page does one thing; move parts to _part.html:{listed(found)}"
