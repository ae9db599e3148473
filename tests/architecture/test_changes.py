"""Changes: one place commits, every service leaves a trace, every POST carries its token."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from types import FunctionType

from flask import Flask

from exam_app.core.db import Model
from exam_app.stages import STAGES
from tests.architecture.source import (
    PACKAGE,
    called_name,
    calls,
    imported_from,
    listed,
    modules,
    reaches,
    stage_of,
)

COMMITTER = "exam_app/core/db.py"
# Looks that change nothing: a preview of a file, or a rule asked before a page is shown.
PURE_CHECKS = {
    "bank.check_laws",
    "attempts.differences",
    "bank.check_items",
    "certificates.missing",
    "marking.sitting_analysis",
    "papers.carried_now",
    "papers.commitment",
    "papers.public_of",
    "papers.report",
    "papers.reproduce",
    "reports.sees_totals",
    "training.check_attendance",
    "training.check_roster",
}
# Changes that leave their trace elsewhere, each with the place.
TRACED_ELSEWHERE = {
    "attempts.save": "the append-only response log, whose digest enters the trail at submission",
    "papers.forget": "close_papers, which records and then wipes the keys as it commits",
    "papers.wipe_leftovers": "the change that made the key needless, whose server was killed",
}


def services() -> Iterator[tuple[str, FunctionType]]:
    """Yield ``stage.name`` and function of what each stage's service offers to others."""
    for stage in STAGES:
        folder = PACKAGE / stage.name
        if not (folder / "service.py").exists() and not (folder / "service").is_dir():
            continue
        module = importlib.import_module(f"exam_app.{stage.name}.service")
        for name in getattr(module, "__all__", None) or vars(module):
            made = vars(module)[name]
            own = isinstance(made, FunctionType) and made.__module__.startswith(
                f"exam_app.{stage.name}."
            )
            if own and not name.startswith("_"):
                yield f"{stage.name}.{name}", made


def test_only_core_db_commits() -> None:
    """commit() and rollback() stand in core/db.py alone."""
    found = [
        f"{path}:{call.lineno} {ast.unparse(call.func)}()"
        for path, tree in modules().items()
        if path != COMMITTER
        for call in calls(tree)
        if called_name(call) in {"commit", "rollback"}
    ]
    assert found == [], f"use core.db.transaction() instead:{listed(found)}"


def test_every_service_records_an_action() -> None:
    """Each public function of a service calls record(), or a service that does."""

    def records(call: ast.Call) -> bool:
        return called_name(call) in {"record", "open_stream", "close_stream"}

    offered = dict(services())
    silent = [
        name
        for name, function in offered.items()
        if name not in PURE_CHECKS | TRACED_ELSEWHERE.keys()
        and not reaches(function, records, lambda each: "views" not in each.__module__)
    ]
    assert silent == [], (
        "call audit.trail.record(Action.X, actor, row), or, if it changes nothing, make it a query "
        f"(or name it in PURE_CHECKS or TRACED_ELSEWHERE):{listed(silent)}"
    )
    gone = sorted((PURE_CHECKS | TRACED_ELSEWHERE.keys()) - set(offered))
    assert gone == [], f"take what no service offers from the lists above:{listed(gone)}"


def test_services_take_their_actor_last_and_by_name() -> None:
    """Who acts is an argument, never a global: ``actor`` is keyword-only and the last one."""
    wrong = []
    for name, function in services():
        if name in PURE_CHECKS | TRACED_ELSEWHERE.keys():
            continue
        parameters = list(inspect.signature(function).parameters.values())
        last = parameters[-1] if parameters else None
        if last is None or last.name != "actor" or last.kind is not last.KEYWORD_ONLY:
            wrong.append(name)
    assert wrong == [], f"write (thing, *, …, actor: Actor):{listed(wrong)}"


def test_services_know_no_request() -> None:
    """A service works the same from a page, a command and a job: no request, no g."""
    found = []
    for path, tree in modules().items():
        part = path.removeprefix(f"exam_app/{stage_of(path)}/")
        if not part.startswith(("service", "queries", "rules", "models", "terms", "adapter")):
            continue
        names = imported_from(tree).values()
        banned = {"flask.request", "flask.session", "flask.g", "flask.redirect"}
        found += [f"{path}: {name}" for name in names if name in banned]
    assert found == [], f"hand it in as an argument:{listed(found)}"


def test_rows_are_made_in_their_own_stage() -> None:
    """A stage never builds another stage's row; it calls that stage's service."""
    kinds = {
        f"{mapper.class_.__module__}.{mapper.class_.__name__}" for mapper in Model.registry.mappers
    }
    found = []
    for path, tree in modules().items():
        names = imported_from(tree)
        for call in calls(tree):
            targets = [call.func]
            if called_name(call) in {"insert", "update", "delete"}:
                targets += call.args[:1]
            for target in targets:
                origin = names.get(target.id, "") if isinstance(target, ast.Name) else ""
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    origin = f"{names.get(target.value.id, '')}.{target.attr}"
                if origin in kinds and origin.split(".")[1] != stage_of(path):
                    found.append(f"{path}:{call.lineno} {ast.unparse(target)}")
    assert found == [], f"call the service of the row's own stage:{listed(found)}"


def test_every_change_needs_the_browsers_token(app: Flask) -> None:
    """CSRF: one check stands before all views; a POST without the token ends with 400."""
    checks = [each.__name__ for each in app.before_request_funcs[None]]
    assert checks.index("check_request") < checks.index("_check_token")
    client = app.test_client()
    for path in ("/sign-in", "/first-sign-in", "/language", "/v", "/results/look-up"):
        assert client.post(path, data={"language": "en"}).status_code == 400, path
