"""Templates: each is reached, each import is used, nothing is unescaped, nothing runs inline."""

from __future__ import annotations

import ast
import re

from flask import Flask
from jinja2 import Environment, meta, nodes

from tests.architecture.source import PACKAGE, TEMPLATES, listed, modules

ATTRIBUTE = re.compile(r"<[a-z][^>]*\s(on[a-z]+|style)\s*=", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE)
STYLE = re.compile(r"<style\b", re.IGNORECASE)
# Pictures drawn from numbers, with no text in them.
DRAWN_HERE = ("exam_app/certificates/pages.py", "exam_app/people/views/account.py")
HREF = re.compile(r"""(?:src|href)=["'](?:https?:)?//""", re.IGNORECASE)


def names() -> list[str]:
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))


def source_of(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def without_comments(name: str) -> str:
    return re.sub(r"\{#.*?#\}", "", source_of(name), flags=re.DOTALL)


def rendered() -> set[str]:
    """Return every template that code names, or a pattern of it with parts put in."""
    found = set()
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.escape(node.value))
            if isinstance(node, ast.JoinedStr):
                parts = (
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_]+"
                    for part in node.values
                )
                found.add("".join(parts))
    return {each for each in found if each.endswith(r"\.html")}


def test_every_template_is_reached(app: Flask) -> None:
    """Rendered by a view, or extended, imported or included by one that is."""
    environment: Environment = app.jinja_env
    patterns = [re.compile(each) for each in rendered()]
    reached = {name for name in names() if any(each.fullmatch(name) for each in patterns)}
    waiting = list(reached)
    while waiting:
        tree = environment.parse(source_of(waiting.pop()))
        for found in meta.find_referenced_templates(tree):
            if found is not None and found not in reached:
                reached.add(found)
                waiting.append(found)
    unreached = sorted(set(names()) - reached)
    assert unreached == [], f"render it or remove it:{listed(unreached)}"
    missing = sorted(each for each in reached if each not in names() and "/" in each)
    own = [each for each in missing if not each.startswith("bootstrap")]
    assert own == [], f"there is no such template:{listed(own)}"


def test_every_template_that_code_names_exists() -> None:
    """A page is not found out to be missing by its reader."""
    plain = {
        node.value
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[a-z_]+/[a-z_/]+\.html", node.value)
    }
    missing = sorted(plain - set(names()))
    assert missing == [], f"write it:{listed(missing)}"


def test_every_import_of_a_template_is_used(app: Flask) -> None:
    """``{% import … as x %}`` is followed by an ``x.``; imported macros are called."""
    unused = []
    for name in names():
        tree = app.jinja_env.parse(source_of(name))
        used = {each.name for each in tree.find_all(nodes.Name) if each.ctx == "load"}
        for found in tree.find_all(nodes.Import):
            if found.target not in used:
                unused.append(f"{name}: {found.target}")
        for found_from in tree.find_all(nodes.FromImport):
            for each in found_from.names:
                target = each[1] if isinstance(each, tuple) else each
                if target not in used:
                    unused.append(f"{name}: {target}")
    assert unused == [], f"remove the import:{listed(unused)}"


def test_nothing_is_unescaped() -> None:
    """No ``|safe``, no autoescape off, no Markup around what came in."""
    found = [
        name
        for name in names()
        if re.search(r"\|\s*safe\b|autoescape\s+false|\|\s*attr\(", without_comments(name))
    ]
    assert found == [], f"let Jinja escape it; build markup in the template:{listed(found)}"
    made = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        if path not in DRAWN_HERE
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Markup"
    ]
    assert made == [], f"no Markup() in code:{listed(made)}"


def test_nothing_runs_inline() -> None:
    """The content security policy allows neither scripts nor styles inside a page."""
    found = [
        f"{name}: {pattern.search(without_comments(name)).group(0)[-40:]}"  # type: ignore[union-attr]
        for name in names()
        for pattern in (ATTRIBUTE, SCRIPT, STYLE)
        if pattern.search(without_comments(name))
    ]
    assert found == [], f"move it to static/:{listed(found)}"


def test_pages_load_nothing_from_elsewhere() -> None:
    """No network at run time: every script, style and picture is our own."""
    found = [name for name in names() if HREF.search(without_comments(name))]
    found += [
        path.relative_to(PACKAGE).as_posix()
        for path in sorted((PACKAGE / "static").rglob("*"))
        if path.suffix in {".css", ".js"}
        and re.search(r"""url\(\s*["']?(?:https?:)?//|@import""", path.read_text(encoding="utf-8"))
    ]
    assert found == [], f"serve it from static/:{listed(found)}"


def test_every_page_has_one_heading() -> None:
    """A page that fills ``content`` says once what it is."""
    found = []
    for name in names():
        source = without_comments(name)
        if "{% block content %}" not in source or name == "base.html":
            continue
        headings = len(re.findall(r"<h1\b", source))
        branches = len(re.findall(r"\{%-?\s*(?:else|elif)\b", source))
        if headings < 1 or headings > 1 + branches:
            found.append(f"{name}: {headings}")
    assert found == [], f"one <h1> a page:{listed(found)}"
