"""Migrations: one head, the models and nothing else, both directions, on both databases."""

from __future__ import annotations

import ast
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade

from exam_app.core.db import db, metadata, session
from exam_app.paths import MIGRATIONS
from tests.architecture.source import listed

VERSIONS = sorted((Path(MIGRATIONS) / "versions").glob("*.py"))


def schema() -> dict[str, list[str]]:
    """Return table → columns, indexes and checks as the database tells them."""
    inspector = sa.inspect(db.engine)
    return {
        name: sorted(
            [
                f"{each['name']} {each['type']} {each['nullable']}"
                for each in inspector.get_columns(name)
            ]
            + [f"index {each['name']} {each['unique']}" for each in inspector.get_indexes(name)]
            + [f"check {each['name']}" for each in inspector.get_check_constraints(name)]
            + [f"unique {each['name']}" for each in inspector.get_unique_constraints(name)]
        )
        for name in inspector.get_table_names()
    }


def triggers() -> list[str]:
    """Return the names of the triggers."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if db.engine.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with db.engine.connect() as connection:
        return sorted(connection.scalars(sa.text(query)))


def test_there_is_one_head() -> None:
    """Numbers follow each other; nobody branches off."""
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_heads()) == 1, "rebase the newer migration on the other head"
    numbers = [path.name.split("_")[0] for path in VERSIONS]
    assert numbers == [f"{place:04d}" for place in range(1, len(numbers) + 1)]


def test_migrations_import_no_application_code() -> None:
    """A migration must still run when the code it was written for is gone."""
    found = [
        f"{path.name}: {ast.unparse(node)}"
        for path in VERSIONS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom) and "exam_app" in ast.unparse(node)
    ]
    assert found == [], f"write what it needs into the migration:{listed(found)}"


def test_every_migration_goes_both_ways() -> None:
    """upgrade() and downgrade() both do something."""
    for path in VERSIONS:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        made = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for name in ("upgrade", "downgrade"):
            assert name in made, f"{path.name}: write {name}()"
            assert not isinstance(made[name].body[-1], ast.Pass), f"{path.name}: fill {name}()"


def test_the_migrations_make_the_models(app: Flask) -> None:
    """What the models say and what the database has are the same (``alembic check``)."""
    session().close()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": _compare, "render_as_batch": True}
        )
        found = [each for each in compare_metadata(context, metadata) if _counts(each)]
    assert found == [], f"write a migration (bash regen, or exam migrate):{listed(found)}"


def _compare(*about: object) -> bool | None:
    """Leave our own column types and enums out: a CHECK holds them."""
    declared = about[4]
    kinds = ("ExactDecimal", "UtcDateTime", "Enum")
    return False if type(declared).__name__ in kinds else None


def _counts(found: object) -> bool:
    """Leave Alembic's own table out."""
    return "alembic_version" not in str(found)


def test_up_down_and_up_again(app: Flask) -> None:
    """Down to nothing and up again gives the same tables and triggers."""
    before, guarded = schema(), triggers()
    assert guarded
    session().close()
    downgrade(directory=str(MIGRATIONS), revision="base")
    assert set(schema()) <= {"alembic_version"}
    assert triggers() == []
    upgrade(directory=str(MIGRATIONS))
    assert schema() == before
    assert triggers() == guarded
