"""The pipeline runs one way: stages, relationships, imports, clock."""

from __future__ import annotations

import ast
import tomllib

from exam_app.core.db import Model
from exam_app.stages import STAGES
from tests.architecture.source import (
    PACKAGE,
    ROOT,
    base_name,
    called_name,
    calls,
    functions,
    listed,
    modules,
)

# Imports inside functions that must stay, each with its reason.
LATE_IMPORTS = {
    "exam_app/cli/server.py:_server": "the server is loaded only to serve",
}
ORDER = ["core", "audit", *(stage.name for stage in STAGES)]


def test_stages_stand_in_the_order_of_the_contract() -> None:
    """stages.py and the import contract tell the same story."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (pipeline,) = [each for each in contracts if each["id"] == "pipeline"]
    names = [layer.removeprefix("exam_app.") for layer in reversed(pipeline["layers"])]
    stages = [stage.name for stage in STAGES]
    told = [name for name in names if name in stages]
    assert told == stages, "put stages.py and the pipeline contract of pyproject.toml in one order"


def test_every_folder_stands_in_the_contract() -> None:
    """A new folder takes its place in the pipeline before anything is built in it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (pipeline,) = [
        each for each in settings["tool"]["importlinter"]["contracts"] if each["id"] == "pipeline"
    ]
    folders = {f"exam_app.{path.parent.name}" for path in PACKAGE.glob("*/__init__.py")}
    without = sorted(folders - set(pipeline["layers"]))
    assert without == [], f"add it to the pipeline contract of pyproject.toml:{listed(without)}"


def test_relationships_point_back_or_stay() -> None:
    """A row knows rows of its own or an earlier stage; nobody knows who will come after."""
    found, two_way = [], []
    for mapper in Model.registry.mappers:
        own = mapper.class_.__module__.split(".")[1]
        for relation in mapper.relationships:
            other = relation.mapper.class_.__module__.split(".")[1]
            name = f"{mapper.class_.__name__}.{relation.key} → {relation.mapper.class_.__name__}"
            if ORDER.index(other) > ORDER.index(own):
                found.append(name)
            if relation.backref or relation.back_populates:
                two_way.append(name)
    assert found == [], f"turn it round: the later stage points to the earlier:{listed(found)}"
    assert two_way == [], f"one way is enough, ask the other by a query:{listed(two_way)}"


def test_foreign_keys_point_back_or_stay() -> None:
    """The same for the tables themselves."""
    owner = {
        mapper.class_.__tablename__: mapper.class_.__module__.split(".")[1]
        for mapper in Model.registry.mappers
    }
    found = [
        f"{table.name}.{column.name} → {key.column.table.name}"
        for table in Model.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if ORDER.index(owner[key.column.table.name]) > ORDER.index(owner[table.name])
    ]
    assert found == [], f"let the later table point to the earlier one:{listed(found)}"


def test_imports_stand_at_the_top() -> None:
    """An import inside a function hides a circle; the fact stands in the wrong stage."""
    found = sorted(
        f"{path}:{function.name}"
        for path, tree in modules().items()
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    )
    late = [each for each in found if each not in LATE_IMPORTS]
    assert late == [], f"import at the top, or say why in LATE_IMPORTS:{listed(late)}"
    gone = [each for each in LATE_IMPORTS if each not in found]
    assert gone == [], f"remove from LATE_IMPORTS:{listed(gone)}"


def test_one_clock() -> None:
    """Only core/clock.py asks the machine what time it is."""
    found = []
    for path, tree in modules().items():
        if path == "exam_app/core/clock.py":
            continue
        for call in calls(tree):
            base, name = base_name(call), called_name(call)
            machine = name in {"utcnow", "utcfromtimestamp"} or (
                name in {"now", "today"} and base.split(".")[-1] in {"datetime", "date"}
            )
            if machine:
                found.append(f"{path}:{call.lineno} {ast.unparse(call.func)}()")
    assert found == [], f"ask core.clock.now() or core.clock.today():{listed(found)}"


def test_nothing_is_printed_or_left_undone() -> None:
    """No TODO, no FIXME, no pass-only stub, no skipped test."""
    found = []
    for folder in ("exam_app", "question_bank", "tabular", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path == ROOT / "tests/architecture/test_pipeline.py":
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if any(word in line for word in ("TODO", "FIXME", "XXX", "mark.skip(", '.skip("')):
                    found.append(f"{path.relative_to(ROOT)}:{number} {line.strip()}")
    assert found == [], f"do it or take it out:{listed(found)}"
